"""What shaping hands to the page, glyphs in runs of one face, and what a character asks of shaping."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import NamedTuple

from cmforms.typeset.faces import Face

_MARKS = frozenset({"Mn", "Mc", "Me"})
_UNPLAIN = _MARKS | {"Cf", "Cc", "Cs", "Cn", "Co", "Zl", "Zp"}
_UNPLAIN_DIRECTIONS = frozenset({"R", "AL", "AN"})
# Format characters that are drawn, and drawn-by-nothing characters that are not of category Cf.
_VISIBLE_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
_INVISIBLE = frozenset("\u034f\u17b4\u17b5\u180b\u180c\u180d\u180f")


class Glyph(NamedTuple):
    """A glyph of a run: the characters it stands for, its advance and its shift, in thousandths of the em."""

    number: int
    text: str
    advance: float
    dx: float = 0.0
    dy: float = 0.0


class GlyphRun(NamedTuple):
    """Glyphs of one face from left to right; `text` is in logical order, `shaped` if HarfBuzz placed them."""

    face: Face
    text: str
    glyphs: tuple[Glyph, ...]
    shaped: bool = False
    rtl: bool = False

    @property
    def width(self) -> float:
        """The sum of the advances, in thousandths of the em."""
        return sum(glyph.advance for glyph in self.glyphs)


def plain_run(face: Face, text: str) -> GlyphRun:
    """Return the run of a text of which each character is one glyph of the face."""
    numbers = [face.glyph(char) for char in text]
    glyphs = (Glyph(n, char, face.advance(n)) for n, char in zip(numbers, text, strict=True))
    return GlyphRun(face, text, tuple(glyphs))


@cache
def is_plain(char: str) -> bool:
    """Tell whether a character needs neither shaping nor ordering nor composition."""
    return (
        unicodedata.category(char) not in _UNPLAIN
        and unicodedata.bidirectional(char) not in _UNPLAIN_DIRECTIONS
        and unicodedata.is_normalized("NFC", char)
        and not is_ignorable(char)
    )


def is_mark(char: str) -> bool:
    """Tell whether a character combines with the one before it."""
    return unicodedata.category(char) in _MARKS


def is_ignorable(char: str) -> bool:
    """Tell whether a character is rightly shown by nothing (Default_Ignorable_Code_Point)."""
    if unicodedata.category(char) == "Cf":
        return char not in _VISIBLE_FORMATS
    return char in _INVISIBLE or "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
