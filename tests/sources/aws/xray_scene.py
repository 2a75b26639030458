"""A shop traced by X-Ray: checkout calls payments, which asks the table orders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from fake_xray import trace_id
from sampled_xray import SampledXRay

TIMEOUT = {"id": "e1", "type": "ConnectTimeout", "message": "orders-7 did not answer within 2000 ms"}


def request(at: datetime, n: int, *, seconds: float = 0.1, fails: bool = False) -> list[dict[str, Any]]:
    """Return the segments of one request; where it fails, payments could not reach the table."""
    id, begin = trace_id(at, n), at.timestamp()
    broken: dict[str, Any] = {"fault": True} if fails else {}
    table = {
        "id": f"{n:014x}03",
        "name": "DynamoDB",
        "namespace": "aws",
        "start_time": begin,
        "end_time": begin + seconds / 4,
    }
    table |= {"aws": {"table_name": "orders", "operation": "GetItem"}, **broken}
    call = {
        "id": f"{n:014x}04",
        "name": "payments",
        "namespace": "remote",
        "start_time": begin,
        "end_time": begin + seconds,
    }
    cause = {"cause": {"exceptions": [TIMEOUT]}} if fails else {}
    status = {
        "http": {
            "request": {"method": "POST", "url": f"http://shop/orders/{n}"},
            "response": {"status": 500 if fails else 200},
        }
    }
    payments = {
        "trace_id": id,
        "id": f"{n:014x}02",
        "parent_id": call["id"],
        "name": "payments",
        "origin": "AWS::ECS::Container",
    }
    checkout = {
        "trace_id": id,
        "id": f"{n:014x}01",
        "name": "checkout",
        "origin": "AWS::ECS::Container",
        "subsegments": [call | broken],
    }
    times = {"start_time": begin, "end_time": begin + seconds / 2}
    return [
        {**payments, **times, "subsegments": [table | cause], **broken, **cause},
        {**checkout, "start_time": begin, "end_time": begin + seconds, **status, **broken},
    ]


def shop(
    start: datetime,
    end: datetime,
    *,
    each_s: float,
    failing: Callable[[int], bool],
    seconds: Callable[[int], float] = lambda n: 0.1,
) -> SampledXRay:
    """Return a shop with a request every so many seconds."""
    made = SampledXRay()
    add(made, start, end, each_s=each_s, failing=failing, seconds=seconds)
    return made


def add(
    to: SampledXRay,
    start: datetime,
    end: datetime,
    *,
    each_s: float,
    failing: Callable[[int], bool],
    seconds: Callable[[int], float] = lambda n: 0.1,
) -> None:
    """Add requests to a shop."""
    count = int((end - start).total_seconds() / each_s)
    for n in range(count):
        number = len(to.traces)
        to.put(request(start + timedelta(seconds=n * each_s), number, seconds=seconds(n), fails=failing(n)))
