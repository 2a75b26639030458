"""Statements in Trino's dialect, put into DuckDB's, for tables on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fa2.core.errors import RefusedQuery

if TYPE_CHECKING:
    from sqlglot import exp


def duckdb_sql(sql: str) -> str:
    """Return a statement of Trino's for DuckDB. Raises RefusedQuery when DuckDB cannot say the same."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        tree = sqlglot.parse_one(sql, read="trino")
        _unnest_in_place(tree)
        return tree.sql("duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE)
    except SqlglotError as error:
        raise RefusedQuery("errors.query.failed", problem=str(error)[:200]) from error


def _unnest_in_place(tree: exp.Expr) -> None:
    """Turn `FROM t CROSS JOIN UNNEST(f(t)) AS u (x) WHERE …` into `FROM (SELECT UNNEST(f(t)) AS x FROM t WHERE …)`.

    DuckDB answers the join by holding the whole table in memory, and the selection row by row. Done where the rest of
    the query uses nothing but x, which is how ours are built.
    """
    from sqlglot import exp

    for select in list(tree.find_all(exp.Select)):
        joins, source = select.args.get("joins") or [], select.args.get("from_")
        if len(joins) != 1 or source is None or not isinstance(joins[0].this, exp.Unnest):
            continue
        unnest = joins[0].this
        (name,) = unnest.args["alias"].columns
        if {column.name for e in select.expressions for column in e.find_all(exp.Column)} != {name.name}:
            continue
        inner = exp.select(exp.alias_(exp.Explode(this=unnest.expressions[0].copy()), name.name)).from_(
            source.this.copy()
        )
        inner.set("where", select.args.get("where"))
        select.set("joins", None)
        select.set("where", None)
        select.set("from_", exp.From(this=inner.subquery("unnested")))
