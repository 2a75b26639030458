"""From shapes to templates: shapes that differ only in values become one template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Merged:
    """Templates, and which of them each shape belongs to."""

    templates: tuple[str, ...]
    template_of: tuple[int, ...]
    """For each shape, in input order, the index of its template."""


def merge(shapes: Sequence[str], counts: Sequence[int]) -> Merged:
    """Return the templates of distinct, sorted shapes with the numbers of their lines."""
    templates = sorted(set(shapes))
    index = {template: i for i, template in enumerate(templates)}
    return Merged(tuple(templates), tuple(index[shape] for shape in shapes))
