"""Shapes and patterns of log lines, and that what was counted is what the evidence query counts."""

from __future__ import annotations

import random
import re
from functools import cache

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bundles import Scene
from fa2.analysers.log_patterns import evidence_of
from fa2.core.telemetry import Telemetry
from fa2.logs.bundles import bundle_patterns
from fa2.logs.bundles.bundle_patterns import PatternCount, count_patterns, cut_pattern, first_lines
from fa2.logs.bundles.membership import stands_for
from fa2.logs.patterns.matching import spans
from fa2.logs.patterns.pattern import pattern_id, template_regex
from fa2.logs.shapes.definition import shape_of
from fa2.logs.shapes.dialects import shape_sql
from fa2.logs.templates.merging import merge

HOSTILE = [
    "",
    " ",
    "<*>",
    "<*><*>",
    "a <*> b 1 c",
    "<<*>1<*>>",
    "x.*+?^$(){}[]|\\ 1",
    "(?i)\\Qa\\E [[:alpha:]] \\1 1",
    "it's \"quoted\" $service $regex '; DROP TABLE logs; --",
    "1\v2",
    "\u3000wide 1\u3000",
    "\x85\x1c 1 \xa0",
    "1\u30002",
    "tab\there 1\t2",
    "crlf 12\r\nat Foo.java:3",
    "first 1\nsecond 2",
    "\n9",
    "ユーザー42が失敗しました",
    "emoji 👩‍👩‍👧 7",
    "nul \x00 1",
    "1|2|3 , 4 ; 5:6/7",
    "1!" * 600,
    "a1 b " * 300,
    "x" * 1_000_000 + " 1",
    "1 " * 500_000,
    "%s %d 100% $1 ${x}",
]
WORDS = st.sampled_from(
    ["<*>", "1", "a", " ", "\n", "\r", "\v", "\u3000", "|", "-", ".", "$", "(", "\\", "<", "*", ">", "'", "é", "\x00"]
)
LINES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.lists(WORDS, max_size=15).map("".join),
    st.sampled_from(HOSTILE[:-4]),
)


@cache
def engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def shape(*lines: str) -> list[str]:
    """Return the shapes of lines."""
    listed = (
        engine().execute(f"SELECT list_transform($1::VARCHAR[], lambda m: {shape_sql('m')})", [list(lines)]).fetchone()
    )
    assert listed
    return list(listed[0])


def matched(regex: str, texts: list[str]) -> list[bool]:
    """Return for each text whether the database finds the regex in it."""
    listed = (
        engine()
        .execute("SELECT list_transform($1::VARCHAR[], lambda t: regexp_matches(t, $2))", [texts, regex])
        .fetchone()
    )
    assert listed
    return list(listed[0])


def of_lines(*lines: str, **more: object) -> Scene:
    scene = Scene().has("logs")
    for place, line in enumerate(lines):
        scene.log(place * 0.01, line, **more)
    return scene


def first_line(telemetry: Telemetry, count: PatternCount) -> str:
    return first_lines(telemetry, [count])[count]


def assert_counts_are_what_the_queries_give(telemetry: Telemetry) -> None:
    for count in count_patterns(telemetry).patterns:
        recorded = evidence_of(telemetry, count)
        assert telemetry.ask(recorded.query) == recorded


@settings(max_examples=60)
@given(st.lists(LINES, min_size=1, max_size=8))
@example(HOSTILE)
def test_the_database_and_python_agree_on_shapes(lines: list[str]) -> None:
    assert shape(*lines) == [shape_of(line) for line in lines]


@settings(max_examples=60)
@given(st.lists(LINES, min_size=1, max_size=8))
@example(HOSTILE)
def test_the_regex_of_a_template_matches_its_shapes_in_the_database_and_in_python(lines: list[str]) -> None:
    shapes = sorted({shape_of(line) for line in lines})
    merged = merge(shapes)
    for one, template in zip(shapes, merged.template_of):
        text = merged.templates[template]
        assert spans(text, one) is not None
        assert [spans(text, other) is not None for other in shapes] == matched(template_regex(text), shapes)


