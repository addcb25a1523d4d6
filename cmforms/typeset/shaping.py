"""Choose the faces of a text and measure it.

Ordinary text, whose every character maps to one glyph of the base face, never leaves the fast path: one
dictionary look-up a character. Any other is laid out in `complex`, which is imported when first needed.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

from cmforms.resources import fonts
from cmforms.typeset import wrapping
from cmforms.typeset.faces import FACE_FILES, Face, Metrics
from cmforms.typeset.glyphs import GlyphRun, is_ignorable, is_plain, plain_run


class PlainAdvances(dict[str, float]):
    """The advance of each plain character of a base face; any other character raises KeyError."""

    def __init__(self, base: Face) -> None:
        """Start empty: characters enter as they are asked for."""
        super().__init__()
        self.base = base

    def __missing__(self, char: str) -> float:
        """Measure a character for the first time."""
        glyph = self.base.glyph(char)
        if not glyph or not is_plain(char):
            raise KeyError(char)
        self[char] = advance = self.base.advance(glyph)
        return advance


class FontStack:
    """The faces in their order of preference. Texts are taken in Unicode normal form C.

    Tabs and other controls are the caller's business: they have no glyph. A line break is one only to `wrap`.
    """

    def __init__(self, folder: Path) -> None:
        """Take the faces from `folder`; none is read before a text needs it."""
        self._folder = folder
        own = {
            bold: [i for i, entry in enumerate(FACE_FILES) if entry.bold == bold] for bold in (False, True)
        }
        # Only the base face comes in two weights: bold text in another script takes that script's one face.
        self._order = {False: own[False], True: own[True] + own[False][1:]}
        self.face = cache(self._face)
        self.find = cache(self._find)
        self.advances = cache(self._advances)

    @classmethod
    @cache
    def default(cls) -> FontStack:
        """Return the stack of the shipped fonts, one for the process."""
        return cls(fonts())

    def _face(self, index: int) -> Face:
        entry = FACE_FILES[index]
        return Face(self._folder / entry.file, index, bold=entry.bold, shaped=entry.shaped)

    def base(self, bold: bool = False) -> Face:
        """Return the face of ordinary text."""
        return self.face(self._order[bold][0])

    def _advances(self, bold: bool) -> PlainAdvances:
        return PlainAdvances(self.base(bold))

    def _find(self, char: str, bold: bool) -> Face | None:
        """Return the first face that has the character, None if no face has it."""
        if unicodedata.category(char) in ("Cc", "Cs"):
            return None
        return next((face for face in map(self.face, self._order[bold]) if face.glyph(char)), None)

    def is_plain(self, text: str, bold: bool = False) -> bool:
        """Tell whether each character is simply one glyph of the base face."""
        try:
            sum(map(self.advances(bold).__getitem__, text))
        except KeyError:
            return False
        return True

    def missing(self, text: str, bold: bool = False) -> list[str]:
        """Return the characters that no face can show, each once, in the order of the text."""
        if self.is_plain(text, bold):
            return []
        chars = dict.fromkeys(unicodedata.normalize("NFC", text))
        return [c for c in chars if c != "\n" and not is_ignorable(c) and not self.find(c, bold)]

    def is_rtl(self, text: str) -> bool:
        """Tell whether the first strong character of the text runs from right to left (UAX #9, P2)."""
        if text.isascii():
            return False
        from cmforms.typeset.bidi import base_level

        return base_level(text) == 1

    def width(self, text: str, size: float, bold: bool = False) -> float:
        """Return the width of one line in points."""
        try:
            return sum(map(self.advances(bold).__getitem__, text)) * size / 1000
        except KeyError:
            return sum(run.width for run in self.shape(text, bold)) * size / 1000

    def metrics(self, text: str = "", bold: bool = False) -> Metrics:
        """Return the line measures of the base face and of every further face that the text uses."""
        metrics = self.base(bold).metrics
        if self.is_plain(text, bold):
            return metrics
        for char in set(unicodedata.normalize("NFC", text)):
            face = self.find(char, bold)
            metrics = metrics.union(face.metrics) if face else metrics
        return metrics

    def wrap(self, text: str, width: float, size: float, bold: bool = False) -> list[str]:
        """Break a text into lines no wider than `width` points; see `wrapping.wrap`."""
        advances = self.advances(bold)
        try:
            if sum(map(advances.__getitem__, text)) * size / 1000 <= width:
                return [text]
        except KeyError:  # a line feed, or a text that must be shaped
            if not self.is_plain(text.replace("\n", ""), bold):
                text = unicodedata.normalize("NFC", text)
                return wrapping.wrap(text, wrapping.measured(lambda s: self.width(s, size, bold), width))
        return wrapping.wrap(text, wrapping.additive(advances, size, width))

    def shape(self, text: str, bold: bool = False, rtl: bool | None = None) -> list[GlyphRun]:
        """Return the runs of one line from left to right.

        `rtl` sets the base direction; without it the line's own first letter decides, so that the lines of a
        wrapped paragraph should be given `is_rtl` of the whole.
        """
        if self.is_plain(text, bold):
            return [plain_run(self.base(bold), text)] if text else []
        text = unicodedata.normalize("NFC", text)
        if self.is_plain(text, bold):
            return [plain_run(self.base(bold), text)]
        from cmforms.typeset.complex import shape_line

        return shape_line(self, text, bold, rtl)
