"""Tests of OTLP/JSON traces; shapes follow the specification and opentelemetry-proto's examples."""

from __future__ import annotations

import base64

import orjson
import pytest
from exported_file import Row, exported, rows_of, tables_of
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.ports import Gaps
from fa2.sources.local.json_values import Json
from fa2.sources.local.otlp_traces import source

TRACE = "5b8efff798038103d269b633813fc60c"
START = 1_795_143_600_000_000_000


def attribute(key: str, value: object) -> Json:
    kind = "intValue" if isinstance(value, int) else "stringValue"
    if isinstance(value, list):
        held: Json = {"arrayValue": {"values": [{"stringValue": v} for v in value]}}
    else:
        held = {kind: str(value)}
    return {"key": key, "value": held}


def span(number: int = 1, parent: int | None = None, **fields: Json) -> dict[str, Json]:
    return {
        "traceId": TRACE.upper(),
        "spanId": f"{number:016X}",
        "parentSpanId": "" if parent is None else f"{parent:016X}",
        "name": "I'm a span",
        "startTimeUnixNano": str(START),
        "endTimeUnixNano": START + 1_500_000,
        "kind": 2,
        **fields,
    }


def request(*spans: Json, service: str = "orders", **resource: str) -> Json:
    known = [attribute("service.name", service)] if service else []
    known += [attribute(key.replace("__", "."), value) for key, value in resource.items()]
    scope: Json = {"scope": {"name": "my.library"}, "spans": list(spans)}
    return {"resourceSpans": [{"resource": {"attributes": known}, "scopeSpans": [scope]}]}


def only(entry: Json) -> Row:
    (row,) = rows_of(source, exported(request(entry)))
    return row


def failing(kind: int, *attributes: Json, exception: str = "", status: Json = None) -> Row:
    said = [attribute("exception.type", exception), attribute("exception.message", "no")]
    events: list[Json] = [{"name": "exception", "attributes": said}] if exception else []
    said_status: Json = status if status is not None else {"code": 2}
    return only(span(kind=kind, attributes=list(attributes), events=events, status=said_status))


def test_a_server_span_keeps_ids_times_and_instance() -> None:
    file = exported(request(span(parent=7), service__instance__id="orders-1"))
    assert source.recognise(file.head()) == 1.0
    assert rows_of(source, file) == [
        {
            "trace_id": TRACE,
            "span_id": "0000000000000001",
            "parent_id": "0000000000000007",
            "service": "orders",
            "resource": "orders-1",
            "operation": "I'm a span",
            "kind": "server",
            "start": START // 1000,
            "duration_ms": 1.5,
            "status": "ok",
            "http_status": None,
            "error": None,
            "weight": None,
        }
    ]


def test_ids_in_base64_enum_names_and_the_old_list_name_read_the_same() -> None:
    written = span(
        traceId=base64.b64encode(bytes.fromhex(TRACE)).decode(),
        spanId=base64.b64encode((1).to_bytes(8)).decode(),
        kind="SPAN_KIND_CLIENT",
        status={"code": "STATUS_CODE_ERROR", "message": "boom"},
    )
    old: Json = {"resourceSpans": [{"instrumentationLibrarySpans": [{"spans": [written]}]}]}
    gaps = Gaps()
    (row,) = rows_of(source, exported(old), gaps)
    assert (row["trace_id"], row["span_id"]) == (TRACE, "0000000000000001")
    assert (row["kind"], row["status"], row["error"]) == ("client", "fault", "boom")
    assert row["service"] == "unknown"
    assert gaps.counts == {"otlp_nameless": 1}


def test_lines_are_read_one_by_one_and_recognised_from_a_cut_head() -> None:
    line = orjson.dumps(request(*[span(n) for n in range(1, 400)]))
    file = exported(line + b"\n" + line + b"\n")
    assert len(line) > 64 * 1024
    assert source.recognise(file.head()) == 1.0
    assert len(rows_of(source, file)) == 798


@pytest.mark.parametrize(
    ("attributes", "status", "expected"),
    [
        ([attribute("http.response.status_code", 503)], {}, "fault"),
        ([attribute("http.status_code", 404)], {}, "error"),
        ([attribute("http.status_code", 404)], {"code": 2}, "error"),
        ([attribute("http.response.status_code", 429)], {}, "throttle"),
        ([attribute("rpc.grpc.status_code", 8)], {"code": 2}, "throttle"),
        ([attribute("rpc.grpc.status_code", 14)], {"code": 2}, "fault"),
        ([attribute("rpc.grpc.status_code", 5)], {}, "error"),
        ([attribute("http.status_code", 200)], {"code": 1}, "ok"),
        ([], {"code": 2}, "fault"),
    ],
)
def test_the_status_of_a_server_span(attributes: list[Json], status: Json, expected: str) -> None:
    assert failing(2, *attributes, status=status)["status"] == expected


