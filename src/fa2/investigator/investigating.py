"""One investigation by a model, from a report by rules to the same report with what the model adds and its record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from fa2.core.evidence import Evidence
from fa2.core.language_model import Question
from fa2.core.messages import Statement, catalogue
from fa2.core.model_run import Mode, ModelRun
from fa2.core.report import EvidenceRecord, ModelAnalysis, ModelUsage, Report, Said
from fa2.investigator.agent import Agent, Ended, Models
from fa2.investigator.brief import Briefing
from fa2.investigator.checking import checks_of
from fa2.investigator.desk import Desk, Tool
from fa2.investigator.judging import Judge, Kept, agrees
from fa2.investigator.known_names import KnownNames
from fa2.investigator.limits import Limits, Meter
from fa2.investigator.quarantine import Quarantine
from fa2.investigator.recording import Recorder
from fa2.investigator.toolbox import Ledger, Toolbox
from fa2.redaction.aliases import Aliases
from fa2.redaction.model import RedactingModel

_BRIEF_TOKENS = 4_000
"""Of the brief; with instructions and tools the first prompt stays below 8,000."""


@dataclass(frozen=True)
class Setting:
    """Who investigates, within which limits."""

    models: Models
    tools: Mapping[str, Tool]
    record: Callable[[Evidence], EvidenceRecord]
    mechanisms: frozenset[str]
    """Names that a mechanism may have."""
    limits: Limits
    mode: Mode
    clock: Callable[[], datetime]
    heard: Callable[[Statement], None] = lambda _: None
    """Is told of each step: messages of investigator.progress."""


class Investigation:
    """One investigation: made, run once, and asked for what was sent."""

    def __init__(self, desk: Desk, report: Report, setting: Setting) -> None:
        self._desk = desk
        self._report = report
        self._setting = setting
        self._texts = catalogue(desk.language)
        self._quarantine = Quarantine(desk.language, seed=report.incident)
        self._collected = len(desk.telemetry.bundle.coverage)
        self._names = KnownNames(desk.telemetry, report)
        self.aliases = Aliases(accounts=_accounts(desk), names=self._names.shown)
        self._recorder = Recorder(setting.clock)
        self._ledger = Ledger({record.id: record for record in report.evidence}, setting.record)
        self._briefing = Briefing(report, self._quarantine, desk.telemetry.bundle)
        self._toolbox = Toolbox(desk, setting.tools, self._ledger, self._briefing, self._quarantine, setting.limits)
        self._agent = Agent(
            models=self._hiding(setting.models),
            toolbox=self._toolbox,
            meter=Meter(setting.limits),
            recorder=self._recorder,
            texts=self._texts,
            heard=setting.heard,
        )

    def first_question(self) -> Question:
        """Return what would be sent first, with aliases in place of what is hidden. Sends nothing."""
        return self.aliases.hidden(self._agent.opening(self._brief(), self._setting.mode))

    def run(self) -> tuple[Report, ModelRun]:
        """Ask the model; return the report with its part and new evidence, and the record. Always returns."""
        ended = self._agent.converse(self._brief(), self._setting.mode)
        kept = self._judged(ended)
        why = ended.why
        if ended.conclusion is not None and not kept.claims:
            why = Statement("investigator.ended.cited_nothing")
        run = self._recorder.run(
            incident=self._report.incident,
            language=self._desk.language,
            mode=self._setting.mode,
            models=self._setting.models.names,
            ended=why,
        )
        analysis = self._analysis(ended, kept, why, run)
        return self._with(analysis), run

    def _brief(self) -> str:
        return self._briefing.brief(tokens=_BRIEF_TOKENS).text

    def _hiding(self, models: Models) -> Models:
        """Return the models behind which nothing secret leaves, and which are written down as they were asked."""
        quality = RedactingModel(self._recorder.model(models.quality), self.aliases)
        same = models.fast is models.quality
        return Models(quality, quality if same else RedactingModel(self._recorder.model(models.fast), self.aliases))

    def _judged(self, ended: Ended) -> Kept:
        if ended.conclusion is None:
            return Kept()
        self._names.add(self._ledger.records.values())
        checks = checks_of(self._desk.telemetry, self._report, self._ledger.records.values(), self._names)
        judge = Judge(checks, services=self._names.services, mechanisms=self._setting.mechanisms)
        return judge.judge(ended.conclusion, self._toolbox.stated.found)

    def _analysis(self, ended: Ended, kept: Kept, why: Statement, run: ModelRun) -> ModelAnalysis:
        meter = self._agent.meter
        return ModelAnalysis(
            outcome="nothing" if not kept.claims else "complete" if ended.complete else "partial",
            ended=Said(key=why.key, values=dict(why.values)),
            models=self._setting.models.names,
            mode=self._setting.mode,
            claims=kept.claims,
            struck=kept.struck,
            hypotheses=kept.hypotheses,
            ranking=kept.ranking,
            agrees=agrees(self._report, kept.ranking),
            labels=kept.labels,
            hidden=dict(self.aliases.counts()),
            usage=ModelUsage(
                requests=meter.requests,
                tool_calls=self._toolbox.made,
                input_tokens=meter.input_tokens,
                output_tokens=meter.output_tokens,
                cached_tokens=meter.cached_tokens,
                usd=meter.usd,
                seconds=run.duration_s,
            ),
            run=run.id,
        )

    def _with(self, analysis: ModelAnalysis) -> Report:
        """Return the report with the analysis, what its claims cite beyond the report's evidence, and what was fetched."""
        there = {record.id for record in self._report.evidence}
        cited = dict.fromkeys(
            [id_ for claim in analysis.claims for id_ in claim.evidence]
            + [id_ for claim in analysis.struck for id_ in claim.evidence]
        )
        new = [self._ledger.records[id_] for id_ in cited if id_ in self._ledger.records and id_ not in there]
        fetched = self._desk.telemetry.bundle.coverage[self._collected :]
        return self._report.model_copy(
            update={
                "model": analysis,
                "evidence": [*self._report.evidence, *new],
                "coverage": [*self._report.coverage, *fetched],
            }
        )


def _accounts(desk: Desk) -> frozenset[str]:
    """Return the accounts that are known, so that they are hidden wherever they stand."""
    incident = desk.telemetry.incident
    named = [*incident.scope.accounts, *([incident.alarm.account] if incident.alarm else [])]
    return frozenset(account for account in named if account)
