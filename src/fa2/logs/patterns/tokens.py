"""Names for the varying places of a pattern, from the values seen and the words around them.

CloudWatch Logs shows <Time-1>, <ID-2>: a kind and the token's place among the tokens of its pattern, <Token-3> where
nothing can be told. So do we; a key in the text (`user=<*>`, `"user": "<*>"`) is a better name and is taken as it is.
Only the template and the different values decide, so that a name does not depend on the order of lines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fa2.logs.patterns.pattern import VARIABLE
from fa2.logs.patterns.token_kinds import UNTOLD, kind_of_values

LABELS = {
    "arn": "ARN", "boolean": "Boolean", "duration": "Duration", "email": "Email", "host": "Host", "id": "ID",
    "ip": "IP", "level": "Level", "mac": "MAC", "method": "Method", "name": "Name", "number": "Number", "path": "Path",
    "percent": "Percent", "port": "Port", "size": "Size", "status": "Status", "time": "Time", UNTOLD: "Token",
    "url": "URL", "user": "User", "version": "Version",
}  # fmt: skip
"""How each kind is shown in a name; the same in all languages, as the names are ids of a kind."""

_KEY = re.compile(r"(?:^|[\s,;&?|{(<\[\"'.])([A-Za-z_][\w.-]{0,39})[\"']?(\s?=\s?|:\s?)[\"'\[({]?$")
_WORD = re.compile(r"([A-Za-z]+)(?:\s+(?:is|was|are|of|number|no))?\s?[#:=]?\s?[\"'\[({]?$")
_UNIT = re.compile(r"\s?([A-Za-z]+)\b|\s?(%)")
_NO_KEYS = frozenset({"error", "warn", "warning", "info", "debug", "fatal", "notice", "at", "http", "https"})
_HTTP = re.compile(r"\bHTTP(?:/[\d.]+)?\"?\s+$")
_PARTS = re.compile(r"(?<![A-Z])[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_NAME_LIKE = re.compile(r"\w*(?:[a-z][A-Z]|_)\w*")

_HINTS: tuple[tuple[str, frozenset[str]], ...] = (
    ("port", frozenset({"port", "sport", "dport", "ports"})),
    ("status", frozenset({"status", "code", "http", "response", "statuscode", "returned"})),
    ("id", frozenset({"id", "ids", "pid", "tid", "uid", "gid", "euid", "ppid", "process", "thread", "session", "request",
                      "requestid", "transaction", "job", "block", "order", "connection", "task", "trace", "span"})),
    ("version", frozenset({"version", "ver", "release"})),
    ("user", frozenset({"user", "users", "username", "login", "logname", "ruser", "account", "owner", "principal"})),
    ("host", frozenset({"host", "hostname", "rhost", "node", "server", "peer", "hosts", "machine"})),
    ("path", frozenset({"file", "path", "dir", "directory", "folder", "filename"})),
    ("duration", frozenset({"duration", "elapsed", "took", "latency", "timeout", "delay", "ms", "millis", "seconds", "secs", "uptime"})),
    ("size", frozenset({"size", "bytes", "length", "len", "kb", "mb"})),
    ("time", frozenset({"timestamp", "ts", "time", "date", "epoch", "until", "since", "deadline", "expires"})),
)  # fmt: skip
_UNITS = {
    **dict.fromkeys(("ns", "us", "ms", "s", "sec", "secs", "second", "seconds", "milliseconds", "millis", "min"), "duration"),
    **dict.fromkeys(("minutes", "mins", "hours", "hour", "days", "day", "msec", "msecs", "minute"), "duration"),
    **dict.fromkeys(("bytes", "byte", "kb", "mb", "gb", "kib", "mib", "gib", "b"), "size"),
    **dict.fromkeys(("%", "percent"), "percent"),
}  # fmt: skip


@dataclass(frozen=True)
class TokenName:
    """What a varying place holds, and what it is called."""

    kind: str
    """A key of LABELS."""
    name: str
    """Unique within the pattern."""


def name_tokens(text: str, values: Sequence[Sequence[str]] = ()) -> tuple[TokenName, ...]:
    """Return kind and name of each <*> of a template, in order.

    values: for each <*> some or all of its different values, in any order; none where they are not known.
    """
    parts = text.split(VARIABLE)
    names: list[TokenName] = []
    taken: set[str] = set()
    for at in range(len(parts) - 1):
        seen = values[at] if at < len(values) else ()
        kind = _kind(kind_of_values(seen), parts[at], parts[at + 1], seen, names)
        key = _key(parts[at])
        name = key or f"{LABELS[kind]}-{at + 1}"
        while name in taken:
            name = f"{name}-{at + 1}"
        taken.add(name)
        names.append(TokenName(kind, name))
    return tuple(names)


def _key(before: str) -> str | None:
    """Return the key that a value has in the text: before `=`, or before a colon where that is no mere prose."""
    found = _KEY.search(before)
    if not found or found[1].lower() in _NO_KEYS:
        return None
    if "=" in found[2]:
        return found[1]
    prose = before[: found.start(1)].rstrip()[-1:].isalnum() and not _NAME_LIKE.fullmatch(found[1])
    return None if "." in found[1] or (prose and not _hints(before)) else found[1]


def _kind(by_value: str, before: str, after: str, values: Sequence[str], earlier: Sequence[TokenName]) -> str:
    """Return the kind by values and context; context decides only among what the values allow."""
    unit = _UNIT.match(after)
    measured = _UNITS.get((unit[1] or unit[2]).lower()) if unit else None
    if by_value in {"number", UNTOLD} and measured and _numeric(values):
        return measured
    if by_value == "number" and before.endswith(":") and not before.strip(": ") and earlier:
        return "port" if earlier[-1].kind in {"ip", "host"} and _fits("port", values) else by_value
    if before.endswith("HTTP/"):
        return "version"
    for hint in _hints(before):
        if _fits(hint, values, by_value):
            return hint
        if hint == "time" and by_value == "number":
            return "duration"  # no moment, so how long something took
    if by_value == "number" and _answers_request(before, earlier) and _fits("status", values):
        return "status"
    return by_value


def _answers_request(before: str, earlier: Sequence[TokenName]) -> bool:
    """Tell whether a number stands behind what was asked for by HTTP, where its status stands."""
    kinds = [token.kind for token in earlier]
    asked = kinds and kinds[-1 - (kinds[-1] == "version" and len(kinds) > 1)] in {"path", "url"}
    return bool(_HTTP.search(before)) or bool(
        asked and before.strip("\"' ") in {"", "HTTP/1.1", "HTTP/2", "->", "=>", ":", "-"}
    )


def _hints(before: str) -> list[str]:
    """Return the kinds that the word or key right before suggests; of a compound key its last part first."""
    found = _KEY.search(before) or _WORD.search(before)
    if not found:
        return []
    words = [found[1].lower(), *(part.lower() for part in reversed(_PARTS.findall(found[1])))]
    return list(dict.fromkeys(kind for word in words for kind, hints in _HINTS if word in hints))


def _numeric(values: Sequence[str]) -> bool:
    return not values or kind_of_values(values) == "number"


def _fits(kind: str, values: Sequence[str], by_value: str = "number") -> bool:
    """Tell whether values can be of a kind that their context suggests."""
    if not values:
        return True
    numbers = [number for value in values if (number := _integer(value)) is not None]
    whole = len(numbers) >= 0.9 * len(values)
    match kind:
        case "port":
            return whole and all(0 <= n <= 65535 for n in numbers)
        case "status":
            return whole and all(100 <= n <= 599 for n in numbers)
        case "time":
            return whole and all(9e8 < n < 4e9 or 9e11 < n < 4e12 for n in numbers)
        case "version":
            return by_value == "number" and all("." in value for value in values)
        case "duration" if by_value == "time":
            return True
        case "id":
            return by_value in {"number", "id", UNTOLD, "name"} and (by_value != "name")
        case "user":
            return by_value in {"name", "id", UNTOLD}
        case "host":
            return by_value in {"name", "id", "host", UNTOLD}
        case "path":
            return by_value in {"id", "host", "name", UNTOLD}
        case _:
            return by_value == "number"


def _integer(value: str) -> int | None:
    bare = value.strip("\"'[](){}<>,; ")
    return int(bare) if re.fullmatch(r"\d{1,15}", bare) else None
