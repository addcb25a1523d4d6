"""The text layer of a page: its characters with their places, as words and as lines within a box."""

from __future__ import annotations

import ctypes
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from math import hypot
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium_c

from cmforms.values.documents import Box

_SAME_LINE = 2.5
_SPACE = 0.16  # of the height of a character's box
_OFF_LINE = 8.0
_BEFORE_LINE = 3.0
_HYPHENS = frozenset((0x02, 0xFFFE))
_NOTHING = frozenset((0x00, 0x0A, 0x0D, 0xFEFF))


class Char(NamedTuple):
    """One character: its box in points, and where its baseline starts.

    `order` counts characters in the order of the content, those that PDFium makes up between words included.
    """

    order: int
    text: str
    box: Box
    start: float
    baseline: float

    @property
    def across(self) -> float:
        """The middle of its box from left to right."""
        return (self.box[0] + self.box[2]) / 2

    @property
    def height(self) -> float:
        """The middle of its box from bottom to top."""
        return (self.box[1] + self.box[3]) / 2


class Word(NamedTuple):
    """One word and the start of its baseline."""

    text: str
    start: complex


class Line(NamedTuple):
    """One line of text within a box and its left edge."""

    text: str
    left: float


def characters(page: Any) -> list[Char]:
    """Return the characters of a pypdfium2 page in the order of its content, none made up."""
    textpage = page.get_textpage()
    try:
        return list(_characters(textpage.raw, textpage.count_chars()))
    finally:
        textpage.close()


def running_text(page: Any) -> str:
    """Return the text of a pypdfium2 page as PDFium runs it together."""
    textpage = page.get_textpage()
    try:
        return str(textpage.get_text_range())
    finally:
        textpage.close()


def _characters(raw: Any, count: int) -> Iterator[Char]:
    x, y = ctypes.c_double(), ctypes.c_double()
    box, matrix = pdfium_c.FS_RECTF(), pdfium_c.FS_MATRIX()
    at_x, at_y, at_box, at_matrix = map(ctypes.byref, (x, y, box, matrix))
    last_x = last_y = across = up = 0.0
    for index in range(count):
        code = pdfium_c.FPDFText_GetUnicode(raw, index)
        if code in _NOTHING or pdfium_c.FPDFText_IsGenerated(raw, index) == 1:
            continue
        pdfium_c.FPDFText_GetLooseCharBox(raw, index, at_box)
        pdfium_c.FPDFText_GetCharOrigin(raw, index, at_x, at_y)
        if y.value != last_y or x.value <= last_x:
            # Only where another piece of text may begin: asking costs as much as all the rest.
            pdfium_c.FPDFText_GetMatrix(raw, index, at_matrix)
            across, up = _astray(matrix, x.value, y.value)
        last_x, last_y = x.value, y.value
        yield Char(
            index, "-" if code in _HYPHENS else chr(code),
            (box.left + across, box.bottom + up, box.right + across, box.top + up),
            x.value + across, y.value + up,
        )


def _astray(matrix: Any, x: float, y: float) -> tuple[float, float]:
    """Return how far to move a character that PDFium misplaces.

    Of text with /ActualText in a form XObject (an appearance stream that was flattened) it gives the place
    in the form's own space, while the matrix of the text is right: no character can lie off its line, or
    before the start of it.
    """
    length = hypot(matrix.a, matrix.b) or 1.0
    right, above = x - matrix.e, y - matrix.f
    along = (right * matrix.a + above * matrix.b) / length
    off = (above * matrix.a - right * matrix.b) / length
    misplaced = abs(off) > _OFF_LINE or along < -_BEFORE_LINE
    return (matrix.e - x, matrix.f - y) if misplaced else (0.0, 0.0)


def words(chars: Iterable[Char]) -> Iterator[Word]:
    """Yield the words of a page in the order of its content."""
    text = ""
    first = last = Char(0, " ", (0, 0, 0, 0), 0, 0)
    for char in chars:
        if text and (char.text.isspace() or char.order - last.order != 1):
            yield Word(text, complex(first.start, first.baseline))
            text = ""
        if not char.text.isspace():
            first = first if text else char
            text, last = text + char.text, char
    if text:
        yield Word(text, complex(first.start, first.baseline))


class Layer:
    """The characters of a page, ready to be asked what stands in a box."""

    def __init__(self, chars: Iterable[Char]) -> None:
        self._chars = sorted(chars, key=lambda char: char.height)
        self._heights = [char.height for char in self._chars]

    def inside(self, box: Box, slack: float = 1.0) -> list[Char]:
        """Return the characters whose middles lie in the box, the lowest first."""
        left, bottom, right, top = box
        first = bisect_left(self._heights, bottom - slack)
        last = bisect_right(self._heights, top + slack)
        return [char for char in self._chars[first:last] if left - slack <= char.across <= right + slack]

    def lines(self, box: Box, slack: float = 1.0) -> list[Line]:
        """Return the lines of text whose characters' middles lie in the box, top to bottom, left to right."""
        rows: list[tuple[float, list[Char]]] = []
        for char in self.inside(box, slack):
            row = next((row for row in rows if abs(row[0] - char.baseline) <= _SAME_LINE), None)
            if row is None:
                rows.append(row := (char.baseline, []))
            row[1].append(char)
        rows.sort(key=lambda row: -row[0])
        return [line for _, row in rows if (line := _line(row)).text]


def _gap(last: Char, char: Char) -> bool:
    return char.box[0] - last.box[2] > _SPACE * (char.box[3] - char.box[1])


def _line(chars: list[Char]) -> Line:
    """Put a line together from left to right; characters from one point stay in their order.

    Between neighbours of the content PDFium knows best whether a space is due; else the gap tells.
    """
    text = ""
    last: Char | None = None
    for char in sorted(chars, key=lambda char: char.start):
        if last and abs(char.order - last.order) != 1 and _gap(last, char):
            text += " "
        text, last = text + char.text, char
    left = min((char.box[0] for char in chars if not char.text.isspace()), default=0.0)
    return Line(" ".join(text.split()), left)
