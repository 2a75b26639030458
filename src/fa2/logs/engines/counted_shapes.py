"""Patterns from lines that another engine has counted by shape: the merge is the one that a local scan goes through."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fa2.logs.headers.header_levels import level_code
from fa2.logs.patterns.mining import Mined, mined
from fa2.logs.patterns.severities import Rule
from fa2.logs.scans.results import NO_TIME, SAMPLES, Buckets, Ints, Samples, Scan, step_for, summed

if TYPE_CHECKING:
    import pyarrow as pa


def mine_counts(counts: pa.Table, rule: Rule = "anomaly") -> Mined:
    """Return the patterns of counted lines: the same, with the same numbers, as the lines themselves give.

    counts: schema log_counts, its patterns being shapes; first_seen and last_seen of `counts_sql` are used where they
        are there. Several rows of a shape, and of an interval, are summed.
    Times are as fine as what is there: with intervals alone they are the starts of intervals, and no interval of
    the histograms is shorter than those counted. Samples are one for each row, the earliest first.
    """
    return mined(scan_of_counts(counts), rule=rule)


def scan_of_counts(counts: pa.Table) -> Scan:
    """Return what a scan of the counted lines would have given; see `mine_counts`."""
    texts, shape = _distinct(counts)
    lines = _column(counts, "count")
    buckets_us = _micros(counts, "bucket")
    first_us = _micros(counts, "first_seen") if "first_seen" in counts.column_names else buckets_us
    last_us = _micros(counts, "last_seen") if "last_seen" in counts.column_names else buckets_us
    never = np.iinfo(np.int64).max
    totals, levels = np.zeros(len(texts), np.int64), np.zeros(len(texts), np.int64)
    first, last = np.full(len(texts), never, np.int64), np.full(len(texts), NO_TIME, np.int64)
    np.add.at(totals, shape, lines)
    np.minimum.at(first, shape, first_us)
    np.maximum.at(last, shape, last_us)
    np.bitwise_or.at(levels, shape, _levels(counts))
    return Scan(
        shapes=texts,
        counts=totals,
        first_us=first,
        last_us=last,
        levels=levels,
        buckets=_buckets(shape, buckets_us, lines, _column(counts, "interval_s")),
        samples=_samples(counts, shape, first_us),
        lines=int(lines.sum()),
        matched=int(lines.sum()),
        untimed=0,
        numbers=None,
    )


def _distinct(counts: pa.Table) -> tuple[list[str], Ints]:
    """Return the distinct shapes, sorted by code points, and for each row the index of its own."""
    import pyarrow as pa

    encoded = counts["pattern"].cast(pa.large_string()).combine_chunks().dictionary_encode()
    found: list[str] = encoded.dictionary.to_pylist()
    order = sorted(range(len(found)), key=found.__getitem__)
    rank = np.empty(len(found), np.int64)
    rank[order] = np.arange(len(found))
    return [found[n] for n in order], rank[encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)]


def _column(counts: pa.Table, name: str) -> Ints:
    import pyarrow as pa

    found: Ints = counts[name].cast(pa.int64()).to_numpy()
    return found


def _micros(counts: pa.Table, name: str) -> Ints:
    """Return times as microseconds since 1970 in UTC; those without a zone are UTC."""
    import pyarrow as pa

    column = counts[name]
    unit = pa.timestamp("us", tz=column.type.tz)
    found: Ints = column.cast(unit, safe=False).cast(pa.int64()).to_numpy()
    return found


def _levels(counts: pa.Table) -> Ints:
    """Return the level of each row as a bit; 0 for none, or for a word that is no level."""
    if "level" not in counts.column_names:
        return np.zeros(counts.num_rows, np.int64)
    words = counts["level"].to_pylist()
    bits = {word: 1 << code if (code := level_code(word or "")) else 0 for word in set(words)}
    return np.fromiter((bits[word] for word in words), np.int64, len(words))


def _buckets(shape: Ints, micros: Ints, lines: Ints, lengths_s: Ints) -> Buckets:
    if not lines.size:
        return Buckets(1, shape, micros, lines)
    seconds = micros // 1_000_000
    longest = int(lengths_s.max())
    step = max(step_for(int(seconds.min()), int(seconds.max())), 1 << (longest - 1).bit_length())
    (shapes, intervals), totals = summed((shape, seconds // step), lines)
    return Buckets(step, shapes, intervals, totals)


def _samples(counts: pa.Table, shape: Ints, first_us: Ints) -> Samples:
    """Return the first samples of each shape, in the order of time and then of text, whatever the order of rows."""
    if "sample" not in counts.column_names:
        return Samples(np.zeros(0, np.int64), np.zeros(0, np.int64), [])
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = counts["sample"].cast(pa.large_string())
    told = pa.table({"shape": shape, "first": first_us, "text": texts}).filter(pc.is_valid(texts))
    told = told.take(pc.sort_indices(told, sort_keys=[(name, "ascending") for name in ("first", "text", "shape")]))
    told = told.append_column("place", pa.array(np.arange(told.num_rows)))
    told = told.take(pc.sort_indices(told, sort_keys=[("shape", "ascending"), ("place", "ascending")]))
    shapes = told["shape"].to_numpy()
    begins = np.searchsorted(shapes, shapes)
    kept = told.filter(pa.array(np.arange(told.num_rows) - begins < SAMPLES))
    return Samples(kept["shape"].to_numpy(), kept["place"].to_numpy(), kept["text"].to_pylist())
