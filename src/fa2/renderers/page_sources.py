"""The lower part of the HTML page: logs and metrics referred to, coverage, evidence."""

from __future__ import annotations

import re

from fa2.core.addresses import web_address
from fa2.core.report import Claim, DocumentReference, EvidenceRecord
from fa2.renderers.coverage_outline import CoverageRow
from fa2.renderers.markup import Html, element, join
from fa2.renderers.outline import in_window
from fa2.renderers.page_parts import Page, empty, table

_STATUS = {"ok": "✓", "partial": "◐", "failed": "✕", "skipped": "–"}
MOST_ROWS = 200
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z?")


def documents(page: Page) -> Html:
    """Return the documents that fit, each with the sentences that matched; nothing where none were collected."""
    found = page.report.documents
    if found is None:
        return Html("")
    note = page.wording("text.documents_searched", n=found.searched)
    items = [_document(page, document, claim) for document, claim in page.outline.documents()]
    content = element("ul", *items, class_="claims") if items else empty(page.wording("text.no_document"))
    return page.section("documents", content, note=note)


def _document(page: Page, document: DocumentReference, claim: Claim) -> Html:
    title = document.title or document.id
    address = web_address(document.url)
    terms = page.wording("list_separator").join(document.terms)
    quiet = page.wording("text.found_by", terms=terms) if terms else ""
    return element(
        "li",
        element("b", title),
        element("p", page.claim(claim)),
        element("p", element("code", address)) if address else None,
        element("p", quiet, class_="quiet") if quiet else None,
    )


def references(page: Page) -> Html:
    """Return the logs and the metrics that the report speaks of."""
    wording = page.wording
    logs = [
        _row(
            element("code", log.source),
            element("span", ", ".join(log.services) or "–"),
            str(log.patterns),
            wording.number(log.window_lines),
        )
        for log in page.outline.logs()
    ]
    metrics = []
    for chart in page.report.charts:
        values = in_window(chart, page.report)
        reading = wording(
            "text.in_window",
            lowest=wording.number(min(values, default=None)),
            highest=wording.number(max(values, default=None)),
        )
        unit = f" {chart.unit}" if chart.unit else ""
        metrics.append(
            _row(
                element("span", chart.title.text),
                element("span", chart.service or chart.resource or "–"),
                reading + unit if values else "–",
            )
        )
    if not (logs or metrics):
        return Html("")
    parts = [
        _listed(page, "logs", ("source", "service", "pattern_count", "lines"), logs),
        _listed(page, "metrics", ("metric", "service", "latest"), metrics),
    ]
    return page.section("references", element("div", *parts, class_="columns"))


def _row(*cells: Html | str) -> Html:
    return element(
        "tr",
        *(element("td", cell) if isinstance(cell, Html) else element("td", cell, class_="number") for cell in cells),
    )


def _listed(page: Page, name: str, columns: tuple[str, ...], rows: list[Html]) -> Html:
    numeric = {"pattern_count", "lines", "latest"}
    headings = [
        element("th", page.wording(f"column.{c}"), scope="col", class_="number" if c in numeric else "")
        for c in columns
    ]
    content = table(headings, rows) if rows else empty(page.wording("none"))
    return element("div", element("h3", page.wording(f"label.{name}")), content)


def coverage(page: Page) -> Html:
    """Return what each source gave, what has gaps first and each gap for itself, with reason and remedy."""
    wording = page.wording
    covered = page.outline.coverage()
    if not covered:
        return page.section("coverage", empty(wording("text.no_coverage")))
    ok, total = page.outline.in_full()
    names = ("status", "source", "table", "rows", "reason", "remedy")
    headings = [
        element("th", wording(f"column.{n}"), scope="col", class_="number" if n == "rows" else "") for n in names
    ]
    rows = (_coverage_row(page, row) for row in covered)
    note = wording("text.coverage_count", ok=ok, total=total)
    return page.section("coverage", table(headings, rows, class_="coverage-table"), note=note)


