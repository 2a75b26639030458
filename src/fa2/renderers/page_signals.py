"""The middle of the HTML page: timeline, service map, metric plots, log patterns."""

from __future__ import annotations

from fa2.core.report import Chart, PatternRow
from fa2.renderers import page_model
from fa2.renderers.charts import metric_plot, sparkline
from fa2.renderers.diagram import notes_of
from fa2.renderers.markup import Html, element, join
from fa2.renderers.outline import Dated, in_window
from fa2.renderers.page_parts import Page, empty, table
from fa2.renderers.service_map import service_map
from fa2.renderers.timeline import SYMBOLS, timeline_strip
from fa2.renderers.wording import one_line

CHANGE_SYMBOLS = {"new": "✚", "surged": "▲", "dropped": "▼", "gone": "✕", "steady": "="}


def timeline(page: Page) -> Html:
    """Return the events: a strip to see their order, a list to read them."""
    events = page.outline.timeline()
    if not events:
        return page.section(
            "timeline", empty(page.wording("text.no_timeline")), page_model.statements(page, "timeline")
        )
    items = []
    day = None
    for number, event in enumerate(events, 1):
        if event.entry.time.date() != day:
            day = event.entry.time.date()
            items.append(element("li", f"{day:%Y-%m-%d}", class_="day"))
        items.append(_event(page, event, number))
    strip = element(
        "div",
        timeline_strip(events, page.report, page.wording),
        class_="scroll",
        tabindex="0",
        role="group",
    )
    listed = element("ol", *items, class_="events")
    more = page_model.statements(page, "timeline")
    return page.section("timeline", strip, listed, more, note=page.wording("utc"))


def _event(page: Page, event: Dated, number: int) -> Html:
    entry = event.entry
    service = event.unnamed_service
    inside = page.report.window.start <= entry.time < page.report.window.end
    kind = element("span", element("i", SYMBOLS[entry.kind]), page.wording.word("kind", entry.kind))
    return element(
        "li",
        element("time", page.wording.clock(entry.time), datetime=entry.time.isoformat()),
        element("span", kind, class_=f"event-kind {entry.kind}"),
        element(
            "span",
            element("b", service, class_="service") if service else None,
            " ",
            page.claim(event.claim) if event.claim else element("span", event.text),
            class_="what",
        ),
        id=f"t-{number}",
        class_="event in" if inside else "event",
    )


def map_of_services(page: Page) -> Html:
    """Return the service map with its legend and how many services are left out."""
    graph = page.report.service_map
    wording = page.wording
    if not graph.nodes:
        return page.section("map", empty(wording("text.no_map")))
    states = {node.state for node in graph.nodes}
    keys = [
        element("li", element("i", class_=f"key {state}"), wording(f"state.{state}"))
        for state in ("suspect", "affected", "normal", "unknown")
        if state in states
    ]
    if any(edge.failing for edge in graph.edges):
        keys.append(element("li", element("i", class_="key failing"), wording("legend.failing")))
    drawing = service_map(graph, wording, page.places, notes_of(page.report, wording))
    hidden = wording("text.hidden", n=graph.hidden) if graph.hidden else ""
    return page.section(
        "map",
        element("div", drawing.svg, class_="scroll", tabindex="0", role="group"),
        element("ul", *keys, element("li", hidden) if hidden else None, class_="legend"),
    )


def metrics(page: Page) -> Html:
    """Return the metric plots as small multiples."""
    wording = page.wording
    if not page.report.charts:
        return page.section("metrics", empty(wording("text.no_charts")))
    keys = [
        element("li", element("i", class_=f"key {name}"), wording(f"legend.{name}"))
        for name in ("window", "baseline", "normal", "onset")
    ]
    return page.section(
        "metrics",
        element("div", *(_figure(page, chart) for chart in page.report.charts), class_="plots"),
        element("ul", *keys, class_="legend"),
        note=wording("utc"),
    )


