"""Settings that all AWS sources share: where to look, as whom, for how long and for how much."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

RoleArn = Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/[A-Za-z0-9_+=,.@/-]+$")]
Region = Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]


class Place(NamedTuple):
    """Where something is; empty: anywhere that is looked at."""

    account: str = ""
    region: str = ""


class SourceSettings(BaseModel):
    """What every section of fa2.toml for a source is built on; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = True

    def wanted(self, others: Mapping[str, SourceSettings]) -> bool:
        """Tell whether the source is to be asked, given the settings of those that could be asked besides, by name."""
        return self.enabled

    @property
    def place(self) -> Place:
        """Where what the source asks is, whichever regions are looked at besides; it is asked there, and once."""
        return Place()


class Role(BaseModel):
    """A role to look through, perhaps in another account."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    arn: RoleArn
    external_id: str = ""
    regions: list[Region] = Field(default_factory=list)
    """Empty: those of [aws]."""


class AwsSettings(BaseModel):
    """The section [aws]."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: str = ""
    """Empty: what boto3 finds by itself."""
    regions: list[Region] = Field(default_factory=list)
    """Empty: the region of the environment or the profile."""
    roles: list[Role] = Field(default_factory=list)
    """Roles to take on; empty: the credentials as they are."""
    endpoint_url: str = ""
    """Another address for all services; empty: AWS's own, or AWS_ENDPOINT_URL."""


class Limits(BaseModel):
    """The section [limits]."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    deadline_s: Annotated[float, Field(gt=0, le=900)] = 90
    """Collecting ends then, with what is there."""
    max_usd: Annotated[float, Field(ge=0)] = 1.0
    """What the queries of one investigation may cost together, as estimated before they start."""
    max_gib: Annotated[float, Field(gt=0)] = 200
    """What they may scan together."""


class Prices(BaseModel):
    """The section [prices]: list prices of us-east-1 in dollars, November 2026; other regions differ by up to half."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    logs_insights_gb: Annotated[float, Field(ge=0)] = 0.005
    athena_tb: Annotated[float, Field(ge=0)] = 5.0
    metrics_1000: Annotated[float, Field(ge=0)] = 0.01
    traces_million: Annotated[float, Field(ge=0)] = 0.50
    rerank_1000: Annotated[float, Field(ge=0)] = 1.0
