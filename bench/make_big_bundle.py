"""Makes a large bundle by re-drawing the real lines, spans and series of a folder of bundles.

    python bench/make_big_bundle.py BENCH/nezha-tt OUTPUT --lines 5000000
    python bench/make_big_bundle.py BENCH/nezha-tt OUTPUT --lines 5000000 --shapes 300000
    python bench/make_big_bundle.py BENCH/nezha-tt OUTPUT --lines 1000000 --spans
    python bench/make_big_bundle.py BENCH/nezha-tt OUTPUT --lines 0 --metrics 5000000

Every trace is drawn whole, as often as needed. Each drawing has a time of its own and a permutation of
the ten digits of its own, applied to its lines and its ids alike: numbers are fresh, so that no
dictionary makes the work small, and spans still join their lines. Seeded; the same call gives the same rows.

The last quarter of the two hours is the window. Three patterns are written into it alone; INJECTED
lists them, and bench/investigate_big.py looks for them in the report.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

START = "2026-03-01T10:00:00Z"
BASELINE_END = "2026-03-01T11:30:00Z"
END = "2026-03-01T12:00:00Z"
_START_US = 1_772_359_200_000_000
_SPAN_US = 7_200_000_000
_INJECTED_LINES = 400
_PERMUTATIONS = 4096
_ROW_GROUP = 122_880

INJECTED = (
    ("ts-order-service", "ERROR", "HikariPool-# - Connection is not available, request timed out after #ms"),
    ("ts-order-service", "ERROR", "order # could not be written: remaining connection slots are reserved"),
    ("ts-payment-service", "WARN", "circuit breaker of ts-order-service opened after # failures of # calls"),
)
"""Service, level and text of what is found in the window only; each # is a number of its own."""


def make(source: Path, output: Path, *, lines: int, shapes: int, metrics: int, spans: bool) -> None:
    """Write a bundle of about `lines` log lines to `output`, which must not exist.

    shapes: how many distinct shapes three in ten lines take; 0 for those of the source alone.
    metrics: points of metrics. spans: with the spans of the traces drawn.
    """
    import duckdb

    output.mkdir(parents=True)
    with duckdb.connect(config={"memory_limit": "4GB", "threads": 2}) as connection:
        connection.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
        connection.execute("SET temp_directory = $1", [str(output / ".spill")])
        _prepare(connection, source)
        if lines:
            _write_logs(connection, output, lines, shapes, spans=spans)
        if metrics:
            _write_metrics(connection, source, output, metrics)
    incident = {
        "format": "fa2.bundle/1",
        "id": output.name,
        "title": "Ticket booking is failing or slow",
        "question": "Which service is the root cause?",
        "window": {"start": BASELINE_END, "end": END},
        "baseline": [{"start": START, "end": BASELINE_END}],
    }
    (output / "incident.json").write_text(json.dumps(incident, indent=1))


def _prepare(connection: duckdb.DuckDBPyConnection, source: Path) -> None:
    """Load the source's lines and spans, with a key for their trace and how far into it they lie."""
    permutations = []
    chance = random.Random(7)
    for _ in range(_PERMUTATIONS):
        permutations.append("".join(chance.sample("0123456789", 10)))
    connection.execute(
        "CREATE TABLE permutations AS SELECT unnest($1) AS digits, unnest(range(4096)) AS p", [permutations]
    )
    connection.execute(
        f"""CREATE TABLE drawn AS SELECT *, hash(bundle, trace_id) AS trace, us - min(us) OVER (PARTITION BY bundle, trace_id) AS lag
        FROM (SELECT filename AS bundle, epoch_us(timestamp) AS us, * EXCLUDE (filename)
            FROM read_parquet('{source}/*/logs.parquet', union_by_name = true, filename = true) WHERE trace_id IS NOT NULL)"""
    )
    connection.execute(
        f"""CREATE TABLE drawn_spans AS SELECT *, hash(bundle, trace_id) AS trace, us - min(us) OVER (PARTITION BY bundle, trace_id) AS lag
        FROM (SELECT filename AS bundle, epoch_us(start) AS us, * EXCLUDE (filename)
            FROM read_parquet('{source}/*/spans.parquet', union_by_name = true, filename = true))"""
    )


