"""The `pattern` command: the patterns of a text, instead of the events."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from fa2.core.pattern_report import PatternView
from fa2.logs.query.mined_lines import MinedLines
from fa2.logs.query.relations import Statement
from fa2.logs.query.values import Kind

if TYPE_CHECKING:
    import pyarrow as pa

PATTERN_KINDS: Mapping[str, Kind] = {
    "@pattern": "text",
    "@ratio": "number",
    "@sampleCount": "number",
    "@severityLabel": "text",
    "@patternId": "text",
    "@regexString": "text",
    "@tokens": "json",
    "@logSamples": "json",
    "@relatedPattern": "json",
    "@visualization": "json",
    "@timestamp": "time",
}
"""The columns; @timestamp is when the pattern was last seen."""
SHOWN = ("@pattern", "@ratio", "@sampleCount", "@severityLabel")
"""What is shown of them where a query does not say."""
_SAMPLES = 3
_BUCKETS = 30
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class PatternStage:
    """Mines the lines that a statement gives. A Stage."""

    def __init__(self, statement: Statement, name: str) -> None:
        self.statement = statement
        self.name = name
        self.kinds = PATTERN_KINDS
        self.lines: MinedLines | None = None
        """What was mined, once it was."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        """Return a row for each pattern."""
        self.lines = MinedLines(rows)
        return arrow(self.kinds, [pattern_row(self.lines, n) for n in range(len(self.lines.patterns))])


def pattern_row(lines: MinedLines, index: int) -> dict[str, object]:
    """Return what is told of a pattern, by column."""
    pattern = lines.patterns[index]
    moments = lines.moments_of(index)
    return {
        "@pattern": pattern.display,
        "@ratio": pattern.ratio,
        "@sampleCount": float(pattern.count),
        "@severityLabel": pattern.severity,
        "@patternId": pattern.id,
        "@regexString": pattern.regex,
        "@tokens": _tokens(pattern),
        "@logSamples": json.dumps([lines.texts[row] for row in lines.rows(index)[:_SAMPLES]], ensure_ascii=False),
        "@relatedPattern": json.dumps(pattern.related),
        "@visualization": _histogram(lines, index),
        "@timestamp": moment(int(moments[-1])) if len(moments) else None,
    }


def _tokens(pattern: PatternView) -> str:
    tokens = [
        {
            "dynamicTokenPosition": position,
            "tokenType": "DYNAMIC",
            "tokenString": f"<{token.name}>",
            "inferredTokenName": token.name,
            "isNumeric": token.kind in ("number", "duration", "size", "percent", "status", "port"),
            "isErrorCode": token.kind == "status",
            "enumerations": {value.value: value.count for value in token.values},
        }
        for position, token in enumerate(pattern.tokens, 1)
    ]
    return json.dumps(tokens, ensure_ascii=False)


def _histogram(lines: MinedLines, index: int) -> str:
    """Return {start of an interval in milliseconds: lines}, of the intervals that have any."""
    if lines.moments is None or not len(lines.moments):
        return "{}"
    first, last = int(lines.moments.min()), int(lines.moments.max())
    width = max((last - first) // _BUCKETS + 1, 1)
    counts = np.bincount((lines.moments_of(index) - first) // width, minlength=_BUCKETS)
    return json.dumps({str((first + n * width) // 1000): int(count) for n, count in enumerate(counts) if count})


def moment(microseconds: int) -> datetime:
    """Return a time from microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=microseconds)


def arrow(kinds: Mapping[str, Kind], rows: list[dict[str, object]]) -> pa.Table:
    """Return rows as an Arrow table with a column for each kind."""
    import pyarrow as pa

    types = {"number": pa.float64(), "time": pa.timestamp("us", tz="UTC")}
    schema = pa.schema([pa.field(name, types.get(kind, pa.string())) for name, kind in kinds.items()])
    return pa.Table.from_pylist(rows, schema)
