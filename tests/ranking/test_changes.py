"""Changes: judged by time before the onset, nearness to a suspect and strength; the others cleared with a reason."""

from __future__ import annotations

import random

import pytest

from bundles import minute
from fa2.core.observations import Observation
from fa2.core.ranked import JudgedChange
from fa2.core.windows import TimeWindow
from fa2.ranking.changes import judge_changes
from fa2.ranking.suspects import rank_suspects
from fa2.ranking.verdict import rank
from seen import graph, seen

CALLS = "web>orders>stock>vendor>far"


def change(
    at: float | None, service: str | None = "orders", strength: float = 0.9, *, number: int = 0, failed: bool = False
) -> Observation:
    return seen(
        "change", service, strength, number=number, role="context", onset=None if at is None else minute(at),
        mechanisms={"bad_config": 0.8}, key=f"observations.change.{'failed' if failed else 'made'}",
    )  # fmt: skip


def judged(*changes: Observation, onset: float | None = 0.0) -> list[JudgedChange]:
    suspects = rank_suspects([seen("span_error", "orders", 0.9)], graph(CALLS))
    return judge_changes(changes, suspects, None if onset is None else minute(onset), graph(CALLS))


def reason(*changes: Observation, onset: float | None = 0.0) -> str:
    (it,) = judged(*changes, onset=onset)
    return it.reason.key.removeprefix("ranking.change.")


def test_a_change_shortly_before_on_the_suspect_is_related() -> None:
    (it,) = judged(change(-2))
    assert it.related
    assert it.reason.key == "ranking.change.related"
    assert it.reason.values["lag"] == 120


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (change(5), "after"),
        (change(-600), "old"),
        (change(-2, "elsewhere"), "far"),
        (change(-2, None), "unplaced"),
        (change(-2, strength=0.05), "routine"),
        (change(-2, strength=0.0, failed=True), "failed"),
        (change(-2, strength=0.0), "read"),
    ],
)
def test_other_changes_are_cleared_with_their_reason(made: Observation, why: str) -> None:
    (it,) = judged(made)
    assert (it.related, it.reason.key) == (False, f"ranking.change.{why}")


def test_clocks_may_differ_by_a_minute() -> None:
    assert reason(change(1)) == "related"
    assert reason(change(2)) == "after"


def test_without_an_onset_no_change_is_judged() -> None:
    assert reason(change(-2), onset=None) == "no_onset"
    assert reason(change(None)) == "no_onset"


def test_the_nearer_in_time_and_in_calls_the_more_related() -> None:
    assert judged(change(-1))[0].score > judged(change(-30))[0].score
    assert (
        judged(change(-1, "orders"))[0].score
        > judged(change(-1, "stock"))[0].score
        > judged(change(-1, "vendor"))[0].score
    )
    assert judged(change(-1, "stock"))[0].score > judged(change(-1, "web"))[0].score


def test_the_most_related_comes_first_whatever_the_order() -> None:
    made = [change(-2), change(-30, number=1), change(None, number=2), change(5, number=3), change(-2, None, number=4)]
    expected = judged(*made)
    assert expected[0].observation == made[0]
    for seed in range(5):
        assert judged(*random.Random(seed).sample(made, len(made))) == expected


def test_a_related_change_speaks_against_its_service_and_tells_the_mechanism() -> None:
    found = [seen("span_error", "orders", 0.6, onset=minute(0), mechanisms={"timeout": 0.9})]
    window = TimeWindow(minute(0), minute(10))
    before = rank(found, graph(CALLS), window, tables=["spans", "changes"], has_baseline=True)
    after = rank([*found, change(-2)], graph(CALLS), window, tables=["spans", "changes"], has_baseline=True)
    assert after.suspects[0].score > before.suspects[0].score
    assert (before.suspects[0].mechanism, after.suspects[0].mechanism) == ("timeout", "bad_config")


def test_a_cleared_change_changes_nothing() -> None:
    found = [seen("span_error", "orders", 0.6, onset=minute(0))]
    window = TimeWindow(minute(0), minute(10))
    ranking = rank([*found, change(5)], graph(CALLS), window, tables=["spans", "changes"], has_baseline=True)
    assert ranking.suspects[0].speaking == tuple(found)
    assert [c.related for c in ranking.changes] == [False]
