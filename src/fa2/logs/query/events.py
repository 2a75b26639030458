"""The events of a bundle's logs table, and the fields that are found in them by themselves.

A field of a JSON message goes by its path; so does one of JSON within another's `message` or `log`, and of JSON
that stands in a line of text. Then come the fields that CloudWatch knows by place in Lambda's reports, VPC flow
logs and Route 53 query logs, and last the columns of the table. Nothing is read that a query does not ask for.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from fa2.core.windows import TimeWindow, iso
from fa2.logs.query.values import Parameters, Value

_FLOW = r"^\d+ (?:\d{12}|unknown) eni-\S+(?: \S+){11}$"
_ROUTE53 = r"^\d\.\d \d{4}-\d\d-\d\dT\S+Z Z\S+ \S+ [A-Z0-9]+ [A-Z]+ (?:UDP|TCP|HTTPS|TLS) \S+ \S+ \S+$"
_FLOW_FIELDS = (
    *("version", "accountId", "interfaceId", "srcAddr", "dstAddr", "srcPort", "dstPort", "protocol", "packets"),
    *("bytes", "startTime", "endTime", "action", "logStatus"),
)
_ROUTE53_FIELDS = (
    *("version", "queryTimestamp", "hostZoneId", "queryName", "queryType", "responseCode", "protocol"),
    *("edgeLocation", "resolverIp", "ednsClientSubnet"),
)


def _by_place(kind: str, fields: tuple[str, ...]) -> dict[str, str]:
    return {
        name: f"CASE WHEN regexp_matches(message, '{kind}') THEN nullif(split_part(message, ' ', {n}), '-') END"
        for n, name in enumerate(fields, 1)
    }


_PLACED = (_by_place(_FLOW, _FLOW_FIELDS), _by_place(_ROUTE53, _ROUTE53_FIELDS))


def _report(label: str, unit: str, key: str) -> str:
    """Return a figure of Lambda's report line, in text or, as platform.report, in JSON."""
    texts = rf"regexp_extract(message, '(?:^|\t){label}: ([0-9.]+) {unit}', 1)"
    return f"TRY_CAST(coalesce(nullif({texts}, ''), regexp_extract(message, '\"{key}\": ?([0-9.]+)', 1)) AS DOUBLE)"


_LAMBDA = r"^(START|END|REPORT|INIT_START|XRAY)\b"
_MEGABYTE = 1_000_000
"""CloudWatch gives memory in bytes, a megabyte being a million of them."""
_AT_FIELDS: dict[str, Value] = {
    "@timestamp": Value("timestamp", "time"),
    "@message": Value("message", "text"),
    "@logStream": Value("stream", "text"),
    "@log": Value("source", "text"),
    "@ptr": Value("md5(concat_ws(chr(31), source, stream, epoch_us(timestamp), message))", "text"),
    "@ingestionTime": Value("CAST(NULL AS TIMESTAMPTZ)", "time"),
    "@entity.KeyAttributes.Name": Value("service", "text"),
    "@service": Value("service", "text"),
    "@level": Value("level", "text"),
    "@traceId": Value("trace_id", "text"),
    "@spanId": Value("span_id", "text"),
    "@type": Value(
        rf"coalesce(nullif(regexp_extract(message, '{_LAMBDA}', 1), ''), "
        r"upper(nullif(regexp_extract(message, '\"type\": ?\"platform\.(report|start|end)\"', 1), '')))",
        "text",
    ),
    "@requestId": Value(
        r"nullif(regexp_extract(message, '(?:RequestId: |\"(?:requestId|AWSRequestId)\": ?\"|^\S+Z?\t)"
        r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})', 1), '')",
        "text",
    ),
    "@duration": Value(_report("Duration", "ms", "durationMs"), "number"),
    "@billedDuration": Value(_report("Billed Duration", "ms", "billedDurationMs"), "number"),
    "@initDuration": Value(_report("Init Duration", "ms", "initDurationMs"), "number"),
    "@memorySize": Value(_report("Memory Size", "MB", "memorySizeMB") + f" * {_MEGABYTE}", "number"),
    "@maxMemoryUsed": Value(_report("Max Memory Used", "MB", "maxMemoryUsedMB") + f" * {_MEGABYTE}", "number"),
    "@xrayTraceId": Value(r"nullif(regexp_extract(message, 'XRAY TraceId: (\S+)', 1), '')", "text"),
    "@xraySegmentId": Value(r"nullif(regexp_extract(message, 'SegmentId: (\S+)', 1), '')", "text"),
}
_COLUMNS = ("timestamp", "source", "stream", "service", "level", "message", "trace_id", "span_id")
_PLAIN = ("@timestamp", "@message", "@logStream", "@log", "@service", "@level", "@traceId", "@spanId")
"""Fields that are columns of the table."""
_WRAPPERS = ("log", "message", "MESSAGE")
"""Keys under which collectors put an application's own line."""
_FRAGMENT = r"(?s)\{.*\}"


