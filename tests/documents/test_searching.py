"""What is found in a small corpus of runbooks in two languages, and what is not."""

from __future__ import annotations

import pytest
from corpora import Asked, asked, parts

from fa2.documents.passages import LONGEST, sentences
from fa2.documents.ranking import LEAST, Counted, Stock, fit
from fa2.documents.searching import Hit, Part, search
from fa2.documents.sections import Section
from fa2.documents.terms import query

PARTS = parts()
ANSWERED = [query for query in asked() if query.fitting and not query.held_out]
HELD_OUT = [query for query in asked() if query.fitting and query.held_out]
UNANSWERED = [query for query in asked() if not query.fitting]


def found(text: str, count: int = 5) -> list[Hit]:
    return search(PARTS, query([(text, 1.0)]), count)


@pytest.mark.parametrize("asked", ANSWERED, ids=lambda asked: asked.text[:30])
def test_what_answers_a_question_comes_first(asked: Asked) -> None:
    best = found(asked.text)[0].part.document
    assert asked.fitting.get(best) == 2


def test_most_questions_that_nothing_was_tuned_for_are_answered() -> None:
    first = [next((hit.part.document for hit in found(held.text)), None) for held in HELD_OUT]
    right = [held.fitting.get(document or "") == 2 for held, document in zip(HELD_OUT, first, strict=True)]
    assert sum(right) >= 0.8 * len(right)


@pytest.mark.parametrize("asked", UNANSWERED, ids=lambda asked: asked.text[:30])
def test_nothing_is_found_for_what_no_document_is_about(asked: Asked) -> None:
    assert found(asked.text) == []


def test_documents_in_the_other_language_are_found_too() -> None:
    names = [hit.part.document for hit in found("切り戻しの手順")]
    assert names == ["ja/kessai.md", "en/payments.md"]


def test_a_hit_names_section_terms_and_the_sentence() -> None:
    hit, *_ = found("ORA-00060 in the report job")
    assert hit.part.section.title == "Oracle: deadlocks"
    assert hit.terms[0] == "ORA-00060"
    assert "job" in hit.terms
    assert [p.text for p in hit.passages] == [
        "The error is ORA-00060: deadlock detected while waiting for resource.",
        "Find the blocking session in the trace file of the alert log, and tell the owner of the report job.",
    ]


def test_passages_are_pieces_of_the_section() -> None:
    for question in ANSWERED:
        for hit in found(question.text):
            text = hit.part.section.text
            assert hit.passages
            assert all(text[p.start : p.start + len(p.text)] == p.text for p in hit.passages)


def test_a_document_is_found_once_and_at_most_so_many_are() -> None:
    documents = [hit.part.document for hit in found("payments connection pool gateway rollback")]
    assert len(documents) == len(set(documents))
    assert len(found("payments 決済 証明書 certificate", 2)) == 2


def test_rare_terms_count_more_than_common_ones() -> None:
    texts = [f"The service has alarm number {n}." for n in range(20)] + ["The facet has one."]
    some = [Part(str(n), str(n), Section((), text, 0, 1)) for n, text in enumerate(texts)]
    assert search(some, query([("service alarm facet", 1.0)]))[0].part.id == "20"


def test_a_title_counts_more_than_text() -> None:
    stock = Stock(10, 10.0, {"deadlock": 2})
    asked_ = query([("deadlock", 1.0)])
    titled, written = Counted.of("Deadlock", "What to do."), Counted.of("What to do", "Deadlock.")
    assert fit(asked_, titled, stock).score > fit(asked_, written, stock).score


def test_a_word_that_no_document_has_lowers_the_relevance() -> None:
    stock = Stock(10, 10.0, {"deadlock": 2})
    counted = Counted.of("", "A deadlock.")
    assert fit(query([("deadlock", 1.0)]), counted, stock).relevance == 1.0
    assert fit(query([("deadlock kitchen coffee machine", 1.0)]), counted, stock).relevance < LEAST


def test_marks_of_lists_and_tables_are_no_part_of_a_sentence() -> None:
    text = "1. First. Second one!\n- [x] done\n> quoted\n| --- | --- |\n三番目。四番目?\n"
    assert [s.text for s in sentences(text)] == ["First.", "Second one!", "done", "quoted", "三番目。", "四番目?"]
    assert all(len(s.text) <= LONGEST for s in sentences("word " * 500))


@pytest.mark.parametrize("text", ["", "   ", "のはがをに", "the and or", "\0", "…"])
def test_a_query_of_nothing_finds_nothing(text: str) -> None:
    assert found(text) == []
