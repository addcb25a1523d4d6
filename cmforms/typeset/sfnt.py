"""Write a TrueType font program that holds chosen glyphs of a face in a chosen order."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from itertools import accumulate

from cmforms.typeset.faces import Face

_CHECKSUM_OF_FILE = 0xB1B0AFBA
_SHORT_LOCA_LIMIT = 0x20000


def font_program(face: Face, glyphs: Mapping[int, int]) -> bytes:
    """Return the font file that has glyph `glyphs[n]` of the face as glyph n; the parts of composites follow.

    Glyph 0 is `.notdef`; a number that is not given draws nothing. The tables are those that PDF asks of the
    TrueType font of a CIDFont (PDF 32000 9.9); the shipped faces carry no hinting, so there is no `cvt`,
    `fpgm` or `prep`. The same glyphs give the same bytes.
    """
    outlines, measures = _close(face, glyphs)
    loca, wide = _locations(outlines)
    head, hhea, maxp = (bytearray(face.table(tag)) for tag in (b"head", b"hhea", b"maxp"))
    struct.pack_into(">L", head, 8, 0)
    struct.pack_into(">h", head, 50, wide)
    struct.pack_into(">H", hhea, 34, len(outlines))
    struct.pack_into(">H", maxp, 4, len(outlines))
    tables = {
        b"glyf": b"".join(outlines),
        b"head": bytes(head),
        b"hhea": bytes(hhea),
        b"hmtx": b"".join(measures),
        b"loca": loca,
        b"maxp": bytes(maxp),
    }
    return _assemble(tables)


def _close(face: Face, glyphs: Mapping[int, int]) -> tuple[list[bytes], list[bytes]]:
    """Return outlines and `hmtx` records; composites point to their parts, which are added at the end."""
    outlines = [b""] * (max(glyphs) + 1)
    measures = [b"\0\0\0\0"] * len(outlines)
    order = [(0, 0), *glyphs.items()]
    place = {glyph: number for number, glyph in reversed(order)}
    for number, glyph in order:  # grows while composites are met
        outline = face.outline(glyph)
        if parts := face.components(glyph):
            patched = bytearray(outline)
            for at, part in parts:
                if part not in place:
                    place[part] = len(outlines)
                    order.append((len(outlines), part))
                    outlines.append(b"")
                    measures.append(b"")
                struct.pack_into(">H", patched, at, place[part])
            outline = bytes(patched)
        outlines[number] = outline
        measures[number] = face.measure(glyph)
    return outlines, measures


def _locations(outlines: Sequence[bytes]) -> tuple[bytes, int]:
    """Return the `loca` table and its format."""
    offsets = [0, *accumulate(map(len, outlines))]
    if offsets[-1] < _SHORT_LOCA_LIMIT:
        return struct.pack(f">{len(offsets)}H", *(offset >> 1 for offset in offsets)), 0
    return struct.pack(f">{len(offsets)}L", *offsets), 1


def _assemble(tables: dict[bytes, bytes]) -> bytes:
    """Lay out the tables, which come sorted by tag, behind their directory and set the checksums."""
    power = len(tables).bit_length() - 1
    search = 16 << power
    header = struct.pack(">LHHHH", 0x00010000, len(tables), search, power, 16 * len(tables) - search)
    records, bodies, offset, total = [header], [], 12 + 16 * len(tables), 0
    for tag, table in tables.items():
        padded = table + b"\0" * (-len(table) % 4)
        checksum = _checksum(padded)
        records.append(struct.pack(">4sLLL", tag, checksum, offset, len(table)))
        if tag == b"head":
            adjust_at = offset + 8
        bodies.append(padded)
        offset += len(padded)
        total += checksum
    directory = b"".join(records)
    font = bytearray(directory + b"".join(bodies))
    total += _checksum(directory)
    struct.pack_into(">L", font, adjust_at, (_CHECKSUM_OF_FILE - total) & 0xFFFFFFFF)
    return bytes(font)


def _checksum(padded: bytes) -> int:
    words: tuple[int, ...] = struct.unpack(f">{len(padded) // 4}L", padded)
    return sum(words) & 0xFFFFFFFF
