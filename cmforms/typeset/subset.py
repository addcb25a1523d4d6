"""Collect the glyphs of one document: content-stream operators now, embedded font subsets at the end.

A glyph's code is its number in the embedded font. It belongs to a glyph *and* the characters that it stands
for, so that `ToUnicode` is exact even where one glyph serves several texts. In the base faces the codes of
Western letters are fixed, so that the usual document embeds a program that is built once for the process.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from cmforms.typeset.faces import Face
from cmforms.typeset.glyphs import GlyphRun
from cmforms.typeset.sfnt import font_program
from cmforms.typeset.shaping import FontStack

# The characters of the fixed codes: ASCII, then the rest of Western Europe without the soft hyphen.
_ASCII = "".join(map(chr, range(0x20, 0x7F)))
_WESTERN = "".join(map(chr, (*range(0xA0, 0xAD), *range(0xAE, 0x100))))
_WESTERN += "\u2018\u2019\u201c\u201d\u2013\u2014\u2022\u2026\u20ac"
_FIXED = _ASCII + _WESTERN
_FIXED_CODES = {char: f"{code:04X}" for code, char in enumerate(_FIXED, 1)}
_FIXED_SIZES = (len(_ASCII), len(_FIXED))
# The same codes as bytes by Latin-1 byte, 0 for a character that has none: a whole text is coded by one call.
_LATIN = bytes(int(_FIXED_CODES.get(chr(byte), "0"), 16) for byte in range(256))
# Compression: the prepared programs once and well, a document's own quickly (3 % larger at half the time).
_PREPARED, _QUICK = 9, 1

OBJECTS_PER_FACE = 5
_STEM_WIDTH = {False: 80, True: 140}
_SYMBOLIC = 4
# Thousandths of the em below which no adjustment is written.
_NO_SHIFT = 0.005
_CMAP_SECTION = 100  # the most entries of one bfchar section (Adobe Technical Note 5014)
_CMAP_HEAD = b"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
"""
_CMAP_TAIL = b"""endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""

# A glyph of the face and the characters that it stands for.
Pair = tuple[int, str]


class _Codes(dict[str, str]):
    """The codes of one face in one document; as a mapping, those of plain characters as four hex digits."""

    def __init__(self, stack: FontStack, face: Face) -> None:
        """Number the glyphs of a base face above the fixed codes, those of any other from 1."""
        super().__init__()
        self.face = face
        self._stack = stack
        self._fixed = _FIXED_CODES if face is stack.base(face.bold) else {}
        self._own: dict[Pair, str] = {}
        self.plain: list[str] = []
        """The texts that were shown by their fixed codes all at once; their characters are not in the mapping yet."""

    def shown(self, text: str) -> str:
        """Return the codes of a text's characters. Raises KeyError when one is not plain."""
        if self._fixed and (codes := _latin(text)):
            self.plain.append(text)
            return codes.decode("latin-1").encode("utf-16-be").hex().upper()
        return "".join(map(self.__getitem__, text))

    def __missing__(self, char: str) -> str:
        """Give a plain character its code at first use; raise KeyError for any other."""
        digits = self._fixed.get(char)
        if digits is None:
            if not self._stack.is_plain(char, self.face.bold):
                raise KeyError(char)
            digits = self.digits(self.face.glyph(char), char)
        self[char] = digits
        return digits

    def digits(self, glyph: int, text: str) -> str:
        """Return the code of a glyph that stands for `text`."""
        if text in self._fixed and glyph == self.face.glyph(text):
            return self[text]
        digits = self._own.get((glyph, text))
        if digits is None:
            digits = self._own[glyph, text] = f"{len(self._fixed) + len(self._own) + 1:04X}"
        return digits

    def is_used(self) -> bool:
        """Tell whether any code was given."""
        return bool(self or self._own or self.plain)

    def program(self) -> _Program:
        """Return what to embed: a prepared program if it covers the document, else one of its own."""
        if self._own:
            for char in {*"".join(self.plain)} - self.keys():
                self.__missing__(char)
            pairs = {digits: (self.face.glyph(char), char) for char, digits in self.items()}
            pairs |= {digits: pair for pair, digits in self._own.items()}
            return _program(self.face, {int(digits, 16): pairs[digits] for digits in sorted(pairs)}, _QUICK)
        western = not "".join((*self.plain, *self)).isascii()
        return _fixed_program(self.face, _FIXED_SIZES[western])


