"""The parts are found by their entry points, and a path becomes the bundle that it means."""

from __future__ import annotations

import inspect
import json
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from bundles import ONSET, Scene
from fa2.core.bundle import Bundle, validate
from fa2.core.errors import BrokenBundle, UnusableInput
from fa2.core.ports import FileHead, Progress
from fa2.core.windows import TimeWindow
from fa2.wiring.investigations import Request, as_bundle, collect_bundle, local_sources, renderer, stages
from scenes import outage

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
WINDOW = TimeWindow.parse("2026-11-20T03:10Z/2026-11-20T03:20Z")
BASELINE = TimeWindow.parse("2026-11-20T02:00Z/2026-11-20T02:30Z")


def unwatched(progress: Progress) -> None:
    """Draw nothing."""


def opened(path: Path, request: Request | None = None) -> Bundle:
    with as_bundle(path, request or Request(), unwatched) as bundle:
        return bundle


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    lines = [f"2026-11-20T03:{n:02}:00Z {'ERROR' if 30 <= n < 33 else 'INFO'} step {n}\n" * 5 for n in range(60)]
    (folder / "app.log").write_text("".join(lines))
    return folder


@pytest.mark.parametrize("group", ["local_sources", "analysers", "renderers"])
def test_every_entry_point_is_installed_and_loads(group: str) -> None:
    declared = PROJECT["entry-points"][f"fa2.{group}"]
    installed = {point.name: point.value for point in entry_points(group=f"fa2.{group}")}
    assert declared.items() <= installed.items(), "run make setup: entry points are read when installing"
    assert all(point.load() is not None for point in entry_points(group=f"fa2.{group}"))


def test_every_local_source_says_what_it_is_called_and_writes() -> None:
    sources = local_sources()
    assert len({source.name for source in sources}) == len(sources) >= 16
    for source in sources:
        assert source.tables
        assert source.recognise(FileHead("noise.bin", bytes(range(256)) * 4, 1024)) == 0


def test_every_analyser_in_the_package_is_registered_or_used_by_one() -> None:
    analysers = stages().analysers
    assert set(analysers) == set(PROJECT["entry-points"]["fa2.analysers"])
    for name, run in analysers.items():
        assert inspect.getdoc(run), name


def test_a_format_that_is_not_registered_is_told_with_those_that_are() -> None:
    with pytest.raises(UnusableInput, match=r"There is no format pdf\. Known are: .*html.*terminal"):
        renderer("pdf")


def test_a_bundle_is_opened_as_it_is(tmp_path: Path) -> None:
    folder = outage().write(tmp_path / "b")
    bundle = opened(folder)
    assert bundle.folder == folder
    assert bundle.incident == outage().incident


def test_what_was_asked_for_stands_in_the_incident(tmp_path: Path) -> None:
    folder = outage().write(tmp_path / "b")
    asked = opened(folder, Request(window=WINDOW, baselines=[BASELINE], question="Why?")).incident
    assert asked.window.window == WINDOW
    assert asked.baselines == [BASELINE]
    assert asked.question == "Why?"
    assert asked.title == outage().incident.title


def test_exports_are_collected_to_a_bundle_that_goes_away(exports: Path) -> None:
    with as_bundle(exports, Request(), unwatched) as bundle:
        assert validate(bundle) == [("logs", 300)]
        assert [entry.source for entry in bundle.coverage] == ["app.log", "exports"]
        assert bundle.coverage[-1].error is not None
        assert bundle.coverage[-1].error.code in ("note_window_found", "note_window_chosen")
        assert bundle.coverage[-1].window == bundle.incident.window
        assert bundle.incident.id == bundle.incident.title == "exports"
        scratch = bundle.folder
    assert not scratch.exists()


def test_one_exported_file_does(exports: Path) -> None:
    with as_bundle(exports / "app.log", Request(), unwatched) as bundle:
        assert validate(bundle) == [("logs", 300)]


def test_the_window_of_exports_is_where_the_trouble_is(exports: Path) -> None:
    window = opened(exports).incident.window.window
    assert TimeWindow.parse("2026-11-20T03:30Z/2026-11-20T03:32Z").overlaps(window)
    assert window.duration.total_seconds() < 600


def test_a_window_asked_for_gets_its_baseline_from_what_lies_around(exports: Path) -> None:
    incident = opened(exports, Request(window=WINDOW)).incident
    assert incident.window.window == WINDOW
    assert incident.baselines == [TimeWindow.parse("2026-11-20T03:00Z/2026-11-20T03:10Z")]


def test_an_incident_among_exports_is_taken_and_one_that_is_broken_is_told(exports: Path) -> None:
    (exports / "incident.json").write_text(Scene().incident.model_dump_json())
    assert opened(exports).incident.window.start == ONSET
    (exports / "incident.json").write_text(json.dumps({"format": "fa2.bundle/1"}))
    with pytest.raises(BrokenBundle, match=r"incident\.json: id"):
        opened(exports)


def test_a_bundle_without_its_incident_is_told_as_such(tmp_path: Path) -> None:
    folder = outage().write(tmp_path / "b")
    (folder / "incident.json").unlink()
    with pytest.raises(BrokenBundle, match=r"no incident\.json"):
        opened(folder)


def test_progress_of_collecting_is_told(exports: Path, tmp_path: Path) -> None:
    seen: list[Progress] = []
    collect_bundle(exports, tmp_path / "b", Request(), seen.append)
    assert seen[-1].done == seen[-1].total == (exports / "app.log").stat().st_size
    assert {progress.stage for progress in seen} == {"collect"}
