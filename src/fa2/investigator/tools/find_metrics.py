"""find_metrics: which metrics there are, and how far each moved from its normal."""

from __future__ import annotations

from dataclasses import dataclass

from fa2.core.messages import Value
from fa2.core.windows import sql_within
from fa2.investigator.asking.arguments import OptionalText, rows
from fa2.investigator.asking.bundle import Listing, cut, found, need
from fa2.investigator.asking.names import known_service
from fa2.investigator.asking.series import moved_sql
from fa2.investigator.asking.times import hull, times
from fa2.investigator.desk import Arguments, Desk, Found

_ROWS = 15


class FindMetricsArguments(Arguments):
    """What find_metrics takes."""

    search: OptionalText = None
    service: OptionalText = None
    limit: int = _ROWS


@dataclass(frozen=True)
class FindMetrics:
    """The tool."""

    name: str = "find_metrics"
    arguments: type[Arguments] = FindMetricsArguments
    tables: tuple[str, ...] = ("metrics",)

    def __call__(self, desk: Desk, arguments: FindMetricsArguments, /) -> Found:
        """Return series with their medians in window and baseline, those first that moved furthest."""
        need(desk, *self.tables)
        telemetry, parameters = desk.telemetry, dict[str, Value]()
        conditions = [sql_within("timestamp", [hull(telemetry)])]
        if arguments.service:
            conditions.append("service = $service")
            parameters["service"] = known_service(telemetry, arguments.service, "metrics")
        if arguments.search:
            conditions.append("contains(lower(concat_ws(' ', namespace, name, resource, dimensions)), lower($search))")
            parameters["search"] = arguments.search
        sql = f"""SELECT {cut("service", "service")}, {cut("resource", "resource")}, {cut("namespace", "namespace")},
                {cut("name", "name")}, {cut("dimensions", "dimensions", 160)}, stat, unit, period_s, points, median,
                usual_median, moved
            FROM ({moved_sql(telemetry, " AND ".join(conditions))})"""
        order = "abs(moved) DESC NULLS LAST, namespace, name, service, resource, dimensions, stat, unit, period_s, points, median"
        listing = Listing("metrics", sql, order, rows(arguments.limit), parameters)
        where = times(telemetry, None)
        return found(desk, listing, where, f"SELECT 1 FROM metrics WHERE {where.within('timestamp')}")


tool = FindMetrics()
