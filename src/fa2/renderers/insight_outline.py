"""What every rendering of an insight says, in its language and in the asker's time zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from fa2.core.insight import FEWEST, STEADY, Insight, MeasuredSeries, Stretch
from fa2.core.messages import Value, catalogue
from fa2.core.report import Said
from fa2.renderers.wording import Wording, one_line, said

_FIGURES = ("latest", "lowest", "average", "p95", "highest", "points")

_UNITS = {
    "None": "", "Count": "", "Seconds": "s", "Milliseconds": "ms", "Microseconds": "µs", "Percent": "%", "Bytes": "B",
    "Bytes/Second": "B/s", "Count/Second": "/s",
}  # fmt: skip


class InsightWords:
    """The words of one insight."""

    def __init__(self, insight: Insight) -> None:
        self.insight = insight
        self.zone = zone_named(insight.zone)
        self._texts = catalogue(insight.language)
        self._wording = Wording(insight.language)

    def __call__(self, name: str, /, **values: Value) -> str:
        """Return the text of insight.NAME."""
        return self._texts.text(f"insight.{name}", **values)

    def said(self, statement: Said) -> str:
        """Return a statement on one line."""
        return one_line(said(statement, self.insight.language))

    def moment(self, moment: datetime) -> str:
        """Return day and time in the asker's zone, to the minute where points lie no closer."""
        clock = "%Y-%m-%d %H:%M" if self.insight.period_s >= 60 else "%Y-%m-%d %H:%M:%S"
        return moment.astimezone(self.zone).strftime(clock)

    def window(self) -> str:
        """Return over which time and in which steps, and of what."""
        insight, window = self.insight, self.insight.window
        return self(
            "window",
            length=(window.end - window.start).total_seconds(),
            end=self.moment(window.end),
            zone=insight.zone,
            step=insight.period_s,
            input=one_line(insight.input),
        )

    def understood(self) -> str:
        """Return what was taken from the question."""
        if not self.insight.read:
            return self("nothing_understood")
        return self("understood", read=self("separator").join(self.said(statement) for statement in self.insight.read))

    def title(self, series: MeasuredSeries) -> str:
        """Return what a series is, in a few words."""
        of = series.service or series.namespace
        instance = f" ({series.resource})" if series.resource and series.resource != of else ""
        return one_line(f"{series.name} ({series.stat}) · {of}{instance}")

    def identity(self, series: MeasuredSeries) -> str:
        """Return the series as AWS tells it apart: namespace, dimensions, account and region."""
        parts = [series.namespace, *(f"{name}={value}" for name, value in series.dimensions.items()), series.place]
        return one_line(" ".join(part for part in parts if part))

    def number(self, value: float | None, series: MeasuredSeries) -> str:
        """Return a value with its unit."""
        unit = _UNITS.get(series.unit or "", series.unit or "")
        return one_line(f"{self._wording.number(value)} {unit}".rstrip())

    def figures(self, series: MeasuredSeries) -> Iterator[tuple[str, str]]:
        """Yield (label, value) of the figures."""
        for name in _FIGURES:
            value = getattr(series.figures, name)
            shown = self._wording.number(value) if name == "points" else self.number(value, series)
            yield self(f"figure.{name}"), shown

    def sentences(self, series: MeasuredSeries) -> Iterator[str]:
        """Yield how it changed and what it does every day and week."""
        figures = series.figures
        if figures.earlier is not None:
            change = figures.change
            key = (
                "steady"
                if abs(figures.moved) <= STEADY
                else "from_zero"
                if change is None
                else "rose"
                if change > 0
                else "fell"
            )
            values: dict[str, Value] = {
                "recent": self.number(figures.recent, series),
                "earlier": self.number(figures.earlier, series),
                "span": figures.recent_s,
                "share": abs(change) if change is not None else None,
            }
            yield self(f"change.{key}", **values)
        yield from (self.said(statement) for statement in series.rhythm)

    def unusual(self, series: MeasuredSeries) -> list[str]:
        """Return the unusual times, the most unusual first."""
        return [self.stretch(stretch, series) for stretch in series.unusual]

    def nothing(self, series: MeasuredSeries) -> str:
        """Return that there is nothing to tell of a series; empty where there is."""
        if series.figures.points < FEWEST:
            return self("too_few", n=series.figures.points)
        quiet = not series.unusual and abs(series.figures.moved) <= STEADY
        return self("nothing_unusual") if quiet else ""

    def stretch(self, stretch: Stretch, series: MeasuredSeries) -> str:
        """Return one unusual time."""
        told = self(
            f"unusual.{stretch.kind}",
            start=self.moment(stretch.start),
            end=self._until(stretch),
            value=self.number(stretch.value, series),
            expected=self.number(stretch.expected, series),
            size=stretch.size,
        )
        return self("unusual.lasts", told=told) if stretch.lasts else told

    def _until(self, stretch: Stretch) -> str:
        same = stretch.start.astimezone(self.zone).date() == stretch.end.astimezone(self.zone).date()
        return self.moment(stretch.end)[11:] if same else self.moment(stretch.end)

    def why(self, series: MeasuredSeries) -> str:
        """Return why a series was chosen."""
        return self("why", reasons=self("separator").join(self.said(reason) for reason in series.reasons))

    def notes(self) -> Iterator[str]:
        """Yield what is not shown."""
        insight = self.insight
        if insight.fitting > len(insight.series):
            yield self("more", shown=len(insight.series), fitting=insight.fitting, listed=insight.listed)
        if insight.silent:
            yield self("silent", names=one_line(self("separator").join(insight.silent)))

    def gaps(self) -> Iterator[tuple[str, str]]:
        """Yield (what is missing, what to do about it)."""
        for entry in self.insight.coverage:
            if entry.error and entry.status != "ok":
                reason, remedy = self._wording.problem(entry.error)
                yield one_line(f"{entry.source}: {reason}"), one_line(remedy)


def zone_named(name: str) -> tzinfo:
    """Return a zone by its name; UTC for one that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC
