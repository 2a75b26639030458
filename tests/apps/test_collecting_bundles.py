"""`fa2 collect` and `fa2 validate`: exports become a bundle that says the same, and nothing is written over."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from bundles import Scene
from scenes import failed, outage, succeeded


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mixed folder of exports without incident.json: trouble from 03:30 to 03:35."""
    folder = tmp_path_factory.mktemp("mixed") / "exports"
    (folder / "api").mkdir(parents=True)
    lines, points = [], ["timestamp,service,namespace,name,stat,value"]
    for n in range(3600):
        clock = f"2026-11-20T03:{n // 60:02}:{n % 60:02}"
        broken = 1800 <= n < 2100
        lines.append(f"{clock}Z {'ERROR database refused connection' if broken else 'INFO served request'} {n}\n")
        if n % 60 == 0:
            points.append(f"{clock}Z,api,App,Errors,Sum,{40 if broken else n % 3}")
    (folder / "api" / "api.log").write_text("".join(lines))
    (folder / "errors.csv").write_text("\n".join(points) + "\n")
    (folder / "runbook.md").write_text("# Database\n\nFail over.\n")
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    return folder


def report(path: Path, **environment: str) -> dict[str, object]:
    read: dict[str, object] = json.loads(succeeded("investigate", path, "--format", "json", **environment))
    return read


SAID_BY_NAME = {"input", "incident", "title", "evidence"}
"""Parts of a report that name the folder: the id, the title, and how to get each piece of evidence."""


def test_exports_without_an_incident_are_searched_for_their_window(exports: Path) -> None:
    found = report(exports)
    window = found["window"]
    assert isinstance(window, dict)
    assert "2026-11-20T03:28" <= window["start"] <= "2026-11-20T03:30:30"
    assert "2026-11-20T03:34" <= window["end"] <= "2026-11-20T03:37"
    assert found["baseline"]
    assert found["verdict"] == "incident"


@pytest.mark.parametrize("name", ["bundle", "bundle.zip", "deep/er/bundle", "deep/er/bundle.ZIP", "ein Bündel"])
def test_a_collected_bundle_says_what_the_exports_say(exports: Path, tmp_path: Path, name: str) -> None:
    succeeded("collect", exports, "--output", tmp_path / name)
    collected, plain = report(tmp_path / name), report(exports)
    assert collected["claims"]
    assert {k: v for k, v in collected.items() if k not in SAID_BY_NAME} == {
        k: v for k, v in plain.items() if k not in SAID_BY_NAME
    }
    assert "is a valid bundle" in succeeded("validate", tmp_path / name)


def test_what_was_read_and_what_was_not_is_told(exports: Path, tmp_path: Path) -> None:
    said = succeeded("collect", exports, "-o", tmp_path / "b")
    assert "api/api.log" in said
    assert "3,600 rows" in said
    assert "picture.png" in said
    assert said.endswith(f"Wrote {tmp_path / 'b'}\n")
    assert "3,600 行" in succeeded("collect", exports, "-o", tmp_path / "j", FA2_LANGUAGE="ja")


def test_the_same_exports_give_the_same_zip(exports: Path, tmp_path: Path) -> None:
    for n, zone in enumerate(("UTC", "Asia/Tokyo")):
        succeeded("collect", exports, "-o", tmp_path / f"{n}.zip", TZ=zone, PYTHONHASHSEED=str(n))
    assert (tmp_path / "0.zip").read_bytes() == (tmp_path / "1.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "0.zip") as archive:
        assert archive.namelist() == sorted(archive.namelist())
        assert {"incident.json", "coverage.json", "logs.parquet", "metrics.parquet"} <= set(archive.namelist())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.zip", "1.zip"]


def test_window_baseline_and_question_are_kept_in_the_bundle(exports: Path, tmp_path: Path) -> None:
    window = ("--from", "2026-11-20T03:20Z", "--to", "2026-11-20T03:40Z")
    succeeded("collect", exports, "-o", tmp_path / "b", *window, "--question", "何が？")
    incident = json.loads((tmp_path / "b" / "incident.json").read_text())
    assert incident["window"] == {"start": "2026-11-20T03:20:00Z", "end": "2026-11-20T03:40:00Z"}
    assert incident["question"] == "何が？"


def test_an_incident_among_the_exports_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "a.log").write_text("2026-11-20T03:00:00Z INFO x\n" * 9)
    incident = json.loads(Scene().incident.model_dump_json())
    (folder / "incident.json").write_text(json.dumps({**incident, "title": "Mine"}))
    succeeded("collect", folder, "-o", tmp_path / "b")
    assert json.loads((tmp_path / "b" / "incident.json").read_text())["title"] == "Mine"
    assert report(folder)["title"] == "Mine"


