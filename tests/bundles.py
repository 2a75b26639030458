"""Small synthetic bundles for tests: say what happened in minutes around the onset, read it as telemetry.

The incident begins at ONSET (minute 0) and its window is ten minutes long; the hour before is the baseline.
"""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fa2.core.bundle import Bundle, opened
from fa2.core.coverage import CoverageEntry
from fa2.core.incident import Incident
from fa2.core.ports import Rows
from fa2.core.telemetry import Telemetry
from fa2.stores.bundle_folder import BundleWriter

ONSET = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
WINDOW = (0.0, 10.0)
BASELINE = (-60.0, 0.0)


def minute(at: float) -> datetime:
    """Return the time so many minutes after the onset; before it when negative."""
    return ONSET + timedelta(microseconds=round(at * 60_000_000))


def every(step: float, start: float, end: float) -> list[float]:
    """Return the minutes from start to before end, `step` apart."""
    return [start + i * step for i in range(int((end - start) / step))]


class Scene:
    """What a bundle will hold. Methods add rows; all but the first argument have harmless defaults."""

    def __init__(
        self,
        *,
        window: tuple[float, float] = WINDOW,
        baseline: Sequence[tuple[float, float]] = (BASELINE,),
        alarm: Mapping[str, object] | None = None,
    ) -> None:
        def span(ends: tuple[float, float]) -> dict[str, str]:
            return {"start": minute(ends[0]).isoformat(), "end": minute(ends[1]).isoformat()}

        self.incident = Incident.parse(
            json.dumps(
                {
                    "format": "fa2.bundle/1",
                    "id": "scene",
                    "title": "A scene",
                    "window": span(window),
                    "baseline": [span(ends) for ends in baseline],
                    "alarm": alarm,
                }
            )
        )
        self.rows: dict[str, list[dict[str, object]]] = {}
        self._made = 0
        self.coverage: list[CoverageEntry] = []

    def has(self, *tables: str) -> Scene:
        """Have tables in the bundle even when they get no rows."""
        for table in tables:
            self.rows.setdefault(table, [])
        return self

    def add(self, table: str, **row: object) -> None:
        """Append one row as it stands."""
        self.rows.setdefault(table, []).append(row)

    def log(self, at: float, message: str, service: str | None = "web", **more: object) -> None:
        """Append a log line."""
        self.add(
            "logs", **{"timestamp": minute(at), "source": "app.log", "service": service, "message": message, **more}
        )

    def counted(self, at: float, pattern: str, count: int, service: str | None = "web", **more: object) -> None:
        """Append a count of log_counts, of one minute unless told."""
        row = {"bucket": minute(at), "interval_s": 60, "source": "app.log", "service": service}
        self.add("log_counts", **{**row, "pattern": pattern, "count": count, **more})

    def metric(
        self, at: float, value: float, name: str = "CPUUtilization", service: str | None = "web", **more: object
    ) -> None:
        """Append a point of a metric."""
        row = {"timestamp": minute(at), "namespace": "App", "stat": "Average", "period_s": 60, "service": service}
        self.add("metrics", **{**row, "name": name, "value": value, **more})

    def series(
        self, values: Mapping[float, float], name: str = "CPUUtilization", service: str | None = "web", **more: object
    ) -> None:
        """Append the points of a metric, by minute."""
        for at, value in values.items():
            self.metric(at, value, name, service, **more)

    def span(self, at: float, service: str = "web", ms: float = 10.0, **more: object) -> str:
        """Append a span, a server's root unless told, and return its id; its trace is its own unless told."""
        self._made += 1
        id_ = str(more.get("span_id", f"s{self._made}"))
        row = {"trace_id": f"t{self._made}", "span_id": id_, "kind": "server", "status": "ok", "operation": "GET /"}
        self.add("spans", **{**row, "service": service, "start": minute(at), "duration_ms": ms, **more})
        return id_

    def call(
        self,
        at: float,
        caller: str,
        callee: str,
        *,
        ms: float = 10.0,
        gap_ms: float = 1.0,
        status: str = "ok",
        **callee_more: object,
    ) -> str:
        """Append a trace of one call: caller's server and client span, callee's server span. Return its trace id."""
        trace = f"call{self._made}"
        top = self.span(at, caller, ms + gap_ms + 2, trace_id=trace, status=status)
        client = self.span(
            at,
            caller,
            ms + gap_ms,
            trace_id=trace,
            parent_id=top,
            kind="client",
            operation="call",
            resource=callee,
            status=status,
        )
        self.span(
            at,
            callee,
            ms,
            **{"trace_id": trace, "parent_id": client, "operation": "serve", "status": status, **callee_more},
        )
        return trace

    def edge(self, caller: str, callee: str) -> None:
        """Append an edge of the call graph."""
        self.add("edges", caller=caller, callee=callee, kind="call")

    def change(
        self,
        at: float,
        action: str = "lambda:UpdateFunctionConfiguration20150331v2",
        actor: str | None = "alice",
        **more: object,
    ) -> None:
        """Append a change."""
        row = {"timestamp": minute(at), "origin": "cloudtrail", "actor": actor, "action": action, "service": "web"}
        self.add("changes", **{**row, "resource_id": "web", **more})

    def finding(self, at: float, id_: str = "f1", severity: float | None = 90.0, **more: object) -> None:
        """Append a security finding."""
        row = {"timestamp": minute(at), "origin": "guardduty", "id": id_, "severity": severity, "service": "web"}
        self.add(
            "findings", **{**row, "title": "Unusual calls", "severity_label": "HIGH", "resource_id": "web", **more}
        )

    def write(self, folder: Path) -> Path:
        """Write the bundle into a folder and return it."""
        with BundleWriter(folder) as writer:
            for table, rows in self.rows.items():
                writer.begin(table)
                columns: dict[str, list[object]] = defaultdict(list)
                for name in dict.fromkeys(name for row in rows for name in row):
                    columns[name] = [row.get(name) for row in rows]
                if rows:
                    writer.add(Rows(table, columns))
            writer.finish(self.incident, self.coverage)
        return folder

    @contextmanager
    def bundle(self) -> Iterator[Bundle]:
        """Open it as a bundle in a temporary folder."""
        with (
            tempfile.TemporaryDirectory(prefix="fa2-scene-") as scratch,
            opened(self.write(Path(scratch) / "b")) as bundle,
        ):
            yield bundle

    @contextmanager
    def telemetry(self) -> Iterator[Telemetry]:
        """Open it as telemetry."""
        with self.bundle() as bundle, Telemetry.of(bundle) as telemetry:
            yield telemetry
