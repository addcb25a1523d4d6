"""Read what setting text needs from a TrueType file: characters, advances and outlines, nothing else.

Tables are read on demand with `struct`, so that opening a face costs a file read and a few unpackings.
"""

from __future__ import annotations

import struct
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

# Number of a glyph that draws nothing and takes no room; no face holds it.
BLANK = -1

# Composite glyph flags (OpenType `glyf` table).
_WORD_ARGUMENTS = 0x0001
_HAS_SCALE = 0x0008
_MORE_COMPONENTS = 0x0020
_HAS_XY_SCALE = 0x0040
_HAS_2X2 = 0x0080


@dataclass(frozen=True, slots=True)
class FaceFile:
    """A font file, its weight, and whether every run of its script must be shaped."""

    file: str
    bold: bool = False
    shaped: bool = False


# In the order in which a character looks for its glyph: each weight's own face first.
FACE_FILES = (
    FaceFile("NotoSans-Regular.ttf"),
    FaceFile("NotoSans-Bold.ttf", bold=True),
    FaceFile("NotoSansArabic-Regular.ttf", shaped=True),
    FaceFile("NotoSansHebrew-Regular.ttf", shaped=True),
    FaceFile("NotoSansDevanagari-Regular.ttf", shaped=True),
    FaceFile("NotoSansBengali-Regular.ttf", shaped=True),
    FaceFile("NotoSansThai-Regular.ttf", shaped=True),
    FaceFile("NotoSansEthiopic-Regular.ttf"),
    FaceFile("NotoSansSymbols2-Regular.ttf"),
    FaceFile("WenQuanYiMicroHei.ttf"),
    FaceFile("DroidSansFallbackFull.ttf"),
)


@dataclass(frozen=True, slots=True)
class Metrics:
    """Vertical measures for a font size of 1 point, both counted away from the baseline."""

    ascent: float
    descent: float
    cap_height: float

    @property
    def line_height(self) -> float:
        """The distance between the baselines of lines that just do not touch."""
        return self.ascent + self.descent

    def union(self, other: Metrics) -> Metrics:
        """Return the measures of a line that holds both."""
        return Metrics(
            max(self.ascent, other.ascent),
            max(self.descent, other.descent),
            max(self.cap_height, other.cap_height),
        )


