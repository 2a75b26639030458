"""The ways in which JSON lines give levels as numbers: for each number from 0 to 99 the level code it means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fa2.logs.headers.header_levels import PRIORITIES

Scale = tuple[int, ...]


def _scale(codes: dict[int, int]) -> Scale:
    return tuple(codes.get(number, 0) for number in range(100))


STEPS: Final = _scale({number: number // 10 for number in range(10, 70)})
"""Of bunyan and pino: 10 is trace, 30 info, 60 fatal; what lies between counts as the lower one."""
PYTHON: Final = _scale({number: number // 10 + 1 for number in range(10, 60)})
"""Of Python's `levelno`: 10 is debug, 50 critical."""
SYSLOG: Final = _scale(dict(enumerate(PRIORITIES)))
"""Of syslog, journald and GELF: 0 is the gravest, 7 debug."""
OTEL: Final = _scale({number: (number - 1) // 4 + 1 for number in range(1, 25)})
"""Of OpenTelemetry's severity number: four numbers a level, 1 is trace, 24 fatal."""


def scale_of(name: str, numbers: Sequence[int]) -> Scale | None:
    """Return the scale of the numbers that some lines have under a name; null for none.

    Small numbers are syslog's only where most are its mild ones, as other things have levels too.
    """
    if name == "levelno":
        return PYTHON
    if name == "severitynumber":
        return OTEL
    if all(10 <= number < 70 and number % 5 == 0 for number in numbers):
        return STEPS
    mild = sum(5 <= number <= 7 for number in numbers)
    return SYSLOG if max(numbers) <= 7 and 2 * mild >= len(numbers) else None
