"""The server speaks AWS's protocols to boto3, refuses what the models refuse, and fails as told."""

from __future__ import annotations

import threading
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest
import wire
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from faults import DENIED, EXPIRED, FAULTS, SILENT, THROTTLED, UNAVAILABLE, Garbled
from loopback import Loopback, serving
from wire import AwsError, Params

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


class Metrics:
    """Answers ListMetrics and GetMetricData, in CloudWatch's JSON."""

    service = "cloudwatch"

    def list_metrics(self, params: Params) -> dict[str, object]:
        return {"Metrics": [{"Namespace": str(params["Namespace"]), "MetricName": "Errors", "Dimensions": []}]}

    def get_metric_data(self, params: Params) -> dict[str, object]:
        assert params["StartTime"] == START  # aware, not in seconds
        status = str(params["MetricDataQueries"][0]["Label"])  # type: ignore[index]
        return {"MetricDataResults": [{"Id": "m1", "Timestamps": [START], "Values": [1.5], "StatusCode": status}]}


class Tokens:
    """Answers GetCallerIdentity, in XML."""

    service = "sts"

    def get_caller_identity(self, params: Params) -> dict[str, object]:
        return {"Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/<a&b>", "UserId": "AIDA"}


class Findings:
    """Answers in REST with a path, GuardDuty's."""

    service = "guardduty"

    def get_findings(self, params: Params) -> dict[str, object]:
        if params["DetectorId"] != "d/1":
            raise AwsError("BadRequestException", "no such detector")
        return {"Findings": []}


def asked(label: str) -> dict[str, object]:
    stat = {"Metric": {"Namespace": "AWS/Lambda", "MetricName": "Errors"}, "Period": 60, "Stat": "Sum"}
    queries = [{"Id": "m1", "MetricStat": stat, "Label": label}]
    return {"MetricDataQueries": queries, "StartTime": START, "EndTime": START}


def test_answers_keep_their_types_in_each_protocol(aws: Loopback) -> None:
    aws.serve(Metrics(), Tokens(), Findings())
    (found,) = aws.client("cloudwatch").get_metric_data(**asked("Complete"))["MetricDataResults"]
    assert (found["Timestamps"], found["Values"]) == ([START], [1.5])
    assert aws.client("sts").get_caller_identity()["Arn"] == "arn:aws:iam::111122223333:user/<a&b>"
    assert aws.client("guardduty").get_findings(DetectorId="d/1", FindingIds=["f"])["Findings"] == []
    with pytest.raises(ClientError, match="BadRequestException"):
        aws.client("guardduty").get_findings(DetectorId="d2", FindingIds=["f"])


def test_calls_tell_who_asked_for_what_where(aws: Loopback) -> None:
    aws.serve(Metrics(), Findings())
    aws.client("cloudwatch", account="444455556666", region="eu-west-1").list_metrics(Namespace="AWS/Lambda")
    aws.client("guardduty").get_findings(DetectorId="d/1", FindingIds=["f"])
    first = aws.calls[0]
    assert (first.account, first.region, first.params) == ("444455556666", "eu-west-1", {"Namespace": "AWS/Lambda"})
    assert aws.actions() == {"cloudwatch:ListMetrics", "guardduty:GetFindings"}
    assert aws.counted()["guardduty.GetFindings"] == 1


def test_accounts_and_regions_have_their_own_fakes(aws: Loopback) -> None:
    class Other(Metrics):
        def list_metrics(self, params: Params) -> dict[str, object]:
            return {"Metrics": []}

    aws.serve(Metrics())
    aws.serve(Other(), account="444455556666")
    assert aws.client("cloudwatch").list_metrics(Namespace="A")["Metrics"]
    assert not aws.client("cloudwatch", account="444455556666").list_metrics(Namespace="A")["Metrics"]


@pytest.mark.parametrize(
    "wrong", [{"Namespace": ":A"}, {"Namespace": "A" * 256}, {"Namespace": "A", "RecentlyActive": "PT4H"}]
)
def test_requests_that_the_model_does_not_allow_are_refused(aws: Loopback, wrong: dict[str, str]) -> None:
    aws.serve(Metrics())
    with pytest.raises(ClientError, match="ValidationError"):
        aws.client("cloudwatch").list_metrics(**wrong)
    assert len(aws.rejected) == 1


def test_an_answer_outside_an_enum_fails_the_test() -> None:
    wrong = pytest.raises(AssertionError, match="'Done' is none of")
    with wrong, serving(Metrics()) as aws, pytest.raises(ClientError):
        aws.client("cloudwatch").get_metric_data(**asked("Done"))


def test_an_operation_without_a_handler_fails_the_test_unless_allowed() -> None:
    for allowed in (True, False):
        with serving(Metrics()) as aws:
            aws.missing_allowed = allowed
            with pytest.raises(ClientError, match="UnknownOperation"):
                aws.client("cloudwatch").list_dashboards()
            assert aws.problems == ([] if allowed else ["no handler for cloudwatch.ListDashboards"])
            aws.problems.clear()


def test_a_fake_that_breaks_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="KeyError"), serving(Metrics()) as aws, pytest.raises(ClientError):
        aws.client("cloudwatch").list_metrics()


