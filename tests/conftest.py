"""Settings for all tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))  # for `from bundles import Scene`

# CI repeats the same examples, so that a red run means the change and not the draw; elsewhere they vary.
settings.register_profile(
    "fa2", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=bool(os.environ.get("CI"))
)
settings.load_profile("fa2")

for name in ("FA2_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG", "NO_COLOR"):
    os.environ.pop(name, None)
