"""From mined patterns to a report: tokens named, in the order asked for, what is left out counted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal, cast

from fa2.core.messages import Value, catalogue
from fa2.core.pattern_report import (
    CHANGES,
    SEVERITIES,
    ChangeView,
    ComparisonView,
    Gap,
    Intervals,
    PatternReport,
    PatternView,
    Period,
    Severity,
    TokenView,
    ValueCount,
)
from fa2.core.ports import Gaps
from fa2.logs.patterns.matching import spans
from fa2.logs.patterns.mining import Mined
from fa2.logs.patterns.pattern import SPACE, VARIABLE, Pattern
from fa2.logs.patterns.severities import Rule
from fa2.logs.patterns.tokens import name_tokens
from fa2.logs.patterns.values import PlaceValues

Order = Literal["count", "severity", "last-seen", "change"]


@dataclass(frozen=True)
class Comparison:
    """What mined patterns were compared with, and what came of it."""

    view: ComparisonView
    changes: Mapping[str, ChangeView]
    """By the text of a pattern; what matters most first."""
    gone: Sequence[Pattern] = ()
    """Patterns that only the other period has; their count is 0."""


@dataclass(frozen=True)
class Asked:
    """How a report is to be."""

    inputs: tuple[str, ...]
    filter: str | None = None
    period: Period | None = None
    order: Order = "count"
    limit: int = 0
    """At most so many patterns; 0 for all."""
    rule: Rule = "anomaly"


def report_of(
    mined: Mined,
    asked: Asked,
    *,
    values: Mapping[int, Sequence[PlaceValues]],
    gaps: Iterable[Gap] = (),
    comparison: Comparison | None = None,
) -> PatternReport:
    """Return the report. values: for patterns by index, what stood in each <*>; others are named after their samples."""
    changes = comparison.changes if comparison else {}
    patterns = _patterns(mined, comparison)
    ranked = _ranked(patterns, asked.order, changes)
    shown = ranked[: asked.limit] if asked.limit else ranked
    return PatternReport(
        inputs=asked.inputs,
        lines=mined.lines,
        matched=mined.matched,
        patterns=tuple(view_of(patterns[n], values.get(n), changes.get(patterns[n].text)) for n in shown),
        found=len(ranked),
        hidden_lines=sum(patterns[n].count for n in ranked[len(shown) :]),
        filter=asked.filter,
        period=asked.period or _period(mined),
        intervals=_intervals(mined),
        untimed=mined.untimed if mined.histogram_start else 0,
        severity_rule=asked.rule,
        comparison=_counted(comparison, patterns) if comparison else None,
        gaps=(*_gaps(mined), *gaps),
    )


def shown_indexes(mined: Mined, asked: Asked, comparison: Comparison | None = None) -> list[int]:
    """Return which mined patterns a report shows, by index."""
    if not asked.limit:
        return list(range(len(mined.patterns)))
    patterns = _patterns(mined, comparison)
    ranked = _ranked(patterns, asked.order, comparison.changes if comparison else {})
    return sorted(n for n in ranked[: asked.limit] if n < len(mined.patterns))


def view_of(
    pattern: Pattern, values: Sequence[PlaceValues] | None = None, change: ChangeView | None = None
) -> PatternView:
    """Return a pattern as it is shown: its tokens by name, with their values where they are given or it has them."""
    places = values or [PlaceValues(token.values, token.distinct, token.exact) for token in pattern.tokens]
    tokens = _tokens(pattern, places)
    return PatternView(
        id=pattern.id,
        text=pattern.text,
        display=displayed(pattern.text, tokens),
        count=pattern.count,
        ratio=pattern.ratio,
        severity=cast(Severity, pattern.severity),
        regex=pattern.regex,
        tokens=tokens,
        first_seen=pattern.first_seen,
        last_seen=pattern.last_seen,
        histogram=pattern.histogram,
        samples=pattern.samples,
        related=pattern.related,
        change=change,
    )


def displayed(text: str, tokens: Sequence[TokenView]) -> str:
    """Return a template with the names of its tokens in angle brackets."""
    parts = text.split(VARIABLE)
    names = [f"<{token.name}>" for token in tokens]
    return "".join(part + name for part, name in zip(parts, [*names, ""]))


def _patterns(mined: Mined, comparison: Comparison | None) -> list[Pattern]:
    """Return the mined patterns, and behind them those that are gone."""
    return [*mined.patterns, *(comparison.gone if comparison else ())]


def _ranked(patterns: Sequence[Pattern], by: Order, changes: Mapping[str, ChangeView]) -> list[int]:
    """Return the indexes of patterns in an order; those that are equal in it by count, then by text."""
    rank = {text: at for at, text in enumerate(changes)}

    def key(pattern: Pattern) -> float:
        if by == "severity":
            return SEVERITIES.index(cast(Severity, pattern.severity))
        if by == "last-seen":
            return -pattern.last_seen.timestamp() if pattern.last_seen else float("inf")
        return rank.get(pattern.text, 0) if by == "change" else 0

    return sorted(range(len(patterns)), key=lambda n: (key(patterns[n]), -patterns[n].count, patterns[n].text))


def gap_of(source: str, code: str, values: Mapping[str, Value]) -> Gap:
    """Return a gap with its English texts."""
    texts = catalogue("en")
    told = [
        texts.text(f"coverage.{key}", **values) if texts.has(f"coverage.{key}") else ""
        for key in (code, f"{code}_remedy")
    ]
    return Gap(source, code, told[0] or code, told[1], values)


def _counted(comparison: Comparison, patterns: Sequence[Pattern]) -> ComparisonView:
    kinds = [comparison.changes[pattern.text].change for pattern in patterns if pattern.text in comparison.changes]
    return replace(comparison.view, changes={kind: kinds.count(kind) for kind in CHANGES})


def _gaps(mined: Mined) -> Iterable[Gap]:
    empty = Gaps()
    for name, gaps in zip(mined.files, mined.gaps or [empty] * len(mined.files)):
        for code, n in sorted(gaps.counts.items()):
            yield gap_of(name, code, {"n": n, "example": gaps.examples.get(code, "")})


def _period(mined: Mined) -> Period | None:
    if mined.first_seen is None or mined.last_seen is None:
        return None
    return Period(mined.first_seen, mined.last_seen + timedelta(microseconds=1))


def _intervals(mined: Mined) -> Intervals | None:
    if mined.histogram_start is None:
        return None
    count = max((len(pattern.histogram) for pattern in mined.patterns), default=0)
    return Intervals(mined.histogram_start, mined.histogram_step.total_seconds(), count)


def _tokens(pattern: Pattern, places: Sequence[PlaceValues]) -> tuple[TokenView, ...]:
    """Return the tokens of a pattern; those whose values are not told are named after the samples."""
    sampled = _values_of_samples(pattern)
    told: Sequence[PlaceValues | None] = places or [None] * len(sampled)
    seen = [[v.value for v in place.values] if place and place.values else some for place, some in zip(told, sampled)]
    return tuple(
        TokenView(
            name.kind,
            name.name,
            tuple(ValueCount(value.value, value.count) for value in place.values) if place else (),
            place.distinct if place else None,
            place.exact if place else True,
        )
        for name, place in zip(name_tokens(pattern.text, seen), told, strict=True)
    )


def _values_of_samples(pattern: Pattern) -> list[list[str]]:
    """Return what stands in each <*> in the samples; a sample may have its header in front."""
    places: list[list[str]] = [[] for _ in range(pattern.text.count(VARIABLE))]
    if places:
        template = pattern.text.strip(SPACE)
        begins = template.startswith(VARIABLE)
        for sample in pattern.samples:
            line = sample.partition("\n")[0]
            found = spans(template if begins else VARIABLE + template, line) or []
            values = [line[start:end] for start, end in found]
            if begins and values:
                values[0] = re.split(r"\s", values[0])[-1]  # so that a first value does not take in the header
            for place, value in zip(places, values if begins else values[1:]):
                place.append(value)
    return places
