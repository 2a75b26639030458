"""Two periods compared: what changed is told, what matters comes first, and noise does not."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fa2.core.errors import UnusableInput
from fa2.core.windows import TimeWindow
from fa2.logs.comparisons.comparing import Change, Compared, effect
from fa2.logs.comparisons.comparing_lines import Reading, compare_with_lines, compare_with_period
from fa2.logs.scans.blocks import Files, Messages
from fa2.logs.scans.scanning import ScanOptions

START = datetime(2026, 11, 21, tzinfo=UTC)


def _compared(now: list[str], before: list[str]) -> Compared:
    return compare_with_lines(Messages(now), Messages(before))


def _by_text(compared: Compared) -> dict[str, Change]:
    return {change.pattern.text: change for change in compared.changes}


def _lines(**counts: int) -> list[str]:
    """Return so many lines of each text; every underscore is a space."""
    return [text.replace("_", " ") for text, n in counts.items() for _ in range(n)]


def test_patterns_are_new_gone_more_less_or_the_same() -> None:
    usual = {"request_served": 800}
    changes = _by_text(
        _compared(
            _lines(**usual, cache_warmed=200, order_lost=40, batch_done=5),
            _lines(**usual, cache_warmed=40, order_shipped=40, batch_done=160),
        )
    )
    kinds = {text: change.kind for text, change in changes.items()}
    assert kinds == {
        "request served": "same",
        "cache warmed": "more",
        "order lost": "new",
        "order shipped": "gone",
        "batch done": "less",
    }
    assert changes["cache warmed"].ratio == pytest.approx(5 * 1040 / 1045)
    assert changes["order lost"].ratio is None
    assert (changes["order shipped"].now, changes["order shipped"].pattern.count) == (0, 0)
    assert changes["batch done"].significance > 0.999


def test_both_periods_share_their_templates() -> None:
    now = [f"user u{n}x1 logged in from 10.0.0.{n}" for n in range(3)]
    before = [f"user bob{n}7 logged in from 10.1.0.{n}" for n in range(30)]
    compared = _compared(now, before)
    assert len(compared.changes) == 1
    assert (compared.changes[0].now, compared.changes[0].before) == (3, 30)


def test_lines_without_times_are_put_in_relation_to_the_number_of_lines() -> None:
    compared = _compared(_lines(a_b=100, c_d=100), _lines(a_b=1000, c_d=1000))
    assert compared.basis.unit == "lines"
    assert {change.kind for change in compared.changes} == {"same"}
    assert [change.expected for change in compared.changes] == [100, 100]


def _stamped(moment: datetime, text: str) -> str:
    return f"{moment.isoformat(sep=' ', timespec='milliseconds')} {text}"


def _log(path: Path, seed: int, start: datetime, hours: int, rates: dict[str, float]) -> Path:
    """Write lines at random moments, so many of each text an hour."""
    draw = random.Random(seed)
    moments = [
        (start + timedelta(hours=draw.uniform(0, hours)), text)
        for text, rate in rates.items()
        for _ in range(round(rate * hours))
    ]
    path.write_text("".join(_stamped(moment, text) + "\n" for moment, text in sorted(moments)))
    return path


def test_rates_count_an_hour_where_lines_have_times(tmp_path: Path) -> None:
    before = _log(tmp_path / "before.log", 1, START, 10, {"INFO served": 600, "INFO polled": 60})
    now = _log(tmp_path / "now.log", 2, START + timedelta(days=1), 1, {"INFO served": 600, "INFO polled": 240})
    compared = compare_with_lines(Files((now,)), Files((before,)))
    assert compared.basis.unit == "hours"
    changes = _by_text(compared)
    assert changes["served"].kind == "same"
    assert changes["polled"].kind == "more"
    assert changes["polled"].rate_before == pytest.approx(60, rel=0.02)
    assert changes["polled"].ratio == pytest.approx(4, rel=0.02)


def test_a_rare_new_error_comes_before_a_large_pattern_that_doubled() -> None:
    compared = _compared(
        _lines(request_served=20_000, session_opened=5000, stock_error=4),
        _lines(request_served=10_000, session_opened=15_000),
    )
    assert [c.pattern.text for c in compared.changes[:2]] == ["stock error", "session opened"]


def test_new_errors_come_before_other_news_and_errors_that_stopped_come_last() -> None:
    usual = {f"job_{name}_done": 500 for name in ("alpha", "beta", "gamma", "delta")}
    compared = _compared(_lines(**usual, widget_added=30, disk_error=30), _lines(**usual, lamp_lit=30, old_error=30))
    assert [c.pattern.text for c in compared.changes[:4]] == ["disk error", "widget added", "lamp lit", "old error"]


def test_what_came_first_comes_first_among_equals() -> None:
    usual = _lines(request_served=1000)
    failures = ["error: out of disk", "error: cannot write", "error: backup lost"]
    assert [c.pattern.text for c in _compared(usual + failures * 20, usual).changes[:3]] == failures


def test_noise_is_not_significant_and_the_change_stands_out(tmp_path: Path) -> None:
    draw = random.Random(3)
    words = [
        f"{a} {b}" for a in ("cart", "stock", "user", "mail") for b in ("opened", "closed", "moved", "kept", "sold")
    ]
    rates = {text: 10 ** draw.uniform(0.5, 3) for text in words}
    noisy = [{text: rate * draw.gauss(1, 1 / (rate * 2) ** 0.5) for text, rate in rates.items()} for _ in range(2)]
    before = _log(tmp_path / "before.log", 4, START, 2, noisy[0])
    now = _log(tmp_path / "now.log", 5, START + timedelta(days=1), 2, {**noisy[1], "vault lost": 8})
    compared = compare_with_lines(Files((now,)), Files((before,)))
    assert compared.changes[0].pattern.text == "vault lost"
    assert sum(c.kind in ("more", "less") for c in compared.changes) <= 1


def test_one_burst_of_a_bursty_pattern_is_not_surprising(tmp_path: Path) -> None:
    def bursts(day: int, sizes: dict[int, int]) -> list[str]:
        start = START + timedelta(days=day)
        steady = [(start + timedelta(seconds=10 * n), "served") for n in range(8640)]
        flood = [
            (start + timedelta(hours=h, milliseconds=n), "retried") for h, size in sizes.items() for n in range(size)
        ]
        return [_stamped(*line) for line in sorted(steady + flood)]

    before, now = tmp_path / "before.log", tmp_path / "now.log"
    before.write_text("\n".join(bursts(0, {2: 300, 9: 200, 17: 400})))
    now.write_text("\n".join(bursts(1, {5: 300, 8: 400, 20: 500, 21: 100})))
    assert _by_text(compare_with_lines(Files((now,)), Files((before,))))["retried"].kind == "same"
    now.write_text("\n".join(bursts(1, dict.fromkeys(range(1, 23), 400))))
    assert _by_text(compare_with_lines(Files((now,)), Files((before,))))["retried"].kind == "more"


def test_a_new_pattern_is_surer_where_nothing_new_was_to_be_expected() -> None:
    calm = _lines(a_b=500, c_d=500)
    odd = [
        "apples fell",
        "the bridge is closed now",
        "door (left) open",
        "tea!",
        "mail = unread",
        "no: yes",
        "why? because",
    ]
    restless = [*calm, *odd]
    news = [_by_text(_compared([*calm, "wild card"], before))["wild card"].significance for before in (calm, restless)]
    assert news[0] >= 0.49 > news[1]


def test_blank_lines_do_not_rank() -> None:
    compared = _compared([*_lines(a_b=500), *[""] * 500], _lines(a_b=500, c_d=20))
    assert compared.changes[0].pattern.text == "c d"


@pytest.fixture
def month(tmp_path: Path) -> Path:
    """Lines each ten minutes for 40 days; a fault in the last hour."""
    end = START + timedelta(days=40)
    lines = [_stamped(START + timedelta(minutes=10 * n), f"INFO poll {n} ended") for n in range(40 * 144)]
    lines += [_stamped(end - timedelta(minutes=m), "ERROR poll refused") for m in range(59, 0, -1)]
    path = tmp_path / "month.log"
    path.write_text("\n".join(sorted(lines)))
    return path


@pytest.mark.parametrize("asked", ["previous", "day", "week", "month"])
def test_a_period_is_compared_with_an_earlier_one(month: Path, asked: str) -> None:
    end = START + timedelta(days=40)
    window = TimeWindow(end - timedelta(hours=1), end)
    compared, both = compare_with_period(Files((month,)), asked, Reading(ScanOptions(window=window)))
    assert both.now == window
    assert compared.before.matched == 6
    assert (compared.changes[0].pattern.text, compared.changes[0].kind) == ("poll refused", "new")
    assert _by_text(compared)["poll <*> ended"].kind == "same"


def test_without_a_window_the_later_half_is_compared_with_the_earlier(month: Path) -> None:
    compared, both = compare_with_period(Files((month,)), "previous")
    assert both.now.duration < timedelta(days=20.1)
    assert compared.now.matched + compared.before.matched == 40 * 144 + 59
    assert compared.changes[0].kind == "new"


def test_nothing_to_compare_with_is_told(month: Path) -> None:
    old = Reading(ScanOptions(window=TimeWindow(START, START + timedelta(days=1))))
    with pytest.raises(UnusableInput, match="no lines in the period"):
        compare_with_period(Files((month,)), "week", old)
    with pytest.raises(UnusableInput, match="no times"):
        compare_with_period(Messages(["a", "b"]), "day")
    with pytest.raises(UnusableInput, match="no lines to compare with"):
        compare_with_lines(Messages(["a"]), Messages([]))


def test_changes_do_not_depend_on_the_order_of_lines() -> None:
    now, before = _lines(a_b=30, c_d=50, e_f=2), _lines(a_b=90, c_d=50, g_h=9)
    first = _compared(now, before).changes
    draw = random.Random(1)
    draw.shuffle(now)
    draw.shuffle(before)
    again = _compared(now, before).changes
    assert [(c.pattern.text, c.kind, c.score) for c in first] == [(c.pattern.text, c.kind, c.score) for c in again]


def test_an_effect_is_the_same_for_as_many_times_more_and_fewer() -> None:
    assert effect(20.0, 20.0) == 0
    assert effect(100.5, 50.0) == pytest.approx(0.5, abs=0.001) == effect(50.0, 100.5)