def _write_logs(connection: duckdb.DuckDBPyConnection, output: Path, lines: int, shapes: int, *, spans: bool) -> None:
    """Write one part of the table for each drawing of all traces; parts follow each other in time."""
    (output / "logs").mkdir()
    if spans:
        (output / "spans").mkdir()
    known = connection.execute("SELECT count(*) FROM drawn").fetchall()[0][0]
    copies = -(-lines // known)
    for copy in range(copies):
        share = min(lines / known - copy, 1.0)
        at = _drawn_sql(copy, copies, share)
        _copy(
            connection,
            output / "logs" / f"part-{copy:04}.parquet",
            f"""SELECT make_timestamptz(moment) AS timestamp, source, stream, service, level, {_message_sql(copy, shapes)} AS message,
                translate(trace_id, '0123456789', digits) AS trace_id, translate(span_id, '0123456789', digits) AS span_id
            FROM (SELECT *, {at} FROM drawn) JOIN permutations USING (p) WHERE kept ORDER BY moment""",
        )
        if spans:
            _copy(
                connection,
                output / "spans" / f"part-{copy:04}.parquet",
                f"""SELECT translate(trace_id, '0123456789', digits) AS trace_id,
                    translate(span_id, '0123456789', digits) AS span_id, translate(parent_id, '0123456789', digits) AS parent_id,
                    service, resource, operation, kind, make_timestamptz(moment) AS start, duration_ms, status, http_status, error
                FROM (SELECT *, {at} FROM drawn_spans) JOIN permutations USING (p) WHERE kept ORDER BY moment""",
            )
    _copy(connection, output / "logs" / "part-injected.parquet", _injected_sql())


def _drawn_sql(copy: int, copies: int, share: float) -> str:
    """Return SQL for the time of a row in one drawing, the permutation of its digits, and whether it is drawn."""
    slice_us = _SPAN_US // copies
    return f"""({_START_US + copy * slice_us} + (hash(trace, {copy}) % {slice_us} + lag) % {slice_us})::BIGINT AS moment,
        (hash(trace, {copy}, 'digits') % {_PERMUTATIONS})::BIGINT AS p, hash(trace, 'kept') % 10000 < {round(share * 10_000)} AS kept"""


def _message_sql(copy: int, shapes: int) -> str:
    fresh = "translate(message, '0123456789', digits)"
    if not shapes:
        return fresh
    chosen = f"hash(trace, lag, {copy})"
    letters = " || ".join(f"chr((97 + {chosen} % {shapes} // {26**place} % 26)::INTEGER)" for place in range(4))
    told = f"'cache ' || service || ' dropped key ' || {letters} || ' of ' || {chosen} % 1000 || ' entries'"
    return f"CASE WHEN hash({chosen}) % 10 < 3 THEN {told} ELSE {fresh} END"


def _injected_sql() -> str:
    parts = []
    for place, (service, level, text) in enumerate(INJECTED):
        message = f"'{text}'"
        while "#" in message:
            message = message.replace("#", f"' || hash(i, {place}, {len(message)}) % 100000 || '", 1)
        parts.append(
            f"""SELECT make_timestamptz(({_START_US + _SPAN_US * 3 // 4} + hash(i, {place}) % {_SPAN_US // 4})::BIGINT) AS timestamp,
                '/k8s/{service}' AS source, '{service}-0' AS stream, '{service}' AS service, '{level}' AS level,
                {message} AS message, NULL::VARCHAR AS trace_id, NULL::VARCHAR AS span_id FROM range({_INJECTED_LINES}) AS r(i)"""
        )
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY timestamp"


def _write_metrics(connection: duckdb.DuckDBPyConnection, source: Path, output: Path, points: int) -> None:
    """Write `points` points, one every ten seconds, in as many copies of the source's series as that takes."""
    per_series = _SPAN_US // 10_000_000
    connection.execute(
        f"""CREATE TABLE series AS SELECT service, resource, namespace, name, dimensions, stat, any_value(unit) AS unit,
            list(value) AS readings, row_number() OVER (ORDER BY service, resource, name, stat) - 1 AS i
        FROM '{source}/*/metrics.parquet' GROUP BY service, resource, namespace, name, dimensions, stat"""
    )
    known = connection.execute("SELECT count(*) FROM series").fetchall()[0][0]
    wanted = points // per_series
    copies = -(-wanted // known)
    _copy(
        connection,
        output / "metrics.parquet",
        f"""SELECT make_timestamptz({_START_US} + t * 10000000) AS timestamp, service, resource || '-' || copy AS resource,
            namespace, name, dimensions, stat, unit, 10::INTEGER AS period_s,
            readings[(hash(i, copy, t) % len(readings))::BIGINT + 1] * (1 + (hash(t, i, copy) % 1000) / 100000) AS value
        FROM (SELECT *, i + copy * {known} AS n FROM series, range({copies}) AS c(copy)), range({per_series}) AS r(t)
        WHERE n < {wanted} ORDER BY t""",
    )


def _copy(connection: duckdb.DuckDBPyConnection, file: Path, sql: str) -> None:
    connection.execute(f"COPY ({sql}) TO '{file}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--lines", type=int, default=5_000_000)
    parser.add_argument("--shapes", type=int, default=0)
    parser.add_argument("--metrics", type=int, default=0)
    parser.add_argument("--spans", action="store_true")
    asked = parser.parse_args()
    make(asked.source, asked.output, lines=asked.lines, shapes=asked.shapes, metrics=asked.metrics, spans=asked.spans)
