"""The query that counts log lines by shape and interval where they lie, for DuckDB, Trino (Athena) and Spark.

What comes back is the bundle's table log_counts, its patterns being shapes, with two columns more: first_seen and
last_seen. Times of the result are UTC; DuckDB and Trino give them without a zone, Spark as instants.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import assert_never

from fa2.core.windows import TimeWindow
from fa2.logs.engines.lake_lines import Among, Between, Column, Found, LakeLines, Text, TimeForm, Value
from fa2.logs.shapes.definition import MAX_CHARS
from fa2.logs.shapes.dialects import Dialect, Engine, shape_sql

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SAMPLE_CHARS = 8000
"""How much of a line comes back as a sample."""


def counts_sql(
    lines: LakeLines,
    window: TimeWindow,
    dialect: Dialect,
    *,
    interval_s: int = 300,
    partitions: tuple[Among | Between, ...] = (),
) -> str:
    """Return the query for the lines of a window, counted by source, service, level, shape and interval.

    Each row has bucket, interval_s, source, service, pattern, level, count, sample (of the lines counted the first
    by its code points, cut to SAMPLE_CHARS), first_seen and last_seen, in no order. Reads the columns named once.
    partitions: what must hold besides, so that an engine that pays by the byte reads no more than it must.
    Raises ValueError for an interval below a second, a name or text with NUL, or a partition among no values.
    """
    if interval_s < 1:
        raise ValueError("an interval is a second or longer")
    message = dialect.identifier(*lines.message.path)
    where = [*(_holds(p, dialect) for p in partitions), *_within(lines, window, dialect), f"{message} IS NOT NULL"]
    conditions = "\n    AND ".join(where)
    first, last = (_whole(f"{edge}(seen)", dialect) for edge in ("min", "max"))
    return f"""WITH lines AS (
  SELECT {_seen(lines, dialect)} AS seen,
    coalesce({_value(lines.source, dialect)}, '') AS source,
    {_value(lines.service, dialect)} AS service,
    {_value(lines.level, dialect)} AS level,
    {message} AS line
  FROM {dialect.identifier(*lines.table)}
  WHERE {conditions}
), shapes AS (
  SELECT {_bucket(interval_s, dialect)} AS bucket,
    source, service, level, seen,
    {shape_sql("line", dialect, header=lines.header)} AS pattern,
    substr(line, 1, {SAMPLE_CHARS}) AS sample
  FROM lines
)
SELECT bucket, CAST({interval_s} AS integer) AS interval_s, source, service, pattern, level,
  count(*) AS {dialect.identifier("count")}, min(sample) AS sample,
  {first} AS first_seen, {last} AS last_seen
FROM shapes
GROUP BY bucket, source, service, pattern, level"""


def unload_sql(query: str, location: str, dialect: Dialect) -> str:
    """Return the statement with which Athena writes a query's rows to a place in S3, which must be empty, as Parquet."""
    return f"UNLOAD (\n{query}\n)\nTO {dialect.literal(location)}\nWITH (format = 'PARQUET', compression = 'ZSTD')"


def _value(value: Value | None, dialect: Dialect) -> str:
    text = "string" if dialect.engine == "spark" else "varchar"
    match value:
        case None:
            return f"CAST(NULL AS {text})"
        case Column(path):
            return f"CAST({dialect.identifier(*path)} AS {text})"
        case Text(given):
            return dialect.literal(given)
        case Found(Column(path), regex):
            looked_at = f"substr({dialect.identifier(*path)}, 1, {MAX_CHARS})"
            return f"nullif(regexp_extract({looked_at}, {dialect.literal(regex)}, 1), '')"
    assert_never(value)


