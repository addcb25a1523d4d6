"""The text layer of a page: its characters with their places, as words and as lines within a box."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium_c

from cmforms.values.documents import Box

_SAME_LINE = 2.5
_HYPHENS = frozenset((0x02, 0xFFFE))
_NOTHING = frozenset((0x00, 0xFEFF))


class Char(NamedTuple):
    """One character: its text, the middle of its box, its baseline, and its left edge, all in points.

    `generated` marks the spaces and line breaks that PDFium puts between runs.
    """

    text: str
    x: float
    y: float
    baseline: float
    left: float
    generated: bool


class Word(NamedTuple):
    """One word and the start of its baseline."""

    text: str
    start: complex


class Line(NamedTuple):
    """One line of text within a box and its left edge."""

    text: str
    left: float


def characters(page: Any) -> list[Char]:
    """Return the characters of a pypdfium2 page in the order of its content."""
    textpage = page.get_textpage()
    try:
        return list(_characters(textpage.raw, textpage.count_chars()))
    finally:
        textpage.close()


def _characters(raw: Any, count: int) -> Iterator[Char]:
    left, right, bottom, top, x, y = (ctypes.c_double() for _ in range(6))
    edges = tuple(map(ctypes.byref, (left, right, bottom, top)))
    origin = tuple(map(ctypes.byref, (x, y)))
    for index in range(count):
        code = pdfium_c.FPDFText_GetUnicode(raw, index)
        if code in _NOTHING:
            continue
        pdfium_c.FPDFText_GetCharBox(raw, index, *edges)
        pdfium_c.FPDFText_GetCharOrigin(raw, index, *origin)
        yield Char(
            "-" if code in _HYPHENS else chr(code),
            (left.value + right.value) / 2, (bottom.value + top.value) / 2, y.value, x.value,
            pdfium_c.FPDFText_IsGenerated(raw, index) == 1,
        )


def words(chars: Iterable[Char]) -> Iterator[Word]:
    """Yield the words of a page in the order of its content."""
    text, start, last = "", 0j, 0.0
    for char in chars:
        if char.text.isspace() or (text and abs(char.baseline - last) > _SAME_LINE):
            if text:
                yield Word(text, start)
            text = ""
        if not char.text.isspace():
            start = start if text else complex(char.left, char.baseline)
            text, last = text + char.text, char.baseline
    if text:
        yield Word(text, start)


def lines_within(chars: Iterable[Char], box: Box, slack: float = 1.0) -> list[Line]:
    """Return the lines of text whose characters' middles lie in the box, from top to bottom."""
    left, bottom, right, top = box
    rows: list[tuple[float, list[Char]]] = []
    for char in chars:
        if not (left - slack <= char.x <= right + slack and bottom - slack <= char.y <= top + slack):
            continue
        row = next((row for row in reversed(rows) if abs(row[0] - char.baseline) <= _SAME_LINE), None)
        if row is None:
            if char.text.isspace():
                continue
            rows.append(row := (char.baseline, []))
        row[1].append(char)
    rows.sort(key=lambda row: -row[0])
    return [_line(row) for _, row in rows]


def _line(chars: list[Char]) -> Line:
    text = re.sub(r"\s+", " ", "".join(char.text for char in chars)).strip()
    return Line(text, min(char.left for char in chars if not char.text.isspace()))
