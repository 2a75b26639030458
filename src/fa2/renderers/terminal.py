"""The report for a terminal: verdict and what to do first, everything else below."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import StringIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding

from fa2.core.addresses import web_address
from fa2.core.report import Action, Claim, Rated, Report, Suspect
from fa2.renderers.outline import Outline, score_bar_share
from fa2.renderers.terminal_model import ModelBlocks
from fa2.renderers.terminal_tables import Tables, heading
from fa2.renderers.terminal_text import WrappedTable, WrappedText, grid_of, hanging, joined, stack
from fa2.renderers.wording import Wording, one_line, with_texts

_VERDICT = {"incident": "▲", "no_incident": "✓", "inconclusive": "?"}
_STYLES = {
    "incident": "bold red",
    "no_incident": "bold green",
    "inconclusive": "bold yellow",
    "high": "bold",
    "medium": "bold",
    "low": "bold",
    "unknown": "dim",
    "yes": "bold red",
    "no": "green",
    "unclear": "yellow",
}


def render(report: Report, width: int = 100, color: bool = False) -> str:
    r"""Return the report for a terminal of `width` columns, without colours unless `color`.

    Nothing in the report can move the cursor or colour the screen: escapes show as \x1b.
    """
    console = Console(
        file=StringIO(),
        width=max(40, width),
        color_system="standard" if color else None,
        force_terminal=color,
        no_color=not color,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )
    page = _Terminal(with_texts(report), console.width)
    with console.capture() as captured:
        for block in page.blocks():
            console.print(Group(block), crop=False)
    return "\n".join(line.rstrip() for line in captured.get().split("\n")).rstrip() + "\n"


class _Terminal:
    """A report as rich renderables, from first screen to last evidence."""

    def __init__(self, report: Report, width: int) -> None:
        self.report = report
        self.outline = Outline(report)
        self.wording = Wording(report.language)
        self.tables = Tables(self.outline, self.wording, width)
        self.numbers = {record.id: n for n, record in enumerate(report.evidence, 1)}
        self.model = ModelBlocks(self.outline.model, self.wording, self._references)

    def blocks(self) -> Iterable[RenderableType]:
        """Yield what is printed, in order."""
        yield from self._verdict()
        yield from self.model.past()
        yield from self._suspects()
        yield from self._impact()
        yield from self._documents()
        yield from self._timeline()
        yield from self._changes()
        yield from self.tables.charts()
        yield from self.tables.patterns()
        yield from self._observed()
        yield from self._further_actions()
        yield from self.model.hypotheses()
        yield from self._security()
        yield from self.tables.logs()
        yield from self.model.account()
        yield from self.tables.coverage()
        yield from self.tables.evidence()

    def _verdict(self) -> Iterable[RenderableType]:
        report = self.report
        badge = f"{_VERDICT[report.verdict]} {self.wording.word('verdict', report.verdict)}"
        yield joined((badge, _STYLES[report.verdict]), "  ", (one_line(report.title), "dim"))
        yield WrappedText(one_line(report.headline.text), "bold")
        yield from self.model.claims("summary", indent=0)
        for claim in self.outline.section("summary"):
            yield self._bullet(self._said(claim))
        for reason in report.verdict_reasons:
            yield self._bullet(WrappedText(one_line(reason.text)))
        yield from self.model.notices()
        kind, actions = self.outline.first_steps()
        yield heading(self.wording, kind)
        yield from self._actions(actions)
        if not actions:
            yield WrappedText(f"  {self.wording('text.no_now')}", "dim")
        yield from self.model.claims("action")
        yield WrappedText("")
        yield self._facts()

    def _facts(self) -> WrappedTable:
        report, wording = self.report, self.wording
        grid = grid_of()
        grid.add_row(wording("label.confidence"), self._rated(report.confidence))
        grid.add_row(wording("label.severity"), self._rated(report.severity))
        grid.add_row(wording("label.window"), wording.span(report.window))
        baseline = "\n".join(wording.span(span) for span in report.baseline)
        grid.add_row(wording("label.baseline"), baseline or wording("text.no_baseline"))
        if report.alarm and (report.alarm.name or report.alarm.metric):
            grid.add_row(wording("label.alarm"), one_line(report.alarm.name or report.alarm.metric or ""))
        if report.question:
            grid.add_row(wording("label.question"), one_line(report.question))
        return grid

    def _rated(self, rated: Rated) -> WrappedText:
        text = WrappedText(self.wording.word("level", rated.level), _STYLES[rated.level])
        for reason in rated.reasons:
            text.append(f"\n– {one_line(reason.text)}", "not bold")
        return text

    def _said(self, claim: Claim) -> WrappedText:
        return joined(one_line(claim.text), self._references(claim.evidence))

    def _references(self, evidence: Iterable[str]) -> WrappedText:
        numbers = [str(self.numbers[e]) for e in evidence if e in self.numbers]
        return WrappedText(f" [{','.join(numbers)}]" if numbers else "", "cyan")

    def _bullet(self, text: WrappedText, indent: int = 0) -> Padding:
        return Padding(hanging("–", text), (0, 0, 0, indent))

    def _actions(self, actions: Sequence[Action]) -> Iterable[RenderableType]:
        for n, action in enumerate(actions, 1):
            claims = self.outline.claims(action.claims)
            cited = dict.fromkeys(e for claim in claims for e in claim.evidence)
            text = joined(one_line(action.text), self._references(cited))
            yield Padding(hanging(f"{n}.", text), (0, 0, 0, 2))

    def _suspects(self) -> Iterable[RenderableType]:
        yield heading(self.wording, "cause")
        if not self.report.suspects:
            yield WrappedText(f"  {self.wording('text.no_suspect')}", "dim")
        yield from self.model.claims("cause")
        for rank, suspect in enumerate(self.report.suspects, 1):
            yield from self._suspect(suspect, rank)
        yield from self.model.agreement()

    def _suspect(self, suspect: Suspect, rank: int) -> Iterable[RenderableType]:
        wording = self.wording
        filled = round(10 * score_bar_share(suspect))
        head = WrappedText(f"{rank}. ", "bold")
        head.append(one_line(suspect.service), "bold red" if rank == 1 else "bold")
        if suspect.mechanism:
            head.append(f"  {one_line(wording.word('mechanism', suspect.mechanism))}")
        head.append(f"  {'█' * filled}{'░' * (10 - filled)} {suspect.score:.2f}", "dim")
        yield head
        grid = grid_of()
        if suspect.resource and suspect.resource != suspect.service:
            grid.add_row(wording("label.resource"), one_line(suspect.resource))
        if suspect.onset:
            grid.add_row(wording("label.onset"), f"{wording.time(suspect.onset)} UTC")
        if len(suspect.path) > 1:
            grid.add_row(wording("label.path"), one_line(" → ".join(suspect.path)))
        for name, ids in (("speaks_for", suspect.claims), ("speaks_against", suspect.against)):
            claims = self.outline.claims(ids)
            if claims:
                lines = [hanging("–", self._said(claim)) for claim in claims]
                grid.add_row(wording(f"label.{name}"), stack(lines))
        if rank == 1:
            tables = wording.tables(suspect.rests_on)
            rests = wording("text.rests_on", tables=tables) if suspect.rests_on else ""
            grid.add_row(wording("label.rests_on"), one_line(rests or wording("text.stays_first")))
        yield Padding(grid, (0, 0, 0, 3))

    def _impact(self) -> Iterable[RenderableType]:
        yield heading(self.wording, "impact")
        claims = self.outline.section("impact")
        if not claims:
            yield Padding(WrappedText(self.wording("text.no_impact"), "dim"), (0, 0, 0, 2))
        for claim in claims:
            yield self._bullet(self._said(claim), indent=2)
        yield from self.model.claims("impact")

    def _documents(self) -> Iterable[RenderableType]:
        found = self.report.documents
        if found is None:
            return
        yield heading(self.wording, "documents", self.wording("text.documents_searched", n=found.searched))
        if not found.fitting:
            yield WrappedText(f"  {self.wording('text.no_document')}", "dim")
        for document, claim in self.outline.documents():
            text = joined((one_line(document.title or document.id), "bold"), "\n", self._said(claim))
            if address := web_address(document.url):
                text.append(f"\n{one_line(address)}", "dim")
            if document.terms:
                terms = self.wording("list_separator").join(map(one_line, document.terms))
                text.append(f"\n{self.wording('text.found_by', terms=terms)}", "dim")
            yield self._bullet(text, indent=2)

    def _timeline(self) -> Iterable[RenderableType]:
        events = self.outline.timeline()
        yield heading(self.wording, "timeline", self.wording("utc"))
        if not events:
            yield WrappedText(f"  {self.wording('text.no_timeline')}", "dim")
            yield from self.model.claims("timeline")
            return
        grid = grid_of(2)
        day = None
        for event in events:
            if event.entry.time.date() != day:
                day = event.entry.time.date()
                grid.add_row(WrappedText(f"{day:%Y-%m-%d}", "dim"), "", "")
            text = (
                joined((f"{one_line(event.unnamed_service)}  ", "bold")) if (event.unnamed_service) else WrappedText()
            )
            text.append(self._said(event.claim) if event.claim else one_line(event.text))
            kind = self.wording.word("kind", event.entry.kind)
            grid.add_row(self.wording.clock(event.entry.time), kind, text)
        yield grid
        yield from self.model.claims("timeline")

    def _changes(self) -> Iterable[RenderableType]:
        changes = self.outline.changes()
        if not changes:
            return
        yield heading(self.wording, "changes")
        grid = grid_of()
        for change, claim in changes:
            word = self.wording(f"related.{change.judgement}")
            text = self._said(claim)
            text.append(f"\n→ {one_line(change.reason.text)}", "dim")
            grid.add_row(f"{'●' if change.related else '○'} {word}", text)
        yield grid

    def _observed(self) -> Iterable[RenderableType]:
        groups = self.outline.observed()
        if groups:
            yield heading(self.wording, "observations")
        for section, claims in groups:
            yield WrappedText(f"  {self.wording(f'section.{section}')}", "underline")
            for claim in claims:
                yield self._bullet(self._said(claim), indent=2)

    def _further_actions(self) -> Iterable[RenderableType]:
        shown, _ = self.outline.first_steps()
        for kind in ("settle", "prevent"):
            actions = self.outline.actions(kind)
            advice = list(self.model.claims("prevention")) if kind == "prevent" else []
            if (actions and kind != shown) or advice:
                yield heading(self.wording, kind)
                yield from self._actions(actions)
                yield from advice

    def _security(self) -> Iterable[RenderableType]:
        answer = self.report.security
        yield heading(self.wording, "security")
        text = WrappedText(self.wording(f"security.{answer.answer}"), _STYLES[answer.answer])
        if answer.reason.text:
            text.append(f"\n{one_line(answer.reason.text)}", "default not bold")
        yield Padding(text, (0, 0, 0, 2))
        for claim in self.outline.security():
            yield self._bullet(self._said(claim), indent=2)
