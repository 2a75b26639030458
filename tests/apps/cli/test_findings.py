"""fa2 findings, as a person types it: on files, on a bundle, and on a server that stands for AWS."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import fake_guardduty
import fake_securityhub
import jsonschema
import pytest
from fake_guardduty import FakeGuardDuty
from fake_securityhub import FakeSecurityHub
from fake_sts import FakeSts
from loopback import Loopback, serving

from fa2.renderers import findings_json
from findings_here import check, threat
from scenes import failed, succeeded

HOSTILE = "<script>alert(1)</script> [x](http://evil) \x1b[31m # heading"


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    checks = [check(n, "S3.8", resource=f"arn:aws:s3:::b-{n}") for n in range(40)]
    more = [check(100 + n, f"ZZ.{n}", "LOW", Title=f"control {n}") for n in range(12)]
    odd = check(200, "IAM.9", "CRITICAL", Title=HOSTILE, Description=HOSTILE)
    (folder / "hub.json").write_text(json.dumps({"Findings": [*checks, *more, odd]}))
    (folder / "duty.json").write_text(json.dumps({"Findings": [threat(1, "Trojan:EC2/DropPoint")]}))
    (folder / "app.log").write_text("2026-11-20T00:00:00Z INFO hello\n")
    return folder


def as_json(*arguments: object, **environment: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(succeeded("findings", *arguments, "--format", "json", **environment))
    jsonschema.validate(found, json.loads(findings_json.schema()))
    return found


def test_exported_files_become_a_ranked_report(exports: Path) -> None:
    found = as_json("--from", exports)
    assert [item["key"] for item in found["items"]][:3] == ["Trojan:EC2/DropPoint", "IAM.9", "S3.8"]
    assert (found["findings"], found["as_of"], found["gaps"]) == (54, "2026-11-20T04:00:00Z", [])
    assert found["items"][2]["resource_count"] == 40


def test_severity_and_days_narrow(exports: Path) -> None:
    found = as_json("--from", exports, "--severity", "HIGH", "--days", "1")
    assert {item["label"] for item in found["items"]} == {"CRITICAL", "HIGH"}
    assert (found["least"], found["days"]) == ("HIGH", 1)
    assert [said["values"]["n"] for said in found["left_out"]] == [12]


def test_files_can_be_named_one_by_one(exports: Path) -> None:
    found = as_json("--from", exports / "duty.json", "--from", exports / "duty.json")
    assert (found["findings"], len(found["inputs"])) == (1, 2)


def test_a_bundle_is_read_as_of_its_incident(exports: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    window = ("--from", "2026-11-20T02:00:00Z", "--to", "2026-11-20T08:00:00Z")
    succeeded("collect", exports, "--output", bundle, *window)
    found = as_json("--from", bundle)
    assert (found["findings"], found["as_of"]) == (54, "2026-11-20T08:00:00Z")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_each_form_says_the_same_and_lets_nothing_from_outside_act(
    exports: Path, tmp_path: Path, language: str
) -> None:
    texts = {}
    for ending in ("html", "md"):
        file = tmp_path / f"report.{ending}"
        assert succeeded("findings", "--from", exports, "--language", language, "-o", file) == ""
        texts[ending] = file.read_text()
    texts["terminal"] = succeeded("findings", "--from", exports, "--language", language)
    for text in texts.values():
        assert "Trojan:EC2/DropPoint" in text
        assert "40" in text
        assert "\x1b[31m" not in text
    assert "<script>alert" not in texts["html"]
    assert "&lt;script&gt;alert" in texts["html"]
    assert "](http://evil)" not in texts["md"]
    assert (
        re.search("[ぁ-ん]", texts["terminal"]) is not None
        if language == "ja"
        else "What it means" in texts["terminal"]
    )
    assert "control 11" in texts["terminal"]


def test_the_page_loads_nothing_and_links_only_to_https(exports: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    hostile = check(1, "S3.8", Remediation={"Recommendation": {"Url": "javascript:alert(1)", "Text": "t"}})
    (exports / "hub.json").write_text(json.dumps({"Findings": [hostile, check(2, "S3.9")]}))
    succeeded("findings", "--from", exports, "-o", file)
    page = file.read_text()
    links = re.findall(r'href="([^"]*)"', page)
    assert "https://docs.aws.amazon.com/S3.9" in links
    assert all(link.startswith(("https://docs.aws.amazon.com/", "#", "data:,")) for link in links)
    assert not re.search(r"<(?:img|iframe|script)[^>]+src", page)


def test_where_there_is_nothing_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("2026-11-20T00:00:00Z INFO hello\n")
    assert "no findings" in failed("findings", "--from", tmp_path)
    assert "nothing at" in failed("findings", "--from", tmp_path / "none")
    empty = tmp_path / "hub.json"
    closed = check(1, "S3.8", RecordState="ARCHIVED")
    empty.write_text(json.dumps({"Findings": [closed]}))
    assert "No open findings." in succeeded("findings", "--from", empty, "--language", "en")


@pytest.fixture
def aws() -> Iterator[Loopback]:
    now = datetime.now(UTC).replace(microsecond=0)
    bucket = ("AwsS3Bucket", "arn:aws:s3:::receipts")
    hub = FakeSecurityHub(
        now,
        [
            fake_securityhub.finding(1, "HIGH", now - timedelta(days=2), bucket),
            fake_securityhub.finding(2, "LOW", now, bucket),
            fake_securityhub.finding(3, "HIGH", now - timedelta(days=20), bucket),
        ],
    )
    instance = {"ResourceType": "Instance", "InstanceDetails": {"InstanceId": "i-0abc"}}
    duty = FakeGuardDuty([fake_guardduty.finding(1, 8.0, now - timedelta(hours=1), "Trojan:EC2/DropPoint", instance)])
    with serving(hub, duty, FakeSts(now)) as loopback:
        yield loopback


def test_aws_is_asked_live(aws: Loopback) -> None:
    found = as_json("--days", "7", **aws.environment())
    assert [item["title"] for item in found["items"]] == ["finding 1", "finding 1"]
    assert {item["origin"] for item in found["items"]} == {"guardduty", "securityhub"}
    assert found["inputs"] == [
        "GuardDuty (111122223333, ap-northeast-1)",
        "Security Hub (111122223333, ap-northeast-1)",
    ]
    assert "xray:GetTraceSummaries" not in aws.actions()


def test_a_lower_severity_is_asked_of_aws_too(aws: Loopback) -> None:
    found = as_json("--severity", "low", **aws.environment())
    assert {item["title"] for item in found["items"]} == {"finding 1", "finding 2", "finding 3"}


def test_a_service_that_is_off_is_a_gap_with_its_remedy(aws: Loopback) -> None:
    aws.serve(FakeGuardDuty([], detectors=[]))
    text = " ".join(succeeded("findings", "--language", "en", **aws.environment()).split())
    assert "GuardDuty has no detector in ap-northeast-1" in text
    assert "Enable it there" in text


def test_the_published_schema_is_that_of_the_report() -> None:
    published = files("fa2.renderers") / "schema" / "findings.schema.json"
    assert published.read_text(encoding="utf-8") == findings_json.schema()
