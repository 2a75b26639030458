"""A report of changes as one HTML file that loads nothing; its charts are SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fa2.core.messages import Language
from fa2.core.monthly_changes import Answer, Breakdown, MonthlyChanges
from fa2.renderers.changes_outline import ChangeWords, Row, TableText
from fa2.renderers.markup import Html, element, join
from fa2.renderers.page_parts import aside, table
from fa2.renderers.page_shell import document, script_of

_STYLES = ("page.css", "changes_page.css")
_SCRIPTS = ("theme.js",)
_MOST_ROWS = 200
_WIDTH, _HEIGHT, _LEFT, _BASE, _TOP = 720, 190, 52, 160, 14
_SPARK_WIDTH, _SPARK_HEIGHT = 96, 20


def render(report: MonthlyChanges, language: Language = "en", only: Breakdown | None = None) -> str:
    """Return the page. The same report gives the same bytes; every name from outside is escaped."""
    words = ChangeWords(report, language)
    title = words("page_title", month=words.month(report.month), source=report.source)
    return document(title, _body(words, only), language=language, styles=_STYLES, scripts=_SCRIPTS)


def _body(words: ChangeWords, only: Breakdown | None) -> Html:
    report = words.report
    parts = [_head(words), _answer(words, report.answer) if report.answer else None]
    if report.anything_recorded:
        parts += [_notables(words), _months(words)]
        parts += [_breakdown(words, found) for found in words.tables(only, _MOST_ROWS)]
    parts += [_lists(words), _how(words), _footer(words)]
    theme = words("text.theme")
    bar = element(
        "header",
        element("span", words("title"), class_="title"),
        element("button", "◐", type="button", class_="theme js", title=theme, aria_label=theme, hidden=True),
        class_="top",
    )
    skip = element("a", words("text.skip"), href="#report", class_="skip")
    return element("body", skip, bar, element("main", *parts, id="report"), script_of(_SCRIPTS), class_="changes-page")


def _section(name: str, heading: str, *content: Html | None, note: str = "") -> Html:
    return element("section", element("h2", heading, aside(note)), *content, id=name, class_="section")


def _head(words: ChangeWords) -> Html:
    sentences = [element("p", sentence) for sentence in words.summary()]
    conditions = element("p", words.conditions(), class_="quiet") if words.report.conditions else None
    return element("section", element("h1", words.heading()), *sentences, conditions, class_="lead")


def _answer(words: ChangeWords, answer: Answer) -> Html:
    parts: list[Html | None] = [element("p", words("question.asked", question=answer.question[:400]))]
    if answer.understood:
        parts.append(element("p", " ".join(words.remark(remark) for remark in answer.understood), class_="quiet"))
        found = words.answer(answer)
        parts.append(_table(found) if found else element("p", words("question.no_rows")))
        parts.append(element("p", words("question.more_rows", n=len(answer.rows))) if answer.more else None)
    else:
        parts.append(element("p", words("question.nothing_understood")))
    if answer.not_understood:
        left = words("question.not_understood", words=", ".join(answer.not_understood))
        parts.append(element("p", left, class_="left-over"))
    return _section("answer", words("section.answer"), *parts)


def _notables(words: ChangeWords) -> Html:
    listed = []
    for notable in words.report.notables:
        said, mostly = words.notable(notable)
        more = element("span", mostly, class_="quiet") if mostly else None
        grade = element("b", words(f"grade.{notable.grade}"), class_="grade")
        listed.append(element("li", grade, " ", said, more, class_=notable.grade))
    content = element("ul", *listed, class_="notables") if listed else element("p", words.nothing_notable())
    return _section("notable", words("section.notable"), content)


def _months(words: ChangeWords) -> Html:
    charts = [element("figure", _month_chart(words))]
    if any(words.report.days):
        caption = element("figcaption", words("section.days"), class_="quiet")
        charts.append(element("figure", caption, _day_chart(words)))
    details = element("details", element("summary", words("text.as_table")), _table(words.months()))
    return _section("months", words("section.months"), *charts, details)


def _month_chart(words: ChangeWords) -> Html:
    report = words.report
    counts, usual = [record.changes for record in report.months], report.total.usual
    top = max([*counts, usual.high if usual else 0, 1])
    drawn: list[Html] = []
    if usual:
        high, low = _up(usual.high, top), _up(usual.low, top)
        band = {"x": _LEFT, "y": high, "width": _WIDTH - _LEFT, "height": max(2.0, low - high)}
        drawn.append(element("rect", class_="normal", **band))
        drawn.append(element("text", words("text.usual_band"), class_="caption", x=_LEFT + 4, y=high + 12))
    for value in (0, top):
        y = _up(value, top)
        drawn.append(element("line", class_="grid", x1=_LEFT, x2=_WIDTH, y1=y, y2=y))
        drawn.append(element("text", words.number(round(value)), class_="tick y", x=_LEFT - 6, y=y + 4))
    step = (_WIDTH - _LEFT) / len(counts)
    for at, record in enumerate(report.months):
        drawn += _bar(words, record.month, record.changes, (_LEFT + at * step, step, top), last=at == len(counts) - 1)
    return _drawing(words.chart_title(), drawn)


def _bar(
    words: ChangeWords, label: str, count: int, place: tuple[float, float, float], *, last: bool
) -> Iterator[Html]:
    left, step, top = place
    y, width = _up(count, top), min(step * 0.7, 60)
    x = left + (step - width) / 2
    tip = element("title", f"{label}: {words.number(count)}")
    bar = element("rect", tip, class_="column now" if last else "column", x=x, y=y, width=width, height=_BASE - y)
    yield bar
    yield element("text", words.number(count), class_="tick x", x=x + width / 2, y=y - 4)
    yield element("text", label[2:], class_="tick x", x=x + width / 2, y=_BASE + 16)


def _day_chart(words: ChangeWords) -> Html:
    days, month = words.report.days, words.report.month
    top, step = max(days), (_WIDTH - _LEFT) / len(days)
    drawn: list[Html] = []
    for at, count in enumerate(days):
        y = _up(count, top)
        tip = element("title", f"{month}-{at + 1:02}: {words.number(count)}")
        place = {"x": _LEFT + at * step + 1, "y": y, "width": step - 2, "height": _BASE - y}
        drawn.append(element("rect", tip, class_="column now", **place))
        if at % 5 == 0:
            drawn.append(element("text", str(at + 1), class_="tick x", x=_LEFT + (at + 0.5) * step, y=_BASE + 16))
    drawn.append(element("text", words.number(top), class_="tick y", x=_LEFT - 6, y=_up(top, top) + 4))
    return _drawing(words("section.days"), drawn)


def _drawing(title: str, drawn: Sequence[Html]) -> Html:
    return element(
        "svg", element("title", title), *drawn, class_="months", viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img"
    )


def _up(value: float, top: float) -> float:
    return _BASE - (_BASE - _TOP - 10) * value / max(top, 1)


def _breakdown(words: ChangeWords, found: TableText) -> Html:
    return _section(found.name, found.heading, _table(found), note=found.note)


def _table(found: TableText) -> Html:
    numeric = set(found.numeric)
    headings = [
        element("th", heading, scope="col", class_="number" if at in numeric else f"c-{found.columns[at]}")
        for at, heading in enumerate(found.headings)
    ]
    return table(headings, [_row(found, row, numeric) for row in found.rows], class_="changes-table")


def _row(found: TableText, row: Row, numeric: set[int]) -> Html:
    cells = []
    for at, (name, cell) in enumerate(zip(found.columns, row.cells)):
        content: Html | str = _spark(row.counts) if name == "trend" else cell
        cells.append(element("td", content, class_="number" if at in numeric else f"c-{name}"))
    return element("tr", *cells, class_=row.verdict or "plain")


def _spark(counts: Sequence[int]) -> Html:
    """Return a small drawing of counts by month, the last one marked; decoration of the numbers beside it."""
    top, step = max(max(counts, default=0), 1), _SPARK_WIDTH / max(len(counts), 1)
    bars = []
    for at, count in enumerate(counts):
        height = max(1.0, _SPARK_HEIGHT * count / top) if count else 0.0
        place = {"x": at * step + 0.5, "y": _SPARK_HEIGHT - height, "width": max(1.0, step - 1), "height": height}
        bars.append(element("rect", class_="column now" if at == len(counts) - 1 else "column", **place))
    size = {"width": _SPARK_WIDTH, "height": _SPARK_HEIGHT}
    return element(
        "svg", *bars, class_="spark", viewBox=f"0 0 {_SPARK_WIDTH} {_SPARK_HEIGHT}", aria_hidden="true", **size
    )


def _lists(words: ChangeWords) -> Html:
    left_out = [element("li", line) for line in words.left_out()]
    gaps = [
        element(
            "li",
            element("code", source),
            f" {reason}",
            element("span", f"→ {remedy}", class_="quiet") if remedy else None,
        )
        for source, reason, remedy in words.coverage()
    ]
    return join(
        (
            _section("left-out", words("section.left_out"), element("ul", *left_out)) if left_out else None,
            _section("coverage", words("section.coverage"), element("ul", *gaps)) if gaps else None,
        )
    )


def _how(words: ChangeWords) -> Html | None:
    report = words.report
    if not report.sql:
        return None
    values = "\n".join(f"'{value}'" for value in report.parameters)
    statement = element("details", element("summary", "SQL"), element("pre", report.sql), element("pre", values))
    read = element("p", words("text.source", source=report.source)) if report.source else None
    return _section("how", words("section.how"), read, element("p", words("text.sql")), statement)


def _footer(words: ChangeWords) -> Html:
    import fa2

    return element("footer", f"{words('utc')} {words('written_by', version=fa2.__version__)}")
