"""Reads reports back, and puts coverage into lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from fa2.core.coverage import CoverageEntry
from fa2.core.errors import BrokenReport
from fa2.core.messages import Catalogue
from fa2.core.report import Report
from fa2.renderers.wording import visible


def read_report(path: Path) -> Report:
    """Return a report from its JSON file. Raises BrokenReport when it is none."""
    try:
        return Report.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BrokenReport("errors.report.unreadable", file=str(path), problem=error.strerror) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        problem = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
        raise BrokenReport("errors.report.unreadable", file=str(path), problem=problem) from error


def bundle_of(report: Report, file: Path) -> Path:
    """Return the bundle or folder of a report: as it was named, from here or from beside the report.

    Raises BrokenReport when neither is there.
    """
    for place in (Path(report.input), file.parent / report.input):
        if place.exists():
            return place
    raise BrokenReport("errors.report.no_bundle", path=report.input)


def coverage_lines(coverage: Sequence[CoverageEntry], texts: Catalogue) -> Iterator[str]:
    """Yield a line for each entry, and its reason and remedy beneath."""
    for entry in coverage:
        status = texts.text(f"report.status.{entry.status}")
        rows = "" if entry.rows_returned is None else texts.text("cli.collect.rows", n=entry.rows_returned)
        yield visible(f"{status:8} {entry.source}  {entry.table or ''} {rows}".rstrip())
        if entry.error:
            for key in (f"coverage.{entry.error.code}", f"coverage.{entry.error.code}_remedy"):
                plain = entry.error.remedy if key.endswith("_remedy") else entry.error.message
                text = texts.text(key, **entry.error.values) if texts.has(key) else plain
                if text:
                    yield visible(f"         {text}")
