"""What an investigation concludes from the bundle that CloudWatch Logs fill: causes found, nothing made up by sampling."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asking import BASELINE, WINDOW, Kept
from faults import Garbled
from logs_scene import CACHE, CHECKOUT, ONSET, Shop, crowded, evenly, healthy, shop

from fa2.analysers.log_patterns import ComparedPattern, compare_patterns, log_patterns
from fa2.core.bundle import opened
from fa2.core.observations import Observation
from fa2.core.ports import Rows
from fa2.core.telemetry import Telemetry
from fa2.sources.aws.asking import Ask
from fa2.sources.aws.cloudwatch_logs.choice import Scope
from fa2.sources.aws.cloudwatch_logs.counts import Counts
from fa2.sources.aws.cloudwatch_logs.groups import LogGroup
from fa2.sources.aws.cloudwatch_logs.samples import Sampled, sample_queries
from fa2.stores.bundle_folder import BundleWriter


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setattr("fa2.sources.aws.cloudwatch_logs.queries.FIRST_WAIT_S", 0.01)
    with shop() as one:
        yield one


def concluded(ask: Ask[Any], folder: Path) -> tuple[list[ComparedPattern], list[Observation]]:
    """Collect into a bundle; return its patterns compared and what they say, with evidence asked again."""
    ask.source.collect(ask, ask.source.plan(ask))
    assert isinstance(ask.sink, Kept)
    with BundleWriter(folder) as writer:
        for table, rows in ask.sink.rows.items():
            writer.add(Rows(table, {name: [row[name] for row in rows] for name in rows[0]}))
        writer.finish(ask.incident, ask.coverage)
    with opened(folder) as bundle, Telemetry.of(bundle) as telemetry:
        found = list(log_patterns(telemetry))
        assert all(telemetry.ask(e.query) == e for o in found for e in o.evidence)
        return compare_patterns(telemetry), found


def changes(compared: list[ComparedPattern]) -> dict[str, tuple[str, int, int]]:
    return {p.count.pattern: (p.change, p.count.window, p.count.baseline) for p in compared}


@pytest.mark.parametrize("details", [True, False])
def test_ten_errors_in_a_crowd_are_found_with_their_onset_and_no_sample_is_counted(
    made: Shop, tmp_path: Path, details: bool
) -> None:
    healthy(made)
    crowded(made)
    made.logs.details = details
    compared, found = concluded(made.ask(groups=["/aws/lambda/*"], max_rows=1000), tmp_path / "b")
    said = changes(compared)
    (refused,) = (pattern for pattern in said if "refused" in pattern)
    assert said == {
        refused: ("new", 10, 0),
        "INFO falling back to replica <*>": ("new", 40, 0),
        "INFO cache hit for key <*>": ("steady", 1000, 4000),
        "INFO order <*> placed in <*> ms": ("steady", 60, 240),
        "INFO paid <*> yen": ("steady", 30, 120),
    }
    first = next(o for o in found if o.role == "cause")
    assert (first.service, first.onset) == ("cache", ONSET)
    assert first.mechanisms


def hundredfold(answer: dict[str, Any]) -> dict[str, Any]:
    """Make counts of the usual a hundred times what they are: a million lines without having them."""
    for row in answer["results"]:
        usual = not any("fallback" in field["value"] or "falling" in field["value"] for field in row)
        for field in row:
            if usual and field["field"] in ("lines", "@sampleCount"):
                field["value"] = str(100 * int(field["value"]))
    return answer


def test_ten_errors_in_a_million_lines_are_found_and_few_lines_travel(made: Shop, tmp_path: Path) -> None:
    errors = [(ONSET + timedelta(seconds=40 * n), f"connection to db-{n} refused") for n in range(10)]
    made.add(CACHE, [*evenly(BASELINE, 8000, "INFO hit {n}"), *evenly(WINDOW, 2000, "INFO hit {n}"), *errors])
    made.logs.details = False
    made.aws.fault("logs.GetQueryResults", Garbled(hundredfold))
    ask = made.ask(groups=[CACHE])
    compared, found = concluded(ask, tmp_path / "b")
    said = changes(compared)
    assert said["INFO hit <*>"] == ("steady", 200_000, 800_000)
    (refused,) = (p for p in compared if "refused" in p.count.pattern)
    assert (refused.change, refused.count.window) == ("new", 10)
    first = next(o for o in found if o.role == "cause")
    assert (first.service, first.onset) == ("cache", ONSET)
    assert isinstance(ask.sink, Kept)
    assert len(ask.sink.rows["logs"]) < 500
    whole = sum(len(message) for _, _, message in made.logs.groups[CACHE].events)
    scanned = sum(entry.bytes_scanned or 0 for entry in ask.coverage)
    assert whole <= scanned < 2.5 * whole  # counted, patterns, and of the window a part
    assert made.aws.counted()["logs.StartQuery"] < 20


def test_a_flood_of_errors_is_counted_by_pattern_and_its_onset_sampled(made: Shop, tmp_path: Path) -> None:
    text = "ERROR shard {n} unavailable"
    flood = [(ONSET + timedelta(milliseconds=200 * n), text.format(n=n)) for n in range(3000)]
    made.add(CACHE, [*evenly(BASELINE, 4000, "INFO hit {n}"), *evenly(WINDOW, 1000, "INFO hit {n}"), *flood])
    ask = made.ask(groups=[CACHE], max_rows=1000)
    compared, found = concluded(ask, tmp_path / "b")
    assert changes(compared) == {
        "ERROR shard <*> unavailable": ("new", 3000, 0),
        "INFO hit <*>": ("steady", 1000, 4000),
    }
    assert isinstance(ask.sink, Kept)
    lines = [row for row in ask.sink.rows["logs"] if row["level"] == "ERROR"]
    assert min(row["timestamp"] for row in lines) == ONSET
    assert len(ask.sink.rows["logs"]) < 3000
    assert found[0].onset is not None
    assert abs(found[0].onset - ONSET) < timedelta(minutes=1)


def test_log_groups_of_infrequent_access_are_counted_by_their_first_words(made: Shop, tmp_path: Path) -> None:
    crowded(made)
    group = made.logs.groups[CACHE]
    group.log_class = "INFREQUENT_ACCESS"
    compared, found = concluded(made.ask(groups=[CACHE], max_rows=1000), tmp_path / "b")
    assert not any("pattern @message" in str(c.params) for c in made.aws.calls if c.operation == "StartQuery")
    said = changes(compared)
    assert said["INFO cache hit for key <*>"] == ("steady", 1000, 4000)
    assert said["INFO falling back to replica <*>"][1:] == (40, 0)
    assert next(o for o in found if o.role == "cause").onset == ONSET


def test_normal_times_whose_counts_fail_make_nothing_seem_new(made: Shop, tmp_path: Path) -> None:
    crowded(made)
    start = str(int(BASELINE.start.timestamp()) * 1000)
    made.logs.endings = [
        (
            f">= {start} and toMillis(@timestamp) < {int(BASELINE.end.timestamp()) * 1000} | filter @message not",
            "Timeout",
        )
    ]
    compared, found = concluded(made.ask(groups=[CACHE], max_rows=1000), tmp_path / "b")
    assert {p.expected for p in compared} == {None}
    assert not any(o.statement.key.endswith(".new") for o in found)


OWN = "fields @timestamp, @message | filter @message like /replica|yen/ | sort @timestamp desc | limit 50"


def test_lines_of_a_query_of_ones_own_are_kept_and_never_counted(made: Shop, tmp_path: Path) -> None:
    healthy(made)
    crowded(made)
    ask = made.ask(groups=["/aws/lambda/*"], max_rows=1000, query=OWN)
    compared, _ = concluded(ask, tmp_path / "b")
    (entry,) = (e for e in ask.coverage if e.query == OWN)
    assert (entry.window and entry.window.window, entry.rows_returned) == (WINDOW, 50)
    assert changes(compared)["INFO paid <*> yen"] == ("steady", 30, 120)
    assert changes(compared)["INFO falling back to replica <*>"][1:] == (40, 0)
    with_group = OWN.replace("@message |", "@message, @log |")
    ask = made.ask(groups=["/aws/lambda/*"], max_rows=1000, query=with_group)
    compared, _ = concluded(ask, tmp_path / "c")
    assert changes(compared)["INFO paid <*> yen"] == ("steady", 30, 120)


def test_rows_of_ones_own_query_that_are_no_lines_are_shown(made: Shop) -> None:
    healthy(made)
    ask = made.ask(groups=[CHECKOUT], query="stats count(*) as n by @logStream")
    ask.source.collect(ask, ask.source.plan(ask))
    (shown,) = (e.error for e in ask.coverage if e.error)
    assert shown.code == "note_logs_query_rows"
    assert '"n":"60"' in shown.message


def test_samples_cost_no_more_queries_where_more_log_groups_are_crowded(made: Shop) -> None:
    for n in range(20):
        crowded(made, f"/aws/lambda/cache-{n}")
    counts = Counts(bin_s={WINDOW: 60, BASELINE: 60})
    groups = tuple(LogGroup(name, group.arn) for name, group in made.logs.groups.items())
    for group in groups:
        counts.bins[group.name, BASELINE] = {}
        counts.bins[group.name, WINDOW] = {WINDOW.start + timedelta(minutes=n): (1000, 5) for n in range(30)}
    sampled = Sampled(groups, counts, {}, (), frozenset())
    asked = list(sample_queries(sampled, Scope(groups, WINDOW, (BASELINE,)), rows_per_pattern=20))
    assert len(asked) == 12 + 6
    strata = [query for query in asked if len(query.groups) == 20]
    assert len({query.window.start for query in strata}) == 6
    assert all(query.window.duration <= timedelta(seconds=10) for query in strata)
