"""What a model added, and incidents of the past, for a terminal. A model's words stand behind a ◇."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from rich.console import RenderableType
from rich.padding import Padding

from fa2.core.report import Hypothesis, ModelClaim
from fa2.renderers.model_outline import (
    MARK,
    STATUS,
    ModelOutline,
    account,
    notices,
    past_head,
    past_sentences,
    suspect_words,
)
from fa2.renderers.terminal_tables import heading, plain_table
from fa2.renderers.terminal_text import WrappedTable, WrappedText, grid_of, hanging, joined, stack
from fa2.renderers.wording import Wording, one_line

_STATUS_STYLES = {"confirmed": "bold red", "rejected": "dim", "inconclusive": "yellow"}


class ModelBlocks:
    """The model's part of one report as rich renderables; nothing where no model was asked."""

    def __init__(
        self, outline: ModelOutline, wording: Wording, references: Callable[[Iterable[str]], WrappedText]
    ) -> None:
        """references: gives the numbers of pieces of evidence by their ids."""
        self.outline = outline
        self.wording = wording
        self.references = references

    def claims(self, section: str, indent: int = 2) -> Iterable[RenderableType]:
        """Yield the model's statements of one section."""
        for claim in self.outline.section(section):
            yield Padding(hanging(MARK, self._said(claim)), (0, 0, 0, indent))

    def notices(self) -> Iterable[RenderableType]:
        """Yield what has to be known before the model's words are read."""
        for notice in notices(self.outline, self.wording):
            yield WrappedText(one_line(notice), "dim italic" if self.outline.stands else "yellow")

    def agreement(self) -> Iterable[RenderableType]:
        """Yield both rankings where they differ, or that they do not."""
        rows = self.outline.rankings()
        analysis = self.outline.analysis
        if rows:
            yield heading(self.wording, "rankings")
            table = plain_table(self.wording, (("rank", 0, None), ("by_rules", 1, None), ("by_model", 1, None)))
            for n, (rules, model) in enumerate(rows, 1):
                why = self.references(e for c in self.outline.claims(model.claims if model else []) for e in c.evidence)
                mine, other = suspect_words(rules, self.wording), suspect_words(model, self.wording)
                table.add_row(str(n), mine, joined(other, why))
            yield Padding(table, (0, 0, 0, 2))
            yield Padding(WrappedText(self.wording("text.rankings_why"), "dim"), (0, 0, 0, 2))
        elif self.outline.stands and analysis and analysis.agrees and analysis.ranking:
            service = one_line(analysis.ranking[0].service)
            yield Padding(hanging(MARK, WrappedText(self.wording("text.model_agrees", service=service))), (0, 0, 0, 2))

    def hypotheses(self) -> Iterable[RenderableType]:
        """Yield what the model held possible, how each ended and why; the rejected too."""
        hypotheses, others = self.outline.hypotheses(), self.outline.unclaimed()
        if hypotheses or others:
            yield heading(self.wording, "hypotheses")
        for hypothesis in hypotheses:
            yield from self._hypothesis(hypothesis)
        for claim in others:
            yield Padding(hanging(MARK, self._said(claim)), (0, 0, 0, 2))

    def _hypothesis(self, hypothesis: Hypothesis) -> Iterable[RenderableType]:
        wording = self.wording
        status = f"{STATUS[hypothesis.status]} {wording(f'hypothesis.{hypothesis.status}')}"
        text = joined((status, _STATUS_STYLES[hypothesis.status]), "  ", (one_line(hypothesis.text), "bold"))
        where = suspect_words(hypothesis, wording) if hypothesis.service else ""
        text.append(f"  {where}" if where else "", "dim")
        yield Padding(hanging(MARK, text), (0, 0, 0, 2))
        grid = grid_of()
        for name, ids in (("speaks_for", hypothesis.speaking), ("speaks_against", hypothesis.against)):
            claims = self.outline.claims(ids)
            if claims:
                grid.add_row(wording(f"label.{name}"), self._stacked(claims))
        if hypothesis.settles:
            grid.add_row(wording("label.settles"), one_line(hypothesis.settles))
        if grid.row_count:
            yield Padding(grid, (0, 0, 0, 4))

    def account(self) -> Iterable[RenderableType]:
        """Yield what the run came to, and what was struck, with the reasons."""
        analysis = self.outline.analysis
        if analysis is None:
            return
        yield heading(self.wording, "model")
        grid = grid_of()
        for label, text in account(analysis, self.wording):
            grid.add_row(label, text)
        yield Padding(grid, (0, 0, 0, 2))
        if analysis.struck:
            yield Padding(WrappedText(self.wording("heading.struck"), "underline"), (1, 0, 0, 2))
        for struck in analysis.struck:
            said = joined((one_line(struck.text), "dim"), self.references(struck.evidence))
            said.append(f"\n→ {one_line(struck.reason.text)}")
            yield Padding(hanging("✕", said), (0, 0, 0, 2))

    def past(self) -> Iterable[RenderableType]:
        """Yield incidents of the past that look alike: leads."""
        incidents = self.outline.report.past
        if not incidents:
            return
        yield heading(self.wording, "past", self.wording("text.past_lead"))
        for incident in incidents:
            text = joined((past_head(incident, self.wording), "bold"))
            for sentence in past_sentences(incident, self.wording):
                text.append(f"\n{sentence}", "not bold")
            yield Padding(hanging("≈", text), (0, 0, 0, 2))

    def _stacked(self, claims: Sequence[ModelClaim]) -> WrappedTable:
        return stack([hanging("–", self._said(claim)) for claim in claims])

    def _said(self, claim: ModelClaim) -> WrappedText:
        return joined(one_line(claim.text), self.references(claim.evidence))
