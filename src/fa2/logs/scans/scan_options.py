"""What is wanted of a scan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, tzinfo

from fa2.core.windows import TimeWindow
from fa2.logs.patterns.choices import Choice

MAX_SHAPES = 4_000_000
"""How many distinct shapes are kept; lines of others are counted as a gap."""


@dataclass(frozen=True)
class ScanOptions:
    """What is wanted of a scan."""

    number_lines: bool = False
    """Whether the shape of each line is kept."""
    bare: bool = False
    """Whether lines are messages without headers, whatever they look like."""
    window: TimeWindow | None = None
    """Lines of other times, and without a time, are left out."""
    keep: Callable[[str], bool] | None = None
    """Told each line, header included; what it returns false for is left out."""
    zone: tzinfo = UTC
    """For times that name none."""
    threads: int | None = None
    """How many at once; null for as many as there are processors."""
    max_shapes: int = MAX_SHAPES

    @property
    def choice(self) -> Choice | None:
        """The lines that are wanted; null for all."""
        return Choice(self.window, self.keep) if self.window or self.keep else None
