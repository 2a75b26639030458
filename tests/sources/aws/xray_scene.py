"""A shop traced by X-Ray: checkout calls payments, which asks the table orders; with figures over time and thinning."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fake_xray import FakeXRay, trace_id
from wire import Params

TIMEOUT = {"id": "e1", "type": "ConnectTimeout", "message": "orders-7 did not answer within 2000 ms"}


@dataclass
class TracedShop(FakeXRay):
    """FakeXRay with what fa2 asks beside it: statistics over time, sampled summaries, figures on sampling."""

    statistics: Callable[[], list[dict[str, object]]] = list

    def get_trace_summaries(self, params: Params) -> dict[str, object]:
        """Give summaries; of a fixed rate those whose ids fall below it."""
        answer = super().get_trace_summaries(params)
        strategy: Any = params.get("SamplingStrategy")
        if params.get("Sampling"):
            assert strategy["Name"] == "FixedRate"
            found: Any = answer["TraceSummaries"]
            answer["TraceSummaries"] = [s for s in found if luck(s["Id"]) < strategy["Value"]]
        return answer

    def get_time_series_service_statistics(self, params: Params) -> dict[str, object]:
        """Give the figures of one service by intervals."""
        start, end = self._range(params)
        name, step = str(params["EntitySelectorExpression"]).split('"')[1], int(str(params["Period"]))
        buckets: dict[int, list[Any]] = defaultdict(list)
        for trace in self.traces.values():
            buckets[int(trace[0]["trace_id"][2:10], 16) // step * step].append(trace)
        points = []
        for second in sorted(second for second in buckets if start.timestamp() <= second < end.timestamp()):
            own = [segment for trace in buckets[second] for segment in trace if segment["name"] == name]
            if own:
                faults = sum("fault" in segment for segment in own)
                statistics = {
                    "OkCount": len(own) - faults,
                    "FaultStatistics": {"TotalCount": faults},
                    "TotalCount": len(own),
                }
                statistics["TotalResponseTime"] = sum(segment["end_time"] - segment["start_time"] for segment in own)
                times = [{"Value": 0.05, "Count": len(own) - len(own) // 10}, {"Value": 2.0, "Count": len(own) // 10}]
                points.append(
                    {
                        "Timestamp": datetime.fromtimestamp(second, UTC),
                        "ServiceSummaryStatistics": statistics,
                        "ResponseTimeHistogram": times,
                    }
                )
        rows, token = self._page(points, params)
        return {"TimeSeriesServiceStatistics": rows, **({"NextToken": token} if token else {})}

    def get_sampling_statistic_summaries(self, params: Params) -> dict[str, object]:
        """Give what the rules did."""
        return {"SamplingStatisticSummaries": self.statistics()}


def luck(id: str) -> float:
    """Return a number from 0 to 1 that hangs on a trace id."""
    return int.from_bytes(hashlib.sha256(id.encode()).digest()[:4], "big") / 2**32


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
) -> TracedShop:
    """Return a shop with a request every so many seconds."""
    made = TracedShop()
    add(made, start, end, each_s=each_s, failing=failing, seconds=seconds)
    return made


def add(
    to: TracedShop,
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
