"""Set a text into a box of an official form: as large as the form says, smaller where it must be, never cut."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from cmforms.fill.placing import Line
from cmforms.typeset import FontStack

LEAST = 5.0
_LARGEST = 12.0
_STEP = 0.5
_CAP, _TALL, _DEEP = 0.714, 0.80, 0.24
_TALLEST, _DEEPEST = 1.05, 0.42  # what letters of the tall scripts reach; their faces reserve twice that
_PITCH = 1.2
_OF_HEIGHT = 0.7
_SLACK = 0.01


@dataclass(frozen=True, slots=True)
class OfficialBox:
    """A text box in points; `size` 0 asks for what fits, `cells` is the number of a comb's cells, else 0.

    `edge` is the width of the border, `inset` how far from the side a line begins.
    """

    width: float
    height: float
    edge: float
    inset: float
    multiline: bool
    align: int
    size: float
    cells: int


def set_text(stack: FontStack, text: str, box: OfficialBox) -> list[Line] | None:
    """Return the lines that show all of the text, or None when it cannot be read in so small a box."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if box.cells:
        return _comb(stack, text, box)
    return _paragraphs(stack, text, box) if box.multiline else _single(stack, text, box)


def clusters(text: str) -> list[str]:
    """Part a text into letters, each with its marks: what one cell of a comb holds."""
    found: list[str] = []
    for char in unicodedata.normalize("NFC", text):
        if found and unicodedata.category(char) in ("Mn", "Mc", "Me"):
            found[-1] += char
        else:
            found.append(char)
    return found


def _least(box: OfficialBox) -> float:
    """Return the smallest size that is still taken: in a very low box, its height."""
    return min(LEAST, box.height * 0.8)


def _single(stack: FontStack, text: str, box: OfficialBox) -> list[Line] | None:
    unit = stack.width(text, 1.0)
    room = box.width - 2 * box.inset
    tall, deep = _heights(stack, text)
    size = min(_wanted(box), (box.height - box.edge) / (tall + deep), room / unit if unit else _LARGEST)
    if size < _least(box):
        return None
    x = box.inset + (room - unit * size) * box.align / 2
    y = min(max((box.height - _CAP * size) / 2, deep * size), box.height - tall * size)
    return [Line(text, size, x, y)]


def _wanted(box: OfficialBox) -> float:
    return box.size or min(_LARGEST, box.height * _OF_HEIGHT)


def _heights(stack: FontStack, text: str) -> tuple[float, float]:
    """Return how far letters reach above and below the baseline, for 1 point."""
    if stack.is_plain(text):
        return (_TALL, _DEEP) if text.isascii() else (0.95, _DEEP)
    metrics = stack.metrics(text)
    return min(metrics.ascent, _TALLEST), min(metrics.descent, _DEEPEST)


def _paragraphs(stack: FontStack, text: str, box: OfficialBox) -> list[Line] | None:
    text = text.replace("\t", "    ")
    room = box.width - 2 * box.inset
    tall, deep = _heights(stack, text.replace("\n", ""))
    pitch = max(_PITCH, tall + deep)
    longest = stack.width(max(text.split(), key=len, default=""), 1.0)
    found = None
    for size in _sizes(box):
        lines = _wrapped(stack, text, room, size)
        if ((len(lines) - 1) * pitch + tall + deep) * size <= box.height - 2 * box.edge + _SLACK:
            found = found or (size, lines)
            if longest * size <= room + _SLACK:
                found = size, lines
                break
    if found is None:
        return None
    size, lines = found
    used = ((len(lines) - 1) * pitch + tall + deep) * size
    top = box.height - min(box.inset, (box.height - used) / 2) - tall * size
    return [
        Line(line, size, _start(stack, line, rtl, box, size), top - pitch * size * at, False, rtl or None)
        for at, (line, rtl) in enumerate(lines)
        if line
    ]


def _sizes(box: OfficialBox) -> Iterator[float]:
    size = min(box.size or _LARGEST, max(box.height, LEAST))
    while size >= _least(box):
        yield size
        size -= _STEP


def _wrapped(stack: FontStack, text: str, room: float, size: float) -> list[tuple[str, bool]]:
    return [
        (line, rtl)
        for part in text.split("\n")
        for rtl in (stack.is_rtl(part),)
        for line in stack.wrap(part, room, size)
    ]


def _start(stack: FontStack, line: str, rtl: bool, box: OfficialBox, size: float) -> float:
    align = 2 if rtl and not box.align else box.align
    if not align:
        return box.inset
    return box.inset + (box.width - 2 * box.inset - stack.width(line, size)) * align / 2


def _comb(stack: FontStack, text: str, box: OfficialBox) -> list[Line] | None:
    letters = clusters(text)
    if stack.is_rtl(text):
        letters.reverse()
    widths = [stack.width(letter, 1.0) for letter in letters]
    cell = box.width / box.cells
    tall, deep = _heights(stack, text)
    size = min(_wanted(box), box.height / (tall + deep), cell / max(widths, default=1.0))
    if size < min(_least(box), cell):
        return None
    empty = box.cells - len(letters)
    first = (0, empty // 2, empty)[box.align]
    y = min(max((box.height - _CAP * size) / 2, deep * size), box.height - tall * size)
    return [
        Line(letter, size, (first + at + 0.5) * cell - width * size / 2, y)
        for at, (letter, width) in enumerate(zip(letters, widths, strict=True))
        if letter.strip()
    ]
