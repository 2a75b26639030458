"""DuckDB gives the shapes that Python gives."""

from __future__ import annotations

import re
from collections.abc import Sequence

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.logs.shapes.definition import NAME, VALUE, shape_of
from fa2.logs.shapes.dialects import DIALECTS, DUCKDB, SPARK, TRINO, shape_sql

TEXT = st.text(
    st.one_of(st.sampled_from("ab19_.:+@%- \t\x00\x01\x02\r\n<*>\\$'\"é😀\u0301"), st.characters(codec="utf-8"))
)


def in_duckdb(lines: Sequence[str], header: str = "") -> list[str]:
    sql = f"SELECT {shape_sql('line', header=header)} FROM (SELECT unnest($1::VARCHAR[]) AS line)"
    return [row[0] for row in duckdb.execute(sql, [list(lines)]).fetchall()]


def test_nasty_lines_have_the_same_shapes(nasty: tuple[str, ...]) -> None:
    assert in_duckdb(nasty) == [shape_of(line) for line in nasty]


@given(st.lists(TEXT, min_size=1, max_size=20))
def test_any_lines_have_the_same_shapes(lines: list[str]) -> None:
    assert in_duckdb(lines) == [shape_of(line) for line in lines]


@given(TEXT)
def test_a_shape_is_its_own_shape(line: str) -> None:
    """So counts of shapes may be counted again, by whoever takes them for lines."""
    assert shape_of(shape_of(line)) == shape_of(line)


def test_a_null_line_has_a_null_shape() -> None:
    assert duckdb.execute(f"SELECT {shape_sql('NULL::VARCHAR')}").fetchone() == (None,)


def test_a_header_is_taken_off_once_and_before_the_line_is_cut() -> None:
    header = r"[0-9]{4}-[0-9]{2}-[0-9]{2} '[a-z\\]*' \d+ "
    lines = ["2026-11-21 'a\\b' 7 job 8", "job 2026-11-21 'a' 7 b", "2026-11-21 '' 1 2026-11-21 '' 1 " + "x" * 1600]
    stripped = [re.sub(f"^(?:{header})", "", line, count=1) for line in lines]
    assert in_duckdb(lines, header) == [shape_of(line) for line in stripped]
    assert in_duckdb(lines, header)[0] == "job <*>"
    assert in_duckdb(lines, header)[2].endswith("x")


def test_a_header_of_alternatives_is_anchored_as_a_whole() -> None:
    assert in_duckdb(["a: 1", "b: 2", "x b: 3"], "a: |b: ") == ["<*>", "<*>", "x b: <*>"]


@pytest.mark.parametrize("regex", [VALUE, NAME])
def test_the_definition_needs_no_escapes_in_any_engine(regex: str) -> None:
    assert not set("\\'\"`$") & set(regex), "an engine would read it differently within a literal"
    assert re.compile(regex).groups == 0, "the group of a value would not be the first"


@pytest.mark.parametrize("engine", sorted(DIALECTS))
def test_identifiers_and_literals_cannot_break_out(engine: str) -> None:
    dialect = next(d for d in DIALECTS.values() if d.engine == engine)
    assert dialect.identifier('a"b`c').count(dialect.quote) == 4
    with pytest.raises(ValueError, match="NUL"):
        dialect.literal("a\0b")


def test_literals_are_escaped_as_each_engine_reads_them() -> None:
    text = "it's \\d"
    assert DUCKDB.literal(text) == TRINO.literal(text) == "'it''s \\d'"
    assert SPARK.literal(text) == "'it\\'s \\\\d'"
    assert duckdb.execute(f"SELECT {DUCKDB.literal(text)}").fetchone() == (text,)
