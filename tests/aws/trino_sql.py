"""Athena's SQL on DuckDB: parameters put in place, what Trino refuses refused, the rest translated by sqlglot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.tokens import TokenType
from wire import AwsError

Schema = Mapping[str, Mapping[str, Mapping[str, str]]]
"""Types of columns, as Athena has them, by database, table and column."""

MACROS = (
    "CREATE MACRO trino_timestamp(x) AS CASE WHEN typeof(x) = 'VARCHAR' AND regexp_matches(CAST(x AS VARCHAR), '[TZ]') "
    "THEN error('INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp: ' || CAST(x AS VARCHAR)) "
    "ELSE CAST(x AS TIMESTAMP) END",
    "CREATE MACRO url_extract_path(u) AS regexp_extract(u, '^[^:]*://[^/]*(/[^?#]*)', 1)",
)
"""What DuckDB must be told before it runs what comes out of `translated`."""
_LITERALS = (exp.Literal, exp.Boolean, exp.Null, exp.Neg)
_TYPED_LITERALS = (exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ)


class QueryFailed(Exception):
    """A query that starts and ends as FAILED; the text is its StateChangeReason."""


def parsed(sql: str) -> exp.Expression:
    """Return the tree of one SELECT. Raises AwsError, as StartQueryExecution does, for anything else."""
    try:
        trees = [tree for tree in sqlglot.parse(sql, read="athena") if tree is not None]
    except SqlglotError as error:
        raise AwsError("InvalidRequestException", f"line 1:1: mismatched input: {error}"[:300]) from error
    if len(trees) != 1:
        raise AwsError("InvalidRequestException", "Only one sql statement is allowed.")
    if not isinstance(trees[0], exp.Query):
        raise AwsError("InvalidRequestException", "Queries of this type are not supported here")
    return trees[0]


def bound(sql: str, parameters: Sequence[str]) -> exp.Expression:
    """Return the tree with a literal for each `?`, in order. Raises QueryFailed for too many, too few, and no literals."""
    markers = [token for token in sqlglot.tokenize(sql, read="athena") if token.token_type == TokenType.PLACEHOLDER]
    if len(markers) != len(parameters):
        text = f"Incorrect number of parameters: expected {len(markers)} but found {len(parameters)}"
        raise QueryFailed(f"INVALID_PARAMETER_USAGE: line 1:1: {text}")
    for marker, written in reversed(list(zip(markers, parameters))):
        sql = f"{sql[: marker.start]} {_literal(written).sql(dialect='athena')} {sql[marker.end + 1 :]}"
    return parsed(sql)


def _literal(written: str) -> exp.Expression:
    try:
        found = sqlglot.parse_one(written, read="athena")
    except SqlglotError as error:
        raise QueryFailed(f"SYNTAX_ERROR: line 1:1: mismatched input {written!r}") from error
    plain = isinstance(found, _LITERALS) and not found.find(exp.Column)
    typed = isinstance(found, exp.Cast) and isinstance(found.this, exp.Literal) and found.to.this in _TYPED_LITERALS
    if not plain and not typed:
        raise QueryFailed(f"SYNTAX_ERROR: line 1:1: a parameter must be a literal, text in quotes: {written!r}")
    return found


def check_types(tree: exp.Expression, schema: Schema, database: str | None) -> None:
    """Raise QueryFailed where text is compared with a number or a time, which Trino refuses and DuckDB does not."""
    try:
        known = qualify(tree.copy(), schema=dict(schema), db=database, dialect="athena", validate_qualify_columns=False)
        typed = annotate_types(known, schema=dict(schema), dialect="athena")
    except SqlglotError:
        return  # DuckDB will say what is wrong
    for node in typed.find_all(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In):
        sides = [node.this, *_others(node)]
        kinds = {_kind(side) for side in sides} - {None}
        if len(kinds) > 1:
            text = f"Cannot apply operator to {' and '.join(sorted(map(str, kinds)))}: {node.sql('athena')[:200]}"
            raise QueryFailed(f"TYPE_MISMATCH: line 1:1: {text}")


def _others(node: exp.Expression) -> Iterable[exp.Expression]:
    match node:
        case exp.Between():
            return node.args["low"], node.args["high"]
        case exp.In():
            return node.expressions
        case _:
            return (node.expression,)


def _kind(node: exp.Expression) -> str | None:
    found = node.type
    if found is None:
        return None
    if found.this in exp.DataType.TEXT_TYPES:
        return "varchar"
    if found.this in exp.DataType.NUMERIC_TYPES:
        return "number"
    if found.this in exp.DataType.TEMPORAL_TYPES:
        return "time"
    return None


def translated(tree: exp.Expression) -> str:
    """Return the query as DuckDB runs it, in the macros above."""
    return tree.copy().transform(_for_duckdb).sql(dialect="duckdb")


def _for_duckdb(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Table) and node.catalog:
        node.set("catalog", None)
    if isinstance(node, exp.Cast) and node.to.this == exp.DType.TIMESTAMP and type(node) is exp.Cast:
        return exp.Anonymous(this="trino_timestamp", expressions=[node.this])
    if isinstance(node, exp.ParseDatetime):  # its pattern is Joda's; the texts that logs have are ISO
        return exp.cast(node.this, exp.DType.TIMESTAMPTZ)
    return node


def pruned(tree: exp.Expression, partitions: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Return what is read of each table: its name and a predicate on its partitions, in DuckDB's SQL.

    partitions: the partition keys of tables, by `database.table` or table.
    """
    read = []
    for select in tree.find_all(exp.Select):
        for table in select.find_all(exp.Table):
            if table.find_ancestor(exp.Select) is not select:
                continue
            name = f"{table.db}.{table.name}".strip(".")
            keys = {key.casefold() for key in partitions.get(name, partitions.get(table.name, ()))}
            if name in partitions or table.name in partitions:
                read.append((name, _predicate(select, keys)))
    return read


def _predicate(select: exp.Select, keys: set[str]) -> str:
    where = select.args.get("where")
    if where is None or not keys:
        return "true"
    kept = [part for part in _conjuncts(where.this) if _only(part, keys)]
    bare = [part.copy().transform(lambda n: exp.column(n.name) if isinstance(n, exp.Column) else n) for part in kept]
    return " AND ".join(f"({translated(part)})" for part in bare) or "true"


def _conjuncts(node: exp.Expression) -> list[exp.Expression]:
    return list(node.flatten()) if isinstance(node, exp.And) else [node]


def _only(part: exp.Expression, keys: set[str]) -> bool:
    columns = [column.name.casefold() for column in part.find_all(exp.Column)]
    return bool(columns) and all(name in keys for name in columns)
