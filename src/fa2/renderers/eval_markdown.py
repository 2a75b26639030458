"""An evaluation as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fa2.core.evaluation import Evaluation
from fa2.core.messages import Language
from fa2.renderers.eval_outline import EvalWords
from fa2.renderers.markdown_text import plain, table


def render(evaluation: Evaluation, language: Language = "en") -> str:
    """Return the figures as Markdown tables."""
    return "\n\n".join(_blocks(EvalWords(evaluation, language))) + "\n"


def _blocks(words: EvalWords) -> Iterator[str]:
    title, *rest = words.head()
    yield f"# {plain(title)}"
    yield from (plain(line) for line in rest)
    if words.evaluation.figures:
        yield _table(words.columns(), words.rows())
    if rows := words.group_rows():
        yield f"## {plain(words('page.groups'))}"
        yield _table(words.group_columns(), rows)
    if errors := list(words.errors()):
        yield f"## {plain(words('page.errors'))}"
        yield "\n".join(f"- {plain(line)}" for line in errors)
    yield "\n".join(f"- {plain(note)}" for note in words.notes())


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = [[plain(cell) for cell in row] for row in rows]
    return table([plain(column) for column in columns], cells, numeric=range(1, len(columns)))
