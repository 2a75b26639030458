"""Security findings near the incident."""

from __future__ import annotations

from bundles import Scene, minute
from fa2.analysers.findings import findings
from observing import observed, only


def scene() -> Scene:
    made = Scene().has("findings")
    made.log(0, "hello", "web")
    made.log(0, "hello", "orders")
    return made


def test_a_finding_is_told_by_its_severity_and_blames_nobody() -> None:
    made = scene()
    made.finding(3, severity=80.0, resource_id="arn:aws:ec2:eu-west-1:1:instance/orders")
    found = only(observed(findings, made))
    assert (found.strength, found.role, found.onset) == (0.8, "context", minute(3))
    assert found.statement.values["title"] == "Unusual calls"


def test_a_finding_belongs_to_the_service_that_its_resource_names() -> None:
    made = scene()
    made.finding(3, service=None, resource_id="arn:aws:ec2:eu-west-1:1:instance/orders")
    assert only(observed(findings, made)).service == "orders"


def test_findings_from_long_before_and_from_after_are_not_told() -> None:
    made = scene()
    made.finding(-25 * 60, "old")
    made.finding(10, "later")
    assert observed(findings, made) == []


def test_the_most_severe_comes_first_and_one_without_severity_has_no_strength() -> None:
    made = scene()
    made.finding(1, "none", severity=None)
    made.finding(2, "low", severity=10.0)
    made.finding(3, "high", severity=95.0)
    found = observed(findings, made)
    assert [o.evidence[0].query.parameters["id"] for o in found] == ["high", "low", "none"]
    assert found[-1].strength == 0.0


def test_a_finding_that_was_updated_is_told_once_as_it_was_last() -> None:
    made = scene()
    made.finding(1, title="before")
    made.finding(5, title="after")
    found = only(observed(findings, made))
    assert (found.statement.values["title"], found.onset) == ("after", minute(5))


def test_severities_beyond_the_scale_stay_within_it() -> None:
    made = scene()
    made.finding(1, "above", severity=1000.0)
    made.finding(1, "below", severity=-5.0)
    made.finding(1, "none", severity=float("nan"))
    assert {o.strength for o in observed(findings, made)} == {1.0, 0.0}


def test_nothing_collected_and_nothing_found_give_nothing() -> None:
    assert observed(findings, Scene()) == observed(findings, Scene().has("findings")) == []
