"""Queries that have CloudWatch Logs Insights count lines over time, and give those that tell something.

All of them may run over several log groups; lines and counts name theirs in @log. Times of a query are whole seconds,
both ends included, so each query itself says from when until when lines count, in milliseconds, half-open.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from fa2.core.windows import TimeWindow
from fa2.logs.engines.cloudwatch_queries import MAX_ROWS, quoted

Lines = Literal["all", "troubled", "untroubled"]
"""Which lines: those that hold a word of trouble, those that hold none, or both."""

TROUBLE = (
    "error|exception|fatal|critical|panic|fail|traceback|timeout|timed out|refused|denied|unauthori|forbidden|throttl"
    "|exceeded|unavailable|unreachable|reset by peer|broken pipe|out of memory|oomkill|killed|deadlock|exhausted"
    "|rollback|エラー|失敗|例外|異常|拒否|タイムアウト"
)
"""Words of lines that tell of trouble, in any case. What they miss is still counted, with all other lines, by pattern."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PHRASE = "[A-Za-z][A-Za-z_ ]{7,60}"


def counts_query(window: TimeWindow, bin_s: int) -> str:
    """Return the query for the lines of each log group and interval: columns bucket, @log, lines, troubled."""
    return (
        f"{_within(window)} | parse @message /(?i)(?<trouble>{TROUBLE})/"
        f" | stats count(*) as lines, count(trouble) as troubled by bin({bin_s}s) as bucket, @log | limit {MAX_ROWS}"
    )


def lines_query(
    window: TimeWindow, lines: Lines = "all", *, containing: Sequence[str] = (), limit: int = MAX_ROWS, where: str = ""
) -> str:
    """Return the query for lines as they are, the oldest first.

    containing: texts of which a line must hold every one. where: commands that let lines through, trusted. Raises ValueError for control characters in them.
    """
    wanted = "".join(f" | filter @message like {quoted(text)}" for text in containing)
    return (
        f"fields @timestamp, @log, @logStream, @message | {_within(window)}{_kept(lines)}{wanted}"
        f"{f' | {where}' if where else ''}"
        f" | sort @timestamp asc | limit {limit}"
    )


def patterns_query(window: TimeWindow, lines: Lines) -> str:
    """Return the query for the patterns of lines, the most frequent first. Not for the class Infrequent Access."""
    return f"{_within(window)}{_kept(lines)} | pattern @message | sort @sampleCount desc | limit {MAX_ROWS}"


def phrases_query(window: TimeWindow, lines: Lines, bin_s: int) -> str:
    """Return the query that counts lines by their first words without digits: what stands in for patterns in the class
    Infrequent Access. Columns phrase, bucket, @log, lines; the most frequent first.
    """
    return (
        f"{_within(window)}{_kept(lines)} | fields coalesce(message, msg, @message) as said"
        f" | parse said /(?<phrase>{_PHRASE})/"
        f" | stats count(*) as lines by phrase, bin({bin_s}s) as bucket, @log | sort lines desc | limit {MAX_ROWS}"
    )


def _within(window: TimeWindow) -> str:
    start, end = (-((_EPOCH - moment) // timedelta(milliseconds=1)) for moment in (window.start, window.end))
    return f"filter toMillis(@timestamp) >= {start} and toMillis(@timestamp) < {end}"


def _kept(lines: Lines) -> str:
    match lines:
        case "all":
            return ""
        case "troubled":
            return f" | filter @message like /(?i)({TROUBLE})/"
        case "untroubled":
            return f" | filter @message not like /(?i)({TROUBLE})/"
