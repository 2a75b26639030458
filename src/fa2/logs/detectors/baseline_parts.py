"""The baseline's parts in the store: one for each pattern, one for each pattern and day. Blobs, packed with zlib."""

from __future__ import annotations

import zlib

import numpy as np
import orjson

from fa2.logs.detectors.baseline import Baseline
from fa2.logs.detectors.book import BookPattern
from fa2.logs.detectors.values import Values


def pattern_bytes(baseline: Baseline, id: str) -> bytes:
    """Return a pattern with its shapes and the values of its tokens."""
    pattern = baseline.book.patterns[id]
    values = [token.json() for token in baseline.values.get(id, [])]
    return zlib.compress(orjson.dumps([pattern.text, pattern.first_us, pattern.shapes, values]), 1)


def restore_pattern(baseline: Baseline, id: str, body: bytes) -> None:
    """Take back what `pattern_bytes` returned."""
    text, first_us, shapes, values = orjson.loads(zlib.decompress(body))
    baseline.book.restore(BookPattern(id, text, first_us, shapes))
    baseline.values[id] = [Values.of(token) for token in values]


def day_bytes(baseline: Baseline, id: str, day: int) -> bytes:
    """Return the counts of a row on a day since 1970: index within the day, lines, masked; for intervals with any."""
    history, row = baseline.history, baseline.row_of[id]
    kept = []
    for index in range(day * history.per_day, (day + 1) * history.per_day):
        column = index % history.columns
        if history.holds(index) and (history.counts[row, column] or history.masked[row, column]):
            lines, masked = int(history.counts[row, column]), int(history.masked[row, column])
            kept.append((index - day * history.per_day, lines, masked))
    return zlib.compress(np.array(kept, "<i4").tobytes(), 1)


def restore_day(baseline: Baseline, key: str, body: bytes) -> None:
    """Take back what `day_bytes` returned; key: id/day. Rows that are gone are left out."""
    history = baseline.history
    id, _, day = key.rpartition("/")
    row = baseline.row_of.get(id)
    for offset, lines, masked in np.frombuffer(zlib.decompress(body), "<i4").reshape(-1, 3).tolist():
        index = int(day) * history.per_day + offset
        if row is not None and history.holds(index):
            history.counts[row, index % history.columns] = lines
            history.masked[row, index % history.columns] = bool(masked)
