"""Records of models at work are kept privately, found by the beginning of their id, and bounded in number."""

from __future__ import annotations

import stat
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings

from fa2.core.errors import UnusableInput
from fa2.core.model_run import BrokenRun, ModelRun, read_run
from fa2.stores.model_runs import RunStore, run_bytes
from runs import START, any_run, two_steps


@settings(max_examples=50)
@given(any_run)
def test_a_run_that_was_kept_comes_back_as_it_was(run: ModelRun) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder))
        store.save(run)
        assert store.find(run.id) == run


def test_only_the_owner_may_read_what_is_kept(tmp_path: Path) -> None:
    path = RunStore(tmp_path / "state" / "runs").save(two_steps())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == [path.name], "nothing half written stays"


def test_the_beginning_of_an_id_is_enough_where_it_is_the_only_one(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    for id in ("abc1", "abc2", "abd", "ab"):
        store.save(two_steps(id))
    assert store.find("abd").id == "abd"
    assert store.find("abc1").id == "abc1"
    assert store.find("ab").id == "ab", "a whole id wins over those that begin with it"
    with pytest.raises(UnusableInput, match=r"abc[12], abc[12]"):
        store.find("abc")
    with pytest.raises(UnusableInput, match="There is no run"):
        store.find("zzz")
    with pytest.raises(UnusableInput):
        store.find("")


def test_the_newest_come_first_and_the_oldest_go_when_there_are_too_many(tmp_path: Path) -> None:
    store = RunStore(tmp_path, at_most=3)
    for n in range(5):
        store.save(two_steps(f"run{n}", started=START + timedelta(hours=(n * 2) % 5)))
    assert [run.id for run in store.newest(2).runs] == ["run2", "run4"]
    assert store.newest(2).more == 1
    assert [run.id for run in store.newest(9).runs] == ["run2", "run4", "run1"]


def test_a_run_of_the_same_id_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    store.save(two_steps("one"))
    store.save(two_steps("one", started=START + timedelta(seconds=1)))
    assert [run.started for run in store.newest(9).runs] == [START + timedelta(seconds=1)]


def test_a_broken_file_is_told_and_the_others_are_listed(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    whole = store.save(two_steps("whole"))
    torn = tmp_path / "20261121T000000000000Z-torn.json"
    torn.write_bytes(whole.read_bytes()[:200])
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "20261122T000000000000Z-folder.json").mkdir()
    kept = store.newest(9)
    assert [run.id for run in kept.runs] == ["whole"]
    assert [str(torn) in str(error) for error in kept.broken] == [True]
    with pytest.raises(BrokenRun, match="torn"):
        store.find("torn")


def test_nothing_is_kept_where_the_folder_is_not_there(tmp_path: Path) -> None:
    kept = RunStore(tmp_path / "none").newest(9)
    assert (kept.runs, kept.broken, kept.more) == ((), (), 0)


@pytest.mark.parametrize("id", ["", "../up", "a/b", ".hidden", "a\n", "x" * 101])
def test_an_id_that_is_no_name_for_a_file_is_refused(tmp_path: Path, id: str) -> None:
    with pytest.raises(UnusableInput):
        RunStore(tmp_path).save(two_steps(id))
    assert not list(tmp_path.iterdir())


def test_half_a_character_of_a_model_does_not_lose_the_record(tmp_path: Path) -> None:
    run = two_steps()
    broken = run.model_copy(update={"steps": [run.steps[0].model_copy(update={"text": "a\ud800b"})]})
    path = tmp_path / "run.json"
    path.write_bytes(run_bytes(broken))
    assert read_run(path).steps[0].text == "a?b"


def test_what_a_run_took_is_summed_and_dollars_are_unknown_where_one_step_does_not_know() -> None:
    run = two_steps()
    assert (run.usage.requests, run.usage.tool_calls, run.usage.input_tokens) == (2, 2, 2500)
    assert run.usage.usd == pytest.approx(0.03)
    unknown = run.model_copy(update={"steps": [run.steps[0], run.steps[1].model_copy(update={"usd": None})]})
    assert unknown.usage.usd is None