_SEEN: dict[Engine, dict[TimeForm, str]] = {
    "duckdb": {
        "timestamp": "CAST({} AS timestamp)",
        "timestamptz": "timezone('UTC', {})",
        "epoch_s": "make_timestamp({} * 1000000)",
        "epoch_ms": "make_timestamp({} * 1000)",
        "iso8601": "timezone('UTC', try_cast({} AS timestamptz))",
    },
    "trino": {
        "timestamp": "CAST({} AS timestamp(6))",
        "timestamptz": "CAST(at_timezone({}, 'UTC') AS timestamp(6))",
        "epoch_s": "CAST(at_timezone(from_unixtime(CAST({} AS double)), 'UTC') AS timestamp(6))",
        "epoch_ms": "CAST(at_timezone(from_unixtime(CAST({} AS double) / 1e3), 'UTC') AS timestamp(6))",
        "iso8601": "CAST(at_timezone(try(from_iso8601_timestamp({})), 'UTC') AS timestamp(6))",
    },
    "spark": {
        "timestamp": "CAST(concat(CAST({} AS string), 'Z') AS timestamp)",
        "timestamptz": "CAST({} AS timestamp)",
        "epoch_s": "timestamp_seconds({})",
        "epoch_ms": "timestamp_millis({})",
        "iso8601": "try_cast({} AS timestamp)",
    },
}
"""The time of a line: a timestamp of UTC without a zone in DuckDB and Trino, an instant in Spark."""


def _seen(lines: LakeLines, dialect: Dialect) -> str:
    return _SEEN[dialect.engine][lines.time_form].format(dialect.identifier(*lines.time.path))


def _whole(seen: str, dialect: Dialect) -> str:
    """Return a time as it can be written: Athena writes milliseconds and no more."""
    return f"CAST({seen} AS timestamp(3))" if dialect.engine == "trino" else seen


def _within(lines: LakeLines, window: TimeWindow, dialect: Dialect) -> tuple[str, str]:
    """Return what holds of the times in a window; of the bare column where it can be, for files are skipped by it."""
    column = dialect.identifier(*lines.time.path)
    match lines.time_form:
        case "epoch_s" | "epoch_ms":
            unit = timedelta(seconds=1) if lines.time_form == "epoch_s" else timedelta(milliseconds=1)
            start, end = (str(-((_EPOCH - edge) // unit)) for edge in (window.start, window.end))
        case "timestamp":
            start, end = (_timestamp(edge, dialect, zoned=False) for edge in (window.start, window.end))
        case "timestamptz":
            start, end = (_timestamp(edge, dialect, zoned=True) for edge in (window.start, window.end))
        case "iso8601":
            column, zoned = _seen(lines, dialect), dialect.engine == "spark"
            start, end = (_timestamp(edge, dialect, zoned=zoned) for edge in (window.start, window.end))
        case _:
            assert_never(lines.time_form)
    return f"{column} >= {start}", f"{column} < {end}"


def _timestamp(moment: datetime, dialect: Dialect, *, zoned: bool) -> str:
    precision = "microseconds" if moment.microsecond % 1000 else "milliseconds"
    text = moment.replace(tzinfo=None).isoformat(" ", precision)
    match dialect.engine:
        case "duckdb":
            return f"TIMESTAMPTZ '{text}+00'" if zoned else f"TIMESTAMP '{text}'"
        case "trino":
            return f"TIMESTAMP '{text} UTC'" if zoned else f"TIMESTAMP '{text}'"
        case "spark":
            return f"TIMESTAMP '{text}Z'" if zoned else f"TIMESTAMP_NTZ '{text}'"


def _holds(partition: Among | Between, dialect: Dialect) -> str:
    column = dialect.identifier(partition.column)
    match partition:
        case Between(_, first, last):
            return f"{column} BETWEEN {_constant(first, dialect)} AND {_constant(last, dialect)}"
        case Among(_, values):
            if not values:
                raise ValueError(f"no value is given for the partition {partition.column}")
            return f"{column} IN ({', '.join(_constant(value, dialect) for value in values)})"


def _constant(value: str | int | date, dialect: Dialect) -> str:
    match value:
        case str():
            return dialect.literal(value)
        case int():
            return str(int(value))
        case date():
            return f"DATE '{value:%Y-%m-%d}'"


def _bucket(interval_s: int, dialect: Dialect) -> str:
    """Return the start of the interval that `seen` lies in; intervals are aligned to 1970-01-01 00:00 UTC."""
    match dialect.engine:
        case "duckdb":
            micros = interval_s * 1_000_000
            return f"make_timestamp(epoch_us(seen) // {micros} * {micros})"
        case "trino":  # date_add takes no more than an int, which milliseconds since 1970 are not
            past = f"date_diff('second', TIMESTAMP '1970-01-01 00:00:00', seen) % {interval_s}"
            return f"CAST(date_add('second', 0 - {past}, date_trunc('second', seen)) AS timestamp(3))"
        case "spark":
            return f"timestamp_seconds(unix_seconds(seen) div {interval_s} * {interval_s})"
