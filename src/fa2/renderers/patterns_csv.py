"""Patterns as CSV for spreadsheets and scripts: a row each, numbers unrounded, times in ISO 8601 UTC.

Text stands as it is in the logs, controls made visible. A cell that a spreadsheet would take for a formula is not
changed: whoever opens it there imports the columns as text.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import datetime
from io import StringIO

from fa2.core.pattern_report import PatternReport, PatternView
from fa2.core.windows import iso
from fa2.renderers.wording import visible

COLUMNS = ("id", "severity", "count", "ratio", "first_seen", "last_seen", "pattern", "display", "regex", "sample")
CHANGE_COLUMNS = ("change", "before", "expected", "rate_ratio", "significance")


def render(report: PatternReport) -> str:
    """Return the rows under a header; those of a comparison have its columns as well."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((*COLUMNS, *(CHANGE_COLUMNS if report.comparison else ())))
    for pattern in report.patterns:
        writer.writerow((*_row(pattern), *(_change(pattern) if report.comparison else ())))
    return out.getvalue()


def _row(pattern: PatternView) -> Iterable[object]:
    sample = visible(pattern.samples[0]) if pattern.samples else ""
    moments = (_moment(pattern.first_seen), _moment(pattern.last_seen))
    texts = map(visible, (pattern.text, pattern.display, pattern.regex))
    return (pattern.id, pattern.severity, pattern.count, f"{pattern.ratio:.6g}", *moments, *texts, sample)


def _change(pattern: PatternView) -> Iterable[object]:
    view = pattern.change
    if view is None:
        return ("",) * len(CHANGE_COLUMNS)
    ratio = "" if view.ratio is None else f"{view.ratio:.6g}"
    return view.change, view.before, f"{view.expected:.6g}", ratio, f"{view.significance:.6g}"


def _moment(moment: datetime | None) -> str:
    return iso(moment) if moment else ""
