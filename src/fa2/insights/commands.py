"""The commands with which a person gets the points of a series oneself: AWS's CLI, and DuckDB on a bundle."""

from __future__ import annotations

import json
import re
import shlex
from datetime import UTC, datetime

from fa2.core.insight import SeriesName
from fa2.core.messages import Value
from fa2.core.windows import TimeWindow, iso


def aws_command(series: SeriesName, window: TimeWindow, period_s: int, *, region: str = "") -> str:
    """Return the AWS CLI command for the whole periods of a window; what a shell would act on is quoted."""
    metric = {"Namespace": series.namespace, "MetricName": series.name}
    dimensions = [{"Name": name, "Value": value} for name, value in series.dimensions]
    stated = {"Metric": {**metric, "Dimensions": dimensions}, "Period": period_s, "Stat": series.stat}
    queries = json.dumps([{"Id": "m1", "MetricStat": stated}])
    place = ["--region", region] if region else []
    times = ["--start-time", iso(_whole(window.start, period_s)), "--end-time", iso(_whole(window.end, period_s))]
    command = ["aws", "cloudwatch", "get-metric-data", *place, *times, "--metric-data-queries", queries]
    return shlex.join(command)


def _whole(moment: datetime, period_s: int) -> datetime:
    """Return the start of the period that a time lies in, as points are asked for."""
    return datetime.fromtimestamp(moment.timestamp() // period_s * period_s, UTC)


def duckdb_command(sql: str, folder: str, *, parts: bool) -> str:
    """Return the DuckDB command for a query on a bundle's metrics, its parameters put in."""
    path = f"{folder.rstrip('/') or '/'}/metrics{'/*' if parts else ''}.parquet"
    text = f"SET TimeZone = 'UTC'; CREATE VIEW metrics AS FROM {literal(path)}; {' '.join(sql.split())}"
    return f"duckdb -c {_quoted(text)}"


def _quoted(text: str) -> str:
    """Return a shell word, in double quotes where nothing in it means something there: SQL is full of single ones."""
    if set("$`!\n") & set(text):
        return shlex.quote(text)
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def literal(value: Value) -> str:
    """Return text as an SQL literal; characters that a terminal would act on are written by number."""
    if value is None:
        return "NULL"
    text = str(value).replace("'", "''")
    shown = "".join(c if c.isprintable() else f"'||chr({ord(c)})||'" for c in text)
    return f"('{shown}')" if "'||chr(" in shown else f"'{shown}'"
