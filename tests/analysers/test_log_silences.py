"""Silences: an operation that runs and no longer logs what it always logged."""

from __future__ import annotations

import pytest

from bundles import Scene, every
from fa2.analysers import log_silences as module
from fa2.analysers.log_silences import log_silences
from observing import observed, only


def speaking(until: float, *, level: str | None = "INFO", runs_until: float = 10, linked: bool = True) -> Scene:
    """An operation that runs throughout and logs two statements, one of them only until a minute."""
    scene = Scene().has("logs", "spans")
    for at in every(0.25, -60, runs_until):
        id_ = scene.span(at, "orders", trace_id=f"t{at}")
        link = {"trace_id": f"t{at}", "span_id": id_} if linked else {}
        scene.log(at, f"order {at} begins", "orders", level="INFO", **link)
        if at < until:
            scene.log(at, f"zz order {at} stored", "orders", level=level, **link)
    return scene


def test_an_operation_that_runs_and_no_longer_says_what_it_always_said_is_told() -> None:
    found = only(observed(log_silences, speaking(until=0)))
    assert (found.service, found.role) == ("orders", "cause")
    assert found.statement.values["statement"] == "zz order <*> stored"
    assert (found.statement.values["ran_window"], found.statement.values["spoke_window"]) == (40, 0)
    assert found.strength > 0.9


def test_the_statement_told_is_the_one_that_went_silent_most() -> None:
    scene = speaking(until=0)
    for place, at in enumerate(every(0.25, -60, 10)):
        if at < 0 or place % 2:
            scene.log(at, "aa still says it half of the time", "orders", trace_id=f"t{at}", span_id=f"s{place + 1}")
    found = only(observed(log_silences, scene))
    assert found.statement.values["statement"] == "zz order <*> stored"


def test_an_operation_that_says_what_it_always_said_is_not_silent() -> None:
    assert observed(log_silences, speaking(until=10)) == []


def test_an_operation_that_does_not_run_is_not_silent() -> None:
    assert observed(log_silences, speaking(until=0, runs_until=0)) == []


def test_errors_that_stopped_are_good_news() -> None:
    assert observed(log_silences, speaking(until=0, level="ERROR")) == []


def test_lines_that_carry_no_span_cannot_tell() -> None:
    assert observed(log_silences, speaking(until=0, linked=False)) == []


def test_what_was_said_now_and_then_may_be_unsaid() -> None:
    scene = Scene()
    for place, at in enumerate(every(0.25, -60, 10)):
        id_ = scene.span(at, "orders", trace_id=f"t{at}")
        if place % 10 == 0 and at < 0:
            scene.log(at, "cache filled", "orders", trace_id=f"t{at}", span_id=id_)
    assert observed(log_silences, scene) == []


def test_span_ids_need_only_be_unique_within_their_trace() -> None:
    scene = speaking(until=0)
    for table in ("spans", "logs"):
        for row in scene.rows[table]:
            row["span_id"] = "1"
    assert only(observed(log_silences, scene)).statement.values["spoke_baseline"] == 240
    scene = speaking(until=10)
    for table in ("spans", "logs"):
        for row in scene.rows[table]:
            row["span_id"] = "1"
    assert observed(log_silences, scene) == []


def test_a_share_of_the_traces_is_enough_when_there_are_very_many_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINES", 100)
    found = only(observed(log_silences, speaking(until=0)))
    assert found.statement.values["ran_window"] == 40


def test_one_of_the_two_signals_is_not_enough() -> None:
    assert observed(log_silences, Scene()) == []
    assert observed(log_silences, Scene().has("logs")) == []
    assert observed(log_silences, Scene().has("logs", "spans")) == []
    assert observed(log_silences, Scene(baseline=[]).has("logs", "spans")) == []
