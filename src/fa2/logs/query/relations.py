"""A query's commands as layers of SQL, each a named query over the one before."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from fa2.logs.query import syntax as tree
from fa2.logs.query import values
from fa2.logs.query.events import json_pointer
from fa2.logs.query.problems import At, QueryProblem, nearest
from fa2.logs.query.values import Bindable, Kind, Parameters, Value

_PLAIN_NAME = re.compile(r"(?!(?:field|column|matched)_)[\w@.-]{1,60}")
"""What a column may be called as a query calls it; the rest are our own names."""
LONGEST_CELL = 240
"""Characters of a text in `Relation.named`."""
_HEADING = re.compile(r"[\w@.()*, /+%<>=:-]{1,60}", re.ASCII)
_TERM = re.compile(r"(?P<sql>.*?)(?P<way>(?: ASC| DESC)?(?: NULLS LAST)?)", re.DOTALL)


@dataclass(frozen=True)
class Statement:
    """A SELECT and its bound values."""

    sql: str
    parameters: dict[str, Bindable]
    headings: tuple[str, ...]
    kinds: tuple[Kind, ...]


class Source(Protocol):
    """What the first command reads: events, or the patterns that a stage before has made."""

    name: str
    columns: frozenset[str]
    """What its columns are called, in lower case; a query's own must be called otherwise."""
    names: tuple[str, ...]
    """The fields that it is known to have."""
    open: bool
    """Whether it may have others."""

    def field(self, parts: tuple[str, ...]) -> Value | None:
        """Return a field; null when there is none of that name."""
        ...

    def ctes(self) -> list[tuple[str, str]]:
        """Return the named queries it consists of, the last one called `name`."""
        ...


@dataclass
class Relation:
    """What has become of the events so far. Also the scope in which expressions are read."""

    source: Source
    parameters: Parameters
    now: datetime
    shown: dict[str, Value]
    """What results show, by heading, in order."""
    order: list[str] = field(default_factory=list)
    """SQL terms to sort by; empty for the order that the source is in by itself."""
    own_fields: bool = True
    """Whether the fields of the source are still there; `stats` ends that."""
    chosen: bool = False
    """Whether `fields` has said what to show; until then it is what `shown` began with."""
    displayed: bool = False
    """Whether `display` has said what to show; `fields` adds nothing then."""
    layers: list[tuple[str, str]] = field(default_factory=list)
    scope: dict[str, Value] = field(default_factory=dict)
    notes: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """What to tell about the query: names of query.note, with values."""
    first_stats: bool = True
    """Whether a `stats` that comes now is of events that matched, so that it can count them."""
    total: str | None = None
    """A column with the number of events that matched, in every row."""
    _used: set[str] = field(default_factory=set)

    @property
    def last(self) -> str:
        """The name of the latest layer."""
        return self.layers[-1][0] if self.layers else self.source.name

    def layer(self, sql: str) -> None:
        """Put a SELECT on top; {last} in it is the layer before."""
        self.layers.append((f"step_{len(self.layers) + 1}", sql.replace("{last}", self.last)))

    def define(self, name: str, value: Value) -> Value:
        """Add a column and return it; from now on its name means it."""
        identifier = self.identifier(name)
        self.layer(f"SELECT *, {value.sql} AS {identifier} FROM {{last}}")
        self.scope[name] = Value(identifier, value.kind)
        return self.scope[name]

    def identifier(self, name: str) -> str:
        """Return a column name, quoted, that nothing else has; the query's own where that is harmless."""
        if not _PLAIN_NAME.fullmatch(name) or name.casefold() in self._used | self.source.columns:
            name = f"column_{len(self._used) + 1}"
        self._used.add(name.casefold())
        return f'"{name}"'

    def field(self, field: tree.Field) -> Value:
        """Return a field: a column of the query's own, a part of one, or a field of the source.

        Raises QueryProblem for one that can only be a slip.
        """
        for length in range(len(field.parts), 0, -1):
            column = self.scope.get(".".join(field.parts[:length])) or self._made(field.parts[:length])
            if column is not None:
                rest = field.parts[length:]
                return self._part(column, rest) if rest else column
        found = self.source.field(field.parts) if self.own_fields else None
        found = found or self.scope.get(field.name.removeprefix("@"))
        return found or self._missing(field)

    def _made(self, parts: tuple[str, ...]) -> Value | None:
        """Return a column of a source that has these and no others."""
        return self.source.field(parts) if self.own_fields and not self.source.open else None

    def _part(self, column: Value, parts: tuple[str, ...]) -> Value:
        pointer = self.parameters.bind(json_pointer(parts))
        return Value(f"json_extract({values.json(column)}, {pointer})", "json")

    def _missing(self, field: tree.Field) -> Value:
        known = [*self.scope, *(self.source.names if self.own_fields else ())]
        near = nearest(field.name, known)
        if near:
            raise QueryProblem("field_near", field.at, found=field.name, near=near)
        if not (self.own_fields and self.source.open):
            raise QueryProblem("field_gone", field.at, found=field.name, known=", ".join(known))
        self.notes.append(("no_field", {"field": field.name}))
        return Value("CAST(NULL AS VARCHAR)", "text")

    def column(self, heading: str) -> Value | None:
        """Return the query's own column that is headed so."""
        return self.scope.get(heading)

    def moment(self, at: At) -> Value:
        """Return the time of an event, or the one column of times. Raises QueryProblem when there is none."""
        if "@timestamp" in self.scope:
            return self.scope["@timestamp"]
        if self.own_fields and (found := self.source.field(("@timestamp",))):
            return found
        times = [column for column in self.scope.values() if column.kind == "time"]
        if len(times) != 1:
            raise QueryProblem("no_time", at)
        return times[0]

    def show(self, heading: str, value: Value) -> None:
        """Show a column, unless `display` has said what to show."""
        if not self.displayed:
            self.shown[heading] = value

    def ordering(self) -> str:
        """Return ORDER BY: as sorted, and rows that are equal in that by what they show."""
        return f"ORDER BY {', '.join(self._terms())}"

    def _terms(self) -> list[str]:
        order = list(self.order)
        if not order and self.own_fields and (moment := self.source.field(("@timestamp",))):
            order = order_terms(moment, descending=True)
        ties = [f"{_presented(v)} NULLS LAST" for v in self.shown.values() if not any(v.sql in term for term in order)]
        return list(dict.fromkeys([*order, *ties]))

    def statement(self, limit: int) -> Statement:
        """Return the query that gives the first rows of what is shown."""
        shown = ", ".join(f"{_presented(value)} AS c{n}" for n, value in enumerate(self.shown.values(), 1))
        shown += f", {self.total}" if self.total else ""
        sql = f"SELECT {shown} FROM {self.last} {self.ordering()} LIMIT {self.parameters.bind(limit)}"
        return self._whole(sql, tuple(self.shown), tuple(value.kind for value in self.shown.values()))

    def named(self, limit: int) -> Statement:
        """Return the same query with columns named as they are headed, texts cut and no number but finite ones.

        It can be asked again by itself: its order is stated outermost, its names are checked, no value is a list.
        """
        terms = [_TERM.fullmatch(term) for term in self._terms()]
        keys = [f"{term['sql']} AS o{n}" for n, term in enumerate(filter(None, terms), 1)]
        ways = [f"o{n}{term['way']}" for n, term in enumerate(filter(None, terms), 1)]
        columns = [f"{_presented(value)} AS c{n}" for n, value in enumerate(self.shown.values(), 1)]
        inner = f"SELECT {', '.join([*columns, *keys])} FROM {self.last} {self.ordering()} LIMIT {limit:d}"
        names = _names(self.shown)
        shown = [
            f'{_cut(f"c{n}", v.kind)} AS "{name}"' for n, (name, v) in enumerate(zip(names, self.shown.values()), 1)
        ]
        sql = f"SELECT {', '.join(shown)} FROM ({inner}) ORDER BY {', '.join(ways)}"
        whole = self._whole(sql, tuple(names), tuple(value.kind for value in self.shown.values()))
        return without_lists(whole)

    def selection(self, columns: dict[str, Value]) -> Statement:
        """Return the query that gives columns of all rows, in no order."""
        shown = ", ".join(f'{value.sql} AS "{name}"' for name, value in columns.items())
        kinds = tuple(value.kind for value in columns.values())
        return self._whole(f"SELECT {shown} FROM {self.last}", tuple(columns), kinds)

    def count(self, layer: str | None = None) -> Statement:
        """Return the query that counts the rows of a layer, of the latest by default."""
        return self._whole(f"SELECT count(*) FROM {layer or self.last}", ("count",), ("number",))

    def _whole(self, select: str, headings: tuple[str, ...], kinds: tuple[Kind, ...]) -> Statement:
        named = [f"{name} AS NOT MATERIALIZED (\n  {sql}\n)" for name, sql in (*self.source.ctes(), *self.layers)]
        return self.bound((f"WITH {', '.join(named)}\n" if named else "") + select, headings, kinds)

    def bound(self, sql: str, headings: tuple[str, ...], kinds: tuple[Kind, ...]) -> Statement:
        """Return a statement with those of the bound values that it names."""
        bound = set(re.findall(r"\$(v\d+)", sql))
        return Statement(sql, {k: v for k, v in self.parameters.values.items() if k in bound}, headings, kinds)


