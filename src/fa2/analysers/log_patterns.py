"""Log patterns of the window against the baseline: new, surged, dropped and gone, by service and level."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from fa2.analysers import mechanism_rules
from fa2.analysers.known_services import service_in, tracing_services
from fa2.analysers.load_balancers import is_load_balancer
from fa2.core.evidence import Cell, Evidence, Query
from fa2.core.messages import Statement, Value
from fa2.core.observations import Observation, Role
from fa2.core.tables import ROOT_CAUSES
from fa2.core.telemetry import Telemetry, evidence
from fa2.core.windows import iso, sql_within
from fa2.logs.bundles.bundle_patterns import PatternCount, count_patterns, cut_pattern, first_lines
from fa2.logs.bundles.line_tables import line_baselines, line_share
from fa2.logs.bundles.membership import membership
from fa2.logs.comparisons.comparison import expected_count, strength, surprise

Change = Literal["new", "surged", "dropped", "gone", "steady"]

MAX_REPORTED = 24
"""How many patterns become observations; ERROR first, then by how much they stand out."""
_SURPRISE = 3.0
_SERIOUS = {"FATAL": 1.0, "CRITICAL": 1.0, "ERROR": 0.9, "WARN": 0.45, "WARNING": 0.45}
_LEAST_SERIOUS = 0.12
_DEATHS = frozenset({"crash", "memory_exhausted", "disk_full"})
_STATED = re.compile(r"\b(FATAL|CRITICAL|SEVERE|ERROR|WARN(?:ING)?|panic|Traceback|[A-Za-z]*(?:Exception|Error))\b")


@dataclass(frozen=True)
class ComparedPattern:
    """A pattern with what the baseline leads one to expect of it."""

    count: PatternCount
    expected: float | None
    """Lines that the baseline's rate gives for the window; null without a baseline."""
    nats: float
    """How surprising the count is; see fa2.logs.comparisons.comparison."""
    change: Change
    seriousness: float
    """1 for FATAL, 0.9 for ERROR, 0.45 for WARN, little for the rest."""


def compare_patterns(telemetry: Telemetry) -> list[ComparedPattern]:
    """Return all patterns compared with the baseline, the most telling first."""
    share = telemetry.derived(line_share)
    compared = [_compare(count, share) for count in telemetry.derived(count_patterns).patterns]
    return sorted(compared, key=_telling)


def _telling(pattern: ComparedPattern) -> float:
    """Order what rises before what falls: a missing error is good news, and silences have their analyser."""
    return -(pattern.nats if pattern.nats > 0 else -0.1 * pattern.nats) * pattern.seriousness


def log_patterns(telemetry: Telemetry) -> Iterable[Observation]:
    """Yield patterns that are new, surged, dropped or gone, the most telling first.

    A serious pattern (ERROR and the like) speaks against its service; others are context.
    """
    for pattern in _told(telemetry):
        yield _observation(telemetry, pattern)


def _told(telemetry: Telemetry) -> list[ComparedPattern]:
    return [p for p in telemetry.derived(compare_patterns) if p.change != "steady"][:MAX_REPORTED]


def samples(telemetry: Telemetry) -> dict[PatternCount, str]:
    """Return the first line in the window of each pattern that becomes an observation, read all at once."""
    return first_lines(telemetry, (pattern.count for pattern in _told(telemetry)))


def _compare(count: PatternCount, share: float) -> ComparedPattern:
    seriousness = _seriousness(count)
    if not share:
        return ComparedPattern(
            count, None, float(count.window), "steady" if seriousness < 0.4 else "surged", seriousness
        )
    expected = expected_count(count.baseline, share)
    nats = surprise(count.window, expected)
    change: Change = "steady"
    if nats >= _SURPRISE or (count.baseline == 0 and count.window and seriousness >= 0.9):
        change = "surged" if count.baseline else "new"
    elif nats <= -_SURPRISE:
        change = "dropped" if count.window else "gone"
    return ComparedPattern(count, expected, nats, change, seriousness)


