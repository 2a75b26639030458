"""Hypotheses that a model states on the way, so that each of them has to end judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from pydantic import Field

from fa2.core.language_model import ToolDescription
from fa2.core.messages import Language, catalogue
from fa2.investigator.desk import Arguments

STATE = "state_hypotheses"
"""The tool by which a model states them."""
_MOST = 8
"""That one investigation may have; more are refused."""


class StatedHypothesis(Arguments):
    """A hypothesis when it is stated."""

    text: str = Field(min_length=1, max_length=600)
    service: str = Field(default="", max_length=200)
    mechanism: str = Field(default="", max_length=100)


class StateArguments(Arguments):
    """What the tool takes."""

    hypotheses: list[StatedHypothesis] = Field(min_length=1, max_length=_MOST)


@dataclass
class Stated:
    """The hypotheses of one investigation, numbered as they come."""

    found: dict[str, StatedHypothesis] = field(default_factory=dict)

    def add(self, arguments: StateArguments, language: Language) -> str:
        """Number new ones and return what the model is told."""
        known = {hypothesis.text: id_ for id_, hypothesis in self.found.items()}
        lines = []
        for hypothesis in arguments.hypotheses:
            id_ = known.get(hypothesis.text)
            if id_ is None and len(self.found) < _MOST:
                id_ = f"H{len(self.found) + 1}"
                self.found[id_] = hypothesis
            if id_ is not None:
                lines.append(catalogue(language).text("investigator.stated", id=id_, text=hypothesis.text))
        return "\n".join(dict.fromkeys(lines)) or catalogue(language).text("investigator.stated_enough", n=_MOST)


@cache
def state_tool(language: Language) -> ToolDescription:
    """Return the tool by which hypotheses are stated."""
    words = {"type": "string"}
    items = {
        "type": "object",
        "properties": {"text": words, "service": words, "mechanism": words},
        "required": ["text"],
    }
    schema = {
        "type": "object",
        "properties": {"hypotheses": {"type": "array", "items": items, "maxItems": _MOST}},
        "required": ["hypotheses"],
    }
    return ToolDescription(STATE, catalogue(language).text("investigator.state.description"), schema)
