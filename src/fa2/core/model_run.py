"""The record of one investigation by a model, fa2.run/1: what was sent, what came back, what it cost.

It holds what left this machine, after redaction, and nothing that did not; it can be replayed in place of the model.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from fa2.core.errors import UnusableInput
from fa2.core.incident import Model, UtcTime
from fa2.core.language_model import Question
from fa2.core.messages import Language
from fa2.core.report import ModelUsage, Said

Mode = Literal["agent", "single"]


class RecordedCall(Model):
    """A tool call of the model's, and what came of it."""

    id: str
    name: str
    arguments: str
    outcome: Literal["answered", "refused", "failed", "repeated", "unknown", "not_run"] = "not_run"
    result: str = ""
    """What the model was told."""
    evidence: list[str] = Field(default_factory=list)
    """Ids of the evidence that it made."""
    left_out: int = 0
    """Rows that were not shown."""
    duration_s: float = 0.0


class RecordedStep(Model):
    """One request to a model."""

    number: int
    """From 1."""
    purpose: Literal["investigate", "conclude"]
    model: str
    started: UtcTime
    duration_s: float
    question: str
    """A hash of all that was sent: replaying checks that the same is asked."""
    sent: str
    """What this step sent that the steps before had not, as text."""
    instructions: str = ""
    """The system prompt, in the first step of each purpose."""
    text: str = ""
    calls: list[RecordedCall] = Field(default_factory=list)
    stop: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    usd: float | None = None
    retries: int = 0
    """How often the provider had to be asked again."""
    problem: Said | None = None
    """Why it gave nothing usable; null where it did."""


class ModelRun(Model):
    """All of it."""

    format: Literal["fa2.run/1"] = "fa2.run/1"
    version: str
    """The version of fa2."""
    id: str
    """Made from incident, models, mode, language and start."""
    incident: str
    language: Language
    mode: Mode
    models: list[str]
    """PROVIDER:NAME of the quality model, then of the fast one where it is another."""
    started: UtcTime
    duration_s: float = 0.0
    steps: list[RecordedStep] = Field(default_factory=list)
    ended: Said
    """Why it ended."""

    @property
    def usage(self) -> ModelUsage:
        """What all of it took; dollars are null where a step's are not known."""
        known = [step.usd for step in self.steps if step.usd is not None]
        return ModelUsage(
            requests=len(self.steps),
            tool_calls=sum(len(step.calls) for step in self.steps),
            input_tokens=sum(step.input_tokens for step in self.steps),
            output_tokens=sum(step.output_tokens for step in self.steps),
            cached_tokens=sum(step.cached_tokens for step in self.steps),
            usd=sum(known) if len(known) == len(self.steps) else None,
            seconds=self.duration_s,
        )


def question_hash(question: Question) -> str:
    """Return 64 hexadecimal digits that are the same for the same question, whoever is asked and whenever."""
    return hashlib.sha256(json.dumps(asdict(question), sort_keys=True).encode()).hexdigest()


class BrokenRun(UnusableInput):
    """A file that holds no record of a run."""


def read_run(path: Path) -> ModelRun:
    """Return the run in a file. Raises BrokenRun when it cannot be read or is none."""
    try:
        return ModelRun.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BrokenRun("runs.error.unreadable", path=str(path), problem=error.strerror or str(error)) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        problem = f"{'.'.join(str(part) for part in first['loc']) or 'JSON'}: {first['msg']}"
        raise BrokenRun("runs.error.unreadable", path=str(path), problem=problem[:300]) from error
