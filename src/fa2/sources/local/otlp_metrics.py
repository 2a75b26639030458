"""OTLP/JSON metrics into metrics: one export request, or one a line.

Counters that only ever grow are turned into what was added in each interval, as CloudWatch counts;
a histogram gives its SampleCount, Sum and Average. Stats carry CloudWatch's names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from fa2.core.ports import FileHead, Gaps, LocalFile, Rows
from fa2.sources.local.json_documents import documents, peek
from fa2.sources.local.json_values import Json, at, items, json_text, nanos, number, text, whole
from fa2.sources.local.otlp_json import attributes, instance, scope_name, scopes, span_service
from fa2.sources.local.row_batches import Row, batches

_KINDS = ("gauge", "sum", "histogram", "exponentialHistogram", "summary")
_PERIOD_S = 60
"""Taken where a series has a single point."""
_LONGEST_PERIOD_S = 86_400
_SERIES_KEPT = 500_000


class OtlpMetrics:
    """Reads OTLP/JSON metrics."""

    name = "otlp_metrics"
    tables: tuple[str, ...] = ("metrics",)

    def recognise(self, head: FileHead) -> float:
        """Return 1 for an object with resourceMetrics."""
        return 1.0 if isinstance(at(peek(head.head), "resourceMetrics"), list) else 0.0

    def read(self, file: LocalFile, gaps: Gaps) -> Iterator[Rows]:
        """Yield metric points.

        Counts otlp_point (no time or no number) and note_otlp_first_total (the first total of a
        counter: nothing to subtract it from).
        """
        yield from batches("metrics", _Reader(gaps).rows(file))


source = OtlpMetrics()


@dataclass
class _Reader:
    """Reads points in the order of the file, remembering the last point of each series."""

    gaps: Gaps
    last: dict[tuple[str, ...], tuple[int, tuple[float, ...]]] = field(default_factory=dict)

    def rows(self, file: LocalFile) -> Iterator[Row]:
        for document in documents(file, self.gaps):
            for request in document if isinstance(document, list) else [document]:
                for entry in items(at(request, "resourceMetrics")):
                    yield from self._of_resource(entry)

    def _of_resource(self, entry: Json) -> Iterator[Row]:
        resource = attributes(at(entry, "resource", "attributes"))
        origin = {"service": span_service(resource), "resource": instance(resource)}
        for scope in scopes(entry, "scopeMetrics", "instrumentationLibraryMetrics"):
            for metric in items(at(scope, "metrics")):
                identity = {
                    **origin,
                    "namespace": scope_name(scope) or "otlp",
                    "name": text(at(metric, "name")),
                    "unit": text(at(metric, "unit")),
                }
                for kind in _KINDS:
                    for point in items(at(metric, kind, "dataPoints")):
                        yield from self._point(point, kind, at(metric, kind), identity)

    def _point(self, point: Json, kind: str, data: Json, identity: dict[str, str | None]) -> Iterator[Row]:
        time = nanos(at(point, "timeUnixNano"))
        values = _values(point, kind)
        if time is None or identity["name"] is None or any(v is None for v in values):
            self.gaps.add("otlp_point", 1, f"{identity['name']} {json_text(point)}")
            return
        measured = tuple(v for v in values if v is not None)
        dimensions = json_text(attributes(at(point, "attributes")))
        key = tuple(str(v) for v in (*identity.values(), dimensions, kind))
        before = self.last.get(key)
        if before is not None or len(self.last) < _SERIES_KEPT:
            self.last[key] = (time, measured)
        started = None if _is_total(kind, data) else nanos(at(point, "startTimeUnixNano"))
        period = _period_s(started, time, before)
        if _is_total(kind, data):
            if before is None:
                self.gaps.add("note_otlp_first_total", 1, str(identity["name"]))
                return
            grown = tuple(now - then for now, then in zip(measured, before[1], strict=True))
            measured = measured if grown[0] < 0 else grown
        for stat, value in _stats(kind, measured, _is_monotonic(kind, data)):
            yield {
                **identity,
                "timestamp": time,
                "dimensions": dimensions,
                "stat": stat,
                "period_s": period,
                "value": value,
            }


def _values(point: Json, kind: str) -> tuple[float | None, ...]:
    if kind in ("gauge", "sum"):
        as_int = whole(at(point, "asInt"))
        return (number(at(point, "asDouble")) if as_int is None else float(as_int),)
    return (number(at(point, "count")), number(at(point, "sum")) or 0.0)


def _is_total(kind: str, data: Json) -> bool:
    """Tell whether points are totals since the process began (cumulative temporality)."""
    if kind == "summary":
        return True
    if kind == "gauge" or (kind == "sum" and not _is_monotonic(kind, data)):
        return False
    temporality = at(data, "aggregationTemporality")
    return temporality in (2, "2", "AGGREGATION_TEMPORALITY_CUMULATIVE")


def _is_monotonic(kind: str, data: Json) -> bool:
    return kind == "sum" and at(data, "isMonotonic") is True


def _stats(kind: str, values: tuple[float, ...], monotonic: bool) -> list[tuple[str, float]]:
    if kind in ("gauge", "sum"):
        return [("Sum" if monotonic else "Average", values[0])]
    count, total = values
    average = [("Average", total / count)] if count > 0 else []
    return [("SampleCount", count), ("Sum", total), *average]


def _period_s(start: int | None, time: int, before: tuple[int, tuple[float, ...]] | None) -> int:
    """Return the seconds a point stands for: its own interval, or the time since the last."""
    since = before[0] if before is not None else start
    seconds = round((time - since) / 1e6) if since is not None else 0
    return seconds if 0 < seconds <= _LONGEST_PERIOD_S else _PERIOD_S
