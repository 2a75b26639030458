"""Which service a CloudWatch metric is of, and what its label says, where nothing better tells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from fa2.sources.local.remote_names import arn_name

_NAMING = (
    "FunctionName",
    "ServiceName",
    "Service",
    "service",
    "service.name",
    "TableName",
    "QueueName",
    "TopicName",
    "LoadBalancer",
    "LoadBalancerName",
    "TargetGroup",
    "DBInstanceIdentifier",
    "DBClusterIdentifier",
    "CacheClusterId",
    "ReplicationGroupId",
    "clusterId",
    "StreamName",
    "DeliveryStreamName",
    "StateMachineArn",
    "ApiName",
    "ApiId",
    "BucketName",
    "EventBusName",
    "RuleName",
    "DomainName",
    "FileSystemId",
    "DistributionId",
    "ContainerName",
    "PodName",
    "Database",
    "AutoScalingGroupName",
    "ClusterName",
    "Cluster Name",
    "InstanceId",
    "host",
)
_INSTANCES = (
    "InstanceId",
    "TaskId",
    "PodName",
    "ContainerName",
    "CacheNodeId",
    "NodeName",
    "TargetId",
    "Resource",
    "ExecutedVersion",
    "GlobalSecondaryIndexName",
    "AvailabilityZone",
    "host",
)
STATS = {
    name.lower(): canonical
    for canonical, names in {
        "Average": "Average Avg Mean",
        "Sum": "Sum Total",
        "SampleCount": "SampleCount Samples n",
        "Minimum": "Minimum Min",
        "Maximum": "Maximum Max",
        "IQM": "IQM",
    }.items()
    for name in names.split()
}
"""How statistics are written, in lower case, to CloudWatch's names."""
_PERCENTILE = re.compile(r"(?:p|tm|wm|tc|ts|pr)\d{1,2}(?:\.\d+)?", re.IGNORECASE)
_NAMESPACE = re.compile(r"AWS/\w+|[A-Z]\w+/[A-Z][\w/]*|ContainerInsights|CWAgent|LambdaInsights")
_METRIC = re.compile(r"[A-Z][A-Za-z0-9_]+")
_PAIR = re.compile(r"([\w.-]+)\s*[=:]\s*(\S+)")


@dataclass(frozen=True)
class Label:
    """What a label says."""

    name: str
    namespace: str | None = None
    stat: str | None = None
    service: str | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)


def service_of_dimensions(dimensions: Mapping[str, str]) -> str | None:
    """Return the service that dimensions name, the most telling one."""
    for name in _NAMING:
        value = dimensions.get(name)
        if value:
            return _readable(name, value)
    return None


def instance_of_dimensions(dimensions: Mapping[str, str]) -> str | None:
    """Return the instance behind the service, where a dimension names it."""
    return next((dimensions[name] for name in _INSTANCES if dimensions.get(name)), None)


def stat_named(word: str) -> str | None:
    """Return CloudWatch's name of a statistic, percentiles in lower case; None for other words."""
    if _PERCENTILE.fullmatch(word):
        return word.lower()
    return STATS.get(word.lower())


def read_label(label: str) -> Label:
    """Return what a metric's label says.

    CloudWatch's own labels put what tells series apart before the metric's name: “i-0abc
    CPUUtilization”. Namespaces, statistics and NAME=VALUE pairs are recognised anywhere; of what
    remains, the last word is the metric's name and the others name the service.
    """
    dimensions: dict[str, str] = {}
    namespace = stat = None
    words = []
    for word in re.split(r"[\s,|>•]+", label.strip()):
        pair = _PAIR.fullmatch(word)
        if pair and "//" not in word and "arn:" not in word:
            dimensions[pair.group(1)] = pair.group(2)
        elif namespace is None and _NAMESPACE.fullmatch(word):
            namespace = word
        elif stat is None and stat_named(word.strip("()")):
            stat = stat_named(word.strip("()"))
        elif word not in ("", "-", ":"):
            words.append(word)
    if len(words) == 2 and _METRIC.fullmatch(words[1]) and not _METRIC.fullmatch(words[0]):
        return Label(words[1], namespace, stat, arn_name(words[0]), dimensions)
    name = " ".join(words) or label.strip() or "unknown"
    return Label(name, namespace, stat, service_of_dimensions(dimensions), dimensions)


def _readable(dimension: str, value: str) -> str:
    if dimension in ("LoadBalancer", "TargetGroup"):
        parts = value.split("/")
        return parts[-2] if len(parts) >= 2 else value
    return arn_name(value)
