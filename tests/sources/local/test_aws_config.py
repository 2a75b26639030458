"""Tests of AWS Config; items have the shape of history files and of the CLI's output."""

from __future__ import annotations

import orjson
from exported_file import Row, exported, rows_of
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.ports import Gaps
from fa2.sources.local.aws_config import source
from fa2.sources.local.config_diff import differences
from fa2.sources.local.json_values import Json


def item(minute: int, configuration: Json, **fields: Json) -> dict[str, Json]:
    return {
        "configurationItemVersion": "1.3",
        "configurationItemCaptureTime": f"2026-11-20T03:{minute:02}:00.000Z",
        "configurationStateId": 1,
        "awsAccountId": "123456789012",
        "configurationItemStatus": "OK",
        "resourceType": "AWS::Lambda::Function",
        "resourceId": "checkout",
        "ARN": "arn:aws:lambda:us-east-1:123456789012:function:checkout",
        "awsRegion": "us-east-1",
        "configuration": configuration,
        "tags": {},
        **fields,
    }


def read(*items: Json, gaps: Gaps | None = None, **more: Json) -> list[Row]:
    document = {"fileVersion": "1.0", "configurationItems": list(items), **more}
    assert source.recognise(exported(document).head()) == 1.0
    return rows_of(source, exported(document), gaps)


def test_a_change_holds_only_what_differs() -> None:
    before: Json = {
        "timeout": 3,
        "environment": {"variables": {"POOL": "20"}},
        "layers": ["a", "b"],
    }
    after: Json = {"timeout": 3, "environment": {"variables": {"POOL": "2"}}, "layers": ["a", "c"]}
    gaps = Gaps()
    (row,) = read(item(9, after), item(1, before), gaps=gaps)
    detail = row.pop("detail")
    assert row == {
        "timestamp": 1795144140000000,
        "origin": "config",
        "actor": None,
        "action": "config:UPDATE",
        "resource_type": "AWS::Lambda::Function",
        "resource_id": "checkout",
        "service": "checkout",
        "account": "123456789012",
        "region": "us-east-1",
        "before": '{"environment.variables.POOL":"20","layers[1]":"b"}',
        "after": '{"environment.variables.POOL":"2","layers[1]":"c"}',
        "error_code": None,
    }
    assert "arn:aws:lambda" in str(detail)
    assert gaps.counts == {"note_config_first_seen": 1}


def test_the_clis_spelling_and_configuration_as_text_read_the_same() -> None:
    def spelled(minute: int, configuration: Json) -> Json:
        entry = item(minute, orjson.dumps(configuration).decode())
        entry["accountId"], entry["arn"] = entry.pop("awsAccountId"), entry.pop("ARN")
        entry["configurationItemCaptureTime"] = 1795143600.5 + 60 * minute
        return entry

    items = [spelled(5, {"memory": 128}), spelled(1, {"memory": 512})]
    file = exported({"configurationItems": items, "nextToken": "x"})
    assert source.recognise(file.head()) == 1.0
    gaps = Gaps()
    (row,) = rows_of(source, file, gaps)
    assert (row["before"], row["after"]) == ('{"memory":512}', '{"memory":128}')
    assert (row["account"], row["service"]) == ("123456789012", "checkout")
    assert gaps.counts["aws_more_pages"] == 1


def test_creation_and_deletion_are_told_from_a_resource_only_found() -> None:
    created = item(
        2,
        {"a": 1},
        configurationItemStatus="ResourceDiscovered",
        resourceCreationTime="2026-11-20T03:01:00.000Z",
    )
    deleted = item(4, None, configurationItemStatus="ResourceDeleted")
    found = item(
        3,
        {},
        resourceId="old",
        configurationItemStatus="ResourceDiscovered",
        resourceCreationTime="2019-01-01T00:00:00.000Z",
    )
    gaps = Gaps()
    rows = read(created, deleted, found, gaps=gaps)
    assert [(row["action"], row["before"], row["after"]) for row in rows] == [
        ("config:CREATE", None, '{"a":1}'),
        ("config:DELETE", '{"a":1}', None),
    ]
    assert gaps.counts == {"note_config_first_seen": 1}


def test_a_snapshot_is_no_change_but_tells_what_was_before() -> None:
    snapshot = {"configSnapshotId": "s-1", "configurationItems": [item(1, {"size": 1})]}
    history = {"fileVersion": "1.0", "configurationItems": [item(5, {"size": 2})]}
    gaps = Gaps()
    file = exported(orjson.dumps(snapshot) + b"\n" + orjson.dumps(history))
    (row,) = rows_of(source, file, gaps)
    assert (row["before"], row["after"]) == ('{"size":1}', '{"size":2}')
    assert gaps.counts == {"note_config_snapshot": 1}
    assert rows_of(source, exported(snapshot)) == []


def test_a_change_notification_brings_its_own_differences() -> None:
    changed: Json = {
        "Configuration.Timeout": {"previousValue": 30, "updatedValue": 3, "changeType": "UPDATE"},
        "Relationships.0": {"updatedValue": {}, "changeType": "CREATE"},
    }
    diff: Json = {"changedProperties": changed, "changeType": "UPDATE"}
    event: Json = {
        "detail-type": "Config Configuration Item Change",
        "detail": {"configurationItem": item(7, {"Timeout": 3}), "configurationItemDiff": diff},
    }
    file = exported(event)
    assert source.recognise(file.head()) == 1.0
    (row,) = rows_of(source, file)
    assert (row["before"], row["after"]) == ('{"Timeout":30}', '{"Timeout":3}')


def test_broken_items_and_compliance_are_counted() -> None:
    gaps = Gaps()
    verdict = item(1, {}, resourceType="AWS::Config::ResourceCompliance")
    same = [item(2, {"a": 1}), item(3, {"a": 1}, relationships=[{"resourceId": "x"}])]
    late: Json = item(1, {}, configurationItemCaptureTime="soon")
    assert read(verdict, *same, late, 5, gaps=gaps) == []
    assert gaps.counts == {
        "config_item": 2,
        "note_config_compliance": 1,
        "note_config_first_seen": 1,
        "note_config_unchanged": 1,
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)


@given(JSON, JSON)
def test_equal_states_differ_in_nothing_and_others_in_something(one: Json, other: Json) -> None:
    assert differences(one, one) == ({}, {})
    old, new = differences(one, other)
    assert bool(old or new) == (one != other)
    assert differences(other, one) == (new, old)
