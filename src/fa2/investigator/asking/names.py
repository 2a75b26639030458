"""Names that a model gives, held against those that the tables know."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from fa2.core.telemetry import Telemetry
from fa2.investigator.desk import ToolRefused

_TOLD = 8
"""Names that a refusal lists."""
_COLUMNS = {
    **dict.fromkeys(("spans", "logs", "log_counts", "metrics", "changes", "findings", "fetched_metrics"), ("service",)),
    "edges": ("caller", "callee"),
}


def known_service(telemetry: Telemetry, asked: str, *tables: str) -> str:
    """Return the service of these tables that is meant, told by its name in any case.

    Raises ToolRefused, which lists the nearest names, when there is none.
    """
    return known(asked, services(telemetry, *tables))


def services(telemetry: Telemetry, *tables: str) -> list[str]:
    """Return the services that some tables name, sorted."""
    asked = [(t, column) for t in tables if telemetry.has(t) for column in _COLUMNS[t]]
    union = " UNION ".join(f"SELECT DISTINCT {column} AS name FROM {table}" for table, column in asked)
    return [name for (name,) in telemetry.rows(f"SELECT name FROM ({union}) WHERE name IS NOT NULL ORDER BY name")]


def known(asked: str, names: Sequence[str]) -> str:
    """Return the name that is meant. Raises ToolRefused, with the nearest ones, when there is none."""
    if asked in names:
        return asked
    folded = [name for name in names if name.casefold() == asked.casefold()]
    if len(folded) == 1:
        return folded[0]
    raise ToolRefused("tools.refused.unknown_name", name=asked, n=len(names), known=", ".join(nearest(asked, names)))


def nearest(asked: str, names: Sequence[str]) -> list[str]:
    """Return the names that are most like the one asked for, the most alike first."""
    wanted = asked.casefold()

    def alike(name: str) -> float:
        other = name.casefold()
        within = wanted in other or other in wanted
        return within + difflib.SequenceMatcher(None, wanted, other[:200], autojunk=False).ratio()

    return sorted(names, key=lambda name: (-alike(name), name))[:_TOLD]
