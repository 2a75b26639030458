"""Security findings that overlap the incident in time, and whether they touch its services."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from fa2.analysers.known_services import known_services, service_in
from fa2.core.evidence import Cell, Query
from fa2.core.messages import Statement
from fa2.core.observations import Observation
from fa2.core.telemetry import Telemetry
from fa2.core.windows import TimeWindow, optional_time, sql_within

LOOKBACK = timedelta(hours=24)
"""How long before the window a finding may date from to be told."""
_MAX_REPORTED = 10


def findings(telemetry: Telemetry) -> Iterable[Observation]:
    """Yield findings from LOOKBACK before the window to its end, the most severe first.

    Strength is the severity as a share of 100; ranking decides whether they bear on the incident.
    """
    if not telemetry.has("findings"):
        return
    services = telemetry.derived(known_services)
    looked = sql_within("timestamp", [TimeWindow(telemetry.window.start - LOOKBACK, telemetry.window.end)])
    rows = telemetry.rows(
        f"""SELECT origin, id FROM findings WHERE {looked}
        GROUP BY origin, id ORDER BY max(severity) FILTER (isfinite(severity)) DESC NULLS LAST, origin, id LIMIT {_MAX_REPORTED}"""
    )
    for origin, id_ in rows:
        yield _observation(telemetry, origin, id_, services)


def _observation(telemetry: Telemetry, origin: str, id_: str, services: tuple[str, ...]) -> Observation:
    asked = telemetry.ask(
        Query(
            "findings",
            """SELECT max(timestamp) AS time, arg_max(title, timestamp) AS title, max(severity) FILTER (isfinite(severity)) AS severity,
                arg_max(severity_label, timestamp) AS label, arg_max(status, timestamp) AS status,
                arg_max(resource_type, timestamp) AS resource_type, arg_max(resource_id, timestamp) AS resource_id,
                arg_max(service, timestamp) AS service
            FROM findings WHERE origin = $origin AND id = $id""",
            {"origin": origin, "id": id_},
        )
    )
    values = dict(zip(asked.columns, asked.rows[0], strict=True))
    resource = None if values["resource_id"] is None else str(values["resource_id"])
    stated = None if values["service"] is None else str(values["service"])
    service = stated if stated in services else service_in(resource or "", services) or stated
    return Observation(
        kind="finding",
        statement=Statement(
            "observations.finding",
            {"origin": origin, **{n: values[n] for n in ("time", "title", "severity", "label", "resource_id")}},
        ),
        evidence=(asked,),
        cells={name: Cell(asked.id, 0, name) for name in ("time", "severity")},
        service=service,
        resource=resource,
        strength=min(max(float(values["severity"] or 0.0), 0.0), 100.0) / 100.0,
        role="context",
        onset=optional_time(values["time"]),
        mechanisms={"security": 1.0},
    )
