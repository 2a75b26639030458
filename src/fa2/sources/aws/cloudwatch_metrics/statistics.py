"""Which statistics say most of a metric: a table for what AWS publishes, a rule by its name for the rest.

A count says something by its sum, a time by its mean and its slow end, a reserve by how low it fell, a load by its
mean and its peak. Statistics of the table are those that AWS's own documentation of each service recommends.
"""

from __future__ import annotations

import re

from fa2.core.metric_kinds import metric_kind

_COUNTED = ("Sum",)
_TIMED = ("Average", "p99")
_LOADED = ("Average", "Maximum")
_HIGHEST = ("Maximum",)
_LOWEST = ("Minimum",)
_MEAN = ("Average",)
_UNKNOWN = ("Average", "Sum")
"""Of a metric whose name says nothing: a level moves by its mean, events that are each written as 1 by their sum."""

_TABLE: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("AWS/(Application|Network|Gateway)?ELB", "HealthyHostCount", _LOWEST),
    ("AWS/(Application|Network|Gateway)?ELB", "UnHealthyHostCount", _HIGHEST),
    ("AWS/(Application|Network|Gateway)?ELB", "(Surge|Active(Connection|Flow)).*", _HIGHEST),
    ("AWS/(Application|Network|Gateway)?ELB", ".*(Count|Connections|LCUs|Bytes)(_.*)?|HTTPCode_.*", _COUNTED),
    ("AWS/Lambda", "ConcurrentExecutions|UnreservedConcurrentExecutions|ProvisionedConcurrency.*", _HIGHEST),
    ("AWS/(Lambda|Kinesis|DynamoDB)", ".*(IteratorAge|ReplicationLatency|AgeOf).*", _HIGHEST),
    ("AWS/DynamoDB", "SuccessfulRequestLatency", _LOADED),
    ("AWS/DynamoDB", "(Provisioned|Account|MaxProvisioned).*", _MEAN),
    ("AWS/DynamoDB", "Consumed.*|.*(Throttle|Errors|Failed|Conflict).*|ReturnedItemCount", _COUNTED),
    ("AWS/SQS", "ApproximateNumberOfMessages.*|ApproximateAgeOf.*", _HIGHEST),
    ("AWS/SQS|AWS/SNS|AWS/Events|AWS/Firehose", "Number(Of|_of).*|.*(Invocations|Rules|Events|Records)$", _COUNTED),
    ("AWS/(RDS|DocDB|Neptune|ElastiCache|MemoryDB|Redshift|EC2|EBS|EFS)", "Free.*|.*Credit.*Balance.*", _LOWEST),
    ("AWS/(RDS|DocDB|Neptune)", "(Read|Write)Latency|(Commit|Select|DML|DDL|Insert|Update|Delete)Latency", _LOADED),
    ("AWS/(RDS|DocDB|Neptune|ElastiCache)", ".*(Deadlocks|Evictions|CacheHits|CacheMisses|Aborted.*)", _COUNTED),
    ("AWS/EC2|AWS/ECS", "StatusCheckFailed.*", _HIGHEST),
    ("AWS/(EC2|EBS)", "Network(In|Out|Packets.*)|(Disk|Volume)(Read|Write)(Bytes|Ops)", _COUNTED),
    ("AWS/S3|AWS/ApiGateway|AWS/AppSync|AWS/Cognito", "[45]xx(Errors?)?|[45]XXError|.*Requests|Count|.*Successes", _COUNTED),
    ("AWS/States", ".*Time", _TIMED),
    ("AWS/(Kinesis|Firehose|Logs)", "(Incoming|Outgoing|PutRecords?|GetRecords|Delivery)[.A-Z]\\w*(Bytes|Records|Events)|Incoming.*", _COUNTED),
    ("AWS/CloudFront", ".*ErrorRate|CacheHitRate", _MEAN),
    ("ApplicationSignals", "Error|Fault", _COUNTED),
    ("ContainerInsights|ECS/ContainerInsights", "(Running|Pending|Desired)(Task|Pod)Count|.*number_of_running.*", _LOWEST),
)  # fmt: skip
_RULES = tuple((re.compile(spaces), re.compile(names, re.I), stats) for spaces, names, stats in _TABLE)

_SHARE = re.compile(r"(?:^|_)(?:rate|ratio|percent\w*|utili[sz]ation|share|score)(?:_|$)", re.I)
_RESERVE = re.compile(r"free|available|remaining|balance|healthy_?(host|target)|headroom", re.I)
_LEVEL = re.compile(
    r"queue|depth|backlog|pending|in_?flight|age_?of|lag|open_?files|active|unhealthy|lost|behind", re.I
)
_EVENTS = re.compile(r"throttl|retries|evict|restart|dropped|timeouts?$|_total$|counter", re.I)


def statistics_of(namespace: str, name: str) -> tuple[str, ...]:
    """Return the statistics to ask for, the most telling first; at least one, at most two."""
    for space, names, stats in _RULES:
        if space.fullmatch(namespace) and names.fullmatch(name):
            return stats
    return _by_name(name)


def _by_name(name: str) -> tuple[str, ...]:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    if _SHARE.search(words):
        return _LOADED if metric_kind(name) == "saturation" else _MEAN
    if _RESERVE.search(words):
        return _LOWEST
    if _EVENTS.search(words):
        return _COUNTED
    if _LEVEL.search(words):
        return _HIGHEST
    match metric_kind(name):
        case "latency":
            return _TIMED
        case "errors" | "requests":
            return _COUNTED
        case "availability":
            return _LOWEST
        case "saturation":
            return _LOADED
        case _:
            return _UNKNOWN
