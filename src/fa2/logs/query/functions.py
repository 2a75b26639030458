"""The functions of expressions, in one table: what each takes, what it gives, and its SQL.

Those of `stats` are in aggregates.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from fa2.logs.query import addresses, values
from fa2.logs.query.periods import Unit
from fa2.logs.query.values import Kind, Value

Wanted = Literal["number", "text", "truth", "time", "json", "same", "period", "subnet"]
"""What an argument is taken as; `same` takes it as it comes, and `period` and `subnet` must be written out."""
Group = Literal["numeric", "datetime", "general", "json", "ip", "string"]
_SPACE = r"E' \t\r\n\f\v'"


@dataclass(frozen=True)
class Function:
    """A function of the language."""

    name: str
    group: Group
    takes: tuple[Wanted, ...]
    gives: Kind
    sql: Callable[..., str]
    """Of the SQL of each argument, in order; null for an optional one that is not there."""
    optional: int = 0
    """How many arguments at the end may be left out."""
    repeated: bool = False
    """Whether the last argument may come any number of times more."""

    def fits(self, count: int) -> bool:
        """Tell whether it takes so many arguments."""
        return len(self.takes) - self.optional <= count and (self.repeated or count <= len(self.takes))


def _index(sql: str) -> str:
    """Return a number as a whole one that DuckDB's substring takes."""
    return f"CAST(greatest(least(coalesce(trunc({sql}), 0), 2147483640), 0) AS BIGINT)"


def _substr(text: str, start: str, length: str | None = None) -> str:
    end = f", {_index(length)}" if length else ""
    return f"substring({text}, {_index(start)} + 1{end})"


def _trim(how: str) -> Callable[..., str]:
    return lambda text, characters=None: f"{how}({text}, {characters or _SPACE})"


def _joined(function: str) -> Callable[..., str]:
    return lambda *arguments: f"{function}({', '.join(arguments)})"


def _valid(*versions: int) -> Callable[[str], str]:
    return lambda ip: "(" + " OR ".join(addresses.is_address(ip, version) for version in versions) + ")"


def floor_sql(moment: str, count: str, unit: Unit) -> str:
    """Return the SQL that cuts a time down to periods: counted from 1970, weeks from Monday, months by the calendar."""
    if unit.months:
        return f"time_bucket(to_months(CAST({count} * {unit.months} AS INTEGER)), {moment})"
    origin = "TIMESTAMPTZ '1969-12-29 00:00:00Z'" if unit.name == "w" else "TIMESTAMPTZ '1970-01-01 00:00:00Z'"
    return f"time_bucket(to_microseconds({count} * {unit.microseconds}), {moment}, {origin})"


def _ceiling(moment: str, count: str, unit: Unit) -> str:
    floor = floor_sql(moment, count, unit)
    step = (
        f"to_months(CAST({count} * {unit.months} AS INTEGER))"
        if unit.months
        else f"to_microseconds({count} * {unit.microseconds})"
    )
    return f"CASE WHEN {floor} = {moment} THEN {moment} ELSE {floor} + {step} END"


_ALL = (
    Function("abs", "numeric", ("number",), "number", "abs({})".format),
    Function("ceil", "numeric", ("number",), "number", "ceil({})".format),
    Function("floor", "numeric", ("number",), "number", "floor({})".format),
    Function("greatest", "numeric", ("number",), "number", _joined("greatest"), repeated=True),
    Function("least", "numeric", ("number",), "number", _joined("least"), repeated=True),
    Function("log", "numeric", ("number",), "number", "ln({})".format),
    Function("sqrt", "numeric", ("number",), "number", "sqrt({})".format),
    Function("datefloor", "datetime", ("time", "period"), "time", floor_sql),
    Function("dateceil", "datetime", ("time", "period"), "time", _ceiling),
    Function("fromMillis", "datetime", ("number",), "time", "TRY(to_timestamp({} / 1000))".format),
    Function("toMillis", "datetime", ("time",), "number", "CAST(epoch_ms({}) AS DOUBLE)".format),
    Function("ispresent", "general", ("same",), "truth", "({} IS NOT NULL)".format),
    Function("coalesce", "general", ("same",), "text", _joined("coalesce"), repeated=True),
    Function("unmask", "general", ("same",), "text", "{}".format),
    Function("jsonParse", "json", ("text",), "json", "CASE WHEN json_valid({0}) THEN CAST({0} AS JSON) END".format),
    Function("jsonStringify", "json", ("json",), "text", "CAST({} AS VARCHAR)".format),
    Function("isValidIp", "ip", ("text",), "truth", _valid(4, 6)),
    Function("isValidIpV4", "ip", ("text",), "truth", _valid(4)),
    Function("isValidIpV6", "ip", ("text",), "truth", _valid(6)),
    Function("isIpInSubnet", "ip", ("text", "subnet"), "truth", addresses.in_range),
    Function("isIpv4InSubnet", "ip", ("text", "subnet"), "truth", addresses.in_range),
    Function("isIpv6InSubnet", "ip", ("text", "subnet"), "truth", addresses.in_range),
    Function("isempty", "string", ("text",), "truth", "(coalesce({}, '') = '')".format),
    Function("isblank", "string", ("text",), "truth", f"(trim(coalesce({{}}, ''), {_SPACE}) = '')".format),
    Function("concat", "string", ("text",), "text", _joined("concat"), repeated=True),
    Function("ltrim", "string", ("text", "text"), "text", _trim("ltrim"), optional=1),
    Function("rtrim", "string", ("text", "text"), "text", _trim("rtrim"), optional=1),
    Function("trim", "string", ("text", "text"), "text", _trim("trim"), optional=1),
    Function("strlen", "string", ("text",), "number", "CAST(length({}) AS DOUBLE)".format),
    Function("toupper", "string", ("text",), "text", "upper({})".format),
    Function("tolower", "string", ("text",), "text", "lower({})".format),
    Function("substr", "string", ("text", "number", "number"), "text", _substr, optional=1),
    Function("replace", "string", ("text", "text", "text"), "text", "replace({}, {}, {})".format),
    Function("strcontains", "string", ("text", "text"), "truth", "contains({}, {})".format),
)
FUNCTIONS = {function.name.casefold(): function for function in _ALL}
"""By name in lower case; names are told apart in no other way."""
SPECIAL = ("bin", "now")
"""Functions that rest on more than their arguments: on @timestamp, and on the clock."""

_TAKEN: dict[Wanted, Callable[[Value], str]] = {
    "number": values.number,
    "text": values.text,
    "truth": values.truth,
    "time": values.time,
    "json": values.json,
    "same": lambda value: value.sql,
}


def applied(function: Function, arguments: Sequence[Value]) -> Value:
    """Return a function of arguments, each taken as the kind that the function wants."""
    wanted = [*function.takes, *[function.takes[-1]] * (len(arguments) - len(function.takes))]
    if function.takes == ("same",) and len({value.kind for value in arguments}) > 1:
        wanted = ["text"] * len(arguments)
    sql = function.sql(*(_TAKEN[kind](value) for kind, value in zip(wanted, arguments)))
    same = function.takes == ("same",) and function.gives == "text" and wanted[0] == "same"
    return Value(sql, arguments[0].kind if same else function.gives)
