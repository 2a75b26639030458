"""Questions that tests ask, and models that wait for nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

from fa2.core.deadlines import Deadline
from fa2.core.language_model import (
    Answer,
    Hearer,
    LanguageModel,
    Message,
    Question,
    ToolCall,
    ToolDescription,
    ToolResult,
)
from fa2.models.hosted import Patience

SECRET = "sk-ant-secret-0123456789"  # noqa: S105 (nobody's)
COUNT = ToolDescription(
    "count_logs",
    "Counts lines.",
    {
        "type": "object",
        "properties": {
            "service": {"type": "string", "description": "Which."},
            "most": {"type": "integer", "minimum": 1},
        },
        "required": ["service"],
        "additionalProperties": False,
    },
)
REPORT = ToolDescription(
    "report", "Ends it.", {"type": "object", "properties": {"cause": {"type": "string"}}, "required": ["cause"]}
)
PLAIN = Question("You look for causes.", (Message("user", "What broke?"),), max_output_tokens=512)
AGENT = Question(
    "You look for causes.",
    (
        Message("user", "What broke? 何が壊れましたか。"),
        Message("model", "Looking.", calls=(ToolCall("c1", "count_logs", '{"service": "cart"}'),)),
        Message("user", results=(ToolResult("c1", "count_logs", "42 lines <b>&"),)),
    ),
    tools=(COUNT, REPORT),
    max_output_tokens=512,
)


def impatient() -> Patience:
    """Return patience that hardly waits."""
    return Patience(first_s=0.01, longest_s=0.02)


@dataclass
class Ear:
    """Hears what a model says on the way."""

    pieces: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    @property
    def hearer(self) -> Hearer:
        """What is given to the model."""
        return Hearer(text=self.pieces.append, retry=self.waits.append)


def ask(model: LanguageModel, question: Question = PLAIN, seconds: float = 10.0, ear: Ear | None = None) -> Answer:
    """Ask once."""
    return model.ask(question, Deadline(seconds), (ear or Ear()).hearer)
