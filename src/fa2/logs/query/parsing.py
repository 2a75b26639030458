"""From a query's text to its tree."""

from __future__ import annotations

from contextlib import suppress
from copy import copy
from functools import cache
from importlib.resources import files
from typing import Any, cast

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args

from fa2.logs.query import syntax as tree
from fa2.logs.query.lexing import COMMANDS, TokenCutter, name_parts, regex_value, text_value
from fa2.logs.query.periods import UNITS, unit_of
from fa2.logs.query.problems import NOWHERE, At, QueryProblem, nearest

MAX_CHARS = 100_000
"""How long a query may be; CloudWatch takes a tenth of it."""
ELSEWHERE = ("source", "lookup", "join", "unmask", "append", "eval")
"""Commands of CloudWatch's that make no sense on files, or are not there yet; each has its remedy in query.toml."""

_Child = tree.Node | Token | None


def parse(text: str) -> tree.Query:
    """Return the tree of a query.

    Raises QueryProblem, which names line and column and what could stand there.
    """
    try:
        if len(text) > MAX_CHARS:
            raise QueryProblem("too_long", At(MAX_CHARS, MAX_CHARS), limit=MAX_CHARS)
        _check_characters(text)
        try:
            parsed = _parser().parse(text)
        except UnexpectedInput as error:
            raise _unexpected(text, error) from error
        return cast(tree.Query, parsed)
    except QueryProblem as problem:
        raise problem.within(text) from problem.__cause__


def _check_characters(text: str) -> None:
    """Raise QueryProblem at bytes that were no UTF-8: nothing can be equal to them."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise QueryProblem("character", At(error.start, error.start + 1), character=text[error.start]) from error


@cache
def _parser() -> Lark:
    grammar = files("fa2.logs.query").joinpath("insights.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer=TokenCutter, transformer=_Trees(), maybe_placeholders=True)


def _unexpected(text: str, error: UnexpectedInput) -> QueryProblem:
    expected = _acceptable(error)
    if not isinstance(error, UnexpectedToken) or error.token.type == "$END":
        end = len(text.rstrip())
        if not end:
            return QueryProblem("empty", At(0, 0))
        return QueryProblem("ends", At(end, end), expected=_kinds(expected))
    token = error.token
    at = _at(token)
    if "FIELDS" in expected:
        word = str(token)
        if word.casefold() in ELSEWHERE:
            return QueryProblem(f"elsewhere_{word.casefold()}", at)
        near = nearest(word, COMMANDS)
        if near:
            return QueryProblem("command_near", at, found=word, near=near)
        return QueryProblem("command", at, found=word, known=", ".join(COMMANDS))
    if token.type == "PERIOD" and "NUMBER" in expected:
        return QueryProblem("not_number", at, found=str(token))
    return QueryProblem("unexpected", at, expected=_kinds(expected), found=str(token))


def _acceptable(error: UnexpectedInput) -> list[str]:
    """Return the tokens that could really follow; the parser's own list has those of like states among them."""
    state: Any = error.state
    found = []
    for kind in getattr(error, "expected", ()):
        trial = state.copy(deepcopy_values=False)
        trial.parse_conf = copy(trial.parse_conf)
        trial.parse_conf.callbacks = {}
        with suppress(UnexpectedToken):
            trial.feed_token(Token(kind, ""), is_end=kind == "$END")
            found.append(kind)
    return sorted(found)


_OPERATORS = {"COMPARE", "PLUS", "MINUS", "STAR", "SLASH", "PERCENT", "CARET", "LIKE", "IN", "AND", "OR", "NOT"}
_VALUES = {"NAME", "NUMBER", "STRING", "PERIOD", "TRUE", "FALSE", "LPAR", "MINUS", "NOT"}


def _kinds(expected: list[str]) -> list[str]:
    """Return what could stand there as few kinds: `a value` rather than all that may begin one."""
    left = set(expected)
    kinds = []
    if {"NAME", "NUMBER", "STRING"} <= left:
        kinds.append("value")
        left -= _VALUES
    elif {"COMPARE", "PLUS"} <= left:
        kinds.append("operator")
        left -= _OPERATORS | {"LPAR"}
    return kinds + sorted(kind.lstrip("_$") for kind in left)


