"""A black-and-white picture as PNG, for documents that cannot draw (ISO/IEC 15948)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence

QUIET = 4
_WHITE = b"\xff"
# Filter types of a row: its own bytes, or the difference from the row above.
_PLAIN, _AS_ABOVE = b"\x00", b"\x02"
_PIXELS = bytes([0xFF, 0x00]) + bytes(254)
_HEADER = 13
_ONE_BIT = [1, 0, 0, 0, 0]
_LARGEST = 4_000_000
_GREYS = bytes.maketrans(b"01", b"\x00\xff")


def modules_png(modules: Sequence[Sequence[int]]) -> bytes:
    """Return the modules of a QR code as PNG, 8 pixels a module, a quiet zone of 4 modules around."""
    width = len(modules[0]) + 2 * QUIET
    margin = _WHITE * QUIET
    # Eight one-bit pixels are a byte, so that a byte is a row of a module, and seven rows repeat it.
    above = (_AS_ABOVE + bytes(width)) * 7
    white = _PLAIN + _WHITE * width + (_AS_ABOVE + bytes(width)) * (8 * QUIET - 1)
    rows = (_PLAIN + margin + bytes(row).translate(_PIXELS) + margin + above for row in modules)
    pixels = white + b"".join(rows) + white
    height = len(modules) + 2 * QUIET
    header = struct.pack(">IIBBBBB", width * 8, height * 8, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(*chunk) for chunk in ((b"IHDR", header), (b"IDAT", zlib.compress(pixels, 1)), (b"IEND", b""))
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_pixels(data: bytes) -> memoryview | None:
    """Return a one-bit picture, such as `modules_png` makes, as rows of bytes; None for any other."""
    try:
        (length,) = struct.unpack_from(">I", data, 8)
        width, height, *kind = struct.unpack_from(">IIBBBBB", data, 16)
        if data[12:16] != b"IHDR" or length != _HEADER or kind != _ONE_BIT:
            return None
        if not 0 < width * height <= _LARGEST:
            return None
        stride = (width + 7) // 8
        packed = zlib.decompressobj().decompress(b"".join(_bodies(data)), (stride + 1) * height)
        rows = list(_unfiltered(packed, stride, height))
    except (struct.error, zlib.error, KeyError, IndexError, ValueError):
        return None
    bits = ("".join(f"{byte:08b}" for byte in row)[:width] for row in rows)
    return memoryview("".join(bits).encode().translate(_GREYS)).cast("B", (height, width))


def _bodies(data: bytes) -> Iterator[bytes]:
    at = 8
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IDAT":
            yield data[at + 8 : at + 8 + length]
        at += 12 + length


def _unfiltered(packed: bytes, stride: int, height: int) -> Iterator[bytes]:
    above = bytes(stride)
    for start in range(0, (stride + 1) * height, stride + 1):
        row = packed[start + 1 : start + 1 + stride]
        if packed[start] == _AS_ABOVE[0]:
            row = bytes((one + other) & 0xFF for one, other in zip(row, above, strict=True))
        elif packed[start] != _PLAIN[0]:
            raise KeyError(packed[start])
        yield row
        above = row
