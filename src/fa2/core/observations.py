"""Observations: what analysers saw, each with its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from fa2.core.evidence import Cell, Evidence
from fa2.core.messages import Statement

Role = Literal["cause", "symptom", "context"]
"""cause: speaks for its service being at fault; symptom: explained by another service, or seen
without telling where; context: worth telling, blames nobody."""

_SIGNALS = {"log_counts": "logs"}


@dataclass(frozen=True)
class Observation:
    """One thing that differs from normal, or that somebody did."""

    kind: str
    """The analyser's word for it, such as log_pattern; ranking takes the strongest of each kind."""
    statement: Statement
    evidence: tuple[Evidence, ...]
    """Never empty."""
    cells: Mapping[str, Cell] = field(default_factory=dict)
    """For each number or time in the statement, where it stands in the evidence."""
    service: str | None = None
    """The service that it speaks about, as in the tables."""
    resource: str | None = None
    strength: float = 0.0
    """How surely it differs from normal and points at the service, 0 to 1."""
    role: Role = "cause"
    onset: datetime | None = None
    """When it began, in UTC."""
    mechanisms: Mapping[str, float] = field(default_factory=dict)
    """Mechanisms that it speaks for, each with a weight of 0 to 1."""

    stems_from: str | None = None
    """The signal behind it, where its table does not tell: root causes of traces are counted beside log lines."""

    @property
    def signal(self) -> str:
        """The signal that it rests on: logs, spans, metrics, changes, findings."""
        return self.stems_from or _SIGNALS.get(self.table, self.table)

    @property
    def table(self) -> str:
        """The table that it rests on."""
        return self.evidence[0].query.table
