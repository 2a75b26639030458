"""Whatever a query holds stays a value: no text of it becomes part of the SQL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fa2.logs.query.lexing import quoted_text, slashed_regex
from fa2.logs.query.parsing import parse
from fa2.logs.query.plans import plan
from fa2.logs.query.problems import QueryProblem

if TYPE_CHECKING:
    from conftest import Answered, Asked

ATTACKS = (
    "'; DROP TABLE logs; --",
    '" OR 1=1 --',
    "x' UNION SELECT current_setting('temp_directory') --",
    "$v1",
    "{last}",
    "{moment}",
    "{percent}",
    "%s%(x)s{0}",
    "\x00",
    "障害\u202e",
)
POSITIONS = (
    "filter @message = {text}",
    "filter @message like {text}",
    "filter @message in [{text}, 'b']",
    "filter concat({text}, 'a') = 'b' or true",
    "fields replace(@message, {text}, 'x') as y",
    "fields {name} as y",
    "fields @message as {name}",
    "fields {name}.{name} | sort {name}",
    "parse @message {text} as a",
    "parse @message 'x*' as {name}",
    "stats count(*) as {name} by {name}",
    "stats count({name}), latest({name}), pct({name}, 50)",
    "dedup {name}",
    "unnest {name} into {name}",
    "fields jsonParse(@message) as {name} | display {name}.{name}",
    "fields trim(@message, {text})",
    "filter @timestamp > {text}",
    "filter isIpInSubnet(@message, {text})",
)


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("position", POSITIONS)
def test_text_in_any_place_is_bound_and_the_logs_stay(answer: Answered, attack: str, position: str) -> None:
    query = position.format(text=quoted_text(attack), name=f"`{attack.replace('`', '')}`")
    if "isIpInSubnet" in query or position.startswith("parse @message {text}"):
        with pytest.raises(QueryProblem):
            answer(query, ["one", "two"])
    else:
        assert answer(query, ["one", "two"]).scanned == 2


@given(st.text(min_size=1, max_size=30))
def test_no_text_of_a_query_is_in_the_sql(value: str) -> None:
    marked = f"needle{value}needle"
    query = f"filter @message = {quoted_text(marked)} or a like {quoted_text(marked)} | fields replace(a, {quoted_text(marked)}, 'b')"
    planned = plan(parse(query), window=None, now=datetime(2026, 11, 20, tzinfo=UTC))
    assert "needle" not in planned.result.sql
    assert marked in planned.result.parameters.values()


@given(st.text(st.characters(exclude_characters="\n\r/\\[](){}|?*+^$.\x00", exclude_categories=["Cs"]), min_size=1))
def test_no_regular_expression_of_a_query_is_in_the_sql(value: str) -> None:
    marked = f"needle{value}needle"
    planned = plan(parse(f"filter a like {slashed_regex(marked)}"), window=None, now=datetime(2026, 11, 20, tzinfo=UTC))
    assert "needle" not in planned.result.sql


@given(st.text(max_size=20))
def test_equal_text_is_found_whatever_it_is(value: str) -> None:
    query = parse(f"filter @message = {quoted_text(value)}")
    planned = plan(query, window=None, now=datetime(2026, 11, 20, tzinfo=UTC))
    assert value in planned.result.parameters.values()


def test_a_quotation_mark_in_text_matches_itself(rows: Asked) -> None:
    events = ["it's", 'a "b"', "back\\slash", "per%cent", "under_score", "plain"]
    for event in events:
        found = rows(f"filter @message like {quoted_text(event)} | fields @message", events)
        assert found == [{"@message": event}]
