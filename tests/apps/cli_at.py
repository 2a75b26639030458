"""The command line at another time than the machine's: python cli_at.py 2026-11-20T03:30Z investigate …

What AWS still keeps depends on the time, so tests against a world of one date would fail a month later.
"""

from __future__ import annotations

import sys
from datetime import datetime

from fa2.apps.cli.clocks import SystemClock
from fa2.apps.cli.commands import main
from fa2.wiring.aws import aws_sources

NOW = datetime.fromisoformat(sys.argv.pop(1))

SystemClock.now = lambda self: NOW  # type: ignore[method-assign]
for source in aws_sources():
    if hasattr(source, "_clock"):
        source._clock = lambda: NOW
main()
