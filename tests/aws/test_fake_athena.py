"""The fake of Athena runs queries, takes parameters as literals, and refuses what Trino refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from fake_athena import FakeAthena
from fake_glue import FakeGlue
from lake_tables import LakeTable
from loopback import Loopback

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
STRUCT = "struct<username:string,sessioncontext:struct<issuer:string>>"
COLUMNS = {
    "time": "string",
    "status": "int",
    "seconds": "double",
    "agent": "string",
    "who": STRUCT,
    "tags": "array<string>",
}


def row(n: int) -> tuple[object, ...]:
    who = {"username": "it's, me", "sessioncontext": {"issuer": None}}
    agent = None if n % 5 == 0 else f"agent {n}"
    return (
        f"2026-11-20T03:{n % 60:02d}:00.000000Z",
        502 if n % 10 == 0 else 200,
        n / 4,
        agent,
        who,
        ["a", "b, c"],
        f"{19 + n % 2}",
    )


@pytest.fixture
def athena(aws: Loopback) -> FakeAthena:
    fake = FakeAthena(NOW)
    fake.table(LakeTable("logs", "alb", COLUMNS, ("day",)), [row(n) for n in range(100)])
    aws.serve(fake, FakeGlue(fake))
    return fake


def start(aws: Loopback, sql: str, *parameters: str, **more: object) -> str:
    given = {"WorkGroup": "incidents", "QueryExecutionContext": {"Database": "logs"}, **more}
    if parameters:
        given["ExecutionParameters"] = list(parameters)
    return str(aws.client("athena").start_query_execution(QueryString=sql, **given)["QueryExecutionId"])


def execution(aws: Loopback, id: str) -> dict[str, Any]:
    client = aws.client("athena")
    for _ in range(3):
        found = client.get_query_execution(QueryExecutionId=id)["QueryExecution"]
    return dict(found)


def rows(aws: Loopback, sql: str, *parameters: str) -> list[list[str | None]]:
    id = start(aws, sql, *parameters)
    status = execution(aws, id)["Status"]
    assert status["State"] == "SUCCEEDED", status
    pages = aws.client("athena").get_paginator("get_query_results").paginate(QueryExecutionId=id)
    return [[d.get("VarCharValue") for d in r["Data"]] for found in pages for r in found["ResultSet"]["Rows"]]


def failure(aws: Loopback, sql: str, *parameters: str) -> str:
    status = execution(aws, start(aws, sql, *parameters))["Status"]
    assert status["State"] == "FAILED"
    return str(status["StateChangeReason"])


def test_queries_are_run_with_parameters(aws: Loopback, athena: FakeAthena) -> None:
    sql = 'SELECT status, count(*) AS n, approx_percentile(seconds, 0.5) FROM "AwsDataCatalog"."logs"."alb" WHERE day = ? AND status >= ? GROUP BY 1 ORDER BY 1'
    found = rows(aws, sql, "'19'", "500")
    assert [line[:2] for line in found] == [["status", "n"], ["502", "10"]]


def test_times_structs_lists_and_nulls_are_written_as_athena_does(aws: Loopback, athena: FakeAthena) -> None:
    sql = "SELECT from_iso8601_timestamp(time) AS t, seconds, agent, who, who.sessioncontext.issuer AS i, tags FROM alb ORDER BY seconds LIMIT 1"
    assert rows(aws, sql)[1] == [
        "2026-11-20 03:00:00.000 UTC",
        "0.0",
        None,
        "{username=it's, me, sessioncontext={issuer=null}}",
        None,
        "[a, b, c]",
    ]
    id = next(iter(athena.executions))
    columns = aws.client("athena").get_query_results(QueryExecutionId=id)["ResultSet"]["ResultSetMetadata"][
        "ColumnInfo"
    ]
    assert [c["Type"] for c in columns] == ["timestamp with time zone", "double", "varchar", "row", "varchar", "array"]


def test_parameters_are_taken_in_the_order_of_the_text(aws: Loopback, athena: FakeAthena) -> None:
    sql = "WITH a AS (SELECT ? AS x) SELECT x, ? AS y, '?' AS z FROM a WHERE x < ? LIMIT ?"
    assert rows(aws, sql, "1", "'two'", "3", "4")[1] == ["1", "two", "?"]


def test_text_in_a_parameter_stays_text(aws: Loopback, athena: FakeAthena) -> None:
    assert rows(aws, "SELECT count(*) FROM alb WHERE who.username = ?", "'it''s, me'")[1] == ["100"]
    assert rows(aws, "SELECT count(*) FROM alb WHERE agent = ?", "'x'' OR 1 = 1 --'")[1] == ["0"]


@pytest.mark.parametrize("parameter", ["agent 1", "agent", "'it's'", "1 OR 1 = 1", "(SELECT 1)", "'a', 'b'"])
def test_a_parameter_that_is_no_literal_fails(aws: Loopback, athena: FakeAthena, parameter: str) -> None:
    assert "SYNTAX_ERROR" in failure(aws, "SELECT 1 FROM alb WHERE agent = ?", parameter)


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT CAST('2026-11-20T03:00:00Z' AS timestamp)", "INVALID_CAST_ARGUMENT"),
        (
            "SELECT count(*) FROM alb WHERE CAST(time AS timestamp) > TIMESTAMP '2026-11-20 03:00:00'",
            "INVALID_CAST_ARGUMENT",
        ),
        ("SELECT 1 FROM alb WHERE day = 19", "TYPE_MISMATCH"),
        ("SELECT 1 FROM alb a WHERE a.time > TIMESTAMP '2026-11-20 03:00:00'", "TYPE_MISMATCH"),
        ("SELECT 1 FROM alb WHERE status IN ('502')", "TYPE_MISMATCH"),
        ("SELECT wobble FROM alb", "COLUMN_NOT_FOUND"),
        ("SELECT 1 FROM nowhere", "TABLE_NOT_FOUND"),
        ("SELECT 1 FROM alb WHERE agent = ?", "INVALID_PARAMETER_USAGE"),
    ],
)
def test_what_trino_refuses_fails_with_its_reason(aws: Loopback, athena: FakeAthena, sql: str, why: str) -> None:
    assert why in failure(aws, sql)


@pytest.mark.parametrize("sql", ["SELCT 1", "SELECT 1; SELECT 2", "DROP TABLE alb", "SELECT count(* FROM alb"])
def test_what_is_no_query_is_refused_at_once(aws: Loopback, athena: FakeAthena, sql: str) -> None:
    with pytest.raises(ClientError, match="InvalidRequestException"):
        start(aws, sql)


def test_a_predicate_on_the_partition_halves_what_is_scanned(aws: Loopback, athena: FakeAthena) -> None:
    whole = execution(aws, start(aws, "SELECT count(*) FROM alb WHERE agent = 'x'"))
    half = execution(aws, start(aws, "SELECT count(*) FROM alb a WHERE a.day = ? AND a.agent = 'x'", "'19'"))
    sizes = [found["Statistics"]["DataScannedInBytes"] for found in (whole, half)]
    assert sizes[0] > 10_000
    assert sizes[1] == pytest.approx(sizes[0] / 2, rel=0.05)


def test_a_workgroup_has_its_output_and_its_limit(aws: Loopback, athena: FakeAthena) -> None:
    with pytest.raises(ClientError, match="No output location"):
        start(aws, "SELECT 1", WorkGroup="primary")
    with pytest.raises(ClientError, match="not found"):
        start(aws, "SELECT 1", WorkGroup="nobodys")
    own = {"OutputLocation": "s3://mine/"}
    found = execution(aws, start(aws, "SELECT 1", WorkGroup="primary", ResultConfiguration=own))
    assert found["ResultConfiguration"]["OutputLocation"].startswith("s3://mine/")
    athena.workgroups["incidents"]["BytesScannedCutoffPerQuery"] = 10_000_000
    athena.bytes_per_character = 1000
    assert execution(aws, start(aws, "SELECT agent FROM alb"))["Status"]["State"] == "CANCELLED"
    assert (
        aws.client("athena").get_work_group(WorkGroup="incidents")["WorkGroup"]["Configuration"][
            "BytesScannedCutoffPerQuery"
        ]
        == 10_000_000
    )


def test_a_query_runs_until_it_is_done_or_stopped(aws: Loopback, athena: FakeAthena) -> None:
    athena.endings = [("endless", "never", ""), ("broken", "FAILED", "GENERIC_INTERNAL_ERROR: oh")]
    client = aws.client("athena")
    id = start(aws, "SELECT 'endless'")
    assert execution(aws, id)["Status"]["State"] == "RUNNING"
    with pytest.raises(ClientError, match="not yet finished"):
        client.get_query_results(QueryExecutionId=id)
    assert [left.id for left in athena.left_running()] == [id]
    client.stop_query_execution(QueryExecutionId=id)
    assert execution(aws, id)["Status"]["State"] == "CANCELLED"
    assert not athena.left_running()
    assert "oh" in failure(aws, "SELECT 'broken'")


def test_results_come_a_thousand_rows_a_page_with_one_header(aws: Loopback, athena: FakeAthena) -> None:
    found = rows(aws, "SELECT x FROM UNNEST(sequence(1, 2500)) AS t(x) ORDER BY x")
    assert len(found) == 2501
    assert (found[0], found[1], found[2500]) == (["x"], ["1"], ["2500"])


def test_the_catalogue_tells_columns_partitions_and_sizes(aws: Loopback, athena: FakeAthena) -> None:
    glue = aws.client("glue")
    table = glue.get_table(DatabaseName="logs", Name="alb")["Table"]
    assert table["PartitionKeys"] == [{"Name": "day", "Type": "string"}]
    assert {"Name": "status", "Type": "int"} in table["StorageDescriptor"]["Columns"]
    (found,) = glue.get_partitions(DatabaseName="logs", TableName="alb", Expression="day = '19'")["Partitions"]
    assert found["Values"] == ["19"]
    assert int(found["Parameters"]["totalSize"]) > 5000
    with pytest.raises(ClientError, match="EntityNotFoundException"):
        glue.get_table(DatabaseName="logs", Name="none")


def test_projected_partitions_are_not_listed(aws: Loopback, athena: FakeAthena) -> None:
    athena.table(
        LakeTable("logs", "projected", {"a": "string"}, ("day",), {"projection.enabled": "true"}), [("x", "19")]
    )
    assert aws.client("glue").get_partitions(DatabaseName="logs", TableName="projected")["Partitions"] == []
