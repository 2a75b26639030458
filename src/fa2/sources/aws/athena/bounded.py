"""Athena as a plain SQL engine whose statements may scan so much each and no more, and that counts what they did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fa2.core.errors import UnusableInput
from fa2.sources.aws.answers import MalformedAnswer
from fa2.sources.aws.athena.engine import Athena, scan_usd
from fa2.sources.aws.athena.values import LONGEST_PARAMETER, literal
from fa2.sources.aws.settings import Prices


class BoundedAthena:
    """Runs statements; see fa2.core.sql_engines.SqlEngine."""

    def __init__(self, athena: Athena, *, most_bytes: int, prices: Prices) -> None:
        self._athena = athena
        self._most_bytes = most_bytes
        self._prices = prices
        self.scanned_bytes = 0
        """By all statements so far, as Athena says."""
        self.usd = 0.0
        """What that costs at list price."""

    def rows(self, sql: str, parameters: Sequence[str]) -> Iterator[tuple[object, ...]]:
        """Yield the result's rows.

        Raises as `Athena.run` does, MalformedAnswer where rows had to be left out, and UnusableInput for a value that
        Athena does not take.
        """
        _check(parameters)
        result = self._athena.run(sql, parameters, most_bytes=self._most_bytes)
        self.scanned_bytes += result.bytes_scanned
        self.usd += scan_usd(result.bytes_scanned, self._prices)
        yield from result.rows
        if n := result.gaps.counts["athena_row"]:
            raise MalformedAnswer("coverage.athena_row", n=n, example=result.gaps.examples["athena_row"])


def _check(parameters: Sequence[str]) -> None:
    for value in parameters:
        try:
            literal(value)
        except ValueError as error:
            raise UnusableInput("changes.error.parameter", text=value[:80], most=LONGEST_PARAMETER) from error
