"""The `parse` command: fields out of text, by a glob, a regular expression or as key=value pairs."""

from __future__ import annotations

from collections.abc import Mapping

from fa2.logs.query import regexes, values
from fa2.logs.query import syntax as tree
from fa2.logs.query.expressions import compiled
from fa2.logs.query.problems import QueryProblem
from fa2.logs.query.regexes import Extraction
from fa2.logs.query.relations import Relation
from fa2.logs.query.values import Value

_PAIR = r'(?:^|\s)([^\s="]+)=("(?:\\.|[^"\\])*"|[^\s"]*)'


def parse(relation: Relation, command: tree.Parse) -> None:
    """Add the fields that a glob or regular expression takes out; they are missing where it does not match."""
    source = values.text(compiled(command.source, relation))
    if isinstance(command.pattern, tree.Text):
        taken = regexes.glob_extraction(command.pattern.value)
        stars, names = len(taken.groups), command.names
        if stars != len(names):
            raise QueryProblem("glob_names", command.pattern.at, stars=stars, names=len(names))
        named: Mapping[int, str] = dict(enumerate(names, 1))
    else:
        taken = regexes.extraction(command.pattern.pattern, command.pattern.at)
        named = _named_groups(taken, command.names, command.pattern)
    groups = ", ".join(f"'g{n}'" for n in range(len(taken.groups) + 1))
    taking = f"regexp_extract({source}, {relation.parameters.plain(f'({taken.pattern})')}, [{groups}])"
    if taken.literal:
        taking = f"CASE WHEN contains({source}, {relation.parameters.bind(taken.literal)}) THEN {taking} END"
    found = relation.identifier("parsed")
    relation.layer(f"SELECT *, {taking} AS {found} FROM {{last}}")
    for n, name in named.items():
        part = Value(f"CASE WHEN {found}.g0 <> '' THEN {found}.g{n} END", "text")
        relation.show(name, relation.define(name, part))


def parse_all(relation: Relation, command: tree.ParseAll) -> None:
    """Put an event for each match in the place of each event; one without a match stays."""
    source = values.text(compiled(command.source, relation))
    taken = regexes.extraction(command.pattern.pattern, command.pattern.at)
    pattern = relation.parameters.plain(taken.pattern)
    columns = {}
    for n, name in _named_groups(taken, command.names, command.pattern).items():
        columns[name] = Value(relation.identifier(name), "text")
        matches = f"regexp_extract_all({source}, {pattern}, {n})"
        relation.layer(
            f"SELECT *, CASE WHEN len({matches}) > 0 THEN {matches} ELSE [NULL] END AS {columns[name].sql} FROM {{last}}"
        )
    own = ", ".join(value.sql for value in columns.values())
    each = ", ".join(f"unnest({value.sql}) AS {value.sql}" for value in columns.values())
    relation.layer(f"SELECT * EXCLUDE ({own}), {each} FROM {{last}}")
    for name, value in columns.items():
        relation.scope[name] = value
        relation.show(name, value)


def _named_groups(taken: Extraction, names: tuple[str, ...], pattern: tree.Regex) -> dict[int, str]:
    """Return the name of each group that has one, its own or from `as`."""
    unnamed = [n for n, name in enumerate(taken.groups, 1) if name is None]
    if names and len(names) != len(unnamed):
        raise QueryProblem("regex_names", pattern.at, groups=len(unnamed), names=len(names))
    named = {n: name for n, name in enumerate(taken.groups, 1) if name is not None} | dict(zip(unnamed, names))
    if not named:
        raise QueryProblem("no_groups", pattern.at)
    return dict(sorted(named.items()))


def parse_logfmt(relation: Relation, command: tree.ParseLogfmt) -> None:
    """Add a map of the key=value pairs of a text, missing where there are none."""
    source = values.text(compiled(command.source, relation))
    keys = relation.define("keys", Value(f"regexp_extract_all({source}, '{_PAIR}', 1)", "text")).sql
    found = relation.define("values", Value(f"regexp_extract_all({source}, '{_PAIR}', 2)", "text")).sql
    value = f"CASE WHEN {found}[n][1] = '\"' AND json_valid({found}[n]) THEN {found}[n] ELSE to_json({found}[n])::VARCHAR END"
    pairs = f"list_transform(range(1, len({keys}) + 1), lambda n: to_json({keys}[n])::VARCHAR || ':' || {value})"
    whole = f"CASE WHEN len({keys}) > 0 THEN CAST('{{' || array_to_string({pairs}, ',') || '}}' AS JSON) END"
    del relation.scope["keys"], relation.scope["values"]
    relation.show(command.name, relation.define(command.name, Value(whole, "json")))
