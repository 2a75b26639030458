"""Globs and regular expressions as DuckDB's RE2 takes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from fa2.logs.query.problems import At, QueryProblem

if TYPE_CHECKING:
    import duckdb

_PIECES = re.compile(
    r"\\.|\[(?:\^?\])?(?:\\.|\[:\w+:\]|[^\]\\])*\]|\(\?(?:P?<(?P<name>[A-Za-z_]\w*)>)|\((?P<plain>\?)?", re.DOTALL
)


@dataclass(frozen=True)
class Extraction:
    """A regular expression that takes fields out of text."""

    pattern: str
    """All groups plain."""
    groups: tuple[str | None, ...]
    """The name of each group, in order; null for one without a name."""
    literal: str = ""
    """Text that stands in whatever matches: quicker to look for."""


def extraction(pattern: str, at: At) -> Extraction:
    """Return a regular expression with its named groups, (?<name>…) or (?P<name>…), made plain.

    Raises QueryProblem where RE2 does not take it: look-around and back-references are not to be had.
    """
    groups: list[str | None] = []

    def plain(piece: re.Match[str]) -> str:
        if piece["name"]:
            groups.append(piece["name"])
            return "("
        if piece[0] == "(" and not piece["plain"]:
            groups.append(None)
        return piece[0]

    rewritten = _PIECES.sub(plain, pattern)
    _check(rewritten, at)
    return Extraction(rewritten, tuple(groups))


def glob_extraction(glob: str) -> Extraction:
    """Return the regular expression of a glob: each * takes as little as it can, one at the end all that is left."""
    literals = [re.sub(r"([.^$*+?()\[\]{}|\\])", r"\\\1", part) for part in glob.split("*")]
    stars = len(literals) - 1
    pattern = "(?s)" + "".join(part + "(.*?)" for part in literals[:-1]) + literals[-1]
    if stars and not literals[-1]:
        pattern = pattern.removesuffix("(.*?)") + "(.*)"
    return Extraction(pattern, (None,) * stars, max(glob.split("*"), key=len))


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    import duckdb

    return duckdb.connect(config={"threads": 1})


def _check(pattern: str, at: At) -> None:
    import duckdb

    try:
        _engine().execute("SELECT regexp_matches('', $1)", [pattern]).fetchall()
    except duckdb.Error as error:
        problem = str(error).splitlines()[0].partition(": ")[2] or str(error).splitlines()[0]
        raise QueryProblem("regex", at, problem=problem.removeprefix("Pattern failed to parse: ")) from error
