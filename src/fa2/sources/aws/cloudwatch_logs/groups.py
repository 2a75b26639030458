"""Log groups: those that the settings name, and those that the incident tells where they name none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from fa2.core.incident import Incident
from fa2.sources.aws.answers import pages
from fa2.sources.aws.permissions import Ground
from fa2.sources.local.json_values import Json, at, items, text, whole
from fa2.sources.local.service_names import service_of

AT_ONCE = 50
"""How many log groups a query, or a request that names them, takes."""
_WILD = re.compile(r"[*?\[]")
_ARN = re.compile(r"arn:[\w-]+:logs:(?P<region>[\w-]*):(?P<account>\d{12}):log-group:(?P<name>[^:]+)(?::\*)?")
_TELLING = (
    "FunctionName", "ServiceName", "ApiId", "ApiName", "DBInstanceIdentifier", "DBClusterIdentifier", "ClusterName",
    "StateMachineArn", "ProjectName", "EnvironmentName", "JobQueue", "TaskDefinitionFamily", "Service", "service.name",
)  # fmt: skip
"""Dimensions of alarms whose values stand in names of log groups."""
_NO_APPLICATION = re.compile(
    r"/containerinsights/[^/]+/performance$|^/aws/lambda-insights$|cloudtrail|flow-?logs|^aws-waf-logs-", re.IGNORECASE
)
"""Log groups that hold what other tables hold better, or far too much of it: never chosen by rule."""


@dataclass(frozen=True)
class LogGroup:
    """A log group as DescribeLogGroups tells of it."""

    name: str
    arn: str
    """Without the `:*`."""
    infrequent: bool = False
    """Of the class Infrequent Access, which knows no patterns."""
    created_ms: int = 0
    retention_days: int | None = None
    """Null: for ever."""
    stored_bytes: int = 0

    @property
    def account(self) -> str:
        """The account that it lies in."""
        return _account(self.arn)

    @property
    def service(self) -> str | None:
        """The service that its name tells."""
        return service_of(self.name)


def batches(groups: Iterable[LogGroup]) -> Iterator[tuple[LogGroup, ...]]:
    """Yield log groups as queries take them: of one class, fifty at most; those of each account by themselves, so that
    one that cannot be reached spoils no others.
    """
    alike: dict[tuple[bool, str], list[LogGroup]] = {}
    for group in groups:
        alike.setdefault((group.infrequent, group.account), []).append(group)
    for listed in alike.values():
        for start in range(0, len(listed), AT_ONCE):
            yield tuple(listed[start : start + AT_ONCE])


def named_groups(
    client: Any, wanted: Sequence[str], unwanted: Sequence[str], *, ground: Ground
) -> tuple[list[LogGroup], list[str]]:
    """Return the log groups that names, globs and ARNs mean, each once, and which of these mean none.

    An ARN of another account, which monitoring across accounts can reach, is taken as it is; one of another region
    means nothing here, and is not missed. One call for each fifty names, and for each fifty log groups that begin as
    a glob does.
    """
    found: dict[str, LogGroup] = {}
    missing: list[str] = []
    here = [part for part in wanted if _region(part) in ("", ground.region)]
    own = [part for part in here if _account(part) in ("", ground.account)]
    described = {g.name: g for g in described_groups(client, [_name(p) for p in own if not _WILD.search(_name(p))])}
    for part in here:
        if part not in own:
            mine = [LogGroup(_name(part), part.removesuffix(":*"))]
        elif _WILD.search(_name(part)):
            prefix = _WILD.split(_name(part), maxsplit=1)[0]
            mine = [g for g in _beginning(client, prefix) if fnmatchcase(g.name, _name(part))]
        else:
            mine = [described[_name(part)]] if _name(part) in described else []
        found.update((group.arn, group) for group in mine)
        if not mine:
            missing.append(part)
    kept = [g for g in found.values() if not any(fnmatchcase(g.name, _name(part)) for part in unwanted)]
    return kept, missing


def described_groups(client: Any, names: Iterable[str]) -> Iterator[LogGroup]:
    """Yield what is known of log groups of these names; nothing for those that are not there. One call for fifty."""
    listed = list(dict.fromkeys(names))
    for start in range(0, len(listed), AT_ONCE):
        for page in pages(
            client, "describe_log_groups", holding="logGroups", logGroupIdentifiers=listed[start : start + AT_ONCE]
        ):
            yield from _groups(page)


def groups_with(client: Any, part: str) -> list[LogGroup]:
    """Return the log groups whose name holds a text, in any case."""
    return [
        g
        for page in pages(client, "describe_log_groups", holding="logGroups", logGroupNamePattern=part)
        for g in _groups(page)
    ]


def told_names(incident: Incident) -> list[str]:
    """Return what names of log groups may hold, by the incident: of its alarm's dimensions, its services."""
    alarm = incident.alarm
    dimensions = alarm.dimensions if alarm else {}
    values = [dimensions[name] for name in _TELLING if dimensions.get(name)]
    values = [value.rpartition(":")[2] if value.startswith("arn:") else value for value in values]
    services = [*([alarm.service] if alarm and alarm.service else []), *incident.scope.services]
    return [value for value in dict.fromkeys((*values, *services)) if _NAME.fullmatch(value)]


_NAME = re.compile(r"[.\-_/#A-Za-z0-9]{1,512}")
"""What a log group's name may be made of."""


def is_application(group: LogGroup) -> bool:
    """Tell whether a log group may be chosen without being named."""
    return not _NO_APPLICATION.search(group.name)


def _beginning(client: Any, prefix: str) -> Iterator[LogGroup]:
    asked: dict[str, Any] = {"logGroupNamePrefix": prefix} if prefix else {}
    for page in pages(client, "describe_log_groups", holding="logGroups", **asked):
        yield from _groups(page)


def _groups(page: Json) -> Iterator[LogGroup]:
    for said in items(at(page, "logGroups")):
        name, arn = text(at(said, "logGroupName")), text(at(said, "logGroupArn")) or text(at(said, "arn"))
        if name and arn:
            yield LogGroup(
                name=name,
                arn=arn.removesuffix(":*"),
                infrequent=at(said, "logGroupClass") == "INFREQUENT_ACCESS",
                created_ms=whole(at(said, "creationTime")) or 0,
                retention_days=whole(at(said, "retentionInDays")),
                stored_bytes=whole(at(said, "storedBytes")) or 0,
            )


def _name(wanted: str) -> str:
    """Return the name in an ARN, or the name itself."""
    arn = _ARN.fullmatch(wanted)
    return arn["name"] if arn else wanted


def _account(wanted: str) -> str:
    """Return the account in an ARN; empty for a name."""
    arn = _ARN.fullmatch(wanted)
    return arn["account"] if arn else ""


def _region(wanted: str) -> str:
    """Return the region in an ARN; empty for a name."""
    arn = _ARN.fullmatch(wanted)
    return arn["region"] if arn else ""
