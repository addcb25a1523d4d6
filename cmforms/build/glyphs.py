"""A font of a few letters, embedded once: for the mark in a box and for the footer of a blank."""

from __future__ import annotations

from pikepdf import Array, Dictionary, Name, Pdf, Stream

from cmforms.typeset import Face, FontStack
from cmforms.typeset.sfnt import font_program

_SYMBOLIC = 4
_STEM_WIDTH = {False: 80, True: 140}


class FewLetters:
    """A subset that holds the characters of `text` and no more (PDF 32000, 9.7.4)."""

    def __init__(self, pdf: Pdf, text: str, *, bold: bool = False) -> None:
        """Embed the subset; every character must be in the base face."""
        self.face: Face = FontStack.default().base(bold)
        self._codes = {char: code for code, char in enumerate(sorted(set(text)), 1)}
        self.font = pdf.make_indirect(self._type0(pdf))

    def show(self, text: str, size: float, x: float, y: float, name: str) -> bytes:
        """Return the operators that show `text` from (x, y), the font being the resource `name`."""
        codes = "".join(f"{self._codes[char]:04X}" for char in text)
        return f"BT /{name} {size:g} Tf {x:.2f} {y:.2f} Td <{codes}> Tj ET\n".encode()

    def width(self, text: str, size: float) -> float:
        """Return the width of a text in points."""
        return sum(self.face.advance(self.face.glyph(char)) for char in text) * size / 1000

    def _type0(self, pdf: Pdf) -> Dictionary:
        name = Name(f"/{self._tag()}+{self.face.name}")
        glyphs = {code: self.face.glyph(char) for char, code in self._codes.items()}
        descendant = Dictionary(
            Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=name, CIDToGIDMap=Name.Identity, DW=1000,
            CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
            W=Array([1, Array([round(self.face.advance(glyph)) for glyph in glyphs.values()])]),
            FontDescriptor=pdf.make_indirect(self._descriptor(pdf, name, font_program(self.face, glyphs))),
        )
        return Dictionary(
            Type=Name.Font, Subtype=Name.Type0, BaseFont=name, Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(descendant)]), ToUnicode=Stream(pdf, self._to_unicode()),
        )

    def _descriptor(self, pdf: Pdf, name: Name, program: bytes) -> Dictionary:
        metrics = self.face.metrics
        return Dictionary(
            Type=Name.FontDescriptor, FontName=name, Flags=_SYMBOLIC, ItalicAngle=0,
            FontBBox=Array([round(edge) for edge in self.face.box]), Ascent=round(metrics.ascent * 1000),
            Descent=-round(metrics.descent * 1000), CapHeight=round(metrics.cap_height * 1000),
            StemV=_STEM_WIDTH[self.face.bold], FontFile2=Stream(pdf, program, Length1=len(program)),
        )

    def _to_unicode(self) -> bytes:
        pairs = "\n".join(f"<{code:04X}> <{ord(char):04X}>" for char, code in self._codes.items())
        return (
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
            "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
            "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
            "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
            f"{len(self._codes)} beginbfchar\n{pairs}\nendbfchar\n"
            "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
        ).encode()

    def _tag(self) -> str:
        """Name the subset by its letters (9.6.4): the same text has the same name."""
        number = sum(ord(char) * 131**place for place, char in enumerate(self._codes))
        return "".join(chr(65 + number // 26**place % 26) for place in range(6))
