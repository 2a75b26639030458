"""Reports for tests of the past: small, with a suspect, patterns and metrics, at a day of their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fa2.core.past import Feedback, KeptReport
from fa2.core.report import Report

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def report(
    day: int = 1,
    service: str | None = "payments",
    *,
    mechanism: str | None = "throttling",
    patterns: tuple[tuple[str, str], ...] = (("ERROR", "rate exceeded for <*> after <*> attempts"),),
    **more: Any,
) -> Report:
    """Return a report on a day of November 2026: its suspect, and the new patterns (level, text) of its suspect."""
    start = datetime(2026, 11, day, 3, tzinfo=UTC)
    rows = [_row(number, service, level, text) for number, (level, text) in enumerate(patterns)]
    suspect = {"service": service, "mechanism": mechanism, "score": 0.9, "evidence": ["E1"], "claims": ["C1"]}
    made: dict[str, Any] = {
        "version": "1",
        "language": "en",
        "incident": f"web-errors-{day}",
        "title": f"web errors on day {day}",
        "question": "",
        "input": "bundle",
        "window": _span(start, 10),
        "baseline": [],
        "verdict": "incident" if service else "no_incident",
        "headline": {"key": "narration.headline.unknown"},
        "severity": {"level": "high", "reasons": []},
        "confidence": {"level": "high", "reasons": []},
        "suspects": [suspect] if service else [],
        "claims": [],
        "evidence": [],
        "timeline": [],
        "security": {"answer": "no", "reason": {"key": "ranking.security.none"}},
        "actions": [],
        "patterns": rows,
        "chart_range": _span(start, 60),
        "charts": [],
        "service_map": {},
        "coverage": [],
    }
    return Report.model_validate(made | more)


def metric_claim(number: int, service: str, name: str, way: str = "rose") -> dict[str, Any]:
    """Return a claim that a metric moved."""
    values = {"service": service, "name": name, "stat": "Average"}
    key = f"observations.metric_shift.{way}"
    return {
        "id": f"C{number}",
        "key": key,
        "values": values,
        "section": "metric",
        "service": service,
        "evidence": ["E1"],
    }


def kept(made: Report, *feedback: Feedback) -> KeptReport:
    """Return a report as a store has it."""
    from fa2.core.fingerprints import fingerprint
    from fa2.core.past import report_id

    return KeptReport(
        report_id(made), made.title, made.window, NOW, made.verdict, fingerprint(made), feedback=tuple(feedback)
    )


def said(verdict: str, cause: str = "", service: str | None = "payments", mechanism: str | None = "throttling") -> Any:
    """Return what a person said of the cause payments – throttling."""
    return Feedback(verdict=verdict, cause=cause, by="aoi", at=NOW, service=service, mechanism=mechanism)  # type: ignore[arg-type]


def _span(start: datetime, minutes: int) -> dict[str, str]:
    return {"start": start.isoformat(), "end": (start + timedelta(minutes=minutes)).isoformat()}


def _row(number: int, service: str | None, level: str, text: str) -> dict[str, Any]:
    return {
        "id": f"P{number}",
        "pattern": text,
        "service": service,
        "level": level,
        "change": "new",
        "window_count": 40,
        "baseline_count": 0,
        "expected_count": 0.0,
        "first_seen": None,
        "histogram": [],
        "claim": "C1",
    }
