"""The record of an evaluation: summed up, written so that it can be gone on with, and read back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from fa2.core.errors import UnusableInput
from fa2.core.evaluation import CaseOutcome, Evaluation
from fa2.core.report import Said
from fa2.evaluation.figures import figures, groups


def summed_up(plan: Evaluation, outcomes: Sequence[CaseOutcome], stopped: Said | None = None) -> Evaluation:
    """Return the record with outcomes, in the order of case, arm and repeat, and the figures of them."""
    ordered = sorted(outcomes, key=lambda outcome: outcome.key)
    return plan.model_copy(
        update={
            "outcomes": ordered,
            "figures": figures(ordered, plan.seed),
            "groups": groups(ordered),
            "stopped": stopped,
        }
    )


def written(evaluation: Evaluation, path: Path) -> None:
    """Write the record; what stood there is whole until the new one is. Raises UnusableInput when it cannot be."""
    begun = path.with_name(f".{path.name}.part")
    try:
        begun.write_text(evaluation.model_dump_json(indent=1) + "\n", encoding="utf-8", newline="\n")
        begun.replace(path)
    except OSError as error:
        begun.unlink(missing_ok=True)
        raise UnusableInput("errors.output", path=str(path), problem=error.strerror or str(error)) from error


def read(path: Path, plan: Evaluation) -> list[CaseOutcome]:
    """Return the outcomes of an earlier record that may be counted with those of a plan.

    Raises UnusableInput when it cannot be read, or was made with other models, another language or another seed.
    """
    try:
        earlier = Evaluation.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        problem = error.strerror if isinstance(error, OSError) else str(error.errors(include_url=False)[0]["msg"])
        raise UnusableInput("evaluation.error.resume", path=str(path), problem=str(problem)[:200]) from error
    for name in ("models", "language", "seed", "version"):
        before, now = getattr(earlier, name), getattr(plan, name)
        if before != now and not (name == "models" and not before):
            raise UnusableInput(
                "evaluation.error.other", path=str(path), what=name, before=str(before)[:200], now=str(now)[:200]
            )
    return earlier.outcomes
