"""What every form of a pattern report says besides its rows: what was read, compared, left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from fa2.core.errors import UnusableInput
from fa2.core.messages import Language, Value, catalogue
from fa2.core.pattern_report import CHANGES, MANY_PATTERNS, SEVERITIES, ComparisonView, Gap, PatternReport, Period
from fa2.core.windows import TimeWindow, iso
from fa2.renderers.wording import one_line

CHANGE_MARKS = {"new": "✚", "gone": "✕", "more": "▲", "less": "▼", "same": "="}


class PatternWords:
    """A pattern report with the words of one language."""

    def __init__(self, report: PatternReport, language: Language) -> None:
        self.report = report
        self.language = language
        self._messages = catalogue(language)

    def __call__(self, name: str, /, **values: Value) -> str:
        """Return the text of patterns.NAME."""
        return self._messages.text(f"patterns.{name}", **values)

    def number(self, value: Value) -> str:
        """Return a number with three digits that count; a dash for none."""
        return self._messages.format_field(value, "")

    def percent(self, share: float) -> str:
        """Return a share of 1 as percent; never 0 for what is there, nor 100 for less than all."""
        shown = f"{100 * share:.1f}"
        if share > 0 and shown == "0.0":
            return "<0.1 %"
        return ">99.9 %" if share < 1 and shown == "100.0" else f"{shown} %"

    def times(self, ratio: float | None) -> str:
        """Return a ratio of rates; a dash where there is none."""
        return "–" if ratio is None else self._messages.format_field(ratio, "times")

    def summary(self) -> str:
        """Return how many lines and patterns there are."""
        report = self.report
        patterns = self("text.one_pattern") if report.found == 1 else self("text.patterns", n=report.found)
        if report.matched == report.lines:
            return self("text.summary", lines=report.lines, patterns=patterns)
        return self("text.summary_filtered", lines=report.lines, matched=report.matched, patterns=patterns)

    def facts(self) -> Iterator[tuple[str, str]]:
        """Yield label and text of what was looked at."""
        report = self.report
        if report.period:
            yield self("period"), self.span(report.period)
        if report.filter:
            yield self("filter"), one_line(report.filter)
        against = report.comparison
        if against:
            yield self("compared_with"), self._against(against)
            yield (
                self("column.change"),
                self("text.changed", **{name: against.changes.get(name, 0) for name in CHANGES}),
            )

    def _against(self, against: ComparisonView) -> str:
        asked = self(f"asked.{against.asked}") if against.asked in _ASKED else one_line(against.asked)
        if against.before is None:
            return self("text.against_file", asked=asked, lines=against.lines)
        span = self.span(against.before)
        name = "text.against_period" if _is_period(against.asked) else "text.against"
        return self(name, span=span, lines=against.lines, **({} if _is_period(against.asked) else {"asked": asked}))

    def severities(self) -> list[tuple[str, int]]:
        """Return how many of the patterns shown have each severity, the gravest first."""
        counts = Counter(p.severity for p in self.report.patterns)
        return [(name, counts[name]) for name in SEVERITIES if counts[name]]

    def notes(self) -> Iterator[str]:
        """Yield what a reader has to know: what is not shown, not timed, not suited."""
        report = self.report
        if not report.lines:
            yield self("text.no_lines")
        elif not report.matched:
            yield self("text.nothing_filtered" if report.filter else "text.nothing")
        hidden = report.found - len(report.patterns)
        if hidden > 0:
            share = self.percent(report.hidden_lines / max(1, report.matched))
            yield self("text.hidden", n=hidden, lines=report.hidden_lines, share=share)
        if report.matched and report.intervals is None:
            yield self("text.no_times")
        elif report.untimed:
            yield self("text.untimed", n=report.untimed)
        if report.too_many:
            yield self("text.too_many", n=report.found, most=MANY_PATTERNS)

    def gap(self, gap: Gap) -> tuple[str, str]:
        """Return why something was not read, and what to do about it; in English where not translated."""
        texts = []
        for key, plain in ((gap.code, gap.message), (f"{gap.code}_remedy", gap.remedy)):
            known = self._messages.has(f"coverage.{key}")
            texts.append(self._messages.text(f"coverage.{key}", **gap.values) if known else plain)
        return one_line(texts[0]), one_line(texts[1])

    def span(self, period: Period) -> str:
        """Return a period with its length; the day once where both ends share it."""
        same_day = period.start.date() == period.end.date()
        end = f"{period.end:%H:%M:%S}" if same_day else clock(period.end)
        length = (period.end - period.start).total_seconds()
        return self("range", start=clock(period.start), end=f"{end} UTC", length=length)


_ASKED = ("previous", "day", "week", "month")


def _is_period(asked: str) -> bool:
    """Tell whether the period was typed as START/END, so that it need not be said twice."""
    try:
        TimeWindow.parse(asked)
    except UnusableInput:
        return False
    return True


def clock(moment: datetime) -> str:
    """Return day and time of day of a time in UTC, without the zone."""
    return iso(moment)[:19].replace("T", " ")
