"""Finds the members that tell time and level of JSON lines, by names in use and by what the values are."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from fa2.logs.headers.header import Header, detect
from fa2.logs.headers.header_levels import level_code
from fa2.logs.headers.json_heads import JsonHeader
from fa2.logs.headers.json_levels import STEPS, Scale, scale_of
from fa2.logs.headers.json_members import Path, looks_like_json, scalars

SAMPLE = 400
"""How many lines are looked at."""
_ENOUGH = 0.5
"""How many of the lines have to be objects, and how many of these have to have a time."""
_FEW = 0.02
"""How many objects have to have a level: some log libraries leave the usual one out."""
_READ = 0.9
"""How many of the values have to be times, or levels."""
_VALUES = 100
"""How many values of a key are looked at."""

TIME_NAMES = (
    "timestamp time ts datetime eventtime asctime t date timemillis timeunixnano realtimetimestamp epochsecond"
    " logtime eventtimestamp createdat starttime"
).split()
"""The last of a path's keys in small letters, without marks; better ones first."""
LEVEL_NAMES = "level severity loglevel levelname severitytext lvl l s priority levelno severitynumber".split()
_TIME_LIKE = re.compile(r"time|date|timestamp", re.I)
_STARTS_LIKE_A_TIME = re.compile(
    r"\d{4}[-/.]?\d\d[-/.]?\d\d[T ]\d\d:?\d\d|\d{1,2}/[A-Z][a-z]{2}/\d{4}:|\d{9,19}(?:\.\d+)?$"
)
_MARKS = re.compile(r"[^a-z]")

Columns = dict[Path, list[str]]


def detect_json(lines: Sequence[str]) -> JsonHeader | None:
    """Return the members that tell time and level of a sample of lines; null when they are no JSON or have neither.

    At least half of the lines have to be objects. Members of objects within them count, where there are no others.
    """
    step = max(len(lines) / SAMPLE, 1.0)
    sample = [lines[int(at * step)] for at in range(min(len(lines), SAMPLE))]
    objects = [found for line in sample if looks_like_json(line) and (found := scalars(line))]
    if not objects or len(objects) < _ENOUGH * len(sample):
        return None
    columns: Columns = defaultdict(list)
    for found in objects:
        for path, value in found.items():
            if value not in ("", "null") and all(key and "\ufffd" not in key for key in path):
                columns[path].append(value)
    time_path, times = next(_times(columns, _ENOUGH * len(objects)), ((), None))
    level_path, numbers = next(_levels(columns, _FEW * len(objects)), ((), STEPS))
    return JsonHeader(time_path, level_path, times, numbers) if time_path or level_path else None


def _times(columns: Columns, enough: float) -> Iterator[tuple[Path, Header]]:
    """Yield the members that hold times, better ones first; those that do not tell the day at the end."""
    ranked = [(_rank(path, values), len(path), path) for path, values in columns.items() if len(values) >= enough]
    clocks = []
    for _, _, path in sorted((rank, depth, path) for rank, depth, path in ranked if rank is not None):
        times = detect(_some(columns[path]))
        if times and times.has_date:
            yield path, times
        elif times:
            clocks.append((path, times))
    yield from clocks


def _rank(path: Path, values: Sequence[str]) -> int | None:
    """Return how good a place for the time a member is, less is better; null for no such place."""
    name = _name(path)
    if name in TIME_NAMES:
        return TIME_NAMES.index(name)
    if not all(_STARTS_LIKE_A_TIME.match(value) for value in values[:5]):
        return None
    return len(TIME_NAMES) + (not _TIME_LIKE.search(path[-1]))


def _levels(columns: Columns, enough: float) -> Iterator[tuple[Path, Scale]]:
    """Yield the members that hold levels with the meaning of their numbers, better ones first."""
    named = [(LEVEL_NAMES.index(name), path) for path in columns if (name := _name(path)) in LEVEL_NAMES]
    for _, path in sorted(named, key=lambda found: (len(found[1]), *found)):
        values = _some(columns[path])
        numbers = [int(value) for value in values if re.fullmatch("[0-9]{1,2}", value)]
        scale = scale_of(_name(path), numbers) if numbers else STEPS
        known = len(numbers) + sum(level_code(value) > 0 for value in values)
        if scale and len(columns[path]) >= enough and known >= _READ * len(values):
            yield path, scale


def _name(path: Path) -> str:
    """Return a path's last key in small letters, without marks; `log.level` is as good as `level` in `log`."""
    return _MARKS.sub("", path[-1].lower())


def _some(values: Sequence[str]) -> list[str]:
    step = max(len(values) / _VALUES, 1.0)
    return [values[int(at * step)] for at in range(min(len(values), _VALUES))]
