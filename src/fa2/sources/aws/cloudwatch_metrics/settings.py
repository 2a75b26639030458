"""What the section [cloudwatch_metrics] of fa2.toml may hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from fa2.sources.aws.settings import SourceSettings

Namespace = Annotated[str, Field(pattern=r"^[A-Za-z0-9._/#: -]{1,255}$")]
MetricName = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f]+$")]
Statistic = Annotated[
    str, Field(pattern=r"^(Average|Sum|Minimum|Maximum|SampleCount|IQM|(p|tm|wm|tc|ts|pr)\d{1,2}(\.\d{1,10})?)$")
]


class WantedMetric(BaseModel):
    """A metric that is always asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    namespace: Namespace
    name: MetricName
    dimensions: Annotated[dict[str, str], Field(max_length=30)] = Field(default_factory=dict)
    """All metrics of the name that have these; where none is listed, the metric with exactly these."""
    stats: list[Statistic] = Field(default_factory=list)
    """Empty: chosen by the metric's name."""


class CloudWatchMetricsSettings(SourceSettings):
    """The section [cloudwatch_metrics]."""

    namespaces: list[Namespace] = Field(default_factory=list)
    """Empty: all, custom ones too."""
    namespaces_not: list[Namespace] = Field(default_factory=list)
    metrics: list[WantedMetric] = Field(default_factory=list)
    max_metrics: Annotated[int, Field(ge=1, le=10_000)] = 500
    """Series, a metric with a statistic each, of one investigation. The alarm's own come on top."""
