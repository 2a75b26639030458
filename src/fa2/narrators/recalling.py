"""What the past adds to a report: incidents that looked alike, as leads; and the report is kept for the next time.

Neither ever fails an investigation: what goes wrong with the store becomes an entry of coverage, with the remedy.
"""

from __future__ import annotations

from datetime import datetime

from fa2.core.coverage import CoverageEntry, Problem, problem
from fa2.core.errors import Fa2Error
from fa2.core.fingerprints import fingerprint
from fa2.core.past import PastReports
from fa2.core.recall import alike
from fa2.core.report import Report

SOURCE = "[past]"
"""Stands in coverage for the store."""


def with_past(report: Report, past: PastReports, *, at_most: int) -> Report:
    """Return the report with the incidents of the past that look alike, the best lead first."""
    if at_most <= 0:
        return report
    try:
        shelf = past.kept()
    except Fa2Error as error:
        return _noted(report, CoverageEntry(source=SOURCE, status="failed", error=problem_of(error)))
    found = alike(report, fingerprint(report), shelf.reports, at_most)
    lost = problem("past_unreadable", n=shelf.unreadable) if shelf.unreadable else None
    entry = CoverageEntry(
        source=SOURCE,
        status="partial" if lost else "ok",
        rows_scanned=len(shelf.reports),
        rows_returned=len(found),
        error=lost or problem("note_past", n=len(shelf.reports)),
    )
    return _noted(report.model_copy(update={"past": found}), entry)


def kept(report: Report, past: PastReports, now: datetime) -> Report:
    """Keep a report; return it as it is, or with a note where it could not be kept."""
    try:
        past.keep(report.model_copy(update={"past": []}), now)  # what is forgotten stays in no other report
    except Fa2Error as error:
        return _noted(report, CoverageEntry(source=SOURCE, query="keep", status="failed", error=problem_of(error)))
    return report


def problem_of(error: Fa2Error) -> Problem:
    """Return an error as coverage tells it."""
    area, _, code = error.key.partition(".")
    if area == "coverage":
        return problem(code, **error.values)
    return Problem(code=error.key, message=str(error), values=dict(error.values))


def _noted(report: Report, entry: CoverageEntry) -> Report:
    return report.model_copy(update={"coverage": [*report.coverage, entry]})
