"""Our Athena engine against ministack, which runs queries in DuckDB over tables of its Glue and files of its S3.

It takes ExecutionParameters but does not bind them, so queries are sent as `shown` writes them for people, with literals
in their place. Its DataScannedInBytes counts characters of the result. Its reasons of failures are DuckDB's words.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from ministack_server import REGION, Ministack

from fa2.core.deadlines import Deadline
from fa2.sources.aws.athena.engine import Athena, AthenaPlace, Workgroup, shown
from fa2.sources.aws.athena.failures import QueryFailed
from fa2.sources.aws.permissions import Ground
from fa2.sources.aws.problems import problem_of

pytestmark = pytest.mark.end_to_end
ACCOUNT = "200000000001"
AWKWARD = 'a, "b"; c\'d\r\nエラー: 在庫がありません\t\\N'


@pytest.fixture(scope="module")
def lake(ministack: Ministack) -> Ministack:
    """Give a server with a lake of JSON by day, and a workgroup that says where results go."""
    s3, glue, athena = (ministack.client(service, ACCOUNT) for service in ("s3", "glue", "athena"))
    for bucket in ("lake", "results", "own"):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    for day, numbers in (("2026-11-19", range(3)), ("2026-11-20", range(3, 2503))):
        lines = [json.dumps({"n": n, "said": AWKWARD if n == 7 else f"line {n}"}) for n in numbers]
        s3.put_object(Bucket="lake", Key=f"logs/dt={day}/part.json", Body="\n".join(lines).encode())
    glue.create_database(DatabaseInput={"Name": "lake"})
    columns = [{"Name": "n", "Type": "bigint"}, {"Name": "said", "Type": "string"}]
    serde = {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"}
    storage = {"Columns": columns, "Location": "s3://lake/logs/", "SerdeInfo": serde}
    table = {"Name": "logs", "StorageDescriptor": storage, "PartitionKeys": [{"Name": "dt", "Type": "string"}]}
    glue.create_table(DatabaseName="lake", TableInput=table)
    for name, enforced in (("oncall", True), ("lenient", False)):
        output = {"OutputLocation": f"s3://results/{name}/"}
        settings = {"ResultConfiguration": output, "EnforceWorkGroupConfiguration": enforced}
        athena.create_work_group(Name=name, Configuration=settings)
    athena.create_work_group(Name="nowhere", Configuration={"EnforceWorkGroupConfiguration": False})
    return ministack


def engine(lake: Ministack, workgroup: str = "oncall", output: str = "") -> Athena:
    deadline = Deadline(20)
    client = lake.account(ACCOUNT, deadline).client("athena")
    return Athena(client, AthenaPlace("lake", workgroup, output), deadline=deadline)


def test_values_come_back_with_their_types_and_null_is_not_the_empty_text(lake: Ministack) -> None:
    sql = (
        "SELECT CAST(-9007199254740993 AS bigint) AS a, CAST(1.5e-7 AS double) AS b, true AS c, false AS d,"
        " TIMESTAMP '2026-11-20 03:00:00.123456' AS e, DATE '2026-11-20' AS f, CAST(1234567890.10 AS decimal(38,2)) AS g,"
        " CAST(NULL AS varchar) AS h, '' AS i, CAST(NULL AS bigint) AS j, max(said) AS k FROM logs WHERE n = 7"
    )
    (row,) = engine(lake).rows(sql)
    at = datetime(2026, 11, 20, 3, 0, 0, 123456, UTC)
    values = (-9007199254740993, 1.5e-7, True, False, at, date(2026, 11, 20), Decimal("1234567890.10"))
    assert row == (*values, None, "", None, AWKWARD)
    assert [type(cell) for cell in row[:4]] == [int, float, bool, bool]


def test_all_pages_are_read_in_order_and_only_the_headings_left_out(lake: Ministack) -> None:
    result = engine(lake).run("SELECT n, dt FROM logs ORDER BY n")
    sizes, rows = [], []
    for page in result.pages:
        sizes.append(len(page))
        rows += page
    assert rows == [(n, "2026-11-19" if n < 3 else "2026-11-20") for n in range(2503)]
    assert sizes == [1000, 1000, 503]
    assert not result.gaps.counts


def test_a_query_as_it_is_shown_to_people_means_what_was_asked(lake: Ministack) -> None:
    sql = "SELECT '?' AS mark, n FROM logs WHERE dt = ? AND (said = ? OR n BETWEEN ? AND ?) AND ? < 1 ORDER BY n"
    told = shown(sql, ["2026-11-20", AWKWARD, 2, 4, 0.5])
    assert list(engine(lake).rows(told)) == [("?", 3), ("?", 4), ("?", 7)]
    hostile = shown("SELECT count(*) FROM logs WHERE said = ?", ["' OR 1=1 --"])
    assert list(engine(lake).rows(hostile)) == [(0,)]


@pytest.mark.parametrize(
    ("sql", "code", "told"),
    [
        ("SELECT n FROM nowhere", "athena_table", "nowhere"),
        ("SELECT no_such_function(n) FROM logs", "athena_column", "no_such_function"),
        ("SELECT CAST(said AS bigint) FROM logs", "athena_failed", "Could not convert"),
        ("SELECT n FORM logs", "athena_failed", "logs"),
    ],
)
def test_a_query_that_fails_gives_its_reason_and_a_remedy(lake: Ministack, sql: str, code: str, told: str) -> None:
    with pytest.raises(QueryFailed) as failed:
        engine(lake).run(sql)
    problem = problem_of(failed.value, (), Ground(ACCOUNT, REGION), service="athena")
    assert problem.code == code
    assert told in str(problem.values["reason"])
    assert told in problem.message
    assert problem.remedy


def test_results_go_where_the_workgroup_says_unless_it_leaves_that_to_the_query(lake: Ministack) -> None:
    """ministack writes ID.csv/ID.csv where Athena writes ID.csv."""
    asked = [
        ("oncall", "", "s3://results/oncall/"),
        ("oncall", "s3://own/mine/", "s3://results/oncall/"),
        ("lenient", "", "s3://results/lenient/"),
        ("lenient", "s3://own/mine/", "s3://own/mine/"),
    ]
    for n, (workgroup, output, place) in enumerate(asked):
        result = engine(lake, workgroup, output).run(f"SELECT {n} + 40 AS answer")
        found = written(lake, result.query_id)
        assert found == [(f"{place}{result.query_id}.csv", f"answer {n + 40}")]


def written(lake: Ministack, query_id: str) -> list[tuple[str, str]]:
    """Return where results of a query lie, in any bucket, and their words."""
    s3, found = lake.client("s3", ACCOUNT), []
    for bucket in ("results", "own"):
        for held in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
            if query_id in held["Key"] and held["Key"].endswith(".csv"):
                body = s3.get_object(Bucket=bucket, Key=held["Key"])["Body"].read().decode()
                found.append((f"s3://{bucket}/{held['Key'].partition('.csv')[0]}.csv", " ".join(body.split())))
    return found


def test_without_a_place_for_results_the_remedy_names_the_setting(lake: Ministack) -> None:
    assert engine(lake, "oncall").workgroup() == Workgroup(enforces=True, has_output=True, cutoff_bytes=None)
    assert engine(lake, "nowhere").workgroup() == Workgroup(enforces=False, has_output=False, cutoff_bytes=None)
    with pytest.raises(QueryFailed) as failed:
        engine(lake, "nowhere").run("SELECT 1 AS one")
    problem = problem_of(failed.value, (), Ground(ACCOUNT, REGION), service="athena")
    assert problem.code == "athena_output"
    assert "output_location" in problem.remedy
    assert "nowhere" in problem.remedy
