"""The services that a bundle's telemetry names, and which of them a resource's name means."""

from __future__ import annotations

import re

from fa2.core.telemetry import Telemetry

_COLUMNS = {
    **dict.fromkeys(("spans", "logs", "log_counts", "metrics"), ("service",)),
    "edges": ("caller", "callee"),
}
_SPLIT = re.compile(r"[^0-9a-z]+")


def known_services(telemetry: Telemetry) -> tuple[str, ...]:
    """Return all services in spans, logs, their counts, metrics and edges, sorted."""
    found: set[str] = set()
    for table, columns in _COLUMNS.items():
        if telemetry.has(table):
            for column in columns:
                sql = f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL"
                found.update(str(row[0]) for row in telemetry.rows(sql))
    return tuple(sorted(found))


def tracing_services(telemetry: Telemetry) -> tuple[str, ...]:
    """Return the services that write spans, sorted."""
    return tuple(str(row[0]) for row in telemetry.rows("SELECT DISTINCT service FROM spans ORDER BY service"))


def service_in(text: str, services: tuple[str, ...]) -> str | None:
    """Return the service whose name stands in a resource's name, as whole words.

    Of several the first, since paths name the owner before what it owns; at one place the longest.
    """
    words = _words(text)
    named = [(words.find(wanted), -len(wanted), s) for s in services if (wanted := _words(s)).strip()]
    return min((found for found in named if found[0] >= 0), default=(0, 0, None))[2]


def _words(text: str) -> str:
    return f" {' '.join(w for w in _SPLIT.split(text.lower()) if w)} "
