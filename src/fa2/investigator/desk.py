"""The desk that a model works at: the tools it may call, and what they find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from fa2.core.errors import Fa2Error
from fa2.core.evidence import Evidence
from fa2.core.messages import Language, Statement
from fa2.core.telemetry import Telemetry
from fa2.core.windows import TimeWindow


class Arguments(BaseModel):
    """What a model may say to a tool: frozen, and unknown names are errors that it is told of."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ToolRefused(Fa2Error):
    """A tool cannot do what it was asked; the message is for the model and says how to ask instead."""


@dataclass(frozen=True)
class Found:
    """What a tool found."""

    evidence: tuple[Evidence, ...]
    """Queries on the bundle with their rows, so that anyone can ask again; empty where there is nothing to ask."""
    left_out: int = 0
    """Rows that there are beyond those in the evidence."""
    notes: tuple[Statement, ...] = ()
    """What to know about it: messages of tools.note."""


@dataclass(frozen=True)
class Fetched:
    """What was fetched; the desk's telemetry sees it."""

    fetch: str
    """What its rows in fetched_logs or fetched_metrics are told by."""
    notes: tuple[Statement, ...] = ()


class Further(Protocol):
    """Asks AWS for more than was collected and puts it into the bundle, where tools then find it.

    Bound to the incident's accounts, log groups, window and baselines, to one deadline and one budget.
    """

    def logs(self, query: str, windows: Sequence[TimeWindow], /) -> Fetched:
        """Fetch the lines that the filters of a Logs Insights query let through. Raises ToolRefused."""
        ...

    def metric(self, namespace: str, name: str, stat: str, /) -> Fetched:
        """Fetch a metric over all its dimensions, in window and baselines. Raises ToolRefused."""
        ...


@dataclass(frozen=True)
class Desk:
    """Where tools look."""

    telemetry: Telemetry
    language: Language
    further: Further | None = None
    """Null where AWS is not at hand."""


class Tool(Protocol):
    """One file, one tool. Registered as an entry point in the group fa2.model_tools: an instance.

    Its description is the message tools.NAME.description, that of an argument tools.NAME.ARGUMENT. It reads only:
    what a model says is bound as parameters or parsed by our own grammar, and never reaches SQL as text.
    """

    name: str
    arguments: type[Arguments]
    tables: tuple[str, ...]
    """It is offered where one of these was collected."""

    def __call__(self, desk: Desk, arguments: Any, /) -> Found:
        """Look. Raises ToolRefused."""
        ...
