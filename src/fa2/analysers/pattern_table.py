"""The log patterns that a report's table shows."""

from __future__ import annotations

from fa2.analysers.log_patterns import ComparedPattern, compare_patterns, samples
from fa2.core.report import PatternRow
from fa2.core.telemetry import Telemetry
from fa2.logs.bundles.bundle_patterns import cut_pattern

_MAX_TOLD = 40
_MAX_STEADY = 10


def pattern_table(telemetry: Telemetry) -> list[PatternRow]:
    """Return the patterns that changed, the most telling first, then the busiest that did not."""
    compared = telemetry.derived(compare_patterns)
    changed = [p for p in compared if p.change != "steady"][:_MAX_TOLD]
    steady = sorted((p for p in compared if p.change == "steady"), key=lambda p: -p.count.window)[:_MAX_STEADY]
    lines = telemetry.derived(samples)
    return [_row(p, lines.get(p.count, "")) for p in (*changed, *steady)]


def _row(compared: ComparedPattern, line: str) -> PatternRow:
    count = compared.count
    return PatternRow(
        id=count.id,
        pattern=cut_pattern(count.pattern),
        service=count.service,
        source=count.source,
        level=count.level,
        change=compared.change,
        window_count=count.window,
        baseline_count=count.baseline,
        expected_count=round(compared.expected or 0.0, 3),
        first_seen=count.first_seen,
        histogram=list(count.histogram),
        sample=line[:2000] if compared.change in ("new", "surged") else "",
    )
