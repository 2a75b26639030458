"""What stands out in a month of changes, and what makes it up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fa2.changes.counting import Counted
from fa2.changes.spreads import LEAST_MONTHS
from fa2.core.monthly_changes import Breakdown, Grade, KeyChanges, Notable, Value

BURST = 10
"""Fewer changes of one resource within an hour are no burst."""
_BURST_FACTOR = 2.0
"""A burst is so many times what any resource of its type did within an hour in the months before."""
_ONE_DAY, _ONE_DAY_LEAST = 0.5, 20
_RESOURCES = 3
_SHARE = 0.05
"""What a resource has to have of a count to be named with it."""
_MOST_RESOURCES, _MOST_NEW = 5, 10
_SUBJECT: dict[Breakdown, str] = {"type": "resource_type", "account": "account", "region": "region"}


@dataclass(frozen=True)
class Judged:
    """A month's counts, judged."""

    total: KeyChanges
    by: Mapping[Breakdown, Sequence[KeyChanges]]
    deletions: Sequence[KeyChanges]
    """By type."""
    types: Sequence[Counted]
    """As counted, for the peaks."""
    days: Sequence[int]
    months_before: int
    names: Mapping[str, str] = field(default_factory=dict)
    """Names of resources by id, as far as known."""


def notables(judged: Judged) -> list[Notable]:
    """Return what stands out: what is abnormal first, and what is furthest off within that."""
    found = [*_total(judged), *_keys(judged), *_deletions(judged), *_bursts(judged), *_resources(judged)]
    found += _one_day(judged)
    found.sort(key=lambda pair: (pair[1].grade != "abnormal", -pair[0]))
    return [notable for _, notable in found]


_Weighed = tuple[float, Notable]
"""How many changes it is off by, and what it is."""


def _total(judged: Judged) -> Iterator[_Weighed]:
    row = judged.total
    if row.verdict in ("more", "fewer"):
        yield (
            _off(row),
            Notable(f"total_{row.verdict}", "abnormal", _range(row), _top(judged.by["resource"], row.count)),
        )


def _keys(judged: Judged) -> Iterator[_Weighed]:
    for breakdown, column in _SUBJECT.items():
        rows = judged.by[breakdown]
        if breakdown != "type" and len(rows) == 1 and rows[0].verdict != "new":
            continue  # the only account or region says what the total says
        new = [row for row in rows if row.verdict == "new"]
        for row in [*(r for r in rows if r.verdict in ("more", "fewer")), *new[:_MOST_NEW]]:
            subject = getattr(row, column)
            resources = [r for r in judged.by["resource"] if getattr(r, column) == subject]
            values = {**_range(row), "subject": subject or "–", "months": judged.months_before}
            yield (
                _off(row),
                Notable(
                    f"{breakdown}_{row.verdict}", _grade(judged, breakdown, row), values, _top(resources, row.count)
                ),
            )


def _grade(judged: Judged, breakdown: Breakdown, row: KeyChanges) -> Grade:
    """New types are everyday; a region or an account never seen before is not, once some months are known."""
    everyday = row.verdict == "new" and (breakdown == "type" or judged.months_before < LEAST_MONTHS)
    return "noted" if everyday else "abnormal"


def _deletions(judged: Judged) -> Iterator[_Weighed]:
    for row in judged.deletions:
        if row.verdict == "more":
            yield _off(row), Notable("deletions", "abnormal", {**_range(row), "subject": row.resource_type or "–"})


def _bursts(judged: Judged) -> Iterator[_Weighed]:
    for row in judged.types:
        if row.peak < BURST or row.peak < _BURST_FACTOR * row.peak_before:
            continue
        resource = row.texts["peak_resource"] or "–"
        values: dict[str, Value] = {
            "subject": row.keys["resource_type"] or "–",
            "resource": judged.names.get(resource, resource),
            "n": row.peak,
            "hour": f"{row.texts['peak_hour']}:00:00Z",
            "before": row.peak_before,
            "months": judged.months_before,
        }
        grade: Grade = "abnormal" if judged.months_before >= LEAST_MONTHS else "noted"
        kind = "burst" if judged.months_before else "burst_alone"
        yield float(row.peak - row.peak_before), Notable(kind, grade, values)


def _resources(judged: Judged) -> Iterator[_Weighed]:
    told = {row.resource_type for row in judged.by["type"] if row.verdict == "more"}
    found = [row for row in judged.by["resource"] if row.verdict == "more" and row.resource_type not in told]
    for row in found[:_MOST_RESOURCES]:
        values = {**_range(row), "subject": row.resource_type or "–", "resource": row.resource_name or row.resource_id}
        yield _off(row), Notable("resource_more", "abnormal", values, (row,))


def _one_day(judged: Judged) -> Iterator[_Weighed]:
    total, most = sum(judged.days), max(judged.days, default=0)
    if total >= _ONE_DAY_LEAST and most >= _ONE_DAY * total:
        values: dict[str, Value] = {"day": judged.days.index(most) + 1, "n": most, "share": most / total}
        yield float(most), Notable("one_day", "noted", values)


def _top(rows: Sequence[KeyChanges], count: int) -> tuple[KeyChanges, ...]:
    """Return the resources that make up a count, as far as any does."""
    return tuple(row for row in rows if row.count > _SHARE * count)[:_RESOURCES]


def _off(row: KeyChanges) -> float:
    return abs(row.count - (row.usual.expected if row.usual else 0.0))


def _range(row: KeyChanges) -> dict[str, Value]:
    usual = row.usual
    return {
        "n": row.count,
        "low": usual.low if usual else None,
        "high": usual.high if usual else None,
        "ratio": row.ratio,
    }
