"""Tests of metrics from CSV."""

from __future__ import annotations

import csv
import io

import pytest
from exported_file import Row, exported, rows_of
from hypothesis import given
from hypothesis import strategies as st

from fa2.core.ports import Gaps
from fa2.sources.local.csv_metrics import source
from fa2.sources.local.csv_tables import to_number

AT = 1_795_143_600_000_000


def shown(rows: list[Row], *names: str) -> list[tuple[object, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def test_the_bundles_own_columns_are_read_as_they_stand() -> None:
    file = exported(
        "timestamp,service,resource,namespace,name,dimensions,stat,unit,period_s,value\n"
        '2026-11-20T03:00:00Z,stock,i-1,AWS/DynamoDB,Throttled,"{""TableName"": ""stock""}",Sum,'
        "Count,10,7.5\n"
        "2026-11-20T03:00:10Z,stock,,AWS/DynamoDB,Throttled,,Sum,Count,10,\n",
        "metrics/cloudwatch.csv",
    )
    gaps = Gaps()
    assert source.recognise(file.head()) == 1.0
    assert rows_of(source, file, gaps) == [
        {
            "timestamp": AT,
            "service": "stock",
            "resource": "i-1",
            "namespace": "AWS/DynamoDB",
            "name": "Throttled",
            "dimensions": '{"TableName":"stock"}',
            "stat": "Sum",
            "unit": "Count",
            "period_s": 10,
            "value": 7.5,
        }
    ]
    assert not gaps.counts


def test_one_column_a_series_names_services_where_they_share_metrics() -> None:
    file = exported(
        "time,cart_cpu,cart_latency-90,front-end_cpu\n1795143600,1,250,3\n1795143605,2,,4\n1795143610,,,5\n"
    )
    rows = rows_of(source, file)
    assert shown(rows, "service", "name", "value", "period_s") == [
        ("cart", "cpu", 1.0, 5),
        ("cart", "latency-90", 250.0, 5),
        ("front-end", "cpu", 3.0, 5),
        ("cart", "cpu", 2.0, 5),
        ("front-end", "cpu", 4.0, 5),
        ("front-end", "cpu", 5.0, 5),
    ]
    assert rows[0]["timestamp"] == AT


def test_columns_are_services_where_the_file_is_named_after_a_metric() -> None:
    file = exported("ts\tfrontend\tcart\n2026-11-20 03:00:00+00:00\t1\t2\n", "cpu_usage.tsv")
    assert shown(rows_of(source, file), "service", "name") == [
        ("frontend", "cpu_usage"),
        ("cart", "cpu_usage"),
    ]


def test_a_metric_in_each_row_keeps_other_columns_as_dimensions() -> None:
    file = exported(
        "Time,Metric,Region,FunctionName,Value,Statistic\n"
        "2026/11/20 03:00:00,Errors,eu-west-1,checkout,3,Sum\n"
        "2026/11/20 03:05:00,Errors,eu-west-1,checkout,n/a,Sum\n"
    )
    gaps = Gaps()
    assert source.recognise(file.head()) == 0.9
    (row,) = rows_of(source, file, gaps)
    assert row["dimensions"] == '{"FunctionName":"checkout","Region":"eu-west-1"}'
    assert (row["service"], row["stat"], row["period_s"]) == ("checkout", "Sum", 300)
    assert gaps.counts == {"csv_cell": 1, "note_csv_no_zone": 2}
    assert gaps.examples["csv_cell"] == "n/a"


def test_the_rows_above_a_cloudwatch_download_name_its_columns() -> None:
    file = exported(
        "Full label,i-0abc CPUUtilization,Errors\nLabel,CPUUtilization,Errors\n"
        "Namespace,AWS/EC2,AWS/Lambda\nStat,Average,Sum\nPeriod,300,5 minutes\n"
        '2026/11/20 03:00:00,"1,234.5",2\n2026/11/20 03:05:00,,1\n'
    )
    rows = rows_of(source, file)
    assert shown(rows, "service", "namespace", "name", "stat", "period_s", "value") == [
        ("i-0abc", "AWS/EC2", "CPUUtilization", "Average", 300, 1234.5),
        (None, "AWS/Lambda", "Errors", "Sum", 300, 2.0),
        (None, "AWS/Lambda", "Errors", "Sum", 300, 1.0),
    ]


def test_excels_semicolons_decimal_commas_and_encodings_are_understood() -> None:
    written = "date;load;disk\n2026-11-20T03:00:00Z;1.234,5;50 %\n"
    for encoding in ("utf-8-sig", "utf-16"):
        rows = rows_of(source, exported(written.encode(encoding), "host-a.csv"))
        assert shown(rows, "value", "name") == [(1234.5, "load"), (50.0, "disk")]


def test_rows_without_time_are_counted_and_the_rest_is_read() -> None:
    gaps = Gaps()
    lines = [f"2026-11-20T03:{i:02}:00Z,{i}" for i in range(30)]
    rows = rows_of(source, exported("\n".join(["time,cpu", *lines, "total,435"])), gaps)
    assert len(rows) == 30
    assert gaps.counts == {"csv_time": 1}


@pytest.mark.parametrize(
    "text",
    [
        "time,message,status\n2026-11-20T03:00:00Z,GET /cart failed,500\n",
        "timestamp,level,logger\n2026-11-20T03:00:00Z,INFO,5\n",
        "name,age\nann,5\n",
        "2026-11-20 03:00:00,123 INFO Starting, please wait\n",
        "just text",
        "",
        "a,b\n1,2\n",
    ],
)
def test_what_is_no_table_of_metrics_is_left_to_others(text: str) -> None:
    assert source.recognise(exported(text).head()) == 0.0


@pytest.mark.parametrize(
    ("cell", "delimiter", "expected"),
    [
        ("1,234,567.5", ",", 1234567.5),
        ("0,25", ";", 0.25),
        ("1,234", ";", 1234.0),
        ("-1e-3", ",", -0.001),
        (".5", ",", 0.5),
        ("12 %", ",", 12.0),
        ("1,2", ",", None),
        ("NaN", ",", None),
        ("", ",", None),
    ],
)
def test_numbers_as_people_write_them(cell: str, delimiter: str, expected: float | None) -> None:
    assert to_number(cell, delimiter) == expected


@given(
    st.lists(
        st.tuples(st.integers(0, 10**6), st.floats(allow_nan=False, allow_infinity=False, width=32)),
        min_size=1,
        max_size=20,
    )
)
def test_every_number_written_comes_back(measured: list[tuple[int, float]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["timestamp", "name", "value"])
    writer.writerows([1_795_143_600 + second, "cpu", value] for second, value in measured)
    assert [row["value"] for row in rows_of(source, exported(out.getvalue()))] == [value for _, value in measured]


@given(st.text(alphabet='a1,;\t\n"2026-11-0T3:Z ', max_size=200))
def test_text_of_any_kind_never_breaks_it(text: str) -> None:
    file = exported(text, "x.csv")
    if source.recognise(file.head()):
        rows_of(source, file)
