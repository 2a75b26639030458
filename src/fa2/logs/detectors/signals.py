"""A signal: that something about a pattern was unusual in one interval, and how much it matters.

Priority is a table of severity and size:

| severity of the pattern | large | extreme |
|---|---|---|
| FATAL, ERROR; HTTP 5xx | HIGH | HIGH |
| WARN; HTTP 4xx | MEDIUM | HIGH |
| none | LOW | MEDIUM |

Extreme is ten times the usual or more, a pattern that stopped, a new pattern of ten lines in an interval, a number
ten times out of range. A value that occurs six times as often as usual (+500 %) and at least 20 times more is HIGH
without any severity. That an error became rarer is no error: fewer and stopped count as without severity.
"""

from __future__ import annotations

from dataclasses import dataclass

from fa2.core.anomalies import PRIORITIES, AnomalyKind, Priority

VOLUME = "(volume)"
"""Stands for the pattern where the lines of all patterns are meant."""


@dataclass(frozen=True)
class Signal:
    """Something unusual in one interval."""

    kind: AnomalyKind
    pattern: str
    """Id of the pattern, or VOLUME."""
    observed: float
    expected: float
    nats: float
    """How unlikely; 0 where no probability stands behind it."""
    severity: str = "NONE"
    token: int = 0
    """Position of the token, from 1; 0 for the pattern as a whole."""
    value: str = ""
    intervals: int = 1
    """How many intervals `observed` and `expected` are for."""

    @property
    def key(self) -> tuple[str, str, int, str]:
        """What makes two signals of different intervals the same anomaly."""
        family = {"stopped": "fewer"}.get(self.kind, self.kind)
        value = self.value if self.kind == "value_surge" else ""
        return family, self.pattern, self.token, value

    @property
    def ratio(self) -> float:
        """Observed over expected, one line added to either; never below one."""
        more, less = max(self.observed, self.expected), min(self.observed, self.expected)
        return (more + 0.5) / (less + 0.5)

    @property
    def extreme(self) -> bool:
        """Whether it is far outside of what was ever usual."""
        if self.kind == "new_pattern":
            return self.observed >= 10
        return self.kind == "stopped" or (self.kind != "new_value" and self.ratio >= 10)

    @property
    def priority(self) -> Priority:
        """See the table above."""
        severity = "NONE" if self.kind in ("fewer", "stopped", "volume") else self.severity
        if self.kind == "value_surge" and self.ratio >= 6 and self.observed - self.expected >= 20:
            return "HIGH"
        if severity in ("FATAL", "ERROR"):
            return "HIGH"
        if severity == "WARN":
            return "HIGH" if self.extreme else "MEDIUM"
        if self.kind == "volume":
            return "HIGH" if self.extreme else "MEDIUM"
        return "MEDIUM" if self.extreme else "LOW"


def more_severe(one: Priority | None, other: Priority | None) -> bool:
    """Tell whether the first priority is above the other; null is below LOW."""
    order = (*PRIORITIES, None)
    return order.index(one) < order.index(other)
