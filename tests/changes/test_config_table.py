"""The Glue table: exactly the properties that projection needs, in both forms, and nothing breaks out of a name."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fa2.changes.config_table import ConfigTable, cloudformation, ddl, quoted_name
from fa2.core.errors import UnusableInput

TABLE = ConfigTable("orgs-config-logs", ("111122223333", "444455556666"))
ITEMS = (
    "array<struct<configurationItemVersion:string,configurationItemCaptureTime:string,configurationStateId:bigint,"
    "awsAccountId:string,awsRegion:string,configurationItemStatus:string,resourceType:string,resourceId:string,"
    "resourceName:string,ARN:string,availabilityZone:string,configurationStateMd5Hash:string,"
    "resourceCreationTime:string,tags:map<string,string>>>"
)
PROPERTIES = {
    "classification": "json",
    "compressionType": "gzip",
    "storage.location.template": (
        "s3://orgs-config-logs/AWSLogs/${account_id}/Config/${region}/${year}/${month}/${day}/"
    ),
    "projection.enabled": "true",
    "projection.account_id.type": "enum",
    "projection.account_id.values": "111122223333,444455556666",
    "projection.region.type": "enum",
    "projection.region.values": "us-east-1,ap-northeast-1",
    "projection.year.type": "integer",
    "projection.year.range": "2021, 2999",
    "projection.year.interval": "1",
    "projection.month.type": "integer",
    "projection.month.range": "1, 12",
    "projection.month.interval": "1",
    "projection.day.type": "integer",
    "projection.day.range": "1, 31",
    "projection.day.interval": "1",
}


def table_input() -> dict[str, object]:
    template = json.loads(cloudformation(TABLE))
    (resource,) = template["Resources"].values()
    assert resource["Type"] == "AWS::Glue::Table"
    found: dict[str, object] = resource["Properties"]["TableInput"]
    return found


def test_the_template_has_every_projection_property_as_it_has_to_be() -> None:
    assert table_input()["Parameters"] == PROPERTIES


def test_the_statement_has_the_same_properties_as_the_template() -> None:
    said = ddl(TABLE).partition("TBLPROPERTIES (")[2]
    assert dict(re.findall(r"'([^']+)' = '([^']*)'", said)) == PROPERTIES


def test_all_partition_keys_are_text_in_the_order_of_the_folders() -> None:
    keys = ["account_id", "region", "year", "month", "day"]
    assert table_input()["PartitionKeys"] == [{"Name": key, "Type": "string"} for key in keys]
    partitioned = ddl(TABLE).partition("PARTITIONED BY (")[2].partition(")")[0]
    assert re.findall(r"`(\w+)` (\w+)", partitioned) == [(key, "string") for key in keys]


def test_the_type_of_the_items_stands_on_one_line() -> None:
    storage = table_input()["StorageDescriptor"]
    assert isinstance(storage, dict)
    assert storage["Columns"] == [
        {"Name": "fileversion", "Type": "string"},
        {"Name": "configurationitems", "Type": ITEMS},
    ]
    assert f"  `configurationitems` {ITEMS}\n" in ddl(TABLE)


def test_files_are_read_as_json_by_line_through_hcatalog() -> None:
    storage = table_input()["StorageDescriptor"]
    assert isinstance(storage, dict)
    assert storage["Location"] == "s3://orgs-config-logs/AWSLogs"
    assert storage["InputFormat"] == "org.apache.hadoop.mapred.TextInputFormat"
    assert storage["OutputFormat"] == "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
    assert storage["Compressed"] is False
    assert storage["SerdeInfo"] == {
        "SerializationLibrary": "org.apache.hive.hcatalog.data.JsonSerDe",
        "Parameters": {"serialization.format": "1"},
    }


def test_a_prefix_stands_before_awslogs() -> None:
    table = ConfigTable("orgs-config-logs", ("111122223333",), prefix="/audit/")
    template = "s3://orgs-config-logs/audit/AWSLogs/${account_id}/Config/${region}/${year}/${month}/${day}/"
    assert table.properties["storage.location.template"] == template


def linted(template: str, folder: Path) -> str:
    """Return what AWS's own linter says of a template."""
    file = folder / "table.json"
    file.write_text(template)
    program = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run([program, "--regions", "us-east-1", "--", file], capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def test_cfn_lint_finds_nothing_to_complain_of_and_would(tmp_path: Path) -> None:
    template = cloudformation(TABLE)
    assert linted(template, tmp_path) == ""
    assert "E3002" in linted(template.replace('"StorageDescriptor"', '"StorageDescription"'), tmp_path)


@pytest.mark.parametrize(
    ("key", "fields"),
    [
        ("bucket", {"bucket": ""}),
        ("bucket", {"bucket": "a'b"}),
        ("bucket", {"bucket": "192.168.5.4"}),
        ("bucket", {"bucket": "two..dots"}),
        ("bucket", {"bucket": "line\nbreak"}),
        ("accounts", {"accounts": ()}),
        ("accounts", {"accounts": ("1111",)}),
        ("accounts", {"accounts": ("111122223333", "1,2")}),
        ("regions", {"regions": ("tokyo",)}),
        ("database", {"database": "la`ke"}),
        ("table", {"name": "Config Items"}),
        ("prefix", {"prefix": "a'b"}),
    ],
)
def test_what_cannot_be_a_name_is_refused_before_anything_is_written(key: str, fields: dict[str, object]) -> None:
    with pytest.raises(UnusableInput) as refused:
        ConfigTable(**{"bucket": "orgs-config-logs", "accounts": ("111122223333",), **fields})  # type: ignore[arg-type]
    assert refused.value.key == f"changes.error.{key}"


def test_a_name_for_statements_is_quoted_or_refused() -> None:
    assert quoted_name("lake", "awsconfig") == '"lake"."awsconfig"'
    with pytest.raises(UnusableInput):
        quoted_name('lake"; DROP', "awsconfig")
