"""Settings for all tests."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile("fa2", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fa2")

for name in ("FA2_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG", "NO_COLOR"):
    os.environ.pop(name, None)
