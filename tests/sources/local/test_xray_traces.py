"""Tests of X-Ray traces; documents follow the X-Ray developer guide's segment documents."""

from __future__ import annotations

import orjson
import pytest
from exported_file import Row, exported, rows_of, tables_of
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.ports import Gaps
from fa2.sources.local.json_values import Json
from fa2.sources.local.xray_traces import source

TRACE = "1-5759e988-bd862e3fe1be46a994272793"
START = 1_795_143_600.25


def part(number: int, name: str, **fields: Json) -> dict[str, Json]:
    return {
        "id": f"{number:016x}",
        "name": name,
        "start_time": START,
        "end_time": START + 0.1,
        **fields,
    }


def traces(*segments: dict[str, Json], **more: Json) -> bytes:
    documents: list[Json] = [
        {"Id": s["id"], "Document": orjson.dumps({"trace_id": TRACE, **s}).decode()} for s in segments
    ]
    trace: Json = {"Id": TRACE, "Duration": 0.1, "Segments": documents}
    return orjson.dumps({"Traces": [trace], "UnprocessedTraceIds": [], **more})


def by_name(rows: list[Row]) -> dict[object, Row]:
    return {row["operation"]: row for row in rows}


THROTTLED = part(
    3,
    "DynamoDB",
    namespace="aws",
    aws={"operation": "UpdateItem", "table_name": "scorekeep-user", "region": "us-west-2"},
    http={"response": {"status": 400}},
    error=True,
    throttle=True,
    cause={
        "exceptions": [
            {
                "id": "5a07d08a5c0b1e1d",
                "type": "ProvisionedThroughputExceededException",
                "message": "The level of configured provisioned throughput was exceeded.",
                "remote": True,
            }
        ]
    },
)
REQUEST = part(
    1,
    "Scorekeep",
    origin="AWS::ElasticBeanstalk::Environment",
    aws={"ec2": {"instance_id": "i-0b5a4678fc325bg98"}},
    http={
        "request": {"method": "POST", "url": "http://localhost:5000/api/user?x=1"},
        "response": {"status": 500},
    },
    fault=True,
    error=True,
    cause="5a07d08a5c0b1e1d",
    subsegments=[part(2, "## UserModel.saveUser", fault=True, subsegments=[THROTTLED])],
)


def test_nested_subsegments_become_spans_of_their_segments_service() -> None:
    file = exported(traces(REQUEST))
    assert source.recognise(file.head()) == 1.0
    found = tables_of(source, file)
    root, inner, call = found["spans"]
    assert root == {
        "trace_id": "5759e988bd862e3fe1be46a994272793",
        "span_id": "0000000000000001",
        "parent_id": None,
        "service": "Scorekeep",
        "resource": "i-0b5a4678fc325bg98",
        "operation": "POST /api/user",
        "kind": "server",
        "start": 1795143600250000,
        "duration_ms": 100.0,
        "status": "fault",
        "http_status": 500,
        "weight": None,
        "error": "ProvisionedThroughputExceededException: The level of configured provisioned throughput was exceeded.",
    }
    assert (inner["kind"], inner["parent_id"], inner["service"]) == (
        "internal",
        root["span_id"],
        "Scorekeep",
    )
    assert (call["kind"], call["parent_id"], call["status"]) == (
        "client",
        inner["span_id"],
        "throttle",
    )
    assert (call["operation"], call["resource"]) == ("DynamoDB.UpdateItem", "scorekeep-user")
    assert found["edges"] == [{"caller": "Scorekeep", "callee": "scorekeep-user", "kind": "database"}]


def test_the_two_segments_of_a_lambda_invocation_count_as_one_request() -> None:
    service = part(1, "checkout", origin="AWS::Lambda", resource_arn="arn:aws:lambda:r:1:function:checkout")
    function = part(
        2,
        "checkout",
        parent_id="0000000000000001",
        origin="AWS::Lambda::Function",
        aws={"function_arn": "arn:aws:lambda:r:1:function:checkout"},
    )
    rows = rows_of(source, exported(traces(service, function)))
    assert [(row["kind"], row["service"]) for row in rows] == [
        ("server", "checkout"),
        ("internal", "checkout"),
    ]
    assert rows[1]["parent_id"] == rows[0]["span_id"]


