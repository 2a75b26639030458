"""AWS Config: histories of resources, and queries on what is now."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb
import sqlglot
from answers import given, page, without
from loopback import ACCOUNT, REGION
from sqlglot import exp
from wire import AwsError, Params

Item = dict[str, Any]
_COLUMNS = ("resourceId", "resourceType", "resourceName", "awsRegion", "accountId", "arn", "configurationItemStatus")
_TIMED = (*_COLUMNS, "configurationItemCaptureTime", "configuration")


def item(at: datetime, kind: str, name: str, configuration: object, **more: object) -> Item:
    """Return a configuration item as GetResourceConfigHistory has it; `configuration` becomes JSON text."""
    service, resource = kind.split("::")[1:]
    return {
        "version": "1.3",
        "accountId": ACCOUNT,
        "configurationItemCaptureTime": at,
        "configurationItemStatus": "OK",
        "configurationStateId": str(int(at.timestamp() * 1000)),
        "arn": f"arn:aws:{service.lower()}:{REGION}:{ACCOUNT}:{resource.lower()}/{name}",
        "resourceType": kind,
        "resourceId": name,
        "resourceName": name,
        "awsRegion": REGION,
        "configuration": json.dumps(configuration),
        "relationships": [],
        "tags": {},
        "supplementaryConfiguration": {},
        **more,
    }


@dataclass
class FakeConfig:
    """Configuration items of one account and region, and whether they are recorded."""

    items: list[Item] = field(default_factory=list)
    recording: bool | None = True
    """Null where there is no recorder at all."""
    delivery: Item | None = field(default_factory=lambda: {"lastStatus": "Success"})
    """How the last delivery of history went; null where there is no delivery channel."""
    service = "config"

    def get_resource_config_history(self, params: Params) -> dict[str, object]:
        """Give what a resource was like, the latest first; ten items a page unless asked."""
        self._need_recorder()
        mine = [
            i
            for i in self.items
            if (i["resourceType"], i["resourceId"]) == (params["resourceType"], params["resourceId"])
        ]
        if not mine:
            raise AwsError("ResourceNotDiscoveredException", f"Resource {params['resourceId']} is unknown")
        earlier, later = params.get("earlierTime"), params.get("laterTime")
        if isinstance(earlier, datetime) and isinstance(later, datetime) and earlier > later:
            raise AwsError("InvalidTimeRangeException", "earlierTime is after laterTime")
        found = [
            i
            for i in mine
            if (earlier is None or i["configurationItemCaptureTime"] >= earlier)
            and (later is None or i["configurationItemCaptureTime"] <= later)
        ]
        backwards = params.get("chronologicalOrder") != "Forward"
        found.sort(key=lambda i: i["configurationItemCaptureTime"], reverse=backwards)
        rows, token = _page(found, params, "limit", "nextToken", 10)
        return given(configurationItems=rows, nextToken=token)

    def list_discovered_resources(self, params: Params) -> dict[str, object]:
        """Give the resources of a type."""
        self._need_recorder()
        ids: Any = params.get("resourceIds")
        found = [
            {key: i[key] for key in ("resourceType", "resourceId", "resourceName")} | _deleted(i)
            for i in self._latest()
            if i["resourceType"] == params["resourceType"]
            and (ids is None or i["resourceId"] in ids)
            and params.get("resourceName") in (None, i["resourceName"])
            and (params.get("includeDeletedResources") or i["configurationItemStatus"] != "ResourceDeleted")
        ]
        rows, token = _page(found, params, "limit", "nextToken", 100)
        return given(resourceIdentifiers=rows, nextToken=token)

    def batch_get_resource_config(self, params: Params) -> dict[str, object]:
        """Give what up to a hundred resources are like now."""
        self._need_recorder()
        keys: Any = params["resourceKeys"]
        latest = {(i["resourceType"], i["resourceId"]): i for i in self._latest()}
        found = [
            latest[k["resourceType"], k["resourceId"]] for k in keys if (k["resourceType"], k["resourceId"]) in latest
        ]
        missing = [k for k in keys if (k["resourceType"], k["resourceId"]) not in latest]
        base = [without(i, "relationships", "tags") for i in found]
        return {"baseConfigurationItems": base, "unprocessedResourceKeys": missing}

    def select_resource_config(self, params: Params) -> dict[str, object]:
        """Give what a query without FROM selects of the resources there are; each row as JSON."""
        try:
            tree = sqlglot.parse_one(str(params["Expression"]))
            assert isinstance(tree, exp.Select)
            sql = tree.from_("items").transform(_of_json).sql(dialect="duckdb")
            with duckdb.connect() as connection:
                columns = ", ".join(f"{name} VARCHAR" for name in _TIMED)
                connection.execute(f"CREATE TABLE items ({columns})")
                for i in self._latest():
                    if i["configurationItemStatus"] != "ResourceDeleted":
                        values = [_text(i[name]) for name in _TIMED]
                        connection.execute(f"INSERT INTO items VALUES ({', '.join('?' * len(_TIMED))})", values)
                result = connection.execute(sql)
                names = [str(d[0]) for d in result.description or ()]
                found = [json.dumps(dict(zip(names, row)), default=str) for row in result.fetchall()]
        except (sqlglot.ParseError, duckdb.Error, AssertionError) as error:
            raise AwsError("InvalidExpressionException", str(error)[:300]) from error
        rows, token = _page(found, params, "Limit", "NextToken", 25)
        return given(Results=rows, QueryInfo={"SelectFields": [{"Name": name} for name in names]}, NextToken=token)

    def describe_configuration_recorders(self, params: Params) -> dict[str, object]:
        """Tell what is recorded."""
        group = {"allSupported": True, "includeGlobalResourceTypes": False}
        return {
            "ConfigurationRecorders": [{"name": "default", "recordingGroup": group}]
            if self.recording is not None
            else []
        }

    def describe_configuration_recorder_status(self, params: Params) -> dict[str, object]:
        """Tell whether it is recorded."""
        status = {"name": "default", "recording": self.recording, "lastStatus": "Success"}
        return {"ConfigurationRecordersStatus": [status] if self.recording is not None else []}

    def describe_delivery_channel_status(self, params: Params) -> dict[str, object]:
        """Tell how delivering to S3 goes."""
        status = {"name": "default", "configHistoryDeliveryInfo": self.delivery}
        return {"DeliveryChannelsStatus": [status] if self.delivery is not None else []}

    def _latest(self) -> list[Item]:
        ordered = sorted(self.items, key=lambda i: i["configurationItemCaptureTime"])
        return sorted({(i["resourceType"], i["resourceId"]): i for i in ordered}.values(), key=lambda i: str(i["arn"]))

    def _need_recorder(self) -> None:
        if self.recording is None:
            raise AwsError("NoAvailableConfigurationRecorderException", "There are no configuration recorders.")


def _text(value: object) -> object:
    """Return times as queries compare them: text in UTC with milliseconds."""
    return value.strftime("%Y-%m-%dT%H:%M:%S.000Z") if isinstance(value, datetime) else value


def _deleted(item: Item) -> Item:
    gone = item["configurationItemStatus"] == "ResourceDeleted"
    return {"resourceDeletionTime": item["configurationItemCaptureTime"]} if gone else {}


def _of_json(node: exp.Expression) -> exp.Expression:
    """Return a part of `configuration` as what reads it out of the JSON, under its own name where it is selected."""
    if not (isinstance(node, exp.Column) and node.parts[0].name == "configuration" and len(node.parts) > 1):
        return node
    path = "$." + ".".join(part.name for part in node.parts[1:])
    arguments = [exp.column("configuration"), exp.Literal.string(path)]
    found = exp.Anonymous(this="json_extract_string", expressions=arguments)
    return exp.alias_(found, path[2:], quoted=True) if isinstance(node.parent, exp.Select) else found


def _page(rows: list[Any], params: Params, limit: str, token: str, size: int) -> tuple[list[Any], str | None]:
    kept = without(params, limit, token)
    asked = int(str(params.get(limit) or size))
    return page(rows, kept, size=asked, token=params.get(token), bad="InvalidNextTokenException")
