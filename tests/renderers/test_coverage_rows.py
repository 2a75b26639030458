"""Coverage as it is read: a source's requests summed, its gaps each for itself."""

from __future__ import annotations

import pytest

from fa2.core.coverage import CoverageEntry, Problem, Status
from fa2.core.report import Report
from fa2.renderers import html, json_report, markdown, terminal
from fa2.renderers.coverage_outline import coverage_rows, sources_in_full


def entry(source: str = "X-Ray", status: Status = "ok", **values: object) -> CoverageEntry:
    return CoverageEntry.model_validate({"source": source, "status": status, **values})


def note(text: str) -> Problem:
    return Problem(code="note_something", message=text)


def test_what_a_source_gave_is_one_row_with_sums() -> None:
    asked = [entry(query=f"q{n}", table=table, rows_returned=n) for n, table in enumerate([None, "spans", "edges"])]
    (row,) = coverage_rows([*asked, entry(query="q3")])
    assert (row.rows, row.tables, len(row.entries)) == (3, ["spans", "edges"], 4)


def test_rows_that_nobody_counted_stay_unknown() -> None:
    assert coverage_rows([entry()])[0].rows is None
    assert coverage_rows([entry(rows_returned=0)])[0].rows == 0


@pytest.mark.parametrize(
    "gap",
    [{"status": "failed"}, {"truncated": True}, {"status": "skipped"}, {"error": Problem(code="cut", message="")}],
)
def test_every_gap_has_a_row_of_its_own_and_stands_first(gap: dict[str, object]) -> None:
    entries = [entry(rows_returned=5), entry(**gap), entry(rows_returned=6), entry(**gap)]  # type: ignore[arg-type]
    rows = coverage_rows(entries)
    assert [len(row.entries) for row in rows] == [1, 1, 2]
    assert rows[2].rows == 11
    assert sources_in_full(entries) == (0, 1)


def test_the_same_note_is_told_once_and_another_apart() -> None:
    entries = [entry(error=note("a")), entry(error=note("b")), entry(error=note("a")), entry("S3", error=note("a"))]
    assert [(row.source, len(row.entries)) for row in coverage_rows(entries)] == [("X-Ray", 2), ("X-Ray", 1), ("S3", 1)]
    assert sources_in_full(entries) == (2, 2)


def test_a_file_that_filled_two_tables_was_read_once() -> None:
    read = {"query": "otlp_traces", "bytes_scanned": 4096, "rows_returned": 7}
    (row,) = coverage_rows([entry("t.jsonl", table="spans", **read), entry("t.jsonl", table="edges", **read)])
    assert (row.bytes_scanned, row.rows) == (4096, 14)


def test_each_form_sums_and_the_page_opens_the_requests(investigated: Report) -> None:
    times = {"en": "4 requests", "ja": "リクエスト 4 回"}[investigated.language]
    assert times in terminal.render(investigated)
    assert times in markdown.render(investigated)
    page = html.render(investigated)
    assert times in page
    assert all(query in page for query in ("GetServiceGraph", "GetSamplingRules", "BatchGetTraces"))
    assert json_report.render(investigated).count('"X-Ray (111122223333, ap-northeast-1)"') == 7
