"""A report of findings as one HTML file that loads nothing."""

from __future__ import annotations

from fa2.core.findings_report import FindingsReport, Item
from fa2.core.messages import Language
from fa2.renderers.findings_outline import CountText, FindingsWords
from fa2.renderers.markup import Html, element, join
from fa2.renderers.page_parts import table
from fa2.renderers.page_shell import document, script_of

_STYLES = ("page.css", "findings_page.css")
_SCRIPTS = ("theme.js",)


def render(report: FindingsReport, language: Language = "en") -> str:
    """Return the page. The same report gives the same bytes; every text from outside is escaped."""
    words = FindingsWords(report, language)
    title = words("page_title", inputs=words.inputs())
    return document(title, _body(words), language=language, styles=_STYLES, scripts=_SCRIPTS)


def _body(words: FindingsWords) -> Html:
    theme = words("text.theme")
    bar = element(
        "header",
        element("span", words.inputs() or words("title"), class_="title"),
        element("button", "◐", type="button", class_="theme js", title=theme, aria_label=theme, hidden=True),
        class_="top",
    )
    parts = (_head(words), _items(words), _more(words), _steps(words), _lists(words), _footer(words))
    skip = element("a", words("text.skip"), href="#report", class_="skip")
    main = element("main", *parts, id="report")
    return element("body", skip, bar, main, script_of(_SCRIPTS), class_="findings-page")


def _section(name: str, heading: str, *content: Html | None) -> Html:
    return element("section", element("h2", heading), *content, id=name, class_="section")


def _head(words: FindingsWords) -> Html:
    counts = [_count(counted) for counted in words.counts()]
    first, *more = words.summarised()
    return element(
        "section",
        element("p", words("title"), class_="eyebrow"),
        element("h1", first),
        element("p", words.sentences(more)) if more else None,
        element("p", words.scope(), class_="quiet") if words.scope() else None,
        element("div", *counts, class_="counts") if counts else None,
        class_="lead",
    )


def _count(counted: CountText) -> Html:
    most = max(counted.numbers)
    rows = []
    for (value, number), count in zip(counted.rows, counted.numbers, strict=True):
        bar = element("span", class_="bar", style=f"width:{100 * count / most:.0f}%")
        rows.append(element("li", element("span", value, class_="name"), element("b", number), bar))
    return element("div", element("h3", counted.heading), element("ul", *rows), class_=f"count {counted.name}")


def _items(words: FindingsWords) -> Html | None:
    listed = [_item(words, item) for item in words.explained()]
    return _section("items", words("section.items"), *listed) if listed else None


def _item(words: FindingsWords, item: Item) -> Html:
    shown = words.item(item)
    facts = [join((element("dt", name), element("dd", text))) for name, text in shown.facts]
    heading = element(
        "h3",
        element("span", f"{item.place}", class_="place"),
        element("span", shown.label, class_=f"label {item.label}"),
        " ",
        shown.heading,
    )
    return element(
        "article",
        heading,
        element("p", words.note(item), class_="quiet"),
        element("dl", *facts),
        _quoted(words("quoted"), shown.quoted),
        _quoted(words("item.remediation"), shown.remedy, shown.remedy_url),
        class_=f"finding {item.label}",
        id=f"finding-{item.place}",
    )


def _quoted(name: str, text: str, url: str = "") -> Html | None:
    """Return AWS's own words; its address is the only link, and only to https."""
    if not text and not url:
        return None
    link = element("a", url, href=url, rel="noreferrer noopener") if url else None
    return element("blockquote", element("b", f"{name}: "), element("span", text, lang="en"), " ", link)


def _more(words: FindingsWords) -> Html | None:
    if not words.listed():
        return None
    right = (0, 3)
    headings = [
        element("th", label, scope="col", class_="number" if at in right else f"c-{at}")
        for at, label in enumerate(words.columns())
    ]
    rows = []
    for item in words.listed():
        cells = [
            element("td", cell, class_="number" if at in right else f"c-{at}")
            for at, cell in enumerate(words.row(item))
        ]
        rows.append(element("tr", *cells, class_=item.label))
    return _section("more", words("section.more"), table(headings, rows, class_="findings-table"))


def _steps(words: FindingsWords) -> Html | None:
    steps = [element("li", words.said(step)) for step in words.report.next_steps]
    return _section("next-steps", words("section.next_steps"), element("ol", *steps)) if steps else None


def _lists(words: FindingsWords) -> Html:
    left_out = [element("li", words.said(said)) for said in words.report.left_out]
    gaps = [
        element("li", f"{source}: {reason}", element("span", f"→ {remedy}", class_="quiet") if remedy else None)
        for source, reason, remedy in map(words.gap, words.report.gaps)
    ]
    return join(
        (
            _section("left-out", words("section.left_out"), element("ul", *left_out)) if left_out else None,
            _section("gaps", words("section.gaps"), element("ul", *gaps)) if gaps else None,
        )
    )


def _footer(words: FindingsWords) -> Html:
    import fa2

    return element("footer", f"{words('utc')} {words('written_by', version=fa2.__version__)}")
