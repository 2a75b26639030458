"""Documents that fit what analysers and ranking found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bundles import Scene, minute
from fa2.analysers import fitting_documents as fitting_documents_module
from fa2.analysers.fitting_documents import MOST, fitting_documents
from fa2.core.analysis import DocumentSearch
from fa2.core.observations import Observation
from fa2.core.ranked import RankedSuspect
from scenes import fa2, outage, succeeded
from seen import seen

POOL = "When all sessions are taken, stop the settlement job.\n\nThen raise `max_connections`."


def suspect(service: str, mechanism: str | None = None) -> RankedSuspect:
    return RankedSuspect(service, None, mechanism, 0.9, (), (), minute(0))


def pattern(text: str, strength: float = 0.9) -> Observation:
    return seen("log_pattern", "payments", strength, key="observations.log_pattern.new", values={"pattern": text})


def scene(**documents: tuple[str | None, str]) -> Scene:
    made = Scene().has("documents")
    for name, (title, text) in documents.items():
        made.add("documents", id=f"{name}.md#L3", title=title, text=text)
    return made


def found(
    made: Scene, suspects: list[RankedSuspect], observations: list[Observation] | None = None
) -> DocumentSearch | None:
    with made.telemetry() as telemetry:
        return fitting_documents(telemetry, observations or [], suspects)


RUNBOOKS = scene(
    pool=("Payments > Connection pool", POOL),
    kessai=("決済 > 接続の枯渇", "夜間の精算バッチを止める。"),
    search=("Search", "Rebuild the index."),
    lunch=("Cafeteria", "The menu changes on Monday."),
)


def ids(search: DocumentSearch | None) -> list[object]:
    assert search is not None
    return [document.observation.statement.values["document"] for document in search.fitting]


def test_without_the_table_nobody_looked() -> None:
    assert found(Scene(), [suspect("payments")]) is None


def test_documents_on_the_suspect_and_its_mechanism_are_found_in_both_languages() -> None:
    search = found(RUNBOOKS, [suspect("payments", "connections_exhausted")])
    assert sorted(map(str, ids(search))) == ["kessai.md#L3", "pool.md#L3"]
    assert search is not None
    assert search.searched == 4


def test_nothing_is_told_when_nothing_fits() -> None:
    search = found(RUNBOOKS, [suspect("storefront", "dns")], [pattern("UnknownHostException: <*>")])
    assert search == DocumentSearch(4, ())
    assert found(RUNBOOKS, []) == DocumentSearch(4, ())


def test_words_of_log_patterns_find_documents() -> None:
    search = found(RUNBOOKS, [suspect("ledger")], [pattern("rebuild of search index <ID-1> failed")])
    assert ids(search) == ["search.md#L3"]


def test_weak_and_innocent_observations_find_nothing() -> None:
    assert ids(found(RUNBOOKS, [], [pattern("rebuild of search index", strength=0.1)])) == []


def test_the_question_and_the_alarm_find_documents() -> None:
    made = scene(search=("Search", "Rebuild the index."))
    made.incident = made.incident.model_copy(update={"question": "Why is the search index broken?"})
    assert ids(found(made, [])) == ["search.md#L3"]


def test_the_evidence_is_the_sentences_as_they_stand_in_the_document() -> None:
    search = found(RUNBOOKS, [suspect("payments")], [pattern("sessions taken: max_connections")])
    assert search is not None
    observation = search.fitting[0].observation
    (evidence,) = observation.evidence
    assert evidence.columns == ("id", "title", "url", "passage", "further")
    assert evidence.rows[0][3:] == (
        "When all sessions are taken, stop the settlement job.",
        "Then raise `max_connections`.",
    )
    assert observation.statement.key == "observations.document.two"
    assert search.fitting[0].title == "Payments > Connection pool"


def test_a_whole_document_in_one_row_is_told_by_its_section() -> None:
    made = Scene()
    written = "# Runbook\r\n\r\nHello 👨‍👩‍👧.\r\n\r\n## Search\r\n\r\nRebuild the search index.\r\n"
    made.add("documents", id="all.md", title="Runbook", text=written, url="javascript:alert(1)")
    search = found(made, [suspect("search")])
    assert search is not None
    (document,) = search.fitting
    assert (document.title, document.url) == ("Runbook > Search", None)
    assert document.observation.statement.values["passage"] == "Rebuild the search index."


def test_rows_of_one_id_are_told_apart_and_rows_given_twice_are_one() -> None:
    made = Scene()
    for text in ("Rebuild the search index.", "Restart search by hand.", "Rebuild the search index."):
        made.add("documents", id="kb", title="Search", text=text)
    search = found(made, [suspect("search")], [pattern("index rebuild")])
    assert search is not None
    (document,) = search.fitting
    assert document.observation.evidence[0].rows == (("kb", "Search", None, "Rebuild the search index."),)


def test_of_very_many_letters_those_with_the_words_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting_documents_module, "_LETTERS", 5000)
    made = scene(search=("Search", "Rebuild the search index."))
    for n in range(300):
        made.add("documents", id=f"a{n:03}", title="Filler", text=f"{n} nothing of interest. " * 80)
    assert ids(found(made, [suspect("search")])) == ["search.md#L3"]


def test_no_more_than_a_few_are_told() -> None:
    made = scene(**{f"n{n}": ("Search", f"Search note number {n}.") for n in range(9)})
    assert len(ids(found(made, [suspect("search")]))) == MOST


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.text(min_size=1, max_size=60))
def test_any_text_is_searched_and_its_evidence_holds(title: str, text: str, name: str) -> None:
    made = Scene()
    encodable = text.encode("utf-8", "ignore").decode()
    made.add("documents", id="x", title=title.encode("utf-8", "ignore").decode(), text=f"{encodable} Search index.")
    search = found(made, [suspect("search"), suspect(name)], [pattern(f"{text} search index")])
    assert search is not None
    for document in search.fitting:
        said = document.observation.statement.values
        assert said["passage"] in f"{encodable} Search index."


def test_a_report_on_documents_holds_and_breaks_with_the_document(tmp_path: Path) -> None:
    made = outage()
    bundle = made.write(tmp_path / "bundle")
    succeeded("investigate", bundle, "-o", tmp_path / "report.json")
    report = json.loads((tmp_path / "report.json").read_text())
    (document,) = report["documents"]["fitting"]
    assert (document["id"], document["title"], document["terms"]) == ("runbook.md", "Payments", ["payments"])
    (claim,) = [claim for claim in report["claims"] if claim["id"] == document["claim"]]
    assert claim["text"] == "runbook.md says: “Raise the capacity.”"
    assert succeeded("verify", tmp_path / "report.json", bundle).startswith("All ")
    made.rows["documents"][0]["text"] = "Lower the capacity."
    changed = made.write(tmp_path / "changed")
    done = fa2("verify", tmp_path / "report.json", changed)
    assert done.returncode == 1
    assert claim["id"] in done.stdout.decode()
