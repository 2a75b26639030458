"""Spark, really run with two workers, gives the shapes of Python and the counts of a loop over the lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fa2.logs.engines.lake_lines import TimeForm
from fa2.logs.engines.spark import count_lines
from fa2.logs.shapes.definition import shape_of
from fa2.logs.shapes.dialects import SPARK, shape_sql
from lakes import LAKE, PARTITIONS, WINDOW, Counted, Line, counted, lake
from sparks import start_spark

FORMS: dict[TimeForm, str] = {
    "timestamp": "timestamp_ntz",
    "timestamptz": "timestamp",
    "epoch_ms": "bigint",
    "iso8601": "string",
}


@pytest.mark.end_to_end
@pytest.mark.filterwarnings("ignore")  # PySpark's own: sockets, deprecations
def test_spark_gives_the_same_shapes_and_counts(
    nasty: tuple[str, ...], tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """One test, for a cluster is started for it; its zone is far from UTC, for what it is must make no difference."""
    spark = start_spark(tmp_path, "Asia/Tokyo")
    try:
        with subtests.test("nasty lines have the same shapes"):
            assert _shapes(spark, nasty, tmp_path / "nasty.parquet") == [shape_of(line) for line in nasty]
        with subtests.test("a header is taken off"):
            rows = spark.createDataFrame([("2026-11-21 'a\\b' 7 job 8",)], "line string")
            header = r"^[0-9-]+ '[a-z\\]*' \d+ "
            assert rows.selectExpr(shape_sql("line", SPARK, header=header)).collect()[0][0] == "job <*>"
        for form in FORMS:
            with subtests.test("counts are those of a loop over the lines", form=form):
                _check_counts(spark, nasty, tmp_path / form, form)
    finally:
        spark.stop()


def _shapes(spark: Any, lines: tuple[str, ...], file: Path) -> list[str]:
    pq.write_table(pa.table({"n": range(len(lines)), "line": lines}), file)
    frame = spark.read.parquet(str(file)).repartition(4)
    found = dict(map(tuple, frame.selectExpr("n", f"{shape_sql('line', SPARK)} AS shape").collect()))
    return [found[n] for n in range(len(lines))]


def _check_counts(spark: Any, messages: tuple[str, ...], folder: Path, form: TimeForm) -> None:
    rows = lake(messages)
    if form == "epoch_ms":
        rows = [replace(row, when=_cut(row.when)) for row in rows]
    folder.mkdir()
    pq.write_table(_table(rows, form), folder / "lines.parquet")
    frame = spark.read.parquet(str(folder / "lines.parquet"))
    assert dict(frame.dtypes)["when"] == FORMS[form]
    lines = replace(LAKE, time_form=form, table=("not", "looked", "at"))
    counts = count_lines(frame.repartition(3), lines, WINDOW, interval_s=60, partitions=PARTITIONS)
    counts.write.parquet(str(folder / "log_counts.parquet"))
    written = pq.read_table(folder / "log_counts.parquet")
    assert str(written.schema.field("bucket").type) == "timestamp[us, tz=UTC]"
    assert _counted(written) == counted(rows, 60)


def _cut(when: datetime) -> datetime:
    return when.replace(microsecond=when.microsecond // 1000 * 1000)


def _table(rows: list[Line], form: TimeForm) -> pa.Table:
    zoned = pa.array([row.when for row in rows], pa.timestamp("us", "UTC"))
    whens = {
        "timestamp": zoned.cast(pa.timestamp("us")),
        "timestamptz": zoned,
        "epoch_ms": pa.array([round(row.when.timestamp() * 1000) for row in rows]),
        "iso8601": pa.array([row.when.isoformat() for row in rows]),
    }
    return pa.table(
        {
            "when": whens[form],
            "log group": pa.array([row.source for row in rows], pa.string()),
            "svc": pa.array([row.service for row in rows], pa.string()),
            "message": [row.message for row in rows],
            "day": [row.day for row in rows],
        }
    )


def _counted(found: pa.Table) -> Counted:
    return {
        (r["bucket"].astimezone(UTC), r["source"], r["service"], r["pattern"], r["level"]): (
            *(r["count"], r["sample"]),
            *(r["first_seen"].astimezone(UTC), r["last_seen"].astimezone(UTC)),
        )
        for r in found.to_pylist()
    }