def test_a_pattern_that_was_cut_stands_for_shapes_that_go_on() -> None:
    shapes = {"shapes": "user <*> did it\nuser bob did it again"}
    assert stands_for("user <*> did…", shapes)
    assert not stands_for("user <*> did", shapes)
    assert not stands_for("user <*> has…", shapes)


def test_a_pattern_of_a_hostile_report_is_soon_told_from_long_shapes() -> None:
    pattern = "at <*> " * 30
    assert not stands_for(pattern + "end", {"shapes": "at " * 30_000})
    assert not stands_for(pattern + "end…", {"shapes": "at " * 30_000})


def test_every_count_over_hostile_lines_is_what_its_query_gives() -> None:
    with of_lines(*HOSTILE).telemetry() as telemetry:
        counts = count_patterns(telemetry)
        assert sum(p.window for p in counts.patterns) == counts.lines == len(HOSTILE)
        assert_counts_are_what_the_queries_give(telemetry)


@pytest.mark.end_to_end
def test_very_many_lines_are_counted_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for many in (10**9, 1):
        monkeypatch.setattr(bundle_patterns, "MANY_LINES", many)
        with of_lines(*HOSTILE, *(f"user {n} of {n % 7} did it" for n in range(5000))).telemetry() as telemetry:
            found.append(count_patterns(telemetry))
            assert_counts_are_what_the_queries_give(telemetry)
    assert found[0] == found[1]
    assert any(p.pattern == "user <*> of <*> did it" for p in found[0].patterns)


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.floats(-70, 20),
            LINES,
            st.sampled_from([None, "web", "it's"]),
            st.sampled_from([None, "ERROR", "info"]),
        ),
        max_size=25,
    )
)
def test_every_count_is_what_its_query_gives(lines: list[tuple[float, str, str | None, str | None]]) -> None:
    scene = Scene().has("logs")
    for at, message, service, level in lines:
        scene.log(at, message, service, level=level)
    with scene.telemetry() as telemetry:
        counts = count_patterns(telemetry)
        assert counts.lines == sum(-60 <= at < 10 for at, *_ in lines)
        assert sum(p.window + p.baseline for p in counts.patterns) == counts.lines
        assert_counts_are_what_the_queries_give(telemetry)


def test_lines_are_counted_in_the_window_and_in_the_baseline_and_nowhere_else() -> None:
    scene = Scene().has("logs")
    for at in (-61, -60, -1, 0, 9.999, 10):
        scene.log(at, "tick 1")
    with scene.telemetry() as telemetry:
        (count,) = count_patterns(telemetry).patterns
    assert (count.window, count.baseline) == (2, 2)


def test_a_pattern_is_counted_apart_for_each_service_and_level_and_once_for_shapes_alike() -> None:
    scene = Scene()
    for message, service, level in [
        ("a 1", "x", "ERROR"),
        ("a 1 2", "x", "ERROR"),
        ("a 3", "y", "ERROR"),
        ("a 4", "x", None),
    ]:
        scene.log(1, message, service, level=level)
    with scene.telemetry() as telemetry:
        counted = {(p.pattern, p.service, p.level): p.window for p in count_patterns(telemetry).patterns}
    assert counted == {("a <*>", "x", "ERROR"): 2, ("a <*>", "y", "ERROR"): 1, ("a <*>", "x", None): 1}


def test_the_histogram_holds_every_line_of_the_chart_range() -> None:
    scene = Scene(window=(0, 7), baseline=[(-13, 0)])
    ats = [-13, -12.9, 0, 3.3, 6.999999]
    for at in ats:
        scene.log(at, "tick")
    with scene.telemetry() as telemetry:
        (count,) = count_patterns(telemetry).patterns
    assert sum(count.histogram) == len(ats)
    assert count.histogram[0] == 2
    assert count.histogram[-1] == 1


