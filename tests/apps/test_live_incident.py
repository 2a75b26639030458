"""An incident in AWS from the alarm's name to the report, by the command line in a process of its own."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from fake_cloudtrail import FakeCloudTrail, record
from faults import DENIED
from live_desk import ALARM, WINDOW, Desk, a_desk, heeding_ctrl_c, only
from live_scene import SETTINGS, SOURCES
from loopback import ACCOUNT, REGION
from world import ROLE
from world_changes import ANA
from world_times import CHANGE, NOW

pytestmark = pytest.mark.end_to_end

OTHER, SHUT = "222233334444", "333344445555"
"""A second account, and one whose role refuses."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with a_desk(tmp_path) as made:
        yield made


def test_an_alarm_leads_to_its_cause_and_every_claim_holds_on_the_kept_bundle(desk: Desk) -> None:
    done = desk.fa2("investigate", *ALARM, "--format", "json", "-o", "report.json")
    assert done.returncode == 0, done.stderr
    report = json.loads((desk.folder / "report.json").read_text())
    suspect = report["suspects"][0]
    assert (suspect["service"], suspect["mechanism"], suspect["resource"]) == ("payments", "throttling", "orders")
    first = report["actions"][0]["values"]
    assert (first["action"], first["actor"], first["resource"]) == ("dynamodb:UpdateTable", "ana", "orders")
    assert report["alarm"]["metric"] == "Errors"
    told = {entry["source"] for entry in report["coverage"]}
    assert {f"{source.title} ({ACCOUNT}, {REGION})" for source in SOURCES.values()} <= told
    assert {"orders.md#L3", "s3://runbooks/payments.md"} <= {d["id"] for d in report["documents"]["fitting"]}
    assert not [e for e in report["coverage"] if e["status"] == "failed"]
    planned = done.stderr.partition(str(desk.folder))[0]
    assert all(title in planned for title in (ACCOUNT, REGION, *(source.title for source in SOURCES.values())))
    (bundle,) = desk.bundles
    assert alarm_points(bundle) >= 30
    checked = desk.fa2("verify", "report.json", bundle)
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout


def alarm_points(bundle: Path) -> int:
    query = f"SELECT count(*) FROM '{bundle}/metrics.parquet' WHERE name = 'Errors' AND service = 'payments'"
    return int(duckdb.sql(query).fetchall()[0][0])


def test_in_japanese_the_same_cause_is_told(desk: Desk) -> None:
    desk.configure(**only("cloudtrail_athena", "cloudwatch_logs", "xray"))
    done = desk.fa2("investigate", *ALARM, "--format", "markdown", FA2_LANGUAGE="ja")
    assert done.returncode == 0, done.stderr
    assert re.search("原因.*payments.*orders", done.stdout.splitlines()[0])
    assert "UpdateTable" in done.stdout
    assert re.search("[ぁ-ん]", done.stderr)


def test_the_plan_says_what_each_source_costs_and_reads_nothing(desk: Desk) -> None:
    done = desk.fa2("plan", *ALARM)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    (alb,) = (line for line in lines if "logs.alb" in line)
    assert "1.86 GiB" in alb
    assert "$0.01" in alb
    assert "$1.00" in lines[-1]
    assert not {"logs.StartQuery", "athena.StartQueryExecution", "xray.GetTraceSummaries"} & set(desk.aws.counted())


