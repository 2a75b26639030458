"""What the shop of `world` said: log events, metrics and traces, from a seed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from fake_cloudwatch import FakeCloudWatch
from fake_logs import FakeLogs
from fake_xray import FakeXRay, trace_id
from loopback import ACCOUNT
from world_times import BASELINE, NOW, ONSET, minutes, within

SERVICES = ("checkout", "payments", "search")
TABLE = "orders"
LOAD_BALANCER = "app/shop/50dc6c495c0c9188"
LINES_A_MINUTE = 72
_REFUSED = (
    "ProvisionedThroughputExceededException: The level of configured provisioned throughput for the table was exceeded."
    " Consider increasing your provisioning level with the UpdateTable API."
)


@dataclass(frozen=True)
class Order:
    """A request to the shop, and how it went."""

    at: datetime
    n: int
    id: str
    refused: bool
    """Whether the table would not take it."""
    seconds: float


@cache
def orders(seed: int) -> tuple[Order, ...]:
    """Return what was ordered, in the order of time: 24 a minute; from the onset most are refused."""
    random, found = Random(seed), []
    for minute in minutes(BASELINE.start, NOW):
        for _ in range(24):
            at = minute + timedelta(milliseconds=random.randrange(60_000))
            refused = at >= ONSET and random.random() < 0.75
            seconds = random.lognormvariate(-2.2, 0.3) + (2.5 + random.random() if refused else 0)
            found.append((at, refused, seconds, f"{random.getrandbits(64):016x}"))
    return tuple(Order(at, n, id, refused, seconds) for n, (at, refused, seconds, id) in enumerate(sorted(found)))


@cache
def lines(seed: int) -> dict[str, tuple[tuple[datetime, str], ...]]:
    """Return the events of each log group."""
    of: dict[str, list[tuple[datetime, str]]] = {f"/aws/lambda/{service}": [] for service in SERVICES}
    for order in orders(seed):
        of["/aws/lambda/checkout"] += _checkout(order)
        of["/aws/lambda/payments"] += _payments(order)
    random = Random(seed + 1)
    for minute in minutes(BASELINE.start, NOW):
        for _ in range(12):
            at = minute + timedelta(milliseconds=random.randrange(60_000))
            of["/aws/lambda/search"].append(
                (at, f"INFO search took {random.randrange(5, 90)} ms, {random.randrange(40)} hits")
            )
    return {name: tuple(sorted(events)) for name, events in of.items()}


def _checkout(order: Order) -> Iterator[tuple[datetime, str]]:
    ended = order.at + timedelta(seconds=order.seconds)
    yield order.at, json.dumps({"level": "INFO", "message": "checkout started", "order": order.id})
    if order.refused:
        told = {"level": "ERROR", "message": f"payments answered 502 for order {order.id}", "status": 502}
    else:
        told = {"level": "INFO", "message": "checkout finished", "order": order.id, "ms": int(order.seconds * 1000)}
    yield ended, json.dumps(told)
    if order.n % 3 == 0:
        yield ended, json.dumps({"level": "INFO", "message": f"cart emptied in {order.n % 7} ms"})


def _payments(order: Order) -> Iterator[tuple[datetime, str]]:
    request = f"{order.id[:8]}-0000-4000-8000-{order.id[4:]}"
    ended = order.at + timedelta(seconds=order.seconds * 0.9)
    yield order.at, f"START RequestId: {request} Version: $LATEST"
    if order.refused:
        for attempt in (1, 2):
            yield (
                order.at + timedelta(seconds=attempt),
                f"WARN put_item on {TABLE} failed, attempt {attempt}: {_REFUSED}",
            )
        yield ended, f"ERROR order {order.id} could not be stored: {_REFUSED}"
    else:
        yield ended, f"INFO stored order {order.id} in {TABLE} in {int(order.seconds * 400)} ms"
    yield (
        ended,
        f"REPORT RequestId: {request}\tDuration: {order.seconds * 900:.2f} ms\tBilled Duration: {int(order.seconds * 900) + 1} ms\tMemory Size: 256 MB\tMax Memory Used: {80 + order.n % 9} MB\t",
    )


def fill_logs(logs: FakeLogs, seed: int) -> None:
    """Put the log groups in, and one that nobody writes to."""
    for name, events in lines(seed).items():
        logs.group(name, events, retention_days=30)
    logs.group("/aws/lambda/retired", retention_days=7)


def fill_metrics(metrics: FakeCloudWatch, seed: int) -> None:
    """Put in metrics by the minute since the baseline began, and by five minutes for two weeks before.

    One stops when the incident begins, one stopped five hours before now.
    """
    random = Random(seed + 2)
    by_minute: dict[datetime, list[Order]] = {}
    for order in orders(seed):
        by_minute.setdefault(order.at.replace(second=0, microsecond=0), []).append(order)
    lambdas = {service: {"FunctionName": service} for service in SERVICES}
    for minute, placed in by_minute.items():
        refused = [o for o in placed if o.refused]
        for service in ("checkout", "payments"):
            metrics.put("AWS/Lambda", "Invocations", [(minute, float(len(placed)))], **lambdas[service])
            metrics.put("AWS/Lambda", "Errors", [(minute, float(len(refused)))], **lambdas[service])
            metrics.put("AWS/Lambda", "Duration", [(minute, o.seconds * 1000) for o in placed], **lambdas[service])
        metrics.put("AWS/Lambda", "Invocations", [(minute, 12.0)], **lambdas["search"])
        metrics.put("AWS/Lambda", "Errors", [(minute, 0.0)], **lambdas["search"])
        balancer = {"LoadBalancer": LOAD_BALANCER}
        metrics.put("AWS/ApplicationELB", "RequestCount", [(minute, float(len(placed)))], **balancer)
        metrics.put("AWS/ApplicationELB", "TargetResponseTime", [(minute, o.seconds) for o in placed], **balancer)
        if refused:  # counters of errors have no zeros
            metrics.put("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", [(minute, float(len(refused)))], **balancer)
            metrics.put("AWS/DynamoDB", "WriteThrottleEvents", [(minute, 3.0 * len(refused))], TableName=TABLE)
        stored = len(placed) - len(refused)
        metrics.put("AWS/DynamoDB", "ConsumedWriteCapacityUnits", [(minute, stored * 10.0)], TableName=TABLE)
        lowered = minute >= ONSET - timedelta(minutes=2)
        metrics.put(
            "AWS/DynamoDB", "ProvisionedWriteCapacityUnits", [(minute, 1.0 if lowered else 5.0)], TableName=TABLE
        )
        if minute < ONSET:
            metrics.put("Shop", "OrdersPlaced", [(minute, float(len(placed)))], Store="web")
    metrics.put(
        "AWS/EC2",
        "CPUUtilization",
        [(NOW - timedelta(hours=5, minutes=n), 20.0) for n in range(60)],
        InstanceId="i-0dead",
    )
    for name, events in lines(seed).items():
        found = [(at.replace(second=0, microsecond=0), float(len(text))) for at, text in events]
        metrics.put("AWS/Logs", "IncomingBytes", found, LogGroupName=name)
    for service in ("checkout", "payments"):
        before = list(within(NOW - timedelta(days=14), BASELINE.start, timedelta(minutes=5)))
        metrics.put(
            "AWS/Lambda", "Invocations", [(at, 100.0 + random.randrange(40)) for at in before], **lambdas[service]
        )
        metrics.put("AWS/Lambda", "Errors", [(at, float(random.random() < 0.01)) for at in before], **lambdas[service])


def fill_traces(xray: FakeXRay, seed: int) -> None:
    """Put in a trace of every eighth order."""
    for order in orders(seed)[::8]:
        xray.put(_trace(order))


def _trace(order: Order) -> list[dict[str, Any]]:
    """Return checkout, which calls payments, which writes to the table."""
    id, begin, end = trace_id(order.at, order.n), order.at.timestamp(), order.at.timestamp() + order.seconds
    went = {"fault": True} if order.refused else {}
    thrown = [{"id": f"e{order.n:015x}", "type": "ProvisionedThroughputExceededException", "message": _REFUSED}]
    cause = {"cause": {"exceptions": thrown}} if order.refused else {}
    write = {
        "id": f"d{order.n:015x}",
        "name": "DynamoDB",
        "namespace": "aws",
        "start_time": begin + 0.02,
        "end_time": end - 0.02,
        "aws": {"operation": "PutItem", "table_name": TABLE, "account_id": ACCOUNT},
        **({"throttle": True, "error": True, **cause} if order.refused else {}),
    }
    call = {
        "id": f"c{order.n:015x}",
        "name": "payments",
        "namespace": "remote",
        "start_time": begin + 0.01,
        "end_time": end,
        **went,
    }
    function = {"trace_id": id, "origin": "AWS::Lambda::Function", **went}
    status = {
        "request": {"method": "POST", "url": "https://shop.example/checkout"},
        "response": {"status": 502 if order.refused else 200},
    }
    return [
        {
            **function,
            "id": f"a{order.n:015x}",
            "name": "checkout",
            "start_time": begin,
            "end_time": end,
            "http": status,
            "subsegments": [call],
        },
        {
            **function,
            "id": f"b{order.n:015x}",
            "name": "payments",
            "parent_id": call["id"],
            "start_time": begin + 0.015,
            "end_time": end - 0.01,
            "subsegments": [write],
            **cause,
        },
    ]
