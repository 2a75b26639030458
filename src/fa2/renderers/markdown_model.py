"""What a model added, and incidents of the past, as Markdown. A model's words stand behind a ◇, and stay text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from fa2.core.report import Hypothesis, ModelClaim, ModelSuspect
from fa2.renderers.markdown_text import plain, table
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
from fa2.renderers.wording import Wording


class ModelMarkdown:
    """The model's part of one report as blocks of Markdown; nothing where no model was asked."""

    def __init__(self, outline: ModelOutline, wording: Wording, references: Callable[[Iterable[str]], str]) -> None:
        """references: gives links to pieces of evidence by their ids."""
        self.outline = outline
        self.wording = wording
        self.references = references

    def claims(self, section: str) -> list[str]:
        """Return the model's statements of one section, marked."""
        return [f"{MARK} {self._said(claim)}" for claim in self.outline.section(section)]

    def listed(self, section: str) -> str:
        """Return the model's statements of one section as a list."""
        return _list(self.claims(section))

    def notices(self) -> Iterator[str]:
        """Yield what has to be known before the model's words are read."""
        for notice in notices(self.outline, self.wording):
            yield f"> {plain(notice)}"

    def agreement(self) -> Iterator[str]:
        """Yield both rankings where they differ, or that they do not."""
        rows = self.outline.rankings()
        analysis = self.outline.analysis
        if rows:
            yield f"### {self.wording('heading.rankings')}"
            names = ("rank", "by_rules", "by_model")
            cells = [
                (str(n), plain(suspect_words(rules, self.wording)), self._ranked(model))
                for n, (rules, model) in enumerate(rows, 1)
            ]
            yield table([self.wording(f"column.{name}") for name in names], cells)
            yield self.wording("text.rankings_why")
        elif self.outline.stands and analysis and analysis.agrees and analysis.ranking:
            yield f"- {MARK} {plain(self.wording('text.model_agrees', service=analysis.ranking[0].service))}"

    def _ranked(self, suspect: ModelSuspect | None) -> str:
        claims = self.outline.claims(suspect.claims if suspect else [])
        evidence = dict.fromkeys(e for claim in claims for e in claim.evidence)
        return plain(suspect_words(suspect, self.wording)) + self.references(evidence)

    def hypotheses(self) -> Iterator[str]:
        """Yield what the model held possible, how each ended and why; the rejected too."""
        hypotheses, others = self.outline.hypotheses(), self.outline.unclaimed()
        if hypotheses or others:
            yield f"## {self.wording('heading.hypotheses')}"
        for hypothesis in hypotheses:
            yield from self._hypothesis(hypothesis)
        yield _list(f"{MARK} {self._said(claim)}" for claim in others)

    def _hypothesis(self, hypothesis: Hypothesis) -> Iterator[str]:
        wording = self.wording
        status = f"{STATUS[hypothesis.status]} {wording(f'hypothesis.{hypothesis.status}')}"
        where = f" · {plain(suspect_words(hypothesis, wording))}" if hypothesis.service else ""
        yield f"{MARK} **{status}**: {plain(hypothesis.text)}{where}"
        lines = []
        for name, ids in (("speaks_for", hypothesis.speaking), ("speaks_against", hypothesis.against)):
            lines += [f"{wording(f'label.{name}')}: {self._said(claim)}" for claim in self.outline.claims(ids)]
        if hypothesis.settles:
            lines.append(f"{wording('label.settles')}: {plain(hypothesis.settles)}")
        yield _list(lines)

    def account(self) -> Iterator[str]:
        """Yield what the run came to, and what was struck, with the reasons."""
        analysis = self.outline.analysis
        if analysis is None:
            return
        yield f"## {self.wording('heading.model')}"
        names = (self.wording("column.name"), self.wording("column.value"))
        yield table(names, [(label, plain(text)) for label, text in account(analysis, self.wording)])
        if analysis.struck:
            yield f"### {self.wording('heading.struck')}"
        yield _list(
            f"✕ {plain(struck.text)}{self.references(struck.evidence)}<br>→ {plain(struck.reason.text)}"
            for struck in analysis.struck
        )

    def past(self) -> Iterator[str]:
        """Yield incidents of the past that look alike: leads."""
        incidents = self.outline.report.past
        if not incidents:
            return
        yield f"## {self.wording('heading.past')}"
        yield self.wording("text.past_lead")
        yield _list(
            "<br>".join(
                [f"**{plain(past_head(incident, self.wording))}**", *map(plain, past_sentences(incident, self.wording))]
            )
            for incident in incidents
        )

    def _said(self, claim: ModelClaim) -> str:
        return plain(claim.text) + self.references(claim.evidence)


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)
