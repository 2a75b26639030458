"""The figures of an evaluation in words: the same rows for terminal and Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from fa2.core.evaluation import ArmFigures, Disagreement, Estimate, Evaluation
from fa2.core.messages import Language, Value, catalogue, number
from fa2.core.report import Said
from fa2.renderers.wording import one_line, said

_Cell = Callable[[ArmFigures], str]


class EvalWords:
    """An evaluation in one language. Names of cases and models are untrusted and come out on one line, visible."""

    def __init__(self, evaluation: Evaluation, language: Language) -> None:
        self.evaluation = evaluation
        self.language = language
        self._messages = catalogue(language)

    def __call__(self, name: str, /, **values: Value) -> str:
        """Return the text of evaluation.NAME."""
        return self._messages.text(f"evaluation.{name}", **values)

    def head(self) -> Iterator[str]:
        """Yield what was evaluated and with what."""
        e = self.evaluation
        cases = {outcome.case: outcome.truth.verdict for outcome in e.outcomes}
        quiet = sum(verdict == "no_incident" for verdict in cases.values())
        yield self("page.title", folder=one_line(e.folder))
        yield self("page.cases", n=len(cases), incidents=len(cases) - quiet, quiet=quiet, made=len(e.outcomes))
        if e.models:
            yield self("page.models", models=", ".join(one_line(model) for model in e.models), repeats=e.repeats)
        if e.stopped:
            yield self("page.stopped", text=self.said(e.stopped), left=max(0, e.planned - len(e.outcomes)))

    def columns(self) -> list[str]:
        """Return the headings: the measure, then the arms."""
        return [self("page.measure"), *(self(f"arm.{of.arm}") for of in self.evaluation.figures)]

    def rows(self) -> list[list[str]]:
        """Return a row for each measure that any arm has."""
        found = []
        for name, cell in self._measures():
            cells = [cell(of) for of in self.evaluation.figures]
            if any(cells):
                found.append([self(f"measure.{name}"), *(text or "–" for text in cells)])
        return found

    def _measures(self) -> Iterator[tuple[str, _Cell]]:
        yield "investigations", lambda of: number(of.investigations)
        yield "top1", lambda of: self.share(of.top1)
        yield "top3", lambda of: self.share(of.top3)
        yield "gain", lambda of: self.points(of.gain)
        yield "named", lambda of: self.share(of.named)
        yield "quiet_right", lambda of: self.share(of.quiet_right)
        yield "quiet_open", lambda of: self.share(of.quiet_open)
        yield "invented", lambda of: self.share(of.invented)
        yield "grounded", lambda of: self.share(of.grounded)
        yield "without_claims", lambda of: number(of.without_claims) if of.tokens else ""
        yield "disagreement", lambda of: self.disagreement(of.disagreement)
        yield "tokens", lambda of: self.amount(of.tokens, lambda value: f"{value:,.0f}")
        yield "usd", lambda of: self.amount(of.usd, lambda value: f"{value:.4f}")
        yield "usd_total", lambda of: "" if of.usd_total is None else f"{of.usd_total:.2f}"
        yield "seconds", lambda of: self.amount(of.seconds, number)
        yield "errors", lambda of: number(of.errors) if of.errors else ""

    def share(self, estimate: Estimate | None) -> str:
        """Return a share as percent with its interval."""
        return self.amount(estimate, lambda value: f"{100 * value:.1f}", unit=" %")

    def points(self, estimate: Estimate | None) -> str:
        """Return a difference of shares in percentage points."""
        return self.amount(estimate, lambda value: f"{100 * value:+.1f}", unit="")

    def amount(self, estimate: Estimate | None, form: Callable[[float], str], unit: str = "") -> str:
        """Return a mean with its interval; empty for none."""
        if estimate is None:
            return ""
        value = f"{form(estimate.value)}{unit}"
        if estimate.low is None or estimate.high is None:
            return value
        return f"{value} [{form(estimate.low)}, {form(estimate.high)}]"

    def disagreement(self, found: Disagreement | None) -> str:
        """Return how often model and rules differ, and who was right."""
        if found is None:
            return ""
        return self(
            "page.disagreement",
            times=found.times,
            total=found.of,
            model=found.model_right,
            rules=found.rules_right,
            neither=found.neither_right,
        )

    def group_columns(self) -> list[str]:
        """Return the headings of the table of groups."""
        return [self("page.group"), self("page.group_cases"), *self.columns()[1:]]

    def group_rows(self) -> list[list[str]]:
        """Return top-1 of each group by arm; empty where there are no groups."""
        arms = [of.arm for of in self.evaluation.figures]
        return [
            [one_line(group.group), number(group.cases), *(_percent(group.top1.get(arm)) for arm in arms)]
            for group in self.evaluation.groups
        ]

    def errors(self) -> Iterator[str]:
        """Yield what went wrong, each kind once with how often and where first."""
        first: dict[str, list[str]] = {}
        for outcome in self.evaluation.outcomes:
            if outcome.error:
                first.setdefault(self.said(outcome.error), []).append(
                    f"{one_line(outcome.case)} ({self(f'arm.{outcome.arm}')})"
                )
        for text, where in first.items():
            yield self("page.error", text=text, n=len(where), first=where[0])

    def notes(self) -> Sequence[str]:
        """Return how the figures are to be read."""
        names = ["units", "intervals", "ranking"] if self.evaluation.models else ["units", "intervals"]
        return [self(f"note.{name}") for name in names]

    def said(self, statement: Said) -> str:
        """Return a statement on one line."""
        return one_line(said(statement, self.language))


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"
