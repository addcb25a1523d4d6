"""QR codes for page marks, made in microseconds.

With version, level, mask and length fixed, every module of a QR code (ISO/IEC 18004) is an affine function
over GF(2) of the payload's bits: Reed-Solomon coding, interleaving, placing and masking only ever XOR. So the
code of an all-zero payload is drawn once for each length (by segno), each payload bit's effect is worked out
once, and a code is then some XORs of integers. Level M, mask pattern 2, byte mode throughout; version 4
(33 x 33 modules) up to 62 bytes, 5 or 6 beyond.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, reduce
from operator import getitem, xor
from typing import NamedTuple

import segno

from cmforms.errors import DefinitionError

MASK = 2
_HEADER_BITS = 12
_PRIMITIVE = 0x11D


class _Layout(NamedTuple):
    """A version at level M: its blocks are of equal size (ISO/IEC 18004, table 9)."""

    version: int
    blocks: int
    data: int
    correction: int

    @property
    def capacity(self) -> int:
        return (self.blocks * self.data * 8 - _HEADER_BITS) // 8

    @property
    def size(self) -> int:
        return 17 + 4 * self.version


_LAYOUTS = (_Layout(4, 2, 32, 18), _Layout(5, 2, 43, 24), _Layout(6, 4, 27, 16))
LONGEST = _LAYOUTS[-1].capacity


@dataclass(frozen=True, slots=True)
class Basis:
    """The code of the zero payload, and what each value of each byte of an ASCII payload changes in it.

    A code is an integer whose bits are the modules row by row, each row filled up to whole bytes.
    """

    size: int
    zero: int
    effects: tuple[tuple[int, ...], ...]


def modules(payload: str, common: int = 0) -> tuple[int, bytes]:
    """Return the QR code of an ASCII payload: its modules a side, and its samples, as `Mark` has them.

    So many first characters as `common` says are also those of the codes asked for next: what they change is
    worked out once. Raises DefinitionError for a payload over 106 bytes, which only a very long form id can cause.
    """
    data = payload.encode("ascii")
    made = basis(len(data))
    begun = _begun(len(data), data[:common]) if common else made.zero
    code = reduce(xor, map(getitem, made.effects[common:], data[common:]), begun)
    return made.size, code.to_bytes(made.size * _stride(made.size) // 8)


@lru_cache(8)
def _begun(length: int, start: bytes) -> int:
    made = basis(length)
    return reduce(xor, map(getitem, made.effects, start), made.zero)


@cache
def basis(length: int) -> Basis:
    """Return what all codes of payloads of so many bytes are made of. Raises DefinitionError as `modules` does."""
    layout = _layout(length)
    drawn = segno.make(
        bytes(length), version=layout.version, error="m", mask=MASK, mode="byte", boost_error=False
    )
    places = _codeword_places(layout.size)
    cells = [(row, column) for row, line in enumerate(drawn.matrix) for column, dark in enumerate(line) if dark]
    zero = sum(_place(layout.size, row, column) for row, column in cells)
    effects = [_effect(layout, bit + _HEADER_BITS, places) for bit in range(length * 8)]
    tables = (_combined(effects[at + 1 : at + 8]) for at in range(0, len(effects), 8))
    return Basis(layout.size, zero, tuple(tables))


def _stride(size: int) -> int:
    """Return the bits of a row with those that fill it up."""
    return -(-size // 8) * 8


def _place(size: int, row: int, column: int) -> int:
    """Return the integer that has one module set."""
    return 1 << ((size - row) * _stride(size) - 1 - column)


def _layout(length: int) -> _Layout:
    for layout in _LAYOUTS:
        if length <= layout.capacity:
            return layout
    raise DefinitionError.because(
        "mark-too-long", f"the page mark would hold {length} bytes, {LONGEST} is the most",
        fix="Give the form a shorter id.",
    )


def _combined(effects: Sequence[int]) -> tuple[int, ...]:
    """Return the effect of each of the 128 values of an ASCII byte, the first bit the highest."""
    table = [0]
    for effect in reversed(effects):
        table += [known ^ effect for known in table]
    return tuple(table)


def _codeword_places(size: int) -> list[int]:
    """Return for each bit of the codeword sequence the integer that has its module set."""
    return [
        _place(size, row, column)
        for row, column in _zigzag(size)
        if not _is_function_pattern(row, column, size)
    ]


def _is_function_pattern(row: int, column: int, size: int) -> bool:
    """Tell finders, separators, format data, timing and the one alignment pattern of versions 2 to 6."""
    finder = (row < 9 and (column < 9 or column >= size - 8)) or (row >= size - 8 and column < 9)
    alignment = abs(row - size + 7) <= 2 and abs(column - size + 7) <= 2
    return finder or alignment or row == 6 or column == 6


def _zigzag(size: int) -> Iterator[tuple[int, int]]:
    """Yield cells in the order of placing: pairs of columns from the right, upwards first (clause 7.7.3)."""
    upwards = True
    for right in (*range(size - 1, 6, -2), *range(5, 0, -2)):
        for step in range(size):
            row = size - 1 - step if upwards else step
            yield row, right
            yield row, right - 1
        upwards = not upwards


def _effect(layout: _Layout, bit: int, places: list[int]) -> int:
    """Return the modules that one bit of the data codewords changes: its own and those of its correction."""
    position, weight = divmod(bit, 8)
    block, index = divmod(position, layout.data)
    changed = places[8 * (index * layout.blocks + block) + weight]
    start = layout.blocks * layout.data
    codewords = _correction(layout, index)[weight].to_bytes(layout.correction)
    for number, codeword in enumerate(codewords):
        at = 8 * (start + number * layout.blocks + block)
        for shift in range(8):
            if codeword & (0x80 >> shift):
                changed ^= places[at + shift]
    return changed


@cache
def _correction(layout: _Layout, index: int) -> tuple[int, ...]:
    """Return the correction codewords as one integer for each single bit of the data codeword at an index."""
    multiples = _generator_multiples(layout.correction)
    if index == layout.data - 1:
        return tuple(multiples[0x80 >> weight] for weight in range(8))
    top = 8 * (layout.correction - 1)
    return tuple(
        (later & ((1 << top) - 1)) << 8 ^ multiples[later >> top] for later in _correction(layout, index + 1)
    )


@cache
def _generator_multiples(degree: int) -> tuple[int, ...]:
    """Return the 256 multiples of the generator polynomial, each without its leading coefficient."""
    generator = _generator(degree)
    return tuple(
        int.from_bytes(_times(factor, coefficient) for coefficient in generator) for factor in range(256)
    )


@cache
def _generator(degree: int) -> tuple[int, ...]:
    """Return the coefficients of the generator polynomial below the leading one, highest first."""
    polynomial, root = [1], 1
    for _ in range(degree):
        polynomial = [a ^ _times(root, b) for a, b in zip((*polynomial, 0), (0, *polynomial), strict=True)]
        root = _times(root, 2)
    return tuple(polynomial[1:])


def _times(one: int, other: int) -> int:
    """Multiply in the field GF(256) of the QR standard."""
    product = 0
    while other:
        if other & 1:
            product ^= one
        one = one << 1 ^ (_PRIMITIVE if one & 0x80 else 0)
        other >>= 1
    return product
