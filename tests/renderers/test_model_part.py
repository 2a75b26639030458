"""What a model added, and incidents of the past, in every form of report."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import get_args

import pytest

from fa2.core.messages import messages
from fa2.core.report import Report
from fa2.redaction.sightings import Kind
from fa2.renderers import html, markdown, terminal
from fa2.renderers.model_outline import ModelOutline, account, past_sentences
from fa2.renderers.wording import Wording, with_texts

READABLE: dict[str, Callable[[Report], str]] = {
    "txt": lambda report: terminal.render(report, width=400),
    "md": markdown.render,
    "html": lambda report: re.sub(r"<(style|script).*?</\1>", "", html.render(report), flags=re.DOTALL),
}
each = pytest.mark.parametrize("suffix", READABLE)


def squeezed(text: str) -> str:
    """Return text without markup's own characters, so that one sentence is found in all forms."""
    return re.sub(r"[\\\s]|<[^>]*>", "", text.replace("&#x27;", "'"))


@each
def test_every_statement_that_stands_is_shown_behind_its_mark(suffix: str, investigated: Report) -> None:
    text = READABLE[suffix](investigated)
    assert investigated.model
    for claim in investigated.model.claims:
        if "<" not in claim.text:
            assert squeezed(claim.text) in squeezed(text), claim.id
    assert "◇" in text
    assert "bedrock:global.anthropic.claude-sonnet-4-6" in text


@each
def test_the_headline_and_the_ranking_stay_those_of_the_rules(suffix: str, investigated: Report) -> None:
    without = investigated.model_copy(update={"model": None, "past": []})
    mine, plain = squeezed(READABLE[suffix](investigated)), squeezed(READABLE[suffix](without))
    headline = squeezed(investigated.headline.text)
    assert mine.index(headline) == plain.index(headline) or suffix == "html"
    assert mine.index("0.91") < mine.index("0.44")


@each
def test_what_was_struck_is_listed_apart_with_its_reason(suffix: str, investigated: Report) -> None:
    text = squeezed(READABLE[suffix](investigated))
    assert investigated.model
    heading = {"en": "Statements that were struck", "ja": "除外した記述"}[investigated.language]
    place = text.rindex(squeezed(heading))
    for struck in investigated.model.struck:
        assert squeezed(struck.reason.text) in text[place:]
    assert squeezed(investigated.model.struck[0].text) not in text[:place]
    assert {"en": "10of12statementsstand(83.3%);struck:2", "ja": "12件中10件を採用（83.3%）、2件を除外"}[
        investigated.language
    ] in text


@each
def test_a_rejected_hypothesis_stays_with_what_speaks_against_it(suffix: str, investigated: Report) -> None:
    text = squeezed(READABLE[suffix](investigated))
    assert investigated.model
    rejected = next(h for h in investigated.model.hypotheses if h.status == "rejected")
    against = next(c for c in investigated.model.claims if c.id == rejected.against[0])
    assert text.index(squeezed(rejected.text)) < text.rindex(squeezed(against.text))
    still_open = next(h for h in investigated.model.hypotheses if h.status == "inconclusive")
    assert squeezed(still_open.settles) in text


def test_hypotheses_stand_confirmed_first_and_rejected_last(investigated: Report) -> None:
    assert [h.id for h in ModelOutline(investigated).hypotheses()] == ["H1", "H3", "H2"]


@each
def test_both_rankings_stand_side_by_side_where_they_differ(suffix: str, differing: Report) -> None:
    text = READABLE[suffix](differing)
    heading = {"en": "The two rankings", "ja": "順位の比較"}[differing.language]
    assert text.count(heading) >= 2  # the notice at the top names the table
    rows = [line for line in text.splitlines() if "orders-db" in line and "payment-service" in line]
    assert suffix == "html" or any(line.index("orders-db") < line.index("payment-service") for line in rows)


@each
def test_agreement_is_said_in_one_line_and_makes_no_table(suffix: str, investigated: Report) -> None:
    text = READABLE[suffix](investigated)
    assert {"en": "The two rankings", "ja": "順位の比較"}[investigated.language] not in text
    assert {"en": "The model, too, puts orders-db first", "ja": "モデルも orders-db を 1 位"}[
        investigated.language
    ] in text.replace("\\", "")


@each
def test_where_nothing_stands_the_report_is_that_of_the_rules_and_says_so(suffix: str, worthless: Report) -> None:
    text = squeezed(READABLE[suffix](worthless))
    ended = squeezed(worthless.model.ended.text) if worthless.model else "?"
    said = {"en": "Thelanguagemodeladdednothing;thisisthereportoftherules.", "ja": "ルールのみで作成したレポートです。"}
    assert said[worthless.language] + ended in text
    assert "◇" not in text


@each
def test_no_model_no_trace_of_one(suffix: str, outage: Report) -> None:
    text = READABLE[suffix](outage)
    assert "◇" not in text
    assert {"en": "What the model did", "ja": "モデルによる調査の記録"}[outage.language] not in text


@each
def test_an_incident_of_the_past_is_a_lead_with_what_people_said(suffix: str, investigated: Report) -> None:
    text = squeezed(READABLE[suffix](investigated))
    expected = {
        "en": ["likeness0.82", "Alead", "Apersonconfirmedthatcause", "thiscausewaswrong", "Nobodyhassaid"],
        "ja": ["類似度0.82", "手掛かり", "正しいと確認", "誤りと判断", "まだ確認されていません"],
    }
    for part in expected[investigated.language]:
        assert part in text
    assert squeezed(investigated.past[0].cause) in text


def test_the_cause_a_person_named_goes_before_the_suspect_of_then(investigated: Report) -> None:
    first, second, *_ = investigated.past
    wording = Wording(investigated.language)
    assert first.cause in past_sentences(first, wording)[0]
    assert "checkout-api" in past_sentences(second, wording)[0]


def test_the_account_tells_tokens_cost_time_and_what_was_hidden(investigated: Report) -> None:
    report = with_texts(investigated)
    assert report.model
    told = " ".join(f"{label}: {text}" for label, text in account(report.model, Wording(report.language)))
    for figure in ("45,210", "12,000", "3,204", "$0.213", "48.2", "fa2 show run-1f0c2a"):
        assert figure in told
    assert {"en": "e-mail addresses: 3", "ja": "メールアドレス 3 件"}[report.language] in told


def test_an_unknown_price_is_not_shown_as_nothing(investigated: Report) -> None:
    assert investigated.model
    usage = investigated.model.usage.model_copy(update={"usd": None})
    analysis = investigated.model.model_copy(update={"usage": usage})
    told = " ".join(text for _, text in account(analysis, Wording(investigated.language)))
    assert "$" not in told
    assert {"en": "price not known", "ja": "料金は不明"}[investigated.language] in told


def test_every_kind_that_is_hidden_has_a_word_in_both_languages() -> None:
    for language in ("en", "ja"):
        words = messages(language, "words")
        assert {f"words.hidden.{kind}" for kind in get_args(Kind)} <= words.keys()


def test_a_click_finds_the_evidence_of_a_model_s_statement(investigated: Report) -> None:
    page = html.render(investigated)
    block = re.search(r'<script type="application/json" id="claims">(.*?)</script>', page)
    assert block
    claims = json.loads(block[1])
    assert claims["M1"]["evidence"] == [1, 2, 3]
    assert 'data-claim="M1"' in page
