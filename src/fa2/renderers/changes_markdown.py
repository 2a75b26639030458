"""A report of changes as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from fa2.core.messages import Language
from fa2.core.monthly_changes import Answer, Breakdown, MonthlyChanges
from fa2.renderers.changes_outline import ChangeWords, TableText
from fa2.renderers.markdown_text import fenced, plain, table
from fa2.renderers.terminal_tables import spark

_MOST_ROWS = 30


def render(report: MonthlyChanges, language: Language = "en", only: Breakdown | None = None) -> str:
    """Return the report. Names from outside cannot become links, headings or HTML."""
    words = ChangeWords(report, language)
    blocks = [block for part in (_top(words), _body(words, only), _end(words)) for block in part if block]
    return "\n\n".join(blocks) + "\n"


def _top(words: ChangeWords) -> Iterator[str]:
    yield f"# {plain(words.heading())}"
    yield from map(plain, words.summary())
    yield plain(words.conditions())
    if words.report.answer:
        yield from _answer(words, words.report.answer)
    if not words.report.anything_recorded:
        return
    yield f"## {words('section.notable')}"
    for notable in words.report.notables:
        said, mostly = words.notable(notable)
        more = f"\n  - {plain(mostly)}" if mostly else ""
        yield f"- **{words(f'grade.{notable.grade}')}**: {plain(said)}{more}"
    if not words.report.notables:
        yield plain(words.nothing_notable())


def _answer(words: ChangeWords, answer: Answer) -> Iterator[str]:
    yield f"## {words('section.answer')}"
    yield plain(words("question.asked", question=answer.question[:400]))
    if answer.understood:
        yield plain(" ".join(words.remark(remark) for remark in answer.understood))
        found = words.answer(answer)
        yield _set(found, heading=False) if found else plain(words("question.no_rows"))
        if answer.more:
            yield plain(words("question.more_rows", n=len(answer.rows)))
    else:
        yield plain(words("question.nothing_understood"))
    if answer.not_understood:
        yield plain(words("question.not_understood", words=", ".join(answer.not_understood)))


def _body(words: ChangeWords, only: Breakdown | None) -> Iterator[str]:
    if not words.report.anything_recorded:
        return
    yield _set(words.months())
    for each in words.tables(only, _MOST_ROWS):
        yield _set(each)


def _set(found: TableText, *, heading: bool = True) -> str:
    cells = [
        [
            spark(list(row.counts), 13) if name == "trend" else plain(cell)
            for name, cell in zip(found.columns, row.cells)
        ]
        for row in found.rows
    ]
    parts = [f"## {found.heading}" if heading else "", table(found.headings, cells, found.numeric), found.note]
    return "\n\n".join(part for part in parts if part)


def _end(words: ChangeWords) -> Iterator[str]:
    left_out = list(words.left_out())
    if left_out:
        yield f"## {words('section.left_out')}"
        yield _listed(left_out)
    gaps = [f"{source}: {reason} {remedy}".strip() for source, reason, remedy in words.coverage()]
    if gaps:
        yield f"## {words('section.coverage')}"
        yield _listed(gaps)
    if words.report.sql:
        yield f"## {words('section.how')}"
        yield plain(words("text.sql"))
        yield fenced(words.report.sql, "sql")
        yield fenced("\n".join(f"'{value}'" for value in words.report.parameters))
    yield plain(words("utc"))


def _listed(lines: list[str]) -> str:
    return "\n".join(f"- {plain(line)}" for line in lines)
