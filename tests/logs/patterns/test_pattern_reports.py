"""Mined patterns become a report: ordered, limited, named, with honest counts of what is left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fa2.core.errors import UnusableInput
from fa2.core.pattern_report import ChangeView, ComparisonView
from fa2.core.ports import Gaps
from fa2.logs.patterns.mining import mine
from fa2.logs.patterns.pattern import Pattern, Token, TokenValue
from fa2.logs.patterns.pattern_filters import line_filter
from fa2.logs.patterns.pattern_reports import Asked, Comparison, gap_of, report_of, view_of
from fa2.logs.patterns.values import PlaceValues
from fa2.logs.scans.blocks import Messages, Pool
from fa2.logs.scans.line_sources import Chained

MORNING = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def pattern(text: str, count: int, severity: str = "NONE", minute: int | None = None, **more: object) -> Pattern:
    seen = None if minute is None else MORNING + timedelta(minutes=minute)
    return Pattern(text, count, count / 100, severity, first_seen=seen, last_seen=seen, **more)  # type: ignore[arg-type]


def texts_by(order: str) -> list[str]:
    found = (
        pattern("b", 5, "WARN", 3),
        pattern("a", 5, "NONE", 9),
        pattern("rare", 1, "FATAL"),
        pattern("often", 50, "ERROR", 1),
    )
    mined = mine(["x"])
    report = report_of(
        type(mined)(found, mined.assignment, lines=61, matched=61),
        Asked(("x",), order=order),
        values={},  # type: ignore[arg-type]
    )
    return [view.text for view in report.patterns]


def test_patterns_are_ordered_as_asked_for_and_equals_by_count_and_text() -> None:
    assert texts_by("count") == ["often", "a", "b", "rare"]
    assert texts_by("severity") == ["rare", "often", "b", "a"]
    assert texts_by("last-seen") == ["a", "b", "often", "rare"]


def test_a_limit_counts_what_it_hides() -> None:
    mined = mine(["a 1", "a 2", "a 3", "b", "b", "c"])
    report = report_of(mined, Asked(("x",), limit=1), values={})
    assert [view.text for view in report.patterns] == ["a <*>"]
    assert (report.found, report.hidden_lines, report.matched) == (3, 3, 6)


def test_tokens_are_named_after_values_else_after_samples() -> None:
    counted = PlaceValues((TokenValue("10.0.0.1", 2), TokenValue("10.0.0.2", 1)), 2, True)
    named = view_of(pattern("from <*>", 3, samples=("from nobody",)), [counted])
    assert named.display == "from <IP-1>"
    assert named.tokens[0].distinct == 2
    sampled = view_of(pattern("from <*>", 3, samples=("2026-11-20 INFO from 10.0.0.1",)))
    assert sampled.display == "from <IP-1>"
    assert sampled.tokens[0].distinct is None
    own = view_of(pattern("from <*>", 3, tokens=(Token("value", "", counted.values, 2),)))
    assert (own.display, own.tokens[0].values[0].count) == ("from <IP-1>", 2)


def test_a_long_sample_that_does_not_match_is_soon_told() -> None:
    view = view_of(pattern("<*> at <*>" * 20 + " end", 1, samples=("at " * 30_000,)))
    assert [token.values for token in view.tokens] == [()] * 40


def test_a_first_value_does_not_take_in_the_header_of_a_sample() -> None:
    view = view_of(pattern("<*> is down", 1, samples=("2026-11-20 03:12:07 WARN 10.0.0.1 is down",)))
    assert view.display == "<IP-1> is down"


def test_a_comparison_brings_what_is_gone_and_counts_all_changes() -> None:
    mined = mine(["a 1", "a 2"])
    changes = {
        "gone": ChangeView("gone", 7, 7.0, 0.0, 1.0),
        "a <*>": ChangeView("same", 2, 2.0, 1.0, 0.0),
    }
    comparison = Comparison(ComparisonView("previous", None, 9), changes, [pattern("gone", 0)])
    report = report_of(mined, Asked(("x",), order="change", limit=1), values={}, comparison=comparison)
    assert [(view.text, view.change and view.change.change) for view in report.patterns] == [("gone", "gone")]
    assert report.comparison
    assert report.comparison.changes == {"new": 0, "gone": 1, "more": 0, "less": 0, "same": 1}


def test_gaps_say_what_happened_and_what_to_do() -> None:
    gap = gap_of("a.log", "undecodable_bytes", {"n": 3, "example": "x"})
    assert "3" in gap.message
    assert "UTF-8" in gap.remedy
    assert gap_of("a.log", "never_heard_of", {}).message == "never_heard_of"


def test_sources_in_a_row_keep_their_order_and_their_gaps() -> None:
    both = Chained((Messages(["one", "two"]), Messages(["three"])))
    gaps = [Gaps(), Gaps()]
    blocks = list(both.blocks(gaps, Pool()))
    assert [(block.number, block.file, block.texts()) for block in blocks] == [
        (0, 0, ["one", "two"]),
        (1, 1, ["three"]),
    ]
    assert both.repeatable
    assert both.total_bytes is None
    assert len(both.names) == 2


@pytest.mark.parametrize(
    ("filter", "line", "passes"),
    [
        ("/time.?out/", "a timeout", True),
        ("/time.?out/", "a TIMEOUT", False),
        ("/time.?out/i", "a TIMEOUT", True),
        ("/var/log/x", "see /var/log/x there", True),
        ("timeout", "timeouts", False),
        ('{ $.level = "ERROR" }', '{"level": "ERROR"}', True),
    ],
)
def test_filters(filter: str, line: str, passes: bool) -> None:
    assert line_filter(filter)(line) is passes


def test_what_is_no_regular_expression_is_said() -> None:
    with pytest.raises(UnusableInput, match="is no regular expression"):
        line_filter("/(/")
