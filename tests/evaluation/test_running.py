"""Each case in each arm: an error is one outcome, what is done is not done again, and money and ctrl-C end it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from evaluated import INCIDENT, QUIET, analysis, bundle, outcome, report
from fa2.core.bundle import Bundle
from fa2.core.errors import UnusableInput
from fa2.core.evaluation import Arm
from fa2.core.report import Report, Said
from fa2.evaluation.cases import LabelledCase
from fa2.evaluation.running import Workshop, outcomes, still_to_do, tasks
from fa2.evaluation.spending import Purse

JOBS = pytest.mark.parametrize("jobs", [1, 3])


@pytest.fixture
def cases(tmp_path: Path) -> list[LabelledCase]:
    return [LabelledCase(name, bundle(tmp_path / name, id=name), INCIDENT) for name in ("a1", "b2", "c3")]


def workshop(tmp_path: Path, investigator: Callable[[Bundle, Arm], Report], **more: object) -> Workshop:
    ticks = count()
    scratch = tmp_path / "scratch"
    scratch.mkdir(exist_ok=True)
    return Workshop(investigator, scratch, lambda: float(next(ticks)), **more)  # type: ignore[arg-type]


def by_arm(_: Bundle, arm: Arm) -> Report:
    return report({"payments": 0.9}, model=None if arm == "rules" else analysis(["cart", "payments"]))


def test_rules_are_asked_once_and_models_as_often_as_wanted(cases: list[LabelledCase]) -> None:
    wanted = tasks(cases[:1], ("rules", "agent"), 3)
    assert [(task.arm, task.repeat) for task in wanted] == [("rules", 1), ("agent", 1), ("agent", 2), ("agent", 3)]


@JOBS
def test_every_task_has_its_outcome(tmp_path: Path, cases: list[LabelledCase], jobs: int) -> None:
    wanted = tasks(cases, ("rules", "single", "agent"), 2)
    made = list(outcomes(wanted, workshop(tmp_path, by_arm), jobs=jobs))
    assert sorted(o.key for o in made) == sorted(task.key for task in wanted)
    assert {(o.arm, o.rank) for o in made} == {("rules", 1), ("single", 2), ("agent", 2)}
    assert all(o.seconds > 0 for o in made)
    assert not [path for path in (tmp_path / "scratch").rglob("*") if path.is_file()]


@JOBS
def test_who_investigates_sees_no_name_and_no_label(tmp_path: Path, cases: list[LabelledCase], jobs: int) -> None:
    seen: list[str] = []

    def looking(found: Bundle, arm: Arm) -> Report:
        seen.append(f"{found.folder.relative_to(tmp_path)} {found.incident.id} {found.incident.title}")
        return by_arm(found, arm)

    list(outcomes(tasks(cases, ("rules",), 1), workshop(tmp_path, looking), jobs=jobs))
    assert len(set(seen)) == 3
    assert not any(case.name in text for case in cases for text in seen)


@JOBS
def test_an_error_in_one_case_is_its_outcome_and_the_others_go_on(
    tmp_path: Path, cases: list[LabelledCase], jobs: int
) -> None:
    done: list[str] = []

    def failing(found: Bundle, arm: Arm) -> Report:
        done.append(found.folder.name)
        if len(done) == 1:
            raise UnusableInput("errors.zone", name="X")
        if len(done) == 2:
            raise ZeroDivisionError("a bug")
        return by_arm(found, arm)

    made = list(outcomes(tasks(cases, ("rules",), 1), workshop(tmp_path, failing), jobs=jobs))
    errors = sorted(o.error.key for o in made if o.error)
    assert errors == ["errors.zone", "evaluation.error.crashed"]
    assert len(made) == 3
    (crashed,) = [o.error for o in made if o.error and o.error.key == "evaluation.error.crashed"]
    assert crashed.values == {"problem": "ZeroDivisionError: a bug"}


@JOBS
def test_when_the_money_is_gone_models_stop_and_rules_go_on(
    tmp_path: Path, cases: list[LabelledCase], jobs: int
) -> None:
    purse = Purse(1.05, most_each=1.0)
    made = list(outcomes(tasks(cases, ("rules", "agent"), 2), workshop(tmp_path, by_arm, purse=purse), jobs=jobs))
    assert sum(o.arm == "rules" for o in made) == 3
    assert sum(o.arm == "agent" for o in made) == 3, "0.02 each: the fourth finds 0.99 left"
    assert purse.spent <= 1.05


def test_ctrl_c_keeps_what_was_made(tmp_path: Path, cases: list[LabelledCase]) -> None:
    done: list[str] = []

    def stopped(found: Bundle, arm: Arm) -> Report:
        done.append(found.folder.name)
        if len(done) == 2:
            raise KeyboardInterrupt
        return by_arm(found, arm)

    coming = outcomes(tasks(cases, ("rules",), 1), workshop(tmp_path, stopped))
    made = [next(coming)]
    with pytest.raises(KeyboardInterrupt):
        next(coming)
    assert [o.case for o in made] == ["a1"]
    assert not [path for path in (tmp_path / "scratch").rglob("*") if path.is_file()]


def test_ctrl_c_that_a_library_made_an_error_of_its_own_still_stops(tmp_path: Path, cases: list[LabelledCase]) -> None:
    def interrupted(found: Bundle, arm: Arm) -> Report:
        raise RuntimeError("Query interrupted")

    made = outcomes(tasks(cases, ("rules",), 1), workshop(tmp_path, interrupted, stopped=lambda: True))
    with pytest.raises(KeyboardInterrupt):
        next(made)


def test_leaving_begins_no_more_side_by_side(tmp_path: Path, cases: list[LabelledCase]) -> None:
    begun, go_on = [], threading.Event()

    def slow(found: Bundle, arm: Arm) -> Report:
        begun.append(found.folder.name)
        if len(begun) > 1:
            go_on.wait(10)
        return by_arm(found, arm)

    coming = outcomes(tasks(cases, ("agent",), 10), workshop(tmp_path, slow), jobs=2)
    next(coming)
    coming.close()
    go_on.set()
    assert len(begun) <= 4


def test_what_is_done_stays_but_errors_and_changed_labels_are_done_again(cases: list[LabelledCase]) -> None:
    wanted = tasks(cases, ("rules",), 1)
    done = [
        outcome("a1"),
        outcome("b2", error=Said(key="k")),
        outcome("c3", truth=QUIET),
        outcome("gone"),
    ]
    todo, kept = still_to_do(wanted, done)
    assert [task.case.name for task in todo] == ["b2", "c3"]
    assert [o.case for o in kept] == ["a1"]
