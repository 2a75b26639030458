"""The clock of the machine, for what follows logs as they are written."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """The time, and waiting without end."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC)

    def wait(self, seconds: float, /) -> bool:
        """Wait; there is always use in going on."""
        time.sleep(seconds)
        return True
