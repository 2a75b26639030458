"""The sections of fa2.toml that belong to no single source, and the whole file as one model."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model
from pydantic_settings import BaseSettings, SettingsConfigDict

from fa2.sources.aws.config.athena import ChangesSettings
from fa2.sources.aws.settings import AwsSettings, Limits, Prices, SourceSettings


def _zone(name: str) -> str:
    """Return the name of a time zone, or nothing. Raises ValueError for a name of none."""
    from zoneinfo import ZoneInfo

    try:
        if name:
            ZoneInfo(name)
    except (KeyError, OSError) as error:
        raise ValueError("no time zone") from error
    return name


class Section(BaseModel):
    """A section; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Workload(Section):
    """What fa2 looks after."""

    name: str = ""
    architecture: Annotated[str, Field(max_length=20_000)] = ""
    services: list[str] = Field(default_factory=list)


class Reporting(Section):
    """How reports are written."""

    language: Literal["", "en", "ja"] = ""
    time_zone: Annotated[str, AfterValidator(_zone)] = ""
    bundles: str = "~/.local/state/fa2/bundles"


class Windows(Section):
    """Which times are compared where nobody states them."""

    lead_min: Annotated[int, Field(ge=0, le=240)] = 10
    baseline_hours: Annotated[float, Field(gt=0, le=48)] = 2.0
    max_hours: Annotated[float, Field(gt=0, le=168)] = 12.0


class Documents(Section):
    """Runbooks and notes in a local folder."""

    folder: str = ""
    at_most: Annotated[int, Field(ge=1, le=50)] = 3


class Model(Section):
    """The language model; without a name none is used."""

    provider: Literal["", "bedrock", "anthropic", "openai"] = ""
    name: str = ""
    fast_name: str = ""
    base_url: str = ""
    region: Annotated[str, Field(pattern=r"^[a-z0-9-]*$")] = ""
    mode: Literal["agent", "single"] = "agent"
    max_cycles: Annotated[int, Field(ge=1, le=20)] = 5
    max_tokens: Annotated[int, Field(ge=1_000, le=10_000_000)] = 200_000
    max_usd: Annotated[float, Field(gt=0, le=1_000)] = 1.0
    max_seconds: Annotated[float, Field(gt=0, le=3_600)] = 240.0
    max_output_tokens: Annotated[int, Field(ge=256, le=64_000)] = 4_096
    usd_per_million_input: Annotated[float, Field(ge=0)] | None = None
    usd_per_million_output: Annotated[float, Field(ge=0)] | None = None


class Past(Section):
    """Finished reports, kept and recalled when an incident looks alike."""

    keep: bool = True
    folder: str = "~/.local/state/fa2/past"
    table: Annotated[str, Field(pattern=r"^([A-Za-z0-9_.-]{3,255})?$")] = ""
    bucket: Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$")] = ""
    days: Annotated[int, Field(ge=1, le=3_650)] = 400
    at_most: Annotated[int, Field(ge=0, le=10)] = 3


class Slack(Section):
    """The Slack app."""

    bot_token_secret: str = ""
    signing_secret_secret: str = ""
    alarm_app_ids: list[Annotated[str, Field(pattern=r"^[A-Z0-9]{6,20}$")]] = Field(default_factory=list)
    insight: bool = True
    findings_report: bool = True


_GENERAL: dict[str, type[BaseModel]] = {
    "workload": Workload,
    "report": Reporting,
    "windows": Windows,
    "aws": AwsSettings,
    "limits": Limits,
    "prices": Prices,
    "changes": ChangesSettings,
    "documents": Documents,
    "model": Model,
    "past": Past,
    "slack": Slack,
}


def sections() -> dict[str, type[BaseModel]]:
    """Return the sections by name: the general ones, then one for each registered AWS source, by name."""
    return {**_GENERAL, **dict(sorted(_of_sources().items()))}


def _of_sources() -> dict[str, type[SourceSettings]]:
    points = entry_points(group="fa2.aws_sources")
    return {point.name: cast("type[SourceSettings]", point.load().settings) for point in points}


class Configuration(BaseSettings):
    """All of fa2.toml: a field for each section. `configuration_type` adds those of the registered sources."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix="FA2_", env_nested_delimiter="__")

    workload: Workload = Field(default_factory=Workload)
    report: Reporting = Field(default_factory=Reporting)
    windows: Windows = Field(default_factory=Windows)
    aws: AwsSettings = Field(default_factory=AwsSettings)
    limits: Limits = Field(default_factory=Limits)
    prices: Prices = Field(default_factory=Prices)
    changes: ChangesSettings = Field(default_factory=ChangesSettings)
    documents: Documents = Field(default_factory=Documents)
    model: Model = Field(default_factory=Model)
    past: Past = Field(default_factory=Past)
    slack: Slack = Field(default_factory=Slack)

    def of_source(self, name: str) -> SourceSettings:
        """Return the section of a source."""
        found: SourceSettings = getattr(self, name)
        return found


@cache
def configuration_type() -> type[Configuration]:
    """Return the model of fa2.toml with a section for each registered source."""
    extra: dict[str, Any] = {name: (model, Field(default_factory=model)) for name, model in _of_sources().items()}
    return create_model("Configuration", __base__=Configuration, **extra)
