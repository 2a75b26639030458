"""Evaluations put together: arms to investigators, and how much they may cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from fa2.core.bundle import Bundle
from fa2.core.errors import UnusableInput
from fa2.core.evaluation import Arm
from fa2.core.messages import Language
from fa2.core.model_run import ModelRun
from fa2.core.report import Report
from fa2.evaluation.running import Investigator
from fa2.evaluation.spending import Purse
from fa2.pipeline import investigate
from fa2.wiring.investigations import stages

if TYPE_CHECKING:
    from fa2.investigator.agent import Models
    from fa2.investigator.limits import Limits


@dataclass(frozen=True)
class ModelArms:
    """What the arms with a model need."""

    open: Callable[[], Models]
    """Gives models of its own to each investigation, so that those side by side share nothing."""
    limits: Limits
    clock: Callable[[], datetime]
    keep: Callable[[ModelRun], None]
    """Takes the records of what the models did."""


def investigator(language: Language, with_model: ModelArms | None = None) -> Investigator:
    """Return who investigates in each arm: with neither the past, where the answer may stand, nor AWS at hand."""

    def investigated(bundle: Bundle, arm: Arm, /) -> Report:
        named = str(bundle.folder)
        steps = stages()
        if arm != "rules" and with_model is not None:
            from fa2.wiring.model import Investigator as OfModel

            steps = replace(
                steps,
                further=OfModel(
                    with_model.open(), arm, with_model.limits, named, clock=with_model.clock, keep=with_model.keep
                ),
            )
        return investigate(bundle, steps, language=language, named=named, watch=lambda _: None)

    return investigated


def purse(models: Models, limits: Limits, usd: float | None, spent: float) -> Purse:
    """Return what all investigations together may spend. Raises UnusableInput for a bound without known prices."""
    known = models.quality.usd_per_token is not None and models.fast.usd_per_token is not None
    if usd is not None and not known:
        raise UnusableInput("evaluation.error.no_price", models=", ".join(models.names))
    return Purse(usd, most_each=limits.usd, spent=spent)