@dataclass(frozen=True, slots=True)
class _Program:
    """A subset ready to embed: its tagged name, and the serialised widths and streams."""

    name: str
    widths: str
    font_file: bytes
    to_unicode: bytes


class Subset:
    """The text of one document: `show` its lines, then write `objects` once."""

    def __init__(self, stack: FontStack) -> None:
        """Start a document without any glyph."""
        self._stack = stack
        self._codes: dict[Face, _Codes] = {}
        self._regular = self._of(stack.base())

    def show(
        self, text: str, size: float, x: float, y: float, bold: bool = False, rtl: bool | None = None
    ) -> bytes:
        """Return the operators that show one line from (x, y) on its baseline, in points.

        The colour is the caller's, and the text state other than font and rise must be at its defaults.
        Shaped runs are spans with `ActualText` (PDF 32000 14.9.4), save right-to-left ones: readers expect
        those in visual order, one character a code, and PDFium and Poppler would turn an `ActualText` round.
        """
        codes = self._of(self._stack.base(bold)) if bold else self._regular
        try:
            shown = codes.shown(text)
        except KeyError:
            runs = self._stack.shape(text, bold, rtl)
            lines = [f"BT {x:.2f} {y:.2f} Td", *self._show_runs(runs, size), "ET\n"]
            return "\n".join(lines).encode()
        return f"{_start(codes.face.resource, size, x, y)}<{shown}> Tj ET\n".encode()

    def use(self, text: str) -> None:
        """Take note of a text with `fixed_codes` that `show` showed in an earlier document, and that is shown again."""
        self._regular.plain.append(text)

    def font_resources(self) -> dict[str, int]:
        """Return, by resource name, where in `objects` the Type 0 font of each used face is."""
        return {c.face.resource: OBJECTS_PER_FACE * at for at, c in enumerate(self._used())}

    def objects(self, first: int) -> tuple[list[bytes], dict[str, int]]:
        """Return the bodies of the font objects, numbered from `first`, and the Type 0 font of each name."""
        bodies: list[bytes] = []
        for codes in self._used():
            bodies += _font_objects(codes.face, codes.program(), first + len(bodies))
        return bodies, {name: first + at for name, at in self.font_resources().items()}

    def _of(self, face: Face) -> _Codes:
        codes = self._codes.get(face)
        if codes is None:
            codes = self._codes[face] = _Codes(self._stack, face)
        return codes

    def _used(self) -> list[_Codes]:
        return [codes for codes in self._codes.values() if codes.is_used()]

    def _show_runs(self, runs: Sequence[GlyphRun], size: float) -> Iterator[str]:
        for run in runs:
            yield f"/{run.face.resource} {size:.3f} Tf"
            spanned = run.shaped and not run.rtl
            if spanned:
                yield f"/Span <</ActualText <FEFF{_utf16(run.text)}>>> BDC"
            yield from self._show_glyphs(run, size)
            if spanned:
                yield "EMC"

    def _show_glyphs(self, run: GlyphRun, size: float) -> Iterator[str]:
        """Yield `TJ` operators; the adjustments make up for advances and shifts that differ from `W`."""
        codes = self._of(run.face)
        shift, rise = 0.0, 0.0
        array: list[str] = []
        for glyph in run.glyphs:
            if glyph.dy != rise:
                yield _positioned(array)
                array, rise = [], glyph.dy
                yield f"{rise * size / 1000:.3f} Ts"
            if abs(shift + glyph.dx) > _NO_SHIFT:
                array.append(f"{-shift - glyph.dx:.2f}")
            array.append(f"<{codes.digits(glyph.number, glyph.text)}>")
            shift = glyph.advance - glyph.dx - run.face.advance(glyph.number)
        if abs(shift) > _NO_SHIFT:
            array.append(f"{-shift:.2f}")
        yield _positioned(array)
        if rise:
            yield "0 Ts"


def fixed_codes(text: str) -> bool:
    """Tell whether the codes of a text's characters are the same in every document."""
    return _latin(text) is not None


