"""fa2 changes on the table in Athena: the same report as from files, told beforehand what it costs, within limits."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import Result
from config_lake import NOW, TABLE, ConfigLake
from fake_athena import FakeAthena
from fake_glue import FakeGlue
from faults import DENIED
from loopback import ACCOUNT, REGION, Loopback, serving
from typer.testing import CliRunner

from config_deliveries import ROLE, busy_month, deliver, item, year_before
from fa2.apps.cli.commands import app
from fa2.apps.lambdas.changes_handler import handler
from fa2.changes.config_table import differences
from fa2.config.sections import configuration_type
from fa2.core.coverage import CoverageEntry
from fa2.core.errors import Fa2Error
from fa2.core.messages import catalogue
from fa2.core.windows import TimeWindow
from fa2.renderers import changes_json
from fa2.sources.aws.config.athena import ConfigInAthena
from fa2.sources.aws.config.delivery import ConfigDelivery
from fa2.sources.aws.settings import SourceSettings
from fa2.sources.local.collecting import unwatched
from fa2.wiring.aws import Live, aws_sources

QUESTION = "Which roles were deleted?"
HERE = f"athena:lake.awsconfig ({ACCOUNT}, {REGION})"
ROLES = [f"arn:aws:iam::{account}:role/fa2" for account in ("444455556666", ACCOUNT)]
SOURCES = [source.name for source in aws_sources()]
SETTINGS = '[changes]\ndatabase = "lake"\nworkgroup = "incidents"\n'


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Quiet months and one in which much changes, a role is deleted, and a snapshot is delivered."""
    folder = tmp_path_factory.mktemp("deliveries")
    year_before(folder)
    busy_month(folder, "2024-11", 300)
    busy_month(folder, "2022-03", 500)
    deliver(folder, "2024-11-14", [item("2024-11-14T12:00:00.000Z", "old-role", ROLE, configurationItemStatus="ResourceDeleted")])  # fmt: skip
    deliver(folder, "2024-12-01", [item("2024-11-30T23:50:00.000Z", "late", ROLE)])
    deliver(folder, "2024-11-20", [item("2024-11-01T00:00:00.000Z")] * 9, sort="ConfigSnapshot")
    return folder


@pytest.fixture
def lake(deliveries: Path) -> ConfigLake:
    return ConfigLake(deliveries)


