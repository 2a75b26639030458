"""fa2 past, fa2 feedback and the past in fa2 investigate, as a person meets them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bundles import Scene
from fa2.config.sections import Past
from fa2.core.past import report_id
from fa2.core.report import Report
from fa2.stores.past_folder import PastInFolder
from fa2.wiring.past import permissions_of
from pasts import NOW, report
from scenes import fa2, failed, outage, succeeded


class Home:
    """Somebody's state folder, and the command line with it."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.past = PastInFolder(state / "fa2" / "past")

    def says(self, *arguments: str | Path, **environment: str) -> str:
        return succeeded(*arguments, XDG_STATE_HOME=str(self.state), **environment)

    def refuses(self, *arguments: str | Path, **environment: str) -> str:
        return failed(*arguments, XDG_STATE_HOME=str(self.state), **environment)

    def reported(self, *arguments: str | Path) -> Report:
        return Report.model_validate_json(self.says("investigate", *arguments, "--format", "json"))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "state")


def bundle(folder: Path, name: str, day: int) -> Path:
    """Write the bundle of the same outage on another day."""
    import bundles

    onset = bundles.ONSET
    bundles.ONSET = onset.replace(day=day)
    try:
        scene: Scene = outage()
        return scene.write(folder / name)
    finally:
        bundles.ONSET = onset


def test_the_same_trouble_is_recalled_with_what_a_person_said(home: Home, tmp_path: Path) -> None:
    first = home.reported(bundle(tmp_path, "first", 3))
    assert first.past == []
    said = home.says("feedback", report_id(first), "--wrong", "--cause", "a feed used up the capacity of payments")
    assert "payments" in said
    assert "a feed used up the capacity of payments" in said
    again = home.reported(bundle(tmp_path, "again", 9))
    (told,) = again.past
    assert (told.id, told.feedback, told.cause) == (
        report_id(first), "wrong", "a feed used up the capacity of payments"
    )  # fmt: skip
    assert told.likeness > 0.3
    assert {one.title for one in home.past.kept().reports} == {first.title, again.title}
    assert len(home.past.kept().reports) == 2


def test_investigating_the_same_bundle_again_is_not_its_own_past(home: Home, tmp_path: Path) -> None:
    place = bundle(tmp_path, "first", 3)
    home.reported(place)
    assert home.reported(place).past == []
    assert len(home.past.kept().reports) == 1


def test_without_past_nothing_is_kept_or_recalled(home: Home, tmp_path: Path) -> None:
    made = home.reported(bundle(tmp_path, "first", 3), "--no-past")
    assert not any(entry.source == "[past]" for entry in made.coverage)
    assert not home.state.exists()


def test_who_keeps_nothing_still_recalls(home: Home, tmp_path: Path) -> None:
    made = home.reported(bundle(tmp_path, "first", 3), "--set", "past.keep=false")
    assert any(entry.source == "[past]" for entry in made.coverage)
    assert not home.state.exists()


def test_reports_are_kept_in_the_folder_that_is_named(home: Home, tmp_path: Path) -> None:
    named = json.dumps(str(tmp_path / "elsewhere"))
    home.reported(bundle(tmp_path, "first", 3), "--set", f"past.folder={named}")
    assert not home.state.exists()
    assert len(PastInFolder(tmp_path / "elsewhere").kept().reports) == 1


def test_a_store_that_cannot_be_used_costs_a_note_and_no_report(home: Home, tmp_path: Path) -> None:
    folder = home.state / "fa2" / "past"
    folder.mkdir(parents=True)
    (folder / "reports.sqlite3").write_bytes(b"no database at all. " * 300)
    made = home.reported(bundle(tmp_path, "first", 3))
    assert made.verdict == "incident"
    problems = [entry.error.code for entry in made.coverage if entry.source == "[past]" and entry.error]
    assert problems == ["past_corrupt", "past_corrupt"]
    assert "damaged" in home.refuses("past")
    assert "壊れています" in home.refuses("past", FA2_LANGUAGE="ja")


def test_nobody_kept_anything_yet(home: Home) -> None:
    assert str(home.state / "fa2" / "past") in home.says("past")
    assert "まだ" in home.says("past", FA2_LANGUAGE="ja")
    assert not home.state.exists()


def test_the_list_names_each_report_its_cause_and_what_was_said(home: Home) -> None:
    ids = [home.past.keep(report(day), NOW) for day in (1, 2)]
    quiet = home.past.keep(report(3, None), NOW)
    home.says("feedback", ids[0], "--wrong", "--cause", "the import")
    lines = home.says("past").splitlines()
    assert [line.split()[0] for line in lines if line.startswith("R")] == [ids[1], ids[0]]
    assert "2026-11-01 03:00:00 UTC  web errors on day 1" in lines[2]
    assert "payments – throttling – wrong; it was: the import" in lines[3]
    assert lines[-1].startswith("1 more found no incident")
    assert quiet in home.says("past", "--all")
    assert "実際の原因: the import" in home.says("past", FA2_LANGUAGE="ja")


