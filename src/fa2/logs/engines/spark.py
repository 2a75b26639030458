"""Counts the lines of a lake by shape and interval with Spark, so that only counts leave it.

For a job of one's own: `count_lines(frame, lines, window).write.parquet(".../log_counts.parquet")`. Only functions that
are built in are used: executors need nothing but Spark, 3.4 or newer. fa2 does not depend on PySpark.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from fa2.core.windows import TimeWindow
from fa2.logs.engines.count_queries import counts_sql
from fa2.logs.engines.lake_lines import Among, Between, LakeLines
from fa2.logs.shapes.dialects import SPARK

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def count_lines(
    frame: DataFrame,
    lines: LakeLines,
    window: TimeWindow,
    *,
    interval_s: int = 300,
    partitions: tuple[Among | Between, ...] = (),
) -> DataFrame:
    """Return the lines of a frame as counts, to be written as the bundle's log_counts; lazy, as frames are.

    lines: what the frame's columns mean; its table is not looked at. The rest as in `counts_sql`.
    Sets the session to write Parquet's times as microseconds, which other engines read without guessing.
    """
    session = frame.sparkSession
    session.conf.set("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS")
    view = f"fa2_lines_{uuid4().hex}"
    frame.createOrReplaceTempView(view)
    try:
        query = counts_sql(replace(lines, table=(view,)), window, SPARK, interval_s=interval_s, partitions=partitions)
        return session.sql(query)
    finally:
        session.catalog.dropTempView(view)
