"""Trino's own grammar, for tests: what it reads, and what it makes of a literal."""

from __future__ import annotations

import warnings


def check(sql: str) -> None:
    """Raise where Trino's grammar does not read a statement; its ? may stand for parameters."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from trino_query_parser import parse_statement

        parse_statement(sql)


def string_of_literal(text: str) -> str:
    """Return the value of a literal, read by sqlglot's tokenizer of Trino as the only token."""
    from sqlglot.dialects.trino import Trino
    from sqlglot.tokens import TokenType

    (token,) = Trino().tokenize(text)
    assert token.token_type is TokenType.STRING
    return str(token.text)
