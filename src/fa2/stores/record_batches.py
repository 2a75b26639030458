"""Turns Rows into Arrow record batches that keep what bundle-format.md promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from fa2.core.ports import Rows
from fa2.core.tables import READABLE, arrow_schema

if TYPE_CHECKING:
    import pyarrow as pa

_FIRST_US = -62_135_596_800_000_000
_LAST_US = 253_402_300_799_999_999


def record_batch(rows: Rows) -> pa.RecordBatch:
    """Return the rows in the table's schema, without those that break it.

    A row breaks it when a required column is null or a time lies outside the years 1 to 9999. Text that
    cannot be written as UTF-8 (lone surrogates) gets question marks. Raises ValueError for an unknown
    table or column or columns of unequal length, and Arrow's errors for values of a wrong type.
    """
    import pyarrow as pa

    table = READABLE.get(rows.table)
    lengths = {len(values) for values in rows.columns.values()}
    unknown = set(rows.columns) - {column.name for column in table.columns} if table else {"table"}
    if table is None or unknown or len(lengths) > 1:
        raise ValueError(f"rows for {rows.table}: unknown {sorted(unknown)}, lengths {sorted(lengths)}")
    n = lengths.pop() if lengths else 0
    schema = arrow_schema(rows.table)
    arrays = [
        _array(rows.columns[column.name], schema.field(column.name).type)
        if column.name in rows.columns
        else pa.nulls(n, schema.field(column.name).type)
        for column in table.columns
    ]
    batch = pa.RecordBatch.from_arrays(arrays, schema=schema)
    keep = _sound(batch)
    return batch if keep is None else batch.filter(keep)


def _array(values: Sequence[object], kind: pa.DataType) -> pa.Array:
    import pyarrow as pa

    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:
        texts = cast("Sequence[str | None]", values)
        return pa.array([t and t.encode("utf-8", "replace").decode() for t in texts], kind)


def _sound(batch: pa.RecordBatch) -> pa.BooleanArray | None:
    """Return which rows keep the schema's promises; null when all do."""
    import pyarrow as pa
    import pyarrow.compute as pc

    masks = []
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if not field.nullable and column.null_count:
            masks.append(column.is_valid())
        if pa.types.is_timestamp(field.type) and len(column):
            moments = column.cast(pa.int64())
            ends = pc.min_max(moments).as_py()
            if ends["min"] is not None and (ends["min"] < _FIRST_US or ends["max"] > _LAST_US):
                masks.append(
                    pc.and_(pc.greater_equal(moments, _FIRST_US), pc.less_equal(moments, _LAST_US)).fill_null(True)
                )
    keep = None
    for mask in masks:
        keep = mask if keep is None else pc.and_(keep, mask)
    return keep
