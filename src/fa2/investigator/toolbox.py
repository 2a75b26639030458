"""The model's tool calls, made: checked, bounded, counted, and answered whatever was asked."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import ValidationError

from fa2.core.errors import Fa2Error
from fa2.core.evidence import Evidence
from fa2.core.language_model import ToolCall, ToolDescription, ToolResult
from fa2.core.messages import Statement, Value, catalogue
from fa2.core.report import EvidenceRecord
from fa2.investigator.brief import Briefing
from fa2.investigator.conclusion import CONCLUDE
from fa2.investigator.desk import Arguments, Desk, Found, Tool
from fa2.investigator.hypotheses import STATE, StateArguments, Stated, state_tool
from fa2.investigator.limits import Limits
from fa2.investigator.material import Quoting, table
from fa2.investigator.tools import described
from fa2.investigator.written_json import read_object

FINISH = "finish"
"""The tool by which a model says that it has seen enough."""
ENDS = (FINISH, CONCLUDE)
"""Tools by which looking ends. The second is not offered yet; who calls it all the same has seen enough."""
CLAIMS = "list_claims"
"""The tool that shows claims for which the brief had no room."""
LONGEST = 20_000
"""Characters of arguments that are read at all."""

Outcome = Literal["answered", "refused", "failed", "repeated", "unknown", "not_run"]


class ClaimsArguments(Arguments):
    """What list_claims takes."""

    service: str | None = None
    section: str | None = None


@dataclass(frozen=True)
class Ran:
    """A call, and what came of it."""

    call: ToolCall
    outcome: Outcome
    text: str
    """For the model."""
    evidence: tuple[str, ...] = ()
    left_out: int = 0
    duration_s: float = 0.0

    @property
    def result(self) -> ToolResult:
        """The same as the model is sent it."""
        return ToolResult(self.call.id, self.call.name, self.text)


@dataclass
class Ledger:
    """All evidence that may be cited: the report's, and what tools found."""

    records: dict[str, EvidenceRecord]
    record: Callable[[Evidence], EvidenceRecord]
    """Makes a record of evidence, with the commands by which a person gets it."""

    def add(self, found: Iterable[Evidence]) -> list[EvidenceRecord]:
        """Take evidence in and return its records; what is known already stays as it is."""
        return [self.records.setdefault(e.id, self.record(e)) for e in found]