def _coverage_row(page: Page, row: CoverageRow) -> Html:
    wording = page.wording
    reason, remedy = wording.problem(row.problem) if row.problem else ("", "")
    status = f"{_STATUS[row.status]} {wording(f'status.{row.status}')}"
    if row.truncated:
        reason = " · ".join(part for part in (wording("text.truncated"), reason) if part)
    return element(
        "tr",
        element("td", element("span", status, class_=f"status {row.status}")),
        element("td", element("span", row.source, class_="source"), _asked(page, row)),
        element("td", wording.tables(row.tables) or "–"),
        element("td", *_amounts(page, row), class_="number"),
        element("td", reason or "–"),
        element("td", remedy or "–"),
        class_=f"is-{row.status}",
    )


def _amounts(page: Page, row: CoverageRow) -> list[Html]:
    wording = page.wording
    scanned = [
        wording("text.rows_scanned", n=row.rows_scanned) if row.rows_scanned else "",
        wording("text.bytes_read", n=row.bytes_scanned) if row.bytes_scanned else "",
    ]
    quiet = " · ".join(part for part in scanned if part)
    amounts = [element("span", wording.number(row.rows))]
    return [*amounts, element("span", quiet, class_="quiet")] if quiet else amounts


def _asked(page: Page, row: CoverageRow) -> Html | None:
    """Return what was asked: the one request, or all of them to be opened."""
    if len(row.entries) == 1:
        query = row.entries[0].query
        return element("span", query, class_="quiet") if query else None
    items = [
        element(
            "li",
            element("span", entry.query or entry.table or "–"),
            element("b", f"{page.wording('column.rows')} {page.wording.number(entry.rows_returned)}"),
        )
        for entry in row.entries
    ]
    title = page.wording("text.asked_times", n=len(items))
    return element("details", element("summary", title), element("ul", *items), class_="asked")


def evidence(page: Page) -> Html:
    """Return every piece of evidence: query, parameters, values, and how to get it."""
    records = [_record(page, record) for record in page.report.evidence]
    if not records:
        return page.section("evidence", empty(page.wording("none")))
    note = page.wording("check", command="fa2 verify report.json")
    button = element("button", page.wording("control.open_all"), type="button", class_="js open-all", hidden=True)
    return page.section("evidence", button, *records, note=note)


def _record(page: Page, record: EvidenceRecord) -> Html:
    number = page.numbers[record.id]
    wording = page.wording
    summary = element(
        "summary",
        element("span", str(number), class_="rank"),
        element("code", record.id),
        element("span", wording.table(record.table), class_="quiet"),
        element("span", f"{', '.join(record.columns)}", class_="quiet columns-of"),
    )
    body = element(
        "div",
        _labelled(wording("label.query"), _copyable(page, record.sql)),
        _parameters(page, record),
        _labelled(wording("label.values"), _values(page, record, number)),
        _labelled(
            wording("label.how_to_get"),
            join(_copyable(page, command) for command in record.how_to_get),
        )
        if record.how_to_get
        else None,
        id=f"ev-{number}",
        class_="evidence-body",
    )
    return element("details", summary, body, class_="evidence-record")


def _labelled(label: str, content: Html) -> Html:
    return join((element("h4", label), content))


def _copyable(page: Page, content: str) -> Html:
    label = page.wording("control.copy")
    done = page.wording("control.copied")
    button = element("button", label, type="button", class_="js copy", hidden=True, data_done=done)
    return element("div", element("pre", element("code", content)), button, class_="copyable")


def _parameters(page: Page, record: EvidenceRecord) -> Html | None:
    if not record.parameters:
        return None
    rows = [
        element(
            "tr",
            element("th", element("code", f"${name}"), scope="row"),
            element("td", _cell(value)),
        )
        for name, value in record.parameters.items()
    ]
    return _labelled(page.wording("label.parameters"), element("table", *rows, class_="values"))


def _values(page: Page, record: EvidenceRecord, number: int) -> Html:
    if not record.rows:
        return empty(page.wording("text.no_rows"))
    rows = [element("tr", *(element("td", _cell(v), class_=_kind(v)) for v in row)) for row in record.rows[:MOST_ROWS]]
    shown = table(list(record.columns), rows, class_="values", data_evidence=str(number))
    if len(record.rows) <= MOST_ROWS:
        return shown
    note = page.wording("text.rows_of", shown=MOST_ROWS, total=len(record.rows))
    return join((shown, element("p", note, class_="quiet")))


def _cell(value: object) -> str:
    return "–" if value is None else str(value)


def _kind(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return "number"
    return "when" if isinstance(value, str) and _TIME.fullmatch(value) else ""
