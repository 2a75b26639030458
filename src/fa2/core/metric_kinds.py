"""What a metric's name says that it measures: one of the four golden signals, or nothing."""

from __future__ import annotations

import re
from typing import Literal

MetricKind = Literal["latency", "availability", "errors", "requests", "saturation", "other"]

_KINDS: tuple[tuple[MetricKind, re.Pattern[str]], ...] = (
    ("availability", re.compile(r"availab|success_?rate|healthy_?host|uptime", re.I)),
    ("errors", re.compile(r"error|fault|fail|[45]xx|exception|reject|timeout|dropped|unhealthy", re.I)),
    (
        "saturation",
        re.compile(
            r"throttl|cpu|mem(ory)?|heap|disk|storage|iops|utili[sz]ation|saturation|connections?|pool|threads?|queue|"
            r"backlog|burst|credit|concurren|depth|age_?of|lag|fds?\b|inode|swap|load",
            re.I,
        ),
    ),
    ("latency", re.compile(r"latency|duration|response_?time|elapsed|_ms$|time_?taken|wait", re.I)),
    ("requests", re.compile(r"requests?|invocations?|throughput|calls?\b|hits|workload|ops\b|count$", re.I)),
)


def metric_kind(name: str) -> MetricKind:
    """Return what a metric measures by its name; "other" when the name does not say."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return next((kind for kind, pattern in _KINDS if pattern.search(words)), "other")