def test_neither_the_order_of_lines_nor_threads_change_the_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [(i % 9 + 0.5, f"user {i} did {i % 7 * 'x'} thing", "ERROR" if i % 3 else None) for i in range(3000)]
    found = []
    connect = duckdb.connect
    for seed, threads in enumerate((1, 4)):
        monkeypatch.setattr(duckdb, "connect", lambda config, n=threads: connect(config={**config, "threads": n}))
        shuffled = random.Random(seed).sample(lines, len(lines))
        scene = Scene()
        for at, message, level in shuffled:
            scene.log(at, message, level=level)
        with scene.telemetry() as telemetry:
            assert telemetry.rows("SELECT current_setting('threads')") == [(threads,)]
            found.append(count_patterns(telemetry))
    assert found[0] == found[1]
    assert len(found[0].patterns) == 14


def test_the_most_frequent_pattern_comes_first_and_ties_are_in_the_order_of_names() -> None:
    with of_lines("b", "a", "c", "c").telemetry() as telemetry:
        assert [p.pattern for p in count_patterns(telemetry).patterns] == ["c", "a", "b"]


def test_counts_still_hold_when_there_are_too_many_shapes_to_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_patterns, "MAX_GROUPS", 1)
    lines = ["a 1", "a 1", "a 1", "a 1 2", "b", "b", "a (1)"]
    with of_lines(*lines, level="ERROR").telemetry() as telemetry:
        counts = count_patterns(telemetry)
        assert (counts.lines, counts.dropped_lines) == (7, 2)
        for count in counts.patterns:
            recorded = evidence_of(telemetry, count)
            assert telemetry.ask(recorded.query) == recorded
        assert evidence_of(telemetry, counts.patterns[0]).cell(0, "window") == 5


def test_the_first_line_is_the_earliest_of_the_window_and_whole() -> None:
    scene = Scene()
    scene.log(-5, "boom 0\nold")
    scene.log(3, "boom 3")
    scene.log(2, "boom 2\nat x.py:4")
    with scene.telemetry() as telemetry:
        (count,) = count_patterns(telemetry).patterns
        assert first_line(telemetry, count) == "boom 2\nat x.py:4"


def test_a_pattern_that_is_gone_has_no_first_line() -> None:
    scene = Scene()
    scene.log(-5, "boom 0")
    with scene.telemetry() as telemetry:
        (count,) = count_patterns(telemetry).patterns
        assert (count.first_seen, first_line(telemetry, count)) == (None, "")


def test_an_id_is_the_same_on_any_day_and_differs_between_patterns() -> None:
    assert pattern_id("user <*> failed") == "Pf0bcff060e"
    assert len({pattern_id(text) for text in HOSTILE}) == len(HOSTILE)


@given(st.lists(WORDS, max_size=40).map("".join), st.integers(4, 30))
@example("abc<*>", 5)
@example("ab<*>c", 5)
def test_a_cut_never_falls_within_a_variable_and_keeps_the_beginning(text: str, length: int) -> None:
    cut = cut_pattern(text, length)
    if len(text) <= length:
        assert cut == text
        return
    kept = cut.removesuffix("…")
    assert cut.endswith("…")
    assert text.startswith(kept)
    assert len(kept) >= length - 3
    starts = {m.start() for m in re.finditer(re.escape("<*>"), text)}
    assert not starts & {len(kept) - 1, len(kept) - 2}


def test_patterns_come_from_counts_where_no_lines_travelled() -> None:
    scene = Scene()
    scene.counted(-30, "user <*> failed", 4, level="ERROR")
    scene.counted(2, "user <*> failed", 30, level="ERROR", sample="user 7 failed")
    scene.counted(1, "user <*> <*> failed", 2, level="ERROR", sample="user 7 8 failed")
    scene.counted(20, "user <*> failed", 99, level="ERROR")
    with scene.telemetry() as telemetry:
        (count,) = count_patterns(telemetry).patterns
        assert (count.pattern, count.window, count.baseline) == ("user <*> failed", 32, 4)
        assert first_line(telemetry, count) == "user 7 8 failed"
        assert_counts_are_what_the_queries_give(telemetry)


def test_an_interval_lies_where_its_middle_lies() -> None:
    scene = Scene()
    for at, count in ((-1.5, 1), (-0.5, 10), (-0.4, 100), (9.4, 1000), (9.6, 10000)):
        scene.counted(at, "tick", count)
    with scene.telemetry() as telemetry:
        (counted,) = count_patterns(telemetry).patterns
    assert (counted.window, counted.baseline) == (1110, 1)


