"""From mined patterns to a report: tokens named, the order asked for, what is left out counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

from fa2.core.pattern_report import SEVERITIES, PatternView, Severity, TokenView, ValueCount
from fa2.logs.patterns import VARIABLE, Pattern
from fa2.logs.tokens import name_tokens

Order = Literal["count", "severity", "last-seen", "change"]


def view_of(pattern: Pattern) -> PatternView:
    """Return a pattern as it is shown: its tokens by name."""
    tokens = _tokens(pattern)
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
    )


def displayed(text: str, tokens: Sequence[TokenView]) -> str:
    """Return a template with the names of its tokens in angle brackets."""
    parts = text.split(VARIABLE)
    names = [f"<{token.name}>" for token in tokens]
    return "".join(part + name for part, name in zip(parts, [*names, ""]))


def ordered(views: Sequence[PatternView], by: Order) -> list[PatternView]:
    """Return patterns in an order; those that are equal in it by count, then by text."""
    ranked = sorted(views, key=lambda p: (-p.count, p.text))
    if by == "severity":
        return sorted(ranked, key=lambda p: SEVERITIES.index(p.severity))
    if by == "last-seen":
        timed = [p for p in ranked if p.last_seen is not None]
        untimed = [p for p in ranked if p.last_seen is None]
        return sorted(timed, key=lambda p: p.last_seen or 0, reverse=True) + untimed
    if by == "change":
        return sorted(ranked, key=lambda p: -p.change.significance if p.change else 0.0)
    return ranked


def _tokens(pattern: Pattern) -> tuple[TokenView, ...]:
    """Return the tokens of a pattern with names; without values where they were not asked for."""
    known = pattern.tokens
    names = name_tokens(pattern.text, [[value.value for value in token.values] for token in known])
    if not known:
        return tuple(TokenView(name.kind, name.name) for name in names)
    return tuple(
        TokenView(
            name.kind,
            name.name,
            tuple(ValueCount(value.value, value.count) for value in token.values),
            token.distinct,
            token.exact,
        )
        for name, token in zip(names, known, strict=True)
    )
