"""Queries that have CloudWatch Logs find the patterns of its events, or compare them with an earlier period's.

What such a query gives is read by `cloudwatch_patterns`. Neither works on log groups of the class Infrequent Access.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Pattern.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

Earlier = Literal["previous", "previousDay", "previousWeek", "previousMonth"]
"""The period to compare with: the one just before, of the same length, or the same time on an earlier day."""

MAX_ROWS = 10_000
"""What a query gives at most."""

_PLAIN_FIELD = re.compile(r"@?[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")


def pattern_query(field: str = "@message", *, containing: Sequence[str] = (), limit: int = MAX_ROWS) -> str:
    """Return the query for the patterns of a field, the most frequent first.

    containing: texts of which each event must hold at least one, as they are written; none for all events.
    Raises ValueError for a limit beyond MAX_ROWS and for control characters in a name or a text.
    """
    if not 1 <= limit <= MAX_ROWS:
        raise ValueError(f"a query gives 1 to {MAX_ROWS} rows")
    return " | ".join((*_filter(containing), f"pattern {_field(field)}", "sort @sampleCount desc", f"limit {limit}"))


def diff_query(earlier: Earlier = "previous", *, containing: Sequence[str] = ()) -> str:
    """Return the query for the patterns of @message compared with an earlier period's; charged for both periods."""
    against = "diff" if earlier == "previous" else f"diff {earlier}"
    return " | ".join(("fields @timestamp, @message", *_filter(containing), against))


def _filter(containing: Sequence[str]) -> tuple[str, ...]:
    if not containing:
        return ()
    return ("filter " + " or ".join(f"@message like {quoted(text)}" for text in containing),)


def _field(name: str) -> str:
    if _PLAIN_FIELD.fullmatch(name):
        return name
    if "`" in name:
        raise ValueError("the name of a field cannot hold a backtick")
    return f"`{_printable(name)}`"


def quoted(text: str) -> str:
    """Return a text as a query writes it. Raises ValueError for an empty one and for control characters."""
    return '"' + _printable(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _printable(text: str) -> str:
    if not text or any(char < " " or char == "\x7f" for char in text):
        raise ValueError("a query holds no empty text and no control characters")
    return text