def test_shapes_of_another_engine_get_the_one_definition() -> None:
    scene = Scene()
    scene.counted(1, "user u17 failed\nstack", 1)
    scene.counted(1, "  user <*> <*> failed ", 1)
    with scene.telemetry() as telemetry:
        assert [(p.pattern, p.window) for p in count_patterns(telemetry).patterns] == [("user <*> failed", 2)]
        assert_counts_are_what_the_queries_give(telemetry)


def test_lines_of_a_source_that_another_engine_counted_are_samples() -> None:
    scene = Scene()
    for at in (1, 2, 3):
        scene.log(at, "slow 1")
        scene.log(at, "only here 1", source="other.log")
        scene.log(at, "everywhere 1", source="other.log")
    scene.log(1, "sampled 1")
    scene.counted(1, "slow <*>", 2)
    scene.counted(1, "sampled <*>", 50)
    scene.counted(1, "everywhere <*>", 2)
    with scene.telemetry() as telemetry:
        found = {p.pattern: (p.table.name, p.window) for p in count_patterns(telemetry).patterns}
        assert_counts_are_what_the_queries_give(telemetry)
    assert found == {
        "slow <*>": ("log_counts", 2),
        "sampled <*>": ("log_counts", 50),
        "only here <*>": ("logs", 3),
        "everywhere <*>": ("logs", 3),
    }


def test_a_source_may_be_marked_as_counted_without_a_line() -> None:
    scene = Scene()
    scene.log(1, "sampled 1")
    scene.log(1, "whole 1", source="other.log")
    scene.counted(1, "", 0)
    with scene.telemetry() as telemetry:
        assert [p.pattern for p in count_patterns(telemetry).patterns] == ["whole <*>"]


@settings(max_examples=20)
@given(
    st.lists(st.tuples(st.integers(-70, 20), LINES, st.integers(1, 10**6), st.sampled_from([10, 60, 300])), max_size=15)
)
def test_every_sum_of_counts_is_what_its_query_gives(counted: list[tuple[int, str, int, int]]) -> None:
    scene = Scene().has("log_counts")
    for at, pattern, count, interval in counted:
        scene.counted(at, pattern, count, interval_s=interval)
    with scene.telemetry() as telemetry:
        total = sum(n for at, _, n, s in counted if -60 <= at + s / 120 < 10)
        counts = count_patterns(telemetry)
        assert sum(p.window + p.baseline for p in counts.patterns) == counts.lines == total
        assert_counts_are_what_the_queries_give(telemetry)


def test_without_any_lines_there_are_no_patterns() -> None:
    for scene in (Scene(), Scene().has("logs"), Scene().has("log_counts", "logs")):
        with scene.telemetry() as telemetry:
            counts = count_patterns(telemetry)
        assert (counts.patterns, counts.lines) == ((), 0)


def test_a_few_errors_are_kept_before_many_usual_lines_when_not_all_patterns_can_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bundle_patterns, "MAX_GROUPS", 1)
    scene = Scene()
    for _ in range(50):
        scene.log(1, "tick", level="INFO")
    scene.log(2, "boom", level="ERROR")
    with scene.telemetry() as telemetry:
        counts = count_patterns(telemetry)
    assert [p.pattern for p in counts.patterns] == ["boom"]
    assert (counts.lines, counts.dropped_lines) == (51, 50)


def test_the_first_lines_of_many_patterns_are_those_of_each() -> None:
    scene = Scene()
    scene.log(1, "boom 1", "web", level="ERROR")
    scene.log(1, "boom 0", "web", level="ERROR")
    scene.log(1, "boom 2", "api", level="ERROR")
    scene.log(2, "bang 3", "web")
    scene.log(3, "boom 4", "web", level="ERROR")
    with scene.telemetry() as telemetry:
        found = first_lines(telemetry, count_patterns(telemetry).patterns)
    assert {(p.pattern, p.service): line for p, line in found.items()} == {
        ("boom <*>", "web"): "boom 0",
        ("boom <*>", "api"): "boom 2",
        ("bang <*>", "web"): "bang 3",
    }
