"""Patterns as one HTML file that loads nothing: a table to sort and filter, each pattern to be opened.

The patterns stand in the page as data, and patterns_page.js draws what is looked at, so that thousands of them stay
quick. Without the script there is a plain table of the first ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from fa2.core.messages import Language, messages
from fa2.core.pattern_report import CHANGES, PatternReport, PatternView
from fa2.core.windows import iso
from fa2.renderers.markup import Html, element, join
from fa2.renderers.page_shell import data_block, document, script_of
from fa2.renderers.pattern_briefs import brief
from fa2.renderers.patterns_outline import CHANGE_MARKS, PatternWords, clock
from fa2.renderers.wording import one_line, visible

_STYLES = ("page.css", "patterns_page.css")
_SCRIPTS = ("theme.js", "patterns_chart.js", "patterns_page.js")
_PLAIN_ROWS = 200
"""Rows of the table that stands there without the script."""
_NAMED_INPUTS = 3


def render(report: PatternReport, language: Language = "en") -> str:
    """Return the page. The same report gives the same bytes."""
    words = PatternWords(report, language)
    title = words("page_title", inputs=_inputs(report))
    return document(title, _body(words), language=language, styles=_STYLES, scripts=_SCRIPTS)


def _inputs(report: PatternReport) -> str:
    more = ", …" if len(report.inputs) > _NAMED_INPUTS else ""
    return one_line(", ".join(report.inputs[:_NAMED_INPUTS]) + more)


def _body(words: PatternWords) -> Html:
    main = element(
        "main",
        _head(words),
        *(_listing(words) if words.report.patterns else ()),
        _gaps(words),
        _footer(words),
        id="report",
    )
    return element(
        "body",
        element("a", words("page.skip"), href="#report", class_="skip"),
        _bar(words),
        main,
        _drawer(words),
        data_block(json.dumps(_data(words), ensure_ascii=False, separators=(",", ":")), id="data"),
        script_of(_SCRIPTS),
        class_="patterns-page",
    )


def _listing(words: PatternWords) -> Iterator[Html]:
    if words.report.intervals:
        yield element("figure", id="volume", hidden=True)
    yield _controls(words)
    yield _table(words)
    yield element("p", "", id="nothing", class_="empty", hidden=True)
    yield element("button", words("page.show_more"), id="more", type="button", hidden=True)


def _bar(words: PatternWords) -> Html:
    theme = words("page.theme")
    return element(
        "header",
        element("span", _inputs(words.report) or words("title"), class_="title"),
        element("span", words("utc"), class_="quiet utc"),
        element("button", "◐", type="button", class_="theme js", title=theme, aria_label=theme, hidden=True),
        class_="top",
    )


def _head(words: PatternWords) -> Html:
    facts = [element("div", element("dt", label), element("dd", text)) for label, text in words.facts()]
    notes = [element("li", note) for note in words.notes()]
    return element(
        "section",
        element("p", words("title"), class_="eyebrow"),
        element("h1", words.summary()),
        element("dl", *facts, class_="overview") if facts else None,
        element("ul", *notes, class_="notes") if notes else None,
    )


def _controls(words: PatternWords) -> Html:
    label = words("page.search")
    chips = [_chip("severity", name, name, count) for name, count in words.severities()]
    changes = [view.change.change for view in words.report.patterns if view.change]
    if words.report.comparison:
        chips += [
            _chip("change", name, f"{CHANGE_MARKS[name]} {words(f'change.{name}')}", changes.count(name))
            for name in CHANGES
            if name in changes
        ]
    return element(
        "div",
        element("input", type="search", id="search", placeholder=label, aria_label=label),
        element("div", *chips, class_="chips", role="group", aria_label=words("page.choose")),
        element("output", "", id="count", aria_live="polite"),
        class_="controls js",
        hidden=True,
    )


def _chip(kind: str, name: str, label: str, count: int) -> Html:
    return element(
        "button",
        label,
        element("b", f"{count:,}"),
        type="button",
        class_=f"chip {kind} {name}",
        aria_pressed="false",
        data_kind=kind,
        data_name=name,
    )


def _columns(words: PatternWords) -> list[tuple[str, str]]:
    """Return name and way of sorting of each column; the script draws cells by these names."""
    columns = [("severity", "order"), ("pattern", "text")]
    if words.report.comparison:
        columns = [("change", "order"), *columns, ("now", "number"), ("before", "number"), ("factor", "number")]
    else:
        columns += [("count", "number"), ("share", "number")]
    if words.report.intervals:
        columns += [("over_time", ""), ("first_seen", "number"), ("last_seen", "number")]
    return columns


def _table(words: PatternWords) -> Html:
    columns = _columns(words)
    headings = [
        element(
            "th", words(f"column.{name}"), scope="col", class_=f"c-{name}", data_column=name, data_sort=sort or False
        )
        for name, sort in columns
    ]
    rows = [_plain_row(words, view, [name for name, _ in columns]) for view in words.report.patterns[:_PLAIN_ROWS]]
    table = element(
        "table",
        element("thead", element("tr", *headings)),
        element("tbody", *rows),
        id="patterns",
        class_="patterns-list",
    )
    return element("div", table, class_="list-frame")


def _plain_row(words: PatternWords, view: PatternView, columns: Iterable[str]) -> Html:
    change = view.change
    cells = {
        "severity": view.severity,
        "pattern": "".join(piece.text for piece in brief(view)),
        "count": f"{view.count:,}",
        "now": f"{view.count:,}",
        "share": words.percent(view.ratio),
        "over_time": "",
        "first_seen": clock(view.first_seen) if view.first_seen else "–",
        "last_seen": clock(view.last_seen) if view.last_seen else "–",
        "change": words(f"change.{change.change}") if change else "",
        "before": f"{change.before:,}" if change else "",
        "factor": words.times(change.ratio) if change else "",
    }
    return element("tr", *(element("td", cells[name], class_=f"c-{name}") for name in columns))


def _gaps(words: PatternWords) -> Html | None:
    rows = []
    for gap in words.report.gaps:
        reason, remedy = words.gap(gap)
        said = element("dd", reason, element("span", f"→ {remedy}", class_="quiet") if remedy else None)
        rows.append(join((element("dt", one_line(gap.source)), said)))
    heading = element("h2", words("text.gaps"))
    return element("section", heading, element("dl", *rows, class_="gap-list"), class_="section") if rows else None


def _footer(words: PatternWords) -> Html:
    import fa2

    rule = words(f"text.rule_{words.report.severity_rule}")
    parts = (f"{words('severity_rule')}: {rule}", words("utc"), words("written_by", version=fa2.__version__))
    return element("footer", " · ".join(parts))


def _drawer(words: PatternWords) -> Html:
    def control(name: str, sign: str) -> Html:
        label = words(f"page.{name}")
        return element("button", sign, type="button", class_=name, title=label, aria_label=label)

    return element(
        "dialog",
        element(
            "div",
            element("h2", words("column.pattern")),
            element("div", control("previous", "↑"), control("next", "↓"), control("close", "✕"), class_="steps"),
            class_="drawer-head",
        ),
        element("div", "", class_="drawer-body"),
        id="drawer",
        aria_label=words("column.pattern"),
    )


def _data(words: PatternWords) -> dict[str, object]:
    report = words.report
    texts = messages(words.language, "patterns")
    needed = ("patterns.page.", "patterns.column.", "patterns.kind.", "patterns.change.")
    return {
        "texts": {key.removeprefix("patterns."): text for key, text in texts.items() if key.startswith(needed)},
        "marks": CHANGE_MARKS,
        "start": iso(report.intervals.start) if report.intervals else None,
        "step": report.intervals.step_s if report.intervals else None,
        "patterns": [_pattern(view) for view in report.patterns],
    }


def _brief(view: PatternView) -> list[list[str]] | None:
    """Return text and style of the pieces that the table shows; null for those of the text as it is."""
    pieces = brief(view)
    return [list(piece) for piece in pieces] if any(piece.style == "quiet" for piece in pieces) else None


def _pattern(view: PatternView) -> dict[str, object]:
    """Return a pattern as the script reads it, its text fit to be shown."""
    change = view.change
    return {
        "id": view.id,
        "text": one_line(view.text),
        "brief": _brief(view),
        "count": view.count,
        "ratio": view.ratio,
        "severity": view.severity,
        "first": iso(view.first_seen) if view.first_seen else None,
        "last": iso(view.last_seen) if view.last_seen else None,
        "bars": view.histogram,
        "regex": visible(view.regex),
        "samples": [visible(sample) for sample in view.samples],
        "related": view.related,
        "tokens": [
            {
                "kind": token.kind,
                "name": one_line(token.name),
                "distinct": token.distinct,
                "exact": token.exact,
                "values": [[one_line(value.value), value.count] for value in token.values],
            }
            for token in view.tokens
        ],
        "change": change and [change.change, change.before, change.expected, change.ratio, change.significance],
    }
