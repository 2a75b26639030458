"""The counting query: DuckDB runs it, Trino's own grammar reads it, and nothing breaks out of it."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fa2.core.tables import TABLES
from fa2.core.windows import TimeWindow
from fa2.logs.engines.count_queries import counts_sql, unload_sql
from fa2.logs.engines.lake_lines import Among, Between, Column, LakeLines, Text, TimeForm
from fa2.logs.shapes.dialects import DIALECTS, DUCKDB, TRINO, Dialect
from lakes import LAKE, PARTITIONS, START, WINDOW, Counted, Line, counted, lake

FORMS: tuple[TimeForm, ...] = ("timestamp", "timestamptz", "epoch_s", "epoch_ms", "iso8601")


def table(rows: list[Line], when: pa.Array | None = None) -> pa.Table:
    zoned = pa.array([row.when for row in rows], pa.timestamp("us", "UTC"))
    return pa.table(
        {
            "when": when if when is not None else zoned.cast(pa.timestamp("us")),
            "log group": [row.source for row in rows],
            "svc": pa.array([row.service for row in rows], pa.string()),
            "message": [row.message for row in rows],
            "day": [row.day for row in rows],
        }
    )


def run(sql: str, lines: pa.Table) -> pa.Table:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'Asia/Tokyo'")  # what a session's zone is must make no difference
        connection.register("lines", lines)
        return connection.sql(sql).to_arrow_table()


def as_counted(found: pa.Table) -> Counted:
    rows = found.to_pylist()
    utc = [{k: v.replace(tzinfo=UTC) if isinstance(v, datetime) else v for k, v in row.items()} for row in rows]
    return {
        (r["bucket"], r["source"], r["service"], r["pattern"], r["level"]): (
            r["count"],
            r["sample"],
            r["first_seen"],
            r["last_seen"],
        )
        for r in utc
    }


@pytest.mark.parametrize("interval_s", [1, 60, 300])
def test_duckdb_counts_what_a_loop_over_the_lines_counts(nasty: tuple[str, ...], interval_s: int) -> None:
    rows = lake(nasty)
    found = run(counts_sql(LAKE, WINDOW, DUCKDB, interval_s=interval_s, partitions=PARTITIONS), table(rows))
    assert as_counted(found) == counted(rows, interval_s)
    assert sum(found["count"].to_pylist()) > 50
    assert set(found["level"].to_pylist()) == {None, "ERROR", "WARN", "it's"}
    assert found["interval_s"].to_pylist() == [interval_s] * found.num_rows


def test_the_result_is_a_table_that_a_bundle_takes(tmp_path: Path, nasty: tuple[str, ...]) -> None:
    found = run(counts_sql(LAKE, WINDOW, DUCKDB), table(lake(nasty)))
    assert found.column_names[:8] == [column.name for column in TABLES["log_counts"].columns]
    pq.write_table(found, tmp_path / "log_counts.parquet")
    (tmp_path / "incident.json").write_text(
        '{"format": "fa2.bundle/1", "id": "i", "title": "t", "question": "q", "language": "en", "alarm": null,'
        f' "window": {{"start": "{WINDOW.start.isoformat()}", "end": "{WINDOW.end.isoformat()}"}}, "baseline": [],'
        ' "scope": {"accounts": [], "regions": [], "services": []}, "architecture": ""}'
    )
    from fa2.core.bundle import opened, validate

    with opened(tmp_path) as bundle:
        assert validate(bundle) == [("log_counts", found.num_rows)]


def times(form: TimeForm, whens: list[datetime]) -> pa.Array:
    match form:
        case "timestamp":
            return pa.array(whens, pa.timestamp("us", "UTC")).cast(pa.timestamp("us"))
        case "timestamptz":
            return pa.array(whens, pa.timestamp("us", "UTC"))
        case "epoch_s":
            return pa.array([int(when.timestamp()) for when in whens])
        case "epoch_ms":
            return pa.array([(when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1) for when in whens])
        case "iso8601":
            return pa.array([when.astimezone().isoformat() for when in whens])


@pytest.mark.parametrize("form", FORMS)
def test_times_in_any_form_give_the_same_window_and_intervals(form: TimeForm) -> None:
    unit = {"epoch_s": timedelta(seconds=1), "epoch_ms": timedelta(milliseconds=1)}.get(form, timedelta(microseconds=1))
    rows = lake(["job 1", "task 2 done"])
    coarse = [replace(row, when=row.when - (row.when - datetime(1970, 1, 1, tzinfo=UTC)) % unit) for row in rows]
    found = run(
        counts_sql(replace(LAKE, time_form=form), WINDOW, DUCKDB, interval_s=60, partitions=PARTITIONS),
        table(rows, times(form, [row.when for row in rows])),
    )
    assert as_counted(found) == counted(coarse, 60)


def test_text_that_is_no_time_is_in_no_window() -> None:
    rows = lake(["job 1"])
    whens = pa.array(["soon", *(row.when.isoformat() for row in rows[1:])])
    found = run(
        counts_sql(replace(LAKE, time_form="iso8601"), WINDOW, DUCKDB, partitions=PARTITIONS), table(rows, whens)
    )
    assert as_counted(found) == counted(rows[1:], 300)


def test_partitions_narrow_the_lines_that_count() -> None:
    rows = lake(["job 1"])
    days = table(rows)
    days = days.set_column(days.column_names.index("day"), "day", pa.array([n % 5 for n in range(len(rows))]))

    def total(*partitions: Among | Between) -> int:
        found = run(counts_sql(LAKE, WINDOW, DUCKDB, partitions=partitions), days)
        return sum(found["count"].to_pylist())

    assert 0 < total(Among("day", (1, 2))) == total(Between("day", 1, 2)) < total()
    assert total(Among("day", (1,)), Among("day", (2,))) == 0


def all_queries(dialect: Dialect) -> list[str]:
    nested = LakeLines(
        ('my"cat', "sch`ema", "ta ble"),
        Text("it's"),
        time=Column.of("meta", "at"),
        message=Column.of("rec", "msg"),
        service=Text("s\\"),
        header=r"\[\d+\] it's ",
    )
    partitions = (
        Among("year", ("2026", "it's")),
        Between("dt", date(2026, 11, 20), date(2026, 11, 21)),
        Among("h", (3,)),
    )
    queries = [
        counts_sql(replace(lines, time_form=form), window, dialect, partitions=partitions)
        for lines in (LAKE, nested)
        for form in FORMS
        for window in (WINDOW, TimeWindow(START, START + timedelta(hours=1)))
    ]
    return queries


def test_trinos_own_grammar_reads_every_query() -> None:
    parse = trino_parser()
    for query in all_queries(TRINO):
        parse(query)
    parse(f"SELECT 1 FROM t WHERE a = {TRINO.literal('it' + chr(39) + 's')}")
    with pytest.raises(Exception, match="input"):
        parse(all_queries(DUCKDB)[0])


def test_athenas_unload_wraps_the_query() -> None:
    query = counts_sql(LAKE, WINDOW, TRINO)
    unload = unload_sql(query, "s3://bucket/it's/", TRINO)
    assert unload.startswith("UNLOAD (\n" + query + "\n)\nTO 's3://bucket/it''s/'\nWITH (")


def trino_parser():  # type: ignore[no-untyped-def]  # the package has no types
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from trino_query_parser import parse_statement

    return parse_statement


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda d: d.engine)
def test_what_cannot_be_a_query_is_refused(dialect: Dialect) -> None:
    with pytest.raises(ValueError, match="interval"):
        counts_sql(LAKE, WINDOW, dialect, interval_s=0)
    with pytest.raises(ValueError, match="no value"):
        counts_sql(LAKE, WINDOW, dialect, partitions=(Among("day", ()),))
    with pytest.raises(ValueError, match="NUL"):
        counts_sql(replace(LAKE, header="\0"), WINDOW, dialect)
