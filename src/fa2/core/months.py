"""Calendar months in UTC."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from fa2.core.errors import UnusableInput

_WRITTEN = re.compile(r"(\d{4})-(\d{1,2})")


@dataclass(frozen=True, order=True)
class Month:
    """A month of the years 1 to 9998."""

    year: int
    number: int
    """1 to 12."""

    def __post_init__(self) -> None:
        if not (1 <= self.year <= 9998 and 1 <= self.number <= 12):
            raise UnusableInput("changes.error.month", text=f"{self.year}-{self.number}")

    @classmethod
    def parse(cls, text: str) -> Month:
        """Return the month written 2024-11. Raises UnusableInput when it is none."""
        found = _WRITTEN.fullmatch(text.strip())
        if not found or not found[0].isascii():
            raise UnusableInput("changes.error.month", text=text[:40])
        return cls(int(found[1]), int(found[2]))

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"

    def plus(self, months: int) -> Month:
        """Return the month so many later, or earlier. Raises UnusableInput beyond the years there are."""
        year, at = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(year, at + 1)

    @property
    def days(self) -> int:
        """How many days it has."""
        return calendar.monthrange(self.year, self.number)[1]

    @property
    def start(self) -> datetime:
        """Its first moment in UTC; it ends where the next month starts."""
        return datetime(self.year, self.number, 1, tzinfo=UTC)


def months_through(last: Month, count: int) -> tuple[Month, ...]:
    """Return `count` months in a row, the earliest first, `last` at the end."""
    return tuple(last.plus(-back) for back in reversed(range(count)))
