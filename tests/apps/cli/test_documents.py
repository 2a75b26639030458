"""A folder of runbooks beside what is investigated: from --documents and from fa2.toml, of exports and of AWS."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from loopback import Loopback, serving
from world import World

from fa2.core.bundle import opened
from fa2.core.telemetry import Telemetry
from scenes import fa2, failed, succeeded

JAPANESE = "# データベース障害\n\ndatabase への接続が refused になったら、フェイルオーバーして再起動する。\n"


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Log lines of an hour in which a database refuses connections for five minutes."""
    folder = tmp_path_factory.mktemp("logs") / "exports"
    folder.mkdir()
    lines = []
    for n in range(1800):
        broken = 900 <= n < 1050
        told = "ERROR database refused connection" if broken else "INFO served request"
        lines.append(f"2026-11-20T03:{n // 30:02}:{n % 30 * 2:02}Z {told} {n}\n")
    (folder / "api.log").write_text("".join(lines))
    return folder


@pytest.fixture
def runbooks(tmp_path: Path) -> Path:
    """One runbook in Japanese that fits, four that fit less, and a note on something else."""
    folder = tmp_path / "runbooks"
    folder.mkdir()
    (folder / "db.md").write_text(JAPANESE, encoding="utf-8")
    for n in range(4):
        (folder / f"older-{n}.md").write_text(f"# Database {n}\n\nThe database refused a connection in year {n}.\n")
    (folder / "lunch.md").write_text("# Lunch\n\nSoup.\n")
    return folder


def told(exports: Path, *arguments: str | Path, cwd: Path, **environment: str) -> dict[str, Any]:
    written = succeeded("investigate", exports, "--format", "json", *arguments, cwd=cwd, **environment)
    report: dict[str, Any] = json.loads(written)
    return report


def named(report: dict[str, Any]) -> list[str]:
    return [document["title"] for document in (report["documents"] or {"fitting": []})["fitting"]]


def of_folder(report: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    return [entry for entry in report["coverage"] if entry["source"] == str(folder)]


def test_the_folder_that_is_named_is_in_the_report_and_in_coverage(
    exports: Path, runbooks: Path, tmp_path: Path
) -> None:
    asked = ("--documents", runbooks, "--question", "データベースの障害はなぜ起きたか")
    report = told(exports, *asked, cwd=tmp_path, XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert named(report)[0] == "データベース障害"
    assert len(named(report)) == 3
    (entry,) = of_folder(report, runbooks)
    assert (entry["status"], entry["table"], entry["rows_returned"]) == ("ok", "documents", 6)
    (index,) = (tmp_path / "cache" / "fa2").iterdir()
    assert index.name.startswith("documents-")


@pytest.mark.parametrize("most", [1, 4])
def test_the_folder_of_fa2_toml_lies_beside_it_and_its_number_is_honoured(
    exports: Path, runbooks: Path, tmp_path: Path, most: int
) -> None:
    file = tmp_path / "fa2.toml"
    file.write_text(f'[documents]\nfolder = "runbooks"\nat_most = {most}\n')
    report = told(exports, "--config", file, cwd=exports.parent, XDG_CACHE_HOME=str(tmp_path))
    assert len(named(report)) == most
    assert of_folder(report, runbooks)


def test_a_bundle_carries_them_and_is_opened_as_it_is(exports: Path, runbooks: Path, tmp_path: Path) -> None:
    bundle, cache = tmp_path / "b", str(tmp_path)
    said = succeeded("collect", exports, "-o", bundle, "--documents", runbooks, cwd=tmp_path, XDG_CACHE_HOME=cache)
    assert f"{runbooks}  documents 6 rows" in said
    before = {file.name: file.read_bytes() for file in bundle.iterdir()}
    (tmp_path / "fa2.toml").write_text('[documents]\nfolder = "nowhere"\nat_most = 2\n')
    assert len(named(told(bundle, cwd=tmp_path, XDG_CACHE_HOME=cache))) == 2
    assert {file.name: file.read_bytes() for file in bundle.iterdir()} == before
    assert "opened as it is" in failed("investigate", bundle, "--documents", runbooks, cwd=tmp_path)


def test_a_folder_that_is_not_there_fails_nothing_else(exports: Path, tmp_path: Path) -> None:
    report = told(exports, "--documents", "nowhere", cwd=tmp_path)
    (entry,) = of_folder(report, tmp_path / "nowhere")
    assert (entry["status"], entry["error"]["code"]) == ("failed", "documents_no_folder")
    assert report["claims"]
    assert not named(report)


def test_documents_among_the_exports_are_read_once(exports: Path, tmp_path: Path) -> None:
    folder = tmp_path / "all"
    (folder / "runbooks").mkdir(parents=True)
    (folder / "api.log").write_bytes((exports / "api.log").read_bytes())
    (folder / "runbooks" / "db.md").write_text(JAPANESE, encoding="utf-8")
    report = told(folder, "--documents", folder / "runbooks", cwd=tmp_path)
    assert (named(report), report["documents"]["searched"]) == (["データベース障害"], 1)
    assert not of_folder(report, folder / "runbooks")


def test_without_a_folder_nothing_is_said_of_documents(exports: Path, tmp_path: Path) -> None:
    report = told(exports, cwd=tmp_path)
    assert report["documents"] is None
    assert {entry["table"] for entry in report["coverage"]} >= {"logs"}


@pytest.fixture(scope="module")
def metrics() -> World:
    """A world of which metrics are asked."""
    return World()


def test_an_alarm_in_aws_brings_the_runbooks_of_the_folder(metrics: World, runbooks: Path, tmp_path: Path) -> None:
    (runbooks / "payments.md").write_text("# payments のエラー\n\npayments の Errors が増えたら orders を見る。\n")
    with serving(metrics.metrics, metrics.sts) as aws:
        bundle = live(aws, tmp_path, runbooks)
    with opened(bundle) as kept, Telemetry.of(kept) as telemetry:
        assert ("payments のエラー",) in telemetry.rows("SELECT title FROM documents")
        assert telemetry.rows("SELECT count(*) > 100 FROM metrics") == [(True,)]
        (entry,) = [entry for entry in kept.coverage if entry.source == str(runbooks)]
    assert (entry.status, entry.rows_returned) == ("ok", 7)


def live(aws: Loopback, folder: Path, runbooks: Path) -> Path:
    """Collect a window of CloudWatch metrics and the runbooks; return the bundle."""
    others = ("alb_access_logs", "cloudtrail_athena", "cloudtrail_lookup", "cloudwatch_logs", "config_history")
    off = [f"[{name}]\nenabled = false" for name in (*others, "guardduty", "knowledge_base", "security_hub", "xray")]
    (folder / "fa2.toml").write_text("\n".join([f'[documents]\nfolder = "{runbooks}"', *off]) + "\n")
    times = ("--from", "2026-11-20T03:10Z", "--to", "2026-11-20T03:30Z", "--question", "payments の Errors")
    environment = {**aws.environment(), "XDG_CACHE_HOME": str(folder)}
    done = fa2("collect", "-o", folder / "live", *times, cwd=folder, **environment)
    assert done.returncode == 0, done.stderr.decode()
    return folder / "live"
