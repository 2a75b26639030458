"""The names of a bundle: of services and of what else a statement may name only where its evidence does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from fa2.core.report import EvidenceRecord, Report
from fa2.core.tables import READABLE
from fa2.core.telemetry import Telemetry

_SERVICES = frozenset(("service", "caller", "callee"))
_NAMED = _SERVICES | {"resource", "resource_id", "actor", "action", "operation", "name", "namespace"}
_ADDRESS = re.compile(r"^arn:|@|^A[KS]IA[A-Z0-9]{12}|^[0-9.]+(:[0-9]+)?$|^[0-9a-fA-F]*:[0-9a-fA-F:.]*$")
"""Names that are ARNs, accounts or access keys, or hold an address of e-mail or of a network."""
_MOST = 5_000
"""Names of one column; beyond that they are ids."""


class KnownNames:
    """Read once from the tables; what tools find is added as it comes."""

    def __init__(self, telemetry: Telemetry, report: Report) -> None:
        """Ask each column of names for its different values: one scan of a table for each."""
        self.services: set[str] = set()
        self.all: set[str] = set()
        self.shown: set[str] = set()
        """Those that a model may read as they are, whatever they look like: not people, ARNs and addresses."""
        for table, column, value in _of_tables(telemetry):
            self._add(column, value, table)
        for claim in report.claims:
            self._add("service", claim.service, "")
        for suspect in report.suspects:
            self._add("service", suspect.service, "")
            self._add("resource", suspect.resource, "")
        self.add(report.evidence)

    def add(self, records: Iterable[EvidenceRecord]) -> None:
        """Take in what evidence names."""
        for record in records:
            for name, value in record.parameters.items():
                self._add(name, value, record.table)
            for number, column in enumerate(record.columns):
                if column in _NAMED:
                    for row in record.rows:
                        self._add(column, row[number], record.table)

    def _add(self, column: str, value: object, table: str) -> None:
        if not isinstance(value, str) or not value.strip() or column not in _NAMED:
            return
        if column != "name" or table == "metrics":
            self.all.add(value)
            if column != "actor" and not _ADDRESS.search(value):
                self.shown.add(value)
        if column in _SERVICES:
            self.services.add(value)


def _of_tables(telemetry: Telemetry) -> Iterator[tuple[str, str, object]]:
    for name in telemetry.bundle.tables:
        for column in READABLE[name].columns:
            if column.name in _NAMED and name != "documents":
                sql = f'SELECT DISTINCT "{column.name}" FROM {name} WHERE "{column.name}" IS NOT NULL LIMIT {_MOST}'
                yield from ((name, column.name, value) for (value,) in telemetry.rows(sql))
