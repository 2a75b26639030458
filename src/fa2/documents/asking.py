"""Queries for an incident: from what was asked, the alarm and the names of services."""

from __future__ import annotations

from collections.abc import Iterator

from fa2.core.incident import Incident
from fa2.documents.terms import Query, query

ASKED = 1.0
NAMED = 1.0
ALARMED = 0.7
"""Weights of a question's words, of services and of an alarm's text."""


def incident_query(incident: Incident) -> Query:
    """Return what is looked for before anything of the incident was analysed."""
    return query(incident_texts(incident))


def incident_texts(incident: Incident) -> Iterator[tuple[str, float]]:
    """Yield the texts that tell of an incident, each with the weight of its words."""
    yield incident.question, ASKED
    yield from ((service, NAMED) for service in incident.scope.services)
    alarm = incident.alarm
    if alarm:
        yield alarm.service or "", NAMED
        for text in (alarm.name, alarm.metric, alarm.reason and _words_only(alarm.reason)):
            yield text or "", ALARMED
        for value in alarm.dimensions.values():
            yield value, ALARMED


def _words_only(reason: str) -> str:
    """Return an alarm's reason without CloudWatch's sentence on data points, which every alarm has."""
    return "" if reason.lower().startswith("threshold crossed") else reason
