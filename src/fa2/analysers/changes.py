"""Changes: who changed what before and during the incident, and how unusual that was for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from fa2.analysers import mechanism_rules
from fa2.analysers.known_services import known_services, service_in
from fa2.core.evidence import Cell, Query
from fa2.core.messages import Statement, Value
from fa2.core.observations import Observation
from fa2.core.telemetry import Telemetry
from fa2.core.windows import TimeWindow, optional_time, sql_within

LOOKBACK = timedelta(hours=24)
"""How long before the window a change may have been made to be looked at."""
MAX_REPORTED = 30
_LAG_US = 20 * 60 * 1e6
"""The time before the window after which a change is told only half as gladly."""
_RECORDED_WITHIN = "INTERVAL 15 MINUTE"
"""How long after a change AWS Config may write down what the resource is like now."""
_FIELDS = 3
"""How many changed fields a statement names."""
_PATH = """'$."' || replace(field, '"', '') || '"'"""
_FIELD = (
    f"field || ' ' || coalesce(json_extract_string(before, {_PATH}), '–') || ' → ' "
    f"|| coalesce(json_extract_string(after, {_PATH}), '–')"
)
"""How a changed field is shown: its name, what it was, what it is."""
_MACHINES = ("amazonaws.com", "AWSServiceRole", "autoscaling", "AWS Internal")


def changes(telemetry: Telemetry) -> Iterable[Observation]:
    """Yield the changes from LOOKBACK before the window to its end, the latest first.

    Of many, the MAX_REPORTED are yielded that could most likely be a cause: strong, and not long before the
    window. Strength is how unusual the action is for its actor, times how far such an action can break things;
    ranking weighs it with the lag to the onset and the closeness to the suspects. What failed or only
    read changed nothing and has no strength. What AWS Config recorded of a change that somebody is known to have
    made is told with that change: who, and what was different afterwards.
    """
    if not telemetry.has("changes"):
        return
    services = telemetry.derived(known_services)
    for key in _told(telemetry):
        yield _observation(telemetry, key, services)


def _told(telemetry: Telemetry) -> list[dict[str, Value]]:
    """Return what tells each change to be told from the others, the latest first."""
    looked = sql_within("timestamp", [TimeWindow(telemetry.window.start - LOOKBACK, telemetry.window.end)])
    rows = telemetry.rows(
        f"""WITH counted AS (
            SELECT *, epoch_us(timestamp) AS us, count(*) OVER (PARTITION BY actor, action ORDER BY epoch_us(timestamp)
                RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS done FROM changes)
        SELECT us, origin, actor, action, resource_id, min(error_code), min(done) FROM counted
        WHERE {looked} AND NOT (origin = 'config' AND EXISTS (
            SELECT 1 FROM changes AS made WHERE made.origin <> 'config' AND made.resource_id = counted.resource_id
            AND made.error_code IS NULL
            AND counted.timestamp BETWEEN made.timestamp AND made.timestamp + {_RECORDED_WITHIN}))
        GROUP BY ALL ORDER BY us DESC, origin, actor, action, resource_id"""
    )
    start = telemetry.window.start.timestamp() * 1e6

    def likelihood(row: tuple[Any, ...]) -> float:
        at, _, actor, action, _, error_code, done = row
        lag_us = max(start - float(at), 0.0)
        return _strength(actor, action, error_code, done) / (1 + lag_us / _LAG_US)

    likely = set(sorted(range(len(rows)), key=lambda place: -likelihood(rows[place]))[:MAX_REPORTED])
    names = ("at", "origin", "actor", "action", "resource")
    return [dict(zip(names, row[:5], strict=True)) for place, row in enumerate(rows) if place in likely]


def _observation(telemetry: Telemetry, key: dict[str, Value], services: tuple[str, ...]) -> Observation:
    asked = telemetry.ask(
        Query(
            "changes",
            f"""WITH this AS (
                SELECT * FROM changes WHERE epoch_us(timestamp) = $at AND origin = $origin AND action = $action
                AND actor IS NOT DISTINCT FROM $actor AND resource_id IS NOT DISTINCT FROM $resource),
            recorded AS (
                SELECT changes.before, changes.after FROM changes, (SELECT min(timestamp) AS since FROM this)
                WHERE origin = 'config' AND resource_id = $resource
                AND timestamp BETWEEN since AND since + {_RECORDED_WITHIN} ORDER BY timestamp LIMIT 1),
            fields AS (SELECT before, after, unnest(json_keys(after)) AS field FROM recorded
                WHERE json_valid(before) AND json_valid(after) AND json_type(after) = 'OBJECT' LIMIT {_FIELDS})
            SELECT min(timestamp) AS time, min(resource_type) AS resource_type, min(service) AS service,
                min(error_code) AS error_code, min(before) AS before, min(after) AS after,
                (SELECT count(*) FROM changes WHERE actor IS NOT DISTINCT FROM $actor AND action = $action
                 AND epoch_us(timestamp) < $at) AS done_before,
                (SELECT count(*) FROM changes WHERE actor IS NOT DISTINCT FROM $actor
                 AND epoch_us(timestamp) < $at) AS actor_before,
                (SELECT string_agg({_FIELD}, ', ') FROM fields) AS changed
            FROM this""",
            key,
        )
    )
    values = dict(zip(asked.columns, asked.rows[0], strict=True))
    strength = _strength(key["actor"], str(key["action"]), values["error_code"], int(values["done_before"] or 0))
    told = {
        "actor": key["actor"], "action": key["action"], "resource": key["resource"], "origin": key["origin"],
        "before": _short(values["before"]), "after": _short(values["after"]),
        **{name: values[name] for name in ("time", "error_code", "done_before")},
    }  # fmt: skip
    if values["changed"]:
        told["changed"] = _short(values["changed"])
    return Observation(
        kind="change",
        statement=Statement(f"observations.change.{_key(key, values)}", told),
        evidence=(asked,),
        cells={name: Cell(asked.id, 0, name) for name in ("time", "done_before")},
        service=_service(key, values, services),
        resource=_text(key["resource"]),
        strength=strength,
        role="context",
        onset=optional_time(values["time"]),
        mechanisms=mechanism_rules.of_change(str(key["action"])) if strength else {},
    )


def _key(key: dict[str, Value], values: dict[str, Value]) -> str:
    """Return which message tells it: refused; made by somebody or only recorded; with what was different, or without."""
    if values["error_code"] is not None:
        return "failed"
    return ("made" if key["actor"] else "recorded") + ("_as" if values["changed"] else "")


def _strength(actor: Value, action: str, error_code: Value, done_before: int) -> float:
    """Return how unusual an action is for its actor times how far it can break things; 0 for what changed nothing."""
    if error_code is not None or mechanism_rules.only_reads(action):
        return 0.0
    return _unusual(actor, done_before) * (0.4 + 0.6 * max(mechanism_rules.of_change(action).values(), default=0.2))


def _unusual(actor: Value, done_before: int) -> float:
    """Return 1 for what this actor never did before, less for a routine, least for AWS's own services."""
    if any(machine in str(actor or "") for machine in _MACHINES):
        return 0.25
    return 1.0 / (1.0 + 0.5 * done_before)


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
