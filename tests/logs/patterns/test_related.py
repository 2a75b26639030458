"""Related patterns: those that come together are told, those that meet by chance are not."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fa2.logs.patterns.mining import mine, mine_files
from fa2.logs.patterns.related import MOST, Related, related_by_intervals, related_by_lines, with_related


def _lines(
    seed: int, groups: dict[tuple[int, ...], int], noise: int, kinds: int
) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Return lines of which groups of patterns follow each other, so many times, among noise of other patterns."""
    draw = random.Random(seed)
    pieces = [list(group) for group, times in groups.items() for _ in range(times)]
    pieces += [[draw.randrange(kinds - 20, kinds)] for _ in range(noise)]
    draw.shuffle(pieces)
    return np.array([pattern for piece in pieces for pattern in piece], np.int32)


def test_patterns_that_follow_each_other_are_related_and_noise_is_not() -> None:
    lines = _lines(1, {(0, 1, 2): 40, (3, 4): 5}, noise=5000, kinds=30)
    related = related_by_lines(lines, 30)
    assert [set(near) for near in related[:5]] == [{1, 2}, {0, 2}, {0, 1}, {4}, {3}]
    assert not any(related[5:])


def test_what_is_always_there_is_not_related_to_everything() -> None:
    lines = [pattern for n in range(400) for pattern in ((0, 0, 0, 1, 2) if n % 40 == 0 else (0, 0, 0, 3))]
    related = related_by_lines(np.array(lines, np.int32), 4)
    assert (related[1], related[2]) == ((2,), (1,))


def test_two_meetings_are_not_often() -> None:
    lines = [5] * 2000
    lines[500:502] = lines[1500:1502] = [1, 2]
    assert not any(related_by_lines(np.array(lines, np.int32), 6))


@given(st.lists(st.integers(-1, 8), max_size=300))
def test_related_patterns_are_few_and_never_the_pattern_itself(lines: list[int]) -> None:
    found: Related = related_by_lines(np.array(lines, np.int32), 9)
    assert len(found) == 9
    for pattern, near in enumerate(found):
        assert len(set(near)) == len(near) <= MOST
        assert pattern not in near


def test_counts_that_rise_together_are_related() -> None:
    draw = random.Random(2)
    waves = [draw.choice([0, 0, 0, 30]) for _ in range(60)]
    steady = [[max(0, round(draw.gauss(20, 4))) for _ in range(60)] for _ in range(20)]
    both = [[wave + draw.randrange(3) for wave in waves], [wave // 3 for wave in waves]]
    related = related_by_intervals([*both, *steady])
    assert related[:2] == [(1,), (0,)]
    assert not any(related[2:])


def test_too_little_tells_nothing() -> None:
    assert related_by_intervals([]) == []
    assert related_by_intervals([(1, 2), (1, 2)]) == [(), ()]
    assert related_by_intervals([(0,) * 63 + (9,), (0,) * 63 + (9,)]) == [(), ()]
    assert related_by_lines(np.zeros(0, np.int32), 2) == [(), ()]


def test_patterns_carry_the_ids_of_related_ones_by_lines() -> None:
    trio = ["disk is full", "cannot write the journal", "giving up"]
    lines = [line for n in range(300) for line in ([*trio, "all is well"] if n % 30 == 0 else ["all is well"])]
    found = with_related(mine(lines))
    texts = {pattern.id: pattern.text for pattern in found.patterns}
    near = {pattern.text: {texts[other] for other in pattern.related} for pattern in found.patterns}
    assert near["giving up"] == set(trio) - {"giving up"}
    assert near["all is well"] == set()


def test_and_by_times_where_lines_are_not_numbered(tmp_path: Path) -> None:
    start = datetime(2026, 11, 21, tzinfo=UTC)
    draw = random.Random(3)
    lines = [(start + timedelta(seconds=draw.uniform(0, 6000)), "all is well") for _ in range(3000)]
    for at in (700, 2900, 3000, 4100, 5500):
        lines += [
            (start + timedelta(seconds=at, milliseconds=n), text) for n in range(20) for text in ("no disk", "gave up")
        ]
    path = tmp_path / "app.log"
    path.write_text(
        "".join(f"{moment.isoformat(timespec='milliseconds')} INFO {text}\n" for moment, text in sorted(lines))
    )
    found = with_related(mine_files([path]))
    ids = {pattern.text: pattern.id for pattern in found.patterns}
    near = {pattern.text: pattern.related for pattern in found.patterns}
    assert near == {"all is well": (), "no disk": (ids["gave up"],), "gave up": (ids["no disk"],)}
