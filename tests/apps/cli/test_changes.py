"""fa2 changes, as a person uses it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from config_deliveries import ACCOUNT, GROUP, ROLE, busy_month, deliver, item, year_before
from fa2.apps.cli.commands import app
from fa2.core.errors import UnusableInput
from fa2.renderers import changes_json

NOON = "2024-11-14T12:{:02}:{:02}.000Z"


def asked(folder: Path, *arguments: str, month: str = "2024-11") -> str:
    """Run in this process and return what went to standard output."""
    given = ["changes", "--month", month, "--from", str(folder), *arguments]
    done = CliRunner().invoke(app, given, env={"COLUMNS": "120"})
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


def report(folder: Path, *arguments: str, month: str = "2024-11") -> dict[str, Any]:
    """Return the report of the command as JSON, after checking it against its published schema."""
    found: dict[str, Any] = json.loads(asked(folder, "--format", "json", *arguments, month=month))
    jsonschema.validate(found, json.loads(changes_json.schema()))
    return found


def kinds(found: dict[str, Any]) -> dict[str, str]:
    return {notable["kind"]: notable["grade"] for notable in found["notables"]}


@pytest.fixture
def incident(tmp_path: Path) -> Path:
    """Six quiet months, then one in which a group is changed over and over, and much is deleted in a new region."""
    year_before(tmp_path)
    busy_month(tmp_path, "2024-11", 40)
    burst: list[object] = [item(NOON.format(n // 2, 30 * (n % 2)), "sg-hot") for n in range(90)]
    deliver(tmp_path, "2024-11-14", burst, name="burst")
    gone: list[object] = [
        item(NOON.format(n, 0), f"role-{n}", ROLE, awsRegion="eu-west-1", configurationItemStatus="ResourceDeleted")
        for n in range(12)
    ]
    deliver(tmp_path, "2024-11-15", gone, name="gone")
    return tmp_path


def test_a_month_unlike_those_before_is_told_with_what_makes_it_up(incident: Path) -> None:
    found = report(incident)
    assert (found["total"]["counts"][-1], found["total"]["verdict"], found["months_known"]) == (142, "more", 6)
    assert kinds(found) == {
        "total_more": "abnormal",
        "type_more": "abnormal",
        "burst": "abnormal",
        "region_more": "abnormal",
        "region_new": "abnormal",
        "type_new": "noted",
        "one_day": "noted",
    }
    more = next(n for n in found["notables"] if n["kind"] == "type_more")
    assert (more["values"]["subject"], more["values"]["n"], more["resources"][0]["resource_id"]) == (
        GROUP,
        130,
        "sg-hot",
    )
    burst = next(n for n in found["notables"] if n["kind"] == "burst")
    assert (burst["values"]["n"], burst["values"]["hour"]) == (90, "2024-11-14T12:00:00Z")
    assert found["days"][13] == 103  # the 14th: the burst, the deletions captured then, and a quiet change


def test_a_quiet_month_among_quiet_months_raises_nothing(tmp_path: Path) -> None:
    year_before(tmp_path)
    busy_month(tmp_path, "2024-11", 41)
    found = report(tmp_path)
    assert (found["notables"], found["total"]["verdict"]) == ([], "usual")
    assert "Every count is within its usual range." in asked(tmp_path)


def test_snapshots_and_items_delivered_twice_count_once(tmp_path: Path) -> None:
    once: list[object] = [item("2024-11-05T03:00:00.000Z"), item("2024-11-06T03:00:00.000Z")]
    deliver(tmp_path, "2024-11-05", once)
    deliver(tmp_path, "2024-11-06", once, name="again")
    deliver(tmp_path, "2024-11-06", once * 50, sort="ConfigSnapshot")
    deliver(
        tmp_path, "2024-11-06", [item("2024-11-06T04:00:00.000Z", "rule", "AWS::Config::ResourceCompliance")], name="c"
    )
    found = report(tmp_path)
    record = found["months"][-1]
    assert (record["changes"], record["delivered_again"], record["snapshot_files"], record["compliance"]) == (
        2,
        2,
        1,
        1,
    )
    assert "1 snapshots of that month" in asked(tmp_path)
    only = report(tmp_path, "--type", "AWS::Config::ResourceCompliance")
    assert only["months"][-1]["changes"] == 1


def test_nothing_changed_differs_from_nothing_recorded(tmp_path: Path) -> None:
    year_before(tmp_path, months=3)
    silent = asked(tmp_path)
    assert "No change was recorded in November 2024." in silent
    assert "no file of that month is there" in silent
    assert report(tmp_path)["notables"] == []
    deliver(tmp_path, "2024-11-20", [item("2024-11-01T00:00:00.000Z")], sort="ConfigSnapshot")
    calm = asked(tmp_path)
    assert "No change was recorded in November 2024." in calm
    assert "AWS Config was recording: 0 history files and 1 snapshots" in calm
    assert kinds(report(tmp_path))["total_fewer"] == "abnormal"


def test_too_few_months_are_said_to_tell_no_spread(tmp_path: Path) -> None:
    busy_month(tmp_path, "2024-11", 400)
    assert "There is nothing to compare with" in asked(tmp_path)
    busy_month(tmp_path, "2024-10", 4)
    text, found = asked(tmp_path), report(tmp_path)
    assert "not known yet: 1 of the months before have records" in text
    assert found["total"]["verdict"] == "unknown"
    assert "abnormal" not in kinds(found).values()


def test_a_month_without_any_file_is_not_taken_for_a_quiet_one(tmp_path: Path) -> None:
    for month in ("2024-06", "2024-07", "2024-10", "2024-11"):
        busy_month(tmp_path, month, 60)
    found = report(tmp_path)
    assert (found["months_known"], found["total"]["verdict"]) == (3, "usual")
    assert found["months"][0]["month"] == "2024-06"
    assert re.search(r"2024-08\s+–", asked(tmp_path))


def test_filters_narrow_what_counts(incident: Path) -> None:
    assert report(incident, "--type", ROLE)["total"]["counts"][-1] == 12
    assert report(incident, "--region", "eu-west-1", "--account", ACCOUNT)["total"]["counts"][-1] == 0
    with pytest.raises(UnusableInput, match="filters"):
        asked(incident, "--account", "12")
    only = asked(incident, "--by", "region")
    assert "By region" in only
    assert "By account" not in only


def test_a_region_is_where_the_resource_is_and_lies_in_its_folder(tmp_path: Path) -> None:
    deliver(
        tmp_path,
        "2024-11-05",
        [item("2024-11-05T03:00:00.000Z"), item("2024-11-05T04:00:00.000Z", "r", ROLE, awsRegion="global")],
    )
    assert report(tmp_path, "--region", "ap-northeast-1")["total"]["counts"] == [1]
    assert report(tmp_path, "--region", "global")["total"]["counts"] == [1]


def test_a_question_is_answered_beside_how_it_was_read(incident: Path) -> None:
    text = asked(incident, "--question", "Which IAM roles were deleted by the pirates?")
    assert "Only where kind of change is deleted." in text
    assert "name-of-role-3" in text
    assert "Not understood, and left out: pirates" in text
    answer = report(incident, "--question", "先月と今月のセキュリティグループの月別の変更数")["answer"]
    assert [(row["month"], row["total"]) for row in answer["rows"]] == [("2024-10", 41), ("2024-11", 130)]
    lost = asked(incident, "--question", "Why?")
    assert "Nothing of the question was understood." in lost


def test_japanese_reports_say_the_same_in_japanese(incident: Path) -> None:
    text = asked(incident, "--language", "ja")
    assert "2024年11月に記録された変更は 142 件です。" in text
    assert "特筆すべき点" in text
    assert "リージョン eu-west-1 の変更が初めて記録されました" in text


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("form", ["terminal", "markdown", "html"])
def test_hostile_names_act_nowhere(tmp_path: Path, form: str, language: str) -> None:
    names = [
        "<img src=x onerror=alert(1)>",
        "\x1b[2Jgone",
        "a\u202eb",
        "[x](javascript:alert(1))",
        "y" * 100_000,
        "|a|b|",
    ]
    items: list[object] = [
        item(f"2024-11-05T03:{n:02}:{k:02}.000Z", name, name, resourceName=name, awsAccountId=name, awsRegion=name)
        for n, name in enumerate(names)
        for k in range(12)
    ]
    deliver(tmp_path, "2024-11-05", items)
    text = asked(tmp_path, "--format", form, "--language", language)
    assert form == "terminal" or "<img" not in text
    assert form != "markdown" or "](javascript" not in text
    assert "\x1b[2J" not in text
    assert "\u202e" not in text
    assert "y" * 200 not in text
    assert "onerror" in text  # shown, harmless


def test_the_page_draws_months_and_loads_nothing(incident: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    page_file = tmp_path_factory.mktemp("pages") / "out.html"
    asked(incident, "-o", str(page_file))
    page = page_file.read_text(encoding="utf-8")
    assert page.count('<svg class="spark"') >= 3
    assert page.count('class="column now"') > 10
    assert 'class="normal"' in page
    assert not re.search(r"(src|href)=\"(?!#|data:)", page)
    assert "default-src &#x27;none&#x27;" in page
    assert page == _again(incident, page_file.parent)


def _again(folder: Path, scratch: Path) -> str:
    asked(folder, "-o", str(scratch / "again.html"))
    return (scratch / "again.html").read_text(encoding="utf-8")


def test_the_statement_in_the_report_is_the_one_that_counted(incident: Path) -> None:
    found = report(incident)
    assert found["sql"].count("?") == len(found["parameters"])
    assert "```sql\nWITH delivered AS" in asked(incident, "--format", "markdown")


def test_a_folder_without_deliveries_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="AWSLogs"):
        asked(tmp_path)
    with pytest.raises(UnusableInput, match="2024-11"):
        asked(tmp_path, month="November")


def test_the_table_is_printed_without_reading_anything() -> None:
    base = ["changes", "--bucket", "orgs-config", "--accounts", "111122223333, 444455556666"]
    statement = CliRunner().invoke(app, [*base, "--ddl", "--table", "audit.items"]).stdout
    assert statement.startswith("CREATE EXTERNAL TABLE IF NOT EXISTS `audit`.`items` (")
    assert "'projection.account_id.values' = '111122223333,444455556666'" in statement
    template = json.loads(CliRunner().invoke(app, [*base, "--cloudformation", "--regions", "eu-west-1"]).stdout)
    parameters = template["Resources"]["AwsConfigTable"]["Properties"]["TableInput"]["Parameters"]
    assert parameters["projection.region.values"] == "eu-west-1"
    wrong = CliRunner().invoke(app, ["changes", "--ddl", "--bucket", "orgs-config", "--accounts", "12"])
    assert isinstance(wrong.exception, UnusableInput)


def test_the_published_schema_is_that_of_the_code() -> None:
    from importlib.resources import files

    published = files("fa2.renderers") / "schema" / "changes.schema.json"
    assert published.read_text(encoding="utf-8") == changes_json.schema()
