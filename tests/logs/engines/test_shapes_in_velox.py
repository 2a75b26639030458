"""Presto's functions, as Velox has them (RE2), and Oniguruma, which Trino's JONI is a port of, give the shapes of Python."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.logs.dialects import TRINO, shape_sql
from fa2.logs.shapes import CLOSE, MAX_CHARS, NAME, OPEN, VALUE, shape_of

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


def test_presto_has_every_function_of_the_expression() -> None:
    velox = pytest.importorskip("pyvelox.legacy", reason="`make engines` installs Velox, where there is a build of it")
    velox.register_presto_signatures()
    known = set(velox.get_function_signatures())
    used = set(re.findall(r"\b([a-z_]+)\(", re.sub("'[^']*'", "", shape_sql("line", TRINO))))
    assert used == {"split_part", "chr", "substr", "replace", "concat", "regexp_replace"}
    assert used <= known
