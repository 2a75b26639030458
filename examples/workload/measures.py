"""A process's metrics: counted in memory, written every ten seconds as CSV with the columns of metrics.parquet."""

import csv
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

PERIOD_S = 10
COLUMNS = ["timestamp", "service", "resource", "namespace", "name", "dimensions", "stat", "unit", "period_s", "value"]


@dataclass(frozen=True)
class Reading:
    """One value of one metric over one period."""

    name: str
    stat: str
    unit: str
    value: float


class MetricFile:
    """A CSV file of readings that share a namespace and dimensions."""

    def __init__(self, path: Path, *, namespace: str, dimensions: dict[str, str]) -> None:
        self._path, self._namespace = path, namespace
        self._dimensions = dimensions
        if not path.exists():
            path.write_text(",".join(COLUMNS) + "\n")

    def append(self, period_start: float, readings: list[Reading]) -> None:
        """Append readings; period_start in epoch seconds."""
        stamp = datetime.fromtimestamp(period_start, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        service = self._dimensions.get("Service", "")
        resource = "" if service else next(iter(self._dimensions.values()))
        head = [stamp, service, resource, self._namespace]
        dimensions = json.dumps(self._dimensions)
        with self._path.open("a", newline="") as file:
            rows = [[*head, r.name, dimensions, r.stat, r.unit, PERIOD_S, round(r.value, 3)] for r in readings]
            csv.writer(file, lineterminator="\n").writerows(rows)


def every_period(write: Callable[[float], None]) -> None:
    """Call write(period_start) after each full period, on a daemon thread, for as long as the process lives."""

    def run() -> None:
        while True:
            start = time.time() // PERIOD_S * PERIOD_S
            time.sleep(start + PERIOD_S - time.time())
            write(start)

    threading.Thread(target=run, name="metrics", daemon=True).start()


class Measures:
    """The request and process metrics of one service, in the namespace Shop."""

    def __init__(self, folder: Path, service: str) -> None:
        self._file = MetricFile(folder / f"{service}.csv", namespace="Shop", dimensions={"Service": service})
        self._lock = threading.Lock()
        self._requests: list[tuple[int, float]] = []
        self._gauges: list[tuple[str, str, Callable[[], float]]] = []
        self._process = psutil.Process()
        self._process.cpu_percent()
        every_period(self.write)

    def request(self, status: int, latency_ms: float) -> None:
        """Count one served request or message."""
        with self._lock:
            self._requests.append((status, latency_ms))

    def gauge(self, name: str, unit: str, read: Callable[[], float]) -> None:
        """Add a metric that is read at the end of each period."""
        self._gauges.append((name, unit, read))

    def write(self, period_start: float) -> None:
        """Write the period that ended and begin a new one."""
        with self._lock:
            served, self._requests = self._requests, []
        readings = traffic(served)
        readings.append(Reading("CPUUtilization", "Average", "Percent", self._process.cpu_percent()))
        readings.append(Reading("MemoryUsed", "Average", "Bytes", self._process.memory_info().rss))
        readings += [Reading(name, "Average", unit, read()) for name, unit, read in self._gauges]
        self._file.append(period_start, readings)


def traffic(served: list[tuple[int, float]]) -> list[Reading]:
    """Return counts and latency percentiles of (status, latency in ms); no latency where nothing was served."""
    counts = {
        "RequestCount": len(served),
        "ErrorCount": sum(status >= 500 for status, _ in served),
        "ClientErrorCount": sum(400 <= status < 500 for status, _ in served),
    }
    readings = [Reading(name, "Sum", "Count", count) for name, count in counts.items()]
    ordered = sorted(latency for _, latency in served)
    for share, stat in ((0.5, "p50"), (0.9, "p90")) if ordered else ():
        readings.append(Reading("Latency", stat, "Milliseconds", ordered[int(share * (len(ordered) - 1))]))
    return readings
