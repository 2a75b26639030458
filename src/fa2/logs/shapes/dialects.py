"""The shape of a line and the counts of shapes as SQL, for DuckDB, Trino (Athena) and Spark: one text, three spellings.

Only functions that are built in, mean the same in all of them and never fail on a line are used. Lines are cut to
their first line and MAX_CHARS code points before any regular expression sees them. The expressions of `shapes` hold
no backslash and no quote; the marks are written as chr(1) and chr(2), so no engine's escapes come into play.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fa2.logs.shapes.definition import CLOSE, MAX_CHARS, NAME, OPEN, VALUE

Engine = Literal["duckdb", "trino", "spark"]

_OPEN, _CLOSE = f"chr({ord(OPEN)})", f"chr({ord(CLOSE)})"


@dataclass(frozen=True)
class Dialect:
    """How an engine spells what the others spell differently."""

    engine: Engine
    quote: str
    """Stands around identifiers; doubled within."""
    group: str
    """The first group in a replacement."""
    every: str
    """What follows a replacement for it to replace every match."""

    def identifier(self, *path: str) -> str:
        """Return a column, a field of one, or a table, by its path, quoted."""
        return ".".join(self.quote + part.replace(self.quote, self.quote * 2) + self.quote for part in path)

    def literal(self, text: str) -> str:
        """Return text as a string literal. Raises ValueError for NUL, which no SQL text can hold."""
        if "\0" in text:
            raise ValueError("a literal of SQL cannot hold NUL")
        if self.engine == "spark":
            return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
        return "'" + text.replace("'", "''") + "'"

    def replaced(self, text: str, pattern: str, replacement: str) -> str:
        """Return the expression for a text with every match of a pattern replaced. All three are SQL."""
        return f"regexp_replace({text}, {pattern}, {replacement}{self.every})"


DUCKDB = Dialect("duckdb", '"', "\\1", ", 'g'")
TRINO = Dialect("trino", '"', "$1", "")
"""Trino, Presto and Athena from engine version 2 on; both JONI and RE2J, the regular expressions it may be set to."""
SPARK = Dialect("spark", "`", "$1", "")
"""Spark SQL from 3.3 on, EMR and Glue jobs included, with its default escapes in literals."""
DIALECTS: dict[Engine, Dialect] = {dialect.engine: dialect for dialect in (DUCKDB, TRINO, SPARK)}


def shape_sql(column: str = "message", dialect: Dialect = DUCKDB, *, header: str = "") -> str:
    """Return the expression for the shape of a line; it gives what `shape_of` gives. Null for a null line.

    column: SQL for the line, trusted.
    header: a regular expression of what stands before the message at the start of a line, and is taken off first;
        of RE2's syntax.
    """
    first = f"split_part(split_part({column}, chr(10), 1), chr(13), 1)"
    if header:
        first = dialect.replaced(first, dialect.literal(f"^(?:{header})"), "''")
    clean = f"replace(replace(substr({first}, 1, {MAX_CHARS}), {_OPEN}, ' '), {_CLOSE}, ' ')"
    marked = dialect.replaced(clean, f"'({VALUE})'", f"concat({_OPEN}, '{dialect.group}', {_CLOSE})")
    named = dialect.replaced(marked, f"concat({_OPEN}, '({NAME})', {_CLOSE})", f"'{dialect.group}'")
    return dialect.replaced(named, f"concat({_OPEN}, '[^', {_CLOSE}, ']*', {_CLOSE})", "'<*>'")
