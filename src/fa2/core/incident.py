"""The incident: what is asked, over which window, against which normal times (incident.json)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, ValidationError

from fa2.core.errors import BrokenBundle, UnusableInput
from fa2.core.messages import Language
from fa2.core.windows import TimeWindow, iso, without


def _utc(moment: datetime) -> datetime:
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("lies outside the years 1 to 9999") from error


UtcTime = Annotated[datetime, AfterValidator(_utc), PlainSerializer(iso, return_type=str)]
"""A time that is read with or without a zone (then UTC) and written in UTC with a Z."""


class Model(BaseModel):
    """What comes in from outside or is read back: frozen, unknown fields ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Span(Model):
    """A half-open window as JSON."""

    start: UtcTime
    end: UtcTime

    @property
    def window(self) -> TimeWindow:
        """The same as a TimeWindow. Raises UnusableInput when the start is not before the end."""
        return TimeWindow(self.start, self.end)

    @classmethod
    def of(cls, window: TimeWindow) -> Span:
        """Return the JSON form of a window."""
        return cls(start=window.start, end=window.end)


class AlarmMetric(Model):
    """A metric, or an expression over others, that an alarm is computed from."""

    id: str
    expression: str | None = None
    """Metric math over the ids of others; null for a metric."""
    label: str | None = None
    namespace: str | None = None
    metric: str | None = None
    dimensions: dict[str, str] = Field(default_factory=dict)
    stat: str | None = None
    unit: str | None = None
    period_s: int | None = None
    account: str | None = None
    """The account that holds the metric, where it is another one."""


class Alarm(Model):
    """The CloudWatch alarm that started it, as far as known."""

    name: str | None = None
    namespace: str | None = None
    metric: str | None = None
    stat: str | None = None
    threshold: float | None = None
    comparison: str | None = None
    dimensions: dict[str, str] = Field(default_factory=dict)
    service: str | None = None
    """The service, as in the tables, whose metric the alarm watches."""
    state: str | None = None
    reason: str | None = None
    timestamp: UtcTime | None = None
    account: str | None = None
    region: str | None = None
    period_s: int | None = None
    unit: str | None = None
    """What its metric is filtered by; null for any."""
    metrics: list[AlarmMetric] = Field(default_factory=list)
    """What an alarm on metric math is computed from; empty for an alarm on one metric."""
    children: list[str] = Field(default_factory=list)
    """Names of the alarms that put a composite alarm into ALARM, the first first; its metric is that one's."""


class Scope(Model):
    """Where to look; empty lists mean everywhere."""

    accounts: list[str] = Field(default_factory=list)
    regions: list[str] = Field(default_factory=list)
    services: list[str] = Field(default_factory=list)


class Incident(Model):
    """incident.json of a bundle."""

    format: Literal["fa2.bundle/1"]
    id: str
    title: str = ""
    question: str = ""
    language: Language | None = None
    alarm: Alarm | None = None
    window: Span
    baseline: list[Span] = Field(default_factory=list)
    """Normal times to compare with, as they were stated; may be empty. See `baselines`."""
    scope: Scope = Field(default_factory=Scope)
    architecture: str = ""
    """Plain text on the workload."""

    @property
    def baselines(self) -> list[TimeWindow]:
        """The normal times outside the window, in the order of time, each moment once."""
        return without((span.window for span in self.baseline), self.window.window)

    @classmethod
    def parse(cls, text: str | bytes) -> Incident:
        """Return the incident in a text of JSON.

        Raises BrokenBundle, naming the field, when a field is missing or wrong, or a window is empty.
        """
        try:
            incident = cls.model_validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise BrokenBundle(
                "errors.bundle.incident",
                field=".".join(str(part) for part in first["loc"]) or "JSON",
                problem=first["msg"],
            ) from error
        for field, span in (
            ("window", incident.window),
            *((f"baseline.{n}", s) for n, s in enumerate(incident.baseline)),
        ):
            try:
                _ = span.window
            except UnusableInput as error:
                raise BrokenBundle("errors.bundle.incident", field=field, problem=str(error).rstrip(".")) from error
        return incident
