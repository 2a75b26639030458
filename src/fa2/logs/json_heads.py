"""Time and level of JSON lines, by their keys: what a header says of other lines.

The line itself stays whole, since its keys tell its fields apart. Members are walked from the first on, as far as
needed: the first of a key counts, and what is behind broken JSON does not. The kernel `json_kernel` does the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from fa2.logs.header_levels import LEVELS, level_code

if TYPE_CHECKING:
    from fa2.logs.headers import Dating, Header

TIME_KEYS = ("timestamp", "@timestamp", "time", "ts", "datetime", "date", "eventTime", "asctime", "_time", "t")
LEVEL_KEYS = ("level", "severity", "loglevel", "log_level", "levelname", "log.level", "@level", "severityText", "lvl")
_ENOUGH = 0.5
"""In how many lines a key has to be."""
_JSON = 0.9
"""How many lines have to be objects."""

_OPENING = re.compile(r"[ \t]*\{")
_KEY = re.compile(r'[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*:[ \t]*', re.S)
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.S)
_SCALAR = re.compile(r"[^,} \t]*")
_NESTED = re.compile(r'"(?:[^"\\]|\\.)*"|["\[\]{}]', re.S)
_NEXT = re.compile(r"[ \t]*,")


class JsonHead(NamedTuple):
    """What a line's members say."""

    time_us: int | None
    level: str | None


@dataclass(frozen=True)
class JsonHeader:
    """The members that tell time and level of a log's lines."""

    time_key: str | None
    level_key: str | None
    times: Header | None
    """Reads the values of `time_key`."""

    def read(self, line: str, dating: Dating) -> JsonHead:
        """Return what a line says; nothing for one that is no object."""
        time_us, level, left = None, 0, {self.time_key, self.level_key} - {None}
        for key, value in members(line):
            if key in left:
                left.discard(key)
                if key == self.time_key and self.times and value is not None:
                    time_us = self.times.read(value, dating).time_us
                elif key == self.level_key and value is not None:
                    level = _level(value)
                if not left:
                    break
        return JsonHead(time_us, LEVELS[level] or None)


def detect_json(lines: Sequence[str]) -> JsonHeader | None:
    """Return the members that tell time and level of a sample of lines; null when they are no JSON or have neither."""
    from fa2.logs.headers import detect

    objects = [dict(reversed(list(members(line)))) for line in lines if _OPENING.match(line)]
    if not objects or len(objects) < _JSON * len(lines):
        return None
    enough = _ENOUGH * len(lines)
    level_key = next((key for key in LEVEL_KEYS if sum(bool(o.get(key)) for o in objects) >= enough), None)
    for key in TIME_KEYS:
        values = [value for o in objects if (value := o.get(key))]
        times = detect(values) if len(values) >= enough else None
        if times:
            return JsonHeader(key, level_key, times)
    return JsonHeader(None, level_key, None) if level_key else None


def members(line: str) -> Iterator[tuple[str, str | None]]:
    """Yield keys and values of a line's object as they are written; null for arrays and objects."""
    opening = _OPENING.match(line)
    at = opening.end() if opening else len(line)
    while found := _KEY.match(line, at):
        at = found.end()
        value: str | None = None
        if line[at : at + 1] in ("{", "["):
            at = _nested_end(line, at)
        elif line[at : at + 1] == '"':
            text = _STRING.match(line, at)
            at, value = (text.end(), text[1]) if text else (-1, None)
        else:
            scalar = _SCALAR.match(line, at)
            at, value = (scalar.end(), scalar[0]) if scalar else (-1, None)
        if at < 0:
            return
        yield found[1], value
        comma = _NEXT.match(line, at)
        if not comma:
            return
        at = comma.end()


def _nested_end(line: str, at: int) -> int:
    """Return where an array or object ends; -1 when it does not."""
    depth = 0
    for found in _NESTED.finditer(line, at):
        if found[0] == '"':
            return -1
        if len(found[0]) == 1:
            depth += 1 if found[0] in "{[" else -1
            if depth == 0:
                return found.end()
    return -1


def _level(value: str) -> int:
    """Return the code of a level as a word, or as a number as pino and bunyan write it: 10 is the least, 60 the most."""
    if re.fullmatch("[1-6]0", value):
        return int(value[0])
    return level_code(value) if len(value) > 1 else 0