def order_terms(value: Value, *, descending: bool) -> list[str]:
    """Return the SQL terms to sort by: what is missing last; ascending, text before numbers, as in CloudWatch."""
    way = "DESC" if descending else "ASC"
    if value.kind in ("number", "truth", "time"):
        return [f"{value.sql} {way} NULLS LAST"]
    text, number = values.text(value), values.number(value)
    return [f"{text} IS NULL", f"{number} IS NOT NULL {way}", f"{number} {way} NULLS LAST", f"{text} {way}"]


def _names(headings: Iterable[str]) -> list[str]:
    """Return a column name for each heading: the heading where it is made of harmless characters, each once."""
    names: list[str] = []
    for heading in headings:
        taken = {name.casefold() for name in names}
        fits = _HEADING.fullmatch(heading) and heading.casefold() not in taken
        names.append(heading if fits else f"column_{len(names) + 1}")
    return names


def _cut(column: str, kind: Kind) -> str:
    match kind:
        case "number":
            return f"CASE WHEN isfinite({column}::DOUBLE) THEN {column} END"
        case "text" | "any" | "json":
            return f"substr({column}, 1, {LONGEST_CELL})"
        case _:
            return column


def without_lists(statement: Statement) -> Statement:
    """Return a statement whose bound lists are lists of bound texts, as a query of evidence has them."""
    sql, plain = statement.sql, dict[str, Bindable]()
    for name, value in statement.parameters.items():
        if isinstance(value, list):
            parts = {f"{name}_{n}": part for n, part in enumerate(value, 1)}
            plain |= parts
            sql = re.sub(rf"\${name}\b", "[" + ", ".join(f"${part}" for part in parts) + "]", sql)
        else:
            plain[name] = value
    return Statement(sql, plain, statement.headings, statement.kinds)


def _presented(value: Value) -> str:
    return values.text(value) if value.kind == "json" else value.sql
