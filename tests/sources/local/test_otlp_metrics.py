"""Tests of OTLP/JSON metrics."""

from __future__ import annotations

from exported_file import Row, exported, rows_of

from fa2.core.ports import Gaps
from fa2.sources.local.json_values import Json
from fa2.sources.local.otlp_metrics import source

AT = 1_544_712_660_000_000_000
MINUTE = 60_000_000_000


def points(*fields: dict[str, Json]) -> list[Json]:
    return [{"timeUnixNano": str(AT + i * MINUTE), **f} for i, f in enumerate(fields)]


def read(metric: Json, gaps: Gaps | None = None) -> list[Row]:
    service: Json = {"key": "service.name", "value": {"stringValue": "cart"}}
    scope: Json = {"scope": {"name": "shop"}, "metrics": [metric]}
    entry: Json = {"resource": {"attributes": [service]}, "scopeMetrics": [scope]}
    return rows_of(source, exported({"resourceMetrics": [entry]}), gaps)


def values(rows: list[Row]) -> list[tuple[object, ...]]:
    return [(row["stat"], row["value"], row["period_s"]) for row in rows]


def test_a_gauge_is_read_as_it_is() -> None:
    rows = read({"name": "queue.size", "unit": "1", "gauge": {"dataPoints": points({"asDouble": 2.5})}})
    assert values(rows) == [("Average", 2.5, 60)]
    assert rows[0]["namespace"] == "shop"
    assert rows[0]["service"] == "cart"


def test_a_counter_gives_what_was_added_and_survives_a_restart() -> None:
    gaps = Gaps()
    data = points({"asInt": "100"}, {"asInt": "130"}, {"asInt": "4"})
    total: Json = {"aggregationTemporality": 2, "isMonotonic": True, "dataPoints": data}
    assert values(read({"name": "requests", "sum": total}, gaps)) == [
        ("Sum", 30.0, 60),
        ("Sum", 4.0, 60),
    ]
    assert gaps.counts == {"note_otlp_first_total": 1}


def test_a_histogram_gives_count_sum_and_average() -> None:
    data = points({"count": "4", "sum": 10.0, "startTimeUnixNano": str(AT - MINUTE)})
    histogram: Json = {"aggregationTemporality": 1, "dataPoints": data}
    assert values(read({"name": "latency", "histogram": histogram})) == [
        ("SampleCount", 4.0, 60),
        ("Sum", 10.0, 60),
        ("Average", 2.5, 60),
    ]


def test_points_without_number_or_time_are_counted() -> None:
    gaps = Gaps()
    assert read({"name": "x", "gauge": {"dataPoints": [{"asDouble": 1}, *points({})]}}, gaps) == []
    assert gaps.counts == {"otlp_point": 2}
