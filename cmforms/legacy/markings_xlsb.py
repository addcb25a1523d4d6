"""What an XLSB says beside its values: its parts are binary records ([MS-XLSB] 2.1.4), of which a few are looked at."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from openpyxl.styles.numbers import BUILTIN_FORMATS

from cmforms.legacy.markings import OWN_AUTHOR, Gathered, Markings, Package, Place, matters
from cmforms.legacy.sheets import Struck, Unreadable, letter

BOOK, STYLES = "xl/workbook.bin", "xl/styles.bin"
ROW, CELL_ERROR, FORMULA_ERROR, LAST_CELL = 0, 3, 11, 11
FONT, FORMAT, XF, COLUMN, WORKBOOK, SHEET, FILTER, MERGED = 43, 44, 47, 60, 153, 156, 161, 176
BEGIN_XFS, END_XFS = 617, 618
AUTHOR, COMMENT, COMMENT_TEXT = 632, 635, 637
ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_STRIKE = 0x8


def find_xlsb_markings(path: Path) -> dict[str, Markings]:
    """Return the marks of each sheet of an XLSB by its name; nothing for other files."""
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        if BOOK not in names:
            return {}
        styles = _Styles.of(archive.read(STYLES) if STYLES in names else b"")
        package = Package(archive)
        parts = package.targets(BOOK)
        date1904, found = False, {}
        for kind, body in records(archive.read(BOOK)):
            if kind == WORKBOOK:
                date1904 = bool(body[0] & 1)
            elif kind == SHEET:
                link, end = _text(body, 8)
                name, _ = _text(body, end)
                if parts.get(link) in names:
                    found[name] = _sheet(package, parts[link], styles).markings(date1904)
        return found


def records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each record's type and body; what ends in the middle of a record ends there."""
    at = 0
    while at < len(data):
        kind, at = _number(data, at, 2)
        size, at = _number(data, at, 4)
        yield kind, data[at : at + size]
        at += size


def _number(data: bytes, at: int, most: int) -> tuple[int, int]:
    """Return a number of 7 bits a byte, the lowest first, and where it ends."""
    value = 0
    for place, byte in enumerate(data[at : at + most]):
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value, at + place + 1
    return value, at + most


def _text(body: bytes, at: int) -> tuple[str, int]:
    """Return a text behind its length in characters (XLWideString), and where it ends."""
    end = at + 4 + 2 * int.from_bytes(body[at : at + 4], "little")
    return body[at + 4 : end].decode("utf-16-le", "replace"), end


def _sheet(package: Package, part: str, styles: _Styles) -> Gathered:
    found = _gathered(package.archive.read(part), styles)
    for target in package.targets(part, "/comments").values():
        if target in package.archive.namelist():
            found.comments |= dict(_comments(package.archive.read(target)))
    return found


@dataclass(frozen=True)
class _Styles:
    """The number format of each cell style that matters, and the styles struck through."""

    formats: dict[int, str]
    struck: frozenset[int]

    @classmethod
    def of(cls, data: bytes) -> _Styles:
        own: dict[int, str] = {}
        fonts: list[bool] = []
        styles: list[tuple[int, int]] = []
        of_cells = False
        for kind, body in records(data):
            if kind == FORMAT:
                own[int.from_bytes(body[:2], "little")] = _text(body, 2)[0]
            elif kind == FONT:
                fonts.append(bool(body[2] & _STRIKE))
            elif kind in (BEGIN_XFS, END_XFS):
                of_cells = kind == BEGIN_XFS
            elif kind == XF and of_cells:
                styles.append(struct.unpack_from("<HH", body, 2))
        named = {number: own.get(code) or BUILTIN_FORMATS.get(code, "") for number, (code, _) in enumerate(styles)}
        struck = frozenset(number for number, (_, font) in enumerate(styles) if font < len(fonts) and fonts[font])
        return cls({number: name for number, name in named.items() if matters(name)}, struck)


def _gathered(data: bytes, styles: _Styles) -> Gathered:
    found, row = Gathered(), 0
    for kind, body in records(data):
        if kind == ROW:
            row = int.from_bytes(body[:4], "little") + 1
            if len(body) > 11 and body[11] & 0x10:
                found.hidden_rows.append(row)
        elif kind <= LAST_CELL:
            _look_at_cell(found, kind, body, row, styles)
        elif kind == COLUMN and body[16] & 1:
            first, last = struct.unpack_from("<II", body)
            found.hidden_columns.append(letter(first) if first == last else f"{letter(first)}:{letter(last)}")
        elif kind == MERGED:
            found.merged.append(_range(body))
        elif kind == FILTER:
            found.filter = _range(body)
    return found


def _range(body: bytes) -> str:
    top, bottom, left, right = struct.unpack_from("<IIII", body)
    return f"{letter(left)}{top + 1}:{letter(right)}{bottom + 1}"


def _comments(data: bytes) -> Iterator[tuple[Place, str]]:
    """Yield the comments of a sheet that others than cmforms made."""
    authors: list[str] = []
    author, place = 0, (0, 0)
    for kind, body in records(data):
        if kind == AUTHOR:
            authors.append(_text(body, 0)[0])
        elif kind == COMMENT:
            author, row, _, column = struct.unpack_from("<IIII", body)
            place = row + 1, column
        elif kind == COMMENT_TEXT and OWN_AUTHOR not in authors[author : author + 1]:
            yield place, _text(body, 1)[0].strip()


def _look_at_cell(found: Gathered, kind: int, body: bytes, row: int, styles: _Styles) -> None:
    """Note a cell that says more than its value: column (4 bytes), style (3 bytes), flags, and the value."""
    column, style = int.from_bytes(body[:4], "little"), int.from_bytes(body[4:7], "little")
    if kind in (CELL_ERROR, FORMULA_ERROR):
        shown = ERRORS.get(body[8], "an error")
        found.instead[row, column] = Unreadable(shown, f"holds the error {shown}")
    elif style in styles.struck:
        found.instead[row, column] = Struck
    elif style in styles.formats:
        found.formats[row, column] = styles.formats[style]
