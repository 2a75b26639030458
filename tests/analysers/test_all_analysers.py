"""What every registered analyser promises, on bundles that are empty, broken, hostile, random and real."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bundles import Scene, every
from fa2.analysers.call_graph import call_graph
from fa2.analysers.charts import charts
from fa2.analysers.pattern_table import pattern_table
from fa2.core.bundle import opened
from fa2.core.observations import Observation
from fa2.core.tables import TABLES
from fa2.core.telemetry import Telemetry
from fa2.wiring.investigations import stages
from observing import assert_promises

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "incidents").glob("*/incident.json"))
ANALYSERS = stages().analysers
KINDS = {
    "log_pattern", "log_silence", "span_error", "span_time", "call_gap", "metric_arrival", "metric_shift", "metric_silence",
    "request_excess",
    "change", "finding", "impact",
}  # fmt: skip
TEXTS = [
    None, "", "web", "orders", "it's", "$service", "<*>", "a\nb 1", "\x1b[31m", "'; DROP TABLE logs; --", "{x}", "世界 9",
    "Timeout 30 s", "ERROR 7", "<script>alert(1)</script>",
]  # fmt: skip
NUMBERS = [0.0, 1.0, 10.0, 11.0, 95.0, 1e4, -3.0, math.nan, math.inf, -math.inf, 1e300, -1e300, 5e-324]


def all_observed(telemetry: Telemetry) -> list[Observation]:
    """Run all analysers and the exhibits, and hold each observation to its promises."""
    found = [o for _, run in sorted(ANALYSERS.items()) for o in run(telemetry)]
    for observation in found:
        assert_promises(telemetry, observation)
    pattern_table(telemetry)
    charts(telemetry, found)
    call_graph(telemetry)
    return found


def incident() -> Scene:
    """Something for every analyser to see."""
    scene = Scene(alarm={"metric": "latency", "service": "web"})
    for at in every(0.5, -60, 10):
        bad = at >= 0
        trace = scene.call(at, "web", "orders", ms=800.0 if bad else 10.0, gap_ms=300.0 if bad else 1.0)
        scene.call(at, "web", "users", status="fault" if bad else "ok", error="boom" if bad else None)
        scene.log(at, "stored 1", "orders", level="INFO", trace_id=trace, span_id="x")
        scene.log(at, f"failed {at}" if bad else "fine", "users", level="ERROR" if bad else "INFO")
        scene.metric(at, 95.0 if bad else 20.0 + at % 2, service="orders")
        for service in ("web", "orders"):
            scene.metric(at, 3.0 if bad else 0.1 + at % 1, "latency", service, unit="Seconds")
            scene.metric(at, 100.0, "requests", service, stat="Sum")
        if at < 2:
            scene.metric(at, 1.0, "heartbeat", "workers")
        if bad:
            scene.metric(at, 3.0, "throttles", "orders", stat="Sum")
        id_ = scene.span(at, "quiet", trace_id=f"q{at}")
        if not bad:
            scene.log(at, "done", "quiet", level="INFO", trace_id=f"q{at}", span_id=id_)
    scene.edge("web", "orders")
    scene.change(-2)
    scene.finding(1)
    return scene


def scrambled(seed: int, rows: int = 40) -> Scene:
    """Every table full of rows that make no sense together."""
    chance = random.Random(seed)
    pick = chance.choice

    def name() -> str:
        return str(pick([t for t in TEXTS if t is not None]))

    def at() -> float:
        return chance.uniform(-70, 15)

    scene = Scene(
        baseline=pick([[], [(-60, 0)], [(-60, -30), (20, 40)]]),
        alarm=pick([None, {"service": "web", "metric": name()}]),
    )
    for _ in range(rows):
        id_, parent = (f"{chance.randrange(8)}" for _ in range(2))
        trace = f"t{chance.randrange(4)}"
        scene.log(at(), name(), pick(TEXTS), level=pick([None, "ERROR", "INFO", "odd"]), trace_id=trace, span_id=id_)
        scene.counted(at(), name(), chance.randrange(10**6), pick(TEXTS), interval_s=pick([1, 60, 3600]))
        scene.metric(
            at(),
            pick(NUMBERS),
            pick([name(), "latency", "requests", "CPUUtilization"]),
            pick(TEXTS),
            stat=pick(["Sum", "Average"]),
            dimensions=pick(TEXTS),
        )
        scene.span(
            at(), name(), pick(NUMBERS), trace_id=trace, span_id=id_, parent_id=pick([None, parent, id_, "gone"]),
            status=pick([None, "ok", "error", "fault", "throttle", "odd"]), resource=pick(TEXTS), error=pick(TEXTS),
            kind=pick([None, "client", "server", "consumer", "odd"]), operation=pick(TEXTS),
        )  # fmt: skip
        scene.edge(name(), name())
        scene.change(
            at(),
            name(),
            pick(TEXTS),
            service=pick(TEXTS),
            resource_id=pick(TEXTS),
            error_code=pick(TEXTS),
            after=pick(TEXTS),
        )
        scene.finding(
            at(), name(), pick([None, *NUMBERS]), service=pick(TEXTS), title=pick(TEXTS), resource_id=pick(TEXTS)
        )
    return scene


def test_every_kind_of_observation_is_seen_where_there_is_one_and_keeps_its_promises() -> None:
    scene = incident()
    with scene.telemetry() as telemetry:
        found = all_observed(telemetry)
    assert {o.kind for o in found} >= KINDS
    assert all(o.strength > 0 for o in found if o.role == "cause")


@pytest.mark.parametrize("make", [Scene, lambda: Scene(baseline=[]), lambda: Scene(alarm={"service": "web"})])
def test_empty_tables_and_missing_tables_give_nothing(make: Callable[[], Scene]) -> None:
    with make().telemetry() as telemetry:
        assert all_observed(telemetry) == []
    with make().has(*TABLES).telemetry() as telemetry:
        assert all_observed(telemetry) == []


@pytest.mark.parametrize("table", TABLES)
def test_a_table_that_was_not_collected_is_missed_by_nobody(table: str) -> None:
    scene = incident()
    scene.rows.pop(table, None)
    with scene.telemetry() as telemetry:
        assert all(o.table != table for o in all_observed(telemetry))


@settings(max_examples=5)
@given(st.integers(0, 2**32))
def test_rows_that_make_no_sense_break_no_promise(seed: int) -> None:
    with scrambled(seed).telemetry() as telemetry:
        all_observed(telemetry)


def test_the_order_of_rows_says_nothing() -> None:
    scene, shuffled = incident(), incident()
    for rows in shuffled.rows.values():
        random.Random(5).shuffle(rows)
    with scene.telemetry() as one, shuffled.telemetry() as other:
        assert all_observed(one) == all_observed(other)


@pytest.mark.parametrize("file", EXAMPLES, ids=[file.parent.name for file in EXAMPLES])
def test_observations_of_a_recorded_incident_keep_their_promises(file: Path) -> None:
    with opened(file.parent) as bundle, Telemetry.of(bundle) as telemetry:
        all_observed(telemetry)


def test_an_analyser_reads_each_query_on_the_table_that_it_names() -> None:
    with incident().telemetry() as telemetry:
        for observation in all_observed(telemetry):
            for evidence in observation.evidence:
                assert evidence.query.table in TABLES
                assert f" {evidence.query.table}" in evidence.query.sql.replace("\n", " ")