def _seriousness(count: PatternCount) -> float:
    """Weigh a pattern by its level; one that states none by its words, such as "Task timed out"."""
    stated = count.level
    if stated is None and (found := _STATED.search(count.pattern)):
        word = found.group(1)
        stated = "WARN" if word.startswith("WARN") else "ERROR"
    if stated is None:
        return max(0.9 * max(mechanism_rules.in_text(count.pattern).values(), default=0.0), _LEAST_SERIOUS)
    return _SERIOUS.get(stated, _LEAST_SERIOUS)


def _observation(telemetry: Telemetry, compared: ComparedPattern) -> Observation:
    count = compared.count
    sample = telemetry.derived(samples)[count]
    shown = evidence_of(telemetry, count)
    counted = dict(zip(shown.columns, shown.rows[0], strict=True))
    rises = compared.change in ("new", "surged")
    mechanisms = mechanism_rules.in_text(sample or count.pattern) if rises else {}
    blamed = _blamed(telemetry, count.service, sample, mechanisms)
    known = compared.expected is not None
    traced = count.source == ROOT_CAUSES
    return Observation(
        kind="span_error" if traced else "log_pattern",
        stems_from="spans" if traced else None,
        statement=Statement(
            f"observations.{'root_cause' if traced else 'log_pattern'}.{compared.change if known else 'seen'}",
            {
                "pattern": cut_pattern(count.pattern),
                "service": count.service or counted.get("source"),
                "level": count.level,
                **counted,
            },
        ),
        evidence=(shown,),
        cells={name: Cell(shown.id, 0, name) for name in counted},
        service=blamed,
        strength=_strength(compared) if rises else 0.0,
        role=_role(compared) if rises else "context",
        onset=count.first_seen if rises else None,
        mechanisms=mechanisms,
    )


def _role(compared: ComparedPattern) -> Role:
    """Tell what a rising pattern speaks for; a load balancer only passes on what its targets answered."""
    if compared.seriousness < 0.4:
        return "context"
    return "symptom" if is_load_balancer(compared.count.source) else "cause"


def _blamed(telemetry: Telemetry, service: str | None, sample: str, mechanisms: Mapping[str, float]) -> str | None:
    """Return the service that a line speaks about.

    That is the one that wrote it, but for a supervisor's words on another's death: what writes no spans
    (an orchestrator, a kernel log) and tells of a crash names the service that crashed.
    """
    if not _DEATHS & mechanisms.keys() or not telemetry.has("spans"):
        return service
    tracing = telemetry.derived(tracing_services)
    named = service_in(sample, tracing)
    return named if named and service not in tracing else service


def _strength(compared: ComparedPattern) -> float:
    certainty = 0.5 if compared.expected is None else 1.0
    return certainty * compared.seriousness * strength(compared.nats)


def evidence_of(telemetry: Telemetry, count: PatternCount) -> Evidence:
    """Return the counts of a pattern with the query that gives them.

    The counts come from the one pass over all lines. They are what the query gives, because its condition
    holds for exactly the shapes that were counted. Lines of no service are told by their source, where
    that is but one.
    """
    table = count.table
    baselines = telemetry.derived(line_baselines)
    inside, normal = telemetry.in_window(table.moment), sql_within(table.moment, baselines)
    row: dict[str, Value] = {
        "window": count.window,
        "baseline": count.baseline,
        "first_seen": iso(count.first_seen) if count.first_seen else None,
    }
    asked = (
        f"{table.lines(inside)} AS window, {table.lines(normal)} AS baseline, "
        f"min({table.time}) FILTER ({inside}) AS first_seen"
    )
    if share := telemetry.derived(line_share):
        row["expected"] = count.baseline * share
        asked += f", {table.lines(normal)} * {share!r}::DOUBLE AS expected"
    if count.service is None and count.alone:
        row["source"] = count.source
        asked += f", min(source) FILTER ({inside} OR {normal}) AS source"
    lines = membership(telemetry, count)
    query = Query(table.name, f"SELECT {asked} FROM {table.rows} WHERE {lines.sql}", lines.parameters)
    return evidence(query, tuple(row), tuple(row.values()))
