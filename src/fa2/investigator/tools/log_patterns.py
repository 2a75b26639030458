"""log_patterns: the patterns of log lines, incident against normal times: new, surged, dropped, gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fa2.core.evidence import Evidence
from fa2.core.messages import Statement, Value
from fa2.core.telemetry import Telemetry
from fa2.core.windows import sql_within
from fa2.investigator.asking.arguments import OptionalText, rows
from fa2.investigator.asking.bundle import ANSWER, CELL, asked, need
from fa2.investigator.asking.names import known_service
from fa2.investigator.desk import Arguments, Desk, Found
from fa2.logs.bundles.bundle_patterns import PatternCount, count_patterns, cut_pattern
from fa2.logs.bundles.line_tables import line_baselines, line_share
from fa2.logs.bundles.membership import membership
from fa2.logs.comparisons.comparison import expected_count, surprise

Change = Literal["new", "surged", "dropped", "gone", "steady", "seen"]
_ROWS = 10
_MOST_ROWS = 12
_SURPRISE = 3.0
"""Nats from which a count is not chance, as in the analyser of log patterns."""
_SERIOUS = {"FATAL": 1.0, "CRITICAL": 1.0, "ERROR": 0.9, "WARN": 0.45, "WARNING": 0.45}
_LEAST_SERIOUS = 0.12


class LogPatternsArguments(Arguments):
    """What log_patterns takes."""

    service: OptionalText = None
    contains: OptionalText = None
    level: OptionalText = None
    change: Literal["changed", "new", "surged", "dropped", "gone", "any"] = "changed"
    limit: int = _ROWS


@dataclass(frozen=True)
class LogPatterns:
    """The tool."""

    name: str = "log_patterns"
    arguments: type[Arguments] = LogPatternsArguments
    tables: tuple[str, ...] = ("logs", "log_counts")

    def __call__(self, desk: Desk, arguments: LogPatternsArguments, /) -> Found:
        """Return a piece of evidence for each pattern, the most telling first."""
        need(desk, *self.tables)
        telemetry = desk.telemetry
        fitting = _fitting(telemetry, arguments)
        if not fitting:
            return _nothing(desk)
        shown = _as_fits(desk, fitting[: rows(arguments.limit, _MOST_ROWS)])
        dropped = telemetry.derived(count_patterns).dropped_lines
        notes = (Statement("tools.note.patterns_dropped", {"n": dropped}),) if dropped else ()
        return Found(shown, len(fitting) - len(shown), notes)


def _fitting(telemetry: Telemetry, arguments: LogPatternsArguments) -> list[PatternCount]:
    counts = list(telemetry.derived(count_patterns).patterns)
    if arguments.service:
        service = known_service(telemetry, arguments.service, "logs", "log_counts")
        counts = [count for count in counts if count.service == service]
    if arguments.level:
        counts = [count for count in counts if (count.level or "").casefold() == arguments.level.casefold()]
    if arguments.contains:
        counts = [count for count in counts if arguments.contains.casefold() in count.pattern.casefold()]
    share = telemetry.derived(line_share)
    counts = [count for count in counts if _wanted(change_of(count, share), arguments.change)]
    return sorted(counts, key=lambda count: (-_telling(count, share), count.id, count.service or "", count.level or ""))


def _as_fits(desk: Desk, counts: Sequence[PatternCount]) -> tuple[Evidence, ...]:
    """Return the evidence of as many of the first patterns as an answer has room for, one at least."""
    shown: list[Evidence] = []
    room = ANSWER
    for count in counts:
        evidence = pattern_evidence(desk, count)
        room -= sum(len(str(value)) + 1 for value in evidence.rows[0])
        if room < 0 and shown:
            break
        shown.append(evidence)
    return tuple(shown)


def change_of(count: PatternCount, share: float) -> Change:
    """Return how a pattern's count differs from what the baseline's rate gives; `seen` without a baseline.

    share: the length of the window over that of the baselines.
    """
    if not share:
        return "seen"
    nats = surprise(count.window, expected_count(count.baseline, share))
    if nats >= _SURPRISE or (not count.baseline and count.window and _seriousness(count) >= 0.9):
        return "surged" if count.baseline else "new"
    if nats <= -_SURPRISE:
        return "dropped" if count.window else "gone"
    return "steady"


def _wanted(change: Change, asked_for: str) -> bool:
    return asked_for == "any" or change in (asked_for, "seen") or (asked_for == "changed" and change != "steady")


def _telling(count: PatternCount, share: float) -> float:
    """Order what rises before what falls, errors before the rest."""
    nats = surprise(count.window, expected_count(count.baseline, share)) if share else float(count.window)
    return (nats if nats > 0 else -0.1 * nats) * _seriousness(count)


def _seriousness(count: PatternCount) -> float:
    return _SERIOUS.get(count.level or "", _LEAST_SERIOUS)


def pattern_evidence(desk: Desk, count: PatternCount) -> Evidence:
    """Return the evidence of a pattern: its counts, the first and last line's time, and one line of it."""
    telemetry, table = desk.telemetry, count.table
    inside = telemetry.in_window(table.moment)
    normal = sql_within(table.moment, telemetry.derived(line_baselines))
    lines = membership(telemetry, count)
    expected = f"{table.lines('normal')} * {telemetry.derived(line_share)!r}::DOUBLE"
    sql = f"""SELECT $id AS pattern_id, $service AS service, $level AS level, $pattern AS pattern,
            {table.lines("inside")} AS window, {table.lines("normal")} AS baseline, {expected} AS expected,
            min(time) FILTER (inside) AS first_seen, max(time) FILTER (inside) AS last_seen,
            substr(coalesce(min(line) FILTER (inside), min(line) FILTER (normal)), 1, {CELL}) AS a_line
        FROM (SELECT *, {table.time} AS time, {table.sample} AS line, {inside} AS inside, {normal} AS normal
            FROM {table.rows} WHERE {lines.sql})"""
    shown: dict[str, Value] = {"id": count.id, "pattern": cut_pattern(count.pattern, CELL)}
    return asked(desk, table.name, sql, {**lines.parameters, **shown})


def _nothing(desk: Desk) -> Found:
    """Return that no pattern fits, with the evidence of how many lines there are."""
    evidence = []
    patterns = desk.telemetry.derived(count_patterns)
    for table in {count.table.name: count.table for count in patterns.patterns}.values():
        moment = table.moment
        inside, normal = desk.telemetry.in_window(moment), sql_within(moment, desk.telemetry.derived(line_baselines))
        sql = f"SELECT {table.lines(inside)} AS lines_in_window, {table.lines(normal)} AS lines_in_baseline"
        evidence.append(asked(desk, table.name, f"{sql} FROM {table.rows}"))
    note = Statement("tools.note.no_pattern", {"n": len(patterns.patterns)})
    return Found(tuple(evidence), 0, (note,))


tool = LogPatterns()
