"""X-Ray with statistics over time, summaries of a share of the traces, and figures on its sampling."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fake_xray import FakeXRay
from wire import Params


@dataclass
class SampledXRay(FakeXRay):
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