def test_an_unsigned_request_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="unsigned"), serving() as aws, pytest.raises(OSError, match="403"):
        urllib.request.urlopen(aws.url)  # noqa: S310 (our own server)


@pytest.mark.parametrize("name", sorted(set(FAULTS) - {"silent"}))
@pytest.mark.parametrize("service", ["cloudwatch", "guardduty", "sts"])
def test_each_fault_is_an_error_to_boto3_and_can_be_mended(aws: Loopback, service: str, name: str) -> None:
    aws.serve(Metrics(), Tokens(), Findings())
    ask = {
        "cloudwatch": lambda: aws.client("cloudwatch").list_metrics(Namespace="A"),
        "guardduty": lambda: aws.client("guardduty").get_findings(DetectorId="d/1", FindingIds=["f"]),
        "sts": lambda: aws.client("sts").get_caller_identity(),
    }[service]
    aws.fault(service, FAULTS[name])
    if name in ("malformed", "truncated") and service != "sts":
        assert set(ask()) == {"ResponseMetadata"}  # boto3 takes what is no JSON for an empty answer
    else:
        with pytest.raises((ClientError, BotoCoreError, UnicodeDecodeError, ResponseParserError)):
            ask()
    aws.mend()
    assert ask()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_errors_say_what_aws_says(aws: Loopback) -> None:
    aws.serve(Metrics())
    client = aws.client("cloudwatch")
    for fault, code, status in (
        (THROTTLED, "Throttling", 400),
        (DENIED, "AccessDenied", 400),
        (EXPIRED, "ExpiredToken", 403),
        (UNAVAILABLE, "ServiceUnavailable", 503),
    ):
        aws.mend()
        aws.fault("cloudwatch.ListMetrics", fault)
        with pytest.raises(ClientError) as caught:
            client.list_metrics(Namespace="A")
        told = caught.value.response
        assert (told["Error"]["Code"], told["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
        assert fault is not DENIED or "cloudwatch:ListMetrics" in told["Error"]["Message"]


def test_a_fault_can_begin_late_and_end_soon(aws: Loopback) -> None:
    aws.serve(Metrics())
    aws.fault("cloudwatch", THROTTLED, after=1, first=2)
    client, outcomes = aws.client("cloudwatch"), []
    for _ in range(5):
        try:
            client.list_metrics(Namespace="A")
            outcomes.append("ok")
        except ClientError:
            outcomes.append("no")
    assert outcomes == ["ok", "no", "no", "ok", "ok"]


def test_boto3_tries_again_when_throttled(aws: Loopback) -> None:
    aws.serve(Metrics())
    aws.fault("cloudwatch", THROTTLED, first=1)
    client = aws.client("cloudwatch", retries={"mode": "standard", "total_max_attempts": 3})
    assert client.list_metrics(Namespace="A")["Metrics"]
    assert len(aws.calls) == 2


def test_a_garbled_answer_has_the_right_types(aws: Loopback) -> None:
    aws.serve(Metrics())
    aws.fault("cloudwatch", Garbled(lambda right: {**right, "Metrics": [{"Namespace": "\x1b[31m"}]}))
    assert aws.client("cloudwatch").list_metrics(Namespace="A")["Metrics"] == [{"Namespace": "\x1b[31m"}]


def test_a_silent_server_ends_with_the_test() -> None:
    with serving(Metrics()) as aws:
        aws.fault("cloudwatch", SILENT)
        waiting = threading.Thread(target=_swallowed, args=(aws.client("cloudwatch", read_timeout=60),))
        waiting.start()
        while not aws.calls:
            time.sleep(0.005)
    waiting.join(timeout=5)
    assert not waiting.is_alive()


def _swallowed(client: object) -> None:
    with pytest.raises(BotoCoreError):
        client.list_metrics(Namespace="A")  # type: ignore[attr-defined]


def test_latencies_run_side_by_side(aws: Loopback) -> None:
    aws.serve(Metrics())
    arrived = threading.Barrier(4, timeout=4)  # breaks unless all four are inside at once
    wait = aws._closing.wait
    aws._closing.wait = lambda seconds=None: (arrived.wait(), wait(0))[1]  # type: ignore[method-assign]
    aws.latency("cloudwatch", 30)
    client, found = aws.client("cloudwatch"), []
    threads = [threading.Thread(target=lambda: found.append(client.list_metrics(Namespace="A"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    aws._closing.wait = wait  # type: ignore[method-assign]


def test_each_service_is_known_by_the_protocol_that_boto3_speaks() -> None:
    names = "logs cloudwatch xray athena cloudtrail config securityhub guardduty bedrock-agent-runtime bedrock sts glue s3 resourcegroupstaggingapi"
    spoken = {wire.protocol_of(name) for name in names.split()}
    assert spoken == {"json", "rest-json", "query", "rest-xml"}


def test_boto3_finds_the_server_by_the_environment(
    aws: Loopback, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import boto3

    aws.serve(Tokens())
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    assert boto3.session.Session().client("sts").get_caller_identity()["Account"] == "111122223333"
