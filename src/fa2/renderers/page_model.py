"""What a model added, and incidents of the past, on the HTML page. A model's words stand behind a ◇."""

from __future__ import annotations

from fa2.core.report import Hypothesis, ModelAnalysis, ModelClaim, ModelSuspect, PastIncident
from fa2.renderers.markup import Html, element, join
from fa2.renderers.model_outline import STATUS, account, notices, past_head, past_sentences, suspect_words
from fa2.renderers.page_parts import Page, table


def statements(page: Page, section: str) -> Html | None:
    """Return the model's statements of one section as a list; nothing for none."""
    return _listed(page, page.outline.model.section(section))


def summary(page: Page) -> Html | None:
    """Return the model's summary as prose, with links to the evidence of each statement."""
    said = [_said(page, claim) for claim in page.outline.model.section("summary")]
    prose = [part for claim in said for part in (claim, " ")]
    return element("p", *prose, class_="by-model prose") if said else None


def notice(page: Page) -> Html | None:
    """Return what has to be known before the model's words are read."""
    said = [element("li", text) for text in notices(page.outline.model, page.wording)]
    return element("ul", *said, class_="notices") if said else None


def agreement(page: Page) -> Html | None:
    """Return both rankings side by side where they differ, or that they do not."""
    outline, wording = page.outline.model, page.wording
    rows = outline.rankings()
    if rows:
        names = ("rank", "by_rules", "by_model")
        cells = [
            element(
                "tr",
                element("td", str(n), class_="number"),
                element("td", suspect_words(rules, wording)),
                element("td", _ranked(page, model)),
            )
            for n, (rules, model) in enumerate(rows, 1)
        ]
        return element(
            "div",
            element("h3", wording("heading.rankings")),
            table([wording(f"column.{name}") for name in names], cells, class_="rankings"),
            element("p", wording("text.rankings_why"), class_="quiet"),
            id="rankings",
        )
    analysis = outline.analysis
    if outline.stands and analysis and analysis.agrees and analysis.ranking:
        said = wording("text.model_agrees", service=analysis.ranking[0].service)
        return element("ul", element("li", said), class_="claims by-model")
    return None


def _ranked(page: Page, suspect: ModelSuspect | None) -> Html:
    claims = page.outline.model.claims(suspect.claims if suspect else [])
    evidence = dict.fromkeys(e for claim in claims for e in claim.evidence)
    return join((suspect_words(suspect, page.wording), " ", page.references(evidence)))


def hypotheses(page: Page) -> Html:
    """Return what the model held possible, how each ended and why; the rejected too."""
    outline = page.outline.model
    found, others = outline.hypotheses(), _listed(page, outline.unclaimed())
    if not found and others is None:
        return Html("")
    return page.section("hypotheses", *(_hypothesis(page, one) for one in found), others)


def _hypothesis(page: Page, hypothesis: Hypothesis) -> Html:
    wording = page.wording
    status = f"{STATUS[hypothesis.status]} {wording(f'hypothesis.{hypothesis.status}')}"
    where = suspect_words(hypothesis, wording) if hypothesis.service else ""
    rows = [
        (wording(f"label.{name}"), listed)
        for name, ids in (("speaks_for", hypothesis.speaking), ("speaks_against", hypothesis.against))
        if (listed := _listed(page, page.outline.model.claims(ids), plain=True))
    ]
    if hypothesis.settles:
        rows.append((wording("label.settles"), element("span", hypothesis.settles)))
    pairs = [element("div", element("dt", label), element("dd", content)) for label, content in rows]
    return element(
        "div",
        element(
            "p",
            element("span", status, class_=f"outcome {hypothesis.status}"),
            element("b", hypothesis.text),
            element("span", where, class_="quiet") if where else None,
            class_="by-model head",
        ),
        element("dl", *pairs, class_="detail") if pairs else None,
        class_=f"hypothesis {hypothesis.status}",
    )


def record(page: Page) -> Html:
    """Return what the run came to, and what was struck, with the reasons; nothing where no model was asked."""
    analysis = page.outline.model.analysis
    if analysis is None:
        return Html("")
    facts = [
        element("div", element("dt", label), element("dd", text)) for label, text in account(analysis, page.wording)
    ]
    return page.section("model", element("dl", *facts, class_="detail"), _struck(page, analysis))


def _struck(page: Page, analysis: ModelAnalysis) -> Html | None:
    items = [
        element(
            "li",
            element("s", struck.text),
            " ",
            page.references(struck.evidence),
            element("p", f"→ {struck.reason.text}", class_="why"),
        )
        for struck in analysis.struck
    ]
    if not items:
        return None
    title = f"{page.wording('heading.struck')} ({len(items)})"
    return element("details", element("summary", title), element("ul", *items, class_="claims"), class_="struck")


def past(page: Page) -> Html:
    """Return incidents of the past that look alike; leads, each to be checked again."""
    incidents = [_past(page, incident) for incident in page.report.past]
    if not incidents:
        return Html("")
    listed = element("ul", *incidents, class_="claims past")
    return page.section("past", listed, note=page.wording("text.past_lead"))


def _past(page: Page, incident: PastIncident) -> Html:
    head, *rest = [past_head(incident, page.wording), *past_sentences(incident, page.wording)]
    return element("li", element("b", head), *(element("p", sentence) for sentence in rest))


def _listed(page: Page, claims: list[ModelClaim], *, plain: bool = False) -> Html | None:
    items = [element("li", _said(page, claim)) for claim in claims]
    return element("ul", *items, class_="claims" if plain else "claims by-model") if items else None


def _said(page: Page, claim: ModelClaim) -> Html:
    return element(
        "span",
        element("span", claim.text, class_="said"),
        " ",
        page.references(claim.evidence),
        class_="claim",
        data_claim=claim.id,
    )