def test_a_throttled_call_is_told_by_its_exception_but_its_caller_faults() -> None:
    throttled = "ProvisionedThroughputExceededException"
    client = failing(3, attribute("http.status_code", 400), exception=throttled)
    assert (client["status"], client["error"]) == ("throttle", f"{throttled}: no")
    assert failing(3, attribute("error.type", "SlowDown"))["status"] == "throttle"
    assert failing(2, attribute("http.status_code", 503), exception=throttled)["status"] == "fault"


def test_an_exception_that_was_handled_is_no_error() -> None:
    row = failing(1, exception="KeyError", status={})
    assert (row["status"], row["error"]) == ("ok", None)


@pytest.mark.parametrize(
    ("attributes", "edge"),
    [
        ({"peer.service": "inventory", "server.address": "10.0.0.7"}, ("inventory", "http")),
        ({"server.address": "cart.shop.svc.cluster.local"}, ("cart", "http")),
        ({"url.full": "https://api.example.com:8443/v1"}, ("api.example.com", "http")),
        ({"db.system": "postgresql", "db.name": "ledger"}, ("ledger", "database")),
        (
            {
                "db.system.name": "mysql",
                "db.namespace": "shop",
                "server.address": "shop-db.c9akciq32.us-east-1.rds.amazonaws.com",
            },
            ("shop-db", "database"),
        ),
        ({"db.system": "redis", "db.name": "0", "net.peer.name": "cache"}, ("cache", "database")),
        (
            {"rpc.system": "aws-api", "aws.dynamodb.table_names": ["stock"]},
            ("stock", "database"),
        ),
        (
            {"messaging.system": "aws_sqs", "messaging.destination.name": "shipments"},
            ("shipments", "queue"),
        ),
        (
            {
                "rpc.system": "aws-api",
                "aws.queue_url": "https://sqs.eu-west-1.amazonaws.com/1/jobs",
            },
            ("jobs", "queue"),
        ),
        ({"rpc.system": "aws-api", "aws.s3.bucket": "images"}, ("images", "aws")),
        ({"rpc.system": "aws-api", "rpc.service": "KMS"}, ("KMS", "aws")),
        ({"db.system": "postgresql", "db.name": "orders"}, ("postgresql", "database")),
    ],
)
def test_the_remote_of_a_client_span_is_its_resource_and_an_edge(
    attributes: dict[str, object], edge: tuple[str, str]
) -> None:
    call = span(kind=3, attributes=[attribute(k, v) for k, v in attributes.items()])
    found = tables_of(source, exported(request(call)))
    assert found["spans"][0]["resource"] == edge[0]
    assert found["edges"] == [{"caller": "orders", "callee": edge[0], "kind": edge[1]}]


def test_a_table_named_like_its_service_keeps_its_name_and_makes_no_edge_to_itself() -> None:
    names = attribute("aws.dynamodb.table_names", ["orders"])
    found = tables_of(source, exported(request(span(kind=3, attributes=[names]))))
    assert found["spans"][0]["resource"] == "orders"
    assert found["edges"] == []


def test_a_remote_that_answers_with_spans_of_its_own_gets_no_edge() -> None:
    host = [attribute("server.address", "cart-v2.internal.example")]
    call = span(1, kind=3, attributes=host)
    lines = [request(span(2, parent=1), service="cart"), request(call)]
    found = tables_of(source, exported(b"\n".join(orjson.dumps(line) for line in lines)))
    assert len(found["spans"]) == 2
    assert found["edges"] == []


def test_broken_spans_are_counted_and_the_rest_is_read() -> None:
    gaps = Gaps()
    broken: list[Json] = [
        span(spanId="xyz"),
        span(startTimeUnixNano=None),
        "no span",
        span(traceId="0" * 32),
    ]
    late = span(5, endTimeUnixNano=1)
    rows = rows_of(source, exported(request(*broken, span(4, endTimeUnixNano=None), late)), gaps)
    assert [row["duration_ms"] for row in rows] == [0.0, 0.0]
    assert gaps.counts == {"otlp_span": 4, "otlp_unfinished": 1, "otlp_backwards": 1}


@given(st.lists(st.integers(0, 30), max_size=30))
def test_the_number_of_spans_and_their_parents_survive(parents: list[int]) -> None:
    spans = [span(i, parent=parent if 0 < parent < i else None) for i, parent in enumerate(parents, start=1)]
    rows = rows_of(source, exported(request(*spans)))
    assert [row["parent_id"] for row in rows] == [
        f"{parent:016x}" if 0 < parent < i else None for i, parent in enumerate(parents, start=1)
    ]
