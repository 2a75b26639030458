"""Changes: who changed what, how unusual that was, and on which service."""

from __future__ import annotations

import pytest

from bundles import Scene, every, minute
from fa2.analysers.changes import MAX_REPORTED, changes
from observing import observed, only


def scene() -> Scene:
    made = Scene().has("changes")
    for service in ("web", "orders", "payments-api"):
        made.log(0, "hello", service)
    return made


def test_a_change_is_told_with_who_what_and_when_and_blames_nobody_by_itself() -> None:
    made = scene()
    made.change(-5, "lambda:UpdateFunctionConfiguration20150331v2", before='{"timeout": 30}', after='{"timeout": 1}')
    found = only(observed(changes, made))
    assert (found.service, found.resource, found.onset, found.role) == ("web", "web", minute(-5), "context")
    assert found.statement.values["actor"] == "alice"
    assert found.statement.values["after"] == '{"timeout": 1}'
    assert found.strength > 0.5
    assert found.mechanisms


def test_what_an_actor_does_all_day_is_less_telling_than_what_they_never_did() -> None:
    made = scene()
    for at in every(60, -1200, 0):
        made.change(at, "ecs:UpdateService", "ci")
    made.change(-3, "ecs:UpdateService", "mallory")
    found = {o.statement.values["actor"]: o for o in sorted(observed(changes, made), key=lambda o: str(o.onset))}
    assert found["ci"].statement.values["done_before"] == 19
    assert found["mallory"].strength > 5 * found["ci"].strength


def test_what_aws_does_by_itself_is_routine() -> None:
    made = scene()
    made.change(-3, "ecs:UpdateService", "autoscaling.amazonaws.com")
    made.change(-3, "ecs:UpdateService", "bob")
    strengths = {o.statement.values["actor"]: o.strength for o in observed(changes, made)}
    assert strengths["autoscaling.amazonaws.com"] < 0.5 * strengths["bob"]


def test_a_change_that_was_refused_is_told_and_has_no_strength() -> None:
    made = scene()
    made.change(-3, error_code="AccessDenied")
    found = only(observed(changes, made))
    assert found.statement.key == "observations.change.failed"
    assert (found.strength, found.mechanisms) == (0.0, {})


@pytest.mark.parametrize("action", ["ec2:DescribeInstances", "GetParameter", "s3:ListBuckets", "logs:GetQueryResults"])
def test_what_only_read_has_no_strength(action: str) -> None:
    made = scene()
    made.change(-3, action)
    found = only(observed(changes, made))
    assert (found.strength, found.mechanisms) == (0.0, {})


def test_a_deploy_in_words_is_a_change() -> None:
    made = scene()
    made.change(-3, "Get rid of the old cache", origin="deploy")
    assert only(observed(changes, made)).strength > 0


@pytest.mark.parametrize(
    ("stated", "resource", "after", "service"),
    [
        ("orders", "whatever", None, "orders"),
        (None, "arn:aws:lambda:eu-west-1:1:function:payments-api", None, "payments-api"),
        (None, "table/t1", '{"env": {"SERVICE": "orders"}}', "orders"),
        ("unmeasured", "table/t1", None, "unmeasured"),
        (None, None, None, None),
    ],
)
def test_a_change_belongs_to_the_service_stated_or_named(
    stated: str | None, resource: str | None, after: str | None, service: str | None
) -> None:
    made = scene()
    made.change(-3, service=stated, resource_id=resource, after=after)
    assert only(observed(changes, made)).service == service


def test_changes_of_the_day_before_and_of_the_window_are_told_the_latest_first_and_no_others() -> None:
    made = scene()
    for at in (-24 * 60 - 1, -24 * 60, -3, 9.9, 10):
        made.change(at, f"ecs:Update{int(at)}")
    assert [o.onset for o in observed(changes, made)] == [minute(9.9), minute(-3), minute(-24 * 60)]


def test_the_same_deed_recorded_twice_is_told_once() -> None:
    made = scene()
    made.change(-3)
    made.change(-3)
    only(observed(changes, made))


def test_unknown_actors_and_hostile_names_are_only_text() -> None:
    made = scene()
    made.change(-3, "it's $actor'; DROP TABLE changes; --", None, resource_id="{x} $at", after="x" * 5000, service=None)
    found = only(observed(changes, made))
    assert found.statement.values["actor"] is None
    assert len(str(found.statement.values["after"])) == 200


def test_nothing_collected_and_nothing_found_give_nothing() -> None:
    assert observed(changes, Scene()) == observed(changes, Scene().has("changes")) == []


def test_a_change_just_before_the_window_is_not_lost_among_the_many_that_follow() -> None:
    made = scene()
    made.change(-1, "lambda:UpdateFunctionConfiguration20150331v2", "mallory")
    for number, at in enumerate(every(0.1, 0, 9)):
        made.change(at, ("ec2:RunInstances", "ec2:DescribeInstances")[number % 2], "autoscaling.amazonaws.com")
    found = list(observed(changes, made))
    assert len(found) == MAX_REPORTED
    assert "mallory" in [o.statement.values["actor"] for o in found]
    assert [o.onset for o in found] == sorted((o.onset for o in found if o.onset), reverse=True)


def test_what_config_recorded_of_a_change_is_told_with_who_made_it() -> None:
    made = scene()
    made.change(-5, "dynamodb:UpdateTable", "ana", resource_id="orders")
    made.change(
        -4,
        "config:UPDATE",
        None,
        origin="config",
        resource_id="orders",
        before='{"throughput.write": 5, "a\\"b": null}',
        after='{"throughput.write": 1, "a\\"b": 2}',
    )
    made.change(-4, "config:UPDATE", None, origin="config", resource_id="payments", before="{}", after='{"size": 3}')
    found = {o.statement.key.rpartition(".")[2]: o for o in observed(changes, made)}
    assert set(found) == {"made_as", "recorded_as"}
    assert found["made_as"].statement.values["actor"] == "ana"
    assert str(found["made_as"].statement.values["changed"]).startswith("throughput.write 5 → 1")
    assert found["recorded_as"].statement.values["changed"] == "size – → 3"
    assert found["recorded_as"].resource == "payments"


def test_what_config_recorded_long_after_or_after_a_refusal_stands_for_itself() -> None:
    made = scene()
    made.change(-60, "dynamodb:UpdateTable", "ana", resource_id="orders")
    made.change(-5, "dynamodb:DeleteTable", "ci", resource_id="orders", error_code="AccessDenied")
    made.change(-4, "config:UPDATE", None, origin="config", resource_id="orders", before="nonsense", after="[1]")
    assert sorted(o.statement.key.rpartition(".")[2] for o in observed(changes, made)) == ["failed", "made", "recorded"]
