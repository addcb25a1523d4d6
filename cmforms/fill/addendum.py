"""Addendum pages: what did not fit in its box goes on here, item after item, as many pages as it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cmforms.fill.placing import FIRST_BASELINE, LINE_HEIGHT, PADDING, SIZE, Line, Setter, TextBox

_INDENT = 12.0
# A heading never stands at the foot of a page without a line of its text.
_LINES_KEPT_TOGETHER = 2


@dataclass(slots=True)
class Item:
    """The rest of one field's text, under the field's label."""

    number: str
    label: str
    rest: str = ""

    @property
    def heading(self) -> str:
        """The heading, as `A1 · What happened`."""
        return f"{self.number} · {self.label}"


class Sheet(NamedTuple):
    """One addendum page: its lines as set, and the same as the field's value."""

    lines: list[Line]
    text: str


class _Row(NamedTuple):
    text: str
    heading: bool
    rtl: bool


@dataclass(slots=True)
class _Flow:
    """Rows of text, page by page."""

    capacity: int
    pages: list[list[_Row]] = field(default_factory=lambda: [[]])

    def left(self) -> int:
        return self.capacity - len(self.pages[-1])

    def put(self, row: _Row) -> None:
        if not self.left():
            self.pages.append([])
        if row.text or self.pages[-1]:
            self.pages[-1].append(row)


def flow(items: Sequence[Item], box: TextBox, setter: Setter) -> list[Sheet]:
    """Set the items one after another in boxes like this one; an item may run over several pages."""
    pages = _Flow(box.lines)
    for item in items:
        headings = [_Row(line, True, rtl) for line, rtl in setter.wrap(item.heading, box.room, SIZE, True)]
        body = [_Row(line, False, rtl) for line, rtl in setter.wrap(item.rest, box.room - _INDENT, SIZE)]
        gap = 1 if pages.pages[-1] else 0
        if pages.left() < gap + len(headings) + min(_LINES_KEPT_TOGETHER, len(body)):
            pages.pages.append([])
        elif gap:
            pages.put(_Row("", False, False))
        for row in (*headings, *body):
            pages.put(row)
    return [_sheet(rows, box, setter) for rows in pages.pages]


def _sheet(rows: list[_Row], box: TextBox, setter: Setter) -> Sheet:
    top = box.height - PADDING - FIRST_BASELINE
    lines = [
        Line(row.text, SIZE, _start(row, box, setter), top - LINE_HEIGHT * at, row.heading, row.rtl or None)
        for at, row in enumerate(rows)
        if row.text
    ]
    return Sheet(lines, _value(rows))


def _value(rows: list[_Row]) -> str:
    """Return the page's text, a heading as one line however often it was broken."""
    text = ""
    before = False
    for row in rows:
        text += (" " if before and row.heading else "\n" if text else "") + row.text
        before = row.heading
    return text


def _start(row: _Row, box: TextBox, setter: Setter) -> float:
    if row.rtl and not row.heading:
        return PADDING + box.room - setter.stack.width(row.text, SIZE)
    return PADDING if row.heading else PADDING + _INDENT
