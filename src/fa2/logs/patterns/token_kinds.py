"""What a value is by its looks: an IP address, an id, a time, …"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

UNTOLD: Final = "token"
"""The kind of values that have no other in common."""

_NUMBER = r"[+-]?\d[\d,_]*(?:\.\d+)?(?:[eE][+-]?\d+)?"
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sep|Oct|Nov|Dec)[a-z]*"
_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*"
_CLOCK = r"[0-2]?\d:[0-5]\d(?::[0-6]\d(?:[.,]\d+)?)?"
_DATE = (
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/ ]{_MONTH}[-/ ]\d{{2,4}}|{_MONTH} +\d{{1,2}}(?:,? \d{{4}})?)"
)
_ZONE = r"(?: ?(?:Z|UTC|GMT|[A-Z]{3,4}|[+-]\d\d:?\d\d))?"
_V4 = r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?"

_FORMS: tuple[tuple[str, str], ...] = (
    ("boolean", r"(?i:true|false|yes|no)"),
    ("level", r"(?i:trace|debug|info|notice|warn|warning|error|err|crit|critical|fatal|severe)"),
    ("method", r"GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|CONNECT|TRACE"),
    ("url", r"[A-Za-z][A-Za-z0-9+.-]*://\S*"),
    ("arn", r"arn:aws[a-z-]*:\S+"),
    ("email", r"[^\s@:/]+@[\w-]+(?:\.[\w-]+)+"),
    ("time", rf"(?:{_DAY},? )?(?:{_DATE}[T :,]*)?{_CLOCK}{_ZONE}(?: \d{{4}})?|(?:{_DAY},? )?{_DATE}"),
    ("time", r"\d{8}T\d{6}(?:\.\d+)?Z?|\d{4}-\d\d-\d\d[T_-]\d\d-\d\d-\d\d"),
    ("ip", rf"/?{_V4}(?:[:#]\d{{1,5}}|/\d{{1,2}})?"),
    ("mac", r"[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}"),
    ("ip", r"\[?(?=\S*::|(?:[^:]*:){7})(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f.]{0,15}\]?(?::\d{1,5}|/\d{1,3})?"),
    ("id", r"\{?[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\}?"),
    ("id", r"0[xX][0-9A-Fa-f]+"),
    ("id", r"1-[0-9a-f]{8}-[0-9a-f]{24}"),
    ("percent", rf"{_NUMBER} ?%"),
    ("duration", rf"{_NUMBER} ?(?:ns|us|µs|μs|ms|s|secs?|seconds?|mins?|minutes?|h|hrs?|hours?|days?)"),
    ("duration", r"-?(?:\d+d)?(?:\d+h)?(?:\d+m)(?:\d+(?:\.\d+)?s)?|-?(?:\d+d)?\d+h(?:\d+(?:\.\d+)?s)?"),
    ("duration", r"P(?:\d+D)?T(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?"),
    ("size", rf"{_NUMBER} ?(?:[kKMGTP](?:i?[bB])?|[Bb]ytes?|B)"),
    ("number", _NUMBER),
    ("version", r"[vV]\d+(?:\.\d+)*(?:[-+.]\w+)*|\d+(?:\.\d+){2,}(?:[-+.]\w+)*|\d+\.\d+[-+](?:rc|beta|alpha|dev)\.?\d*"),
    ("path", r"(?:[A-Za-z]:)?\\[^\s\\]\S*|(?:~|\.{1,2})?/(?:[^\s/]\S*)?|(?:[\w.@~+-]+/)+[\w.@~+-]*"),
    ("host", rf"(?=[^:]*[A-Za-z])(?:{_LABEL}\.)+[A-Za-z]{{2,}}\.?(?::\d{{1,5}})?"),
    ("host", r"(?:ip|ec2)-\d{1,3}(?:-\d{1,3}){3}\S*|localhost(?::\d{1,5})?"),
    ("id", r"(?=\S{6,})(?=\S*\d)(?=\S*[A-Za-z])[\w-]+(?:[:.#+=/-][\w-]+)*={0,2}"),
    ("name", r"[^\W\d_]+(?:[_-][^\W\d_]+)*"),
)  # fmt: skip
_COMPILED = tuple((kind, re.compile(form)) for kind, form in _FORMS)
_ABSENT = frozenset(
    {"", "-", "--", "?", "null", "none", "nil", "n/a", "na", "unknown", "undefined", "(null)", "<none>"}
)
_QUOTES = "\"'`[](){}<>,;"
_WIDER: dict[frozenset[str], str] = {
    frozenset({"ip", "host"}): "host",
    frozenset({"ip", "name"}): "host",
    frozenset({"ip", "host", "name"}): "host",
    frozenset({"host", "name"}): "host",
    frozenset({"number", "id"}): "id",
    frozenset({"number", "version"}): "version",
    frozenset({"number", "percent"}): "number",
    frozenset({"path", "url"}): "path",
}
"""What values of several kinds are when they have a kind above them."""
_MOST = 0.9
"""Share of the different values that must agree on a kind."""


def kind_of_value(value: str) -> str | None:
    """Return the kind of one value; null for one that says that there is none, such as `-` or `null`."""
    bare = value.strip().strip(_QUOTES)
    if bare.lower() in _ABSENT:
        return None
    return next((kind for kind, form in _COMPILED if form.fullmatch(bare)), UNTOLD)


def kind_of_values(values: Iterable[str]) -> str:
    """Return what different values are together: `token` where most do not agree."""
    kinds = Counter(kind for value in values if (kind := kind_of_value(value)))
    total = kinds.total()
    if not total:
        return UNTOLD
    kind, most = min(kinds.items(), key=lambda item: (-item[1], item[0]))
    if most >= _MOST * total:
        return kind
    common = frozenset(kind for kind, n in kinds.items() if n > (1 - _MOST) * total)
    return _WIDER.get(common, UNTOLD) if sum(kinds[k] for k in common) >= _MOST * total else UNTOLD