class Events:
    """The logs table as a query sees it; knows which fields were asked for."""

    name = "events"
    """The named query that gives them."""
    columns = frozenset(_COLUMNS)
    names = tuple(_AT_FIELDS)
    open = True

    def __init__(self, parameters: Parameters, windows: Sequence[TimeWindow], fetch: str | None = None) -> None:
        """windows: where events are taken from; everywhere when there are none.

        fetch: of which fetch, in the table fetched_logs; null for the table logs.
        """
        self._parameters = parameters
        self._windows = windows
        self._fetch = fetch
        self._paths: list[str] = []
        self._fields: dict[tuple[str, ...], Value] = {}
        """Each as a column of `events`, by path: its expression over the columns before."""

    def field(self, parts: tuple[str, ...]) -> Value | None:
        """Return a field as a column of `events`; null where CloudWatch would have none either."""
        name = ".".join(parts)
        if name in _PLAIN:
            return _AT_FIELDS[name]
        if parts not in self._fields:
            if name.startswith("@") and not name.startswith("@@") and name not in _AT_FIELDS:
                return None
            self._fields[parts] = _AT_FIELDS.get(name) or self._discovered(parts)
        return Value(f"field_{list(self._fields).index(parts) + 1}", self._fields[parts].kind)

    def _discovered(self, parts: tuple[str, ...]) -> Value:
        name = ".".join(parts)
        parts = (parts[0].removeprefix("@"), *parts[1:])
        found = [self._at_path(path) for path in _pointers(parts)]
        found += [f"inner_found[{self._number(path)}]" for path in _pointers(parts)]
        if parts[0] in _WRAPPERS and len(parts) > 1:
            found += [f"inner_found[{self._number(path)}]" for path in _pointers(parts[1:])]
        found += [places[name] for places in _PLACED if name in places]
        found += [_column(name)] if name in _COLUMNS else []
        return Value(f"coalesce({', '.join(found)})", "text")

    def _at_path(self, path: str) -> str:
        return f"json_found[{self._number(path)}]"

    def _number(self, path: str) -> int:
        if path not in self._paths:
            self._paths.append(path)
        return self._paths.index(path) + 1

    def ctes(self) -> list[tuple[str, str]]:
        """Return the named queries that give the events, the last one `events`."""
        columns = ", ".join(_COLUMNS)
        steps = [f"SELECT {columns} FROM {self._table}{self._where()}"]
        if self._paths:
            wrappers = [self._number(f"/{key}") for key in _WRAPPERS]
            paths = self._parameters.bind(list(self._paths))
            document = (
                "CASE WHEN message[1] = '{' THEN message "
                f"WHEN contains(message, '{{') THEN regexp_extract(message, '{_FRAGMENT}') END"
            )
            inner = "coalesce(" + ", ".join(f"json_found[{n}]" for n in wrappers) + ")"
            steps += [
                f"SELECT *, {document} AS document FROM lines",
                f"SELECT *, {_extracted('document', paths)} AS json_found FROM documents",
                f"SELECT *, {inner} AS inner_document FROM outer_json",
                f"SELECT *, {_extracted('inner_document', paths)} AS inner_found FROM wrapped",
            ]
        if self._fields:
            fields = ", ".join(f"{field.sql} AS field_{n}" for n, field in enumerate(self._fields.values(), 1))
            before = "lines" if not self._paths else "inner_json"
            steps.append(f"SELECT {columns}, {fields} FROM {before}")
        names = ["lines", "documents", "outer_json", "wrapped", "inner_json"][: len(steps) - 1]
        return list(zip([*names, self.name], steps))

    def scanned(self) -> str:
        """Return the query that counts the events there are."""
        return f"SELECT count(*) FROM {self._table}{self._where()}"

    @property
    def _table(self) -> str:
        return "logs" if self._fetch is None else "fetched_logs"

    def _where(self) -> str:
        within = []
        for window in self._windows:
            start, end = (self._parameters.bind(iso(at)) for at in (window.start, window.end))
            within.append(f"(timestamp >= CAST({start} AS TIMESTAMPTZ) AND timestamp < CAST({end} AS TIMESTAMPTZ))")
        conditions = [f"({' OR '.join(within)})"] if within else []
        if self._fetch is not None:
            conditions.append(f"fetch_id = {self._parameters.bind(self._fetch)}")
        return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _column(name: str) -> str:
    return "strftime(timestamp, '%Y-%m-%d %H:%M:%S.%g')" if name == "timestamp" else name


def _extracted(text: str, paths: str) -> str:
    is_object = f"{text}[1] = '{{' AND json_valid({text})"
    return f"CASE WHEN {is_object} THEN json_extract_string({text}, {paths}) END"


def _pointers(parts: tuple[str, ...]) -> list[str]:
    """Return the JSON pointers that a path may mean, nested before flat: keys may hold dots themselves."""
    escaped = [part.replace("~", "~0").replace("/", "~1") for part in parts]
    if len(parts) > 4:
        return ["/" + "/".join(escaped), "/" + ".".join(escaped)]
    joints = itertools.product("/.", repeat=len(parts) - 1)
    return ["/" + escaped[0] + "".join(map("".join, zip(joint, escaped[1:]))) for joint in joints]


def json_pointer(parts: tuple[str, ...]) -> str:
    """Return the pointer to a nested value."""
    return _pointers(parts)[0]
