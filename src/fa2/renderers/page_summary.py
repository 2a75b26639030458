"""The upper part of the HTML page: verdict, what to do, suspects, impact, observations."""

from __future__ import annotations

from fa2.core.report import Action, ChangeVerdict, Suspect
from fa2.renderers import page_model
from fa2.renderers.markup import Html, element, join
from fa2.renderers.outline import score_bar_share
from fa2.renderers.page_parts import Page, aside, empty, table
from fa2.renderers.wording import Wording

_BADGE = {"incident": "▲", "no_incident": "✓", "inconclusive": "?"}
_SECURITY = {"yes": "▲", "no": "✓", "unclear": "?"}


def verdict(page: Page) -> Html:
    """Return the first screen: the verdict, what broke and why, how sure, and what to do."""
    report, wording = page.report, page.wording
    badge = f"{_BADGE[report.verdict]} {wording.word('verdict', report.verdict)}"
    reasons = [element("li", reason.text) for reason in report.verdict_reasons]
    summary = page.claim_list(page.outline.section("summary"))
    return element(
        "section",
        element(
            "div",
            element(
                "p",
                element("span", badge, class_=f"badge {report.verdict}"),
                element("span", report.title) if report.title else None,
                class_="tag",
            ),
            element("h1", report.headline.text),
            page_model.summary(page),
            summary,
            element("ul", *reasons, class_="reasons") if reasons else None,
            page_model.notice(page),
            class_="lead",
        ),
        _first_steps(page),
        _facts(page),
        id="summary",
        class_="verdict",
    )


def _first_steps(page: Page) -> Html:
    kind, actions = page.outline.first_steps()
    content = actions_list(page, actions) if actions else empty(page.wording("text.no_now"))
    heading = element("h2", page.wording(f"heading.{kind}"))
    more = page_model.statements(page, "action")
    return element("div", heading, content, more, class_="first-steps", id=kind)


def _facts(page: Page) -> Html:
    report, wording = page.report, page.wording
    spans = [element("span", wording.span(span)) for span in report.baseline]
    baseline = spans or [element("span", wording("text.no_baseline"))]
    question = [element("span", report.question)] if report.question else []
    groups: list[list[Html | None]] = [
        [page.rated("confidence", report.confidence)],
        [page.rated("severity", report.severity)],
        [
            _fact(wording("label.window"), element("span", wording.span(report.window))),
            _fact(wording("label.baseline"), *baseline),
        ],
        [_alarm(page), _fact(wording("label.question"), *question) if question else None],
    ]
    return element("dl", *(element("div", *g) for g in groups if any(g)), class_="facts")


def _fact(label: str, *values: Html) -> Html:
    return join((element("dt", label), element("dd", *values)))


def _alarm(page: Page) -> Html | None:
    alarm = page.report.alarm
    if alarm is None or not (alarm.name or alarm.metric):
        return None
    metric = " ".join(part for part in (alarm.namespace, alarm.metric, alarm.stat) if part)
    threshold = f"{alarm.comparison or ''} {page.wording.number(alarm.threshold)}".strip()
    detail = f"{metric} {threshold}" if alarm.threshold is not None else metric
    return _fact(
        page.wording("label.alarm"),
        element("span", alarm.name or metric),
        element("span", detail, class_="quiet") if alarm.name and detail else Html(""),
    )


def actions_list(page: Page, actions: list[Action]) -> Html:
    """Return actions in their order, with links to the evidence of the claims behind them."""
    items = []
    for action in actions:
        claims = page.outline.claims(action.claims)
        evidence = dict.fromkeys(e for claim in claims for e in claim.evidence)
        said = element("span", action.text, class_="said")
        attributes = {"data_claim": claims[0].id} if claims else {}
        links = page.references(evidence)
        items.append(element("li", element("span", said, " ", links, class_="claim", **attributes)))
    return element("ol", *items, class_="actions")


def suspects(page: Page) -> Html:
    """Return the suspects by score: the first in full, the others to be opened."""
    every = page.report.suspects
    if not every:
        nobody = empty(page.wording("text.no_suspect"))
        return page.section("cause", nobody, page_model.statements(page, "cause"), page_model.agreement(page))
    first = element("div", _head(page, every[0], 1), _body(page, every[0]), class_="suspect first")
    others = [
        element(
            "details",
            element("summary", _head(page, suspect, n)),
            _body(page, suspect),
            class_="suspect",
        )
        for n, suspect in enumerate(every[1:], 2)
    ]
    heading = element("h3", page.wording("heading.other_suspects")) if others else None
    prose, ranked = page_model.statements(page, "cause"), page_model.agreement(page)
    return page.section("cause", prose, first, heading, *others, ranked)


