"""Every recorded incident in examples/ is named rightly, without a model and without help from names."""

import json
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

INCIDENTS = Path(__file__).parents[2] / "examples" / "incidents"
MOST_BYTES = 10_000_000


@dataclass(frozen=True)
class Truth:
    """What a report should say of one recording; see examples/README.md."""

    verdict: str
    service: str = ""
    mechanism: str = ""
    also: list[str] = field(default_factory=list)
    resource: str = ""
    kind: str = ""
    cause: str = ""


RECORDED = json.loads((INCIDENTS / "truth.json").read_text()) if (INCIDENTS / "truth.json").exists() else {}
TRUTHS = {name: Truth(**truth) for name, truth in RECORDED.items()}
BROKEN = [name for name, truth in TRUTHS.items() if truth.verdict == "incident"]


def investigate(name: str, folder: Path) -> dict[str, object]:
    """Return the report on a copy of a recording whose name and id say nothing."""
    bundle, report = folder / secrets.token_hex(4), folder / "report.json"
    shutil.copytree(INCIDENTS / name, bundle)
    incident = json.loads((bundle / "incident.json").read_text())
    (bundle / "incident.json").write_text(json.dumps({**incident, "id": bundle.name}))
    command = [sys.executable, "-m", "fa2", "investigate", str(bundle), "--no-llm", "--format", "json"]
    done = subprocess.run([*command, "--output", str(report)], capture_output=True, text=True, timeout=60)
    assert report.exists(), done.stderr
    answer: dict[str, object] = json.loads(report.read_text())
    return answer


@pytest.mark.parametrize("name", BROKEN)
def test_the_first_suspect_is_what_was_broken(name: str, tmp_path: Path) -> None:
    truth, report = TRUTHS[name], investigate(name, tmp_path)
    assert report["verdict"] == "incident"
    suspects = report["suspects"]
    assert isinstance(suspects, list)
    assert suspects
    named = [(suspect["service"], suspect["mechanism"]) for suspect in suspects]
    assert named[0][0] in [truth.service, *truth.also], named
    assert named[0][1] == truth.mechanism, named
    assert suspects[0]["evidence"]


@pytest.mark.parametrize("name", [name for name in TRUTHS if name not in BROKEN])
def test_a_quiet_window_is_called_no_incident(name: str, tmp_path: Path) -> None:
    assert investigate(name, tmp_path)["verdict"] == "no_incident"


def test_at_least_five_incidents_and_a_quiet_window_are_recorded() -> None:
    assert len(BROKEN) >= 5
    assert len(TRUTHS) > len(BROKEN)
    assert len({TRUTHS[name].mechanism for name in BROKEN}) >= 5


def test_the_recordings_stay_under_ten_megabytes() -> None:
    assert sum(file.stat().st_size for file in INCIDENTS.rglob("*") if file.is_file()) < MOST_BYTES


def test_no_incident_file_gives_its_answer_away() -> None:
    said = {name: json.loads((INCIDENTS / name / "incident.json").read_text()) for name in BROKEN}
    alike = {(incident["title"], incident["question"], incident["architecture"]) for incident in said.values()}
    assert len(alike) == 1
    assert {incident["alarm"]["service"] for incident in said.values()} == {"storefront"}
