"""Patterns for a terminal: a line each, the most telling first."""

from __future__ import annotations

from fa2.core.messages import Language, catalogue
from fa2.core.pattern_report import PatternReport
from fa2.renderers.wording import one_line


def render(report: PatternReport, language: Language = "en", width: int = 100, color: bool = False) -> str:
    """Return the table for a terminal of `width` columns."""
    texts = catalogue(language)
    rows = [
        f"{p.count:>9,} {100 * p.ratio:5.1f} %  {p.severity:5}  {one_line(p.text)}"[:width] for p in report.patterns
    ]
    rows.append(texts.text("patterns.read", lines=report.lines, found=report.found))
    return "\n".join(rows) + "\n"
