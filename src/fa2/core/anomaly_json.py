"""Anomalies as JSON and back: for the store, and for `fa2 anomalies --format json`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias, cast

from fa2.core.anomalies import Anomaly, AnomalyToken, Sample
from fa2.core.messages import Statement
from fa2.core.windows import iso

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
_TIMES = ("first_seen", "last_seen", "suppressed_at", "suppressed_until")
_PLAIN = (
    "id detector kind pattern_id pattern regex severity priority active token value observed expected deviation "
    "interval_s source state pattern_suppressed"
).split()


def anomaly_json(anomaly: Anomaly) -> dict[str, Json]:
    """Return an anomaly as JSON: times in ISO 8601, histogram by start of interval in seconds since 1970."""
    found: dict[str, Json] = {name: getattr(anomaly, name) for name in _PLAIN}
    found |= {name: _text(getattr(anomaly, name)) for name in _TIMES}
    found["description"] = {"key": anomaly.description.key, "values": dict(anomaly.description.values)}
    found["histogram"] = {str(start): n for start, n in anomaly.histogram.items()}
    found["samples"] = [{"time": _text(s.time), "line": s.line} for s in anomaly.samples]
    found["tokens"] = [
        {"position": t.position, "name": t.name, "values": [[value, n] for value, n in t.values]}
        for t in anomaly.tokens
    ]
    return found


def anomaly_of(data: Mapping[str, object]) -> Anomaly:
    """Read what `anomaly_json` returned."""
    values = cast("Mapping[str, Any]", data)
    plain: dict[str, Any] = {name: values[name] for name in _PLAIN}
    times: dict[str, Any] = {name: _time(values[name]) for name in _TIMES}
    return Anomaly(
        **plain,
        **times,
        description=Statement(values["description"]["key"], values["description"]["values"]),
        histogram={int(start): n for start, n in values["histogram"].items()},
        samples=tuple(Sample(_time(s["time"]), s["line"]) for s in values["samples"]),
        tokens=tuple(
            AnomalyToken(t["position"], t["name"], tuple((v, n) for v, n in t["values"])) for t in values["tokens"]
        ),
    )


def _text(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
