"""Reading a conclusion: whatever a model writes is read as far as it can be, and nothing it writes breaks it."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from conversing import call
from hypothesis import given
from hypothesis import strategies as st
from scripted import said

from fa2.core.messages import LANGUAGES
from fa2.investigator.conclusion import Conclusion, Unreadable, conclude_tool, read_conclusion

CLAIM = {"id": "c1", "section": "summary", "text": "It throttles.", "evidence": ["E1"]}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def read(**arguments: object) -> Conclusion:
    return read_conclusion(said("", call("conclude", **arguments)))


def test_a_conclusion_is_read_from_the_call() -> None:
    found = read(
        claims=[CLAIM],
        hypotheses=[{"id": "H1", "text": "t", "status": "confirmed", "speaking": ["c1"], "against": []}],
        ranking=[{"service": "payments", "claims": ["c1"]}],
        labels=[{"service": "payments", "label": "throttled"}],
    )
    assert (found.claims[0].text, found.claims[0].section, found.claims[0].evidence) == (
        "It throttles.",
        "summary",
        ["E1"],
    )
    assert (found.hypotheses[0].status, found.ranking[0].service, found.labels[0].label) == (
        "confirmed",
        "payments",
        "throttled",
    )


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "Here it is:\n```json\n{}\n```\nDone.",
        '{"name": "conclude", "arguments": {}}',
    ],
)
def test_a_model_without_calls_may_write_json_in_its_text(text: str) -> None:
    written = json.dumps({"claims": [CLAIM]})
    answer = said(text.replace("{}", written))
    assert read_conclusion(answer).claims[0].text == "It throttles."


@pytest.mark.parametrize(
    "broken",
    [
        {"id": "c2", "section": "opinion", "text": "x", "evidence": ["E1"]},
        {"id": "c2"},
        "a sentence",
        None,
        {"id": "c2", "text": ["x"], "evidence": {"a": 1}},
    ],
)
def test_a_part_that_cannot_be_read_costs_only_itself(broken: Any) -> None:
    assert [c.id for c in read(claims=[broken, CLAIM], hypotheses=broken, ranking=[broken]).claims] == ["c1"]


def test_one_thing_where_a_list_belongs_is_a_list() -> None:
    assert read(claims={**CLAIM, "evidence": "E1"}).claims[0].evidence == ["E1"]


@pytest.mark.parametrize("text", ["", "It was the network.", "{", '{"claims": []}', "[1, 2]", "{" * 50_000])
def test_what_holds_no_claim_is_unreadable_and_says_why(text: str) -> None:
    with pytest.raises(Unreadable):
        read_conclusion(said(text))


@given(anything)
def test_nothing_that_a_model_writes_breaks_reading(written: Any) -> None:
    for answer in (said(json.dumps(written)), said("", call("conclude", claims=written, hypotheses=written))):
        try:
            found = read_conclusion(answer)
        except Unreadable:
            continue
        assert found.claims
        assert len(found.hypotheses) <= 60


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_schema_that_models_are_given_is_one_and_takes_what_is_read(language: Any) -> None:
    schema = dict(conclude_tool(language).arguments)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate({"claims": [CLAIM], "hypotheses": [], "ranking": []}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"claims": [{**CLAIM, "section": "opinion"}], "hypotheses": [], "ranking": []}, schema)
