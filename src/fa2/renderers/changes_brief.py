"""A report of changes as plain text: what fits a message or the answer of an API."""

from __future__ import annotations

from collections.abc import Iterator

from fa2.core.messages import Language
from fa2.core.monthly_changes import Answer, MonthlyChanges
from fa2.renderers.changes_outline import ChangeWords, TableText
from fa2.renderers.wording import one_line

_MOST_ROWS = 10


def render(report: MonthlyChanges, language: Language = "en") -> str:
    """Return the month, what stands out and the types, and the answer to a question; on lines, without markup."""
    words = ChangeWords(report, language)
    return "\n".join(line for line in _lines(words)) + "\n"


def _lines(words: ChangeWords) -> Iterator[str]:
    yield words.heading()
    yield from words.summary()
    if words.report.conditions:
        yield words.conditions()
    if words.report.answer:
        yield from _answer(words, words.report.answer)
    if words.report.anything_recorded:
        yield from _notables(words)
        for found in words.tables("type", _MOST_ROWS):
            yield from _table(found)
    for line in words.left_out():
        yield f"({line})"
    for source, reason, _ in words.coverage():
        yield f"! {source}: {reason}"


def _answer(words: ChangeWords, answer: Answer) -> Iterator[str]:
    yield ""
    yield one_line(words("question.asked", question=answer.question[:400]))
    if not answer.understood:
        yield words("question.nothing_understood")
    else:
        yield " ".join(words.remark(remark) for remark in answer.understood)
        found = words.answer(answer)
        yield from _table(found, heading=False) if found else [words("question.no_rows")]
    if answer.not_understood:
        yield one_line(words("question.not_understood", words=", ".join(answer.not_understood)))


def _notables(words: ChangeWords) -> Iterator[str]:
    yield ""
    yield f"{words('section.notable')}:"
    for notable in words.report.notables:
        said, mostly = words.notable(notable)
        yield f"- {words(f'grade.{notable.grade}')}: {said} {mostly}".rstrip()
    if not words.report.notables:
        yield words.nothing_notable()


def _table(found: TableText, *, heading: bool = True) -> Iterator[str]:
    if heading:
        yield ""
        yield f"{found.heading}:"
    for row in found.rows:
        cells = [
            cell if at == 0 else f"{label} {cell}"
            for at, (label, cell) in enumerate(zip(found.headings, row.cells))
            if cell and cell != "–"
        ]
        yield f"- {', '.join(cells)}"
    if found.note:
        yield found.note
