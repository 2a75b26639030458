"""Findings are counted once, grouped by kind, ranked with reasons, and followed by steps."""

from __future__ import annotations

import random
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from fa2.core.coverage import CoverageEntry, problem
from fa2.core.findings_report import FindingsReport, Label
from fa2.findings.reading import distinct
from fa2.findings.reporting import Wanted, findings_report
from findings_here import BUCKET, NOW, check, read, threat


def report(*documents: dict[str, object], days: int | None = None, least: Label | None = None) -> FindingsReport:
    found = list(distinct(read(*documents)))  # type: ignore[arg-type]
    return findings_report(found, (), Wanted(("here",), days=days, least=least, as_of=NOW))


def keys(found: FindingsReport) -> list[str]:
    return [item.key for item in found.items]


def reasons(found: FindingsReport, place: int = 1) -> dict[str, object]:
    said = found.items[place - 1].reasons
    return {reason.key.rpartition(".")[2]: dict(reason.values) for reason in said}


def test_one_control_on_forty_resources_is_one_item_with_its_count() -> None:
    found = report(*(check(n, "S3.8", resource=f"arn:aws:s3:::b-{n}") for n in range(40)), check(99, "IAM.3", "MEDIUM"))
    assert keys(found) == ["S3.8", "IAM.3"]
    item = found.items[0]
    assert (item.findings, item.resource_count, len(item.resources)) == (40, 40, 40)
    assert (item.family, item.nature, item.label, item.severity) == ("public_access", "exposure", "HIGH", 70.0)
    assert (item.remediation, item.remediation_url) == ("Do this.", "https://docs.aws.amazon.com/S3.8")
    assert reasons(found)["spread"] == {"n": 40}
    assert (found.findings, found.resources) == (41, 41)


def test_what_happens_ranks_above_a_setting_of_the_same_severity() -> None:
    found = report(check(1, "DynamoDB.6", "HIGH"), threat(1, "Backdoor:EC2/C&CActivity.B", 7.0))
    assert keys(found) == ["Backdoor:EC2/C&CActivity.B", "DynamoDB.6"]
    assert set(reasons(found)) == {"threat", "today"}


def test_severity_comes_before_a_single_reason() -> None:
    found = report(
        check(1, "EC2.19", "CRITICAL"), check(2, "S3.1", "HIGH", resource="arn:aws:s3:::b", Title="Bucket is public")
    )
    assert keys(found) == ["EC2.19", "S3.1"]
    assert reasons(found, 2) == {"open": {}}


def test_a_public_address_is_told_from_a_setting_that_is_open() -> None:
    exposed = {
        "ResourceType": "Instance",
        "InstanceDetails": {"InstanceId": "i-1", "NetworkInterfaces": [{"PublicIp": "203.0.113.9"}]},
    }
    found = report(threat(1, "Recon:EC2/Portscan", 5.0, Resource=exposed))
    assert "public_address" in reasons(found)
    assert "open" not in reasons(found)


def test_a_resource_in_several_findings_is_named_whatever_product_wrote_it() -> None:
    arn = "arn:aws:ec2:eu-west-1:111122223333:instance/i-0abc"
    found = report(threat(1, "Trojan:EC2/DropPoint"), check(2, "EC2.8", resource=arn), check(3, "SSM.1", resource=arn))
    assert reasons(found)["shared"] == {"resource": "i-0abc", "n": 3}
    assert found.resources == 1
    assert [s.key for s in found.next_steps][:2] == ["findings_report.step.threat", "findings_report.step.resource"]


def test_age_and_recency_are_reasons() -> None:
    found = report(
        check(1, "S3.17", "MEDIUM", age=timedelta(days=100)),
        threat(1, "Recon:EC2/Portscan", 4.0, seen=timedelta(days=3)),
        threat(2, "Impact:EC2/AbusedDomainRequest.Reputation", 4.0, seen=timedelta(days=40)),
    )
    assert reasons(found, keys(found).index("S3.17") + 1) == {"old": {"days": 100}}
    assert "this_week" in reasons(found, keys(found).index("Recon:EC2/Portscan") + 1)
    assert "old" in reasons(found, keys(found).index("Impact:EC2/AbusedDomainRequest.Reputation") + 1)


