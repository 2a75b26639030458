"""What a model added to a report, by section, and the account of its run: what all renderers share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest

from fa2.core.report import Hypothesis, ModelAnalysis, ModelClaim, ModelSuspect, PastIncident, Report, Suspect
from fa2.renderers.wording import Wording, one_line

MARK = "◇"
"""Stands before whatever a model wrote."""
STATUS = {"confirmed": "✓", "rejected": "✕", "inconclusive": "?"}
MOST_SHARED = 5
"""Patterns and resources in common with an incident of the past that are named."""
_MOST_RANKED = 5
_ORDER = {"confirmed": 0, "inconclusive": 1, "rejected": 2}


@dataclass(frozen=True)
class ModelOutline:
    """The model's part of a report whose statements have their text. Empty where nothing of it stands."""

    report: Report

    @cached_property
    def _kept(self) -> dict[str, ModelClaim]:
        analysis = self.analysis
        return {claim.id: claim for claim in analysis.claims} if analysis and analysis.outcome != "nothing" else {}

    @property
    def analysis(self) -> ModelAnalysis | None:
        """What the model did; null where none was asked."""
        return self.report.model

    @property
    def stands(self) -> bool:
        """Whether any statement of the model's is shown."""
        return bool(self._kept)

    def every(self) -> list[ModelClaim]:
        """Return all claims that stand."""
        return list(self._kept.values())

    def section(self, section: str) -> list[ModelClaim]:
        """Return the claims of one section, in the model's order."""
        return [claim for claim in self._kept.values() if claim.section == section]

    def claims(self, ids: Iterable[str]) -> list[ModelClaim]:
        """Return the claims of these ids, in their order; unknown ids are left out."""
        return [self._kept[i] for i in dict.fromkeys(ids) if i in self._kept]

    def hypotheses(self) -> list[Hypothesis]:
        """Return the hypotheses: confirmed, then open, then rejected."""
        if self.analysis is None or self.analysis.outcome == "nothing":
            return []
        return sorted(self.analysis.hypotheses, key=lambda hypothesis: _ORDER[hypothesis.status])

    def unclaimed(self) -> list[ModelClaim]:
        """Return the claims on hypotheses that no hypothesis names."""
        named = {i for hypothesis in self.hypotheses() for i in (*hypothesis.speaking, *hypothesis.against)}
        return [claim for claim in self.section("hypothesis") if claim.id not in named]

    @property
    def differs(self) -> bool:
        """Whether the model puts another suspect first than the rules do."""
        return self.stands and bool(self.analysis and self.analysis.agrees is False and self.analysis.ranking)

    def rankings(self) -> list[tuple[Suspect | None, ModelSuspect | None]]:
        """Return both rankings side by side, best first; no rows where they do not differ at the top."""
        if not self.differs or self.analysis is None:
            return []
        mine, others = self.report.suspects[:_MOST_RANKED], self.analysis.ranking[:_MOST_RANKED]
        return list(zip_longest(mine, others))


def notices(outline: ModelOutline, wording: Wording) -> list[str]:
    """Return what has to be known of the model before its words are read; empty where none was asked."""
    analysis = outline.analysis
    if analysis is None:
        return []
    if not outline.stands:
        return [wording("text.model_nothing", reason=analysis.ended.text)]
    said = [wording("text.model_written", models=models_of(analysis, wording))]
    if analysis.outcome == "partial":
        said.append(wording("text.model_partial", reason=analysis.ended.text))
    if outline.differs:
        first = outline.report.suspects[0].service if outline.report.suspects else wording("none")
        said.append(wording("text.model_differs", model=analysis.ranking[0].service, rules=first))
    return said


def account(analysis: ModelAnalysis, wording: Wording) -> list[tuple[str, str]]:
    """Return label and text of what the model's run came to: kept, end, models, usage, hidden, record."""
    share = analysis.kept_share
    kept = wording(
        "text.model_kept",
        kept=len(analysis.claims),
        total=len(analysis.claims) + len(analysis.struck),
        struck=len(analysis.struck),
        share=share,
    )
    facts = [
        ("model_statements", kept if share is not None else wording("text.model_silent")),
        ("model_end", analysis.ended.text),
        ("models", models_of(analysis, wording)),
        ("model_usage", _usage(analysis, wording)),
        ("model_hidden", _hidden(analysis, wording)),
        ("model_record", f"fa2 show {analysis.run}" if analysis.run else ""),
    ]
    return [(wording(f"label.{name}"), one_line(text)) for name, text in facts if text]


def models_of(analysis: ModelAnalysis, wording: Wording) -> str:
    """Return the models, and how they were asked."""
    names = wording("list_separator").join(one_line(name) for name in analysis.models) or wording("none")
    return wording("text.model_mode", models=names, mode=wording.word("model_mode", analysis.mode))


def _usage(analysis: ModelAnalysis, wording: Wording) -> str:
    usage = analysis.usage
    tokens = wording("text.model_tokens", sent=usage.input_tokens, got=usage.output_tokens, cached=usage.cached_tokens)
    price = wording("text.model_price", usd=usage.usd) if usage.usd is not None else wording("text.model_no_price")
    asked = wording("text.model_asked", requests=usage.requests, calls=usage.tool_calls, seconds=usage.seconds)
    return " · ".join((asked, tokens, price))


def _hidden(analysis: ModelAnalysis, wording: Wording) -> str:
    kinds = [
        wording("text.model_hidden", kind=wording.word("hidden", kind), n=n) for kind, n in analysis.hidden.items() if n
    ]
    return wording("list_separator").join(kinds) or wording("text.model_nothing_hidden")


def past_sentences(incident: PastIncident, wording: Wording) -> list[str]:
    """Return what is said of an incident of the past: what its cause was, who said so, what both have."""
    mechanism = wording.word("mechanism", incident.mechanism) if incident.mechanism else ""
    suspect = " – ".join(part for part in (incident.service, mechanism) if part)
    if incident.feedback == "wrong" and incident.cause:
        said = [wording("text.past_mended", suspect=suspect or "–", cause=incident.cause)]
    else:
        cause = incident.cause or suspect
        said = [wording("text.past_cause", cause=cause)] if cause else []
        said.append(wording(f"past.{incident.feedback or 'unsaid'}"))
    if incident.shared:
        shown = wording("list_separator").join(incident.shared[:MOST_SHARED])
        said.append(wording("text.past_shared", shared=shown))
    return [one_line(sentence) for sentence in said]


def past_head(incident: PastIncident, wording: Wording) -> str:
    """Return which incident of the past is meant, when it was, and how alike it is."""
    time, title = wording.time(incident.time), incident.title or incident.id
    return one_line(wording("text.past_like", title=title, time=time, likeness=f"{incident.likeness:.2f}"))


def suspect_words(suspect: Suspect | ModelSuspect | Hypothesis | None, wording: Wording) -> str:
    """Return service and mechanism of a suspect; a dash for none."""
    if suspect is None:
        return "–"
    mechanism = wording.word("mechanism", suspect.mechanism) if suspect.mechanism else ""
    return one_line(" – ".join(part for part in (suspect.service, mechanism) if part))
