"""Material for the prompt: what comes from data, cut, made visible, and never an instruction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fa2.core.messages import Language, Statement, Value, catalogue
from fa2.core.report import EvidenceRecord, Said
from fa2.core.tokens import estimated_tokens

_CELL = 240
"""Characters of one value that a model sees."""


class Quoting(Protocol):
    """Makes text from outside fit to be shown to a model."""

    def block(self, text: str, /) -> str:
        """Return text between markers that do not occur in it."""
        ...

    def value(self, text: str, at_most: int, /) -> str:
        """Return one value on one line: cut, nothing unseen, and a note in place of what reads like an instruction."""
        ...


def spoken(statement: Said, quoting: Quoting, language: Language) -> str:
    """Return a statement in words, its values fit to be shown."""
    values: dict[str, Value] = {
        name: quoting.value(value, _CELL) if isinstance(value, str) else value
        for name, value in statement.values.items()
    }
    try:
        return catalogue(language).render(Statement(statement.key, values))
    except (LookupError, ValueError, TypeError):  # a time or a unit that was cut
        return quoting.value(statement.text or statement.key, 2 * _CELL)


def table(record: EvidenceRecord, quoting: Quoting, *, tokens: int) -> tuple[str, int]:
    """Return a piece of evidence as a heading and lines of tab-separated values, and how many rows are left out."""
    lines = [f"{record.id} {record.table} ({len(record.rows)})", "\t".join(record.columns)]
    room = tokens - sum(map(estimated_tokens, lines))
    for number, row in enumerate(record.rows):
        line = "\t".join(_cell(value, quoting) for value in row)
        room -= estimated_tokens(line) + 1
        if room < 0 and number:
            return "\n".join(lines), len(record.rows) - number
        lines.append(line)
    return "\n".join(lines), 0


def _cell(value: Value, quoting: Quoting) -> str:
    match value:
        case None:
            return "–"
        case str():
            return quoting.value(value, _CELL)
        case float():
            return f"{value:.12g}"
        case _:
            return str(value)


def within(lines: Sequence[str], tokens: int) -> tuple[list[str], int]:
    """Return as many of the first lines as fit, and how many tokens are left."""
    kept = []
    for line in lines:
        cost = estimated_tokens(line) + 1
        if cost > tokens:
            break
        kept.append(line)
        tokens -= cost
    return kept, tokens
