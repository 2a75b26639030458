"""Any query that is read either runs or is refused with a place; DuckDB never fails on what we make of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

import duckdb
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from fa2.core.tables import arrow_schema
from fa2.logs.query import syntax as tree
from fa2.logs.query.aggregates import AGGREGATES
from fa2.logs.query.functions import FUNCTIONS, SPECIAL
from fa2.logs.query.periods import UNITS
from fa2.logs.query.printing import printed
from fa2.logs.query.problems import QueryProblem
from fa2.logs.query.running import ask

MESSAGES = [
    '{"a":1,"b":[1,{"c":"x"}],"t":"2026-11-20","n":-1e308,"big":123456789012345678901234567890,"flag":true}',
    '{"a":"nan","b":"text","n":"1e999","t":"0001-01-01","big":"inf","flag":false}',
    "plain user=ann ms=12 10.0.0.1 ::1",
    "",
    "\x00 障害 {broken",
    "REPORT RequestId: x\tDuration: 1e5 ms",
]
START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
LOGS = pa.Table.from_pylist(
    [
        {"timestamp": START + timedelta(seconds=n), "source": "app.log", "level": "INFO", "message": message}
        for n, message in enumerate(MESSAGES)
    ],
    arrow_schema("logs"),
)
NAMES = ("a", "b", "t", "n", "big", "flag", "@message", "@timestamp", "@duration", "level", "x", "y", "b.1.c", "none")

name = st.sampled_from(["x", "y", "a", "@z", "odd name", 'q"uote'])
field = st.sampled_from(NAMES).map(lambda written: tree.Field(tuple(written.split("."))))
leaf = st.one_of(
    field,
    st.sampled_from(["", "1", "nan", "10.0.0.0/8", "::/0", "x", "2026-11-20", "%", "障"]).map(tree.Text),
    st.sampled_from(["0", "1", "2.5", "1e300", "9007199254740993", "99999999999999999999"]).map(tree.Number),
    st.booleans().map(tree.Truth),
    st.builds(tree.Period, st.sampled_from([1, 7, 1_000_000]), st.sampled_from([unit.name for unit in UNITS])),
)
operator = st.sampled_from(["+", "-", "*", "/", "%", "^", "=", "!=", "<", "<=", ">", ">=", "and", "or"])
function = st.sampled_from([*(f.name for f in FUNCTIONS.values()), *SPECIAL])
aggregate = st.sampled_from([a.name for a in AGGREGATES.values()])
regex = st.sampled_from(["(.)(.)", "(?i)X+", "^$", r"\d+", "a|b"]).map(tree.Regex)


def grown(inner: st.SearchStrategy[tree.Expression]) -> st.SearchStrategy[tree.Expression]:
    return st.one_of(
        st.builds(tree.Binary, operator, inner, inner),
        st.builds(tree.Not, inner),
        st.builds(tree.Minus, inner),
        st.builds(tree.Like, inner, inner | regex, st.booleans()),
        st.builds(tree.In, inner, st.lists(inner, max_size=3).map(tuple), st.booleans()),
        st.builds(tree.Call, function, st.lists(inner, max_size=3).map(tuple)),
    )


expression = cast("st.SearchStrategy[tree.Expression]", st.recursive(leaf, grown, max_leaves=6))
item = st.builds(tree.Item, expression, st.none() | name)
summed = st.builds(
    tree.Call, aggregate, st.builds(lambda e: (e,), expression) | st.just((tree.Field(("a",)), tree.Number("50")))
)
statistics = st.builds(tree.Item, summed, st.none() | name)
items = st.lists(item, min_size=1, max_size=2).map(tuple)
command = st.one_of(
    st.builds(tree.Fields, items),
    st.builds(tree.Display, items),
    st.builds(tree.Filter, expression),
    st.builds(tree.Parse, field, st.just(tree.Text("*=*")), st.just(("x", "y"))),
    st.builds(tree.Parse, field, st.just(tree.Regex("(.)(?<b>.)")), st.just(()) | st.just(("x",))),
    st.builds(tree.ParseAll, field, st.just(tree.Regex(r"(?<x>\w)(\w)")), st.just(()) | st.just(("y",))),
    st.builds(tree.ParseLogfmt, field, name),
    st.builds(
        tree.Stats, st.lists(statistics, min_size=1, max_size=2).map(tuple), st.lists(item, max_size=2).map(tuple)
    ),
    st.builds(tree.Sort, st.lists(st.builds(tree.Key, expression, st.booleans()), min_size=1, max_size=2).map(tuple)),
    st.builds(tree.Limit, st.integers(1, 3)),
    st.builds(tree.Dedup, st.lists(field, min_size=1, max_size=2).map(tuple)),
    st.builds(tree.Unnest, expression, name),
)
queries = st.lists(command, min_size=1, max_size=3).map(lambda commands: tree.Query(tuple(commands)))


@settings(max_examples=40)
@given(queries)
def test_a_query_runs_or_is_refused_with_a_reason(query: tree.Query) -> None:
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("logs", LOGS)
        try:
            scanned = ask(query, connection, window=None, now=START).scanned
        except QueryProblem:
            scanned = len(MESSAGES)
        assert scanned == len(MESSAGES), printed(query)