def _at(token: Token) -> At:
    start = token.start_pos or 0
    return At(start, token.end_pos or start + 1)


def _span(*children: _Child) -> At:
    places = [child.at if isinstance(child, tree.Node) else _at(child) for child in children if child is not None]
    return places[0].to(places[-1])


@v_args(inline=True)
class _Trees(Transformer[Token, tree.Query]):
    """Makes nodes of what the parser has read; called while it reads."""

    def start(self, *children: _Child) -> tree.Query:
        commands = [child for child in children if isinstance(child, tree.Node)]
        return tree.Query(tuple(cast(list[tree.Command], commands)), at=_span(*children))

    def fields(self, *children: _Child) -> tree.Fields:
        return tree.Fields(_items(children), at=_span(*children))

    def display(self, *children: _Child) -> tree.Display:
        return tree.Display(_items(children), at=_span(*children))

    def filter(self, word: Token, condition: tree.Expression) -> tree.Filter:
        return tree.Filter(condition, at=_span(word, condition))

    def parse_glob(
        self, word: Token, source: tree.Field | None, glob: Token, _: Token, *names: tree.Field
    ) -> tree.Parse:
        pattern = tree.Text(text_value(glob), at=_at(glob))
        return _parse(word, source, pattern, names)

    def parse_regex(
        self, word: Token, source: tree.Field | None, regex: Token, *rest: tree.Field | Token | None
    ) -> tree.Parse:
        pattern = tree.Regex(regex_value(regex), at=_at(regex))
        return _parse(word, source, pattern, tuple(name for name in rest if isinstance(name, tree.Field)))

    def parse_all(
        self, word: Token, source: tree.Field | None, regex: Token, *rest: tree.Field | Token | None
    ) -> tree.ParseAll:
        found = self.parse_regex(word, source, regex, *rest)
        pattern = tree.Regex(regex_value(regex), at=_at(regex))
        return tree.ParseAll(found.source, pattern, found.names, at=found.at)

    def parse_logfmt(
        self, word: Token, source: tree.Field | None, _: Token, __: Token, name: tree.Field
    ) -> tree.ParseLogfmt:
        return tree.ParseLogfmt(source or tree.Field(("@message",)), name.name, at=_span(word, name))

    def stats(self, word: Token, *children: _Child) -> tree.Stats:
        groups = next((child for child in children if isinstance(child, _Groups)), _Groups(()))
        return tree.Stats(_items(children), groups.items, at=_span(word, *children))

    def groups(self, word: Token, *items: tree.Item) -> _Groups:
        return _Groups(tuple(items), at=_span(word, *items))

    def sort(self, word: Token, *keys: tree.Key) -> tree.Sort:
        return tree.Sort(tuple(keys), at=_span(word, *keys))

    def key(self, expression: tree.Expression, order: Token | None) -> tree.Key:
        return tree.Key(expression, order is not None and order.type == "DESC", at=_span(expression, order))

    def limit(self, word: Token, count: Token) -> tree.Limit:
        if not (count.isascii() and count.isdigit()) or not 0 < int(count) <= 2**31 - 1:
            raise QueryProblem("limit", _at(count), found=str(count))
        return tree.Limit(int(count), at=_span(word, count))

    def dedup(self, word: Token, *fields: tree.Field) -> tree.Dedup:
        return tree.Dedup(tuple(fields), at=_span(word, *fields))

    def unnest(self, word: Token, source: tree.Expression, _: Token, name: tree.Field) -> tree.Unnest:
        return tree.Unnest(source, name.name, at=_span(word, name))

    def pattern(self, word: Token, source: tree.Expression) -> tree.Patterns:
        return tree.Patterns(source, at=_span(word, source))

    def diff(self, word: Token, shift: Token | None) -> tree.Diff:
        shifts: dict[str, tree.Shift] = {
            "PREVIOUSDAY": "previousDay",
            "PREVIOUSWEEK": "previousWeek",
            "PREVIOUSMONTH": "previousMonth",
        }
        return tree.Diff(shifts[shift.type] if shift else "previous", at=_span(word, shift))

    def logcompare(self, word: Token, _: Token, shift: Token) -> tree.Diff:
        return tree.Diff(self.period(shift), at=_span(word, shift))

    def anomaly(self, word: Token) -> tree.Anomalies:
        return tree.Anomalies(at=_at(word))

    def item(self, expression: tree.Expression, _: Token | None, name: tree.Field | None) -> tree.Item:
        return tree.Item(expression, name.name if name else None, at=_span(expression, name))

    def field(self, token: Token) -> tree.Field:
        return tree.Field(name_parts(token), at=_at(token))

    name = source = field

    def binary(self, left: tree.Expression, operator: Token, right: tree.Expression) -> tree.Binary:
        return tree.Binary(cast(tree.Operator, operator.lower()), left, right, at=_span(left, right))

    def negation(self, word: Token, operand: tree.Expression) -> tree.Not:
        return tree.Not(operand, at=_span(word, operand))

    def minus(self, sign: Token, operand: tree.Expression) -> tree.Minus:
        return tree.Minus(operand, at=_span(sign, operand))

    def like(self, operand: tree.Expression, negation: Token | None, _: Token, pattern: tree.Expression) -> tree.Like:
        return tree.Like(operand, pattern, negation is not None, at=_span(operand, pattern))

    def membership(self, operand: tree.Expression, negation: Token | None, *rest: _Child) -> tree.In:
        items = [child for child in rest if isinstance(child, tree.Node)]
        members = tuple(cast(list[tree.Expression], items))
        return tree.In(operand, members, negation is not None, at=_span(operand, rest[-1]))

    def call(self, name: Token, opening: Token, *rest: _Child) -> tree.Call:
        arguments = [child for child in rest if isinstance(child, tree.Node)]
        return tree.Call(
            ".".join(name_parts(name)), tuple(cast(list[tree.Expression], arguments)), at=_span(name, rest[-1])
        )

    def group(self, opening: Token, inner: tree.Expression, closing: Token) -> tree.Expression:
        return inner

    def number(self, token: Token) -> tree.Number:
        return tree.Number(str(token), at=_at(token))

    def text(self, token: Token) -> tree.Text:
        return tree.Text(text_value(token), at=_at(token))

    def truth(self, token: Token) -> tree.Truth:
        return tree.Truth(token.type == "TRUE", at=_at(token))

    def regex(self, token: Token) -> tree.Regex:
        return tree.Regex(regex_value(token), at=_at(token))

    def star(self, token: Token) -> tree.Star:
        return tree.Star(at=_at(token))

    def period(self, token: Token) -> tree.Period:
        digits = token.rstrip("".join(c for c in token if not c.isdigit()))
        unit = unit_of(token[len(digits) :])
        if unit is None or not 0 < int(digits) <= 1_000_000:
            raise QueryProblem("period", _at(token), found=str(token), known=", ".join(u.name for u in UNITS))
        return tree.Period(int(digits), unit.name, at=_at(token))


class _Groups(tree.Node):
    """What follows `by`, on its way into Stats."""

    def __init__(self, items: tuple[tree.Item, ...], at: At = NOWHERE) -> None:
        super().__init__(at=at)
        object.__setattr__(self, "items", items)

    items: tuple[tree.Item, ...]


def _items(children: tuple[_Child, ...]) -> tuple[tree.Item, ...]:
    return tuple(child for child in children if isinstance(child, tree.Item))


def _parse(
    word: Token, source: tree.Field | None, pattern: tree.Text | tree.Regex, names: tuple[tree.Field, ...]
) -> tree.Parse:
    last = names[-1] if names else pattern
    return tree.Parse(source or tree.Field(("@message",)), pattern, tuple(n.name for n in names), at=_span(word, last))
