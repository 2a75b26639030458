"""Counts that come back from an engine give the patterns that the lines themselves give."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow as pa
import pytest

from fa2.core.tables import arrow_schema
from fa2.core.windows import TimeWindow
from fa2.logs.engines.count_queries import counts_sql
from fa2.logs.engines.counted_shapes import mine_counts
from fa2.logs.engines.lake_lines import Column as At
from fa2.logs.engines.lake_lines import Found, LakeLines, Text
from fa2.logs.headers.header_levels import level_code
from fa2.logs.patterns.mining import Mined, mine, mined
from fa2.logs.scans.plain_scan import PlainScanner, Told
from fa2.logs.scans.results import combine
from fa2.logs.shapes.dialects import DUCKDB

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
WINDOW = TimeWindow(START, START + timedelta(hours=1))
LINES = LakeLines(("lines",), Text("app"), message=At.of("message"))


def written(seed: int, lines: int = 3000) -> list[tuple[datetime, str, str]]:
    """Return lines of a few templates, as time, level and message."""
    chance = random.Random(seed)
    users = ("ada", "grace", "edsger", "barbara", "tony", "leslie", "donald", "frances")
    made = []
    for n in range(lines):
        at = START + timedelta(seconds=n, milliseconds=chance.randrange(1000))
        level, text = chance.choice(
            [
                ("INFO", f"user {chance.choice(users)} logged in from 10.0.{n % 7}.{n % 251}:{n} after {n % 9} tries"),
                ("INFO", f"served /items/{n}/view in {n % 97} ms"),
                ("WARN", f"queue {chance.choice(('mail', 'push', 'sms'))} is {n % 100}% full"),
                ("ERROR", f"connection to db-{n % 5} lost: timeout after {n % 30}s (attempt {n % 3})"),
                ("INFO", f"cache flushed by eth{n % 2}"),
            ]
        )
        made.append((at, level, text))
    return made


def counts(rows: list[tuple[datetime, str, str]], interval_s: int, *, level: bool = False) -> pa.Table:
    """Return what DuckDB counts of lines that begin with their level."""
    table = pa.table(
        {
            "timestamp": pa.array([at for at, _, _ in rows], pa.timestamp("us", "UTC")).cast(pa.timestamp("us")),
            "message": [f"{level} {text}" for _, level, text in rows],
        }
    )
    lines = replace(LINES, level=Found(At.of("message"), "^([A-Z]+) "), header="^[A-Z]+ ") if level else LINES
    with duckdb.connect() as connection:
        connection.register("lines", table)
        return connection.sql(counts_sql(lines, WINDOW, DUCKDB, interval_s=interval_s)).to_arrow_table()


def facts(found: Mined) -> list[tuple[object, ...]]:
    return [(p.id, p.text, p.count, p.ratio, p.severity) for p in found.patterns]


@pytest.mark.parametrize("seed", range(3))
def test_counted_lines_give_the_patterns_of_the_lines(seed: int) -> None:
    rows = written(seed)
    local, remote = mine([f"{level} {text}" for _, level, text in rows]), mine_counts(counts(rows, 60))
    assert facts(remote) == facts(local)
    assert 5 <= len(remote.patterns) <= 30, "templates merge; the shapes are more"
    assert (remote.lines, remote.matched, remote.untimed) == (3000, 3000, 0)


def test_the_order_of_rows_and_how_they_are_split_make_no_difference() -> None:
    found = counts(written(1), 60)
    mixed = found.take(pa.array(random.Random(5).sample(range(found.num_rows), found.num_rows)))
    again = mine_counts(pa.concat_tables([mixed.slice(0, 100), mixed.slice(100)]))
    assert again.patterns == mine_counts(found).patterns


def scanned(rows: list[tuple[datetime, str, str]]) -> Mined:
    """Return what a local scan gives for lines with times and levels."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    scanner = PlainScanner(max_shapes=10_000)
    told = Told(
        messages=[text for _, _, text in rows],
        times=[(at - epoch) // timedelta(microseconds=1) for at, _, _ in rows],
        levels=[level_code(level) for _, level, _ in rows],
    )
    scanner.add(0, [f"{level} {text}" for _, level, text in rows], told)
    return mined(combine([scanner.tally()], None, ()))


def test_times_and_histograms_are_those_of_a_local_scan() -> None:
    rows = written(2)
    local = scanned(rows)
    step_s = int(local.histogram_step.total_seconds())
    remote = mine_counts(counts(rows, step_s, level=True))
    assert facts(remote) == facts(local)
    assert [(p.first_seen, p.last_seen, p.histogram) for p in remote.patterns] == [
        (p.first_seen, p.last_seen, p.histogram) for p in local.patterns
    ]
    assert (remote.histogram_start, remote.histogram_step) == (local.histogram_start, local.histogram_step)
    assert {p.severity for p in remote.patterns} == {"NONE", "WARN", "ERROR"}


def test_a_bundles_table_has_intervals_for_times_and_levels_for_severity() -> None:
    row = {
        "bucket": START,
        "interval_s": 300,
        "source": "s",
        "service": None,
        "pattern": "job <*> ended",
        "sample": None,
    }
    rows = [
        {**row, "level": "FATAL", "count": 2, "sample": "job 7 ended"},
        {**row, "level": "INFO", "count": 3, "bucket": START + timedelta(minutes=10), "sample": "job 1 ended"},
        {**row, "level": "FATAL", "count": 1, "pattern": "café 😀"},
    ]
    found = mine_counts(pa.Table.from_pylist(rows, arrow_schema("log_counts")))
    job, cafe = found.patterns
    assert (job.text, job.count, job.ratio, job.severity) == ("job <*> ended", 5, 5 / 6, "NONE"), (
        "of several levels the mildest"
    )
    assert (job.first_seen, job.last_seen) == (START, START + timedelta(minutes=10))
    assert job.samples == ("job 7 ended", "job 1 ended")
    assert (cafe.text, cafe.severity, cafe.samples) == ("café 😀", "FATAL", ())
    assert found.histogram_step >= timedelta(seconds=300), "no interval of a histogram is shorter than those counted"
    assert (sum(job.histogram), sum(cafe.histogram)) == (5, 1)


def test_no_rows_give_no_patterns() -> None:
    found = mine_counts(arrow_schema("log_counts").empty_table())
    assert (found.patterns, found.lines, found.histogram_start) == ((), 0, None)
