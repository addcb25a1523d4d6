"""Prose with light marks, as definitions write it, turned into Word paragraphs and lists."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cmforms.build.docx_xml import Element, el, paragraph, plain, run

_BULLET = re.compile(r"- +(.*)")
_NUMBER = re.compile(r"\d+\. +(.*)")
_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*")
_ITALIC = re.compile(r"\*(?=\S)(.+?)(?<=\S)\*")
_FIRST_NUMBERED = 2
_AFTER_LIST = 100


class Lists:
    """The numbered lists of a document: each begins again at 1."""

    def __init__(self) -> None:
        self.count = 0

    def next(self) -> int:
        """Return the number of a new list."""
        self.count += 1
        return self.count - 1 + _FIRST_NUMBERED

    def definitions(self) -> Iterator[Element]:
        """Yield the `w:num` of each list, for the numbering part."""
        for number in range(_FIRST_NUMBERED, _FIRST_NUMBERED + self.count):
            again = el("w:lvlOverride", el("w:startOverride", w_val=1), w_ilvl=0)
            yield el("w:num", el("w:abstractNumId", w_val=1), again, w_numId=number)


def prose(text: str, lists: Lists) -> Iterator[Element]:
    """Yield paragraphs and list items; blank lines part them, a line that is no item continues the last."""
    parts = re.split(r"\n\s*\n", text.strip())
    items = [(at, *item) for at, part in enumerate(parts) for item in _items(part)]
    number = 0
    for index, (at, style, item) in enumerate(items):
        following = items[index + 1][1] if index + 1 < len(items) else "Normal"
        before = []
        if style == "ListNumber":
            number = number if index and items[index - 1][:2] == (at, style) else lists.next()
            before.append(_numbering(number))
        if style == "Normal" != following:
            # A line that leads into a list stays with it.
            before.append(el("w:keepNext"))
        elif style != "Normal" == following:
            before.append(el("w:spacing", w_after=_AFTER_LIST))
        yield paragraph(style, *inline(item), before=tuple(before))


def inline(text: str) -> Iterator[Element]:
    """Yield the runs of a text with its bold and italic marks."""
    for piece, bold in _parted(_BOLD, text):
        for inner, italic in _parted(_ITALIC, piece):
            style = ("Strong" if bold else "") + ("Emphasis" if italic else "")
            yield run(plain(inner), style or None)


def _items(part: str) -> list[tuple[str, str]]:
    items: list[tuple[str, str]] = []
    for line in map(str.strip, part.splitlines()):
        if found := _BULLET.fullmatch(line):
            items.append(("ListBullet", found[1]))
        elif found := _NUMBER.fullmatch(line):
            items.append(("ListNumber", found[1]))
        elif items:
            items[-1] = (items[-1][0], f"{items[-1][1]} {line}")
        elif line:
            items.append(("Normal", line))
    return items


def _numbering(number: int) -> Element:
    return el("w:numPr", el("w:ilvl", w_val=0), el("w:numId", w_val=number))


def _parted(pattern: re.Pattern[str], text: str) -> Iterator[tuple[str, bool]]:
    end = 0
    for found in pattern.finditer(text):
        if found.start() > end:
            yield text[end:found.start()], False
        yield found[1], True
        end = found.end()
    if end < len(text):
        yield text[end:], False
