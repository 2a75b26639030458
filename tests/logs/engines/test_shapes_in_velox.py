"""Presto's functions, as Velox has them (RE2), and Oniguruma, which Trino's JONI is a port of, give the shapes of Python."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.windows import TimeWindow
from fa2.logs.engines.count_queries import counts_sql
from fa2.logs.engines.lake_lines import Column, Found, LakeLines, Text
from fa2.logs.shapes.definition import CLOSE, MAX_CHARS, NAME, OPEN, VALUE, shape_of
from fa2.logs.shapes.dialects import TRINO, shape_sql

TEXT = st.text(
    st.one_of(st.sampled_from("ab19_.:+@%- \t\x00\x01\x02\r\n<*>\\$'\"é😀\u0301"), st.characters(codec="utf-8"))
)


def in_velox(lines: Sequence[str], header: str = "") -> list[str]:
    velox = pytest.importorskip("pyvelox.legacy", reason="`make engines` installs Velox, where there is a build of it")
    expression = velox.Expression.from_string(shape_sql("line", TRINO, header=header))
    return list(expression.evaluate(["line"], [velox.from_list(list(lines))]))


def test_velox_gives_nasty_lines_the_same_shapes(nasty: tuple[str, ...]) -> None:
    assert in_velox(nasty) == [shape_of(line) for line in nasty]


@given(st.lists(TEXT, min_size=1, max_size=20))
def test_velox_gives_any_lines_the_same_shapes(lines: list[str]) -> None:
    assert in_velox(lines) == [shape_of(line) for line in lines]


def test_velox_takes_headers_off() -> None:
    lines = ["2026-11-21 'a\\b' 7 job 8", "job 2026-11-21 'a' 7 b"]
    assert in_velox(lines, r"^[0-9-]+ '[a-z\\]*' \d+ ") == ["job <*>", shape_of(lines[1])]


def in_oniguruma(lines: Sequence[str]) -> list[str]:
    """Do as the SQL does, with the regular expressions of Oniguruma; it has none but Java's syntax in Trino."""
    engine = pytest.importorskip("onigurumacffi", reason="`make engines` installs Oniguruma")

    def replaced(text: str, pattern: str, before: str, after: str, group: int | None) -> str:
        regex, parts, place = engine.compile(pattern), [], 0
        while found := regex.search(text, place):
            parts += [text[place : found.start()], before, found[group] if group is not None else "", after]
            place = found.end()
        return "".join(parts) + text[place:]

    def shape(line: str) -> str:
        clean = re.split("[\n\r]", line)[0][:MAX_CHARS].replace(OPEN, " ").replace(CLOSE, " ")
        named = replaced(replaced(clean, f"({VALUE})", OPEN, CLOSE, 1), f"{OPEN}({NAME}){CLOSE}", "", "", 1)
        return replaced(named, f"{OPEN}[^{CLOSE}]*{CLOSE}", "<*>", "", None)

    return [shape(line) for line in lines]


def test_oniguruma_gives_nasty_lines_the_same_shapes(nasty: tuple[str, ...]) -> None:
    nul = [line for line in nasty if "\0" not in line]
    assert in_oniguruma(nul) == [shape_of(line) for line in nul]


def test_presto_has_every_function_of_the_query() -> None:
    velox = pytest.importorskip("pyvelox.legacy", reason="`make engines` installs Velox, where there is a build of it")
    velox.register_presto_signatures()
    velox.register_presto_aggregate_signatures()
    known = {*velox.get_function_signatures(), *velox.get_aggregate_function_signatures()}
    window = TimeWindow.parse("2026-11-20/2026-11-21")
    level = Found(Column.of("message"), "x")
    queries = [
        counts_sql(LakeLines(("t",), Text("s"), time_form=form, level=level), window, TRINO)
        for form in ("timestamp", "timestamptz", "epoch_s", "epoch_ms", "iso8601")
    ]
    used = {name for query in queries for name in re.findall(r"\b([a-z_0-9]+)\(", re.sub("'[^']*'", "", query))}
    syntax = {"timestamp", "coalesce", "nullif", "try"}  # types and special forms, which are no functions
    assert {"split_part", "chr", "substr", "replace", "concat", "regexp_replace", "count", "min", "max"} <= used
    assert used - syntax <= known


def test_velox_gives_times_the_intervals_of_python() -> None:
    """Milliseconds since 1970 are more than Trino's date_add takes; the whole of the expression is tried, on real times."""
    velox = pytest.importorskip("pyvelox.legacy", reason="`make engines` installs Velox, where there is a build of it")
    lines = LakeLines(("t",), Text("s"), Column.of("ms"), "epoch_ms")
    query = counts_sql(lines, TimeWindow.parse("2026-11-20/2026-11-21"), TRINO, interval_s=420)
    found = re.search(r"SELECT (CAST\(date_add.*) AS bucket", query)
    seen = re.search(r"at_timezone\((from_unixtime\(.*?\)), 'UTC'\)", query)
    assert found
    assert seen
    bucket = found[1].replace("timestamp(3)", "timestamp").replace("seen", seen[1].replace('"ms"', "ms"))
    times = [1_795_143_600_123, 1_795_143_599_999, 1_795_144_019_999, 4_102_444_800_001]
    given = velox.Expression.from_string(f"to_unixtime({bucket})").evaluate(["ms"], [velox.from_list(times)])
    assert list(given) == [ms // 1000 // 420 * 420 for ms in times]
