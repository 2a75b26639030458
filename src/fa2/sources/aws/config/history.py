"""AWS Config: which resources changed in the window and the hours before it, and what of them is different now.

What changed is found by an advanced query on the time of capture, which knows resources that exist, and by listing
deleted ones of the types that can break things. Of each the history of those hours is fetched, with the item before.
https://docs.aws.amazon.com/config/latest/APIReference/API_GetResourceConfigHistory.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

import orjson
from pydantic import Field

from fa2.core.budgets import Estimate
from fa2.core.windows import TimeWindow
from fa2.sources.aws.answers import pages
from fa2.sources.aws.asking import Ask, Look
from fa2.sources.aws.config.examining import examine_config
from fa2.sources.aws.config.recorder import tell_recorder
from fa2.sources.aws.permissions import Permission
from fa2.sources.aws.settings import SourceSettings
from fa2.sources.aws.side_by_side import each
from fa2.sources.local.aws_config import changes_since
from fa2.sources.local.json_values import Json, at, items, micros, text
from fa2.sources.local.row_batches import Row, batches

_SIDE_BY_SIDE = 6
_A_PAGE = 100
_JUST_BEFORE = timedelta(milliseconds=1)
_COMPLIANCE = ("AWS::Config::",)
_BREAKING = tuple(
    f"AWS::{name}"
    for name in (
        "Lambda::Function", "ECS::Service", "EC2::Instance", "EC2::SecurityGroup", "EC2::RouteTable", "EC2::NetworkAcl",
        "EC2::NatGateway", "EC2::Subnet", "EC2::VPCEndpoint", "ElasticLoadBalancingV2::LoadBalancer",
        "ElasticLoadBalancingV2::TargetGroup", "AutoScaling::AutoScalingGroup", "RDS::DBInstance", "RDS::DBCluster",
        "DynamoDB::Table", "SQS::Queue", "SNS::Topic", "S3::Bucket", "IAM::Role", "IAM::Policy", "KMS::Key",
        "SecretsManager::Secret", "ApiGateway::RestApi", "ApiGatewayV2::Api", "Route53::HostedZone", "ACM::Certificate",
        "EKS::Cluster", "CloudFront::Distribution", "CloudFormation::Stack",
    )
)  # fmt: skip
"""Types whose deletion breaks what uses them; one call each."""

ResourceType = Annotated[str, Field(pattern=r"^AWS::[A-Za-z0-9]+::[A-Za-z0-9]+$")]


class ConfigHistorySettings(SourceSettings):
    """The section [config_history]."""

    lead_hours: Annotated[float, Field(ge=0, le=720)] = 24
    resource_types: list[ResourceType] = Field(default_factory=list)
    max_resources: Annotated[int, Field(ge=1, le=5_000)] = 300


@dataclass(frozen=True, order=True)
class _Resource:
    type: str
    id: str


class ConfigHistory:
    """Reads AWS Config."""

    name = "config_history"
    title = "AWS Config"
    service = "config"
    tables: tuple[str, ...] = ("changes",)
    settings = ConfigHistorySettings

    def permissions(self, settings: ConfigHistorySettings) -> Sequence[Permission]:
        """Return the five actions that read; IAM knows no resources for them."""
        actions = (
            "DescribeConfigurationRecorders", "DescribeConfigurationRecorderStatus", "SelectResourceConfig",
            "ListDiscoveredResources", "GetResourceConfigHistory",
        )  # fmt: skip
        return [Permission(f"config:{action}") for action in actions]

    def plan(self, ask: Ask[Any]) -> Sequence[Estimate]:
        """Return the most calls that it may make; asks nothing, and AWS charges nothing for reading."""
        settings: ConfigHistorySettings = ask.settings
        calls = 3 + len(settings.resource_types or _BREAKING) + 2 * settings.max_resources
        return [Estimate(ask.name, f"resources: {settings.max_resources:,}", usd=0.0, calls=calls)]

    def examine(self, ask: Ask[Any]) -> None:
        """Say what the recorder misses, and make each call once."""
        examine_config(ask, ask.settings.resource_types or _BREAKING)

    def collect(self, ask: Ask[Any], planned: Sequence[Estimate]) -> None:
        """Ask whether there is a recorder, what changed, and then for the histories side by side."""
        settings: ConfigHistorySettings = ask.settings
        window = ask.incident.window.window
        range = TimeWindow(window.start - timedelta(hours=settings.lead_hours), window.end)
        if tell_recorder(ask, settings.resource_types or _BREAKING):
            found = _changed(ask, range)
            _histories(ask, range, found)


source = ConfigHistory()


def _changed(ask: Ask[Any], range: TimeWindow) -> list[_Resource]:
    """Return what was captured since the range began: still there or deleted, sorted."""
    settings: ConfigHistorySettings = ask.settings
    found: set[_Resource] = set()
    expression = _expression(range.start, settings.resource_types)
    asked = False
    with ask.look(query=f"SelectResourceConfig {expression}", window=range) as look:
        answers = pages(ask.client(), "select_resource_config", holding="Results", Expression=expression, Limit=_A_PAGE)
        for row in (row for answer in answers for row in items(at(answer, "Results"))):
            _keep(found, _parsed(row), look)
        asked = True
        look.scanned(matched=len(found))
    with ask.look(query="ListDiscoveredResources includeDeletedResources=true", window=range) as look:
        types = settings.resource_types or _BREAKING
        for answer in each(lambda kind: _listed(ask, kind), types, at_most=_SIDE_BY_SIDE):
            for entry in answer:
                gone = micros(at(entry, "resourceDeletionTime"))
                # without the query, all that there is has to be asked for its history
                if (gone is None and not asked) or (gone is not None and gone >= range.start.timestamp() * 1e6):
                    _keep(found, entry, look)
        look.scanned(matched=len(found))
    return sorted(found)


def _expression(since: datetime, types: Sequence[str]) -> str:
    """Return the advanced query; types are checked names, so nothing needs escaping."""
    narrowed = f" AND resourceType IN ({', '.join(repr(kind) for kind in types)})" if types else ""
    moment = f"{since:%Y-%m-%dT%H:%M:%S}.000Z"
    return f"SELECT resourceId, resourceType WHERE configurationItemCaptureTime >= '{moment}'{narrowed}"


def _parsed(row: Json) -> Json:
    try:
        parsed: Json = orjson.loads(row) if isinstance(row, str) else row
    except orjson.JSONDecodeError:
        return None
    return parsed


def _keep(found: set[_Resource], entry: Json, look: Look) -> None:
    kind, id = text(at(entry, "resourceType")), text(at(entry, "resourceId"))
    if kind is None or id is None:
        look.gaps.add("config_item", 1, str(entry))
    elif not kind.startswith(_COMPLIANCE):
        found.add(_Resource(kind, id))


def _listed(ask: Ask[Any], kind: str) -> list[Json]:
    asked: dict[str, Any] = {"resourceType": kind, "includeDeletedResources": True, "limit": _A_PAGE}
    answers = pages(ask.client(), "list_discovered_resources", holding="resourceIdentifiers", **asked)
    return [entry for answer in answers for entry in items(at(answer, "resourceIdentifiers"))]


def _histories(ask: Ask[Any], range: TimeWindow, found: Sequence[_Resource]) -> None:
    settings: ConfigHistorySettings = ask.settings
    with ask.look(table="changes", query="GetResourceConfigHistory", window=range) as look:
        look.scanned(matched=len(found))
        if len(found) > settings.max_resources:
            look.truncated()
            look.partial("config_more_resources", n=len(found), most=settings.max_resources)
        wanted = _nearest(ask, found)[: settings.max_resources]
        for previous, history in each(lambda one: _history(ask, one, range), wanted, at_most=_SIDE_BY_SIDE):
            for rows in batches("changes", _within(changes_since(previous, history, look.gaps), range)):
                look.add(rows)


def _nearest(ask: Ask[Any], found: Sequence[_Resource]) -> list[_Resource]:
    """Return resources in scope first, then of types that can break things, then the others."""
    named = [*ask.incident.scope.services, *([ask.incident.alarm.service] if ask.incident.alarm else [])]
    services = [service.lower() for service in named if service]

    def rank(one: _Resource) -> tuple[bool, bool, _Resource]:
        return not any(service in one.id.lower() for service in services), one.type not in _BREAKING, one

    return sorted(found, key=rank)


def _history(ask: Ask[Any], one: _Resource, range: TimeWindow) -> tuple[Json, list[Json]]:
    """Return the item before the range, null where there is none, and those in it. Two calls, and one for each page."""
    named: dict[str, Any] = {"resourceType": one.type, "resourceId": one.id, "holding": "configurationItems"}
    client = ask.client()
    try:
        times: dict[str, Any] = {"earlierTime": range.start, "laterTime": range.end, "chronologicalOrder": "Forward"}
        answers = pages(client, "get_resource_config_history", limit=_A_PAGE, **named, **times)
        history = [item for answer in answers for item in items(at(answer, "configurationItems"))]
        before = pages(client, "get_resource_config_history", limit=1, **named, laterTime=range.start - _JUST_BEFORE)
        previous = at(next(before), "configurationItems", 0) if history else None
    except client.exceptions.ResourceNotDiscoveredException:
        return None, []
    return previous, history


def _within(rows: Iterator[Row], range: TimeWindow) -> Iterator[Row]:
    start, end = (moment.timestamp() * 1e6 for moment in (range.start, range.end))
    return (row for row in rows if isinstance(row["timestamp"], int) and start <= row["timestamp"] < end)