def test_accounts_are_looked_at_by_their_roles_and_one_that_refuses_is_named(desk: Desk) -> None:
    roles = [ROLE, *(f"arn:aws:iam::{account}:role/fa2-reader" for account in (OTHER, SHUT))]
    desk.world.sts.roles[roles[1]] = None
    theirs = {**ANA, "userName": "bo", "arn": f"arn:aws:iam::{OTHER}:user/bo"}
    desk.aws.serve(FakeCloudTrail(NOW, [record(CHANGE, "lambda", "DeleteFunction20150331", theirs, 1)]), account=OTHER)
    desk.configure(**only("cloudtrail_lookup"))
    tables = "".join(f'\n[[aws.roles]]\narn = "{role}"\n' for role in roles)
    (desk.folder / "fa2.toml").write_text((desk.folder / "fa2.toml").read_text() + tables)
    done = desk.fa2("investigate", *WINDOW, "--format", "json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    told = {entry["source"] for entry in report["coverage"] if entry["table"] == "changes"}
    assert told == {f"CloudTrail event history ({account}, {REGION})" for account in (ACCOUNT, OTHER)}
    (refused,) = (entry for entry in report["coverage"] if entry["source"] == roles[2])
    assert refused["status"] == "failed"
    assert roles[2] in refused["error"]["message"]
    assert "trust policy" in refused["error"]["remedy"]
    assert {("ana", "orders"), ("bo", "")} <= {(c["actor"], c["resource"] or "") for c in changes(desk.bundles[0])}


def changes(bundle: Path) -> list[dict[str, Any]]:
    found = duckdb.sql(f"SELECT actor, resource_id AS resource FROM '{bundle}/changes.parquet'")
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def test_what_would_cost_more_than_the_limit_is_not_asked_and_the_report_comes(desk: Desk) -> None:
    done = desk.fa2("investigate", *ALARM, "--max-usd", "0.00001", "--format", "json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    refused = {
        e["source"].partition(" (")[0]
        for e in report["coverage"]
        if (e["error"] or {}).get("code") == "aws_over_budget"
    }
    assert {"ALB access logs in Athena", "CloudTrail in Athena", "CloudWatch metrics", "X-Ray"} <= refused
    assert not {"athena.StartQueryExecution", "xray.GetTraceSummaries"} & set(desk.aws.counted())
    assert any("dynamodb:UpdateTable" in json.dumps(claim) for claim in report["claims"])


def test_the_policy_that_is_printed_is_what_the_sources_declare(desk: Desk) -> None:
    done = desk.fa2("iam", "--account", ACCOUNT, "--region", REGION)
    assert done.returncode == 0, done.stderr
    printed = {action for statement in json.loads(done.stdout)["Statement"] for action in statement["Action"]}
    declared = {p.action for n, s in SOURCES.items() for p in s.permissions(s.settings(**SETTINGS.get(n, {})))}
    assert printed == declared | {"cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarmHistory"}
    assert desk.aws.calls == []


def test_doctor_ends_well_where_all_is_allowed_and_else_prints_the_statement(desk: Desk) -> None:
    well = desk.fa2("doctor", *WINDOW)
    assert well.returncode == 0, well.stdout + well.stderr
    desk.aws.fault("logs.StartQuery", DENIED)
    ill = desk.fa2("doctor", *WINDOW)
    assert ill.returncode == 1
    assert '"Action":"logs:StartQuery"' in re.sub(r"\s+", "", ill.stdout)
    shut = desk.fa2("doctor", *WINDOW, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert shut.returncode == 2
    assert "Traceback" not in well.stderr + ill.stderr + shut.stderr


def test_ctrl_c_stops_the_queries_and_leaves_no_half_bundle(desk: Desk) -> None:
    desk.world.logs.endings = [("", "never")]
    desk.world.athena.endings = [("", "never", "")]
    with subprocess.Popen(
        desk.command("investigate", *ALARM),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=desk.folder,
        env=desk.environment,
        preexec_fn=heeding_ctrl_c,
    ) as process:
        while not {"logs.GetQueryResults", "athena.GetQueryExecution"} <= set(desk.aws.counted()):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said.decode().splitlines()[-1] == "fa2: interrupted."
    assert not [*desk.world.logs.left_running(), *desk.world.athena.left_running()]
    assert {"logs.StopQuery", "athena.StopQueryExecution"} <= set(desk.aws.counted())
    assert not [path for folder in desk.bundles for path in folder.rglob("*")]