def test_what_comes_from_a_report_cannot_act_on_the_terminal(home: Home) -> None:
    id = home.past.keep(report(1, "pay\x1b]0;x\x07ments", title="a\x1b[2J\nforged\u202e"), NOW)
    home.says("feedback", id, "--wrong", "--cause", "b\x1b[31m\nc\u202e")
    said = home.says("past")
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "forged" in said
    assert not any(line.startswith(("forged", "c")) for line in said.splitlines())


def test_a_kept_report_is_shown_in_every_form_and_language(home: Home, tmp_path: Path) -> None:
    id = home.past.keep(report(1), NOW)
    assert "payments" in home.says("past", "show", id[:5])
    assert "原因" in home.says("past", "show", id, "--language", "ja")
    assert home.says("past", "show", id, "-o", tmp_path / "r.json") == ""
    assert Report.model_validate_json((tmp_path / "r.json").read_bytes()).incident == "web-errors-1"


def test_what_is_forgotten_is_gone(home: Home) -> None:
    one, two = (home.past.keep(report(day), NOW) for day in (1, 2))
    assert "Rnothing" in home.refuses("past", "forget", one, "Rnothing")
    assert len(home.past.kept().reports) == 2
    assert one in home.says("past", "forget", one)
    assert [kept.id for kept in home.past.kept().reports] == [two]


def test_feedback_on_a_report_file_that_is_not_kept_keeps_it(home: Home, tmp_path: Path) -> None:
    made = report(1)
    file = tmp_path / "report.json"
    file.write_text(made.model_dump_json(), encoding="utf-8")
    home.says("feedback", file, "--right", LOGNAME="aoi")
    (kept,) = home.past.kept().reports
    assert kept.said is not None
    assert (kept.said.verdict, kept.said.by, kept.said.service) == ("right", "aoi", "payments")
    assert home.past.report(kept.id) == made
    home.says("feedback", file, "--wrong", "--cause", "さっきのは誤り")
    (kept,) = home.past.kept().reports
    assert [(f.verdict, f.cause) for f in kept.feedback] == [("right", ""), ("wrong", "さっきのは誤り")]


def test_feedback_on_an_older_report_of_the_incident_judges_the_cause_that_it_names(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text(report(1).model_dump_json(), encoding="utf-8")
    home.past.keep(report(1, "ledger"), NOW)
    home.says("feedback", file, "--wrong")
    (kept,) = home.past.kept().reports
    assert kept.said is not None
    assert (kept.said.service, kept.fingerprint.service) == ("payments", "ledger")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["R1"], "--right or --wrong"),
        (["R1", "--right", "--wrong"], "--right or --wrong"),
        (["R1", "--right"], "No kept report has the id R1"),
        (["R1", "--wrong", "--cause", " "], "--cause is empty"),
        (["R1", "--wrong", "--cause", "x" * 2001], "2,001 characters"),
    ],
)
def test_feedback_that_is_none_is_refused_in_one_line(home: Home, arguments: list[str], told: str) -> None:
    assert told in home.refuses("feedback", *arguments)
    assert not home.state.exists()


def test_a_file_that_is_no_report_is_refused(home: Home, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("{}")
    assert "report.json" in home.refuses("feedback", tmp_path / "report.json", "--right")


def test_the_policy_holds_what_keeping_reports_in_aws_needs(home: Home) -> None:
    policy = home.says("iam", "--account", "123456789012", "--region", "eu-west-1", "--set", "past.table=fa2", "--set", "past.bucket=fa2-texts")  # fmt: skip
    statements = json.loads(policy)["Statement"]
    told = {(s["Sid"].rstrip("0123456789"), *s["Resource"]): s["Action"] for s in statements}
    table, texts = "arn:aws:dynamodb:eu-west-1:123456789012:table/fa2", "arn:aws:s3:::fa2-texts/reports/*"
    assert told["Fa2Read", table] == ["dynamodb:GetItem", "dynamodb:Scan"]
    assert told["Fa2Write", table] == ["dynamodb:DeleteItem", "dynamodb:UpdateItem"]
    assert told["Fa2Read", texts] == ["s3:GetObject"]
    assert told["Fa2Write", texts] == ["s3:DeleteObject", "s3:PutObject"]
    assert permissions_of(Past()) == []


def test_a_folder_that_is_not_there_is_told_before_the_work(home: Home, tmp_path: Path) -> None:
    said = home.refuses("investigate", bundle(tmp_path, "first", 3), "-o", tmp_path / "none" / "r.html")
    assert "No such file or directory" in said
    assert not home.state.exists()


def test_help_gives_examples(home: Home) -> None:
    for command in (["past"], ["past", "show"], ["past", "forget"], ["feedback"]):
        done = fa2(*command, "--help", XDG_STATE_HOME=str(home.state), FA2_LANGUAGE="ja", PATH=os.environ["PATH"])
        assert "例:" in done.stdout.decode()
