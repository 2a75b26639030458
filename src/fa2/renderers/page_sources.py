"""The lower part of the HTML page: logs and metrics referred to, coverage, evidence."""

from __future__ import annotations

import re

from fa2.core.addresses import web_address
from fa2.core.coverage import CoverageEntry
from fa2.core.report import Claim, DocumentReference, EvidenceRecord
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
    """Return what was asked of which source, what has gaps first, with reason and remedy."""
    wording = page.wording
    entries = page.outline.coverage()
    if not entries:
        return page.section("coverage", empty(wording("text.no_coverage")))
    gaps = len(page.outline.gaps())
    note = wording("text.coverage_count", ok=len(entries) - gaps, total=len(entries))
    names = ("status", "source", "table", "rows", "reason", "remedy")
    headings = [
        element("th", wording(f"column.{n}"), scope="col", class_="number" if n == "rows" else "") for n in names
    ]
    rows = (_coverage_row(page, entry) for entry in entries)
    return page.section("coverage", table(headings, rows, class_="coverage-table"), note=note)


def _coverage_row(page: Page, entry: CoverageEntry) -> Html:
    wording = page.wording
    reason, remedy = wording.problem(entry.error) if entry.error else ("", "")
    status = f"{_STATUS[entry.status]} {wording(f'status.{entry.status}')}"
    if entry.truncated:
        reason = " · ".join(part for part in (wording("text.truncated"), reason) if part)
    scanned = [
        wording("text.rows_scanned", n=entry.rows_scanned) if entry.rows_scanned else "",
        wording("text.bytes_read", n=entry.bytes_scanned) if entry.bytes_scanned else "",
    ]
    quiet = " · ".join(part for part in scanned if part)
    return element(
        "tr",
        element("td", element("span", status, class_=f"status {entry.status}")),
        element(
            "td",
            element("span", entry.source, class_="source"),
            element("span", entry.query, class_="quiet") if entry.query else None,
        ),
        element("td", wording.table(entry.table) if entry.table else "–"),
        element(
            "td",
            element("span", wording.number(entry.rows_returned)),
            element("span", quiet, class_="quiet") if quiet else None,
            class_="number",
        ),
        element("td", reason or "–"),
        element("td", remedy or "–"),
        class_=f"is-{entry.status}",
    )


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
