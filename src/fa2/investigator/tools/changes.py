"""changes: who changed what, from a day before the incident to its end."""

from __future__ import annotations

from dataclasses import dataclass

from fa2.core.messages import Value
from fa2.investigator.asking.arguments import OptionalText, rows
from fa2.investigator.asking.bundle import Listing, cut, found, need
from fa2.investigator.asking.times import DAY_BEFORE, INCIDENT, times
from fa2.investigator.desk import Arguments, Desk, Found

_ROWS = 12
_FILTERS = {
    "service": "concat_ws(' ', service, resource_id)",
    "resource": "concat_ws(' ', resource_type, resource_id)",
    "actor": "actor",
    "action": "action",
}


class ChangesArguments(Arguments):
    """What changes takes."""

    service: OptionalText = None
    resource: OptionalText = None
    actor: OptionalText = None
    action: OptionalText = None
    window: str = INCIDENT
    limit: int = _ROWS


@dataclass(frozen=True)
class Changes:
    """The tool."""

    name: str = "changes"
    arguments: type[Arguments] = ChangesArguments
    tables: tuple[str, ...] = ("changes",)

    def __call__(self, desk: Desk, arguments: ChangesArguments, /) -> Found:
        """Return the changes that fit, the latest first."""
        need(desk, *self.tables)
        where = times(desk.telemetry, arguments.window, lookback=DAY_BEFORE)
        parameters: dict[str, Value] = {n: text for n in _FILTERS if (text := getattr(arguments, n))}
        conditions = [f"contains(lower({_FILTERS[name]}), lower(${name}))" for name in parameters]
        within = where.within("timestamp")
        sql = f"""SELECT DISTINCT timestamp, origin, {cut("actor", "actor", 120)}, {cut("action", "action", 120)},
                {cut("resource_type", "resource_type", 80)}, {cut("resource_id", "resource_id")}, {cut("service", "service", 80)},
                {cut("error_code", "error_code", 80)}, {cut("before", "before")}, {cut("after", "after")}, {cut("detail", "detail")}
            FROM changes WHERE {" AND ".join([within, *conditions])}"""
        order = "timestamp DESC, origin, actor, action, resource_id, resource_type, service, error_code, before, after, detail"
        listing = Listing("changes", sql, order, rows(arguments.limit), parameters)
        return found(desk, listing, where, f"SELECT 1 FROM changes WHERE {within}")


tool = Changes()
