"""Time and level of JSON lines, by their keys: what a header says of other lines.

The line itself stays whole, since its keys tell its fields apart. Of equal keys the first counts. The kernel
`json_kernel` gives the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from fa2.logs.headers.header_levels import LEVELS, level_code
from fa2.logs.headers.json_levels import STEPS
from fa2.logs.headers.json_members import Path, members, within

if TYPE_CHECKING:
    from fa2.logs.headers.header import Dating, Header

_NUMBER = re.compile("[0-9]{1,2}")


class JsonHead(NamedTuple):
    """What a line's members say."""

    time_us: int | None
    level: str | None


@dataclass(frozen=True)
class JsonHeader:
    """The members that tell time and level of a log's lines."""

    time_path: Path
    """Empty for none; so is the next."""
    level_path: Path
    times: Header | None
    """Reads the values at `time_path`."""
    numbers: tuple[int, ...] = STEPS
    """The level codes that numbers from 0 to 99 mean."""

    def read(self, line: str, dating: Dating) -> JsonHead:
        """Return what a line says; nothing for one that is no object."""
        time_us, level, left = None, 0, {path[0] for path in (self.time_path, self.level_path) if path}
        for member in members(line) if left else ():
            if member.key not in left:
                continue
            if self.time_path[:1] == (member.key,) and self.times:
                value = within(member, self.time_path)
                time_us = None if value is None else self.times.read(value, dating).time_us
            if self.level_path[:1] == (member.key,):
                level = self._level(within(member, self.level_path) or "")
            left.discard(member.key)
            if not left:
                break
        return JsonHead(time_us, LEVELS[level] or None)

    def _level(self, value: str) -> int:
        return self.numbers[int(value)] if _NUMBER.fullmatch(value) else level_code(value)
