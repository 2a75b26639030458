"""A query is read as the manual has it, and can be written down again."""

from __future__ import annotations

import string
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.logs.query import syntax as tree
from fa2.logs.query.lexing import COMMANDS, KEYWORDS
from fa2.logs.query.parsing import parse
from fa2.logs.query.periods import UNITS
from fa2.logs.query.printing import printed
from fa2.logs.query.problems import QueryProblem

word = st.text(string.ascii_letters + "_", min_size=1, max_size=6)
odd_word = st.text(st.characters(exclude_characters="`\n", exclude_categories=["Cs"]), min_size=1, max_size=6)
part = word | odd_word | st.sampled_from(sorted(KEYWORDS)).map(str.lower) | st.integers(0, 9).map(str)
field = st.lists(part, min_size=1, max_size=3).map(lambda parts: tree.Field(tuple(parts)))
name = word | odd_word
text = st.text(max_size=8).map(tree.Text)
number = st.one_of(st.integers(0, 10**9).map(str), st.floats(0, 1e6).map(repr)).map(tree.Number)
regex = st.text(string.ascii_letters + "/.*+?()[]| ", min_size=1, max_size=8).map(tree.Regex)
period = st.builds(tree.Period, st.integers(1, 1000), st.sampled_from([unit.name for unit in UNITS]))
leaf = st.one_of(field, text, number, st.booleans().map(tree.Truth), period)
operator = st.sampled_from(["+", "-", "*", "/", "%", "^", "=", "!=", "<", "<=", ">", ">=", "and", "or"])


def grown(inner: st.SearchStrategy[tree.Expression]) -> st.SearchStrategy[tree.Expression]:
    several = st.lists(inner, max_size=3).map(tuple)
    return st.one_of(
        st.builds(tree.Binary, operator, inner, inner),
        st.builds(tree.Not, inner),
        st.builds(tree.Minus, inner),
        st.builds(tree.Like, inner, inner | regex, st.booleans()),
        st.builds(tree.In, inner, several, st.booleans()),
        st.builds(tree.Call, word, st.one_of(several, st.just((tree.Star(),)))),
    )


expression = cast("st.SearchStrategy[tree.Expression]", st.recursive(leaf, grown, max_leaves=8))
items = st.lists(st.builds(tree.Item, expression, st.none() | name), min_size=1, max_size=3).map(tuple)
names = st.lists(name, min_size=1, max_size=3).map(tuple)
command = st.one_of(
    st.builds(tree.Fields, items),
    st.builds(tree.Display, items),
    st.builds(tree.Filter, expression),
    st.builds(tree.Parse, field, text, names),
    st.builds(tree.Parse, field, regex, names | st.just(())),
    st.builds(tree.ParseAll, field, regex, names | st.just(())),
    st.builds(tree.ParseLogfmt, field, name),
    st.builds(tree.Stats, items, items | st.just(())),
    st.builds(tree.Sort, st.lists(st.builds(tree.Key, expression, st.booleans()), min_size=1, max_size=2).map(tuple)),
    st.builds(tree.Limit, st.integers(1, 10_000)),
    st.builds(tree.Dedup, st.lists(field, min_size=1, max_size=2).map(tuple)),
    st.builds(tree.Unnest, expression, name),
    st.builds(tree.Patterns, expression),
    st.builds(tree.Diff, st.sampled_from(["previous", "previousDay", "previousWeek", "previousMonth"]) | period),
    st.just(tree.Anomalies()),
)
queries = st.lists(command, min_size=1, max_size=4).map(lambda commands: tree.Query(tuple(commands)))


@given(queries)
def test_a_query_that_is_written_down_reads_the_same(query: tree.Query) -> None:
    assert parse(printed(query)) == query


def problem_in(query: str) -> QueryProblem | None:
    try:
        parse(query)
    except QueryProblem as problem:
        return problem
    return None


@given(st.text(max_size=60))
def test_any_text_is_a_query_or_a_problem_with_a_place(text: str) -> None:
    problem = problem_in(text)
    assert problem is None or 0 <= problem.at.start <= len(text)
    assert problem is None or str(problem).startswith("line ")


pieces = st.sampled_from(
    [
        *COMMANDS,
        "@message",
        "a.b",
        "`x y`",
        "like",
        "/e+/",
        "'t'",
        '"',
        "|",
        "(",
        ")",
        "[",
        "]",
        ",",
        "as",
        "by",
        "5m",
        "3",
        "=",
    ]
)


@given(st.lists(pieces, max_size=14))
def test_any_words_of_the_language_are_a_query_or_a_problem(words: list[str]) -> None:
    query = " ".join(words)
    problem = problem_in(query)
    assert problem is None or (problem.line == 1 and 1 <= problem.column <= len(query) + 1)


def only(query: str) -> tree.Command:
    (command,) = parse(query).commands
    return command


def test_words_of_the_language_are_field_names_where_no_keyword_can_stand() -> None:
    assert only("fields limit, by, like, source as sort") == tree.Fields(
        (
            tree.Item(tree.Field(("limit",))),
            tree.Item(tree.Field(("by",))),
            tree.Item(tree.Field(("like",))),
            tree.Item(tree.Field(("source",)), "sort"),
        )
    )


@pytest.mark.parametrize("query", ["FIELDS a", "fields a", "Fields\ta", "fields # which\n a # this"])
def test_case_space_and_comments_make_no_difference(query: str) -> None:
    assert only(query) == tree.Fields((tree.Item(tree.Field(("a",))),))


def test_a_slash_divides_or_begins_a_regular_expression_by_where_it_stands() -> None:
    assert parse("fields a / b / c | filter a like /b/ | parse a /(c)/ as d") == parse(
        "fields (a / b) / c | filter a =~ /b/ | parse a /(c)/ as d"
    )


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("a.b.0.c", ("a", "b", "0", "c")),
        ("a.b[0].c", ("a", "b", "0", "c")),
        ("`a.b`.`c d`", ("a.b", "c d")),
        ("@@timestamp", ("@@timestamp",)),
        ("サービス.名前", ("サービス", "名前")),
        ("_aws.CloudWatchMetrics.0.Namespace", ("_aws", "CloudWatchMetrics", "0", "Namespace")),
    ],
)
def test_paths_of_fields(written: str, parts: tuple[str, ...]) -> None:
    assert only(f"dedup {written}") == tree.Dedup((tree.Field(parts),))


@pytest.mark.parametrize(
    ("loose", "strict"),
    [
        ("a or b and not c = d", "a or (b and (not (c = d)))"),
        ("a - b - c", "(a - b) - c"),
        ("a + b * -c ^ d", "a + (b * (-(c ^ d)))"),
        ("a not like 'x' and b not in [1]", "(a not like 'x') and (b not in [1])"),
        ("a < b + c", "a < (b + c)"),
    ],
)
def test_what_binds_tighter(loose: str, strict: str) -> None:
    assert parse(f"filter {loose}") == parse(f"filter {strict}")


@pytest.mark.parametrize(
    ("quoted", "value"),
    [
        (r'"a\"b"', 'a"b'),
        (r"'it\'s'", "it's"),
        (r'"\\"', "\\"),
        (r'"\t\n"', "\t\n"),
        (r'"\d"', r"\d"),
        ('"a\nb"', "a\nb"),
    ],
)
def test_escapes_in_text(quoted: str, value: str) -> None:
    assert only(f"filter {quoted}") == tree.Filter(tree.Text(value))
