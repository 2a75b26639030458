"""findings: what Security Hub and GuardDuty reported, from a day before the incident to its end."""

from __future__ import annotations

from dataclasses import dataclass

from fa2.core.messages import Value
from fa2.investigator.asking.arguments import OptionalText, rows
from fa2.investigator.asking.bundle import Listing, cut, found, need
from fa2.investigator.asking.times import DAY_BEFORE, INCIDENT, times
from fa2.investigator.desk import Arguments, Desk, Found

_ROWS = 10


class FindingsArguments(Arguments):
    """What findings takes."""

    service: OptionalText = None
    search: OptionalText = None
    least_severity: float = 0.0
    window: str = INCIDENT
    limit: int = _ROWS


@dataclass(frozen=True)
class Findings:
    """The tool."""

    name: str = "findings"
    arguments: type[Arguments] = FindingsArguments
    tables: tuple[str, ...] = ("findings",)

    def __call__(self, desk: Desk, arguments: FindingsArguments, /) -> Found:
        """Return the findings that fit, the most severe first."""
        need(desk, *self.tables)
        where = times(desk.telemetry, arguments.window, lookback=DAY_BEFORE)
        within, parameters = where.within("timestamp"), dict[str, Value]()
        conditions = [within]
        if arguments.service:
            conditions.append("contains(lower(concat_ws(' ', service, resource_id)), lower($service))")
            parameters["service"] = arguments.service
        if arguments.search:
            conditions.append(
                "contains(lower(concat_ws(' ', title, resource_type, resource_id, detail)), lower($search))"
            )
            parameters["search"] = arguments.search
        if arguments.least_severity > 0:
            conditions.append("isfinite(severity) AND severity >= $least_severity")
            parameters["least_severity"] = min(arguments.least_severity, 1e6)
        sql = f"""SELECT DISTINCT timestamp, origin, {cut("id", "id", 160)}, {cut("title", "title")},
                CASE WHEN isfinite(severity) THEN severity END AS severity, severity_label, status,
                {cut("resource_type", "resource_type", 80)}, {cut("resource_id", "resource_id")}, {cut("service", "service", 80)},
                {cut("detail", "detail")}
            FROM findings WHERE {" AND ".join(conditions)}"""
        order = "severity DESC NULLS LAST, timestamp DESC, origin, id, title, resource_id, status, detail"
        listing = Listing("findings", sql, order, rows(arguments.limit), parameters)
        return found(desk, listing, where, f"SELECT 1 FROM findings WHERE {within}")


tool = Findings()