def test_a_remote_with_a_segment_of_its_own_gets_no_edge_and_an_uninstrumented_one_does() -> None:
    calls: list[Json] = [
        part(
            2,
            "api.example.com",
            namespace="remote",
            http={"request": {"url": "https://api.example.com/"}},
        ),
        part(3, "users.internal", namespace="remote"),
        part(4, "ledger@db-1.internal", namespace="remote", sql={"sanitized_query": "SELECT 1"}),
        part(5, "SQS", namespace="aws", aws={"queue_url": "https://sqs.r.amazonaws.com/1/jobs"}),
        part(6, "S3", namespace="aws", aws={"bucket_name": "images"}),
    ]
    inferred = part(8, "S3", parent_id=f"{6:016x}", inferred=True, origin="AWS::S3")
    gaps = Gaps()
    file = exported(traces(part(1, "front", subsegments=calls), part(7, "users", parent_id=f"{3:016x}"), inferred))
    found = tables_of(source, file, gaps)
    assert [(edge["callee"], edge["kind"]) for edge in found["edges"]] == [
        ("api.example.com", "http"),
        ("db-1.internal", "database"),
        ("images", "aws"),
        ("jobs", "queue"),
    ]
    assert len(found["spans"]) == 7
    assert gaps.counts == {"note_xray_inferred": 1}


@pytest.mark.parametrize("cause_of_last", [None, "a"])
def test_the_deepest_cause_is_told_even_in_a_circle(cause_of_last: str | None) -> None:
    last: Json = {"id": "b", "type": "SQLException", "message": "full", "cause": cause_of_last}
    first: Json = {"id": "a", "type": "ServletException", "message": "outer", "cause": "b"}
    web = part(1, "web", fault=True, cause={"exceptions": [first, last]})
    (row,) = rows_of(source, exported(traces(web)))
    assert row["error"] == "SQLException: full"


def test_segment_documents_alone_are_joined_by_trace() -> None:
    early = {**part(1, "web", in_progress=True), "trace_id": TRACE}
    del early["end_time"]
    whole = {**part(1, "web"), "trace_id": TRACE}
    apart = {**part(2, "send", type="subsegment", parent_id=f"{1:016x}"), "trace_id": TRACE}
    lost = {**part(3, "lost", type="subsegment", parent_id=f"{9:016x}"), "trace_id": TRACE}
    lines = b"\n".join(orjson.dumps(document) for document in (early, apart, whole, lost))
    gaps = Gaps()
    assert source.recognise(exported(lines).head()) == 0.9
    rows = by_name(rows_of(source, exported(lines), gaps))
    assert rows["web"]["duration_ms"] == 100.0
    assert (rows["send"]["service"], rows["send"]["kind"]) == ("web", "internal")
    assert rows["lost"]["service"] == "lost"
    assert gaps.counts == {"xray_subsegment_alone": 1}


def test_a_segment_in_progress_lasts_as_long_as_its_subsegments_show() -> None:
    running = part(1, "web", in_progress=True, subsegments=[part(2, "step", end_time=START + 0.05)])
    del running["end_time"]
    gaps = Gaps()
    rows = by_name(rows_of(source, exported(traces(running)), gaps))
    assert rows["web"]["duration_ms"] == 50.0
    assert gaps.counts == {"xray_in_progress": 1}


def test_what_is_missing_is_counted() -> None:
    gaps = Gaps()
    data = orjson.loads(traces(part(1, "web"), UnprocessedTraceIds=["1-a-b"], NextToken="x"))
    data["Traces"][0]["LimitExceeded"] = True
    data["Traces"][0]["Segments"] += [{"Id": "5", "Document": "{"}, 7, {"Id": "6"}]
    assert len(rows_of(source, exported(data), gaps)) == 1
    expected = {"xray_segment": 3, "xray_unprocessed": 1, "xray_limit": 1, "aws_more_pages": 1}
    assert gaps.counts == expected


@given(st.lists(st.integers(0, 20), min_size=1, max_size=20))
def test_every_subsegment_becomes_a_span_below_its_parent(parents: list[int]) -> None:
    root = part(100, "web", subsegments=[])
    made: list[dict[str, Json]] = [root]
    expected: dict[object, object] = {}
    for number, choice in enumerate(parents):
        parent = made[choice % len(made)]
        child = part(number, "step", subsegments=[])
        below = parent["subsegments"]
        assert isinstance(below, list)
        below.append(child)
        made.append(child)
        expected[child["id"]] = parent["id"]
    rows = rows_of(source, exported(traces(root)))
    assert {row["span_id"]: row["parent_id"] for row in rows[1:]} == expected
