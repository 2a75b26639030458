"""The tables of the report for a terminal: metrics, log patterns, coverage, evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import RenderableType

from fa2.core.report import Chart
from fa2.renderers.coverage_outline import CoverageRow
from fa2.renderers.outline import Outline, in_window
from fa2.renderers.terminal_text import WrappedTable, WrappedText, joined
from fa2.renderers.wording import Wording, one_line, visible

_BLOCKS = "▁▂▃▄▅▆▇█"
_CHANGES = {"new": "✚", "surged": "▲", "dropped": "▼", "gone": "✕", "steady": "="}
_STATUS = {"ok": "✓", "partial": "◐", "failed": "✕", "skipped": "–"}
_STYLES = {
    "new": "red",
    "surged": "red",
    "dropped": "yellow",
    "gone": "yellow",
    "steady": "dim",
    "ok": "green",
    "partial": "yellow",
    "failed": "red",
    "skipped": "dim",
}


class Tables:
    """The tables of one report as rich renderables."""

    def __init__(self, outline: Outline, wording: Wording, width: int) -> None:
        self.report = outline.report
        self.width = width
        self.outline = outline
        self.wording = wording

    def charts(self) -> Iterable[RenderableType]:
        """Yield the metrics: a line of blocks, the values in the window, the normal ones."""
        if not self.report.charts:
            return
        yield heading(self.wording, "metrics")
        table = plain_table(
            self.wording, (("metric", 3, None), ("trend", 0, None), ("latest", 0, None), ("normal", 0, None))
        )
        for chart in self.report.charts:
            self._chart_row(table, chart)
        yield table

    def _chart_row(self, table: WrappedTable, chart: Chart) -> None:
        wording = self.wording
        values = in_window(chart, self.report)
        reading = (wording.number(min(values)), wording.number(max(values))) if values else None
        title = WrappedText(one_line(chart.title.text))
        owner = " · ".join(p for p in (chart.service, chart.unit) if p)
        title.append(f"\n{one_line(owner)}" if owner else "", "dim")
        known = chart.normal_low is not None and chart.normal_high is not None
        normal = (wording.number(chart.normal_low), wording.number(chart.normal_high))
        table.add_row(
            title,
            WrappedText(
                spark(
                    [v if v is not None and v == v else None for v in chart.values],
                    min(24, self.width // 6),
                ),
                "cyan",
            ),
            wording("text.in_window", lowest=reading[0], highest=reading[1]) if reading else "–",
            wording("text.in_window", lowest=normal[0], highest=normal[1]) if known else "–",
        )

    def patterns(self) -> Iterable[RenderableType]:
        """Yield the log patterns with their counts."""
        rows = self.report.patterns
        yield heading(self.wording, "patterns")
        if not rows:
            yield WrappedText(f"  {self.wording('text.no_patterns')}", "dim")
            return
        table = plain_table(
            self.wording,
            (
                ("change", 0, None),
                ("pattern", 1, None),
                ("window", 0, "right"),
                ("expected", 0, "right"),
                ("trend", 0, None),
            ),
        )
        for row in rows:
            word = self.wording.word("pattern_change", row.change)
            text = WrappedText(one_line(row.pattern))
            where = " · ".join(p for p in (row.level, row.service, row.source) if p)
            text.append(f"\n{one_line(where)}" if where else "", "dim")
            table.add_row(
                WrappedText(f"{_CHANGES[row.change]} {word}", _STYLES[row.change]),
                text,
                self.wording.number(row.window_count),
                self.wording.number(row.expected_count),
                WrappedText(spark(list(row.histogram), min(16, self.width // 6)), "cyan"),
            )
        yield table

    def logs(self) -> Iterable[RenderableType]:
        """Yield the logs that the report speaks of."""
        logs = self.outline.logs()
        if not logs:
            return
        yield heading(self.wording, "references")
        table = plain_table(
            self.wording,
            (("source", 2, None), ("service", 1, None), ("pattern_count", 0, "right"), ("lines", 0, "right")),
        )
        for log in logs:
            services = one_line(", ".join(log.services)) or "–"
            lines = self.wording.number(log.window_lines)
            table.add_row(one_line(log.source), services, str(log.patterns), lines)
        yield table

    def coverage(self) -> Iterable[RenderableType]:
        """Yield what was looked at by source, what has gaps first, each with its remedy."""
        rows = self.outline.coverage()
        ok, total = self.outline.in_full()
        yield heading(self.wording, "coverage", self.wording("text.coverage_count", ok=ok, total=total) if rows else "")
        if not rows:
            yield WrappedText(f"  {self.wording('text.no_coverage')}", "dim")
            return
        columns = (("status", 0, None), ("source", 2, None), ("rows", 0, "right"), ("reason", 3, None))
        table = plain_table(self.wording, columns)
        for row in rows:
            self._coverage_row(table, row)
        yield table

    def _coverage_row(self, table: WrappedTable, row: CoverageRow) -> None:
        wording = self.wording
        word = f"{_STATUS[row.status]} {wording(f'status.{row.status}')}"
        reason, remedy = wording.problem(row.problem) if row.problem else ("", "")
        cut = wording("text.truncated") if row.truncated else ""
        text = WrappedText(" · ".join(one_line(p) for p in (cut, reason) if p))
        if remedy:
            text.append(f"\n→ {one_line(remedy)}", "bold")
        source = WrappedText(one_line(row.source))
        asked = wording("text.asked_times", n=len(row.entries)) if len(row.entries) > 1 else ""
        quiet = " · ".join(part for part in (wording.tables(row.tables), asked) if part)
        source.append(f"\n{quiet}" if quiet else "", "dim")
        table.add_row(WrappedText(word, _STYLES[row.status]), source, wording.number(row.rows), text)

    def evidence(self) -> Iterable[RenderableType]:
        """Yield each piece of evidence with the commands that get it, unbroken for copying."""
        if not self.report.evidence:
            return
        yield heading(self.wording, "evidence", self.wording("check", command="fa2 verify report.json"))
        for number, record in enumerate(self.report.evidence, 1):
            rows = f"{self.wording('column.rows')} {len(record.rows)}"
            head = joined(
                (f"[{number}] ", "cyan"),
                (one_line(record.id), "bold"),
                (f"  {self.wording.table(record.table)} · {rows}", "dim"),
            )
            yield head
            for command in record.how_to_get or [record.sql]:
                lines = visible(command).replace("\n", "\n    ")
                yield WrappedText(f"    {lines}", no_wrap=True, overflow="ignore")


def plain_table(wording: Wording, columns: Sequence[tuple[str, int, str | None]]) -> WrappedTable:
    """Return a table without lines. columns: name, share of the width (0: as wide as it is), justification."""
    table = WrappedTable(box=None, pad_edge=False, header_style="dim", expand=False)
    table.padding = (0, 2, 0, 0)
    for name, ratio, justify in columns:
        title = wording(f"column.{name}")
        table.add_column(
            title,
            justify="right" if justify == "right" else "left",
            overflow="fold",
            no_wrap=ratio == 0,
            ratio=ratio or None,
            min_width=cell_len(title) if not ratio else 12,
        )
    return table


def heading(wording: Wording, name: str, note: str = "") -> WrappedText:
    """Return a heading after an empty line, with a quiet remark."""
    text = WrappedText("\n")
    text.append(wording(f"heading.{name}"), "bold")
    if note:
        text.append(f"  {one_line(note)}", "dim")
    return text


def spark(values: Sequence[float | None], width: int) -> str:
    """Return a line of blocks: the highest of each stretch, a space for a gap."""
    size = max(1, -(-len(values) // width))
    peaks = [max((v for v in values[n : n + size] if v is not None), default=None) for n in range(0, len(values), size)]
    top = max((p for p in peaks if p is not None), default=0)
    return "".join(" " if p is None else _BLOCKS[_height(p, top)] for p in peaks)


def _height(value: float, top: float) -> int:
    return round(7 * min(1.0, max(0.0, value / top))) if top > 0 else 0
