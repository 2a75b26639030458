"""What is wrong with a query is said with its line and column, and what to write instead, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from fa2.core.messages import LANGUAGES, catalogue, messages
from fa2.logs.query.parsing import parse
from fa2.logs.query.plans import plan
from fa2.logs.query.problems import QueryProblem

if TYPE_CHECKING:
    from conftest import Asked

DEEP = "(" * 3 + "not " * 120 + "a" + ")" * 3
CASES = [
    ("", "empty", 1, 1),
    ("  # nothing", "ends", 1, 12),
    ("feilds @message", "command_near", 1, 1),
    ("frobnicate x", "command", 1, 1),
    ("fields a\n| filtr a = 1", "command_near", 2, 3),
    ("SOURCE 'x' | fields a", "elsewhere_source", 1, 1),
    ("fields a | lookup t b", "elsewhere_lookup", 1, 12),
    ("fields a | join x", "elsewhere_join", 1, 12),
    ("fields a | append [fields b]", "elsewhere_append", 1, 12),
    ("fields a | unmask b", "elsewhere_unmask", 1, 12),
    ("fields a | eval b", "elsewhere_eval", 1, 12),
    ("fields a,", "ends", 1, 10),
    ("fields a b", "unexpected", 1, 10),
    ("fields a\n| sort\n| limit 3", "unexpected", 3, 1),
    ("filter a = ", "ends", 1, 11),
    ("filter a = )", "unexpected", 1, 12),
    ("filter a = 'x", "open_text", 1, 12),
    ("filter `a = 1", "open_name", 1, 8),
    ("filter a like /x", "open_regex", 1, 15),
    ("filter a like /x/i", "regex_flags", 1, 18),
    ("filter a like /(?=x)/", "regex", 1, 15),
    ("filter a like /x(/", "regex", 1, 15),
    ("filter 日本 = § ", "character", 1, 13),
    ("limit 0", "limit", 1, 7),
    ("limit 2.5", "limit", 1, 7),
    ("limit 5m", "not_number", 1, 7),
    ("stats count(*) by bin(5x)", "period", 1, 23),
    ("stats count(*) by bin(5)", "no_period", 1, 23),
    ("stats count(*) by bin()", "arguments", 1, 19),
    ("fields datefloor(@timestamp, a)", "no_period", 1, 30),
    ("filter a = 5m", "stray_period", 1, 12),
    ("fields concat(/x/)", "stray_regex", 1, 15),
    ("fields strlen(*)", "stray_star", 1, 15),
    ("filter isIpInSubnet(a, b)", "no_subnet", 1, 24),
    ("filter isIpv4InSubnet(a, '2001:db8::/32')", "no_subnet", 1, 26),
    ("fields sbustr(a, 1)", "function_near", 1, 8),
    ("fields zzqqxx(a)", "function", 1, 8),
    ("fields substr(a)", "arguments", 1, 8),
    ("fields max(a)", "aggregate", 1, 8),
    ("stats pct(a)", "arguments", 1, 7),
    ("stats pct(a, b)", "percent", 1, 14),
    ("stats pct(a, 101)", "percent", 1, 14),
    ("stats a by b", "not_aggregated", 1, 7),
    ("stats count(*) as n, m + 1 as m", "not_aggregated", 1, 22),
    ("stats max(a) as aa, aaa + 1", "field_near", 1, 21),
    ("stats count(*) as n | sort m", "field_gone", 1, 28),
    ("stats count(*) as total | filter totl > 1", "field_near", 1, 34),
    ("fields @mesage", "field_near", 1, 8),
    ("stats count(*) as n | stats sum(n) by bin(5m)", "no_time", 1, 39),
    ("stats count(*) as n | diff", "no_events", 1, 23),
    ("fields a | anomaly", "no_pattern", 1, 12),
    ("pattern @message | fields b", "field_gone", 1, 27),
    ("parse @message '* *' as a", "glob_names", 1, 16),
    ("parse @message /x/", "no_groups", 1, 16),
    ("parse @message /(x)(y)/ as a", "regex_names", 1, 16),
    (f"filter {DEEP}", "too_complex", 1, 411),
    ("fields " + "a, " * 40_000 + "a", "too_long", 1, 100_001),
]


def problem_of(query: str) -> QueryProblem:
    with pytest.raises(QueryProblem) as caught:
        plan(parse(query), window=None, now=datetime(2026, 11, 20, tzinfo=UTC))
    return caught.value.within(query)


@pytest.mark.parametrize(("query", "name", "line", "column"), CASES, ids=lambda value: str(value)[:40])
def test_problems_have_a_place_and_a_name(query: str, name: str, line: int, column: int) -> None:
    problem = problem_of(query)
    assert (problem.key, problem.line, problem.column) == (f"query.problem.{name}", line, column)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("query", "name", "line", "column"), CASES, ids=lambda value: str(value)[:40])
def test_problems_are_told_in_both_languages(query: str, name: str, line: int, column: int, language: str) -> None:
    told = problem_of(query).told(catalogue(language))  # type: ignore[arg-type]  # one of LANGUAGES
    assert str(line) in told
    assert "{" not in told.replace("{'", "")


def test_every_problem_has_a_case() -> None:
    elsewhere = {"engine", "no_files", "no_logs"}
    known = {key.removeprefix("query.problem.") for key in messages("en", "query") if ".problem." in key}
    assert known - elsewhere == {name for _, name, _, _ in CASES}


def test_what_was_expected_is_told() -> None:
    assert problem_of("fields a b").told(catalogue("en")) == (
        "line 1, column 10: `b` cannot stand here. Expected: an operator, `as`, `,`, the end of the query or `|`."
    )
    assert "引用符で囲んだ文字列" in problem_of("parse @message ").told(catalogue("ja"))


def test_near_names_are_suggested() -> None:
    assert "Did you mean `fields`?" in str(problem_of("feilds @message"))
    assert "Did you mean `substr`?" in str(problem_of("fields sbustr(a, 1)"))
    assert "Did you mean `@message`?" in str(problem_of("fields @mesage"))


def test_a_misspelt_field_of_logs_is_missing_and_noted(rows: Asked) -> None:
    assert rows("fields @foo, levle", ["x"]) == [{"@foo": None, "levle": None}]
