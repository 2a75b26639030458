"""The Glue table over AWS Config's deliveries in S3, its partitions projected: as Athena DDL and for CloudFormation.

Projection computes the partitions from the properties, so nobody has to add them as days go by; it needs partition
keys that are all text. The type of the items has to stand on one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from fa2.core.errors import UnusableInput

ITEM_FIELDS = (
    ("configurationItemVersion", "string"),
    ("configurationItemCaptureTime", "string"),
    ("configurationStateId", "bigint"),
    ("awsAccountId", "string"),
    ("awsRegion", "string"),
    ("configurationItemStatus", "string"),
    ("resourceType", "string"),
    ("resourceId", "string"),
    ("resourceName", "string"),
    ("ARN", "string"),
    ("availabilityZone", "string"),
    ("configurationStateMd5Hash", "string"),
    ("resourceCreationTime", "string"),
    ("tags", "map<string,string>"),
)
"""Name and Hive type of what is read of each configuration item."""
COLUMNS = (
    ("fileversion", "string"),
    ("configurationitems", f"array<struct<{','.join(f'{name}:{kind}' for name, kind in ITEM_FIELDS)}>>"),
)
PARTITION_KEYS = ("account_id", "region", "year", "month", "day")
INPUT_FORMAT = "org.apache.hadoop.mapred.TextInputFormat"
OUTPUT_FORMAT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
SERDE = "org.apache.hive.hcatalog.data.JsonSerDe"
_COMMENT = "AWS Config items as delivered to S3"

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,127}", re.ASCII)
_BUCKET = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", re.ASCII)
_PREFIX = re.compile(r"[A-Za-z0-9!_.()/-]{0,512}", re.ASCII)
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d", re.ASCII)


@dataclass(frozen=True)
class ConfigTable:
    """Where AWS Config delivers to, and what the table is called. Raises UnusableInput for what cannot be so."""

    bucket: str
    accounts: tuple[str, ...]
    """Twelve digits each."""
    regions: tuple[str, ...] = ("us-east-1", "ap-northeast-1")
    database: str = "lake"
    name: str = "awsconfig"
    prefix: str = ""
    """Before AWSLogs in the bucket, as the delivery channel has it."""

    def __post_init__(self) -> None:
        for field, shape, values in (
            ("bucket", _BUCKET, (self.bucket,)),
            ("accounts", _ACCOUNT, self.accounts),
            ("regions", _REGION, self.regions),
            ("database", _NAME, (self.database,)),
            ("table", _NAME, (self.name,)),
            ("prefix", _PREFIX, (self.prefix,)),
        ):
            wrong = [value for value in values if not shape.fullmatch(value)]
            if wrong or not values:
                raise UnusableInput(f"changes.error.{field}", text=wrong[0][:80] if wrong else "")

    @property
    def location(self) -> str:
        """Where the deliveries begin."""
        prefix = self.prefix.strip("/")
        return f"s3://{self.bucket}/{prefix}/AWSLogs" if prefix else f"s3://{self.bucket}/AWSLogs"

    @property
    def properties(self) -> dict[str, str]:
        """The table's parameters."""
        return {
            "classification": "json",
            "compressionType": "gzip",
            "storage.location.template": (self.location + "/${account_id}/Config/${region}/${year}/${month}/${day}/"),
            "projection.enabled": "true",
            "projection.account_id.type": "enum",
            "projection.account_id.values": ",".join(self.accounts),
            "projection.region.type": "enum",
            "projection.region.values": ",".join(self.regions),
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


def differences(table: Mapping[str, Any]) -> list[str]:
    """Return what of a table is not as `ddl` makes it, as `property: what it is`; bucket, accounts and regions are free.

    table: as Glue's GetTable describes it.
    """
    told = {str(key).lower(): str(value) for key, value in (table.get("Parameters") or {}).items()}
    keys = {str(key.get("Name")).lower(): str(key.get("Type")).lower() for key in table.get("PartitionKeys") or []}
    columns = (table.get("StorageDescriptor") or {}).get("Columns") or []
    types = {str(column.get("Name")).lower(): _plain(str(column.get("Type"))) for column in columns}
    return [
        *(f"{key}: {keys.get(key, '–')}" for key in PARTITION_KEYS if keys.get(key) != "string"),
        *(f"{key}: –" for key in ("projection.account_id.values", "projection.region.values") if not told.get(key)),
        *(f"{name}: {types.get(name, '–')[:40]}" for name, kind in COLUMNS if types.get(name) != _plain(kind)),
        *_unlike(told),
    ]


def _unlike(told: Mapping[str, str]) -> Iterator[str]:
    free = ConfigTable("any-bucket", ("000000000000",))
    for name, wanted in free.properties.items():
        found = told.get(name, "")
        if name == "storage.location.template":
            fine = found.rstrip("/").endswith(wanted.removeprefix("s3://any-bucket").rstrip("/"))
        else:
            fine = name.endswith(".values") or not name.startswith("projection.") or _plain(found) == _plain(wanted)
        if not fine:
            yield f"{name}: {found or '–'}"
    yield from (f"{name}: {value}" for name, value in told.items() if name.endswith(".digits"))


def _plain(text: str) -> str:
    return "".join(text.split()).lower()


def quoted_name(database: str, table: str) -> str:
    """Return a table's name for a statement. Raises UnusableInput when a part is no name."""
    for field, name in (("database", database), ("table", table)):
        if not _NAME.fullmatch(name):
            raise UnusableInput(f"changes.error.{field}", text=name[:80])
    return f'"{database}"."{table}"'


def ddl(table: ConfigTable) -> str:
    """Return the statement that makes the table in Athena, to be run as it is."""
    columns = ",\n  ".join(f"`{name}` {kind}" for name, kind in COLUMNS)
    partitions = ",\n  ".join(f"`{key}` string" for key in PARTITION_KEYS)
    return f"""CREATE EXTERNAL TABLE IF NOT EXISTS `{table.database}`.`{table.name}` (
  {columns}
)
COMMENT '{_COMMENT}'
PARTITIONED BY (
  {partitions}
)
ROW FORMAT SERDE '{SERDE}'
WITH SERDEPROPERTIES (
  'serialization.format' = '1'
)
STORED AS INPUTFORMAT '{INPUT_FORMAT}'
OUTPUTFORMAT '{OUTPUT_FORMAT}'
LOCATION '{table.location}'
TBLPROPERTIES (
  {_listed(table.properties)}
)
"""


def cloudformation(table: ConfigTable) -> str:
    """Return a CloudFormation template, as JSON, with the table as its one resource."""
    resource = {
        "Type": "AWS::Glue::Table",
        "Properties": {
            "CatalogId": {"Ref": "AWS::AccountId"},
            "DatabaseName": table.database,
            "TableInput": {
                "Name": table.name,
                "Description": _COMMENT,
                "TableType": "EXTERNAL_TABLE",
                "Parameters": table.properties,
                "PartitionKeys": _typed([(key, "string") for key in PARTITION_KEYS]),
                "StorageDescriptor": {
                    "Columns": _typed(COLUMNS),
                    "Location": table.location,
                    "InputFormat": INPUT_FORMAT,
                    "OutputFormat": OUTPUT_FORMAT,
                    "Compressed": False,
                    "SerdeInfo": {"SerializationLibrary": SERDE, "Parameters": {"serialization.format": "1"}},
                    "StoredAsSubDirectories": False,
                },
            },
        },
    }
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": _COMMENT,
        "Resources": {"AwsConfigTable": resource},
    }
    return orjson.dumps(template, option=orjson.OPT_INDENT_2).decode() + "\n"


def _typed(columns: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"Name": name, "Type": kind} for name, kind in columns]


def _listed(properties: Mapping[str, str]) -> str:
    return ",\n  ".join(f"'{key}' = '{value}'" for key, value in properties.items())
