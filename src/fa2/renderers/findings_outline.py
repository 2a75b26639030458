"""What every form of a report of findings says, in one language: its sentences, facts, items and steps.

AWS's own texts are not translated; they are marked as quotations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from fa2.core.findings_report import COUNTED, FindingsReport, Gap, Item, Label, Said
from fa2.core.messages import Language, Statement, Value, catalogue
from fa2.core.windows import iso
from fa2.renderers.wording import one_line

EXPLAINED = 10
"""How many items are explained at length; the others stand in a table."""
_RESOURCES = 5
_LONGEST = 600
_SEVERE = ("CRITICAL", "HIGH")


@dataclass(frozen=True)
class CountText:
    """Findings by one thing: its heading, and value with number."""

    name: str
    heading: str
    rows: tuple[tuple[str, str], ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class ItemText:
    """An item, ready to be set: label and text of each fact; AWS's words apart from ours."""

    heading: str
    label: str
    facts: tuple[tuple[str, str], ...]
    quoted: str
    remedy: str
    remedy_url: str


class FindingsWords:
    """A report of findings with the words of one language."""

    def __init__(self, report: FindingsReport, language: Language) -> None:
        self.report = report
        self.language = language
        self._messages = catalogue(language)

    def __call__(self, name: str, /, **values: Value) -> str:
        """Return the text of findings_report.NAME."""
        return self._messages.text(f"findings_report.{name}", **values)

    def said(self, said: Said) -> str:
        """Return a sentence of ours."""
        values = dict(said.values)
        if "least" in values:
            values["least"] = self.label(values["least"])  # type: ignore[arg-type]  # one of LABELS
        return one_line(self._messages.render(Statement(said.key, values)))

    def number(self, value: Value) -> str:
        """Return a number with thousands separators."""
        return self._messages.format_field(value, "")

    def label(self, label: Label) -> str:
        """Return a severity in words."""
        return self(f"label.{label}")

    def inputs(self) -> str:
        """Return what was read."""
        shown = ", ".join(self.report.inputs[:3])
        return one_line(shown + (", …" if len(self.report.inputs) > 3 else ""))

    def summary(self) -> str:
        """Return sentences: how many, how grave, of which nature."""
        return self.sentences(self.summarised())

    def summarised(self) -> Iterator[str]:
        """Yield the sentences of the summary."""
        report = self.report
        if not report.findings:
            yield self("summary.none_blind" if report.gaps else "summary.none")
        elif report.findings == 1:
            yield self("summary.one")
        else:
            values = {"findings": report.findings, "kinds": len(report.items), "resources": report.resources}
            yield self("summary.counted", **values)
        severe = sum(c.findings for c in report.counts.get("severity", ()) if c.value in _SEVERE)
        threats = sum(item.nature == "threat" for item in report.items)
        if severe:
            yield self("summary.severe", n=severe)
        if threats:
            yield self("summary.threats", n=threats)

    def scope(self) -> str:
        """Return of when and of which severity the findings are."""
        report = self.report
        parts = [self("summary.as_of", time=iso(report.as_of))] if report.as_of else []
        parts += [self("summary.days", days=report.days)] if report.days is not None else []
        parts += [self("summary.least", least=self.label(report.least))] if report.least else []
        return self.sentences(parts)

    def sentences(self, parts: Iterable[str]) -> str:
        """Return sentences one after the other; Japanese has no space between them."""
        return ("" if self.language == "ja" else " ").join(parts)

    def counts(self) -> Iterator[CountText]:
        """Yield the counts that have anything to show."""
        for name in COUNTED:
            counted = self.report.counts.get(name, ())
            if counted:
                shown = [
                    self._messages.template(f"findings_report.label.{c.value}")
                    if name == "severity"
                    else one_line(c.value)
                    for c in counted
                ]
                rows = tuple(zip(shown, (self.number(c.findings) for c in counted), strict=True))
                yield CountText(name, self(f"count.{name}"), rows, tuple(c.findings for c in counted))

    def explained(self) -> list[Item]:
        """Return the items that are explained."""
        return list(self.report.items[:EXPLAINED])

    def listed(self) -> list[Item]:
        """Return the items that stand in the table only."""
        return list(self.report.items[EXPLAINED:])

    def item(self, item: Item) -> ItemText:
        """Return an item's texts."""
        matters = self.sentences([self.said(item.matters), *(self.said(reason) for reason in item.reasons)])
        facts = [
            (self("item.means"), self.said(item.means)),
            (self("item.matters"), matters),
            (self("item.action"), self.said(item.action)),
            (self("item.resources"), self._resources(item)),
            (self("item.where"), self._where(item)),
            (self("item.seen"), self._seen(item)),
        ]
        return ItemText(
            heading=one_line(item.title),
            label=self.label(item.label),
            facts=tuple((name, text) for name, text in facts if text),
            quoted=_cut(item.description),
            remedy=_cut(item.remediation),
            remedy_url=one_line(item.remediation_url) if item.remediation_url.startswith("https://") else "",
        )

    def note(self, item: Item) -> str:
        """Return the product, the kind, its nature and how many findings it is."""
        many = self("item.one_finding") if item.findings == 1 else self("item.findings", n=item.findings)
        kind = item.key if item.key != item.title else ""
        parts = (item.product, kind, self(f"nature.{item.nature}"), many)
        return " · ".join(one_line(part) for part in parts if part)

    def row(self, item: Item) -> tuple[str, ...]:
        """Return an item's cells: place, severity, title, resources, last seen."""
        seen = self.clock(item.last_seen)
        return str(item.place), self.label(item.label), one_line(item.title), self.number(item.resource_count), seen

    def columns(self) -> tuple[str, ...]:
        """Return the headings of the table of items."""
        return tuple(self(f"column.{name}") for name in ("place", "severity", "title", "resources", "last_seen"))

    def clock(self, moment: datetime) -> str:
        """Return day and time of day, without the zone."""
        return self._messages.format_field(iso(moment), "time").removesuffix(" UTC")

    def gap(self, gap: Gap) -> tuple[str, str, str]:
        """Return the source, why it was not read, and what to do about it; English where not translated."""
        texts = []
        for key, plain in ((gap.code, gap.message), (f"{gap.code}_remedy", gap.remedy)):
            known = self._messages.has(f"coverage.{key}")
            texts.append(one_line(self._messages.text(f"coverage.{key}", **gap.values) if known else plain))
        return one_line(gap.source), texts[0], texts[1]

    def _resources(self, item: Item) -> str:
        shown = [one_line(resource.id) for resource in item.resources[:_RESOURCES]]
        more = item.resource_count - len(shown)
        return self._messages.text("report.list_separator").join(
            [*shown, *([self("item.more_resources", n=more)] if more > 0 else [])]
        )

    def _where(self, item: Item) -> str:
        return one_line(" · ".join(part for part in (", ".join(item.accounts), ", ".join(item.regions)) if part))

    def _seen(self, item: Item) -> str:
        last = iso(item.last_seen)
        if item.first_seen is None or item.first_seen == item.last_seen:
            return self("item.once", last=last)
        return self("item.between", first=iso(item.first_seen), last=last)


def _cut(text: str) -> str:
    line = one_line(text)
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