def _latin(text: str) -> bytes | None:
    """Return the fixed codes of a text in Latin-1, a byte a character; None when one of its characters has none."""
    try:
        codes = text.encode("latin-1").translate(_LATIN)
    except UnicodeEncodeError:
        return None
    return None if 0 in codes else codes


@lru_cache(4096)
def _start(face: str, size: float, x: float, y: float) -> str:
    """Return the operators that begin a line; the same places come again in each document."""
    return f"BT /{face} {size:.3f} Tf {x:.2f} {y:.2f} Td "


def _positioned(array: Sequence[str]) -> str:
    return f"[{''.join(array)}] TJ".replace("><", "") if array else ""


@lru_cache(4096)
def _destination(text: str) -> str:
    """Return what the characters of one glyph are in a ToUnicode map."""
    return _utf16(text)


def _utf16(text: str) -> str:
    return text.encode("utf-16-be", "replace").hex().upper()


@cache
def _fixed_program(face: Face, size: int) -> _Program:
    """Prepare the program of the first `size` fixed codes of a base face."""
    pairs = {code: (face.glyph(char), char) for code, char in enumerate(_FIXED[:size], 1)}
    return _program(face, pairs, _PREPARED)


def _program(face: Face, pairs: Mapping[int, Pair], level: int) -> _Program:
    """Build the subset that has these glyphs at these codes, which ascend."""
    glyphs = {code: glyph for code, (glyph, _) in pairs.items()}
    font = font_program(face, glyphs)
    widths = [face.width_text(0)] + ["0"] * max(glyphs)
    for code, glyph in glyphs.items():
        widths[code] = face.width_text(glyph)
    return _Program(
        name=f"{_tag(font)}+{face.name}",
        widths=f"[0[{' '.join(widths)}]]",
        font_file=_stream(font, level, f"/Length1 {len(font)}"),
        to_unicode=_stream(_character_map(pairs), level),
    )


def _tag(font: bytes) -> str:
    """Name a subset by its content in six letters (PDF 32000 9.6.4)."""
    number = zlib.crc32(font)
    return "".join(chr(65 + number // 26**place % 26) for place in range(6))


def _character_map(pairs: Mapping[int, Pair]) -> bytes:
    """Write the ToUnicode CMap (PDF 32000 9.10.3); `.notdef` is the replacement character."""
    entries = [f"<{code:04X}> <{_destination(text)}>" for code, (_, text) in pairs.items()]
    entries.insert(0, "<0000> <FFFD>")
    sections = [entries[at : at + _CMAP_SECTION] for at in range(0, len(entries), _CMAP_SECTION)]
    blocks = (f"{len(s)} beginbfchar\n" + "\n".join(s) + "\nendbfchar\n" for s in sections)
    return _CMAP_HEAD + "".join(blocks).encode() + _CMAP_TAIL


def _stream(data: bytes, level: int, entries: str = "") -> bytes:
    packed = zlib.compress(data, level)
    head = f"<</Length {len(packed)}/Filter/FlateDecode{entries}>>\nstream\n".encode()
    return head + packed + b"\nendstream"


@lru_cache(64)
def _font_objects(face: Face, program: _Program, number: int) -> tuple[bytes, ...]:
    """Write the Type 0 font, its CIDFont and descriptor, font file and ToUnicode map (PDF 32000 9.7)."""
    metrics = face.metrics
    box = " ".join(f"{edge:.6g}" for edge in face.box)
    return (
        f"<</Type/Font/Subtype/Type0/BaseFont/{program.name}/Encoding/Identity-H"
        f"/DescendantFonts[{number + 1} 0 R]/ToUnicode {number + 4} 0 R>>".encode(),
        f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{program.name}"
        "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/CIDToGIDMap/Identity"
        f"/FontDescriptor {number + 2} 0 R/DW 1000/W{program.widths}>>".encode(),
        f"<</Type/FontDescriptor/FontName/{program.name}/Flags {_SYMBOLIC}/FontBBox[{box}]/ItalicAngle 0"
        f"/Ascent {metrics.ascent * 1000:.6g}/Descent {-metrics.descent * 1000:.6g}"
        f"/CapHeight {metrics.cap_height * 1000:.6g}/StemV {_STEM_WIDTH[face.bold]}"
        f"/FontFile2 {number + 3} 0 R>>".encode(),
        program.font_file,
        program.to_unicode,
    )
