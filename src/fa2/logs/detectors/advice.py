"""When a detector does not fit the logs that it watches, and what fits better."""

from __future__ import annotations

import re

from fa2.logs.detectors.baseline import Baseline
from fa2.logs.detectors.book import REST
from fa2.logs.patterns.pattern import VARIABLE

MANY_PATTERNS = 300
"""CloudWatch's users found detectors to work well up to about this many."""
_MOST = 0.8
_FEWEST_LINES = 200
_KINDS = {
    "access_logs": re.compile(r'"?(?:GET|POST|PUT|HEAD|DELETE|PATCH|OPTIONS|<\*>) \S.*HTTP/', re.S),
    "cloudtrail": re.compile(r"eventName.*eventSource|eventSource.*eventName", re.S),
    "flow_logs": re.compile(r"\b(?:ACCEPT|REJECT|-) (?:OK|NODATA|SKIPDATA)\b"),
}
"""By the words of a pattern; for flow logs, most of the pattern must be values too."""


def advice_for(baseline: Baseline) -> tuple[str, ...]:
    """Return the codes of detectors.advice.* that hold for what was learned."""
    patterns = baseline.book.patterns
    found = []
    if len(patterns) > MANY_PATTERNS:
        found.append("many_patterns")
    if REST in patterns:
        found.append("too_many_patterns")
    lines = {pattern.text: sum(pattern.shapes.values()) for pattern in patterns.values()}
    total = sum(lines.values())
    for name, words in _KINDS.items():
        share = sum(n for text, n in lines.items() if words.search(text) and (name != "flow_logs" or _is_row(text)))
        if total >= _FEWEST_LINES and share >= _MOST * total:
            found.append(name)
    return tuple(found)


def _is_row(text: str) -> bool:
    """Tell whether a pattern is mostly values."""
    return text.count(VARIABLE) >= 0.6 * len(text.split())
