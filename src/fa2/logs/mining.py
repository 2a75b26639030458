"""From lines to patterns: shapes are counted, then merged to templates, and each line gets its pattern."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fa2.logs.merging import merge
from fa2.logs.patterns import Pattern
from fa2.logs.severities import severity_of
from fa2.logs.shapes import shape_of


@dataclass(frozen=True)
class Mined:
    """The patterns of some lines."""

    patterns: tuple[Pattern, ...]
    """The most frequent first, then by text."""
    assignment: NDArray[np.int32]
    """For each line, in input order, the index of its pattern."""


def mine(messages: Sequence[str]) -> Mined:
    """Return the patterns of messages. The order of messages makes no difference to the patterns."""
    shapes = [shape_of(message) for message in messages]
    counts = Counter(shapes)
    distinct = sorted(counts)
    merged = merge(distinct, [counts[shape] for shape in distinct])
    totals: Counter[int] = Counter()
    for shape, template in zip(distinct, merged.template_of):
        totals[template] += counts[shape]
    order = sorted(totals, key=lambda t: (-totals[t], merged.templates[t]))
    rank = {template: index for index, template in enumerate(order)}
    index_of = {shape: rank[template] for shape, template in zip(distinct, merged.template_of)}
    patterns = tuple(
        Pattern(
            text=merged.templates[t],
            count=totals[t],
            ratio=totals[t] / len(messages),
            severity=severity_of(merged.templates[t]),
        )
        for t in order
    )
    return Mined(patterns, np.fromiter((index_of[shape] for shape in shapes), np.int32, len(shapes)))
