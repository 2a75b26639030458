"""What stands is said by the evidence that is cited; all else is struck, with its reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.messages import LANGUAGES, Value, catalogue
from fa2.core.report import EvidenceRecord
from fa2.core.windows import TimeWindow
from fa2.grounding.checking import check, check_guess, check_order
from fa2.grounding.grounds import Grounds
from fa2.grounding.reading import facts
from fa2.logs.patterns.pattern import template_regex

WINDOW = TimeWindow.parse("2026-11-20T19:00:00Z/2026-11-20T19:10:00Z")
BASELINE = TimeWindow.parse("2026-11-20T18:00:00Z/2026-11-20T19:00:00Z")

LATENCY = EvidenceRecord(
    id="E0000000001",
    table="metrics",
    sql="SELECT 1",
    parameters={"service": "orders", "name": "Latency", "stat": "p90"},
    columns=["value", "usual", "size", "points", "onset"],
    rows=[[456.26, 170.71, 14.7, 20, "2026-11-20T19:02:07Z"]],
)
LINES = EvidenceRecord(
    id="E0000000002",
    table="logs",
    sql="SELECT 1",
    parameters={"service": "orders", "level": "ERROR", "regex": template_regex("<*> failed: payments answered <*>")},
    columns=["window", "baseline", "first_seen", "expected"],
    rows=[[434, 6, "2026-11-20T19:02:09.314Z", 1.0]],
)
SERIES = EvidenceRecord(
    id="E0000000003",
    table="metrics",
    sql="SELECT 1",
    columns=["timestamp", "service", "value", "unit"],
    rows=[
        ["2026-11-20T18:50:00Z", "orders", 0.9, "Seconds"],
        ["2026-11-20T19:02:00Z", "orders", 2.5, "Seconds"],
        ["2026-11-20T18:50:00Z", "payments", 0.4, "Seconds"],
        ["2026-11-20T19:02:00Z", "payments", 0.3, "Seconds"],
    ],
)
CHANGE = EvidenceRecord(
    id="E0000000004",
    table="changes",
    sql="SELECT 1",
    parameters={"actor": "shop/r.silva", "action": "lambda:UpdateFunctionConfiguration"},
    columns=["time", "before", "after", "changed"],
    rows=[["2026-11-20T19:01:00Z", '{"timeout":30}', '{"timeout":3}', "timeout 30 → 3"]],
)
GROUNDS = Grounds(
    [LATENCY, LINES, SERIES, CHANGE],
    names={"orders", "payments", "storefront", "Latency", "ErrorCount"},
    window=WINDOW,
    baselines=[BASELINE],
    claims=["C1"],
)
ALL = [LATENCY.id, LINES.id, SERIES.id, CHANGE.id]


def reason(text: str, *cited: EvidenceRecord) -> str | None:
    found = check(text, [record.id for record in cited], GROUNDS)
    return None if found is None else found.key.removeprefix("grounding.")


@pytest.mark.parametrize(
    "text",
    [
        "`shop/r.silva` called `lambda:UpdateFunctionConfiguration`.",
        "`shop/r.silva` が `lambda:UpdateFunctionConfiguration` を実行しました。",
    ],
)
def test_long_names_in_backticks_that_stand_in_the_evidence_stand(text: str) -> None:
    assert reason(text, CHANGE) is None
    assert reason(text.replace("Configuration", "ConfigurationX"), CHANGE) == "name"


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ("The p90 Latency of orders rose to 456, normally 171.", LATENCY),
        ("orders became slower, ×2.67 at p90.", LATENCY),
        ("Latency of orders rose by 286.", LATENCY),
        ("orders の p90 Latency は 167% 増加しました。", LATENCY),
        ("orders logged “failed: payments answered <*>” 434 times since 19:02:09.", LINES),
        ("orders のログ「failed: payments answered <*>」が 434 件に急増しています（C1）。", LINES),
        ("At 19:02 orders took 2,500 ms, at 18:50 900 ms.", SERIES),
        ("r.silva cut the timeout from 30 to 3 at 04:01 JST.", CHANGE),
    ],
)
def test_a_claim_that_its_evidence_bears_out_stands(text: str, record: EvidenceRecord) -> None:
    assert reason(text, record) is None


@pytest.mark.parametrize(
    ("text", "record", "why"),
    [
        ("The p90 Latency of orders rose to 546.", LATENCY, "number"),
        ("The p90 Latency of orders rose to 171, normally 456.", LATENCY, "swapped"),
        ("The p99 Latency of orders rose to 456.", LATENCY, "number"),
        ("The p90 Latency of orders rose to 20.", LATENCY, "number"),
        ("The p90 Latency of orders fell to 456.", LATENCY, "direction"),
        ("The p90 Latency of payments rose to 456.", LATENCY, "name"),
        ("The p90 Latency of `orders-v2` rose to 456.", LATENCY, "name"),
        ("Latency of the billing service rose to 456.", LATENCY, "name"),
        ("Redis made the Latency of orders rise to 456.", LATENCY, "name"),
        ("Latency of orders rose at 19:05:07.", LATENCY, "time"),
        ("Latency of orders rose at 19:02:07 JST.", LATENCY, "time"),
        ("orders logged “failed: payments refused <*>” 434 times.", LINES, "quotation"),
        ("orders logged 434 lines, ERROR E00000000ff.", LINES, "missing"),
        ("orders logged 434 lines (E0000000001).", LINES, "not_cited"),
        ("storefront logged 434 lines.", LINES, "name"),
        ("At 19:02 payments took 2.5 s.", SERIES, "number"),
        ("r.silva changed the timeout from 3 to 30.", CHANGE, "number"),
        ("r.silva made errors rise at 19:01.", CHANGE, "no_direction"),
        ("Something is badly broken.", LINES, "nothing"),
        ("  ", LINES, "empty"),
        ("orders の p90 Latency は 456 に減少しました。", LATENCY, "direction"),
        ("決済サービスの p90 Latency は 456 に増加しました。", LATENCY, "name"),
        ("orders の p90 Latency は 556 に増加しました。", LATENCY, "number"),
    ],
)
def test_a_claim_that_its_evidence_does_not_bear_out_is_struck(text: str, record: EvidenceRecord, why: str) -> None:
    assert reason(text, record) == why


def test_a_claim_has_to_cite_evidence_that_there_is() -> None:
    assert reason("orders logged 434 lines.") == "uncited"
    missing = check("orders logged 434 lines.", ["E00000000ff"], GROUNDS)
    assert missing is not None
    assert missing.key == "grounding.missing"


def test_a_look_alike_is_not_the_service() -> None:
    assert reason("The p90 Latency of оrders rose to 456.", LATENCY) == "name"  # a Cyrillic о
    assert reason("The p90 Latency of or\u200bders rose to ４５６.", LATENCY) is None


def test_an_order_may_say_what_should_rise_but_names_nothing_new() -> None:
    assert check_order("Increase the timeout from 3 to 30, as it was.", [CHANGE.id], GROUNDS) is None
    assert check_order("Increase the timeout to 77.", [CHANGE.id], GROUNDS) is not None
    assert check_order("Restart payments-db-7.", [CHANGE.id], GROUNDS) is not None


def test_a_guess_may_say_any_name_that_is_known() -> None:
    assert check_guess("ErrorCount of storefront may have risen too.", GROUNDS) is None
    assert check_guess("The kafka-broker-1 may be down.", GROUNDS) is not None


def test_more_evidence_may_come_later() -> None:
    grounds = Grounds([], names=(), window=WINDOW)
    assert check("434 lines", [LINES.id], grounds) is not None
    grounds.add([LINES])
    assert check("434 lines", [LINES.id], grounds) is None


def test_facts_are_told_with_their_kinds_and_places() -> None:
    text = "`orders` rose to 456 ms at 19:02 (E0000000001), “went boom”."
    assert [(f.kind, text[f.start : f.end]) for f in facts(text)] == [
        ("name", "`orders`"),
        ("direction", "rose"),
        ("number", "456 ms"),
        ("time", "19:02"),
        ("id", "E0000000001"),
        ("quotation", "“went boom”"),
    ]


_PIECES = st.sampled_from(
    ["“", "”", "「", "」", "`", '"', "'", "(", "1,234", "%", "3時", "12分", "E0000000001", "orders", "から", "from", "to", "rose",
     "通常", "normally", ":", "/", ".", "-", "x", "×", "１", "\u200b", "\0", "\ud800", "\n", "of", "万", "e9", "<*>", "…", "é", "о"]
)  # fmt: skip


@given(st.lists(_PIECES | st.text(max_size=4), max_size=40).map("".join))
def test_no_text_breaks_it(text: str) -> None:
    for found in (check(text, ALL, GROUNDS), check_order(text, ALL, GROUNDS), check_guess(text, GROUNDS)):
        for language in LANGUAGES:
            assert found is None or catalogue(language).render(found)


def test_what_is_too_much_to_check_is_struck_unread() -> None:
    assert reason("orders logged 434 lines. " * 4_000, LINES) == "long"
    assert reason("434 " * 500, LINES) == "many"
    assert check_guess("434 " * 500, GROUNDS) is not None


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("orders logged 434 shipments where 1 would be expected.", True),
        ("orders logged 434 shipments.", True),
        ("orders logged 434 shipments calls.", False),
        ("orders logged 434 `shipments`.", False),
        ("shipments logged 434 lines.", False),
        ("434 lines of shipments.", False),
        ("434 Shipments.", False),
        ("orders のログに shipments が 434 件出ています。", False),
    ],
)
def test_a_noun_that_is_counted_is_not_the_service_of_that_name(text: str, stands: bool) -> None:
    grounds = Grounds([LINES], names={"orders", "shipments"}, window=WINDOW, baselines=[BASELINE])
    assert (check(text, [LINES.id], grounds) is None) is stands


def test_a_row_that_states_no_unit_has_one_unit() -> None:
    assert reason("Latency of orders rose to 456 ms, normally 171 ms.", LATENCY) is None
    assert reason("Latency of orders rose to 456 s, normally 171 s.", LATENCY) is None
    assert reason("Latency of orders rose to 456 s, normally 171 ms.", LATENCY) == "number"


@pytest.mark.parametrize("rows", [[], [[0]]])
def test_what_was_looked_for_and_not_found_states_nothing(rows: list[list[Value]]) -> None:
    lie = "the calls of orders lost 999 requests at noon"
    for parameters in ({"v1": lie}, {"search": lie}, {"v1": 999.0}):
        asked = LINES.model_copy(update={"parameters": parameters, "columns": ["n"], "rows": rows})
        grounds = Grounds([asked], names={"orders"}, window=WINDOW)
        assert check(lie, [asked.id], grounds) is not None


def test_what_was_looked_for_may_be_named_and_counted() -> None:
    asked = LINES.model_copy(update={"parameters": {"v1": "pool 7 is full"}, "columns": ["n"], "rows": [[12]]})
    grounds = Grounds([asked], names={"orders"}, window=WINDOW)
    assert check("“pool 7 is full” was logged 12 times.", [asked.id], grounds) is None
    assert check("The line pool 7 is full stands there 13 times.", [asked.id], grounds) is not None
