"""Counts by key into what is usual and what is not, each breakdown judged by its own peers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from fa2.changes.counting import Counted
from fa2.changes.spreads import Usual, usual_ranges
from fa2.core.monthly_changes import KeyChanges, UsualRange, Verdict
from fa2.core.months import Month


@dataclass(frozen=True)
class Known:
    """What is known of the months that the counts stand for."""

    months: tuple[Month, ...]
    """The last is the one judged."""
    recorded: tuple[bool, ...]
    """Whether anything shows that AWS Config was recording in the month."""

    @property
    def before(self) -> int:
        """How many months before the last are known."""
        return sum(self.recorded[:-1])

    @property
    def first(self) -> int:
        """The place of the first month that is known; that of the last where none is."""
        return next((at for at, recorded in enumerate(self.recorded) if recorded), len(self.months) - 1)

    def history(self, counts: Sequence[int], *, from_first: bool) -> list[float | None]:
        """Return the counts of the months before, scaled to the days of the last; null for months not known.

        from_first: a key that has not been seen before its first month was not there, rather than quiet.
        """
        days, found = self.months[-1].days, list[float | None]()
        begun = not from_first
        for month, recorded, count in zip(self.months[:-1], self.recorded, counts):
            begun = begun or count > 0
            found.append(count * days / month.days if recorded and begun else None)
        return found


def judged(rows: Sequence[Counted], known: Known, *, from_first: bool, tests: int | None = None) -> list[KeyChanges]:
    """Return the rows of one breakdown with what is usual for each, in the same order.

    from_first: see Known.history; for resources, accounts and regions, which come and go. tests: how many keys are
    judged together, where more than the rows given.
    """
    before = [known.history(row.counts, from_first=from_first) for row in rows]
    ranges = usual_ranges(before, max(len(rows), tests or 0))
    return [_judged(row, known, usual, history) for row, usual, history in zip(rows, ranges, before)]


def _judged(row: Counted, known: Known, usual: Usual | None, history: Sequence[float | None]) -> KeyChanges:
    seen = [n for n in history if n is not None]
    expected = usual.expected if usual else sum(seen) / len(seen) if seen else None
    count = row.counts[-1]
    return KeyChanges(
        **{name: row.keys[name] for name in ("account", "region", "resource_type", "resource_id", "action")},
        resource_name=row.texts["resource_name"] if row.keys["resource_id"] is not None else None,
        counts=row.counts[known.first :],
        verdict=_verdict(count, known.before, usual, any(row.counts[:-1])),
        usual=UsualRange(usual.low, usual.high, usual.expected) if usual else None,
        ratio=count / expected if expected else None,
        peak=row.peak,
        peak_hour=row.texts["peak_hour"] if row.peak else None,
        peak_resource=row.texts["peak_resource"] if row.peak else None,
    )


def _verdict(count: int, months_before: int, usual: Usual | None, seen_before: bool) -> Verdict:
    if count and months_before and not seen_before:
        return "new"
    return cast(Verdict, usual.judged(count)) if usual else "unknown"
