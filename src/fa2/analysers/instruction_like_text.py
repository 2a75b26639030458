"""Text in logs, errors, changes, findings and documents that reads like an instruction to a language model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from fa2.core.evidence import Cell, Query
from fa2.core.messages import Statement
from fa2.core.observations import Observation
from fa2.core.tables import MEASURED
from fa2.core.telemetry import Telemetry
from fa2.redaction.instructions import coarse_expression, reads_like_instruction

MAX_REPORTED = 40
"""Places (a column of a service or a document) that become observations, those with the fewest texts first."""
MAX_LOOKED_AT = 20_000
"""Texts of a column that are looked at closely, digits aside; the rarest first."""
_MAX_SHAPES = 200
"""Different texts of one place that are counted."""
_SHOWN = 200
"""Characters of the sample."""


@dataclass(frozen=True)
class _Column:
    """A column whose text comes from outside."""

    table: str
    name: str
    """SQL: the column."""
    owner: str
    """SQL: what the text belongs to, a service or a document."""
    time: str | None
    weight: str = "1"
    """SQL: how many times the text of a row was written."""


_COLUMNS = (
    _Column("logs", "message", "service", "timestamp"),
    _Column("log_counts", "coalesce(sample, pattern)", "service", "bucket", "count"),
    *(_Column("spans", name, "service", "start") for name in ("error", "operation")),
    *(
        _Column("changes", name, "service", "timestamp")
        for name in ("actor", "resource_id", "before", "after", "detail")
    ),
    *(_Column("findings", name, "service", "timestamp") for name in ("title", "resource_id", "detail")),
    *(_Column("documents", name, "id", None) for name in ("title", "text")),
)
_SAID = {
    "logs": "line",
    "log_counts": "line",
    "spans": "span",
    "changes": "change",
    "findings": "finding",
    "documents": "document",
}


@dataclass
class _Place:
    column: _Column
    owner: str | None
    shapes: list[str] = field(default_factory=list)


def instruction_like_text(telemetry: Telemetry) -> Iterable[Observation]:
    """Yield where text reads like an instruction to a model: context, for it blames nobody and fa2 does not follow it.

    Log lines and spans of the window; changes, findings and documents of any time. One scan of each text column with a plain
    expression, some two seconds for a million lines; what it finds is looked at closely, numbers aside.
    """
    places = [place for column in _COLUMNS if telemetry.has(column.table) for place in _places(telemetry, column)]
    for place in sorted(places, key=lambda p: len(p.shapes))[:MAX_REPORTED]:
        yield _observation(telemetry, place)


def _places(telemetry: Telemetry, column: _Column) -> list[_Place]:
    rows = telemetry.rows(
        f"""SELECT {column.owner}, min({column.name}), {_shape(column)} FROM {column.table}
        WHERE {_looked_at(telemetry, column)} AND {column.name} IS NOT NULL AND regexp_matches({column.name}, $coarse, 'i')
        GROUP BY ALL ORDER BY count(*), 1, 2 LIMIT {MAX_LOOKED_AT}""",
        {"coarse": coarse_expression()},
    )
    places: dict[str | None, _Place] = defaultdict(lambda: _Place(column, None))
    for owner, text, shape in rows:
        if reads_like_instruction(text):
            place = places[owner]
            place.owner = owner
            place.shapes.append(shape)
    return list(places.values())


def _looked_at(telemetry: Telemetry, column: _Column) -> str:
    """Return the SQL predicate for the rows that are looked at."""
    return telemetry.in_window(column.time) if column.time and column.table in MEASURED else "true"


def _shape(column: _Column) -> str:
    """Return SQL for what texts have in common that differ in numbers only."""
    return f"md5(regexp_replace({column.name}, '[0-9]+', '#', 'g'))"


def _observation(telemetry: Telemetry, place: _Place) -> Observation:
    column = place.column
    asked = telemetry.ask(
        Query(
            column.table,
            f"""SELECT {_asked(column)} FROM {column.table}
            WHERE {_looked_at(telemetry, column)} AND {column.owner} IS NOT DISTINCT FROM $owner
            AND list_contains(string_split($shapes, ' '), {_shape(column)})""",
            {"owner": place.owner, "shapes": " ".join(sorted(place.shapes)[:_MAX_SHAPES])},
        )
    )
    values = dict(zip(asked.columns, asked.rows[0], strict=True))
    document = column.table == "documents"
    return Observation(
        kind="instruction_like_text",
        statement=Statement(
            f"observations.instruction_like_text.{_SAID[column.table]}",
            {**values, "document" if document else "service": place.owner},
        ),
        evidence=(asked,),
        cells={name: Cell(asked.id, 0, name) for name in ("count", "first_seen") if name in values},
        service=None if document else place.owner,
        role="context",
    )


def _asked(column: _Column) -> str:
    text = f"substr({column.name}, 1, {_SHOWN})"
    if column.time is None:
        return f"count(*) AS count, min({text}) AS sample"
    return (
        f"sum({column.weight})::BIGINT AS count, min({column.time}) AS first_seen, "
        f"min({text} ORDER BY {column.time}, {column.name}) AS sample"
    )
