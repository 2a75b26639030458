"""What is looked for in questions, names and messages."""

from __future__ import annotations

from fa2.documents.terms import MOST, of_terms, one_of, query, terms


def shown(text: str) -> list[str]:
    return [term.shown for term in query([(text, 1.0)]).terms]


def test_words_that_every_question_has_are_no_terms() -> None:
    assert shown("Why is the checkout failing, and what should I do about it?") == ["checkout", "failing"]
    assert shown("決済の障害の原因を教えてください") == ["決済", "障害"]


def test_a_japanese_question_is_cut_at_its_scripts() -> None:
    assert shown("注文サービスでタイムアウトが急増") == ["注文", "タイムアウト", "サービス", "急増"]


def test_a_single_kanji_is_told_by_its_ending() -> None:
    assert [term.shown for term in terms("用紙が詰まりました")] == ["用紙", "詰ま"]


def test_the_glossary_knows_a_term_in_both_languages() -> None:
    (term,) = terms("タイムアウト")
    assert ("timeout",) in [form.words for form in term.forms]
    (term,) = terms("deadlocks")
    assert ("デッ", "ッド", "ドロ", "ロッ", "ック") in [form.words for form in term.forms]


def test_a_name_is_looked_for_whole_without_its_package_and_in_parts() -> None:
    (term,) = terms("com.example.PoolTimeoutException")
    assert [form.words for form in term.forms] == [
        ("comexamplepooltimeoutexception",),
        ("pooltimeoutexception",),
        ("example", "pool", "timeout"),
    ]
    assert term.weight > 1


def test_a_term_that_comes_twice_counts_once_at_its_heaviest() -> None:
    (term,) = query([("deadlock", 0.5), ("Deadlock deadlocks", 2.0)]).terms
    assert term.weight == 2.0


def test_the_heaviest_terms_are_kept() -> None:
    asked = query(
        [(" ".join(f"word{'abcdefghij'[n % 10]}{'klmnopqrst'[n // 10]}" for n in range(99)), 1.0), ("ledger", 2.0)]
    )
    assert len(asked.terms) == MOST
    assert asked.terms[0].shown == "ledger"


def test_one_term_may_have_names_in_two_languages() -> None:
    (term,) = one_of(["exhausted connections", "接続の枯渇"])
    assert {("connection",), ("枯渇",)} <= {form.words for form in term.forms}
    assert list(one_of(["", ""])) == []
    assert of_terms([]).terms == ()
