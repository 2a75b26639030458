"""The workload's faults are real: capacity runs out, pools run dry, configuration is followed, crashes come back."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from workload.capacity import Capacity, TokenBucket
from workload.catalogue import Catalogue, deliver
from workload.site import PLACES, Site, resolve_names_to_loopback
from workload.watched_file import WatchedFile, write


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site whose ports are free and whose names resolve within this test."""
    monkeypatch.setattr(socket, "getaddrinfo", socket.getaddrinfo)  # so that it is put back afterwards
    resolve_names_to_loopback()
    for base_port in range(31000, 39000, 100):
        if all(port_is_free(base_port + place) for place in range(len(PLACES))):
            return Site(tmp_path, base_port)
    raise AssertionError("no free ports")


def port_is_free(port: int) -> bool:
    """Say whether a port of the loopback can be bound."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


@contextmanager
def ledger(site: Site) -> Iterator[None]:
    """Serve the ledger database within this process."""
    from workload.ledger import Database, LedgerServer, Session

    bound = type("Bound", (Session,), {"database": Database()})
    with LedgerServer(("127.0.0.1", site.port("ledger")), bound) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield
        server.shutdown()


@contextmanager
def local_aws(site: Site) -> Iterator[None]:
    """Serve moto and the front that enforces capacity within this process."""
    from moto.server import ThreadedMotoServer
    from workload.aws_front import Front
    from workload.service import ShopServer

    moto = ThreadedMotoServer("127.0.0.1", site.port("moto"), verbose=False)
    moto.start()
    bound = type("Bound", (Front,), {"site": site, "capacity": Capacity()})
    with ShopServer(("127.0.0.1", site.port("aws")), bound) as front:
        threading.Thread(target=front.serve_forever, args=(0.05,), daemon=True).start()
        yield
        front.shutdown()
    moto.stop()


def test_a_bucket_admits_bursts_and_then_only_its_rate() -> None:
    bucket = TokenBucket(units_per_s=10, filled_at=0)
    admitted = 0
    for tick in range(100):  # ten requests a tenth of a second, for a second: 100 wanted
        if bucket.admit(now=tick / 100):
            bucket.charge(1)
            admitted += 1
    assert 59 <= admitted <= 61  # the burst of 50, and ten for the second


def test_a_large_item_runs_a_bucket_into_debt() -> None:
    bucket = TokenBucket(units_per_s=10, filled_at=0)
    bucket.charge(70)
    assert not bucket.admit(now=1.9)
    assert bucket.admit(now=2.1)


def test_capacity_counts_what_is_consumed_and_what_is_refused() -> None:
    capacity = Capacity()
    capacity.provision("stock", reads=10, writes=1, now=0)
    capacity.charge("stock", "PutItem", size_bytes=20_000)
    capacity.charge("stock", "GetItem", size_bytes=300)
    assert not capacity.admit("stock", "UpdateItem", now=1)
    assert capacity.admit("stock", "GetItem", now=1)
    usage = capacity.usage()["stock"]
    assert (usage.consumed_writes, usage.consumed_reads, usage.write_throttles) == (20, 0.5, 1)
    assert capacity.usage()["stock"].write_throttles == 0


def test_tables_that_nobody_provisioned_are_never_refused() -> None:
    assert Capacity().admit("on-demand", "PutItem", now=0)


def test_a_watched_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "parameters.json"
    write(path, {"limit": 1})
    watched = WatchedFile(path)
    assert watched.content() == {"limit": 1}
    write(path, {"limit": 2})
    os.utime(path, ns=(1, 1))
    assert watched.content() == {"limit": 2}


def test_a_product_without_weight_breaks_the_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.json"
    deliver(path, edition="good")
    catalogue = Catalogue(path)
    assert catalogue.refresh()
    assert len(catalogue) == 60
    assert not catalogue.refresh()
    deliver(path, edition="bad", without_weight="SKU-0007")
    os.utime(path, ns=(1, 1))
    with pytest.raises(TypeError, match="NoneType"):
        catalogue.refresh()


def test_percentiles_and_counts_of_a_period_are_those_of_its_requests() -> None:
    pytest.importorskip("psutil", reason="the dependency group record is not installed")
    from workload.measures import traffic

    served = [(200, float(ms)) for ms in range(1, 99)] + [(503, 2000.0), (404, 1.0)]
    readings = {(r.name, r.stat): r.value for r in traffic(served)}
    assert readings["RequestCount", "Sum"] == 100
    assert (readings["ErrorCount", "Sum"], readings["ClientErrorCount", "Sum"]) == (1, 1)
    assert 45 < readings["Latency", "p50"] < 55
    assert 85 < readings["Latency", "p90"] < 95
    assert {r.name for r in traffic([])} == {"RequestCount", "ErrorCount", "ClientErrorCount"}


def test_spans_are_written_as_otlp_json_with_hexadecimal_ids() -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.common", reason="group record is not installed")
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from workload.otlp_file import otlp_json

    span = TracerProvider().get_tracer("test").start_span("charge")
    span.end()
    assert isinstance(span, ReadableSpan)
    context = span.get_span_context()
    assert context is not None
    text = json.dumps(otlp_json([span]))
    assert f'"traceId": "{context.trace_id:032x}"' in text
    assert f'"spanId": "{context.span_id:016x}"' in text


def test_a_change_in_cloudtrail_names_who_and_what_and_hides_the_value() -> None:
    pytest.importorskip("boto3", reason="the dependency group record is not installed")
    from workload.cloudtrail import put_parameter, record

    call = put_parameter("r.silva", "shop-operators", "/shop/orders/limit", 8)
    written = json.loads(json.dumps(record(call, when=0)))
    assert written["eventTime"] == "1970-01-01T00:00:00Z"
    assert written["eventName"] == "PutParameter"
    assert written["userIdentity"]["arn"].endswith("assumed-role/shop-operators/r.silva")
    assert written["requestParameters"]["name"] == "/shop/orders/limit"
    assert "HIDDEN" in written["requestParameters"]["value"]


def test_a_pool_that_leaks_runs_dry(site: Site) -> None:
    pytest.importorskip("opentelemetry", reason="the dependency group record is not installed")
    from workload.ledger_pool import Pool, PoolTimeout

    pool = Pool(site, size=2, timeout_s=0.05)
    with ledger(site):
        returned, kept = pool.acquire(), pool.acquire()
        assert kept.run("SELECT percent FROM vouchers WHERE code = ?", "WELCOME10") == [[10]]
        pool.release(returned)
        assert pool.acquire() is returned
        with pytest.raises(PoolTimeout, match=r"waiting for a ledger connection \(size 2, in use 2\)"):
            pool.acquire()
        for connection in (returned, kept):
            connection.close()


def test_the_ledger_refuses_clients_over_its_limit(site: Site) -> None:
    pytest.importorskip("opentelemetry", reason="the dependency group record is not installed")
    from workload.ledger import MAX_CONNECTIONS
    from workload.ledger_pool import Connection, LedgerError

    with ledger(site):
        admitted = [Connection(site) for _ in range(MAX_CONNECTIONS)]
        assert [connection.run("SELECT 1") for connection in admitted] == [[[1]]] * MAX_CONNECTIONS
        refused = Connection(site)
        with pytest.raises(LedgerError, match="too many clients"):
            refused.run("SELECT 1")
        for connection in [*admitted, refused]:
            connection.close()


def test_a_client_over_capacity_gets_dynamodb_s_own_exception(site: Site) -> None:
    """boto3, unaware of any of this, retries and then raises what it would raise in production."""
    for needed in ("boto3", "moto.server", "psutil", "opentelemetry"):
        pytest.importorskip(needed, reason="the dependency group record is not installed")
    from workload.aws import client

    with local_aws(site):
        dynamodb = client(site, "dynamodb")
        dynamodb.create_table(
            TableName="stock",
            KeySchema=[{"AttributeName": "sku", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "sku", "AttributeType": "S"}],
            ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 1},
        )
        item = {"sku": {"S": "SKU-1"}, "document": {"S": "x" * 40_000}}
        dynamodb.put_item(TableName="stock", Item=item)
        with pytest.raises(dynamodb.exceptions.ProvisionedThroughputExceededException) as caught:
            dynamodb.put_item(TableName="stock", Item=item)
        assert dynamodb.get_item(TableName="stock", Key={"sku": {"S": "SKU-1"}})["Item"] == item
    answer = caught.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2
    assert answer["Error"]["Message"].startswith("The level of configured provisioned throughput")
