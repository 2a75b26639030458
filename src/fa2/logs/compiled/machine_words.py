"""Operations on machine words and vectors that numba does not offer; the scanner's kernels are made of them.

They are spelled in LLVM's portable terms, and so compile to whatever vectors the processor has. Addresses are
integers that nothing checks: callers see to it that VECTOR bytes may be read behind what is looked at, and that
a copy may write over VECTOR bytes behind its end.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import carray, types
from numba.extending import intrinsic, register_jitable

VECTOR = 64
"""Bytes that are looked at in one go; one bit each in a mask, the first byte's the lowest."""
HALF = 32
"""Bytes that are copied and compared in one go."""

_I1, _I8, _I32, _I64, _I128 = (ir.IntType(bits) for bits in (1, 8, 32, 64, 128))
_BYTES, _HALF_BYTES = ir.VectorType(_I8, VECTOR), ir.VectorType(_I8, HALF)


def _at(b: ir.IRBuilder, address: ir.Value, of: ir.Type) -> ir.Value:
    loaded = b.load(b.inttoptr(address, of.as_pointer()))
    loaded.align = 1
    return loaded


def _put(b: ir.IRBuilder, value: ir.Value, address: ir.Value) -> None:
    stored = b.store(value, b.inttoptr(address, value.type.as_pointer()))
    stored.align = 1


def _each(byte: int) -> ir.Constant:
    return ir.Constant(_BYTES, [byte] * VECTOR)


def _is(b: ir.IRBuilder, found: ir.Value, chars: str) -> ir.Value:
    made = b.icmp_unsigned("==", found, _each(ord(chars[0])))
    return b.or_(made, _is(b, found, chars[1:])) if len(chars) > 1 else made


def _within(b: ir.IRBuilder, found: ir.Value, first: int, count: int) -> ir.Value:
    return b.icmp_unsigned("<", b.sub(found, _each(first)), _each(count))


def _mask(b: ir.IRBuilder, found: ir.Value) -> ir.Value:
    return b.bitcast(found, ir.IntType(found.type.count))


