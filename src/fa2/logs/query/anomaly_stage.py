"""The `anomaly` command: what is unusual about the patterns before it, in the time that the query spans.

There is no history to learn from, so the time itself is what is normal: an interval stands against the others,
and the later half of the time against the earlier.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fa2.logs.comparisons.comparison import surprise
from fa2.logs.query.mined_lines import Ints, MinedLines
from fa2.logs.query.pattern_stage import PatternStage, arrow, moment
from fa2.logs.query.relations import Statement
from fa2.logs.query.values import Kind

if TYPE_CHECKING:
    import pyarrow as pa

ADDED: Mapping[str, Kind] = {
    "@anomalyType": "text",
    "@anomalyScore": "number",
    "@anomalyTime": "time",
    "@anomalyDetail": "text",
}
"""What is added: NEW_PATTERN, PATTERN_FREQUENCY, TOKEN_VARIATION, NUMERIC_TOKEN or HTTP_ERROR; how surprising it is
in nats; from when on; and the token's value, or how many lines came for how many that were to be expected."""
SHOWN = ("@pattern", "@sampleCount", "@severityLabel", *ADDED)
_INTERVALS = 20
_ALARMING = 12.0
"""Nats from which on something is unusual: many patterns, intervals and values are looked at."""
_FEW = 10
"""Up to how many different values a token's values are a set, so that another one is news."""


_COUNTER = 0.98
"""From which correlation with time on a number is a counter or a clock, of which new values are no news."""


@dataclass(frozen=True)
class Unusual:
    """Something unusual about a pattern."""

    kind: str
    nats: float
    since: int
    """Microseconds since 1970."""
    detail: str


class AnomalyStage:
    """Judges the patterns that are left of a PatternStage. A Stage."""

    def __init__(self, statement: Statement, name: str, patterns: PatternStage, kinds: Mapping[str, Kind]) -> None:
        """statement: gives the columns of `kinds`, @patternId among them."""
        self.statement = statement
        self.name = name
        self.kinds: Mapping[str, Kind] = {**kinds, **ADDED}
        self._patterns = patterns

    def __call__(self, rows: pa.Table) -> pa.Table:
        """Return the same rows with what is unusual about each; nothing stands in those that are as usual."""
        lines = self._patterns.lines
        known = {pattern.id: n for n, pattern in enumerate(lines.patterns)} if lines else {}
        found: list[dict[str, object]] = []
        for row in rows.to_pylist():
            index = known.get(row["@patternId"])
            worst = max(_unusual(lines, index), key=_rank, default=None) if lines and index is not None else None
            added = {
                "@anomalyType": worst.kind if worst else None,
                "@anomalyScore": round(worst.nats, 1) if worst else None,
                "@anomalyTime": moment(worst.since) if worst else None,
                "@anomalyDetail": worst.detail if worst else None,
            }
            found.append({**row, **added})
        return arrow(self.kinds, found)


def _rank(found: Unusual) -> tuple[float, str]:
    return found.nats, found.kind


def _unusual(lines: MinedLines, index: int) -> Iterator[Unusual]:
    """Yield what is unusual about a pattern, nothing where lines have no times or all the same."""
    if lines.moments is None or lines.moments.max() == lines.moments.min():
        return
    first, last = int(lines.moments.min()), int(lines.moments.max())
    middle = first + (last - first) // 2
    moments = lines.moments_of(index)
    if new := _new(lines.moments, moments, middle):
        yield new
    else:
        yield from _frequency(moments, first, last)
        yield from _tokens(lines, lines.moments, index, middle)


def _new(everything: Ints, moments: Ints, middle: int) -> Unusual | None:
    """Return that a pattern came up in the later half, where the earlier half has lines to tell by."""
    came = int(moments[0])
    before = int(np.count_nonzero(everything < came))
    nats = surprise(len(moments), 0.0)
    if came <= middle or before < len(moments) or nats < _ALARMING / 2:
        return None
    return Unusual("NEW_PATTERN", nats, came, f"{len(moments)} / 0")


def _frequency(moments: Ints, first: int, last: int) -> Iterator[Unusual]:
    """Yield the interval that stands out most from the others, by as much as they vary among each other."""
    width = (last - first) // _INTERVALS + 1
    counts = np.bincount((moments - first) // width, minlength=_INTERVALS).astype(float)
    for at in (int(counts.argmax()), int(counts.argmin())):
        others = np.delete(counts, at)
        usual = float(np.median(others))
        spread = max(float(others.var(ddof=1)) / max(float(others.mean()), 0.5), 1.0)
        nats = abs(surprise(counts[at], usual)) / spread
        if nats >= _ALARMING and (counts[at] > 2 * usual or counts[at] < usual / 2):
            yield Unusual("PATTERN_FREQUENCY", nats, first + at * width, f"{counts[at]:g} / {usual:g}")


def _tokens(lines: MinedLines, moments: Ints, index: int, middle: int) -> Iterator[Unusual]:
    """Yield values of tokens that are new where there are few, numbers that moved, and errors among statuses."""
    read = lines.values(index)
    for place, token in enumerate(lines.patterns[index].tokens):
        early = [values[place] for row, values in read if moments[row] <= middle]
        late = [(int(moments[row]), values[place]) for row, values in read if moments[row] > middle]
        if len(early) < 20 or not late or token.kind in ("time", "id"):
            continue
        share = len(late) / len(early)
        usual, since = Counter(early), {value: at for at, value in reversed(late)}
        for value, count in Counter(value for _, value in late).items():
            nats = surprise(count, usual[value] * share)
            is_error = token.kind == "status" and value[:1] in ("4", "5")
            if nats >= _ALARMING / 2 and (is_error or (not usual[value] and len(usual) <= _FEW)):
                kind = "HTTP_ERROR" if is_error else "TOKEN_VARIATION"
                yield Unusual(kind, nats, since[value], f"{token.name}={value}: {count} / {usual[value] * share:g}")
        yield from _numbers(token.name, early, late)


def _numbers(name: str, early: list[str], late: list[tuple[int, str]]) -> Iterator[Unusual]:
    """Yield that numbers moved: more of them than a tenth lie outside of where nine tenths of the earlier lay."""
    usual = [number for value in early if (number := _number(value)) is not None]
    moved = [(at, number) for at, value in late if (number := _number(value)) is not None]
    if len(usual) < 0.9 * len(early) or len(set(usual)) <= _FEW or len(moved) < 20:
        return
    if abs(float(np.corrcoef(np.arange(len(usual)), usual)[0, 1])) > _COUNTER:
        return
    low, middle, high = np.percentile(usual, (5, 50, 95))
    outside = [(at, number) for at, number in moved if number > high or number < low]
    nats = surprise(len(outside), 0.1 * len(moved))
    if nats >= _ALARMING:
        now = float(np.median([number for _, number in moved]))
        yield Unusual("NUMERIC_TOKEN", nats, outside[0][0], f"{name}: {now:g} / {float(middle):g}")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
