"""The report as Markdown that GitHub renders; text from logs stays text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from fa2.core.addresses import web_address
from fa2.core.messages import Value
from fa2.core.report import Action, Claim, DocumentReference, EvidenceRecord, PatternRow, Rated, Report, Suspect
from fa2.renderers import mermaid
from fa2.renderers.coverage_outline import CoverageRow
from fa2.renderers.markdown_model import ModelMarkdown
from fa2.renderers.markdown_text import code, fenced, plain, table
from fa2.renderers.outline import Outline, in_window
from fa2.renderers.terminal_tables import spark
from fa2.renderers.wording import Wording, with_texts

MOST_ROWS = 30
_VERDICT = {"incident": "▲", "no_incident": "✓", "inconclusive": "?"}


def render(report: Report) -> str:
    """Return the report as Markdown, in the report's language."""
    blocks = [block for block in _Markdown(with_texts(report)).blocks() if block]
    return "\n\n".join(blocks) + "\n"


class _Markdown:
    """A report as blocks of Markdown."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.outline = Outline(report)
        self.wording = Wording(report.language)
        self.numbers = {record.id: n for n, record in enumerate(report.evidence, 1)}
        self.model = ModelMarkdown(self.outline.model, self.wording, self._references)

    def blocks(self) -> Iterator[str]:
        """Yield the blocks in order; an empty one is left out."""
        yield from self._verdict()
        yield from self.model.past()
        yield from self._suspects()
        yield from self.model.agreement()
        yield from self._impact()
        yield from self._documents()
        yield from self._timeline()
        yield from self._changes()
        yield from self._map()
        yield from self._metrics()
        yield from self._patterns()
        yield from self._observed()
        yield from self._further_actions()
        yield from self.model.hypotheses()
        yield from self._security()
        yield from self._logs()
        yield from self.model.account()
        yield from self._coverage()
        yield from self._evidence()
        written = self.wording(
            "written_by",
            version=self.report.version,
            input=self.report.input,
            incident=self.report.incident,
        )
        yield f"---\n\n{plain(written)} {self.wording('utc')}"

    def _heading(self, name: str) -> str:
        return f"## {self.wording(f'heading.{name}')}"

    def _verdict(self) -> Iterator[str]:
        report, wording = self.report, self.wording
        yield f"# {plain(report.headline.text)}"
        badge = f"**{_VERDICT[report.verdict]} {wording.word('verdict', report.verdict)}**"
        yield f"{badge} · {plain(report.title)}" if report.title else badge
        summary = [self._said(claim) for claim in self.outline.section("summary")]
        summary = [*self.model.claims("summary"), *summary]
        yield self._list(summary + [plain(reason.text) for reason in report.verdict_reasons])
        yield from self.model.notices()
        kind, actions = self.outline.first_steps()
        yield self._heading(kind)
        yield self._actions(actions) or wording("text.no_now")
        yield self.model.listed("action")
        yield self._heading("facts")
        yield self._facts()

    def _facts(self) -> str:
        report, wording = self.report, self.wording
        baseline = ", ".join(wording.span(span) for span in report.baseline)
        alarm = report.alarm and (report.alarm.name or report.alarm.metric)
        facts = [
            (wording("label.confidence"), self._rated(report.confidence)),
            (wording("label.severity"), self._rated(report.severity)),
            (wording("label.window"), wording.span(report.window)),
            (wording("label.baseline"), baseline or wording("text.no_baseline")),
            (wording("label.alarm"), plain(alarm or "")),
            (wording("label.question"), plain(report.question)),
        ]
        return table((wording("column.name"), wording("column.value")), [fact for fact in facts if fact[1]])

    def _rated(self, rated: Rated) -> str:
        level = f"**{self.wording.word('level', rated.level)}**"
        return "<br>".join([level, *(plain(reason.text) for reason in rated.reasons)])

    def _said(self, claim: Claim) -> str:
        return plain(claim.text) + self._references(claim.evidence)

    def _references(self, evidence: Iterable[str]) -> str:
        links = [f"[{n}](#{self._anchor(n)})" for e in evidence if (n := self.numbers.get(e)) is not None]
        return f" ({', '.join(links)})" if links else ""

    def _anchor(self, number: int) -> str:
        """Return what GitHub makes of the heading of a piece of evidence."""
        return f"{self.wording('label.evidence').lower().replace(' ', '-')}-{number}"

    def _list(self, items: Iterable[str]) -> str:
        return "\n".join(f"- {item}" for item in items)

    def _actions(self, actions: Sequence[Action]) -> str:
        lines = []
        for n, action in enumerate(actions, 1):
            claims = self.outline.claims(action.claims)
            cited = dict.fromkeys(e for claim in claims for e in claim.evidence)
            lines.append(f"{n}. {plain(action.text)}{self._references(cited)}")
        return "\n".join(lines)

    def _suspects(self) -> Iterator[str]:
        yield self._heading("cause")
        if not self.report.suspects:
            yield self.wording("text.no_suspect")
        yield self.model.listed("cause")
        for rank, suspect in enumerate(self.report.suspects, 1):
            yield from self._suspect(suspect, rank)

    def _suspect(self, suspect: Suspect, rank: int) -> Iterator[str]:
        wording = self.wording
        mechanism = wording.word("mechanism", suspect.mechanism) if suspect.mechanism else ""
        yield f"### {rank}. {plain(suspect.service)}" + (f" – {plain(mechanism)}" if mechanism else "")
        facts = [f"{wording('label.score')}: {suspect.score:.2f}"]
        if suspect.resource and suspect.resource != suspect.service:
            facts.append(f"{wording('label.resource')}: {code(suspect.resource)}")
        if suspect.onset:
            facts.append(f"{wording('label.onset')}: {wording.time(suspect.onset)} UTC")
        if len(suspect.path) > 1:
            facts.append(f"{wording('label.path')}: {' → '.join(code(s) for s in suspect.path)}")
        if rank == 1:
            tables = wording.tables(suspect.rests_on)
            rests = wording("text.rests_on", tables=tables) if suspect.rests_on else ""
            facts.append(plain(rests or wording("text.stays_first")))
        yield self._list(facts)
        for name, ids in (("speaks_for", suspect.claims), ("speaks_against", suspect.against)):
            claims = self.outline.claims(ids)
            if claims:
                yield f"**{wording(f'label.{name}')}**"
                yield self._list(self._said(claim) for claim in claims)

    def _impact(self) -> Iterator[str]:
        yield self._heading("impact")
        yield self._list(self._said(claim) for claim in self.outline.section("impact")) or self.wording(
            "text.no_impact"
        )
        yield self.model.listed("impact")

    def _documents(self) -> Iterator[str]:
        found = self.report.documents
        if found is None:
            return
        yield self._heading("documents")
        yield self.wording("text.documents_searched", n=found.searched)
        if not found.fitting:
            yield self.wording("text.no_document")
        yield self._list(self._document(*pair) for pair in self.outline.documents())

    def _document(self, document: DocumentReference, claim: Claim) -> str:
        lines = [f"**{plain(document.title or document.id)}**", self._said(claim)]
        if address := web_address(document.url):
            lines.append(code(address))
        if document.terms:
            terms = self.wording("list_separator").join(document.terms)
            lines.append(plain(self.wording("text.found_by", terms=terms)))
        return "<br>".join(lines)

    def _timeline(self) -> Iterator[str]:
        yield self._heading("timeline")
        rows = [
            (
                self.wording.time(event.entry.time),
                self.wording.word("kind", event.entry.kind),
                plain(event.entry.service or "–"),
                self._said(event.claim) if event.claim else plain(event.text),
            )
            for event in self.outline.timeline()
        ]
        yield self._table(("time", "kind", "service", "event"), rows) or self.wording("text.no_timeline")
        yield self.model.listed("timeline")

    def _changes(self) -> Iterator[str]:
        rows = [
            (
                self.wording(f"related.{change.judgement}"),
                self._said(claim),
                plain(change.reason.text),
            )
            for change, claim in self.outline.changes()
        ]
        if rows:
            yield self._heading("changes")
            yield self._table(("related", "event", "why"), rows)

    def _table(self, columns: Sequence[str], rows: Sequence[Sequence[str]], numeric: Iterable[int] = ()) -> str:
        headings = [self.wording(f"column.{column}") for column in columns]
        return table(headings, rows, numeric) if rows else ""

    def _map(self) -> Iterator[str]:
        graph = self.report.service_map
        yield self._heading("map")
        if not graph.nodes:
            yield self.wording("text.no_map")
            return
        yield fenced(mermaid.render(self.report).rstrip(), "mermaid")
        for state in ("suspect", "affected", "unknown", "normal"):
            names = [code(node.service) for node in graph.nodes if node.state == state]
            if names:
                yield f"- {self.wording(f'state.{state}')}: {', '.join(names)}"
        failing = [f"{code(e.caller)} → {code(e.callee)}" for e in graph.edges if e.failing]
        if failing:
            yield f"{self.wording('legend.failing')}: {', '.join(failing)}"
        yield self.wording("text.hidden", n=graph.hidden) if graph.hidden else ""

    def _metrics(self) -> Iterator[str]:
        wording = self.wording
        rows = []
        for chart in self.report.charts:
            values = in_window(chart, self.report)
            low, high = wording.number(chart.normal_low), wording.number(chart.normal_high)
            known = chart.normal_low is not None and chart.normal_high is not None
            lowest, highest = (
                wording.number(min(values, default=None)),
                wording.number(max(values, default=None)),
            )
            rows.append(
                (
                    plain(chart.title.text),
                    plain(chart.service or chart.resource or "–"),
                    plain(chart.unit or "–"),
                    spark([v if v is not None and v == v else None for v in chart.values], 24),
                    wording("text.in_window", lowest=lowest, highest=highest) if values else "–",
                    wording("text.in_window", lowest=low, highest=high) if known else "–",
                )
            )
        yield self._heading("metrics")
        columns = ("metric", "service", "unit", "trend", "latest", "normal")
        yield self._table(columns, rows) or wording("text.no_charts")

    def _patterns(self) -> Iterator[str]:
        yield self._heading("patterns")
        rows = [self._pattern(row) for row in self.report.patterns]
        columns = (
            "change",
            "pattern",
            "level",
            "service",
            "window",
            "expected",
            "trend",
            "first_seen",
        )
        yield self._table(columns, rows, numeric=(4, 5)) or self.wording("text.no_patterns")

    def _pattern(self, row: PatternRow) -> Sequence[str]:
        claim = next(iter(self.outline.claims([row.claim])), None) if row.claim else None
        return (
            self.wording.word("pattern_change", row.change),
            code(row.pattern) + (self._references(claim.evidence) if claim else ""),
            plain(row.level or "–"),
            plain(row.service or row.source or "–"),
            self.wording.number(row.window_count),
            self.wording.number(row.expected_count),
            spark(list(row.histogram), 16),
            self.wording.time(row.first_seen) if row.first_seen else "–",
        )

    def _observed(self) -> Iterator[str]:
        groups = self.outline.observed()
        if groups:
            yield self._heading("observations")
        for section, claims in groups:
            yield f"**{self.wording(f'section.{section}')}**"
            yield self._list(self._said(claim) for claim in claims)

    def _further_actions(self) -> Iterator[str]:
        shown, _ = self.outline.first_steps()
        for kind in ("settle", "prevent"):
            actions = self.outline.actions(kind)
            advice = self.model.listed("prevention") if kind == "prevent" else ""
            if (actions and kind != shown) or advice:
                yield self._heading(kind)
                yield self._actions(actions)
                yield advice

    def _security(self) -> Iterator[str]:
        answer = self.report.security
        yield self._heading("security")
        yield f"**{self.wording(f'security.{answer.answer}')}**"
        yield plain(answer.reason.text)
        yield self._list(self._said(claim) for claim in self.outline.security())

    def _logs(self) -> Iterator[str]:
        rows = [
            (
                code(log.source),
                plain(", ".join(log.services) or "–"),
                str(log.patterns),
                self.wording.number(log.window_lines),
            )
            for log in self.outline.logs()
        ]
        if rows:
            yield self._heading("references")
            yield self._table(("source", "service", "pattern_count", "lines"), rows, numeric=(2, 3))

    def _coverage(self) -> Iterator[str]:
        rows = self.outline.coverage()
        yield self._heading("coverage")
        if not rows:
            yield self.wording("text.no_coverage")
            return
        ok, total = self.outline.in_full()
        yield self.wording("text.coverage_count", ok=ok, total=total)
        columns = ("status", "source", "table", "rows", "reason", "remedy")
        yield self._table(columns, [self._covered(row) for row in rows], numeric=(3,))

    def _covered(self, row: CoverageRow) -> Sequence[str]:
        reason, remedy = self.wording.problem(row.problem) if row.problem else ("", "")
        cut = self.wording("text.truncated") if row.truncated else ""
        asked = f"<br>{self.wording('text.asked_times', n=len(row.entries))}" if len(row.entries) > 1 else ""
        return (
            self.wording(f"status.{row.status}"),
            code(row.source) + asked,
            plain(self.wording.tables(row.tables)) or "–",
            self.wording.number(row.rows),
            plain(" · ".join(part for part in (cut, reason) if part)) or "–",
            plain(remedy) or "–",
        )

    def _evidence(self) -> Iterator[str]:
        yield self._heading("evidence")
        if not self.report.evidence:
            yield self.wording("none")
            return
        yield plain(self.wording("check", command="fa2 verify report.json"))
        for number, record in enumerate(self.report.evidence, 1):
            yield from self._record(record, number)

    def _record(self, record: EvidenceRecord, number: int) -> Iterator[str]:
        wording = self.wording
        yield f"### {wording('label.evidence')} {number}"
        yield f"{code(record.id)} · {plain(wording.table(record.table))}"
        yield fenced(record.sql, "sql")
        if record.parameters:
            yield self._list(f"{code(f'${k}')}: {_cell(v)}" for k, v in record.parameters.items())
        if record.rows:
            rows = [[_cell(value) for value in row] for row in record.rows[:MOST_ROWS]]
            yield table([plain(column) for column in record.columns], rows)
        else:
            yield wording("text.no_rows")
        if len(record.rows) > MOST_ROWS:
            yield wording("text.rows_of", shown=MOST_ROWS, total=len(record.rows))
        if record.how_to_get:
            yield f"**{wording('label.how_to_get')}**"
            yield fenced("\n".join(record.how_to_get), "sh")


def _cell(value: Value) -> str:
    if value is None:
        return "–"
    return code(value) if isinstance(value, str) else plain(str(value))