@intrinsic
def class_masks(context: Any, address: Any) -> Any:
    """Return which of VECTOR bytes are digits, of words, of words or glue, and control characters but tabs."""

    def emit(target: Any, b: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> Any:
        found = _at(b, values[0], _BYTES)
        digits = _within(b, found, ord("0"), 10)
        letters = _within(b, b.or_(found, _each(32)), ord("a"), 26)
        words = b.or_(b.or_(digits, letters), _is(b, found, "_"))
        glued = b.or_(words, _is(b, found, ".:+@%-"))
        controls = b.and_(_within(b, found, 0, 14), b.icmp_unsigned("!=", found, _each(ord("\t"))))
        masks = [_mask(b, each) for each in (digits, words, glued, controls)]
        return target.make_tuple(b, signature.return_type, masks)

    return types.UniTuple(types.uint64, 4)(types.int64), emit


@intrinsic
def newline_mask(context: Any, address: Any) -> Any:
    """Return which of VECTOR bytes are \\n."""

    def emit(target: Any, b: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> Any:
        return _mask(b, _is(b, _at(b, values[0], _BYTES), "\n"))

    return types.uint64(types.int64), emit


@intrinsic
def quote_mask(context: Any, address: Any) -> Any:
    """Return which of VECTOR bytes are double quotes or backslashes."""

    def emit(target: Any, b: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> Any:
        return _mask(b, _is(b, _at(b, values[0], _BYTES), '"\\'))

    return types.uint64(types.int64), emit


@intrinsic
def copy_half(context: Any, to: Any, source: Any) -> Any:
    """Copy HALF bytes."""

    def emit(target: Any, b: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> Any:
        _put(b, _at(b, values[1], _HALF_BYTES), values[0])
        return target.get_dummy_value()

    return types.void(types.int64, types.int64), emit


@intrinsic
def clear_half(context: Any, to: Any) -> Any:
    """Set HALF bytes to zero."""

    def emit(target: Any, b: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> Any:
        _put(b, ir.Constant(_HALF_BYTES, [0] * HALF), values[0])
        return target.get_dummy_value()

    return types.void(types.int64), emit


@intrinsic
def same_half(context: Any, one: Any, other: Any) -> Any:
    """Tell whether HALF bytes are the same in two places."""

    def emit(target: Any, b: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> Any:
        differ = b.icmp_unsigned("!=", *(_at(b, value, _HALF_BYTES) for value in values))
        return b.icmp_unsigned("==", _mask(b, differ), ir.Constant(ir.IntType(HALF), 0))

    return types.boolean(types.int64, types.int64), emit


@intrinsic
def byte_at(context: Any, address: Any) -> Any:
    """Return one byte."""

    def emit(target: Any, b: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> Any:
        return b.zext(_at(b, values[0], _I8), _I64)

    return types.int64(types.int64), emit


@intrinsic
def word_at(context: Any, address: Any) -> Any:
    """Return eight bytes."""

    def emit(target: Any, b: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> Any:
        return _at(b, values[0], _I64)

    return types.uint64(types.int64), emit


@intrinsic
def int_at(context: Any, address: Any) -> Any:
    """Return four bytes as a signed integer."""

    def emit(target: Any, b: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> Any:
        return b.sext(_at(b, values[0], _I32), _I64)

    return types.int64(types.int64), emit


@intrinsic
def number_at(context: Any, address: Any) -> Any:
    """Return eight bytes as a signed integer."""

    def emit(target: Any, b: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> Any:
        return _at(b, values[0], _I64)

    return types.int64(types.int64), emit


@intrinsic
def signed(context: Any, value: Any) -> Any:
    """Return the bits of a word as a signed integer; numba makes a float of the two together."""

    def emit(target: Any, b: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> Any:
        return values[0]

    return types.int64(types.uint64), emit


@intrinsic
def put_byte(context: Any, to: Any, value: Any) -> Any:
    """Write one byte."""

    def emit(target: Any, b: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> Any:
        _put(b, b.trunc(values[1], _I8), values[0])
        return target.get_dummy_value()

    return types.void(types.int64, types.int64), emit


@intrinsic
def put_word(context: Any, to: Any, value: Any) -> Any:
    """Write eight bytes."""

    def emit(target: Any, b: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> Any:
        _put(b, values[1], values[0])
        return target.get_dummy_value()

    return types.void(types.int64, types.uint64), emit


@intrinsic
def put_number(context: Any, to: Any, value: Any) -> Any:
    """Write a signed integer as eight bytes."""

    def emit(target: Any, b: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> Any:
        _put(b, values[1], values[0])
        return target.get_dummy_value()

    return types.void(types.int64, types.int64), emit


@intrinsic
def put_int(context: Any, to: Any, value: Any) -> Any:
    """Write a signed integer as four bytes."""

    def emit(target: Any, b: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> Any:
        _put(b, b.trunc(values[1], _I32), values[0])
        return target.get_dummy_value()

    return types.void(types.int64, types.int64), emit


@intrinsic
def put_four(context: Any, to: Any, value: Any) -> Any:
    """Write four bytes, the lowest first."""

    def emit(target: Any, b: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> Any:
        for i in range(4):
            shifted = b.lshr(values[1], ir.Constant(_I64, 8 * i))
            _put(b, b.trunc(shifted, _I8), b.add(values[0], ir.Constant(_I64, i)))
        return target.get_dummy_value()

    return types.void(types.int64, types.int64), emit


@intrinsic
def lowest_bit(context: Any, mask: Any) -> Any:
    """Return the number of the lowest bit that is set; 64 for none."""

    def emit(target: Any, b: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> Any:
        return b.cttz(values[0], ir.Constant(_I1, 0))

    return types.int64(types.uint64), emit


@intrinsic
def zeros_above(context: Any, mask: Any) -> Any:
    """Return how many bits there are above the highest that is set; 64 for none."""

    def emit(target: Any, b: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> Any:
        return b.ctlz(values[0], ir.Constant(_I1, 0))

    return types.int64(types.uint64), emit


@intrinsic
def folded_product(context: Any, one: Any, other: Any) -> Any:
    """Return the halves of a product of 128 bits, one xor the other (as in wyhash, by Wang Yi)."""

    def emit(target: Any, b: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> Any:
        product = b.mul(*(b.zext(value, _I128) for value in values))
        return b.xor(b.trunc(product, _I64), b.trunc(b.lshr(product, ir.Constant(_I128, 64)), _I64))

    return types.uint64(types.uint64, types.uint64), emit


def _pointer(name: str, pointed: types.Type) -> Any:
    """Return an operation that makes an address a pointer, for carray."""

    def operation(context: Any, address: Any) -> Any:
        def emit(target: Any, b: ir.IRBuilder, signature: Any, values: list[ir.Value]) -> Any:
            return b.inttoptr(values[0], target.get_value_type(signature.return_type))

        return types.CPointer(pointed)(types.int64), emit

    operation.__name__ = operation.__qualname__ = name
    return intrinsic(operation)


_to_bytes, _to_ints, _to_numbers = (
    _pointer(name, pointed)
    for name, pointed in (("_to_bytes", types.uint8), ("_to_ints", types.int32), ("_to_numbers", types.int64))
)


@register_jitable
def bytes_view(address: Any, size: Any) -> Any:
    """Return the bytes at an address as an array."""
    return carray(_to_bytes(address), (size,))


@register_jitable
def ints_view(address: Any, rows: Any, columns: Any) -> Any:
    """Return integers of four bytes at an address as a table."""
    return carray(_to_ints(address), (rows, columns))


@register_jitable
def numbers_view(address: Any, size: Any) -> Any:
    """Return integers of eight bytes at an address as an array."""
    return carray(_to_numbers(address), (size,))
