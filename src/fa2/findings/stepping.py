"""What to do next with a report of findings: in which order, from what was found and what could not be looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fa2.core.findings_report import Gap, Item, Said
from fa2.core.messages import Value

_MOST_NAMED = 3
_SEVERE = ("CRITICAL", "HIGH")
_LEAST_COMMON = 10


def next_steps(items: Sequence[Item], shared: Mapping[str, int], gaps: Sequence[Gap]) -> tuple[Said, ...]:
    """Return the steps: what happens now, what is open, the resource in most findings, what is common, the gaps."""
    steps: list[Said] = []
    for nature in ("threat", "exposure"):
        severe = [item for item in items if item.nature == nature and item.label in _SEVERE]
        if severe:
            steps.append(_said(nature, severe))
    most = max(sorted(shared), key=lambda id: shared[id], default=None)
    if most is not None and shared[most] > 2:
        steps.append(Said("findings_report.step.resource", {"resource": most, "n": shared[most]}))
    common = max(items, key=lambda item: item.resource_count, default=None)
    if common is not None and common.resource_count >= _LEAST_COMMON:
        values: dict[str, Value] = {"place": common.place, "title": common.title, "n": common.resource_count}
        steps.append(Said("findings_report.step.common", values))
    weak = [item for item in items if item.nature == "vulnerability" and item.label in _SEVERE]
    if weak:
        steps.append(_said("vulnerability", weak))
    if gaps:
        steps.append(Said("findings_report.step.gaps", {"n": len(gaps)}))
    if items:
        steps.append(Said("findings_report.step.work"))
    return tuple(steps)


def _said(name: str, items: Sequence[Item]) -> Said:
    places = ", ".join(f"#{item.place}" for item in items[:_MOST_NAMED])
    return Said(f"findings_report.step.{name}", {"n": len(items), "places": places})
