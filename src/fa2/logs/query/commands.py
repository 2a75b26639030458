"""What each command makes of the relation before it."""

from __future__ import annotations

from fa2.logs.query import extracting, values
from fa2.logs.query import syntax as tree
from fa2.logs.query.expressions import compiled
from fa2.logs.query.grouping import group, heading
from fa2.logs.query.relations import Relation, order_terms
from fa2.logs.query.values import Value

SqlCommand = (
    tree.Fields
    | tree.Display
    | tree.Filter
    | tree.Parse
    | tree.ParseAll
    | tree.ParseLogfmt
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
            extracting.parse(relation, command)
        case tree.ParseAll():
            extracting.parse_all(relation, command)
        case tree.ParseLogfmt():
            extracting.parse_logfmt(relation, command)
        case tree.Stats():
            group(relation, command)
        case tree.Sort(keys):
            sorted_by = [(_sortable(relation, key.expression), key.descending) for key in keys]
            relation.order = [term for value, down in sorted_by for term in order_terms(value, descending=down)]
        case tree.Limit(count):
            limit = relation.parameters.bind(count)
            relation.layer(f"SELECT * FROM {{last}} {relation.ordering()} LIMIT {limit}")
        case tree.Dedup(fields):
            _dedup(relation, fields)
        case tree.Unnest(source, name):
            elements = _elements(relation, compiled(source, relation))
            relation.show(name, relation.define(name, Value(f"unnest({elements.sql})", "json")))


def _sortable(relation: Relation, expression: tree.Expression) -> Value:
    """Return an expression as a column: DuckDB refuses to sort by a constant."""
    value = compiled(expression, relation)
    if isinstance(expression, tree.Field):
        return value
    name = relation.identifier("sorted_by")
    relation.layer(f"SELECT *, {value.sql} AS {name} FROM {{last}}")
    return Value(name, value.kind)


def _column(relation: Relation, item: tree.Item) -> Value:
    value = compiled(item.expression, relation)
    if item.alias is None and isinstance(item.expression, tree.Field):
        return value
    return relation.define(heading(item), value)


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