@pytest.fixture
def aws(lake: ConfigLake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Loopback]:
    """Serve the lake to a command that is run in a folder with an fa2.toml."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fa2.toml").write_text(SETTINGS)
    with serving(*lake.fakes) as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        yield server
        assert not lake.athena.left_running()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["changes", "--month", "2024-11", *arguments], env={"COLUMNS": "120"})


def succeeded(*arguments: str) -> tuple[str, str]:
    """Return standard output and standard error."""
    done = run(*arguments)
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout, done.stderr


def report(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(succeeded("--format", "json", *arguments)[0])
    jsonschema.validate(found, json.loads(changes_json.schema()))
    return found


def refused(*arguments: str) -> str:
    """Return what a person is told, remedy and all, of a command that must not succeed."""
    error = run(*arguments).exception
    assert isinstance(error, Fa2Error), error
    return told(error)


def told(error: Fa2Error) -> str:
    texts, remedy = catalogue("en"), f"{error.key}_remedy"
    return str(error) + (" " + texts.text(remedy, **error.values) if texts.has(remedy) else "")


def test_athena_gives_the_report_that_the_files_give(aws: Loopback, lake: ConfigLake, deliveries: Path) -> None:
    there, here = report("--question", QUESTION), report("--question", QUESTION, "--from", str(deliveries))
    assert (there["total"]["counts"][-1], there["total"]["verdict"]) == (302, "more")
    assert [row["resource"] for row in there["answer"]["rows"]] == ["name-of-old-role"]
    record = there["months"][-1]
    assert (record["history_files"], record["snapshot_files"]) == (2, 1)
    (scan,) = there.pop("coverage")
    here.pop("coverage")
    assert {**here, "source": HERE} == there
    scanned = sum(execution.scanned for execution in lake.athena.executions.values())
    assert (scan["source"], scan["status"], scan["bytes_scanned"]) == (HERE, "ok", scanned)


def test_only_the_month_and_those_before_it_are_asked_by_bound_partitions(aws: Loopback, lake: ConfigLake) -> None:
    assert report("--months-before", "2", "--account", ACCOUNT)["total"]["counts"] == [42, 41, 302]
    (asked,) = lake.athena.executions.values()
    assert "(year = ? AND month IN (?, ?, ?)) OR (year = ? AND month = ? AND day IN (?, ?))" in asked.sql
    bound = ["2024", "9", "10", "11", "2024", "12", "1", "2"]
    assert asked.parameters[: len(bound) + 1] == [f"'{value}'" for value in (ACCOUNT, *bound)]
    assert asked.workgroup == "incidents"
    months = {str(call.params["Prefix"]).split("/Config/")[1] for call in aws.calls if call.service == "s3"}
    assert months == {f"{REGION}/2024/{part}/" for part in ("9", "10", "11", "12/1", "12/2")}


def test_what_it_reads_and_costs_is_told_before_on_standard_error(
    aws: Loopback, lake: ConfigLake, deliveries: Path
) -> None:
    said = succeeded("--question", QUESTION)[1]
    assert "athena:lake.awsconfig" in said
    assert ACCOUNT in said
    assert "2023-11 – 2024-11" in said
    assert "2024-11 – 2024-11" in said
    assert "the limit is $1.00" in said
    files = deliveries.rglob("AWSLogs/*/Config/*/2024/11/**/*.json.gz")
    late = deliveries.rglob("AWSLogs/*/Config/*/2024/12/1/**/*.json.gz")
    expected = sum(path.stat().st_size for path in (*files, *late))
    assert catalogue("en").text("cli.plan.bytes", n=expected) in said


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (("--max-usd", "0.00001"), "--max-usd"),
        (("--max-usd", "0"), "--months-before"),
        (("--set", "changes.max_gib=0.000001"), "raise changes.max_gib"),
        (("--set", "limits.max_gib=0.000001"), "raise limits.max_gib"),
    ],
)
def test_a_limit_is_kept_before_anything_is_asked(
    aws: Loopback, lake: ConfigLake, arguments: tuple[str, ...], remedy: str
) -> None:
    said = refused(*arguments)
    assert "Nothing was asked" in said
    assert remedy in said
    assert not lake.athena.executions


def test_a_size_that_nobody_knows_is_told_and_bounds_the_statement(aws: Loopback, lake: ConfigLake) -> None:
    aws.fault("s3", DENIED)
    output, said = succeeded("--max-usd", "0.5")
    assert "cost not known" in said
    assert catalogue("en").text("changes.live.stopped_at", most=10**11) in said  # 0.5 dollars at 5 dollars a TB
    assert "302 changes were recorded" in output
    assert '"s3:ListBucket"' in output  # the statement that allows it
    assert "Nothing was asked" in refused("--max-usd", "0")
    aws.mend()


@pytest.mark.parametrize(
    ("denied", "action"),
    [
        ("glue.GetTable", "glue:GetTable"),
        ("athena.StartQueryExecution", "athena:StartQueryExecution"),
        ("athena.GetQueryResults", "athena:GetQueryResults"),
    ],
)
def test_a_denied_call_is_told_with_the_statement_that_allows_it(aws: Loopback, denied: str, action: str) -> None:
    aws.fault(denied, DENIED)
    said = refused()
    assert f'"Effect":"Allow","Action":"{action}"' in said
    assert f"{REGION}:{ACCOUNT}" in said


def test_a_table_that_is_not_there_is_named_with_the_place(aws: Loopback) -> None:
    said = refused("--set", "changes.table=nothing")
    assert f"no table lake.nothing in {ACCOUNT}/{REGION}" in said
    assert "--ddl" in said


def test_a_silent_athena_ends_at_the_deadline(aws: Loopback, lake: ConfigLake) -> None:
    lake.athena.endings = [("", "never", "")]
    error = run("--deadline", "1").exception
    assert isinstance(error, Fa2Error)
    assert error.key == "coverage.aws_deadline"


def test_accounts_and_regions_of_the_settings_hold_where_none_are_named(aws: Loopback, lake: ConfigLake) -> None:
    stated = ("--set", 'changes.regions=["eu-west-1"]')
    assert report(*stated)["total"]["counts"] == [0]
    assert report(*stated, "--region", REGION)["total"]["counts"][-1] == 302


def test_a_table_in_another_region_is_asked_there(aws: Loopback) -> None:
    assert report("--set", "changes.region=eu-west-1")["source"] == f"athena:lake.awsconfig ({ACCOUNT}, eu-west-1)"
    assert {call.region for call in aws.calls if call.service != "sts"} == {"eu-west-1"}


def test_partitions_that_the_catalogue_lists_have_their_sizes_there(aws: Loopback, lake: ConfigLake) -> None:
    key = ("lake", "awsconfig")
    lake.athena.tables[key] = replace(lake.athena.tables[key], parameters={})
    said = succeeded()[1]
    assert "cost not known" not in said
    assert "glue:GetPartitions" in aws.actions()


def test_without_a_table_the_folder_one_is_in_is_read_and_it_is_said(
    deliveries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(deliveries)
    output, said = succeeded()
    assert "302 changes were recorded" in output
    assert "Reading the folder you are in" in said
    assert "[changes]" in said


def test_the_deployed_function_asks_the_same_table(
    aws: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fa2.toml").unlink()
    for name, value in {
        "CHANGES__DATABASE": "lake",
        "CHANGES__WORKGROUP": "incidents",
        "REPORT__LANGUAGE": "ja",
    }.items():
        monkeypatch.setenv(f"FA2_{name}", value)
    event = {"body": json.dumps({"target_year": "2024", "target_month": "11"})}
    response = handler(event, None)
    assert response["statusCode"] == 200
    assert "2024年11月に記録された変更は 302 件です。" in json.loads(str(response["body"]))["body"][0]["text"]
    aws.fault("glue", DENIED)
    response = handler(event, None)
    assert response["statusCode"] == 500
    text = json.loads(str(response["body"]))["body"][0]["text"]
    assert '"Action":"glue:GetTable"' in text
    assert "アクセス" in text


@pytest.fixture
def doctor(aws: Loopback) -> Callable[..., list[CoverageEntry]]:
    """Give what the doctor tells of the table and of AWS Config's delivery."""

    def tried(**changes: object) -> list[CoverageEntry]:
        stated = {"changes": {"database": "lake", "workgroup": "incidents", **changes}}
        silent = {name: {"enabled": False} for name in SOURCES}
        configuration = configuration_type().model_validate({**silent, **stated})
        window = TimeWindow(NOW - timedelta(hours=3), NOW)
        _, entries = Live(configuration, unwatched).examine(window)
        return [entry for entry in entries if "AWS Config" in entry.source]

    return tried


