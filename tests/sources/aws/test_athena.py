"""Athena's queries: their parameters, states, pages, types, limits and faults, over the wire."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import boto3
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from faults import BROKEN, CLOSED, MALFORMED, SILENT, THROTTLED, TRUNCATED
from hypothesis import given
from hypothesis import strategies as st
from loopback import Loopback, access_key
from scripted_athena import ScriptedAthena
from wire import AwsError, Params

from fa2.core.deadlines import Deadline, DeadlinePassed
from fa2.core.errors import UnusableInput
from fa2.sources.aws.accounts import Account, Calls
from fa2.sources.aws.answers import MalformedAnswer
from fa2.sources.aws.athena.engine import Athena, AthenaPlace, ScannedTooMuch, scan_usd, shown
from fa2.sources.aws.athena.failures import QueryFailed
from fa2.sources.aws.athena.values import cell, identifier, literal
from fa2.sources.aws.permissions import Ground
from fa2.sources.aws.settings import Prices

PLACE = AthenaPlace("lake", "oncall")


def engine(aws: Loopback, place: AthenaPlace = PLACE, *, seconds: float = 10.0) -> Athena:
    session = boto3.Session(access_key(), "secret")
    deadline = Deadline(seconds)
    account = Account(
        session, Ground("111122223333", "eu-west-1"), deadline=deadline, calls=Calls(), endpoint_url=aws.url
    )
    return Athena(account.client("athena"), place, deadline=deadline)


def test_a_query_is_sent_with_its_parameters_as_literals_in_its_workgroup_and_database(aws: Loopback) -> None:
    fake = ScriptedAthena()
    aws.serve(fake)
    result = engine(aws).run("SELECT ? AS n WHERE x = ?", [1, "it's; DROP TABLE x --"])
    (sent,) = fake.started
    assert sent["QueryString"] == "SELECT ? AS n WHERE x = ?"
    assert sent["ExecutionParameters"] == ["1", "'it''s; DROP TABLE x --'"]
    assert sent["QueryExecutionContext"] == {"Database": "lake", "Catalog": "AwsDataCatalog"}
    assert (sent["WorkGroup"], "ResultConfiguration" in sent) == ("oncall", False)
    assert (list(result.rows), result.bytes_scanned, fake.stopped) == ([(1,)], 1_234_567, [])


def test_a_query_is_shown_as_a_person_can_run_it() -> None:
    sql = """SELECT '?', "a?" FROM t WHERE x = ? AND y IN (?, ?)"""
    told = shown(sql, ["it's ?", 7, date(2026, 11, 20)])
    assert told == """SELECT '?', "a?" FROM t WHERE x = 'it''s ?' AND y IN (7, DATE '2026-11-20')"""


def test_cells_keep_their_types_and_null_is_not_the_empty_text(aws: Loopback) -> None:
    zoned = "timestamp with time zone"
    cells: list[tuple[str, str | None, object]] = [
        ("bigint", "-9007199254740993", -9007199254740993),
        ("double", "1.5E-7", 1.5e-7),
        ("decimal", "12345678901234567890.10", Decimal("12345678901234567890.10")),
        ("boolean", "false", False),
        ("date", "2026-11-20", date(2026, 11, 20)),
        ("timestamp", "2026-11-20 03:00:00.123", datetime(2026, 11, 20, 3, 0, 0, 123000, UTC)),
        ("timestamp", "2026-11-20 03:00:00.123456789", datetime(2026, 11, 20, 3, 0, 0, 123456, UTC)),
        (zoned, "2026-11-20 12:00:00.000 Asia/Tokyo", datetime(2026, 11, 20, 3, tzinfo=UTC)),
        (zoned, "2026-11-20 12:00:00.000 +09:00", datetime(2026, 11, 20, 3, tzinfo=UTC)),
        (zoned, "2026-11-20 03:00:00.000 UTC", datetime(2026, 11, 20, 3, tzinfo=UTC)),
        ("row", '{a=1, b="x, y"}', '{a=1, b="x, y"}'),
        ("array", "[a, b]", "[a, b]"),
        ("json", '{"a":"x, \\"y\\"","b":null}', '{"a":"x, \\"y\\"","b":null}'),
        ("varchar", "", ""),
        ("varchar", None, None),
        ("bigint", None, None),
        ("varchar", 'commas, "quotes"\nand lines', 'commas, "quotes"\nand lines'),
    ]
    columns = [(f"c{n}", type) for n, (type, _, _) in enumerate(cells)]
    aws.serve(ScriptedAthena(columns=columns, table=[[text for _, text, _ in cells]]))
    assert list(engine(aws).rows("SELECT 1")) == [tuple(value for _, _, value in cells)]


def test_all_pages_are_read_and_only_the_headings_left_out(aws: Loopback) -> None:
    names = ["n", *(str(n) for n in range(2499))]
    aws.serve(ScriptedAthena(columns=[("n", "varchar")], table=[(name,) for name in names]))
    result = engine(aws).run("SELECT n FROM t")
    assert [row[0] for row in result.rows] == names
    assert aws.counted()["athena.GetQueryResults"] == 3


def test_rows_that_are_not_as_their_columns_say_are_counted_and_the_rest_kept(aws: Loopback) -> None:
    aws.serve(ScriptedAthena(columns=[("a", "bigint"), ("b", "varchar")], table=[("1", "x"), ("one", "y"), ("2",)]))
    result = engine(aws).run("SELECT")
    assert list(result.rows) == [(1, "x")]
    assert (result.gaps.counts["athena_row"], result.gaps.examples["athena_row"]) == (2, "one, y")
    with pytest.raises(MalformedAnswer, match="one, y"):
        list(engine(aws).rows("SELECT"))


@pytest.mark.parametrize(
    ("state", "reason", "key"),
    [
        ("FAILED", "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.lake.alb' does not exist", "athena_table"),
        ("FAILED", "Scalar Function with name json_format does not exist in the catalog", "athena_column"),
        ("FAILED", "COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved", "athena_column"),
        ("FAILED", "Access denied when writing to location: s3://b/p (Status Code: 403)", "athena_access"),
        ("FAILED", "HIVE_BAD_DATA: Error parsing field value for field 3", "athena_data"),
        ("FAILED", "Query exhausted resources at this scale factor", "athena_busy"),
        ("CANCELLED", "Bytes scanned limit was exceeded", "athena_cutoff"),
        ("CANCELLED", "", "athena_cancelled"),
        ("FAILED", "GENERIC_INTERNAL_ERROR: null", "athena_failed"),
    ],
)
def test_a_query_that_fails_is_no_empty_result_but_an_error_with_its_reason_and_remedy(
    aws: Loopback, state: str, reason: str, key: str
) -> None:
    fake = ScriptedAthena(states=("RUNNING", state), reason=reason)
    aws.serve(fake)
    with pytest.raises(QueryFailed) as raised:
        engine(aws).run("SELECT")
    assert raised.value.key == f"coverage.{key}"
    assert reason in str(raised.value)
    assert fake.stopped == []


def test_a_place_for_results_is_sent_unless_the_workgroup_enforces_its_own(aws: Loopback) -> None:
    place = AthenaPlace("lake", "oncall", "s3://ours/results/")
    for enforced in (False, True):
        own = {"OutputLocation": "s3://theirs/"}
        fake = ScriptedAthena(workgroup={"EnforceWorkGroupConfiguration": enforced, "ResultConfiguration": own})
        aws.serve(fake)
        engine(aws, place).run("SELECT")
        sent = fake.started[0].get("ResultConfiguration")
        assert sent == (None if enforced else {"OutputLocation": "s3://ours/results/"})


def test_the_workgroup_tells_its_limits(aws: Loopback) -> None:
    aws.serve(ScriptedAthena(workgroup={"BytesScannedCutoffPerQuery": 10**10, "EnforceWorkGroupConfiguration": True}))
    found = engine(aws).workgroup()
    assert (found.cutoff_bytes, found.enforces, found.has_output) == (10**10, True, False)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("No output location provided. An output location is required either through...", "athena_output"),
        ("WorkGroup oncall is not found.", "athena_workgroup"),
        ("line 1:1: mismatched input 'SELEC'", "athena_refused"),
    ],
)
def test_a_query_that_is_not_taken_says_what_to_set(aws: Loopback, text: str, key: str) -> None:
    aws.serve(ScriptedAthena(refusal=AwsError("InvalidRequestException", text)))
    with pytest.raises(QueryFailed) as raised:
        engine(aws).run("SELECT")
    assert raised.value.key == f"coverage.{key}"


def test_a_query_that_does_not_end_is_stopped_at_the_deadline(aws: Loopback) -> None:
    fake = ScriptedAthena(states=("QUEUED", "RUNNING"))
    aws.serve(fake)
    with pytest.raises(DeadlinePassed):
        engine(aws, seconds=1.0).run("SELECT")
    assert fake.stopped == [f"q-{n}" for n, _ in enumerate(fake.started, 1)]


def test_a_query_that_scans_more_than_it_was_given_is_stopped(aws: Loopback) -> None:
    fake = ScriptedAthena(states=("RUNNING",), scanned=(10, 5_000, 90_000))
    aws.serve(fake)
    with pytest.raises(ScannedTooMuch) as raised:
        engine(aws).run("SELECT", most_bytes=10_000)
    assert (raised.value.values["scanned"], fake.stopped) == (90_000, ["q-1"])


def test_polling_backs_off(aws: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    def wait(deadline: Deadline, seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 12:
            deadline.stop()
            deadline.check()

    monkeypatch.setattr(Deadline, "wait", wait)
    aws.serve(ScriptedAthena(states=("RUNNING",)))
    with pytest.raises(DeadlinePassed):
        engine(aws).run("SELECT")
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (0.1, 2.0)


def test_throttling_that_ends_is_not_noticed(aws: Loopback) -> None:
    fake = ScriptedAthena()
    aws.serve(fake)
    aws.fault("athena.StartQueryExecution", THROTTLED, first=1)
    assert list(engine(aws).run("SELECT").rows) == [(1,)]
    tokens = {call.params["ClientRequestToken"] for call in aws.calls if call.operation == "StartQueryExecution"}
    assert (aws.counted()["athena.StartQueryExecution"], len(tokens)) == (2, 1)  # one query, however often it is sent


@pytest.mark.parametrize("where", ["StartQueryExecution", "GetQueryExecution", "GetQueryResults"])
@pytest.mark.parametrize("fault", [MALFORMED, TRUNCATED, CLOSED, BROKEN])
def test_answers_that_break_off_are_errors_and_what_was_begun_is_stopped(
    aws: Loopback, where: str, fault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fa2.sources.aws.accounts.ATTEMPTS", 1)
    fake = ScriptedAthena()
    aws.serve(fake)
    aws.fault(f"athena.{where}", fault)
    with pytest.raises((MalformedAnswer, ClientError, BotoCoreError)):
        list(engine(aws).run("SELECT").rows)
    assert fake.stopped == (["q-1"] if where == "GetQueryExecution" else [])


def test_a_server_that_never_answers_ends_within_the_deadline(aws: Loopback) -> None:
    fake = ScriptedAthena()
    aws.serve(fake)
    aws.fault("athena.GetQueryExecution", SILENT)
    with pytest.raises((BotoCoreError, DeadlinePassed)):
        engine(aws, seconds=1.0).run("SELECT")
    assert fake.stopped == [f"q-{n}" for n, _ in enumerate(fake.started, 1)]


def test_pages_without_end_are_noticed(aws: Loopback) -> None:
    class Endless(ScriptedAthena):
        def get_query_results(self, params: Params) -> dict[str, object]:
            return {**super().get_query_results({"QueryExecutionId": "q-1"}), "NextToken": "again"}

    aws.serve(Endless())
    with pytest.raises(MalformedAnswer, match="GetQueryResults"):
        list(engine(aws).run("SELECT").rows)


@pytest.mark.parametrize("name", ["", 'a"b', "a.b", "a b", "a;b", "ａ", "-a", "x" * 129])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(UnusableInput):
        identifier(name)


def test_names_are_quoted() -> None:
    assert (identifier("timestamp"), identifier("my-table_1")) == ('"timestamp"', '"my-table_1"')


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (7, "7"),
        (True, "true"),
        (1.5, "1.5e0"),
        (1e-9, "1e-09"),
        (Decimal("1.50"), "DECIMAL '1.50'"),
        (date(2026, 11, 20), "DATE '2026-11-20'"),
        (datetime(2026, 11, 20, 3, tzinfo=UTC), "TIMESTAMP '2026-11-20 03:00:00.000000 UTC'"),
        ("", "''"),
        ("100", "'100'"),
    ],
)
def test_parameters_are_literals_of_their_type(value: Any, written: str) -> None:
    assert literal(value) == written


@pytest.mark.parametrize("value", ["\0", "x" * 1023, float("inf"), float("nan")])
def test_what_no_parameter_can_hold_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="parameter"):
        literal(value)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=300))
def test_no_text_breaks_out_of_its_literal(text: str) -> None:
    from trino_grammar import string_of_literal

    assert string_of_literal(literal(text)) == text


@given(st.text(max_size=40), st.sampled_from(["bigint", "decimal(3,1)", "timestamp", "date", "boolean", "double"]))
def test_text_that_is_no_value_is_nothing_but_a_value_error(text: str, type: str) -> None:
    try:
        found = cell(text, type)
    except ValueError:
        return
    assert found is not None


def test_each_query_costs_at_least_ten_megabytes() -> None:
    assert scan_usd(0, Prices()) == scan_usd(10_000_000, Prices()) == pytest.approx(5e-5)
    assert scan_usd(10**12, Prices()) == 5.0
