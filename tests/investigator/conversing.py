"""Conversations for tests: an outage, a toolbox on it, and calls and conclusions as a model writes them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from scripted import ScriptedModel, Turn, said

from bundles import WINDOW, every
from fa2.core.language_model import Answer, LanguageModel, ToolCall
from fa2.core.messages import Language, Statement, catalogue
from fa2.core.report import Report
from fa2.core.telemetry import Telemetry
from fa2.investigator.agent import Agent, Models
from fa2.investigator.brief import Briefing
from fa2.investigator.desk import Desk, Tool
from fa2.investigator.limits import Limits, Meter
from fa2.investigator.recording import Recorder
from fa2.investigator.toolbox import Ledger, Toolbox
from fa2.narrators.claims import evidence_record
from fa2.narrators.how_to_get import BundlePlace
from fa2.pipeline import investigate
from fa2.wiring.investigations import stages
from fa2.wiring.model import model_tools
from scenes import outage

NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
_numbers = iter(range(10**9))


class PlainQuoting:
    """Quotes so that a test can read it."""

    def block(self, text: str, /) -> str:
        """Return the text between brackets."""
        return f"«{text}»"

    def value(self, text: str, at_most: int, /) -> str:
        """Return the beginning of the text on one line."""
        return " ".join(text.split())[:at_most]


def call(name: str, /, **arguments: object) -> ToolCall:
    """Return a call with an id of its own."""
    return ToolCall(f"call-{next(_numbers)}", name, json.dumps(arguments))


def concluded(
    *claims: tuple[str, Sequence[str]], hypotheses: Sequence[object] = (), ranking: Sequence[object] = ()
) -> Answer:
    """Return the answer that concludes with claims c1, c2, … of texts and the evidence that they cite."""
    written = [
        {"id": f"c{n}", "section": "cause", "text": text, "evidence": list(evidence)}
        for n, (text, evidence) in enumerate(claims, 1)
    ]
    return said("", call("conclude", claims=written, hypotheses=list(hypotheses), ranking=list(ranking)))


@dataclass
class Conversation:
    """What a test needs of one."""

    agent: Agent
    toolbox: Toolbox
    report: Report
    telemetry: Telemetry
    heard: list[Statement]
    recorder: Recorder


@contextmanager
def outage_told(language: Language = "en", *, logged: str = "") -> Iterator[tuple[Telemetry, Report]]:
    """Give the telemetry of the outage, open, and the report that rules make of it.

    logged: a line that web logs all the while, as somebody from outside can make it do.
    """
    scene = outage()
    for at in every(0.1, *WINDOW) if logged else ():
        scene.log(at, logged, service="web", level="ERROR")
    with scene.bundle() as bundle:
        report = investigate(bundle, stages(), language=language, named="outage", watch=lambda _: None)
        with Telemetry.of(bundle) as telemetry:
            yield telemetry, report


@contextmanager
def conversation(
    script: Sequence[Turn] | LanguageModel,
    *,
    fast: LanguageModel | None = None,
    limits: Limits | None = None,
    tools: dict[str, Tool] | None = None,
    language: Language = "en",
) -> Iterator[Conversation]:
    """Give a conversation with a scripted model about the outage."""
    model = ScriptedModel(script) if isinstance(script, Sequence) else script
    allowed = limits or Limits()
    heard: list[Statement] = []
    with outage_told(language) as (telemetry, report):
        place = BundlePlace("outage")
        recorder = Recorder(lambda: NOW)
        desk = Desk(telemetry, language)
        quoting = PlainQuoting()
        ledger = Ledger({r.id: r for r in report.evidence}, lambda e: evidence_record(e, telemetry.incident, place))
        briefing = Briefing(report, quoting, telemetry.bundle)
        toolbox = Toolbox(desk, model_tools() if tools is None else tools, ledger, briefing, quoting, allowed)
        quality = recorder.model(model)
        models = Models(quality, quality if fast is None else recorder.model(fast))
        agent = Agent(models, toolbox, Meter(allowed), recorder, catalogue(language), heard.append)
        yield Conversation(agent, toolbox, report, telemetry, heard, recorder)
