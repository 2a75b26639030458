"""A language model put to work: settings to models, tools and limits, and an investigation after the rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, cast

from fa2.analysers import mechanism_rules
from fa2.core.deadlines import Deadline
from fa2.core.errors import UnusableInput
from fa2.core.language_model import Answer, Hearer, Question
from fa2.core.messages import Statement
from fa2.core.model_run import Mode, ModelRun
from fa2.core.report import Report
from fa2.core.telemetry import Telemetry
from fa2.investigator.agent import Models
from fa2.investigator.desk import Desk, Further, Tool
from fa2.investigator.limits import Limits
from fa2.models.choosing import ModelChoice, checked, parse_choice
from fa2.models.opening import BedrockAccess, open_model
from fa2.narrators.claims import evidence_record
from fa2.wiring.investigations import place_of

if TYPE_CHECKING:
    from fa2.config.sections import Configuration
    from fa2.investigator.investigating import Setting
    from fa2.redaction.aliases import Hidden


@dataclass(frozen=True)
class ModelRequest:
    """Which models investigate, how, and within which limits."""

    quality: ModelChoice
    fast: ModelChoice
    mode: Mode = "agent"
    limits: Limits = field(default_factory=Limits)


def model_request(
    configuration: Configuration,
    *,
    model: str | None = None,
    fast: str | None = None,
    base_url: str | None = None,
    mode: Mode | None = None,
) -> ModelRequest | None:
    """Return what settings and flags ask for; null where they name no model.

    model, fast: PROVIDER:NAME; a flag's model takes nothing from the settings' one but limits.
    Raises UnusableInput for what names no model, and for flags about one where none is named.
    """
    settings = configuration.model
    address = base_url if base_url is not None else "" if model else settings.base_url
    quality = parse_choice(model, base_url=address, region=settings.region) if model else _configured(configuration)
    if quality is None:
        if fast or base_url:
            raise UnusableInput("errors.model.unnamed")
        return None
    quick = quality
    if fast:
        quick = parse_choice(fast, base_url=address, region=settings.region)
    elif not model and settings.fast_name:
        quick = checked(replace(quality, name=settings.fast_name))
    return ModelRequest(
        replace(quality, base_url=address),
        replace(quick, base_url=address),
        mode or settings.mode,
        Limits(
            cycles=settings.max_cycles,
            tokens=settings.max_tokens,
            usd=settings.max_usd,
            seconds=settings.max_seconds,
            output_tokens=settings.max_output_tokens,
        ),
    )


def _configured(configuration: Configuration) -> ModelChoice | None:
    settings = configuration.model
    if not settings.provider:
        return None
    return checked(
        ModelChoice(
            settings.provider,
            settings.name,
            settings.base_url,
            settings.region,
            settings.usd_per_million_input,
            settings.usd_per_million_output,
        )
    )


def open_models(request: ModelRequest, bedrock: BedrockAccess) -> Models:
    """Return the models, ready to be asked; nothing is sent. Raises UnusableInput with the remedy."""
    quality = open_model(request.quality, bedrock=bedrock)
    return Models(quality, quality if request.fast == request.quality else open_model(request.fast, bedrock=bedrock))


@dataclass(frozen=True)
class Investigator:
    """Lets models investigate after the rules; stands for `further` in the pipeline's stages."""

    models: Models
    mode: Mode
    limits: Limits
    named: str
    """The bundle as the user named it."""
    clock: Callable[[], datetime]
    heard: Callable[[Statement], None] = lambda _: None
    keep: Callable[[ModelRun], None] = lambda _: None
    """Takes the record of the run."""
    further: Callable[[Telemetry], Further] | None = None
    """Asks AWS for more, where it is at hand; see wiring.further."""

    def __call__(self, telemetry: Telemetry, report: Report) -> Report:
        """Return the report with the model's part."""
        from fa2.investigator.investigating import Investigation

        investigated, run = Investigation(self._desk(telemetry, report), report, self.setting(telemetry)).run()
        self.keep(run)
        return investigated

    def _desk(self, telemetry: Telemetry, report: Report) -> Desk:
        return Desk(telemetry, report.language, self.further(telemetry) if self.further else None)

    def setting(self, telemetry: Telemetry) -> Setting:
        """Return what an investigation is made with."""
        from fa2.investigator.investigating import Setting

        return Setting(
            models=self.models,
            tools=model_tools(),
            record=lambda evidence: evidence_record(evidence, telemetry.incident, place_of(Path(self.named))),
            mechanisms=frozenset(mechanism_rules.names()),
            limits=self.limits,
            mode=self.mode,
            clock=self.clock,
            heard=self.heard,
        )


def model_tools() -> dict[str, Tool]:
    """Return the registered tools by name."""
    return {point.name: cast(Tool, point.load()) for point in entry_points(group="fa2.model_tools")}


@dataclass
class Preview:
    """Stands where a model would investigate, and keeps what would be sent to it first. Sends nothing."""

    request: ModelRequest | None
    mode: Mode
    named: str
    sent: Question = field(default_factory=lambda: Question("", ()))
    aliases: list[Hidden] = field(default_factory=list)

    def __call__(self, telemetry: Telemetry, report: Report) -> Report:
        """Return the report as it is."""
        from fa2.investigator.investigating import Investigation

        limits = self.request.limits if self.request else Limits()
        nobody = Unasked(str(self.request.quality) if self.request else "–")
        setting = Investigator(Models(nobody, nobody), self.mode, limits, self.named, clock=_never).setting(telemetry)
        made = Investigation(Desk(telemetry, report.language), report, setting)
        self.sent, self.aliases = made.first_question(), made.aliases.listing()
        return report


class Unasked:
    """A model of a preview."""

    usd_per_token: tuple[float, float] | None = None

    def __init__(self, name: str) -> None:
        self.name = name

    def ask(self, question: Question, deadline: Deadline, hearer: Hearer | None = None, /) -> Answer:
        """Raise AssertionError: a preview asks nobody."""
        raise AssertionError("a preview asks no model")


def _never() -> datetime:
    return datetime.fromtimestamp(0, UTC)