class Face:
    """One TrueType font. Widths are in thousandths of the em, as PDF counts them; glyph 0 is `.notdef`."""

    def __init__(self, path: Path, index: int = 0, *, bold: bool = False, shaped: bool = False) -> None:
        """Open `path`; `index` numbers the PDF resource name, `CMF0` and so on."""
        self.name = path.stem
        self.resource = f"CMF{index}"
        self.bold = bold
        self.shaped = shaped
        self.data = path.read_bytes()
        count = struct.unpack_from(">H", self.data, 4)[0]
        records = struct.iter_unpack(">4sLLL", self.data[12 : 12 + 16 * count])
        self._tables = {tag: (offset, size) for tag, _, offset, size in records}
        self.units: int = struct.unpack_from(">H", self.table(b"head"), 18)[0]
        self.scale: float = 1000 / self.units
        self._wide_loca = struct.unpack_from(">h", self.table(b"head"), 50)[0] == 1
        self._metric_count = struct.unpack_from(">H", self.table(b"hhea"), 34)[0]
        self._lookup = _character_map(self.table(b"cmap"))
        self.glyph = cache(self._glyph)
        self.outline = cache(self._outline)
        self.components = cache(self._components)
        self.advance = cache(self._advance)
        self.measure = cache(self._measure)
        self.width_text = cache(self._width_text)

    def table(self, tag: bytes) -> bytes:
        """Return the bytes of the table named `tag`."""
        offset, size = self._tables[tag]
        return self.data[offset : offset + size]

    @cached_property
    def metrics(self) -> Metrics:
        """The line measures for 1 point (`hhea`, and `OS/2` for the height of capitals)."""
        ascent, descent = struct.unpack_from(">hh", self.table(b"hhea"), 4)
        capital = struct.unpack_from(">h", self.table(b"OS/2"), 88)[0]
        return Metrics(ascent / self.units, -descent / self.units, capital / self.units)

    @cached_property
    def box(self) -> tuple[float, ...]:
        """The box (left, bottom, right, top) around all glyphs, in thousandths of the em."""
        return tuple(v * self.scale for v in struct.unpack_from(">4h", self.table(b"head"), 36))

    def _glyph(self, char: str) -> int:
        return self._lookup(ord(char))

    def _measure(self, glyph: int) -> bytes:
        """Return the `hmtx` record of a glyph: advance and left side bearing."""
        if glyph == BLANK:
            return b"\0\0\0\0"
        records, last = self._tables[b"hmtx"][0], self._metric_count - 1
        record = records + 4 * min(glyph, last)
        bearing = record + 2 if glyph <= last else records + 4 * (last + 1) + 2 * (glyph - last - 1)
        return self.data[record : record + 2] + self.data[bearing : bearing + 2]

    def _advance(self, glyph: int) -> float:
        """Return the advance width of a glyph, in thousandths of the em."""
        return int.from_bytes(self.measure(glyph)[:2], "big") * self.scale

    def _width_text(self, glyph: int) -> str:
        return f"{self.advance(glyph):.6g}"

    def _outline(self, glyph: int) -> bytes:
        """Return the `glyf` record of a glyph, padded to whole words."""
        if glyph == BLANK:
            return b""
        loca, glyf = self._tables[b"loca"][0], self._tables[b"glyf"][0]
        if self._wide_loca:
            start, end = struct.unpack_from(">LL", self.data, loca + 4 * glyph)
        else:
            start, end = (2 * v for v in struct.unpack_from(">HH", self.data, loca + 2 * glyph))
        outline = self.data[glyf + start : glyf + end]
        return outline + b"\0" * (-len(outline) % 4)

    def _components(self, glyph: int) -> tuple[tuple[int, int], ...]:
        """Return (offset of the glyph number in the outline, glyph number) of each part of a composite."""
        outline = self.outline(glyph)
        if not outline or outline[0] < 0x80:  # contours are counted by a signed short
            return ()
        parts, at, flags = [], 10, _MORE_COMPONENTS
        while flags & _MORE_COMPONENTS:
            flags, part = struct.unpack_from(">HH", outline, at)
            parts.append((at + 2, part))
            at += 8 if flags & _WORD_ARGUMENTS else 6
            at += 2 * bool(flags & _HAS_SCALE) + 4 * bool(flags & _HAS_XY_SCALE)
            at += 8 * bool(flags & _HAS_2X2)
        return tuple(parts)


def _character_map(table: bytes) -> Callable[[int], int]:
    """Choose the widest Unicode subtable of `cmap`: format 12, otherwise format 4."""
    count = struct.unpack_from(">H", table, 2)[0]
    offsets = [struct.unpack_from(">L", table, 8 + 8 * i)[0] for i in range(count)]
    formats = {struct.unpack_from(">H", table, offset)[0]: offset for offset in offsets}
    if 12 in formats:
        return _segmented_coverage(table[formats[12] :])
    return _segment_mapping(table[formats[4] :])


def _segmented_coverage(table: bytes) -> Callable[[int], int]:
    """Read a format 12 subtable."""
    count = struct.unpack_from(">L", table, 12)[0]
    numbers = struct.unpack_from(f">{3 * count}L", table, 16)
    starts, ends, glyphs = numbers[0::3], numbers[1::3], numbers[2::3]

    def lookup(code: int) -> int:
        at = bisect_right(starts, code) - 1
        inside = at >= 0 and code <= ends[at]
        return int(glyphs[at]) + code - starts[at] if inside else 0

    return lookup


def _segment_mapping(table: bytes) -> Callable[[int], int]:
    """Read a format 4 subtable."""
    count = struct.unpack_from(">H", table, 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", table, 14)
    starts = struct.unpack_from(f">{count}H", table, 16 + 2 * count)
    deltas = struct.unpack_from(f">{count}H", table, 16 + 4 * count)
    offsets = struct.unpack_from(f">{count}H", table, 16 + 6 * count)

    def lookup(code: int) -> int:
        at = bisect_left(ends, code)
        if at == count or code < starts[at]:
            return 0
        if not offsets[at]:
            return (code + int(deltas[at])) & 0xFFFF
        where = 16 + 6 * count + 2 * at + offsets[at] + 2 * (code - starts[at])
        glyph: int = struct.unpack_from(">H", table, where)[0]
        return (glyph + int(deltas[at])) & 0xFFFF if glyph else 0

    return lookup
