"""An insight in every format and both languages: what it says, in the asker's zone, and that nothing in it acts."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from types import ModuleType

import pytest
from rich.cells import cell_len

from fa2.core.coverage import CoverageEntry, problem
from fa2.core.incident import Span
from fa2.core.insight import Figures, Insight, MeasuredSeries, Stretch
from fa2.core.messages import LANGUAGES, Language
from fa2.core.report import Said
from fa2.renderers import insight_html, insight_json, insight_markdown, insight_terminal
from fa2.renderers.sparklines import sparkline

END = datetime(2026, 11, 20, 3, tzinfo=UTC)
START = END - timedelta(days=2)
HOSTILE = "<script>alert(1)</script>\x1b[31m"
RENDERERS = [insight_terminal, insight_markdown, insight_html, insight_json]


def measured(name: str = "Duration", *, odd: bool = True, rose: bool = True) -> MeasuredSeries:
    times = [START + timedelta(hours=n) for n in range(48) if n not in (20, 21, 22, 23)]
    values = [900.0 if n == 30 else 100.0 for n in range(len(times))]
    peak = Stretch(
        start=times[30],
        end=times[30] + timedelta(hours=1),
        kind="high",
        value=900.0,
        expected=100.0,
        size=20.0,
        lasts=False,
    )
    hole = Stretch(
        start=times[20] - timedelta(hours=4),
        end=times[20],
        kind="missing",
        value=None,
        expected=None,
        size=4.0,
        lasts=True,
    )
    return MeasuredSeries(
        id="M1",
        namespace="AWS/Lambda",
        name=name,
        dimensions={"FunctionName": "checkout"},
        stat="p99",
        unit="Milliseconds",
        service="checkout",
        resource=None,
        place="123456789012/ap-northeast-1",
        reasons=[Said(key="insight.reason.service", values={"word": "checkout"})],
        times=times,
        values=values,
        expected=[100.0] * len(times),
        spread=10.0,
        by_hour=True,
        figures=Figures(
            points=44, latest=100.0, latest_at=times[-1], lowest=100.0, average=118.2, p95=100.0, highest=900.0,
            recent=150.0, earlier=100.0, recent_s=86_400, change=0.5, moved=5.0 if rose else 0.0,
        ),
        rhythm=[Said(key="insight.rhythm.daily", values={"high": 120.0, "high_at": "14:00", "low": 80.0, "low_at": "02:00"})],
        unusual=[peak, hole] if odd else [],
        query={"Namespace": "AWS/Lambda", "MetricName": name, "Stat": "p99", "Period": 3600, "Dimensions": []},
        how_to_get=["aws cloudwatch get-metric-data --region ap-northeast-1"],
    )  # fmt: skip


def insight(language: Language = "en", *series: MeasuredSeries, **more: object) -> Insight:
    denied = problem("aws_denied", action="cloudwatch:GetMetricData", account="1", statement="{…}")
    fields: dict[str, object] = {
        "version": "1",
        "language": language,
        "question": "Is checkout slow?",
        "input": "123456789012/ap-northeast-1",
        "zone": "Asia/Tokyo",
        "window": Span(start=START, end=END),
        "period_s": 3600,
        "headline": Said(key="insight.headline.usual", values={"n": 3}),
        "read": [Said(key="insight.read.measure", values={"word": "slow", "measure": "measure.latency"})],
        "series": list(series) or [measured()],
        "listed": 900,
        "fitting": 12,
        "silent": ["Shop Old Sum"],
        "coverage": [CoverageEntry(source="CloudWatch metrics", status="failed", error=denied)],
        **more,
    }
    return Insight.model_validate(fields)


@pytest.mark.parametrize("renderer", RENDERERS, ids=lambda m: m.__name__.rpartition("_")[2])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_format_tells_what_there_is_in_both_languages(renderer: ModuleType, language: Language) -> None:
    text = renderer.render(insight(language))
    for part in ("Duration", "900", "checkout", "get-metric-data", "cloudwatch:GetMetricData"):
        assert part in text
    assert bool(re.search("[ぁ-ん]", text)) == (language == "ja")
    shown = re.sub(r"(?s)<(style|script).*?</\1>", "", text).replace("\\", "").replace("{…}", "")
    assert "{" not in shown or renderer is insight_json


def test_times_are_the_askers() -> None:
    for renderer in (insight_terminal, insight_markdown, insight_html):
        text = renderer.render(insight())
        assert "2026-11-20 12:00" in text  # 03:00 UTC in Tokyo
        assert "2026-11-19 22:00" in text.replace("\\", "") or "22:00" in text


def test_the_json_reads_back_with_its_texts_and_in_utc() -> None:
    text = insight_json.render(insight())
    assert Insight.model_validate_json(text).series == insight_json_filled(text).series
    raw = json.loads(text)
    assert raw["headline"]["text"] == "Nothing is unusual in what answers this best (3 series)."
    assert raw["window"]["end"] == "2026-11-20T03:00:00Z"


def insight_json_filled(text: str) -> Insight:
    return Insight.model_validate(json.loads(text))


def test_change_and_nothing_are_told_only_where_they_are() -> None:
    rose = insight_terminal.render(insight("en", measured(odd=False)))
    assert "150 ms in the last 24 h (median), 100 ms before: 50 % more." in rose
    assert "Nothing unusual." not in rose
    steady = insight_terminal.render(insight("en", measured(odd=False, rose=False)))
    assert "steady" in steady
    assert "Nothing unusual." in steady


def test_hostile_names_act_nowhere() -> None:
    found = insight("en", measured(HOSTILE), question=HOSTILE, silent=[HOSTILE])
    terminal, markdown, page = (r.render(found) for r in (insight_terminal, insight_markdown, insight_html))
    assert "\x1b" not in terminal + markdown + page
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in markdown


class _Balanced(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "link", "br", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A shape of SVG closes itself."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_well_formed_loads_nothing_and_draws_gaps_as_gaps() -> None:
    page = insight_html.render(insight())
    parser = _Balanced()
    parser.feed(page)
    assert not parser.open
    assert not re.search(r"""(?:src|href)=["'](?!#|data:)""", page)
    assert len(re.findall(r'class="series"', page)) == 2  # the hole divides the line
    assert page.count('class="shade-window"') == 2
    assert insight_html.render(insight()) == page


