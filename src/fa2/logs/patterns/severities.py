"""How severe a pattern is, by the words in it. CloudWatch documents two rules; both are here, by name."""

from __future__ import annotations

import re
from typing import Literal

Rule = Literal["console", "anomaly"]
"""`console`: ERROR, WARN, else INFO, as the Logs Insights console has it. `anomaly`: FATAL, ERROR, WARN, else NONE,
as anomaly detection has it."""

_WORDS = {
    "FATAL": re.compile(r"fatal|critical|panic", re.I),
    "ERROR": re.compile(r"error", re.I),
    "WARN": re.compile(r"warn", re.I),
}


def severity_of(text: str, rule: Rule = "anomaly") -> str:
    """Return the severity that the words of a pattern give, under one of the two documented rules."""
    for severity, word in _WORDS.items():
        if word.search(text) and not (rule == "console" and severity == "FATAL"):
            return severity
    return "INFO" if rule == "console" else "NONE"
