"""The shapes of a column of lines, compiled: what `shapes.shape_of` gives for each, where SQL would take long."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fa2.logs.compiled.compiling import compiled
from fa2.logs.compiled.machine_words import HALF, VECTOR, signed
from fa2.logs.shapes.shape_kernel import MASK_BYTES, MAX_BYTES, write_shape

_GROWTH = 3
"""A shape is at most so many times as long as its line: `1 2` becomes `<*> <*>`."""


def shape_column(lines: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return the shapes of an array of strings; null for null."""
    array = lines.combine_chunks() if isinstance(lines, pa.ChunkedArray) else lines
    array = array.cast(pa.large_string())
    offsets = np.frombuffer(array.buffers()[1], np.int64)[array.offset : array.offset + len(array) + 1]
    if not len(array):
        return pa.array([], pa.string())
    data = np.zeros(int(offsets[-1] - offsets[0]) + VECTOR, np.uint8)
    if len(data) > VECTOR:
        data[:-VECTOR] = np.frombuffer(array.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]
    sizes = np.minimum(np.diff(offsets), MAX_BYTES)
    texts = np.empty(int(sizes.sum()) * _GROWTH + MAX_BYTES + HALF, np.uint8)
    ends = np.zeros(len(array) + 1, np.int32)
    _write_shapes(data, offsets - offsets[0], texts, ends, np.empty(3 * MASK_BYTES, np.uint8))
    shapes = pa.StringArray.from_buffers(len(array), pa.py_buffer(ends), pa.py_buffer(texts[: ends[-1]].copy()))
    return shapes if not array.null_count else pa.compute.if_else(array.is_valid(), shapes, None)


@compiled
def _write_shapes(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    texts: NDArray[np.uint8],
    ends: NDArray[np.int32],
    masks: NDArray[np.uint8],
) -> None:
    lines, out, scratch = signed(data.ctypes.data), signed(texts.ctypes.data), signed(masks.ctypes.data)
    for row in range(offsets.size - 1):
        size = write_shape(lines + offsets[row], offsets[row + 1] - offsets[row], out + ends[row], scratch)
        ends[row + 1] = ends[row] + size
