"""Set a text into its box: measured with the real font on the real box; what does not fit is handed on."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from math import floor
from typing import NamedTuple

from cmforms.typeset import FontStack

PADDING = 3.0
SIZE = 10.0
SMALLEST = 7.0
LINE_HEIGHT = 13.0
FIRST_BASELINE = 10.0
CAP_HEIGHT = 0.714
_LEAST_HEAD = 24.0
# A box of a few lines, as in a table, takes smaller print before it sends its reader to another page.
_FEW_LINES = 4
_SMALLER_SIZES = (9.0, 8.0, SMALLEST)
# A single line in a box as high as two stands where the first of several lines would.
_SPACE = 0.26
_TALL = 2 * LINE_HEIGHT + 2 * PADDING
_SLACK = 0.01
_ASCII = "".join(map(chr, range(0x20, 0x7F)))


@dataclass(frozen=True)
class TextBox:
    """A box of a text field in points; `align` is AcroForm's /Q: 0 left, 1 centre, 2 right."""

    width: float
    height: float
    multiline: bool
    align: int = 0
    size: float = SIZE

    @cached_property
    def room(self) -> float:
        """The width that a line may take."""
        return self.width - 2 * PADDING

    @cached_property
    def lines(self) -> int:
        """The number of lines of a text of several lines."""
        return max(1, floor((self.height - 2 * PADDING + _SLACK) / LINE_HEIGHT))


class Line(NamedTuple):
    """One line to show, from (x, y) on its baseline, in points from the box's lower left corner."""

    text: str
    size: float
    x: float
    y: float
    bold: bool = False
    rtl: bool | None = None


# The lines in a box, and what did not fit.
Placed = tuple[list[Line], str]

# Gives the number of a new item of the addendum, as `A1`, and the words that point to it.
Pointer = Callable[[], tuple[str, str]]