def codes(entries: list[CoverageEntry]) -> set[str]:
    return {entry.error.code for entry in entries if entry.error}


def test_doctor_finds_nothing_wrong_with_a_table_as_it_is_generated(
    aws: Loopback, doctor: Callable[..., list[CoverageEntry]]
) -> None:
    entries = doctor()
    assert {entry.status for entry in entries} == {"ok"}
    assert codes(entries) == {"note_config_delivered"}
    (delivered,) = [entry.error for entry in entries if entry.error]
    assert (delivered.values["history"], delivered.values["snapshots"]) == (3, 1)  # of November and December


def test_doctor_tries_the_table_in_the_account_that_has_it(aws: Loopback, lake: ConfigLake, tmp_path: Path) -> None:
    elsewhere = FakeAthena(NOW)
    aws.serve(elsewhere, FakeGlue(elsewhere), account="444455556666")
    lake.sts.roles |= dict.fromkeys(ROLES)
    roles = [{"arn": arn} for arn in ROLES]
    silent = {name: {"enabled": False} for name in SOURCES}
    stated = {"aws": {"roles": roles}, "changes": {"database": "lake", "workgroup": "incidents"}}
    configuration = configuration_type().model_validate({**silent, **stated})
    _, entries = Live(configuration, unwatched).examine(TimeWindow(NOW - timedelta(hours=3), NOW))
    tried = {entry.source for entry in entries if "Athena" in entry.source}
    assert tried == {f"AWS Config in Athena ({ACCOUNT}, {REGION})"}
    given = json.dumps(roles).replace(": ", " = ").replace('"arn"', "arn")
    assert report("--set", f"aws.roles={given}")["source"] == HERE


