"""A question answered from a bundle, from listing to headline."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta

import duckdb
import pytest

from bundles import Scene, every, minute
from fa2.core.coverage import CoverageEntry
from fa2.core.insight import Chosen, Insight, Points, SeriesName
from fa2.core.report import Said
from fa2.core.windows import TimeWindow
from fa2.insights.answering import Question, answer, days_up_to, default_period
from fa2.insights.bundle_metrics import BundleMetrics
from fa2.insights.choosing import ByRules

WINDOW = TimeWindow(minute(-180), minute(60))


def asked(text: str, window: TimeWindow = WINDOW, period_s: int = 300, most: int = 8) -> Question:
    return Question(text, window, UTC, "UTC", "en", period_s, most)


def told(scene: Scene, question: Question) -> Insight:
    with scene.telemetry() as telemetry:
        return answer(question, BundleMetrics(telemetry, "b", parts=False), ByRules(), place="b")


def workload() -> Scene:
    scene = Scene()
    for at in every(1, -180, 60):
        scene.metric(
            at, 900.0 if 20 <= at < 30 else 100.0 + at % 3, "Latency", "orders", stat="p99", unit="Milliseconds"
        )
        scene.metric(at, 50.0 + at % 2, "Latency", "users", stat="p99")
        scene.metric(at, 10.0, "Requests", "orders", stat="Sum", dimensions='{"Stage":"prod"}')
    return scene


def test_points_are_put_together_by_their_statistic() -> None:
    found = told(workload(), asked("How many requests does orders get?"))
    series = found.series[0]
    assert (series.name, series.stat, set(series.values), len(series.values)) == ("Requests", "Sum", {50.0}, 48)
    assert series.query == {
        "Namespace": "App",
        "MetricName": "Requests",
        "Dimensions": [{"Name": "Stage", "Value": "prod"}],
        "Stat": "Sum",
        "Period": 300,
    }


def test_the_unusual_leads_and_is_said_at_once() -> None:
    found = told(workload(), asked("Is anything slow?", most=1))
    assert [series.service for series in found.series] == ["orders"]
    assert (found.headline.key, found.headline.values["service"]) == ("insight.headline.unusual", "orders")
    (stretch,) = found.series[0].unusual
    assert (stretch.start, stretch.end, stretch.value) == (minute(20), minute(30), 900.0)
    assert (found.listed, found.fitting, found.series[0].unit) == (3, 2, "Milliseconds")


def test_nothing_unusual_too_little_nothing_fitting_and_no_points_are_told_apart() -> None:
    assert told(workload(), asked("How is users doing?")).headline.key == "insight.headline.usual"
    assert told(Scene().has("metrics"), asked("Is it slow?")).headline.key == "insight.headline.nothing_fits"
    later = TimeWindow(minute(600), minute(700))
    short = TimeWindow(minute(0), minute(15))
    assert told(workload(), asked("How is users doing?", short)).headline.key == "insight.headline.too_few"
    empty = told(workload(), asked("Is it slow?", later))
    assert empty.headline.key == "insight.headline.no_points"
    assert empty.silent == ["App Latency p99", "App Latency p99"]


def test_a_level_that_moved_is_the_headline_where_nothing_is_an_outlier() -> None:
    scene = Scene()
    scene.series({at: 10.0 if at < 0 else 80.0 for at in every(1, -60, 60)}, "Latency", "orders")
    found = told(scene, asked("latency", TimeWindow(minute(-60), minute(60)), 60))
    assert (found.headline.key, found.headline.values["n"]) == ("insight.headline.rose", 1)


def test_the_command_beside_a_series_gives_its_points() -> None:

    with workload().telemetry() as telemetry:
        folder = str(telemetry.bundle.folder)
        found = answer(asked("requests"), BundleMetrics(telemetry, folder, parts=False), ByRules(), place="b").series[0]
        program, _, sql = shlex.split(found.how_to_get[0])
        assert program == "duckdb"
        *first, last = sql.split("; ")
        with duckdb.connect() as connection:
            for statement in first:
                connection.execute(statement)
            assert [row[1] for row in connection.execute(last).fetchall()] == found.values


def test_hostile_names_stay_text_in_queries_and_commands() -> None:
    scene = Scene()
    name = "x'; DROP TABLE metrics; --\x1b[31m latency"
    scene.series(dict.fromkeys(every(1, -60, 0), 5.0), name, "it's $(rm)")
    found = told(scene, asked("latency", TimeWindow(minute(-60), minute(0)), 60)).series[0]
    assert (found.name, len(found.values)) == (name, 60)
    assert "\x1b" not in found.how_to_get[0]
    assert shlex.split(found.how_to_get[0])[0] == "duckdb"


def test_the_window_of_days_ends_now_and_long_ones_have_longer_steps() -> None:
    assert days_up_to(WINDOW.end, 7) == TimeWindow(WINDOW.end - timedelta(days=7), WINDOW.end)
    assert [default_period(days) for days in (1, 4, 5, 9, 10, 14)] == [3600, 3600, 7200, 7200, 10800, 10800]


class Scripted:
    """A place with one series, and a chooser that is told what to take."""

    def __init__(self, series: SeriesName, points: Points | None) -> None:
        self.series, self.given = series, points

    def listed(self) -> Sequence[SeriesName]:
        return [self.series]

    def points(self, asked: Sequence[SeriesName], window: TimeWindow, period_s: int) -> Mapping[SeriesName, Points]:
        return {s: self.given for s in asked if self.given}

    def coverage(self) -> Sequence[CoverageEntry]:
        return []

    def __call__(self, question: str, listed: Sequence[SeriesName], /) -> Sequence[Chosen]:
        return [Chosen(s, 1.0, (Said(key="insight.reason.name", values={"word": "x"}),)) for s in listed]


def test_any_chooser_can_stand_in_and_series_of_accounts_come_with_the_command() -> None:
    series = SeriesName("Shop", "Baskets", (("Stage", "prod"),), "Sum", "prod", place="123456789012/eu-west-1")
    place = Scripted(series, Points((minute(0),), (3.0,)))
    found = answer(asked("anything"), place, place, place="here").series[0]
    command = shlex.split(found.how_to_get[0])
    assert command[:5] == ["aws", "cloudwatch", "get-metric-data", "--region", "eu-west-1"]
    assert '"Period": 300' in command[-1]
    odd = TimeWindow(minute(-61), minute(2))  # asked for by whole periods, and so is the command
    command = shlex.split(answer(asked("x", odd), place, place, place="here").series[0].how_to_get[0])
    assert command[6:9:2] == ["2026-11-20T01:55:00Z", "2026-11-20T03:00:00Z"]


def test_a_bundle_without_metrics_lists_nothing() -> None:
    with Scene().has("logs").telemetry() as telemetry:
        metrics = BundleMetrics(telemetry, "b")
        assert (metrics.covered(), metrics.listed()) == (None, [])


@pytest.mark.parametrize(("minutes", "period"), [(10, 60), (240, 300), (60 * 24 * 5, 3600)])
def test_steps_of_a_bundle_fit_what_it_covers(minutes: int, period: int) -> None:
    scene = Scene()
    scene.series({0.0: 1.0, float(minutes - 1): 1.0})
    with scene.telemetry() as telemetry:
        metrics = BundleMetrics(telemetry, "b")
        covered = metrics.covered()
        assert covered == TimeWindow(minute(0), minute(minutes))
        assert metrics.period_of(covered) == period
