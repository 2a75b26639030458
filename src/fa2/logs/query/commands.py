"""What each command makes of the relation before it."""

from __future__ import annotations

from fa2.logs.query import regexes, values
from fa2.logs.query import syntax as tree
from fa2.logs.query.expressions import compiled
from fa2.logs.query.grouping import group, heading
from fa2.logs.query.problems import QueryProblem
from fa2.logs.query.relations import Relation, order_terms
from fa2.logs.query.values import Value

SqlCommand = (
    tree.Fields
    | tree.Display
    | tree.Filter
    | tree.Parse
    | tree.Stats
    | tree.Sort
    | tree.Limit
    | tree.Dedup
    | tree.Unnest
)
"""Commands that are SQL alone; patterns are mined outside of it."""


def apply(relation: Relation, command: SqlCommand) -> None:
    """Put a command on top of the relation. Raises QueryProblem for what cannot be."""
    match command:
        case tree.Fields(items):
            if not relation.chosen and not relation.displayed:
                relation.shown = {}
            relation.chosen = True
            for item in items:
                relation.show(heading(item), _column(relation, item))
        case tree.Display(items):
            relation.shown = {heading(item): _column(relation, item) for item in items}
            relation.displayed = True
        case tree.Filter(condition):
            relation.layer(f"SELECT * FROM {{last}} WHERE {values.truth(compiled(condition, relation))}")
        case tree.Parse():
            _parse(relation, command)
        case tree.Stats():
            group(relation, command)
        case tree.Sort(keys):
            sorted_by = [(compiled(key.expression, relation), key.descending) for key in keys]
            relation.order = [term for value, down in sorted_by for term in order_terms(value, descending=down)]
        case tree.Limit(count):
            limit = relation.parameters.bind(count)
            relation.layer(f"SELECT * FROM {{last}} {relation.ordering()} LIMIT {limit}")
        case tree.Dedup(fields):
            _dedup(relation, fields)
        case tree.Unnest(source, name):
            elements = _elements(relation, compiled(source, relation))
            relation.show(name, relation.define(name, Value(f"unnest({elements.sql})", "json")))


def _column(relation: Relation, item: tree.Item) -> Value:
    value = compiled(item.expression, relation)
    if item.alias is None and isinstance(item.expression, tree.Field):
        return value
    return relation.define(heading(item), value)


def _parse(relation: Relation, command: tree.Parse) -> None:
    source = values.text(compiled(command.source, relation))
    names = command.names
    if isinstance(command.pattern, tree.Text):
        taken = regexes.glob_extraction(command.pattern.value)
        if len(taken.groups) != len(names):
            raise QueryProblem("glob_names", command.pattern.at, stars=len(taken.groups), names=len(names))
        named = dict(enumerate(names, 2))
    else:
        taken = regexes.extraction(command.pattern.pattern, command.pattern.at)
        unnamed = [n for n, name in enumerate(taken.groups, 2) if name is None]
        named = {n: name for n, name in enumerate(taken.groups, 2) if name is not None}
        if names and len(names) != len(unnamed):
            raise QueryProblem("regex_names", command.pattern.at, groups=len(unnamed), names=len(names))
        named |= dict(zip(unnamed, names))
        if not named:
            raise QueryProblem("no_groups", command.pattern.at)
    groups = ", ".join(f"'g{n}'" for n in range(1, len(taken.groups) + 2))
    pattern = relation.parameters.plain(f"({taken.pattern})")
    found = relation.identifier("parsed")
    taking = f"regexp_extract({source}, {pattern}, [{groups}])"
    if taken.literal:
        taking = f"CASE WHEN contains({source}, {relation.parameters.bind(taken.literal)}) THEN {taking} END"
    relation.layer(f"SELECT *, {taking} AS {found} FROM {{last}}")
    for n, name in sorted(named.items()):
        part = Value(f"CASE WHEN {found}.g1 <> '' THEN {found}.g{n} END", "text")
        relation.show(name, relation.define(name, part))


def _dedup(relation: Relation, fields: tuple[tree.Field, ...]) -> None:
    keys = [values.text(compiled(field, relation)) for field in fields]
    first = f"row_number() OVER (PARTITION BY {', '.join(keys)} {relation.ordering()}) = 1"
    missing = " OR ".join(f"{key} IS NULL" for key in keys)
    relation.layer(f"SELECT * FROM {{last}} QUALIFY {missing} OR {first}")


def _elements(relation: Relation, source: Value) -> Value:
    """Return the elements of a list; anything else is a list of one, and what is missing a list of none."""
    whole = relation.define("unnested", Value(values.json(source), "json")).sql
    elements = f"CASE json_type({whole}) WHEN 'ARRAY' THEN json_extract({whole}, '$[*]') ELSE [{whole}] END"
    return Value(f"CASE WHEN {whole} IS NOT NULL THEN {elements} END", "json")
