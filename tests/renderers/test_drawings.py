"""Places on the drawings: layers of the map, axes of the plots."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from fa2.renderers.layers import layout
from fa2.renderers.scales import TimeScale, ValueScale, short_number, thinned
from fa2.renderers.service_map import label_lines

NAMES = st.sampled_from("abcdefghijkl")
MORNING = datetime(2026, 11, 20, 3, tzinfo=UTC)


@given(st.lists(st.tuples(NAMES, NAMES), max_size=40))
def test_nodes_of_a_layer_never_overlap_and_every_call_has_a_route(
    arrows: list[tuple[str, str]],
) -> None:
    heights = dict.fromkeys("abcdefghijkl", 40.0)
    placed = layout(heights, arrows, 16)
    for layer in placed.layers:
        middles = [placed.middles[p] for p in layer if isinstance(p, str)]
        assert all(b - a >= 55.9 for a, b in pairwise(middles))
    assert set(placed.routes) == {(a, b) for a, b in arrows if a != b}


def test_callees_stand_to_the_right_of_their_callers() -> None:
    placed = layout(dict.fromkeys("abc", 10.0), [("a", "b"), ("b", "c"), ("a", "c")], 5)
    assert [[p for p in layer if isinstance(p, str)] for layer in placed.layers] == [
        ["a"],
        ["b"],
        ["c"],
    ]


def test_long_names_break_at_their_separators() -> None:
    assert label_lines("lambdastatusupdater_AWS::Lambda::Function") == [
        "lambdastatusupdater_",
        "AWS::Lambda::Function",
    ]
    assert len(label_lines("x" * 200)) == 3


@given(st.lists(st.floats(-1e9, 1e9, allow_subnormal=False), min_size=1, max_size=30))
@example([200000001.0, -200000001.0])
def test_a_value_scale_holds_its_values_and_has_few_ticks(values: list[float]) -> None:
    scale = ValueScale.around(values, 100, 0)
    assert scale.low <= min(values)
    assert scale.high >= max(values)
    assert 2 <= len(scale.ticks()) <= 7


def test_time_ticks_are_round_and_few() -> None:
    scale = TimeScale(MORNING, MORNING + timedelta(minutes=47), 0, 100)
    assert [label for _, label in scale.ticks(5)] == ["03:00", "03:10", "03:20", "03:30", "03:40"]


def test_thinning_keeps_the_peak() -> None:
    values = [0.0] * 5000
    values[3111] = 9.0
    times = [MORNING + timedelta(seconds=n) for n in range(5000)]
    kept = thinned(times, values, 300)
    assert len(kept) <= 300
    assert (times[3111], 9.0) in kept


def test_numbers_on_an_axis_are_short() -> None:
    assert [short_number(v) for v in (0, 0.25, 1500, 2e7)] == ["0", "0.25", "1.5k", "20M"]
