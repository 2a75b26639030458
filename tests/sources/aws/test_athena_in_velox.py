"""Presto's functions, as Velox has them, do with odd values what the queries of Athena's sources need."""

from __future__ import annotations

import re
from typing import Any

import alb_lake
import cloudtrail_lake
import pytest

from fa2.core.windows import TimeWindow
from fa2.sources.aws.athena.alb_access_logs_queries import Wanted, requests_query
from fa2.sources.aws.athena.cloudtrail_athena_queries import changes_query
from fa2.sources.aws.athena.tables import LakeTable

WINDOW = TimeWindow.parse("2026-11-20T03:00Z/2026-11-20T04:00Z")
NOT_LISTED = {"coalesce", "decimal", "dense_rank", "nullif", "row_number", "try", "try_cast"}
"""Types, special forms and window functions, of which Velox keeps no signatures."""


@pytest.fixture
def velox() -> Any:
    return pytest.importorskip("pyvelox.legacy", reason="`make engines` installs Velox, where there is a build of it")


def table(columns: dict[str, str]) -> LakeTable:
    return LakeTable("d", "t", columns, (), projected=False, bytes=None)


def alb_query(columns: dict[str, str]) -> str:
    asked = requests_query(table(columns), (), [WINDOW], origin=WINDOW.start, interval_s=60, wanted=Wanted())
    return asked.sql


def evaluated(velox: Any, expression: str, values: list[Any]) -> list[Any]:
    return list(velox.Expression.from_string(expression).evaluate(["x"], [velox.from_list(values)]))


def test_presto_has_every_function_of_the_queries(velox: Any) -> None:
    velox.register_presto_signatures()
    velox.register_presto_aggregate_signatures()
    known = {*velox.get_function_signatures(), *velox.get_aggregate_function_signatures()}
    trail = cloudtrail_lake.COLUMNS
    queries = [
        *(alb_query(columns) for columns in (alb_lake.COLUMNS, {**alb_lake.COLUMNS, "time": "timestamp"})),
        *(
            changes_query(table(columns), (), WINDOW, onset=WINDOW.start, most_rows=10).sql
            for columns in (trail, {**trail, "eventtime": "timestamp", "useridentity": "string"})
        ),
    ]
    used = {name for sql in queries for name in re.findall(r"\b([a-z_0-9]+)\(", re.sub("'[^']*'", "", sql))}
    assert {"json_format", "json_extract_scalar", "min_by", "from_iso8601_timestamp", "regexp_like"} <= used
    assert used - NOT_LISTED <= known


def test_a_path_is_taken_out_of_any_url(velox: Any) -> None:
    found = re.search(r"regexp_extract\(\"request_url\", ('[^']*'), 1\)", alb_query(alb_lake.COLUMNS))
    assert found
    urls = ["https://shop.example.com:443/cart/7?x=/1#y", "http://x", "-", "", "-://-:-/", "https://h/%E6%97%A5"]
    assert evaluated(velox, f"regexp_extract(x, {found[1]}, 1)", urls) == [
        "/cart/7",
        "",
        None,
        None,
        None,
        "/%E6%97%A5",
    ]


def test_intervals_before_the_origin_are_below_zero_and_none_is_cut_short(velox: Any) -> None:
    times = ["2026-11-20T03:00:00.000000Z", "2026-11-20T02:59:59.999999Z", "2026-11-20T03:59:59.999000Z"]
    origin = WINDOW.start.timestamp()
    expression = f"floor((to_unixtime(from_iso8601_timestamp(x)) - {origin!r}e0) / 60e0)"
    assert evaluated(velox, expression, times) == [0.0, -1.0, 59.0]


def test_users_keep_their_name_and_roles_lose_their_session(velox: Any) -> None:
    arns = [
        "arn:aws:sts::123456789012:assumed-role/deployer/run-1",
        "arn:aws:iam::123456789012:user/Alice",
        "arn:aws:iam::123456789012:root",
    ]
    who = evaluated(velox, "concat(split_part(x, '/', 1), '/', coalesce(split_part(x, '/', 2), ''))", arns)
    assert who == [
        "arn:aws:sts::123456789012:assumed-role/deployer",
        "arn:aws:iam::123456789012:user/Alice",
        "arn:aws:iam::123456789012:root/",
    ]