def _figure(page: Page, chart: Chart) -> Html:
    wording = page.wording
    values = in_window(chart, page.report)
    lowest, highest = min(values, default=None), max(values, default=None)
    measured = wording("text.in_window", lowest=wording.number(lowest), highest=wording.number(highest))
    readings = [f"{wording('legend.window')} {measured}"] if values else []
    if chart.normal_low is not None and chart.normal_high is not None:
        low, high = wording.number(chart.normal_low), wording.number(chart.normal_high)
        readings.append(wording("text.normal_range", low=low, high=high))
    attributes = {"data_claim": chart.claim} if chart.claim in page.places else {}
    claim = next(iter(page.outline.claims([chart.claim])), None) if chart.claim else None
    return element(
        "figure",
        element(
            "figcaption",
            element(
                "span",
                element("b", chart.title.text, class_="said"),
                element("span", unit, class_="unit") if (unit := _unit(page, chart)) else None,
                page.references(claim.evidence) if claim else None,
                class_="claim name",
                **{key: value for key, value in attributes.items() if value},
            ),
            element("span", _owner(chart), class_="quiet"),
        ),
        metric_plot(chart, page.report, wording),
        element("p", " · ".join(readings), class_="readings", data_rest=" · ".join(readings)),
    )


def _unit(page: Page, chart: Chart) -> str:
    return page.wording("unit_suffix", unit=chart.unit) if chart.unit else ""


def _owner(chart: Chart) -> str:
    resource = chart.resource if chart.resource != chart.service else None
    return " · ".join(part for part in (chart.service, resource) if part)


def patterns(page: Page) -> Html:
    """Return the table of log patterns; page.js sorts and filters it."""
    rows = page.report.patterns
    wording = page.wording
    if not rows:
        return page.section("patterns", empty(wording("text.no_patterns")))
    headings = [
        _heading(page, name, kind)
        for name, kind in (
            ("change", "text"),
            ("pattern", "text"),
            ("level", "text"),
            ("window", "number"),
            ("expected", "number"),
            ("trend", ""),
            ("first_seen", "text"),
        )
    ]
    listed = table(headings, (_pattern(page, row) for row in rows), class_="patterns-table")
    return page.section("patterns", _controls(page), listed)


def _heading(page: Page, name: str, kind: str) -> Html:
    label = page.wording(f"column.{name}")
    hint = page.wording("text.expected_hint") if name == "expected" else label
    return element("th", label, scope="col", class_=f"col-{name}", title=hint, data_sort=kind or False)


def _controls(page: Page) -> Html:
    wording = page.wording
    changes = [c for c in CHANGE_SYMBOLS if any(row.change == c for row in page.report.patterns)]
    options = [element("option", wording("control.all_changes"), value="")]
    options += [element("option", wording.word("pattern_change", c), value=c) for c in changes]
    label = wording("control.filter")
    return element(
        "div",
        element("input", type="search", placeholder=label, aria_label=label),
        element("select", *options, aria_label=wording("column.change")),
        element("output", "", data_text=wording("control.matching", n="#", total="##")),
        class_="controls js",
        hidden=True,
    )


def _pattern(page: Page, row: PatternRow) -> Html:
    wording = page.wording
    claim = next(iter(page.outline.claims([row.claim])), None) if row.claim else None
    change = f"{CHANGE_SYMBOLS[row.change]} {wording.word('pattern_change', row.change)}"
    cells = [
        element("td", element("span", change, class_=f"change {row.change}"), data_value=row.change),
        element("td", _text(page, row), page.references(claim.evidence) if claim else None),
        element("td", element("span", row.level or "–", class_="loglevel")),
        _number(page, row.window_count),
        _number(page, row.expected_count),
        element("td", sparkline(row.histogram, page.report, wording)),
        element("td", _first_seen(page, row), class_="when"),
    ]
    return element("tr", *cells, data_change=row.change)


def _text(page: Page, row: PatternRow) -> Html:
    where = " · ".join(part for part in (row.service, row.source) if part)
    pattern = element("code", one_line(row.pattern))
    place = element("span", where, class_="quiet where")
    if not row.sample:
        return join((element("div", pattern, class_="pattern"), place))
    sample = join(
        (
            element("p", page.wording("label.sample"), class_="quiet"),
            element("pre", row.sample, class_="sample"),
        )
    )
    return join((element("details", element("summary", pattern), sample, class_="pattern"), place))


def _number(page: Page, value: float) -> Html:
    return element("td", page.wording.number(value), class_="number", data_value=f"{value:.6g}")


def _first_seen(page: Page, row: PatternRow) -> Html:
    if row.first_seen is None:
        return element("span", "–")
    if row.first_seen < page.report.chart_range.start:
        return element("span", page.wording("text.early"))
    moment = page.wording.time(row.first_seen)
    return element("time", page.wording.clock(row.first_seen), datetime=moment, title=moment)
