"""The report by rules: complete, consistent in itself, the same every time, and it holds."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from bundles import Scene, every, minute
from fa2.core.analysis import Analysis, Exhibits
from fa2.core.bundle import Bundle
from fa2.core.messages import LANGUAGES, Language, Statement, catalogue
from fa2.core.observations import Observation
from fa2.core.ports import Progress
from fa2.core.report import Report, Said
from fa2.core.tables import TABLES
from fa2.core.windows import TimeWindow
from fa2.narrators.rules import narrate
from fa2.pipeline import investigate
from fa2.ranking.verdict import rank
from fa2.verification import unsupported_suspects, verify
from fa2.wiring.investigations import stages
from seen import graph, seen


def ignore(progress: Progress) -> None:
    """Nobody watches."""


def told(bundle: Bundle, language: Language = "en") -> Report:
    return investigate(bundle, stages(), language=language, named="b", watch=ignore)


def outage() -> Scene:
    scene = Scene(alarm={"name": "web 5xx", "metric": "latency", "service": "web"})
    for at in every(0.25, -60, 10):
        bad = at >= 1
        error = "ProvisionedThroughputExceededException" if bad else None
        scene.call(at, "web", "orders", status="fault" if bad else "ok", error=error)
        scene.log(at, f"{error} {at}" if bad else f"stored {at}", "orders", level="ERROR" if bad else "INFO")
        scene.metric(
            at, 95.0 if bad else 20.0 + at % 2, "ConsumedWriteCapacityUnits", "orders", namespace="AWS/DynamoDB"
        )
    scene.change(-1, "dynamodb:UpdateTable", service="orders", resource_id="orders")
    scene.change(5, "ecs:UpdateService", service="orders", resource_id="orders")
    scene.finding(2, severity=20.0)
    return scene


def quiet() -> Scene:
    scene = Scene()
    for at in every(0.5, -60, 10):
        scene.call(at, "web", "orders")
        scene.log(at, f"stored {at}", "orders", level="INFO")
    return scene


def nameless() -> Scene:
    scene = Scene(baseline=[])
    for at in every(0.25, 0, 10):
        scene.log(at, f"boom {at}", None, level="ERROR")
    return scene


def counted() -> Scene:
    scene = Scene()
    for at in every(5, -60, 10):
        scene.counted(at, "stored <*>", 40, "orders", level="INFO")
        scene.counted(at, f"boom <*> {'x' * 400}", 900 if at >= 0 else 1, "orders", level="ERROR", sample="boom 7")
        scene.log(at, "boom 7", "orders", level="ERROR")
    return scene


SCENES = {
    "counted": counted,
    "outage": outage,
    "quiet": quiet,
    "nameless": nameless,
    "empty": lambda: Scene().has(*TABLES),
    "nothing": Scene,
}
each_scene = pytest.mark.parametrize("name", SCENES)


def all_said(report: Report) -> list[Said]:
    rated = [*report.severity.reasons, *report.confidence.reasons, *report.verdict_reasons]
    charts = [chart.title for chart in report.charts]
    changes = [change.reason for change in report.changes]
    return [report.headline, *rated, *report.claims, *report.actions, *charts, *changes, report.security.reason]


def test_an_outage_is_named_with_cause_change_impact_and_what_to_do() -> None:
    with outage().bundle() as bundle:
        report = told(bundle)
    assert (report.verdict, report.suspects[0].service) == ("incident", "orders")
    assert report.suspects[0].path == ["web", "orders"]
    assert report.headline.values["service"] == "orders"
    assert {c.section for c in report.claims} >= {"impact", "trace", "log", "change", "security"}
    assert [(c.related, c.reason.key) for c in report.changes] == [
        (True, "ranking.change.related"),
        (False, "ranking.change.after"),
    ]
    assert {a.kind for a in report.actions} >= {"now", "prevent", "settle"}
    assert report.actions[0].key == "narration.revert"
    assert report.severity.level == "high"
    assert report.patterns
    assert report.charts
    assert {n.service: n.state for n in report.service_map.nodes}["orders"] == "suspect"
    assert [(e.caller, e.callee, e.failing) for e in report.service_map.edges] == [("web", "orders", True)]


def test_a_quiet_window_is_said_to_be_quiet() -> None:
    with quiet().bundle() as bundle:
        report = told(bundle)
    assert (report.verdict, report.suspects) == ("no_incident", [])
    assert report.headline.key == "narration.headline.no_incident"


@each_scene
def test_what_a_report_cites_is_in_the_report(name: str) -> None:
    with SCENES[name]().bundle() as bundle:
        report = told(bundle)
    claims, evidence = {c.id for c in report.claims}, {e.id: e for e in report.evidence}
    assert [c.id for c in report.claims] == [f"C{n + 1}" for n in range(len(report.claims))]
    assert len(evidence) == len(report.evidence)
    for claim in report.claims:
        assert claim.evidence
        assert set(claim.evidence) <= set(evidence)
        for cell in claim.cells.values():
            assert cell.column in evidence[cell.evidence].columns
    cited = [*report.security.claims, *(t.claim for t in report.timeline), *(c.claim for c in report.changes)]
    cited += [id_ for s in report.suspects for id_ in (*s.claims, *s.against)]
    cited += [id_ for a in report.actions for id_ in a.claims]
    cited += [id_ for n in report.service_map.nodes for id_ in n.claims]
    cited += [row.claim for row in report.patterns if row.claim] + [
        chart.claim for chart in report.charts if chart.claim
    ]
    assert set(cited) <= claims
    assert all(e.how_to_get for e in report.evidence)
    assert {id_ for claim in report.claims for id_ in claim.evidence} == set(evidence), "no evidence that nobody cites"


@each_scene
def test_every_claim_of_a_report_holds(name: str) -> None:
    with SCENES[name]().bundle() as bundle:
        report = told(bundle)
        again = Report.model_validate_json(report.model_dump_json())
        assert [c.claim.id for c in verify(again, bundle) if c.problem] == []
    assert unsupported_suspects(again) == []


@each_scene
def test_everything_said_can_be_said_in_both_languages(name: str) -> None:
    with SCENES[name]().bundle() as bundle:
        report = told(bundle)
    for language in LANGUAGES:
        for said in all_said(report):
            assert catalogue(language).render(Statement(said.key, said.values))


@each_scene
def test_languages_differ_in_nothing_but_language(name: str) -> None:
    with SCENES[name]().bundle() as bundle:
        english, japanese = (told(bundle, language) for language in LANGUAGES)
    assert english.model_copy(update={"language": "ja"}) == japanese


@each_scene
def test_the_same_bundle_gives_the_same_bytes_in_whatever_order_its_rows_stand(name: str) -> None:
    scene, shuffled = SCENES[name](), SCENES[name]()
    for rows in shuffled.rows.values():
        random.Random(1).shuffle(rows)
    with scene.bundle() as one, shuffled.bundle() as other:
        assert told(one).model_dump_json() == told(one).model_dump_json() == told(other).model_dump_json()


@each_scene
def test_what_was_not_collected_is_said_and_what_was_found_empty_is_not(name: str) -> None:
    scene = SCENES[name]()
    with scene.bundle() as bundle:
        report = told(bundle)
    skipped = {c.table for c in report.coverage if c.status == "skipped"}
    optional = {"edges", "log_counts", "documents"}
    assert skipped == set(TABLES) - set(scene.rows) - optional


def test_logs_that_another_engine_counted_are_collected_logs() -> None:
    scene = Scene()
    scene.counted(1, "boom", 90, level="ERROR")
    with scene.bundle() as bundle:
        report = told(bundle)
    assert "logs" not in {c.table for c in report.coverage if c.status == "skipped"}
    assert "narration.collect.logs" not in {a.key for a in report.actions}
    assert report.suspects[0].service == "web"


def test_the_timeline_is_in_the_order_of_time() -> None:
    with outage().bundle() as bundle:
        report = told(bundle)
    assert [t.time for t in report.timeline] == sorted(t.time for t in report.timeline)
    assert {t.kind for t in report.timeline} >= {"change", "log", "trace"}


def test_a_pattern_is_linked_to_its_claim_even_where_another_service_is_blamed() -> None:
    scene = Scene()
    for at in every(1, -60, 10):
        scene.span(at, "payments")
    for at in every(0.5, 1, 10):
        scene.log(
            at, f"pod payments-{at} CrashLoopBackOff: back-off restarting failed container", "kubelet", level="ERROR"
        )
    with scene.bundle() as bundle:
        report = told(bundle)
    (row,) = report.patterns
    assert row.service == "kubelet"
    assert row.claim is not None
    assert report.claim(row.claim).service == "payments"


def analysis(*found: Observation) -> Analysis:
    shown = Exhibits(TimeWindow(minute(-60), minute(10)), (), ())
    return Analysis(Scene().incident, ("logs", "spans"), (), True, (), found, graph("web>orders"), shown)


def narrated(given: Analysis) -> Report:
    window = given.incident.window.window
    return narrate(
        given,
        rank(given.observations, given.graph, window, tables=given.tables, has_baseline=True),
        language="en",
        named="b",
    )


STRONG = [
    seen(
        "span_error", "orders", 0.9, key="observations.span_error.own", onset=minute(1), mechanisms={"throttling": 1.0}
    ),
    seen("log_pattern", "orders", 0.9, key="observations.log_pattern.new", onset=minute(1)),
    seen("span_error", "web", 0.9, key="observations.span_error.own", onset=minute(1)),
]
for place, observation in enumerate(STRONG):
    STRONG[place] = replace(
        observation, statement=Statement(observation.statement.key, {"pattern": "p", "service": "s", "level": "ERROR"})
    )


def test_one_observation_makes_one_claim_however_often_it_is_cited() -> None:
    report = narrated(analysis(*STRONG))
    assert len(report.claims) == len(report.evidence) == 3
    suspects = {s.service: s for s in report.suspects}
    assert suspects["web"].against == suspects["orders"].claims


def test_an_inconclusive_report_says_what_would_settle_it_down_to_signals_not_collected() -> None:
    weak = replace(STRONG[0], strength=0.4)
    report = narrated(analysis(weak))
    assert report.verdict == "inconclusive"
    assert report.headline.key.startswith("narration.headline.inconclusive")
    assert {a.kind for a in report.actions} == {"settle"}
    assert {"narration.collect.metrics", "narration.collect.changes"} <= {a.key for a in report.actions}
    assert "narration.collect.logs" not in {a.key for a in report.actions}
    assert not report.changes


def test_observations_in_another_order_give_the_same_suspects_and_say_the_same() -> None:
    one, other = narrated(analysis(*STRONG)), narrated(analysis(*reversed(STRONG)))
    assert one.suspects == other.suspects
    assert sorted(c.key for c in one.claims) == sorted(c.key for c in other.claims)
    assert one.actions == other.actions
