"""`fa2 insight` as a person types it, on a bundle and on a server that stands for AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fake_cloudwatch import FakeCloudWatch
from fake_sts import FakeSts
from loopback import Loopback, serving

from bundles import Scene, every
from scenes import failed, succeeded


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scene = Scene()
    scene.series({at: 900.0 if 0 <= at < 5 else 100.0 for at in every(1, -120, 60)}, "Latency", "orders")
    return scene.write(tmp_path_factory.mktemp("insight") / "bundle")


def test_a_bundle_answers_without_credentials_and_its_window_ends_with_its_data(bundle: Path) -> None:
    text = succeeded("insight", "Is orders slow?", "--from", bundle, "--zone", "Asia/Tokyo", "--language", "en")
    assert "most of all Latency (Average) of orders" in text
    assert "3 h to 2026-11-20 13:00 (Asia/Tokyo), a point every 60 s" in text
    assert "2026-11-20 12:00 to 12:05: up to 900, usually 100" in text


@pytest.mark.parametrize(("ending", "sign"), [("html", "<!doctype html>"), ("md", "# "), ("json", "{")])
def test_the_ending_of_the_output_says_the_format(bundle: Path, tmp_path: Path, ending: str, sign: str) -> None:
    file = tmp_path / f"answer.{ending}"
    assert succeeded("insight", "latency", "--from", bundle, "-o", file) == ""
    assert file.read_text().startswith(sign)


def test_days_and_period_are_as_they_are_stated(bundle: Path) -> None:
    found = json.loads(succeeded("insight", "latency", "--from", bundle, "--days", "5", "--format", "json"))
    assert (found["period_s"], found["window"]["start"]) == (7200, "2026-11-15T04:00:00Z")
    found = json.loads(succeeded("insight", "latency", "--from", bundle, "--period", "90", "--format", "json"))
    assert found["period_s"] == 120


def test_what_cannot_be_answered_ends_with_a_remedy(bundle: Path, tmp_path: Path) -> None:
    empty = Scene().has("logs").write(tmp_path / "empty")
    assert "no metrics" in failed("insight", "x", "--from", empty)
    assert "time zone" in failed("insight", "x", "--from", bundle, "--zone", "Asia/Nowhere")
    assert "nothing at" in failed("insight", "x", "--from", tmp_path / "none")


@pytest.fixture
def aws() -> Iterator[Loopback]:
    now = datetime.now(UTC).replace(microsecond=0)
    fake = FakeCloudWatch(now)
    stamps = [now - timedelta(minutes=30 * n) for n in range(1, 2 * 96)]
    fake.put("AWS/Lambda", "Errors", [(t, 0.0) for t in stamps], FunctionName="orders")
    with serving(fake, FakeSts(now)) as loopback:
        yield loopback


def test_aws_is_asked_for_the_days_up_to_now(aws: Loopback) -> None:
    text = succeeded("insight", "errors of orders", "--days", "2", "--language", "en", **aws.environment())
    assert "Nothing is unusual in what answers this best (1 series)." in text
    assert "--region ap-northeast-1" in text
    (request,) = [call.params for call in aws.calls if call.operation == "GetMetricData"]
    start, end = request["StartTime"], request["EndTime"]
    assert isinstance(start, datetime)
    assert isinstance(end, datetime)
    assert timedelta(hours=47) <= end - start <= timedelta(hours=49)
    assert aws.actions() <= {"sts:GetCallerIdentity", "cloudwatch:ListMetrics", "cloudwatch:GetMetricData"}
