"""Statements with a bound: what they scanned is counted, what scans more is stopped, what Athena takes not is refused."""

from __future__ import annotations

import pytest
from accounts_here import account_at
from loopback import Loopback
from scripted_athena import ScriptedAthena

from fa2.core.deadlines import Deadline
from fa2.core.errors import UnusableInput
from fa2.sources.aws.answers import MalformedAnswer
from fa2.sources.aws.athena.bounded import BoundedAthena
from fa2.sources.aws.athena.engine import Athena, AthenaPlace, ScannedTooMuch
from fa2.sources.aws.settings import Prices


def bounded(aws: Loopback, most_bytes: int) -> BoundedAthena:
    deadline = Deadline(10)
    athena = Athena(account_at(aws, deadline).client("athena"), AthenaPlace("lake"), deadline=deadline)
    return BoundedAthena(athena, most_bytes=most_bytes, prices=Prices())


def test_what_all_statements_scanned_is_added_up_at_list_price(aws: Loopback) -> None:
    aws.serve(ScriptedAthena(scanned=(2_000_000_000,)))
    engine = bounded(aws, 10**12)
    assert [list(engine.rows("SELECT ?", ["it's"])) for _ in range(2)] == [[(1,)], [(1,)]]
    assert (engine.scanned_bytes, round(engine.usd, 6)) == (4_000_000_000, 0.02)


def test_a_statement_that_scans_more_is_stopped(aws: Loopback) -> None:
    fake = ScriptedAthena(states=("RUNNING",), scanned=(0, 2_000_000))
    aws.serve(fake)
    with pytest.raises(ScannedTooMuch):
        list(bounded(aws, 1_000_000).rows("SELECT 1", []))
    assert fake.stopped == ["q-1"]


@pytest.mark.parametrize("value", ["x\0y", "'" * 600, "y" * 1023])
def test_a_value_that_athena_does_not_take_is_refused_before_it_is_sent(aws: Loopback, value: str) -> None:
    fake = ScriptedAthena()
    aws.serve(fake)
    with pytest.raises(UnusableInput, match="1,024 characters"):
        list(bounded(aws, 10**9).rows("SELECT ?, ?", ["fine", value]))
    assert fake.started == []


def test_rows_that_had_to_be_left_out_make_no_count(aws: Loopback) -> None:
    aws.serve(ScriptedAthena(columns=[("a", "bigint")], table=[("1",), ("one",)]))
    with pytest.raises(MalformedAnswer, match="one"):
        list(bounded(aws, 10**9).rows("SELECT a", []))
