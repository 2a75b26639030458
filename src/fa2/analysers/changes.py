"""Changes: who changed what before and during the incident, and how unusual that was for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from fa2.analysers import mechanism_rules
from fa2.analysers.known_services import known_services, service_in
from fa2.core.evidence import Cell, Query
from fa2.core.messages import Statement, Value
from fa2.core.observations import Observation
from fa2.core.telemetry import Telemetry
from fa2.core.windows import TimeWindow, optional_time, sql_within

LOOKBACK = timedelta(hours=24)
"""How long before the window a change may have been made to be looked at."""
_MAX_REPORTED = 30
_MACHINES = ("amazonaws.com", "AWSServiceRole", "autoscaling", "AWS Internal")


def changes(telemetry: Telemetry) -> Iterable[Observation]:
    """Yield the changes from LOOKBACK before the window to its end, the latest first.

    Strength is how unusual the action is for its actor, times how far such an action can break things;
    ranking weighs it with the lag to the onset and the closeness to the suspects. What failed or only
    read changed nothing and has no strength.
    """
    if not telemetry.has("changes"):
        return
    services = telemetry.derived(known_services)
    looked = sql_within("timestamp", [TimeWindow(telemetry.window.start - LOOKBACK, telemetry.window.end)])
    rows = telemetry.rows(
        f"""SELECT DISTINCT epoch_us(timestamp), origin, actor, action, resource_id FROM changes
        WHERE {looked} ORDER BY 1 DESC, 2, 3, 4, 5 LIMIT {_MAX_REPORTED}"""
    )
    for at, origin, actor, action, resource in rows:
        key: dict[str, Value] = {
            "at": at, "origin": origin, "actor": actor, "action": action, "resource": resource,
        }  # fmt: skip
        yield _observation(telemetry, key, services)


def _observation(telemetry: Telemetry, key: dict[str, Value], services: tuple[str, ...]) -> Observation:
    asked = telemetry.ask(
        Query(
            "changes",
            """WITH this AS (
                SELECT * FROM changes WHERE epoch_us(timestamp) = $at AND origin = $origin AND action = $action
                AND actor IS NOT DISTINCT FROM $actor AND resource_id IS NOT DISTINCT FROM $resource)
            SELECT min(timestamp) AS time, min(resource_type) AS resource_type, min(service) AS service,
                min(error_code) AS error_code, min(before) AS before, min(after) AS after,
                (SELECT count(*) FROM changes WHERE actor IS NOT DISTINCT FROM $actor AND action = $action
                 AND epoch_us(timestamp) < $at) AS done_before,
                (SELECT count(*) FROM changes WHERE actor IS NOT DISTINCT FROM $actor
                 AND epoch_us(timestamp) < $at) AS actor_before
            FROM this""",
            key,
        )
    )
    values = dict(zip(asked.columns, asked.rows[0], strict=True))
    mechanisms = mechanism_rules.of_change(str(key["action"]))
    told = {
        "actor": key["actor"], "action": key["action"], "resource": key["resource"], "origin": key["origin"],
        "before": _short(values["before"]), "after": _short(values["after"]),
        **{name: values[name] for name in ("time", "error_code", "done_before")},
    }  # fmt: skip
    failed = values["error_code"] is not None
    harmless = failed or mechanism_rules.only_reads(str(key["action"]))
    return Observation(
        kind="change",
        statement=Statement(f"observations.change.{'failed' if failed else 'made'}", told),
        evidence=(asked,),
        cells={name: Cell(asked.id, 0, name) for name in ("time", "done_before")},
        service=_service(key, values, services),
        resource=_text(key["resource"]),
        strength=0.0 if harmless else _unusual(key, values) * (0.4 + 0.6 * max(mechanisms.values(), default=0.2)),
        role="context",
        onset=optional_time(values["time"]),
        mechanisms={} if harmless else mechanisms,
    )


def _unusual(key: dict[str, Value], values: dict[str, Value]) -> float:
    """Return 1 for what this actor never did before, less for a routine, least for AWS's own services."""
    if any(machine in str(key["actor"] or "") for machine in _MACHINES):
        return 0.25
    done = int(values["done_before"] or 0)
    return 1.0 / (1.0 + 0.5 * done)


def _service(key: dict[str, Value], values: dict[str, Value], services: tuple[str, ...]) -> str | None:
    stated = _text(values["service"])
    if stated in services:
        return stated
    for text in (key["resource"], values["after"]):
        if text and (named := service_in(str(text)[:4000], services)):
            return named
    return stated


def _text(value: Value) -> str | None:
    return None if value is None else str(value)


def _short(value: Value) -> Value:
    return value[:200] if isinstance(value, str) else value
