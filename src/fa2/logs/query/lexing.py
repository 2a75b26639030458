"""Cuts a query into tokens, asking the parser which of them may stand where.

So `limit`, `by` or `like` are plain field names wherever no keyword may stand, and a / is a division sign
unless a regular expression may begin there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lark import Token
from lark.lexer import Lexer, LexerState

from fa2.logs.query.problems import At, QueryProblem

COMMANDS = (
    *("fields", "display", "filter", "where", "filterIndex", "parse", "stats", "sort", "limit", "head", "dedup"),
    *("unnest", "pattern", "diff", "logcompare", "anomaly"),
)
KEYWORDS = {
    word.upper()
    for word in (
        *COMMANDS,
        *("timeshift", "previousDay", "previousWeek", "previousMonth", "multi", "logfmt"),
        *("as", "by", "asc", "desc", "into", "and", "or", "not", "like", "in", "true", "false"),
    )
}
_SIGNS = {
    "|": "PIPE",
    ",": "_COMMA",
    "(": "LPAR",
    ")": "RPAR",
    "[": "LSQB",
    "]": "RSQB",
    "+": "PLUS",
    "-": "MINUS",
    "*": "STAR",
    "/": "SLASH",
    "%": "PERCENT",
    "^": "CARET",
}
_IGNORED = re.compile(r"(?:\s+|#[^\n]*)+")
_WORD = re.compile(r"[^\W\d]\w*")
_PART = r"(?:[\w@]+|`[^`\n]+`)"
_NAME = re.compile(rf"(?:@{{0,2}}[^\W\d][\w@]*|`[^`\n]+`)(?:\.{_PART}|\[\d+\])*")
_PERIOD = re.compile(r"(\d+)([^\W\d_]+)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+(?!\w))?|\.\d+")
_STRING = re.compile(r"""(["'])((?:\\.|(?!\1)[^\\])*)\1""", re.DOTALL)
_REGEX = re.compile(r"/((?:\\.|[^/\\\n])+)/")
_COMPARE = re.compile(r"!=|<=|>=|=(?!~)|<|>")


class TokenCutter(Lexer):
    """The lexer that the grammar is read with."""

    __future_interface__ = 1

    def __init__(self, lexer_conf: object) -> None:
        """Take what Lark hands every lexer."""

    def lex(self, lexer_state: LexerState, parser_state: Any) -> Iterator[Token]:
        """Yield the tokens of a query. Raises QueryProblem at what can begin none."""
        text = lexer_state.text.text
        position = 0
        while True:
            if ignored := _IGNORED.match(text, position):
                position = ignored.end()
            if position >= len(text):
                return
            allowed = parser_state.parse_conf.states[parser_state.position]
            kind, end = _token(text, position, allowed)
            yield Token(kind, text[position:end], start_pos=position, end_pos=end)
            position = end


def _token(text: str, position: int, allowed: dict[str, object]) -> tuple[str, int]:
    """Return the kind of the token at a position, and where it ends."""
    if (word := _WORD.match(text, position)) and word[0].upper() in KEYWORDS and word[0].upper() in allowed:
        return word[0].upper(), word.end()
    if name := _NAME.match(text, position):
        return "NAME", name.end()
    if (period := _PERIOD.match(text, position)) and not _is_exponent(text, position):
        return "PERIOD", period.end()
    if number := _NUMBER.match(text, position):
        return "NUMBER", number.end()
    if string := _STRING.match(text, position):
        return "STRING", string.end()
    if text.startswith("=~", position):
        return "LIKE", position + 2
    if compare := _COMPARE.match(text, position):
        return "COMPARE", compare.end()
    if text[position] == "/" and "REGEX" in allowed:
        return "REGEX", _regex_end(text, position)
    if sign := _SIGNS.get(text[position]):
        return sign, position + 1
    raise _unreadable(text, position)


def _is_exponent(text: str, position: int) -> bool:
    number = _NUMBER.match(text, position)
    return number is not None and number[0][-1].isdigit() and "e" in number[0].lower()


def _regex_end(text: str, position: int) -> int:
    regex = _REGEX.match(text, position)
    if regex is None:
        raise QueryProblem("open_regex", At(position, position + 1))
    if flags := _WORD.match(text, regex.end()):
        raise QueryProblem("regex_flags", At(regex.end(), flags.end()), flags=flags[0])
    return regex.end()


def _unreadable(text: str, position: int) -> QueryProblem:
    at = At(position, position + 1)
    if text[position] in "\"'":
        return QueryProblem("open_text", at)
    if text[position] == "`":
        return QueryProblem("open_name", at)
    return QueryProblem("character", at, character=text[position])


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'"}


def text_value(quoted: str) -> str:
    r"""Return what a quoted string means: \" \' \\ \n \t \r stand for characters, other backslashes for themselves."""
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[0]), quoted[1:-1], flags=re.DOTALL)


def quoted_text(value: str) -> str:
    """Return the quoted string that means the value."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return '"' + escaped.replace("\r", "\\r") + '"'


def regex_value(slashed: str) -> str:
    r"""Return the regular expression between slashes, in which \/ means /."""
    return re.sub(r"\\(.)", lambda m: "/" if m[1] == "/" else m[0], slashed[1:-1], flags=re.DOTALL)


def slashed_regex(pattern: str) -> str:
    """Return a regular expression between slashes."""
    return "/" + re.sub(r"\\.|/", lambda m: r"\/" if m[0] == "/" else m[0], pattern, flags=re.DOTALL) + "/"


def name_parts(written: str) -> tuple[str, ...]:
    """Return the parts of a field's path as it was written."""
    parts = re.finditer(r"`([^`]+)`|\[(\d+)\]|([\w@]+)", written)
    return tuple(part[1] or part[2] or part[3] for part in parts)


def written_name(parts: tuple[str, ...]) -> str:
    """Return a path as a query writes it, with backticks where they are needed."""
    first = parts[0] if re.fullmatch(r"@{0,2}[^\W\d][\w@]*", parts[0]) else f"`{parts[0]}`"
    if first.upper() in KEYWORDS:
        first = f"`{first}`"
    rest = [part if re.fullmatch(r"[\w@]+", part) else f"`{part}`" for part in parts[1:]]
    return ".".join([first, *rest])
