"""A query as a tree. Two trees are equal when they mean the same text, wherever it stood."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from fa2.logs.query.problems import NOWHERE, At

Operator = Literal["+", "-", "*", "/", "%", "^", "=", "!=", "<", "<=", ">", ">=", "and", "or"]
Shift = Literal["previous", "previousDay", "previousWeek", "previousMonth"]


@dataclass(frozen=True)
class Node:
    """Anything in a query that stands somewhere."""

    at: At = field(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True)
class Text(Node):
    """A quoted string."""

    value: str


@dataclass(frozen=True)
class Number(Node):
    """A number as it was written, without a sign."""

    written: str


@dataclass(frozen=True)
class Truth(Node):
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True)
class Period(Node):
    """A length of time, `5m`."""

    count: int
    unit: str
    """As in `periods.UNITS`."""


@dataclass(frozen=True)
class Regex(Node):
    """A regular expression, without its slashes."""

    pattern: str


@dataclass(frozen=True)
class Field(Node):
    """A field by its path: `a.b.0` has three parts, and a part in backticks may hold dots."""

    parts: tuple[str, ...]

    @property
    def name(self) -> str:
        """The parts joined by dots, as results are headed."""
        return ".".join(self.parts)


@dataclass(frozen=True)
class Star(Node):
    """The * in count(*)."""


@dataclass(frozen=True)
class Not(Node):
    """`not` of a condition."""

    operand: Expression


@dataclass(frozen=True)
class Minus(Node):
    """A number with its sign changed."""

    operand: Expression


@dataclass(frozen=True)
class Binary(Node):
    """Two operands and what is between them."""

    operator: Operator
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Like(Node):
    """A match: a substring for text, a search for a regular expression."""

    operand: Expression
    pattern: Expression
    negated: bool


@dataclass(frozen=True)
class In(Node):
    """Membership in a list."""

    operand: Expression
    items: tuple[Expression, ...]
    negated: bool


@dataclass(frozen=True)
class Call(Node):
    """A function and its arguments."""

    function: str
    arguments: tuple[Expression, ...]


Expression: TypeAlias = Text | Number | Truth | Period | Regex | Field | Star | Not | Minus | Binary | Like | In | Call


@dataclass(frozen=True)
class Item(Node):
    """An expression and the name it is given, if any."""

    expression: Expression
    alias: str | None = None


@dataclass(frozen=True)
class Fields(Node):
    """`fields`: show these too."""

    items: tuple[Item, ...]


@dataclass(frozen=True)
class Display(Node):
    """`display`: show only these."""

    items: tuple[Item, ...]


@dataclass(frozen=True)
class Filter(Node):
    """`filter`: keep events for which the condition holds."""

    condition: Expression


@dataclass(frozen=True)
class Parse(Node):
    """`parse`: take fields out of text by a glob or a regular expression."""

    source: Field
    pattern: Text | Regex
    names: tuple[str, ...]
    """Names after `as`; empty for a regular expression that names its groups."""


@dataclass(frozen=True)
class ParseAll(Node):
    """`parse … multi`: an event for each match of a regular expression."""

    source: Field
    pattern: Regex
    names: tuple[str, ...]
    """As in Parse."""


@dataclass(frozen=True)
class ParseLogfmt(Node):
    """`parse … logfmt`: key=value pairs as a map."""

    source: Field
    name: str


@dataclass(frozen=True)
class Stats(Node):
    """`stats`: aggregate, over groups or all."""

    items: tuple[Item, ...]
    groups: tuple[Item, ...]


@dataclass(frozen=True)
class Key(Node):
    """What to sort by."""

    expression: Expression
    descending: bool


@dataclass(frozen=True)
class Sort(Node):
    """`sort`."""

    keys: tuple[Key, ...]


@dataclass(frozen=True)
class Limit(Node):
    """`limit`."""

    count: int


@dataclass(frozen=True)
class Dedup(Node):
    """`dedup`: the first event for each combination of values."""

    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Unnest(Node):
    """`unnest`: an event for each element of a list."""

    source: Expression
    name: str


@dataclass(frozen=True)
class Patterns(Node):
    """`pattern`: the patterns of a text, instead of the events."""

    source: Expression


@dataclass(frozen=True)
class Diff(Node):
    """`diff` and `logcompare`: patterns of this period against those of an earlier one as long."""

    shift: Shift | Period


@dataclass(frozen=True)
class Anomalies(Node):
    """`anomaly`: what is unusual about patterns."""


Command: TypeAlias = (
    Fields
    | Display
    | Filter
    | Parse
    | ParseAll
    | ParseLogfmt
    | Stats
    | Sort
    | Limit
    | Dedup
    | Unnest
    | Patterns
    | Diff
    | Anomalies
)


@dataclass(frozen=True)
class Query(Node):
    """Commands, in the order in which they work."""

    commands: tuple[Command, ...]
