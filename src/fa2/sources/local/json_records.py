"""What a log record in JSON says of itself: time, level, service and ids, by the keys that loggers use.

Keys are compared without case and punctuation, so traceId, trace_id, trace.id and {"trace": {"id": ...}}
are one key. A record's own keys come before those one level down; labels of Kubernetes lie two down.
Records of one file share few layouts, so the keys are looked up once for each layout.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fa2.sources.local.file_dates import Dates
from fa2.sources.local.identifiers import Ids, ids_of_text, normal_trace_id
from fa2.sources.local.json_values import Json
from fa2.sources.local.service_names import workload_of
from fa2.sources.local.severity import level_named, level_numbered, level_of_text
from fa2.sources.local.timestamps import ValueTimes


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_TIME = _words(
    "timestamp time ts datetime datetimeutc date asctime eventtime isotime timestampms "
    "timeunixnano t utctime logtime logtimestamp recordtimestamp instant timemillis starttime "
    "createdat created realtimetimestamp awstimestamp"
)
_LEVEL = _words(
    "level severity severitytext loglevel levelname lvl l logseverity levelno severitynumber "
    "priority levelvalue logrecordlevel status"
)
_SERVICE = _words(
    "servicename service app application appname applicationname ddservice "
    "kubernetescontainerapp kuberneteslabelsappkubernetesioname kuberneteslabelsapp "
    "functionname awslambdafunctionname kubernetescontainername containername kubernetespodname "
    "podname syslogidentifier program ecstaskdefinition ecscontainername resourceservicename"
)
_TRACE = _words(
    "traceid oteltraceid ddtraceid xraytraceid traceparent xamzntraceid awsxraytraceid "
    "xb3traceid contexttraceid spancontexttraceid trace xraytrace"
)
_SPAN = _words("spanid otelspanid ddspanid xb3spanid contextspanid spancontextspanid")
_REQUEST = _words(
    "requestid awsrequestid functionrequestid lambdarequestid xrequestid correlationid "
    "xcorrelationid reqid recordrequestid contextrequestid httprequestid"
)
_MESSAGE = _words("message msg log logmessage event text body shortmessage fullmessage recordmessage m mt")
_PODS = frozenset(("kubernetespodname", "podname"))
_SYSLOG = frozenset(("priority",))
_PYTHON = {10: "DEBUG", 20: "INFO", 30: "WARN", 40: "ERROR", 50: "FATAL"}
_PUNCTUATION = re.compile(r"[^a-z0-9]")
_MOST_LAYOUTS = 500

_Path = tuple[str, tuple[str, ...]]
"""A key as it is compared, and the keys that lead to its value."""
_FIELDS = {
    "time": _TIME,
    "level": _LEVEL,
    "service": _SERVICE,
    "trace": _TRACE,
    "span": _SPAN,
    "request": _REQUEST,
    "message": _MESSAGE,
}


@dataclass(frozen=True)
class Described:
    """What a record says of itself; null for what it does not say."""

    us: int | None
    level: str | None
    service: str | None
    ids: Ids


class RecordReader:
    """Reads the records of one file."""

    def __init__(self, dates: Dates | None = None) -> None:
        self._times = ValueTimes(dates or Dates())
        self._layouts: dict[object, dict[str, list[_Path]]] = {}

    def describe(self, record: dict[str, Json]) -> Described:
        """Return what a record says. A level or an id that no key holds is looked for in its message."""
        paths = self._paths(record)
        level = _first_level(record, paths["level"])
        ids = _ids(record, paths)
        if level is None or ids is None:
            text = next((v for _, v in _values(record, paths["message"]) if isinstance(v, str)), "")
            level = level or (level_of_text(text) if text else None)
            ids = ids or ids_of_text(text)
        return Described(self._time(record, paths["time"]), level, _first_service(record, paths["service"]), ids)

    def _time(self, record: dict[str, Json], paths: Sequence[_Path]) -> int | None:
        for _, value in _values(record, paths):
            us = self._times.micros(value)
            if us is not None:
                return us
        return None

    def _paths(self, record: dict[str, Json]) -> dict[str, list[_Path]]:
        layout = tuple([(key, tuple(value)) if type(value) is dict else key for key, value in record.items()])
        paths = self._layouts.get(layout)
        if paths is None:
            paths = _find_paths(record)
            if len(self._layouts) < _MOST_LAYOUTS:
                self._layouts[layout] = paths
        return paths


def has_time_and_message(record: dict[str, Json]) -> tuple[bool, bool]:
    """Tell whether a record has a time, and whether it has something like a message."""
    paths = _find_paths(record)
    times = ValueTimes(Dates())
    timed = any(times.micros(value) for _, value in _values(record, paths["time"]))
    return timed, any(isinstance(value, str) for _, value in _values(record, paths["message"]))


def _find_paths(record: dict[str, Json]) -> dict[str, list[_Path]]:
    known: dict[str, tuple[str, ...]] = {}
    deeper: list[tuple[tuple[str, ...], dict[str, Json]]] = [((), record)]
    for depth in range(3):
        level, deeper = deeper, []
        for path, part in level:
            for key, value in part.items():
                here = (*path, key)
                for name in {_plain("".join(here)), _plain(key)} if depth < 2 else {_plain("".join(here))}:
                    known.setdefault(name, here)
                if isinstance(value, dict) and len(value) <= 200:
                    deeper.append((here, value))
    return {field: [(name, known[name]) for name in names if name in known] for field, names in _FIELDS.items()}


def _plain(key: str) -> str:
    return _PUNCTUATION.sub("", key.lower())


def _values(record: dict[str, Json], paths: Sequence[_Path]) -> list[tuple[str, Json]]:
    found: list[tuple[str, Json]] = []
    for name, path in paths:
        value: Json = record.get(path[0])
        for key in path[1:]:
            value = value.get(key) if isinstance(value, dict) else None
        if value is not None:
            found.append((name, value))
    return found


def _first_level(record: dict[str, Json], paths: Sequence[_Path]) -> str | None:
    for name, value in _values(record, paths):
        level = _level(name, value)
        if level is not None:
            return level
    return None


def _first_service(record: dict[str, Json], paths: Sequence[_Path]) -> str | None:
    for name, value in _values(record, paths):
        service = _service(name, value)
        if service is not None:
            return service
    return None


def _level(name: str, value: Json) -> str | None:
    if isinstance(value, str):
        if name in _SYSLOG and value.isascii() and value.isdigit():
            return level_numbered(int(value))
        return level_named(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if name == "levelno":
        return _PYTHON.get(int(value))
    if name == "severitynumber":
        levels = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
        return levels[(int(value) - 1) // 4] if 1 <= value <= 24 else None
    return level_numbered(value) if name != "status" else None


def _service(name: str, value: Json) -> str | None:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= 200:
        return None
    value = value.strip()
    return workload_of(value) if name in _PODS else value


def _ids(record: dict[str, Json], paths: dict[str, list[_Path]]) -> Ids | None:
    trace = _id(record, paths["trace"]) if paths["trace"] else None
    span = _id(record, paths["span"]) if paths["span"] else None
    if trace:
        return normal_trace_id(trace), span
    request = _id(record, paths["request"])
    return (request, span) if request else None


def _id(record: dict[str, Json], paths: Sequence[_Path]) -> str | None:
    for _, value in _values(record, paths):
        text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
        if text.strip("0- ") and len(text) <= 200:
            return text.strip()
    return None
