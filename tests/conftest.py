"""Settings for all tests."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
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

# Nothing that a test keeps goes to the home of whoever runs it, or comes from there.
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="fa2-tests-")
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)