@dataclass
class Toolbox:
    """The tools of one investigation."""

    desk: Desk
    tools: Mapping[str, Tool]
    ledger: Ledger
    briefing: Briefing
    quoting: Quoting
    limits: Limits
    stated: Stated = field(default_factory=Stated)
    repeated: int = 0
    """Identical calls so far."""
    made: int = 0
    """Calls that were run."""
    _seen: set[tuple[str, str]] = field(default_factory=set)

    def descriptions(self) -> tuple[ToolDescription, ...]:
        """Return the tools that are offered, in a fixed order."""
        language, hidden = self.desk.language, () if self.desk.further else ("fetch",)
        return (
            *(described(tool, language, without=hidden) for _, tool in sorted(self._offered().items())),
            self._own(CLAIMS, ClaimsArguments),
            state_tool(language),
            self._own(FINISH, Arguments),
        )

    def run(self, calls: Sequence[ToolCall]) -> list[Ran]:
        """Make the calls of one step, as many as are allowed; each gets an answer."""
        return [self._ran(call, allowed=number < self.limits.calls) for number, call in enumerate(calls)]

    def _offered(self) -> dict[str, Tool]:
        collected = set(self.desk.telemetry.bundle.tables)
        live = self.desk.further is not None
        return {n: t for n, t in self.tools.items() if live or not t.tables or collected & set(t.tables)}

    def _own(self, name: str, arguments: type[Arguments]) -> ToolDescription:
        properties: dict[str, object] = {field: {"type": "string"} for field in arguments.model_fields}
        text = self._text(f"{name}.description")
        return ToolDescription(name, text, {"type": "object", "properties": properties})

    def _text(self, key: str, /, **values: Value) -> str:
        return catalogue(self.desk.language).text(f"investigator.{key}", **values)

    def _ran(self, call: ToolCall, *, allowed: bool) -> Ran:
        if not allowed:
            return Ran(call, "not_run", self._text("tool.too_many", n=self.limits.calls))
        try:
            arguments = _object(call.arguments)
        except ValueError:
            return Ran(call, "refused", self._text("tool.no_json"))
        key = (call.name, json.dumps(arguments, sort_keys=True))
        if key in self._seen and call.name not in ENDS:
            self.repeated += 1
            return Ran(call, "repeated", self._text("tool.repeated"))
        self._seen.add(key)
        started = time.monotonic()
        ran = self._answered(call, arguments)
        self.made += ran.outcome not in ("unknown", "refused")
        return Ran(call, ran.outcome, ran.text, ran.evidence, ran.left_out, round(time.monotonic() - started, 3))

    def _answered(self, call: ToolCall, arguments: dict[str, Any]) -> Ran:
        try:
            match call.name:
                case name if name in ENDS:
                    return Ran(call, "answered", self._text("tool.finished"))
                case name if name == STATE:
                    asked = StateArguments.model_validate(arguments)
                    return Ran(call, "answered", self.stated.add(asked, self.desk.language))
                case name if name == CLAIMS:
                    return self._claims(call, ClaimsArguments.model_validate(arguments))
                case name if name in self._offered():
                    tool = self.tools[name]
                    return self._found(call, tool(self.desk, tool.arguments.model_validate(arguments)))
        except ValidationError as error:
            return Ran(call, "refused", self._text("tool.arguments", problem=self._problem(error)))
        except Fa2Error as error:
            said = catalogue(self.desk.language).render(Statement(error.key, error.values))
            return Ran(call, "refused", self.quoting.value(said, 1_000))
        except Exception as error:  # a tool's fault must not end the investigation
            if str(error) == "Query interrupted":  # what DuckDB makes of ctrl-C
                raise KeyboardInterrupt from error
            return Ran(call, "failed", self._text("tool.failed", problem=type(error).__name__))
        known = ", ".join([*sorted(self._offered()), CLAIMS, STATE, FINISH])
        return Ran(call, "unknown", self._text("tool.unknown", known=known))

    def _claims(self, call: ToolCall, asked: ClaimsArguments) -> Ran:
        lines = self.briefing.claims(asked.service or None, asked.section or None)
        from fa2.investigator.material import within

        kept, _ = within(lines, self.limits.result_tokens)
        left = len(lines) - len(kept)
        text = "\n".join(kept) or self._text("tool.no_claims")
        return Ran(call, "answered", self._with_notes(text, left, ()), left_out=left)

    def _found(self, call: ToolCall, found: Found) -> Ran:
        """Show what a tool found within the tokens of one result, told row by row what is left out."""
        records = self.ledger.add(found.evidence)
        shown, left = [], found.left_out
        for record in records:
            text, more = table(record, self.quoting, tokens=self.limits.result_tokens // max(1, len(records)))
            shown.append(text)
            left += more
        notes = [catalogue(self.desk.language).render(note) for note in found.notes]
        text = self._with_notes("\n\n".join(shown), left, notes)
        return Ran(call, "answered", text, tuple(r.id for r in records), left)

    def _with_notes(self, text: str, left_out: int, notes: Sequence[str]) -> str:
        more = [self._text("tool.left_out", n=left_out)] if left_out else []
        told = "\n".join(self.quoting.value(note, 400) for note in notes)
        return "\n".join(filter(None, (self.quoting.block(text) if text else "", told, *more)))

    def _problem(self, error: ValidationError) -> str:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        return self.quoting.value(f"{where}: {first['msg']}", 300)


def _object(text: str) -> dict[str, Any]:
    """Return the arguments of a call. Raises ValueError for what is no JSON object, or too long."""
    if len(text) > LONGEST:
        raise ValueError("too long")
    return read_object(text or "{}")