def test_doctor_tells_what_is_wrong_with_table_and_delivery(
    aws: Loopback, lake: ConfigLake, doctor: Callable[..., list[CoverageEntry]]
) -> None:
    table = lake.athena.tables["lake", "awsconfig"]
    odd = {**TABLE.properties, "projection.month.digits": "2", "projection.day.type": "enum"}
    lake.athena.tables["lake", "awsconfig"] = replace(table, parameters=odd)
    lake.config.delivery = {"lastStatus": "Failure", "lastErrorCode": "NoSuchBucket", "lastErrorMessage": "gone"}
    lake.s3.buckets[TABLE.bucket].clear()
    entries = doctor()
    assert codes(entries) == {"config_table_differs", "config_delivery_failing", "config_not_delivered"}
    said = " ".join(entry.error.message for entry in entries if entry.error)
    assert "projection.day.type: enum; projection.month.digits: 2" in said
    assert "gone" in said
    lake.config.delivery = None
    assert "config_no_channel" in codes(doctor())
    lake.config.recording = None
    assert "config_no_recorder" in codes(doctor())
    missing = [entry for entry in doctor(table="nothing") if entry.status == "failed"]
    assert {entry.error.code for entry in missing if entry.error} == {"aws_not_found", "athena_table"}


@pytest.mark.end_to_end
def test_all_that_is_called_is_declared_and_in_the_policy(
    aws: Loopback, lake: ConfigLake, doctor: Callable[..., list[CoverageEntry]]
) -> None:
    report("--set", 'changes.output_location="s3://results/x/"')
    doctor()
    table = lake.athena.tables["lake", "awsconfig"]
    lake.athena.tables["lake", "awsconfig"] = replace(table, parameters={})
    report()
    lake.athena.endings = [("", "never", "")]
    run("--deadline", "1")
    settings = configuration_type().model_validate({"changes": {"database": "lake", "workgroup": "incidents"}}).changes
    declared = [
        *ConfigInAthena(differences).permissions(settings.of_athena()),
        *ConfigDelivery().permissions(SourceSettings()),
    ]
    assert {p.action for p in declared if not p.implied} == aws.actions() - {"sts:GetCallerIdentity"}
    printed = json.loads(CliRunner().invoke(app, ["iam", "--account", ACCOUNT, "--region", REGION]).stdout)
    allowed = {action: s["Resource"] for s in printed["Statement"] for action in s["Action"]}
    assert {p.action for p in declared} <= set(allowed)
    assert f"arn:aws:glue:{REGION}:{ACCOUNT}:table/lake/awsconfig" in allowed["glue:GetTable"]
    unset = json.loads(CliRunner().invoke(app, ["iam", "--set", "changes.database="]).stdout)
    assert "config:DescribeDeliveryChannelStatus" not in json.dumps(unset)