def test_a_finding_that_security_hub_passes_on_counts_once() -> None:
    own = threat(7, "Execution:EC2/SuspiciousFile")
    passed = check(
        1,
        "none",
        Id=f"arn:aws:guardduty:eu-west-1:111122223333:detector/d/finding/{7:032x}",
        ProductName="GuardDuty",
        GeneratorId="arn:aws:guardduty:eu-west-1:111122223333:detector/d",
        Compliance={},
        Types=["TTPs/Execution/Execution:EC2-SuspiciousFile"],
    )
    assert keys(report(own, passed)) == ["Execution:EC2/SuspiciousFile"]
    alone = report(passed)
    assert (keys(alone), alone.items[0].family, alone.items[0].nature) == (
        ["Execution:EC2/SuspiciousFile"],
        "execution",
        "threat",
    )


def test_only_the_latest_state_of_a_finding_counts() -> None:
    later = check(1, "S3.8", Workflow={"Status": "RESOLVED"}, LastObservedAt="2026-11-20T05:59:00Z")
    found = report(check(1, "S3.8"), later)
    assert found.items == ()
    assert [(s.key, dict(s.values)) for s in found.left_out] == [("findings_report.left_out.closed", {"n": 1})]


def test_filters_leave_out_and_say_how_many() -> None:
    found = report(
        check(1, "S3.8", "CRITICAL"),
        check(2, "IAM.3", "MEDIUM"),
        check(3, "S3.9", "HIGH", LastObservedAt="2026-10-01T00:00:00Z"),
        check(4, "S3.5", "HIGH", RecordState="ARCHIVED"),
        days=7,
        least="HIGH",
    )
    assert keys(found) == ["S3.8"]
    assert {s.key.rpartition(".")[2]: s.values["n"] for s in found.left_out} == {"closed": 1, "mild": 1, "old": 1}


def test_counts_add_up() -> None:
    found = report(check(1, "S3.8", "CRITICAL"), check(2, "IAM.3", "MEDIUM"), threat(1, "Recon:EC2/Portscan", 5.0))
    assert [(c.value, c.findings) for c in found.counts["severity"]] == [("CRITICAL", 1), ("MEDIUM", 2)]
    assert {c.value: c.findings for c in found.counts["product"]} == {"Security Hub": 2, "GuardDuty": 1}
    assert {c.value: c.findings for c in found.counts["resource_type"]} == {"AwsS3Bucket": 2, "Instance": 1}
    for counts in found.counts.values():
        assert sum(c.findings for c in counts) == found.findings


def test_gaps_are_a_step_and_notes_are_none() -> None:
    coverage = [
        CoverageEntry(
            source="GuardDuty (1, eu-west-1)", status="skipped", error=problem("guardduty_off", region="eu-west-1")
        ),
        CoverageEntry(source="x", status="ok", error=problem("note_no_zone")),
    ]
    found = findings_report([], coverage, Wanted(("here",)))
    assert [(gap.source, gap.code) for gap in found.gaps] == [("GuardDuty (1, eu-west-1)", "guardduty_off")]
    assert [step.key for step in found.next_steps] == ["findings_report.step.gaps"]
    assert found.as_of is None


@given(st.permutations(list(range(12))), st.randoms())
def test_the_order_of_findings_does_not_matter(order: list[int], chance: random.Random) -> None:
    documents = [check(n, f"S3.{n % 4}", ("HIGH", "MEDIUM")[n % 2], resource=f"{BUCKET}-{n % 3}") for n in range(8)]
    documents += [threat(n, "Recon:EC2/Portscan", 4.0 + n) for n in range(4)]
    assert report(*documents) == report(*(documents[n] for n in order))


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "types", "resources", "resource", "compliance", "remediation", "Id", "createdAt"]
                ),
                inner,
            )
        ),
        max_leaves=12,
    )
)
def test_no_detail_breaks_a_report(detail: object) -> None:
    import orjson

    from fa2.findings.reading import finding_of

    row = {"us": 1, "origin": "securityhub", "id": "x", "title": None, "severity": float("nan"), "severity_label": None}
    row |= {"status": None, "resource_type": None, "resource_id": "r", "detail": orjson.dumps(detail).decode()}
    found = findings_report([finding_of(row)], (), Wanted(()))
    assert len(found.items) == 1
