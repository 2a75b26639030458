"""Names the service that a file, a log group or a pod belongs to, by its name alone.

The rules, in this order; readers of every signal use them, so that tables join:

1. A CloudWatch log group `/aws/KIND/NAME...` anywhere in the path, also saved with - or _ for the
   slashes, gives NAME. So does Kubernetes' `pods/NAMESPACE_POD_UID/` and
   `POD_NAMESPACE_CONTAINER-ID.log`, by the pod.
2. Otherwise the file's name counts, without extensions, dates, rotation numbers and the words that say
   what kind of file it is (`-access`, `.error`, `-logs`, `_traces`).
3. A name of which nothing is left, or only a word such as app, server or messages, gives way to the
   folder above it, by the same rules.
4. What Kubernetes and Compose append to tell replicas apart is taken off: `orders-5f55b6cf68-77cfw`,
   `orders-x7k2p` and `orders-0` are orders.
"""

from __future__ import annotations

import re
from functools import lru_cache

_KIND = (
    r"access|errors?|err|out|stdout|stderr|output|logs?|logging|log-?events|events|traces?|spans?"
    r"|metrics?|console|export(?:ed)?|dump|current|latest|filtered|results?|insights"
)
_GENERIC = re.compile(
    rf"(?:{_KIND}|app|application|apps|server|service|services|main|messages|syslog|kern|daemon|user|auth"
    r"|journal|root|default|data|telemetry|exportedlogs|containers?|pods?|var|tmp|files?|raw|combined|all"
    r"|docker|compose|docker-compose|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]+|[0-9a-f]{24,}|[\W\d_]*)",
    re.IGNORECASE,
)
_EXTENSION = re.compile(
    r"\.(?:log|txt|text|json|jsonl|ndjson|csv|tsv|out|err|xml|ya?ml|gz|zst|bak|old|\d{1,3})$",
    re.IGNORECASE,
)
_DATE = r"(?:\d{4}[-_.]?\d{2}[-_.]?\d{2}(?:[-_.T]?\d{1,2}(?:[-_.:h]?\d{2}){0,2})?Z?|\d{10,13})"
_DATE_END = re.compile(rf"[-_.@]?{_DATE}$")
_DATE_START = re.compile(rf"^{_DATE}[-_.@]")
_KIND_END = re.compile(rf"[-_.](?:{_KIND})$", re.IGNORECASE)
_LOG_GROUP = re.compile(
    r"(?:^|[/_-])aws[/_-](?P<kind>lambda|ecs|containerinsights|apprunner|codebuild|api-?gateway|rds"
    r"|elasticbeanstalk|batch|eks|states|vendedlogs)[/_-](?:(?:cluster|instance|states)[/_])?(?P<name>.+)",
    re.IGNORECASE,
)
_POD_FOLDER = re.compile(r"(?:^|/)[a-z0-9-]+_(?P<pod>[a-z0-9.-]+)_[0-9a-f-]{32,36}/")
_POD_FILE = re.compile(r"(?P<pod>[a-z0-9.-]+)_[a-z0-9-]+_[a-z0-9-]+-[0-9a-f]{64}")
_TASK_STREAM = re.compile(r"[\w.-]+/([\w.-]+)/[0-9a-f]{32}")
_EXPORTED_TASK = re.compile(r"(?:ecs-)?([\w.-]+)-[0-9a-f]{32}")
_TWICE = re.compile(r"(.+)-\1")
_SAFE = "bcdfghjklmnpqrstvwxz2456789"
_REPLICA = re.compile(
    rf"-(?:[{_SAFE}]{{6,10}}-[{_SAFE}]{{5}}|[a-f0-9]{{8,10}}-[{_SAFE}]{{5}}|(?=[a-z]*\d)[{_SAFE}]{{5}}|\d{{1,3}})$"
)


@lru_cache(maxsize=4096)
def service_of(name: str) -> str | None:
    """Return the service that a file below a folder or a log group belongs to, by its name; else null."""
    path = name.replace("\\", "/").strip("/")
    if (pod := _POD_FOLDER.search(path)) or (pod := _POD_FILE.fullmatch(_stem(path.rpartition("/")[2]))):
        return workload_of(pod["pod"])
    if group := _LOG_GROUP.search(path):
        return _of_log_group(group["name"])
    for part in reversed(path.split("/")):
        stem = _stem(part)
        if not _GENERIC.fullmatch(stem):
            return workload_of(stem)
    return None


def workload_of(pod: str) -> str:
    """Return the name of what a pod or container is a replica of: orders for orders-5f55b6cf68-77cfw."""
    return _REPLICA.sub("", pod) or pod


def _of_log_group(rest: str) -> str | None:
    stem = _stem(rest.split("/")[0])
    return workload_of(stem) if stem else None


def _stem(part: str) -> str:
    """Return a file's name without what says its kind, its date or its turn."""
    before = ""
    while part != before:
        before = part
        for end in (_EXTENSION, _DATE_END, _KIND_END):
            part = end.sub("", part)
        part = _DATE_START.sub("", part).strip("-_.")
    return part


def service_of_stream(stream: str | None) -> str | None:
    """Return the service that a log stream's name tells, as ECS and Kubernetes name streams; else null.

    ECS: PREFIX/CONTAINER/TASK_ID gives the container (an export to S3 has - for /). Kubernetes:
    POD_NAMESPACE_CONTAINER-ID gives the pod's workload.
    """
    if not stream:
        return None
    if task := _TASK_STREAM.fullmatch(stream):
        return task[1]
    if task := _EXPORTED_TASK.fullmatch(stream):
        return _TWICE.sub(r"\1", task[1])
    if pod := _POD_FILE.search(stream):
        return workload_of(pod["pod"].rpartition("containers.")[2])
    return None
