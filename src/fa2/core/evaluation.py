"""The record of an evaluation, fa2.eval/1: what was true, what each investigation said, and the figures of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from fa2.core.incident import Model, UtcTime
from fa2.core.messages import Language
from fa2.core.report import Said, Verdict

Arm = Literal["rules", "single", "agent"]
"""rules: without a model; single: the model sees the report and answers once; agent: it has tools."""
ARMS: tuple[Arm, ...] = ("rules", "single", "agent")


class Truth(Model):
    """What was the case, as a person says."""

    verdict: Literal["incident", "no_incident"]
    service: str | None = None
    """The cause, as services are called in the bundle; needed where there was an incident."""
    also: list[str] = Field(default_factory=list)
    """Other names that are as right, such as the resource behind the service."""
    kind: str = ""
    """What to group by, in the user's own words."""
    metric: str = ""
    """The same; used where there is no `kind`."""

    @model_validator(mode="after")
    def _names_a_cause(self) -> Truth:
        if self.verdict == "incident" and not self.service:
            raise ValueError("an incident needs a service")
        return self

    @property
    def right(self) -> frozenset[str]:
        """The names that are right."""
        return frozenset((self.service, *self.also)) - {None} if self.service else frozenset()

    @property
    def group(self) -> str:
        """What the case is counted under beside all."""
        return self.kind or self.metric


class CaseOutcome(Model):
    """One investigation of one case, against what was true."""

    case: str
    arm: Arm
    repeat: int
    """From 1."""
    truth: Truth
    verdict: Verdict | None = None
    """Null where there is no report."""
    rank: int | None = None
    """Place of the cause among the suspects that count, ties against us; null where it is not among them."""
    ranked_by: Literal["rules", "model"] = "rules"
    """Whose suspects count: the model's where it named any."""
    rules_rank: int | None = None
    """The place by the rules, in the same report."""
    differs: bool | None = None
    """Whether the model's first suspect is another than the rules'; null where either has none."""
    ending: Literal["complete", "partial", "nothing"] | None = None
    """How the model's part ended; null without a model."""
    kept: int = 0
    """Claims of the model's that stand."""
    struck: int = 0
    """Claims of the model's that were struck."""
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float | None = None
    seconds: float = 0.0
    run: str | None = None
    """Id of the record of the model at work, for `fa2 show`."""
    error: Said | None = None
    """Why there is no report."""

    @property
    def key(self) -> tuple[str, Arm, int]:
        """What tells it from the others of an evaluation."""
        return self.case, self.arm, self.repeat


class Estimate(Model):
    """A share or a mean with its interval of 95 %."""

    value: float
    low: float | None = None
    """Null where the cases are too few, or too much alike, to say."""
    high: float | None = None
    cases: int
    """How many cases it rests on; repeats of a case are one."""


class Disagreement(Model):
    """Investigations of incidents in which the model's first suspect is another than the rules'."""

    times: int
    of: int
    model_right: int
    rules_right: int
    both_right: int = 0
    """By two names that are both right."""

    @property
    def neither_right(self) -> int:
        """How often both named another than the cause."""
        return self.times - self.model_right - self.rules_right - self.both_right


class ArmFigures(Model):
    """The figures of one arm. Null where there is nothing to count."""

    arm: Arm
    incidents: int
    """Cases with an incident."""
    quiet: int
    """Cases without."""
    investigations: int
    errors: int
    """Investigations without a report; they count as wrong."""
    top1: Estimate | None = None
    top3: Estimate | None = None
    named: Estimate | None = None
    """Share of incidents that were called so."""
    quiet_right: Estimate | None = None
    """Share of quiet cases that were called no incident."""
    quiet_open: Estimate | None = None
    """Share of quiet cases that were called inconclusive."""
    invented: Estimate | None = None
    """Share of quiet cases in which the model named a suspect all the same."""
    grounded: Estimate | None = None
    """Share of the model's claims that stand, the mean of cases."""
    without_claims: int = 0
    """Investigations in which no claim of the model's stands, so that the rules' report went out."""
    disagreement: Disagreement | None = None
    gain: Estimate | None = None
    """Top-1 less that of the rules on the same cases."""
    tokens: Estimate | None = None
    """Sent and received, per investigation."""
    usd: Estimate | None = None
    """Dollars per investigation, where they are known."""
    seconds: Estimate | None = None
    """Per investigation, collecting and analysing included."""
    usd_total: float | None = None


class GroupFigures(Model):
    """Top-1 of one group of incidents in each arm."""

    group: str
    cases: int
    top1: dict[Arm, float]


class Evaluation(Model):
    """All of it."""

    format: Literal["fa2.eval/1"] = "fa2.eval/1"
    version: str
    """The version of fa2."""
    folder: str
    """As it was named."""
    models: list[str] = Field(default_factory=list)
    """PROVIDER:NAME; empty for rules alone."""
    language: Language = "en"
    repeats: int = 1
    seed: int = 0
    started: UtcTime
    planned: int = 0
    """Investigations that were to be made."""
    stopped: Said | None = None
    """Why some were not made; null where all were."""
    outcomes: list[CaseOutcome] = Field(default_factory=list)
    figures: list[ArmFigures] = Field(default_factory=list)
    groups: list[GroupFigures] = Field(default_factory=list)
