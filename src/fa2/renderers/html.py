"""The report as one HTML file that loads nothing: styles, script and drawings stand in it."""

from __future__ import annotations

from fa2.core.report import Report
from fa2.renderers import page_model, page_signals, page_sources, page_summary
from fa2.renderers.markup import Html, element, join
from fa2.renderers.page_parts import Page
from fa2.renderers.page_shell import document, script_of
from fa2.renderers.wording import with_texts

_SCRIPTS = ("theme.js", "page.js")
_CONTENTS = ("cause", "impact", "timeline", "map", "metrics", "patterns", "coverage", "evidence")


def render(report: Report) -> str:
    """Return the page, in the report's language. Works without its script; with it, better."""
    page = Page(with_texts(report))
    title = page.wording("page_title", title=page.report.title or page.report.headline.text)
    return document(title, _body(page), language=report.language, styles=["page.css"], scripts=_SCRIPTS)


def _body(page: Page) -> Html:
    main = element(
        "main",
        page_summary.verdict(page),
        page_model.past(page),
        page_summary.suspects(page),
        page_summary.impact(page),
        page_sources.documents(page),
        page_signals.timeline(page),
        page_summary.changes(page),
        page_signals.map_of_services(page),
        page_signals.metrics(page),
        page_signals.patterns(page),
        page_summary.observations(page),
        page_summary.further_actions(page),
        page_model.hypotheses(page),
        page_summary.security(page),
        page_sources.references(page),
        page_model.record(page),
        page_sources.coverage(page),
        page_sources.evidence(page),
        _footer(page),
        id="report",
    )
    return element(
        "body",
        element("a", page.wording("control.skip"), href="#report", class_="skip"),
        _bar(page),
        main,
        _drawer(page),
        page.claims_as_json(),
        script_of(_SCRIPTS),
    )


def _bar(page: Page) -> Html:
    links = [element("a", page.wording(f"contents.{name}"), href=f"#{name}") for name in _CONTENTS]
    theme = page.wording("control.theme")
    return element(
        "header",
        element("span", page.report.title or page.report.incident, class_="title"),
        element("nav", *links, aria_label=page.wording("heading.contents")),
        element(
            "button",
            "◐",
            type="button",
            class_="js theme",
            hidden=True,
            title=theme,
            aria_label=theme,
        ),
        class_="top",
    )


def _drawer(page: Page) -> Html:
    wording = page.wording
    return element(
        "dialog",
        element(
            "div",
            element("h2", wording("heading.evidence")),
            element("button", wording("control.close"), type="button", class_="close"),
            class_="drawer-head",
        ),
        element("p", "", class_="drawer-claim"),
        element("div", "", class_="drawer-body", data_list=wording("control.show_in_list")),
        id="drawer",
        aria_label=wording("heading.evidence"),
    )


def _footer(page: Page) -> Html:
    report = page.report
    written = page.wording("written_by", version=report.version, input=report.input, incident=report.incident)
    return element("footer", join((element("p", written), element("p", page.wording("utc")))))
