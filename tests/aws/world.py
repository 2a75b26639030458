"""One account with an incident whose cause is known, behind a server that boto3 takes for AWS.

A shop: checkout calls payments, which writes to the DynamoDB table `orders`. At 03:08 UTC a person lowers the table's
write capacity from 5 to 1; from 03:10 most orders are refused, payments fails, checkout answers 502, and the alarm on
payments' errors goes off at 03:13. It is 03:30 now. A deploy of search half an hour before has nothing to do with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import fake_guardduty
import fake_securityhub
from fake_athena import FakeAthena
from fake_cloudtrail import FakeCloudTrail
from fake_cloudwatch import FakeCloudWatch
from fake_config import FakeConfig
from fake_glue import FakeGlue
from fake_guardduty import FakeGuardDuty
from fake_knowledge_base import FakeKnowledgeBase
from fake_logs import FakeLogs
from fake_s3 import FakeS3
from fake_securityhub import FakeSecurityHub
from fake_sts import FakeSts
from loopback import ACCOUNT, Loopback, serving
from sampled_xray import SampledXRay
from world_changes import ANA, TABLE_ARN, fill_bucket, fill_lake, items, records
from world_telemetry import fill_logs, fill_metrics, fill_traces
from world_times import ALARM, BASELINE, NOW

ALARM_NAME = "payments-errors"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/fa2-reader"
_RUNBOOKS = (
    (
        "s3://runbooks/orders-table.md",
        "# orders テーブル\n\n書き込みが ProvisionedThroughputExceededException で失敗したら、テーブルの書き込みキャパシティを確認する。",
    ),
    ("s3://runbooks/payments.md", "# payments\n\nErrors of payments come from its table, orders, or from the bank."),
    ("s3://runbooks/search.md", "# search\n\nReindex with the job search-reindex."),
)


class World:
    """The account, with a fake for each service; change them before or while the server runs."""

    def __init__(self, seed: int = 7) -> None:
        """seed: of all that is drawn at random. Takes about a second the first time, less then."""
        self.logs = FakeLogs(NOW)
        self.metrics = FakeCloudWatch(NOW)
        self.xray = SampledXRay()
        self.athena = FakeAthena(NOW)
        self.glue = FakeGlue(self.athena)
        self.trail = FakeCloudTrail(NOW, records(seed))
        self.config = FakeConfig(items())
        self.hub = FakeSecurityHub(NOW)
        self.guard = FakeGuardDuty()
        self.runbooks = FakeKnowledgeBase(list(_RUNBOOKS))
        self.s3 = FakeS3(NOW)
        self.sts = FakeSts(NOW, {ROLE: None})
        fill_logs(self.logs, seed)
        fill_metrics(self.metrics, seed)
        fill_traces(self.xray, seed)
        fill_lake(self.athena, seed)
        fill_bucket(self.s3)
        self._fill_findings()
        self._fill_alarm()
        self._running: Loopback | None = None

    @contextmanager
    def server(self) -> Iterator[Loopback]:
        """Serve the account; at the end raise AssertionError for what must fail a test, queries left running included."""
        fakes = (self.logs, self.metrics, self.xray, self.athena, self.glue, self.trail)
        with serving(*fakes, self.config, self.hub, self.guard, self.runbooks, self.s3, self.sts) as aws:
            self._running = aws
            yield aws
            left = [*self.logs.left_running(), *self.athena.left_running()]
            assert not left, f"left running: {left}"

    def environment(self) -> dict[str, str]:
        """Return the variables that turn boto3 to the server, which must run."""
        assert self._running
        return self._running.environment()

    def _fill_findings(self) -> None:
        table = ("AwsDynamoDbTable", TABLE_ARN)
        title = {"Title": "DynamoDB.2 DynamoDB tables should have point-in-time recovery enabled"}
        self.hub.findings = [
            fake_securityhub.finding(1, "MEDIUM", NOW - timedelta(hours=9), table, **title),
            fake_securityhub.finding(2, "CRITICAL", BASELINE.start - timedelta(days=40), table, RecordState="ARCHIVED"),
        ]
        key = {
            "ResourceType": "AccessKey",
            "AccessKeyDetails": {"UserName": ANA["userName"], "AccessKeyId": ANA["accessKeyId"]},
        }
        kind = "UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B"
        self.guard.findings = [fake_guardduty.finding(1, 5.0, NOW - timedelta(minutes=25), kind, key)]

    def _fill_alarm(self) -> None:
        metric = ("AWS/Lambda", "Errors", (("FunctionName", "payments"),))
        found = self.metrics.series[metric]
        values = [value for moment, value in found if ALARM - timedelta(minutes=3) <= moment < ALARM]
        self.metrics.alarm(
            ALARM_NAME,
            metric,
            since=ALARM,
            Threshold=5.0,
            EvaluationPeriods=3,
            values=values,
            TreatMissingData="notBreaching",
        )
