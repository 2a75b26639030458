from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from asking import Kept, incident

from fa2.core.budgets import Budget, Estimate
from fa2.core.deadlines import Deadline
from fa2.core.errors import UnusableInput
from fa2.core.ports import Rows
from fa2.sources.aws.asking import Ask
from fa2.sources.aws.collecting import Common, asks, collect, plan
from fa2.sources.aws.permissions import Ground, Permission
from fa2.sources.aws.settings import Prices, SourceSettings
from fa2.sources.local.collecting import unwatched

EDGES = Rows("edges", {"caller": ["checkout"], "callee": ["payments"]})


class Place:
    """An account that is only named."""

    ground = Ground("123456789012", "eu-west-1")
    id = "123456789012"
    region = "eu-west-1"


class Scripted:
    """A source that does in `collect` what a test says."""

    tables: tuple[str, ...] = ("edges",)
    service = "xray"
    settings = SourceSettings

    def __init__(self, name: str, does: Callable[[Ask[Any]], None]) -> None:
        self.name = self.title = name
        self._does = does

    def permissions(self, settings: SourceSettings) -> Sequence[Permission]:
        return [Permission("xray:GetServiceGraph")]

    def plan(self, ask: Ask[Any]) -> Sequence[Estimate]:
        return [Estimate(ask.name, self.name, usd=0.25)]

    def collect(self, ask: Ask[Any], planned: Sequence[Estimate]) -> None:
        assert [estimate.what for estimate in planned] == [self.name]
        self._does(ask)


def answers(ask: Ask[Any]) -> None:
    with ask.look(table="edges", query="graph") as look:
        look.add(EDGES)


def run(*sources: Scripted, seconds: float = 5.0) -> tuple[Kept, dict[str, list[Any]]]:
    kept, deadline = Kept(), Deadline(seconds)
    common = Common(incident(), deadline, Budget(usd=1.0), Prices())
    work = asks([(source, SourceSettings()) for source in sources], [Place()], common)  # type: ignore[list-item]
    found: dict[str, list[Any]] = {}
    planned = plan(work, deadline=deadline, watch=unwatched)
    for entry in collect(planned, kept, deadline=deadline, watch=unwatched):
        found.setdefault(entry.source.split(" ")[0], []).append(entry)
    return kept, found


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fa2.sources.aws.collecting.GRACE_S", 0.1)


def test_a_source_that_never_answers_holds_up_no_other_and_is_named() -> None:
    forever = threading.Event()

    def hangs(ask: Ask[Any]) -> None:
        with ask.look(table="edges", query="never") as look:
            look.add(EDGES)
            forever.wait(30)

    kept, found = run(Scripted("hanging", hangs), Scripted("fine", answers), seconds=0.3)
    forever.set()
    assert len(kept.rows["edges"]) == 2
    assert [e.status for e in found["fine"]] == ["ok"]
    (entry,) = found["hanging"]
    assert (entry.status, entry.error.code, entry.rows_returned) == ("partial", "aws_deadline", 1)
    assert "--deadline" in entry.error.remedy


def test_a_source_that_hangs_while_it_plans_leaves_the_others_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fa2.sources.aws.collecting.PLAN_S", 0.1)
    forever = threading.Event()

    class HangsPlanning(Scripted):
        def plan(self, ask: Ask[Any]) -> Sequence[Estimate]:
            forever.wait(30)
            return []

        def collect(self, ask: Ask[Any], planned: Sequence[Estimate]) -> None:
            assert not planned

    def answers_in_time(ask: Ask[Any]) -> None:
        assert ask.deadline.remaining_s > 20  # of thirty, half of which was not waited for
        answers(ask)

    kept, _ = run(HangsPlanning("hanging", answers), Scripted("fine", answers_in_time), seconds=30)
    forever.set()
    assert len(kept.rows["edges"]) == 1


def test_a_fault_of_a_source_ends_only_that_source() -> None:
    def breaks(ask: Ask[Any]) -> None:
        raise KeyError("surprise")

    _, found = run(Scripted("broken", breaks), Scripted("fine", answers))
    (entry,) = found["broken"]
    assert (entry.status, entry.error.code) == ("failed", "aws_source_failed")
    assert "surprise" in entry.error.message
    assert found["fine"][0].rows_returned == 1


def test_a_fault_within_a_look_is_told_once() -> None:
    def breaks(ask: Ask[Any]) -> None:
        with ask.look(table="edges", query="q"):
            raise KeyError("surprise")

    _, found = run(Scripted("broken", breaks))
    assert [(e.status, e.query) for e in found["broken"]] == [("failed", "q")]


def test_an_expected_error_ends_the_look_and_the_source_goes_on() -> None:
    def stumbles(ask: Ask[Any]) -> None:
        with ask.look(table="edges", query="first"):
            raise UnusableInput("errors.zone", name="x")
        answers(ask)

    _, found = run(Scripted("stumbling", stumbles))
    assert [(e.query, e.status) for e in found["stumbling"]] == [("first", "failed"), ("graph", "ok")]


def test_a_table_that_was_looked_at_and_found_empty_is_in_the_bundle() -> None:
    def finds_nothing(ask: Ask[Any]) -> None:
        with ask.look(table="edges", query="q"):
            pass

    def skips(ask: Ask[Any]) -> None:
        with ask.look(table="spans", query="q") as look:
            look.skip("aws_not_configured", key="x")

    kept, found = run(Scripted("empty", finds_nothing), Scripted("skipped", skips))
    assert kept.begun == {"edges"}
    assert found["skipped"][0].status == "skipped"
    assert found["empty"][0].rows_returned == 0


def test_gaps_and_notes_have_entries_of_their_own_the_worst_first() -> None:
    def notes(ask: Ask[Any]) -> None:
        with ask.look(table="edges", query="q") as look:
            look.note("aws_narrowed", window="a", asked="b")
            look.gaps.add("xray_segment", 3, "x")
            look.scanned(bytes=5, usd=0.5)
            look.scanned(bytes=7)

    _, found = run(Scripted("gaps", notes))
    first, second = found["gaps"]
    assert (first.status, first.error.code, first.bytes_scanned, first.cost_usd) == ("partial", "xray_segment", 12, 0.5)
    assert (second.status, second.error.code, second.bytes_scanned) == ("ok", "aws_narrowed", None)