def _head(page: Page, suspect: Suspect, rank: int) -> Html:
    share = score_bar_share(suspect)
    score = f"{suspect.score:.2f}"
    mechanism = page.wording.word("mechanism", suspect.mechanism) if suspect.mechanism else None
    resource = suspect.resource if suspect.resource != suspect.service else None
    bar = element("span", element("i", style=f"width:{share * 100:.0f}%"), class_="bar")
    return element(
        "span",
        element("span", str(rank), class_="rank"),
        element(
            "span",
            element("b", suspect.service, class_="service"),
            element("span", mechanism, class_="mechanism") if mechanism else None,
            element("span", resource, class_="quiet resource") if resource else None,
            class_="who",
        ),
        element(
            "span",
            bar,
            element("span", score, class_="number"),
            class_="score",
            title=page.wording("text.score_summary", score=score),
        ),
        class_="suspect-head",
    )


def _body(page: Page, suspect: Suspect) -> Html:
    wording = page.wording
    shown = page.outline.claims(suspect.claims)
    cited = {e for claim in shown for e in claim.evidence}
    rest = page.references(e for e in suspect.evidence if e not in cited)
    against = page.claim_list(page.outline.claims(suspect.against))
    rows = [
        (wording("label.onset"), element("span", wording.time(suspect.onset) + " UTC")) if suspect.onset else None,
        (wording("label.path"), _path(suspect)) if len(suspect.path) > 1 else None,
        (wording("label.speaks_for"), page.claim_list(shown) or Html("")) if shown else None,
        (wording("label.further_evidence"), rest) if rest else None,
        (wording("label.speaks_against"), against) if against else None,
        (wording("label.rests_on"), element("span", rests_on(page, suspect))),
    ]
    pairs = [element("div", element("dt", r[0]), element("dd", r[1])) for r in rows if r]
    return element("dl", *pairs, class_="detail")


def rests_on(page: Page, suspect: Suspect) -> str:
    """Return the sentence on the tables that the suspect's place rests on."""
    if not suspect.rests_on:
        return page.wording("text.stays_first")
    return page.wording("text.rests_on", tables=page.wording.tables(suspect.rests_on))


def _path(suspect: Suspect) -> Html:
    last = len(suspect.path) - 1
    steps = [element("li", service, class_="end" if n == last else "step") for n, service in enumerate(suspect.path)]
    return element("ol", *steps, class_="path")


def further_actions(page: Page) -> Html:
    """Return what would settle the cause and what prevents a repeat; now stands on top."""
    kind, _ = page.outline.first_steps()
    parts = []
    for name in ("settle", "prevent"):
        actions = page.outline.actions(name) if name != kind else []
        advice = page_model.statements(page, "prevention") if name == "prevent" else None
        if actions or advice:
            heading = element("h3", page.wording(f"heading.{name}"))
            listed = actions_list(page, actions) if actions else None
            parts.append(element("div", heading, listed, advice, id=name))
    return page.section("actions", element("div", *parts, class_="columns")) if parts else Html("")


def impact(page: Page) -> Html:
    """Return what users and the business felt, or that it was not measured."""
    claims = page.claim_list(page.outline.section("impact"))
    more = page_model.statements(page, "impact")
    return page.section("impact", claims or empty(page.wording("text.no_impact")), more)


def changes(page: Page) -> Html:
    """Return the changes, and for each why it may be the cause or why it was cleared."""
    rows = [
        element(
            "tr",
            element("td", element("span", related(page.wording, change), class_=_judged(change))),
            element("td", page.claim(claim)),
            element("td", change.reason.text),
        )
        for change, claim in page.outline.changes()
    ]
    names = ("related", "event", "why")
    headings = [page.wording(f"column.{name}") for name in names]
    listed = table(headings, rows, class_="changes-table")
    return page.section("changes", listed) if rows else Html("")


def related(wording: Wording, change: ChangeVerdict) -> str:
    """Return whether a change may be the cause, with its sign."""
    return f"{'●' if change.related else '○'} {wording(f'related.{change.judgement}')}"


def _judged(change: ChangeVerdict) -> str:
    return "judged related" if change.related else "judged"


def security(page: Page) -> Html:
    """Return whether it is a security incident, and why."""
    answer = page.report.security
    badge = f"{_SECURITY[answer.answer]} {page.wording(f'security.{answer.answer}')}"
    return page.section(
        "security",
        element("p", element("b", badge, class_=f"answer {answer.answer}")),
        element("p", answer.reason.text) if answer.reason.text else None,
        page.claim_list(page.outline.security()),
    )


def observations(page: Page) -> Html:
    """Return everything that was observed, by kind of signal."""
    groups = [
        element(
            "div",
            element("h3", page.wording(f"section.{section}"), aside(str(len(claims)))),
            page.claim_list(claims),
        )
        for section, claims in page.outline.observed()
    ]
    return page.section("observations", element("div", *groups, class_="columns")) if groups else Html("")
