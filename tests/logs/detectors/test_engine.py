"""What a detector tells, and what it keeps to itself."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from histories import ID, START, at, engine, fed, kinds, line, log
from hypothesis import given, settings
from hypothesis import strategies as st

from fa2.core.anomalies import AcceptedAnomaly
from fa2.core.detectors import LogEvent
from fa2.logs.detectors.engine import Engine
from fa2.logs.detectors.tracking import accepted_of

HOURS = 60
at_day = 86_400_000_000
CALM = {"INFO order # shipped": 6.0, "INFO cart # opened": 4.0, "DEBUG cache # filled": 2.0}


def burst(start: int, minutes: int, text: str, a_minute: int) -> list[LogEvent]:
    return [line(start + m + n / a_minute, text.replace("#", str(n))) for m in range(minutes) for n in range(a_minute)]


def test_a_calm_log_is_passed_over_in_silence() -> None:
    assert fed(engine(8 * HOURS), log(16 * HOURS, CALM)) == []


def test_a_pattern_never_seen_is_told_once_with_its_lines() -> None:
    new = [line(700 + n, f"ERROR disk {n} lost") for n in range(3)]
    (anomaly,) = fed(engine(8 * HOURS), sorted(log(16 * HOURS, CALM) + new))
    assert (anomaly.kind, anomaly.pattern, anomaly.priority) == ("new_pattern", "ERROR disk <*> lost", "HIGH")
    assert anomaly.first_seen == START + timedelta(minutes=700)
    assert anomaly.last_seen == START + timedelta(minutes=702)
    assert [s.line for s in anomaly.samples] == ["ERROR disk 0 lost", "ERROR disk 1 lost", "ERROR disk 2 lost"]
    assert sum(anomaly.histogram.values()) == 3
    assert not anomaly.active


def test_nothing_is_new_while_it_learns() -> None:
    early = [line(100, "ERROR disk 1 lost"), line(800, "ERROR disk 2 lost")]
    assert fed(engine(8 * HOURS), sorted(log(16 * HOURS, CALM) + early)) == []


def test_more_fewer_and_none_are_told_and_end() -> None:
    rates = {
        **CALM,
        "INFO order # shipped": lambda m: 1.0 if 800 <= m < 830 else 6.0,
        "INFO cart # opened": lambda m: 0.0 if 600 <= m < 630 else 4.0,
        "DEBUG cache # filled": lambda m: 30.0 if 700 <= m < 715 else 2.0,
    }
    found = fed(engine(8 * HOURS), log(16 * HOURS, rates))
    assert kinds(found) == [
        ("fewer", "INFO order <*> shipped"),
        ("more", "DEBUG cache <*> filled"),
        ("stopped", "INFO cart <*> opened"),
    ]
    assert not any(a.active for a in found)
    starts = [(a.first_seen - START) // timedelta(minutes=1) for a in found]
    assert all(true <= told <= true + 20 for told, true in zip(starts, (800, 700, 600)))


def test_when_most_patterns_fall_together_it_is_one_anomaly() -> None:
    rates = {
        f"INFO {name} # done": lambda m: 0.2 if 700 <= m < 730 else 4.0 for name in "alpha beta gamma delta eps".split()
    }
    rates["INFO zeta # done"] = lambda m: 4.0
    assert [a.kind for a in fed(engine(8 * HOURS), log(16 * HOURS, rates))] == ["volume"]


def test_the_rhythm_of_the_day_is_no_anomaly_but_a_busy_night_is() -> None:
    def office(m: int) -> float:
        return 10.0 if 8 <= m // 60 % 24 < 20 else 1.0

    def and_one_night(m: int) -> float:
        return 10.0 if 5 * 1440 + 120 <= m < 5 * 1440 + 180 else office(m)

    calm = log(6 * 1440, {"INFO order # shipped": office})
    assert fed(engine(4 * 1440, frequency_min=15), calm) == []
    found = fed(engine(4 * 1440, frequency_min=15), log(6 * 1440, {"INFO order # shipped": and_one_night}))
    assert kinds(found) == [("more", "INFO order <*> shipped")]


def test_a_nightly_job_is_no_anomaly() -> None:
    rates = {**CALM, "INFO backup part # written": lambda m: 40.0 if m % 1440 == 180 else 0.0}
    assert fed(engine(5 * 1440, frequency_min=30), log(7 * 1440, rates)) == []


def test_a_new_value_of_a_fixed_set_is_told() -> None:
    regions = ("eu1west", "us1east")

    def region(chance: random.Random, minute: int) -> str:
        return "cn9north" if 1200 <= minute < 1205 else chance.choice(regions)

    (anomaly,) = fed(engine(18 * HOURS), log(24 * HOURS, {"INFO paid from #": 4.0}, values=region))
    assert (anomaly.kind, anomaly.value, anomaly.token) == ("new_value", "cn9north", 1)
    assert dict(anomaly.tokens[0].values)["cn9north"] > 0


def test_an_open_set_of_values_has_no_new_ones() -> None:
    assert fed(engine(18 * HOURS), log(24 * HOURS, {"INFO login of u#": 4.0})) == []


def test_one_user_among_thousands_is_told_when_he_comes_in_a_burst() -> None:
    events = sorted(log(16 * HOURS, {"INFO login of user#": 4.0}) + burst(801, 3, "INFO login of user4711", 8))
    found = fed(engine(8 * HOURS), events)
    assert ("value_surge", "user4711") in {(a.kind, a.value) for a in found}
    assert {a.pattern for a in found} == {"INFO login of <*>"}


def test_a_number_far_out_of_range_is_told() -> None:
    def took(chance: random.Random, minute: int) -> str:
        usual = chance.lognormvariate(3, 0.4)
        return f"{usual * (30 if 800 <= minute < 810 else 1):.1f}"

    (anomaly,) = fed(engine(8 * HOURS), log(16 * HOURS, {"INFO query took # ms": 5.0}, values=took))
    assert (anomaly.kind, anomaly.token) == ("number_range", 1)
    assert anomaly.observed is not None
    assert anomaly.expected is not None
    assert anomaly.observed > 3 * anomaly.expected


def test_numbers_that_count_up_have_no_range() -> None:
    events = log(16 * HOURS, {"INFO sequence #": 5.0}, values=lambda r, m: str(1000 + 7 * m * m))
    assert fed(engine(8 * HOURS), events) == []


def test_server_errors_among_statuses_are_told_as_such() -> None:
    def status(chance: random.Random, minute: int) -> str:
        return "503" if chance.random() < (0.2 if 800 <= minute < 810 else 0.002) else "200"

    (anomaly,) = fed(engine(8 * HOURS), log(16 * HOURS, {"INFO GET status=#": 20.0}, values=status))
    assert (anomaly.kind, anomaly.value, anomaly.priority) == ("http_errors", "5xx", "HIGH")


def test_what_goes_on_is_one_anomaly_and_what_comes_back_later_another() -> None:
    rates = {**CALM, "DEBUG cache # filled": lambda m: 30.0 if 600 <= m < 660 or 900 <= m < 930 else 2.0}
    found = fed(engine(8 * HOURS), log(18 * HOURS, rates))
    assert [a.kind for a in found] == ["more", "more"]
    assert found[0].last_seen - found[0].first_seen > timedelta(minutes=50)


def test_late_lines_are_counted_and_the_interval_is_judged_again() -> None:
    events = log(16 * HOURS, CALM)
    late = burst(700, 5, "INFO order # shipped", 40)
    detector = engine(8 * HOURS)
    before = [e for e in events if e.us < at(730)]
    after = [e for e in events if e.us >= at(730)]
    found = fed(detector, [*before, *late, *after])
    assert kinds(found) == [("more", "INFO order <*> shipped")]
    assert found[0].first_seen == START + timedelta(minutes=700)
    assert detector.status.late == len(late)
    row = detector.baseline.row_of[found[0].pattern_id]
    total = sum(n for _, n in detector.baseline.history.of_row(row, 0, at(10**6)))
    assert total == sum("shipped" in e.line for e in [*events, *late])


def test_late_lines_can_explain_what_was_missing() -> None:
    events = log(16 * HOURS, CALM)
    held = [e for e in events if at(700) <= e.us < at(715) and "order" in e.line]
    on_time = [e for e in events if e not in held]
    before, after = [e for e in on_time if e.us < at(725)], [e for e in on_time if e.us >= at(725)]
    assert [a.kind for a in fed(engine(8 * HOURS), on_time)] == ["stopped"]
    assert fed(engine(8 * HOURS), [*before, *held, *after]) == []


def test_lines_that_are_a_day_late_are_counted_without_alarm() -> None:
    detector = engine(8 * HOURS)
    very_late = burst(100, 5, "INFO order # shipped", 40)
    assert fed(detector, [*log(40 * HOURS, CALM), *very_late]) == []
    assert detector.status.late == len(very_late)


def test_an_accepted_anomaly_fires_again_only_when_it_is_more_severe() -> None:
    rates = {**CALM, "DEBUG cache # filled": lambda m: {10: 20.0, 12: 20.0, 14: 90.0}.get(m // 60, 2.0)}
    events = log(16 * HOURS, rates)
    detector = engine(8 * HOURS)
    (first,) = fed(detector, [e for e in events if e.us < at(700)], finish=False)
    detector.accept([(1, accepted_of(first), first.id)], {first.id: first})
    (second,) = fed(detector, [e for e in events if e.us >= at(700)])
    assert second.first_seen >= START + timedelta(hours=14)


def test_what_outlives_its_visibility_becomes_normal() -> None:
    rates = {"INFO order # shipped": 0.5, "DEBUG cache # filled": lambda m: 4.0 if m >= 2 * 1440 else 0.4}
    detector = engine(2 * 1440, frequency_min=60, visibility_days=7)
    (anomaly,) = fed(detector, log(11 * 1440, rates))
    assert anomaly.last_seen - anomaly.first_seen > timedelta(days=6)
    assert (anomaly.state, anomaly.active) == ("baseline", False)


def test_silence_of_weeks_is_not_walked_through() -> None:
    old = [line(n, "INFO order 1 shipped") for n in range(10)]
    far = [line(400 * 1440 + n, "INFO order 1 shipped") for n in range(10)]
    detector = engine(60, frequency_min=1)
    assert fed(detector, old + far) == []
    assert detector.status.lines == 20


@settings(max_examples=10)
@given(st.integers(0, 2**32))
def test_the_order_of_lines_within_an_interval_makes_no_difference(seed: int) -> None:
    chance = random.Random(seed)
    events = sorted(
        log(12 * HOURS, CALM) + burst(600, 5, "INFO order # shipped", 30) + burst(650, 1, "ERROR lost #", 9)
    )
    usual, mixed = engine(8 * HOURS, frequency_min=10), engine(8 * HOURS, frequency_min=10)
    first = fed(usual, events)
    shuffled = sorted(events, key=lambda e: (e.us // (10 * 60_000_000), chance.random()))
    assert fed(mixed, shuffled) == first != []
    usual_parts, mixed_parts = usual.parts(), mixed.parts()
    assert usual_parts.keys() == mixed_parts.keys()


@pytest.mark.parametrize("every", [37, 500])
def test_a_detector_taken_from_its_parts_goes_on_as_if_nothing_had_been(every: int) -> None:
    rates = {**CALM, "DEBUG cache # filled": lambda m: 30.0 if 600 <= m < 640 else 2.0}
    events = sorted(log(12 * HOURS, rates) + burst(650, 1, "ERROR lost #", 9))
    expected = fed(engine(8 * HOURS), events)
    kept: dict[tuple[str, str], bytes] = {}
    told = {}
    detector = engine(8 * HOURS)
    newest = 0
    for n, event in enumerate(events):
        if event.us // 60_000_000 > newest // 60_000_000:
            detector.advance(event.us)
        newest = event.us
        detector.add(event)
        if n % every == every - 1 and n > 4000:
            for key, body in detector.parts().items():
                kept.pop(key, None) if body is None else kept.update({key: body})
            told |= detector.tracker.changed
            record = detector._record
            detector = Engine(record.__class__(ID, record.definition, detector.status, START))
            detector.restore(kept)
    detector.finish(newest)
    told |= detector.tracker.changed
    assert {a.id for a in told.values()} == {a.id for a in expected}
    assert sorted(told.values(), key=lambda a: a.id) == sorted(expected, key=lambda a: a.id)


def test_an_accepted_anomaly_is_described_by_what_it_was() -> None:
    (anomaly,) = fed(engine(8 * HOURS), sorted([*log(12 * HOURS, CALM), line(600, "ERROR lost 1")]))
    accepted = accepted_of(anomaly)
    assert isinstance(accepted, AcceptedAnomaly)
    assert (accepted.kind, accepted.pattern_id, accepted.priority) == ("new_pattern", anomaly.pattern_id, "HIGH")


def test_late_lines_after_a_restart_are_counted_once() -> None:
    events = log(12 * HOURS, CALM)
    detector = engine(8 * HOURS)
    kept: dict[tuple[str, str], bytes | None] = {}
    before = [e for e in events if e.us < at(702)]
    fed(detector, before, finish=False)
    kept |= detector.parts()
    fed(detector, [e for e in events if at(702) <= e.us < at(712)], finish=False)
    kept |= detector.parts()
    again = engine(8 * HOURS)
    again.restore({key: body for key, body in kept.items() if body is not None})
    late = burst(701, 1, "INFO order # shipped", 3)
    fed(again, [*late, *(e for e in events if e.us >= at(712))])
    row = again.baseline.row_of[again.baseline.book.known("INFO order <*> shipped") or ""]
    total = sum(n for _, n in again.baseline.history.of_row(row, 0, at(10**6)))
    assert total == sum("shipped" in e.line for e in [*events, *late])


def test_counts_of_days_past_the_baseline_are_forgotten() -> None:
    detector = engine(2 * 1440, frequency_min=60)
    kept: dict[tuple[str, str], bytes | None] = {}
    for day in range(0, 24, 2):
        fed(
            detector,
            [e for e in log(24 * 1440, {"INFO order # shipped": 0.2}) if day <= (e.us - at(0)) / at_day < day + 2],
            False,
        )
        kept |= detector.parts()
    days = {key for (kind, key), body in kept.items() if kind == "days" and body is not None}
    assert 2 * 14 <= len(days) <= 2 * 17