# Nothing is written over, and nothing half-written is left


@pytest.mark.parametrize("name", ["there", "there.zip"])
def test_what_is_there_is_not_written_over(exports: Path, tmp_path: Path, name: str) -> None:
    succeeded("collect", exports, "-o", tmp_path / name)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    said = failed("collect", exports, "-o", tmp_path / name)
    assert "not written over" in said
    assert "Name another path" in said
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_a_folder_with_other_things_in_it_is_added_to(exports: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    succeeded("collect", exports, "-o", tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "incident.json").exists()


@pytest.mark.parametrize("name", ["b", "b.zip", "kept/b"])
def test_exports_that_cannot_be_read_leave_nothing_behind(tmp_path: Path, name: str) -> None:
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    (tmp_path / "kept").mkdir()
    assert "picture.png" in failed("collect", tmp_path / "exports", "-o", tmp_path / name)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["exports", "kept", "picture.png"]


@pytest.mark.parametrize("name", ["file/bundle", "file/bundle.zip", "file"])
def test_an_output_that_cannot_be_written_is_told(exports: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("mine")
    said = failed("collect", exports, "-o", tmp_path / name)
    assert "cannot be written" in said
    assert "Name another path" in said
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
@pytest.mark.parametrize("name", ["b", "b.zip"])
def test_a_read_only_folder_is_told(exports: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    assert "cannot be written: Permission denied" in failed("collect", exports, "-o", tmp_path / "locked" / name)


def _heeding_ctrl_c() -> None:
    # Jobs that a shell starts in the background ignore it, and so would what they start.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("name", ["b", "b.zip"])
def test_ctrl_c_ends_with_one_line_and_leaves_no_half_bundle(tmp_path: Path, name: str) -> None:
    (tmp_path / "exports").mkdir()
    line = "2026-11-20T03:{:02}:{:02}Z INFO request {} served, with some words to make it longer\n"
    with (tmp_path / "exports" / "a.log").open("w") as log:
        for n in range(1_500_000):
            log.write(line.format(n // 60 % 60, n % 60, n))
    (tmp_path / "out").mkdir()
    output = tmp_path / "out" / name
    (tmp_path / "scratch").mkdir()
    scratch = {**os.environ, "TMPDIR": str(tmp_path / "scratch")}
    command = [sys.executable, "-m", "fa2", "collect", str(tmp_path / "exports"), "-o", str(output)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=scratch, preexec_fn=_heeding_ctrl_c
    ) as process:
        while not list((tmp_path / "scratch").glob("*/bundle/logs.parquet")) + list(output.glob("logs.parquet")):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=60)
    assert (process.returncode, out, said) == (130, b"", b"fa2: interrupted.\n")
    assert not list((tmp_path / "out").iterdir())
    assert not list((tmp_path / "scratch").iterdir())


# fa2 validate


def test_a_valid_bundle_is_counted_table_by_table(tmp_path: Path) -> None:
    folder = outage().write(tmp_path / "b")
    said = succeeded("validate", folder)
    assert "logs: 220 rows" in said
    assert "findings: 1 rows" in said
    assert said.endswith(f"{folder} is a valid bundle.\n")


def test_a_broken_bundle_is_told_with_file_and_remedy(tmp_path: Path) -> None:
    folder = outage().write(tmp_path / "b")
    (folder / "spans.parquet").write_bytes(b"PAR1 and no more")
    for command in ("validate", "investigate"):
        said = failed(command, folder)
        assert "spans.parquet cannot be read as Parquet" in said
        assert "Collect again" in said


def test_a_table_without_rows_and_a_missing_one_read_differently(tmp_path: Path) -> None:
    scene = Scene()
    scene.log(5, "x")
    folder = scene.has("spans").write(tmp_path / "b")
    coverage = report(folder)["coverage"]
    assert isinstance(coverage, list)
    missing = {entry["table"] for entry in coverage if entry["error"] and entry["error"]["code"] == "not_collected"}
    assert "metrics" in missing
    assert "spans" not in missing
    for form in ("terminal", "markdown", "html"):
        told = " ".join(succeeded("investigate", folder, "--format", form).split())
        assert "Nobody collected metrics" in told
        assert "Nobody collected spans" not in told
