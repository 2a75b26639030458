"""What all sections of the HTML page are made of: claims, references to evidence, tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cached_property

from fa2.core.report import Claim, Rated, Report
from fa2.renderers.markup import Html, element, join
from fa2.renderers.outline import Outline
from fa2.renderers.page_shell import data_block
from fa2.renderers.wording import Wording, visible

_LEVELS = {"high": 3, "medium": 2, "low": 1, "unknown": 0}


class Page:
    """A report with the words and numbers that its sections share."""

    def __init__(self, report: Report) -> None:
        """report: with texts, as wording.with_texts gives it."""
        self.report = report
        self.outline = Outline(report)
        self.wording = Wording(report.language)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each piece of evidence, by id: its place in the report."""
        return {record.id: n for n, record in enumerate(self.report.evidence, 1)}

    @cached_property
    def places(self) -> dict[str, str]:
        """Where the first evidence of each claim stands in the page, by the claim's id."""
        return {
            claim.id: f"#ev-{self.numbers[e]}"
            for claim in self.report.claims
            for e in claim.evidence[:1]
            if e in self.numbers
        }

    def references(self, evidence: Iterable[str]) -> Html | None:
        """Return small numbered links to evidence."""
        links = [
            element("a", str(n), href=f"#ev-{n}", title=f"{self.wording('label.evidence')} {e}")
            for e in evidence
            if (n := self.numbers.get(e))
        ]
        return element("span", *links, class_="refs") if links else None

    def claim(self, claim: Claim) -> Html:
        """Return a claim's text with the links to its evidence."""
        return element(
            "span",
            element("span", claim.text, class_="said"),
            " ",
            self.references(claim.evidence),
            class_="claim",
            data_claim=claim.id,
        )

    def claim_list(self, claims: Sequence[Claim]) -> Html | None:
        """Return claims as a list; nothing for none."""
        items = [element("li", self.claim(claim)) for claim in claims]
        return element("ul", *items, class_="claims") if items else None

    def section(self, name: str, *content: Html | None, note: str = "") -> Html:
        """Return a section with its heading, which the contents link to."""
        heading = element("h2", self.wording(f"heading.{name}"), aside(note))
        return element("section", heading, *content, id=name, class_="section")

    def rated(self, name: str, rated: Rated) -> Html:
        """Return a level as bars and a word, and its reasons."""
        reasons = [element("li", reason.text) for reason in rated.reasons]
        return join(
            (
                element("dt", self.wording(f"label.{name}")),
                element(
                    "dd",
                    element(
                        "span",
                        meter(_LEVELS[rated.level]),
                        element("b", self.wording.word("level", rated.level)),
                        class_=f"level {name} {rated.level}",
                    ),
                    element("ul", *reasons, class_="reasons") if reasons else None,
                ),
            )
        )

    def claims_as_json(self) -> Html:
        """Return what page.js shows when a claim is clicked; a data block, not a script."""
        claims = {
            claim.id: {
                "text": visible(claim.text),
                "evidence": [n for e in claim.evidence if (n := self.numbers.get(e))],
                "cells": [
                    [n, cell.row, cell.column]
                    for cell in claim.cells.values()
                    if (n := self.numbers.get(cell.evidence))
                ],
            }
            for claim in self.report.claims
        }
        for statement in self.outline.model.every():
            cited = [n for e in statement.evidence if (n := self.numbers.get(e))]
            claims.setdefault(statement.id, {"text": visible(statement.text), "evidence": cited, "cells": []})
        return data_block(json.dumps(claims, ensure_ascii=False, separators=(",", ":")), id="claims")


def aside(note: str) -> Html | None:
    """Return a quiet remark beside a heading; nothing for none."""
    return element("small", note) if note else None


def meter(filled: int) -> Html:
    """Return three bars of which some are filled; decoration of a word that says the same."""
    bars = [
        element(
            "rect",
            class_="on" if n < filled else "off",
            x=n * 7,
            y=8 - n * 4,
            width=5,
            height=6 + n * 4,
        )
        for n in range(3)
    ]
    return element("svg", *bars, class_="meter", viewBox="0 0 19 14", width=19, height=14, aria_hidden="true")


def table(headings: Sequence[Html | str], rows: Iterable[Html], **attributes: str) -> Html:
    """Return a table that scrolls sideways where it must."""
    cells = [h if isinstance(h, Html) else element("th", h, scope="col") for h in headings]
    head = element("thead", element("tr", *cells))
    body = element("table", head, element("tbody", *rows), **attributes)
    return element("div", body, class_="scroll", tabindex="0", role="group")


def empty(message: str) -> Html:
    """Return the sentence that stands where there is nothing to show."""
    return element("p", message, class_="empty")
