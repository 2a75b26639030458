"""Queries on a bundle's tables, the evidence they make, and what is done with a query from a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundles import Scene, minute
from fa2.core.errors import RefusedQuery
from fa2.core.evidence import Query
from fa2.core.telemetry import Telemetry, evidence, evidence_id


@pytest.fixture(scope="module")
def telemetry() -> Iterator[Telemetry]:
    scene = Scene(window=(0, 10), baseline=((-40, -20), (-60, -40)))
    for at in (-50, -30, -20, -0.001, 0, 9.999, 10):
        scene.log(at, f"at {at}")
    scene.has("metrics")
    with scene.telemetry() as found:
        yield found


def count(telemetry: Telemetry, where: str) -> int:
    return int(telemetry.rows(f"SELECT count(*) FROM logs WHERE {where}")[0][0])


def test_window_and_baseline_are_half_open_and_apart(telemetry: Telemetry) -> None:
    assert count(telemetry, telemetry.in_window()) == 2
    assert count(telemetry, telemetry.in_baseline()) == 2
    assert telemetry.baselines == sorted(telemetry.baselines)
    assert telemetry.window_share == pytest.approx(10 / 40)


def test_without_a_baseline_nothing_is_in_it() -> None:
    scene = Scene(baseline=())
    scene.log(-5, "x")
    with scene.telemetry() as telemetry:
        assert telemetry.window_share == 0
        assert count(telemetry, telemetry.in_baseline()) == 0


def test_a_table_without_rows_is_there_and_one_not_collected_is_not(telemetry: Telemetry) -> None:
    assert telemetry.has("logs")
    assert telemetry.has("metrics")
    assert not telemetry.has("spans")


def test_times_come_back_aware_and_in_utc(telemetry: Telemetry) -> None:
    (first,) = telemetry.rows("SELECT min(timestamp) FROM logs")[0]
    assert first == minute(-50)
    assert first.tzinfo is UTC


def test_what_is_derived_is_made_once(telemetry: Telemetry) -> None:
    made: list[int] = []

    def derive(_: Telemetry) -> int:
        made.append(1)
        return 7

    assert (telemetry.derived(derive), telemetry.derived(derive), len(made)) == (7, 7, 1)


def test_evidence_holds_what_json_can_carry(telemetry: Telemetry) -> None:
    found = telemetry.ask(
        Query(
            "logs",
            "SELECT $t::TIMESTAMPTZ AS t, 1.5::DECIMAL AS d, 1/3 AS f, NULL AS n, true AS b, [1] AS l, DATE '2026-11-20' AS day",
            {"t": "2026-11-20T12:00:00+09:00"},
        )
    )
    assert found.columns == ("t", "d", "f", "n", "b", "l", "day")
    assert found.rows == (("2026-11-20T03:00:00Z", 1.5, 0.333333333333, None, True, "[1]", "2026-11-20"),)
    assert found.cell(0, "d") == 1.5
    with pytest.raises(LookupError):
        found.cell(0, "x")


def test_evidence_known_already_is_the_evidence_asked_for(telemetry: Telemetry) -> None:
    query = Query("logs", "SELECT min(timestamp) AS t, count(*) / 3 AS n FROM logs")
    assert evidence(query, ("t", "n"), (minute(-50), 7 / 3)) == telemetry.ask(query)  # type: ignore[arg-type]


def test_the_id_comes_from_the_question_alone() -> None:
    one = Query("logs", "SELECT 1\n  FROM logs", {"a": 1, "b": "x"})
    assert evidence_id(one) == evidence_id(Query("logs", "  SELECT 1\n\n\tFROM logs  ", {"b": "x", "a": 1}))
    others = [
        Query("spans", one.sql, one.parameters),
        Query("logs", one.sql + " LIMIT 1", one.parameters),
        Query("logs", one.sql, {"a": 2, "b": "x"}),
        Query("logs", one.sql, {"a": "1", "b": "x"}),
    ]
    assert len({evidence_id(one), *map(evidence_id, others)}) == 5


@given(st.dictionaries(st.text(min_size=1), st.text() | st.integers() | st.none() | st.floats(allow_nan=False)))
def test_an_id_looks_the_same_for_any_question(parameters: dict[str, str | int | float | None]) -> None:
    id_ = evidence_id(Query("logs", "SELECT 1", parameters))
    assert id_[0] == "E"
    assert len(id_) == 11
    assert int(id_[1:], 16) >= 0


# A query from a report file


@pytest.mark.parametrize(
    "sql", ["SELECT count(*) FROM logs", "WITH a AS (FROM logs) SELECT count(*) FROM a;", "-- n\nSELECT 7"]
)
def test_a_single_select_is_asked(telemetry: Telemetry, sql: str) -> None:
    assert telemetry.ask_untrusted(Query("logs", sql), rows=5).rows == ((7,),)


@pytest.mark.parametrize(
    "sql",
    [
        "",
        ";",
        "-- only a comment",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP VIEW logs",
        "COPY logs TO '/tmp/fa2-stolen.csv'",
        "COPY (SELECT 1) TO '/tmp/fa2-stolen.csv'",
        "ATTACH ':memory:' AS other",
        "CREATE TABLE t AS SELECT 1",
        "DROP VIEW logs",
        "INSERT INTO logs SELECT * FROM logs",
        "PRAGMA version",
        "CALL pragma_version()",
        "SET threads = 1",
        "INSTALL httpfs",
        "EXPLAIN ANALYZE SELECT 1",
        "PREPARE p AS SELECT 1",
        "EXPORT DATABASE '/tmp/fa2-stolen'",
        "CHECKPOINT",
        "VACUUM",
        "BEGIN TRANSACTION",
    ],
)
def test_anything_but_a_single_select_is_refused_unrun(telemetry: Telemetry, sql: str) -> None:
    with pytest.raises(RefusedQuery, match="not a single SELECT and was not run"):
        telemetry.ask_untrusted(Query("logs", sql), rows=5)
    assert count(telemetry, "true") == 7


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM query('COPY logs TO ''/tmp/fa2-stolen.csv''')",
        "SELECT getenv('HOME')",
        "FROM enable_logging(storage = 'file')",
        "SELECT * FROM telemetry",
        "WITH gone AS (DELETE FROM logs RETURNING *) SELECT * FROM gone",
        "SELEC 1",
        "SELECT $missing",
        "SELECT 'unclosed",
        "SELECT \0",
        "SELECT " + "(" * 100_000 + "1" + ")" * 100_000,
        "SELECT " + "NOT " * 100_000 + "true",
        "SELECT " + "+".join("1" * 50_000),
        "SELECT * FROM " + "(SELECT * FROM " * 5_000 + "logs" + ")" * 5_000,
        "SELECT error('stop')",
    ],
    ids=lambda sql: sql[:30],
)
def test_a_query_that_reaches_out_or_breaks_is_refused_in_one_short_line(telemetry: Telemetry, sql: str) -> None:
    with pytest.raises(RefusedQuery, match="The query failed: ") as caught:
        telemetry.ask_untrusted(Query("logs", sql), rows=5)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("value", [10**30, -(10**400), "\0", float("inf")], ids=lambda value: str(value)[:5])
def test_parameters_out_of_range_do_no_harm(telemetry: Telemetry, value: str | float) -> None:
    try:
        found = telemetry.ask_untrusted(Query("logs", "SELECT $v AS v", {"v": value}), rows=5).rows
    except RefusedQuery:
        found = ()
    assert len(found) <= 1


def test_only_as_many_rows_as_are_wanted_are_fetched(telemetry: Telemetry) -> None:
    query = Query("logs", "SELECT * FROM range(3000000)")
    assert len(telemetry.ask_untrusted(query, rows=3).rows) == 3


def test_a_wrong_query_of_ours_is_a_bug_and_no_refusal(telemetry: Telemetry) -> None:
    with pytest.raises(duckdb.Error):
        telemetry.ask(Query("logs", "SELECT nothing FROM logs"))
