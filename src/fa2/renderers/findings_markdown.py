"""A report of findings as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from fa2.core.findings_report import FindingsReport, Item
from fa2.core.messages import Language
from fa2.renderers.findings_outline import FindingsWords
from fa2.renderers.markdown_text import code, plain, table


def render(report: FindingsReport, language: Language = "en") -> str:
    """Return the report. Texts from outside cannot become links, headings or HTML."""
    words = FindingsWords(report, language)
    blocks = [block for part in (_top(words), _items(words), _end(words)) for block in part if block]
    return "\n\n".join(blocks) + "\n"


def _top(words: FindingsWords) -> Iterator[str]:
    yield f"# {words('title')}"
    yield plain(words.summary())
    yield plain(words.scope())
    counts = list(words.counts())
    if counts:
        yield f"## {words('section.overview')}"
    for counted in counts:
        rows = [(plain(value), number) for value, number in counted.rows]
        yield table((counted.heading, words("count.findings")), rows, [1])


def _items(words: FindingsWords) -> Iterator[str]:
    if words.explained():
        yield f"## {words('section.items')}"
    for item in words.explained():
        yield from _explained(words, item)
    if words.listed():
        yield f"## {words('section.more')}"
        rows = [tuple(map(plain, words.row(item))) for item in words.listed()]
        yield table(words.columns(), rows, [0, 3])


def _explained(words: FindingsWords, item: Item) -> Iterator[str]:
    shown = words.item(item)
    yield f"### {item.place}. {shown.label}: {plain(shown.heading)}"
    yield plain(words.note(item))
    yield "\n".join(f"- **{name}**: {plain(text)}" for name, text in shown.facts)
    quoted = [f"> {words('quoted')}: {plain(shown.quoted)}"] if shown.quoted else []
    remedy = " ".join(
        part for part in (plain(shown.remedy), code(shown.remedy_url) if shown.remedy_url else "") if part
    )
    quoted += [f"> {words('item.remediation')}: {remedy}"] if remedy else []
    yield "\n>\n".join(quoted)


def _end(words: FindingsWords) -> Iterator[str]:
    report = words.report
    if report.next_steps:
        yield f"## {words('section.next_steps')}"
        yield "\n".join(f"{n}. {plain(words.said(step))}" for n, step in enumerate(report.next_steps, 1))
    if report.left_out:
        yield f"## {words('section.left_out')}"
        yield "\n".join(f"- {plain(words.said(said))}" for said in report.left_out)
    if report.gaps:
        yield f"## {words('section.gaps')}"
        yield "\n".join(
            f"- {plain(' '.join((f'{s}: {reason}', remedy)))}" for s, reason, remedy in map(words.gap, report.gaps)
        )
    yield plain(words("utc"))