@pytest.mark.parametrize("width", [60, 80, 140])
@pytest.mark.parametrize("language", LANGUAGES)
def test_lines_fit_the_terminal_but_for_commands(width: int, language: Language) -> None:
    lines = insight_terminal.render(insight(language), width).splitlines()
    assert all(cell_len(line) <= width for line in lines if "get-metric-data" not in line)
    assert "\x1b[31m" in insight_terminal.render(insight(language), width, True)


def test_an_answer_without_series_is_whole() -> None:
    for renderer in RENDERERS:
        nothing = insight("en", headline=Said(key="insight.headline.nothing_fits")).model_copy(update={"series": []})
        assert "no metric that fits" in renderer.render(nothing)


def test_a_zone_that_this_machine_does_not_know_is_shown_in_utc() -> None:
    assert "2026-11-20 03:00" in insight_terminal.render(insight(zone="Mars/Olympus"))


def test_a_sparkline_keeps_peaks_fills_periods_and_leaves_gaps_blank() -> None:
    times = [START + timedelta(hours=n) for n in range(48) if n != 24]
    values = [50.0 if n == 7 else 1.0 for n in range(47)]
    drawn = sparkline(times, values, (START, END), period_s=3600, cells=24)
    assert "".join(character for character, _ in drawn).count("█") == 1
    assert drawn[3] == ("█", 7)
    finer = sparkline(times, values, (START, END), period_s=3600, cells=96)
    assert [character for character, _ in finer][48:50] == [" ", " "]
    assert sparkline([], [], (START, END), period_s=60, cells=3) == [(" ", None)] * 3
    assert [c for c, _ in sparkline(times, [0.0] * 47, (START, END), period_s=3600, cells=2)] == ["▁", "▁"]
