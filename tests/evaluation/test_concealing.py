"""Nothing in the copy that is investigated says what the case was called."""

from __future__ import annotations

from pathlib import Path

from evaluated import INCIDENT, bundle, label
from fa2.core.bundle import opened
from fa2.evaluation.cases import LabelledCase
from fa2.evaluation.concealing import concealed
from fa2.stores.bundle_folder import zip_bundle


def case_of(tmp_path: Path, **incident: str) -> LabelledCase:
    return LabelledCase("redis-eviction", bundle(tmp_path / "redis-eviction", **incident), INCIDENT)


def everything(folder: Path) -> str:
    texts = [path.read_text() for path in folder.rglob("*") if path.is_file()]
    return "\n".join([str(path) for path in folder.rglob("*")] + texts)


def test_names_of_case_bundle_and_incident_are_gone_but_the_question_stays(tmp_path: Path) -> None:
    case = case_of(tmp_path, id="pool-exhausted", title="Redis-Eviction in eu-1")
    with concealed(case, tmp_path / "scratch") as hidden:
        whole = everything(tmp_path / "scratch")
        for name in ("redis-eviction", "pool-exhausted"):
            assert name not in whole.casefold()
        assert hidden.incident.id == hidden.folder.name == hidden.incident.title == hidden.coverage[0].source
        assert hidden.incident.question == "Why?"


def test_a_title_that_does_not_name_the_case_stays(tmp_path: Path) -> None:
    with concealed(case_of(tmp_path), tmp_path / "scratch") as hidden:
        assert hidden.incident.title == "Checkout is slow"


def test_labels_and_notes_are_not_copied(tmp_path: Path) -> None:
    case = case_of(tmp_path)
    label(case.bundle, {"verdict": "incident", "service": "payments"})
    (case.bundle / "postmortem.md").write_text("It was the pool.")
    with concealed(case, tmp_path / "scratch") as hidden:
        assert sorted(path.name for path in hidden.folder.iterdir()) == ["coverage.json", "incident.json"]


def test_tables_come_along_also_from_a_zip(tmp_path: Path) -> None:
    source = Path("examples/incidents/quiet")
    zip_bundle(source, tmp_path / "quiet.zip")
    with opened(source) as original:
        wanted = {table: [file.stat().st_size for file in original.files(table)] for table in original.tables}
    with concealed(LabelledCase("quiet", tmp_path / "quiet.zip", INCIDENT), tmp_path / "scratch") as hidden:
        assert {table: [file.stat().st_size for file in hidden.files(table)] for table in hidden.tables} == wanted
        assert "logs" in hidden.tables


def test_the_name_is_the_same_for_the_same_seed_and_the_copy_goes(tmp_path: Path) -> None:
    names = []
    for seed in (1, 1, 2):
        with concealed(case_of(tmp_path / f"{len(names)}"), tmp_path / "scratch", seed) as hidden:
            names.append(hidden.folder.name)
        assert not list((tmp_path / "scratch").iterdir())
    assert names[0] == names[1] != names[2]
