"""The counting statement: Trino's own grammar reads it, every value is bound, and it counts what a loop counts."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config_deliveries import ACCOUNT, GROUP, ROLE, deliver, item
from fa2.changes.change_queries import COLUMNS, GROUPS, ChangeQuery, Filter, asked_query
from fa2.changes.change_sql import GroupingSet, change_statement, grouping_bits
from fa2.changes.counting import Counted, count
from fa2.changes.local_sql import duckdb_sql
from fa2.core.errors import UnusableInput
from fa2.core.months import Month
from fa2.sources.local.config_engine import config_engine
from fa2.sources.local.config_files import config_files

TABLE = '"lake"."awsconfig"'
SETS: tuple[GroupingSet, ...] = (("month",), ("resource_type",), ("resource",), ("resource_type", "action"), ())


def parse_trino(sql: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from trino_query_parser import parse_statement
    parse_statement(sql)


texts = st.text(min_size=1, max_size=20).filter(lambda text: "\0" not in text)
filters = st.builds(
    Filter,
    column=st.sampled_from(COLUMNS),
    operator=st.sampled_from(["begins", "contains"]),
    values=st.lists(texts, min_size=1, max_size=3).map(tuple),
)
queries = st.builds(
    ChangeQuery,
    last=st.sampled_from(["2024-11", "2025-01", "2024-12"]),
    months=st.integers(1, 14),
    filters=st.lists(filters, max_size=3).map(tuple),
    groups=st.lists(st.sampled_from(GROUPS), max_size=3).map(tuple),
    order=st.sampled_from(["count", "latest", "earliest", "name"]),
    limit=st.integers(1, 1000),
)


@given(queries)
def test_each_question_mark_has_its_value_and_no_value_stands_in_the_statement(query: ChangeQuery) -> None:
    statement = change_statement(query, TABLE)
    assert statement.sql.count("?") == len(statement.parameters)
    plain = asked_query({**query.model_dump(), "filters": []})
    assert set(re.findall(r"'[^']*'", statement.sql)) <= {
        *re.findall(r"'[^']*'", change_statement(plain, TABLE).sql),
        "'!'",
    }


def test_trinos_own_grammar_reads_every_form() -> None:
    for operator in ("is", "is_not", "begins", "contains"):
        for order in ("count", "latest", "earliest", "name"):
            query = asked_query(
                {
                    "last": "2025-01",
                    "months": 14,
                    "order": order,
                    "filters": [{"column": "resource_type", "operator": operator, "values": [GROUP, ROLE]}],
                }
            )
            parse_trino(change_statement(query, TABLE).sql)
            parse_trino(change_statement(query, TABLE, SETS).sql)
    for group in GROUPS:
        parse_trino(change_statement(asked_query({"last": "2024-11", "groups": [group]}), TABLE).sql)
    with pytest.raises(Exception, match=r"mismatched|extraneous|no viable"):
        parse_trino(duckdb_sql(change_statement(asked_query({"last": "2024-11"}), TABLE).sql))


def test_only_history_files_of_the_months_and_the_first_days_after_are_read() -> None:
    query = asked_query({"last": "2024-12", "months": 2, "filters": [{"column": "account", "values": [ACCOUNT]}]})
    statement = change_statement(query, TABLE)
    assert "\"$path\" LIKE '%/ConfigHistory/%'" in statement.sql
    bound = [ACCOUNT, "2024", "11", "12", "2025", "1", "1", "2"]
    assert list(statement.parameters[: len(bound)]) == bound
    assert "account_id IN (?)" in statement.sql


def test_a_filter_on_global_resources_does_not_narrow_the_region_of_the_folder() -> None:
    where = {"column": "region", "values": ["global"]}
    assert (
        "region IN (?)) AND ((year"
        not in change_statement(asked_query({"last": "2024-11", "filters": [where]}), TABLE).sql
    )
    narrowed = change_statement(
        asked_query({"last": "2024-11", "filters": [{**where, "values": ["us-east-1"]}]}), TABLE
    )
    assert "AND region IN (?) AND ((year" in narrowed.sql


def test_bits_tell_the_sets_apart() -> None:
    assert len({grouping_bits(groups, SETS) for groups in SETS}) == len(SETS)


def counted(folder: Path, query: ChangeQuery, sets: Sequence[GroupingSet]) -> dict[GroupingSet, list[Counted]]:
    files = config_files([folder], query.period, 2)
    with config_engine(files, ("lake", "awsconfig"), duckdb_sql) as engine:
        return count(engine, query, TABLE, sets).by_set


def test_it_counts_what_a_loop_over_the_items_counts(tmp_path: Path) -> None:
    kinds = (GROUP, ROLE, "AWS::Lambda::Function")
    statuses = ("OK", "ResourceDiscovered", "ResourceDeleted", "ResourceDeletedNotRecorded", "ResourceNotRecorded")
    items = [
        item(f"2024-{10 + n % 2}-{1 + n % 28:02}T{n % 24:02}:00:0{n % 10}.000Z", f"r-{n % 5}", kinds[n % 3])
        | {"configurationItemStatus": statuses[n % 5]}
        for n in range(300)
    ]
    once = {(i["resourceType"], i["resourceId"], i["configurationItemCaptureTime"]): i for i in items}.values()
    for at in range(0, 300, 50):
        deliver(tmp_path, "2024-11-28", items[at : at + 50], name=str(at))
    actions = dict(zip(statuses, ("updated", "discovered", "deleted", "deleted", "unrecorded")))
    found = counted(tmp_path, asked_query({"last": "2024-11", "months": 2, "limit": 1000}), SETS)
    november = [i for i in once if str(i["configurationItemCaptureTime"]).startswith("2024-11")]
    assert {r.keys["resource_type"]: r.counts[1] for r in found["resource_type",]} == Counter(
        i["resourceType"] for i in november
    )
    assert {
        (r.keys["resource_type"], r.keys["action"]): r.counts[1]
        for r in found["resource_type", "action"]
        if r.counts[1]
    } == Counter((i["resourceType"], actions[str(i["configurationItemStatus"])]) for i in november)
    assert found[()][0].counts == (len(once) - len(november), len(november))
    assert sum(row.delivered_again for row in found["month",]) == 300 - len(once)


def test_midnight_at_the_turn_of_the_month_belongs_to_the_new_one(tmp_path: Path) -> None:
    deliver(tmp_path, "2024-12-01", [item("2024-11-30T23:59:59.999Z"), item("2024-12-01T00:00:00.000Z")])
    deliver(tmp_path, "2024-11-01", [item("2024-11-01T00:00:00.000Z"), item("2024-10-31T23:59:59.999Z")])
    found = counted(tmp_path, asked_query({"last": "2024-11"}), [()])
    assert found[()][0].counts == (2,)


def test_hostile_text_in_a_filter_finds_only_what_is_called_so(tmp_path: Path) -> None:
    names = ["100%_sure!", "x' OR '1'='1", "100 sure", "日本語"]
    deliver(
        tmp_path, "2024-11-05", [item(f"2024-11-05T0{n}:00:00.000Z", resourceName=name) for n, name in enumerate(names)]
    )
    for name in names:
        for operator in ("begins", "contains", "is"):
            where = {"column": "resource_name", "operator": operator, "values": [name]}
            found = counted(tmp_path, asked_query({"last": "2024-11", "filters": [where]}), [()])
            assert found[()][0].counts == (1,), (operator, name)


def test_the_most_frequent_hour_of_a_resource_is_told_with_the_resource(tmp_path: Path) -> None:
    burst: list[object] = [item(f"2024-11-05T03:{n:02}:00.000Z", "sg-hot") for n in range(14)]
    deliver(tmp_path, "2024-11-05", [*burst, item("2024-11-06T03:00:00.000Z", "sg-cool")])
    (row,) = counted(tmp_path, asked_query({"last": "2024-11"}), [("resource_type",)])["resource_type",]
    assert (row.peak, row.texts["peak_hour"], row.texts["peak_resource"]) == (14, "2024-11-05T03", "sg-hot")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"last": "2024-11", "groups": ["resource_type; DROP TABLE x"]}, "groups.0"),
        ({"last": "2024-13"}, "last"),
        ({"last": "2024-11", "limit": 10**9}, "limit"),
        ({"last": "2024-11", "months": 0}, "months"),
        ({"last": "2024-11", "sql": "SELECT 1"}, "sql"),
        ({"last": "2024-11", "filters": [{"column": "configuration", "values": ["x"]}]}, "filters.0.column"),
        ({"last": "2024-11", "filters": [{"column": "account", "values": ["12"]}]}, "filters.0"),
        ({"last": "2024-11", "filters": [{"column": "region", "values": ["tokyo"]}]}, "filters.0"),
        ({"last": "2024-11", "filters": [{"column": "action", "values": ["exploded"]}]}, "filters.0"),
        ({"last": "2024-11", "filters": [{"column": "account", "values": []}]}, "filters.0.values"),
    ],
)
def test_what_is_not_allowed_is_refused_by_its_field(fields: dict[str, object], field: str) -> None:
    with pytest.raises(UnusableInput) as refused:
        asked_query(fields)
    assert refused.value.values["field"] == field


def test_a_query_cannot_be_changed_after_it_was_checked() -> None:
    query = asked_query({"last": "2024-11"})
    with pytest.raises(Exception, match="frozen"):
        query.limit = 10**9
    assert query.period == (Month(2024, 11),)
