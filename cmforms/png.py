"""A black-and-white picture as PNG, for documents that cannot draw (ISO/IEC 15948)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

QUIET = 4
_WHITE = b"\xff"
# Filter types of a row: its own bytes, or the difference from the row above.
_PLAIN, _AS_ABOVE = b"\x00", b"\x02"
_PIXELS = bytes([0xFF, 0x00]) + bytes(254)


def modules_png(modules: Sequence[Sequence[bool]]) -> bytes:
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