class Setter:
    """Sets texts with one stack of fonts."""

    def __init__(self, stack: FontStack) -> None:
        self.stack = stack
        self._widest = max(map(stack.advances(False).__getitem__, _ASCII)) / 1000

    def unknown(self, text: str) -> list[str]:
        """Return the characters of a text that no font can show."""
        return [] if text.isascii() else self.stack.missing(text.replace("\t", " "))

    def set(self, text: str, box: TextBox, pointer: Pointer | None) -> Placed:
        """Set a text. If it does not fit, `pointer` is asked, and its words end what is shown.

        Without a pointer the text is one that stands elsewhere in full: it becomes as small as it must.
        """
        if self._plainly_fits(text, box):
            return [Line(text, box.size, PADDING, _first_baseline(box))], ""
        text = text.strip()  # white space that nobody sees must not send anybody to another page
        if box.multiline and pointer:
            return self._paragraphs(unicodedata.normalize("NFC", text).replace("\t", "    "), box, pointer)
        return self._single(" ".join(text.split()) if _breaks(text) else text, box, pointer)

    def _plainly_fits(self, text: str, box: TextBox) -> bool:
        """Tell whether a text is so much shorter than its box, as most are, that it needs no measuring."""
        short = len(text) * self._widest * box.size < box.room and not box.align
        return short and text.isascii() and text.isprintable()

    def _single(self, text: str, box: TextBox, pointer: Pointer | None) -> Placed:
        plain = self.stack.is_plain(text)
        if not plain:
            text = unicodedata.normalize("NFC", text)
        unit = self.stack.width(text, 1.0)
        size = box.size
        if unit * size > box.room + _SLACK:
            size = floor(box.room / unit * 10) / 10
            if size < SMALLEST and pointer:
                return self._cut_single(text, box, pointer)
        x = PADDING
        if box.align:
            x += (box.room - unit * size) * box.align / 2
        y = _first_baseline(box, size) if plain else self._baseline(text, box, size)
        return [Line(text, size, x, y)], ""

    def _cut_single(self, text: str, box: TextBox, pointer: Pointer) -> Placed:
        text = unicodedata.normalize("NFC", text)
        y = self._baseline(text, box, SMALLEST)
        head, marks, rest = self._cut([text], box.room, SMALLEST, pointer)
        return self._with_mark(head, marks, SMALLEST, y, box), rest

    def _paragraphs(self, text: str, box: TextBox, pointer: Pointer) -> Placed:
        if box.lines <= _FEW_LINES and (fitted := self._in_few_lines(text, box)):
            return fitted, ""
        lines = self.wrap(text, box.room, box.size)
        if len(lines) <= box.lines:
            return self._stacked(lines, box), ""
        shown = lines[: box.lines - 1]
        left = _after(text, [line for line, _ in shown])
        if len(last := self.wrap(left, box.room, box.size)) == 1:  # but for blank lines it would have fitted
            return self._stacked([*shown, *last], box), ""
        # The last line is set again, narrower: the words that point on must stand behind it.
        head, marks, rest = self._cut(left.split("\n"), box.room, box.size, pointer)
        y = box.height - PADDING - FIRST_BASELINE - LINE_HEIGHT * len(shown)
        return [*self._stacked(shown, box), *self._with_mark(head, marks, box.size, y, box)], rest

    def _in_few_lines(self, text: str, box: TextBox) -> list[Line]:
        """Return the lines in the largest size that shows all, and leaves words whole if one does."""
        longest = self.stack.width(max(text.split(), key=len, default=""), 1.0)
        total = self.stack.width(text.replace("\n", ""), 1.0)
        sizes = [size for size in (box.size, *_SMALLER_SIZES) if size <= box.size]
        for size in [size for size in sizes if longest * size <= box.room] or sizes:
            pitch = LINE_HEIGHT * size / SIZE
            fit = floor((box.height - 2 * PADDING + _SLACK) / pitch)
            # The lines end to end, with a space at each break, tell at once of most sizes that they are too large.
            room = fit * (box.room + _SPACE * size)
            if total * size <= room and len(lines := self.wrap(text, box.room, size)) <= fit:
                return self._stacked(lines, box if size == box.size else replace(box, size=size), pitch)
        return []

    def wrap(self, text: str, room: float, size: float, bold: bool = False) -> list[tuple[str, bool]]:
        """Return the lines of a text, each with whether its paragraph runs from right to left."""
        if text.isascii():
            return [(line, False) for line in self.stack.wrap(text, room, size, bold)]
        return [
            (line, rtl)
            for part in text.split("\n")
            for rtl in (self.stack.is_rtl(part),)
            for line in self.stack.wrap(part, room, size, bold)
        ]

    def _stacked(
        self, lines: list[tuple[str, bool]], box: TextBox, pitch: float = LINE_HEIGHT
    ) -> list[Line]:
        top = box.height - PADDING - FIRST_BASELINE * pitch / LINE_HEIGHT
        return [
            Line(text, box.size, self._start(text, rtl, box), top - pitch * index, False, rtl or None)
            for index, (text, rtl) in enumerate(lines)
            if text
        ]

    def _start(self, text: str, rtl: bool, box: TextBox) -> float:
        if rtl and box.lines > _FEW_LINES:
            return PADDING + box.room - self.stack.width(text, box.size)
        return PADDING

    def _cut(
        self, paragraphs: list[str], room: float, size: float, pointer: Pointer
    ) -> tuple[str, str, str]:
        """Return what of the text fits before the pointing words, those words, and the rest."""
        item, pointing = pointer()
        mark = f"[{pointing}]"
        space = room - self.stack.width(f" {mark}", size)
        if space < 0:
            mark = f"[{item}]"
            space = room - self.stack.width(f" {mark}", size)
        text = "\n".join(paragraphs)
        head = self.stack.wrap(paragraphs[0], space, size)[0] if space >= _LEAST_HEAD else ""
        return head, mark, _after(text, [head]).strip() if head else text.strip()

    def _with_mark(self, head: str, mark: str, size: float, y: float, box: TextBox) -> list[Line]:
        if not head:
            shrunk = min(size, box.room / self.stack.width(mark, 1.0))
            return [Line(mark, shrunk, PADDING, y)]
        if self.stack.is_rtl(head):
            x = PADDING + self.stack.width(f"{mark} ", size)
            gap = box.room + PADDING - x - self.stack.width(head, size) if box.lines > _FEW_LINES else 0.0
            return [Line(head, size, x + gap, y, rtl=True), Line(mark, size, PADDING + gap, y)]
        shown = f"{head} "
        return [Line(shown, size, PADDING, y), Line(mark, size, PADDING + self.stack.width(shown, size), y)]

    def _baseline(self, text: str, box: TextBox, size: float) -> float:
        """Return the baseline of a single line; taller scripts than Latin are kept inside the box."""
        y = _first_baseline(box, size)
        metrics = self.stack.metrics(text)
        lowest, highest = metrics.descent * size, box.height - metrics.ascent * size
        return (lowest + highest) / 2 if lowest > highest else min(max(y, lowest), highest)


def _first_baseline(box: TextBox, size: float = SIZE) -> float:
    """Return where the first line stands: in a low box so that its capitals are centred."""
    if box.multiline or box.height >= _TALL:
        return box.height - PADDING - FIRST_BASELINE
    return (box.height - CAP_HEIGHT * size) / 2


def _breaks(text: str) -> bool:
    return "\n" in text or "\t" in text


def _after(text: str, lines: list[str]) -> str:
    """Return what follows these lines of a wrapped text, without the white space at the break."""
    at = 0
    for line in lines:
        at = text.index(line, at) + len(line) if line else _past_line_end(text, at)
    return text[at:].lstrip()


def _past_line_end(text: str, at: int) -> int:
    """Step over the line end that a blank line stands for."""
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1
