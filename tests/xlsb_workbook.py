"""A minimal XLSB written record by record ([MS-XLSB] 2.1.4), since no library here writes one."""

from __future__ import annotations

import datetime as dt
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

TYPES = """<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>
<Override PartName="/xl/worksheets/sheet1.bin" ContentType="application/vnd.ms-excel.worksheet"/>
<Override PartName="/xl/styles.bin" ContentType="application/vnd.ms-excel.styles"/></Types>"""
LINKS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
FORMATS = ("0000000", "m/d/yyyy")
PLAIN, PADDED, DATE, STRUCK = range(4)
ERRORS = {"#N/A": 42}


class Styled(NamedTuple):
    """A value with one of the styles."""

    value: Any
    style: int


class Note(NamedTuple):
    """A comment on a cell; row and column count from 0."""

    row: int
    column: int
    author: str
    text: str


def write_xlsb(
    path: Path, rows: Sequence[Sequence[Any]], hidden: Sequence[int] = (), date1904: bool = False,
    comments: Sequence[Note] = (),
) -> None:
    """Write rows as the only sheet, named `List`; `hidden` rows count from 1, texts such as #N/A are error cells."""
    book = _record(131) + _record(153, struct.pack("<III", date1904, 0, 0)) + _record(143)
    book += _record(156, struct.pack("<II", 0, 1) + _text("rId1") + _text("List")) + _record(144) + _record(132)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", LINKS.format(_link(1, "officeDocument", "xl/workbook.bin")))
        links = _link(1, "worksheet", "worksheets/sheet1.bin") + _link(2, "styles", "styles.bin")
        archive.writestr("xl/_rels/workbook.bin.rels", LINKS.format(links))
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/styles.bin", _styles())
        archive.writestr("xl/worksheets/sheet1.bin", _sheet(rows, hidden))
        if comments:
            links = LINKS.format(_link(1, "comments", "../comments1.bin"))
            archive.writestr("xl/worksheets/_rels/sheet1.bin.rels", links)
            archive.writestr("xl/comments1.bin", _comments(comments))


def _link(number: int, kind: str, target: str) -> str:
    return f'<Relationship Id="rId{number}" Type="{KIND}/{kind}" Target="{target}"/>'


def _record(kind: int, body: bytes = b"") -> bytes:
    return _number(kind) + _number(len(body)) + body


def _number(value: int) -> bytes:
    made = b""
    while value > 0x7F:
        made, value = made + bytes([value & 0x7F | 0x80]), value >> 7
    return made + bytes([value])


def _text(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _comments(comments: Sequence[Note]) -> bytes:
    authors = sorted({comment.author for comment in comments})
    made = _record(628) + _record(630) + b"".join(_record(632, _text(author)) for author in authors) + _record(631)
    made += _record(633)
    for each in comments:
        place = struct.pack("<IIIII", authors.index(each.author), each.row, each.row, each.column, each.column)
        made += _record(635, place + bytes(16)) + _record(637, b"\0" + _text(each.text)) + _record(636)
    return made + _record(634) + _record(629)


def _styles() -> bytes:
    made = _record(278) + _record(615, struct.pack("<I", len(FORMATS)))
    for number, code in enumerate(FORMATS):
        made += _record(44, struct.pack("<H", 164 + number) + _text(code))
    made += _record(616) + _record(611, struct.pack("<I", 2))
    for strike in (0, 8):
        made += _record(43, struct.pack("<HHHHBBBB", 220, strike, 400, 0, 0, 2, 0, 0) + bytes(9) + _text("Calibri"))
    made += _record(612) + _record(617, struct.pack("<I", 4))
    for code, font in ((0, 0), (164, 0), (165, 0), (0, 1)):
        made += _record(47, struct.pack("<HHHHH", 0, code, font, 0, 0) + bytes(6))
    return made + _record(618) + _record(279)


def _sheet(rows: Sequence[Sequence[Any]], hidden: Sequence[int]) -> bytes:
    edges = struct.pack("<IIII", 0, len(rows) - 1, 0, max(map(len, rows)) - 1)
    made = _record(129) + _record(148, edges) + _record(145)
    for number, row in enumerate(rows):
        flags = bytes([0, 0x10 if number + 1 in hidden else 0, 0])
        made += _record(0, struct.pack("<IIH", number, 0, 300) + flags + struct.pack("<I", 0))
        for column, held in enumerate(row):
            if held is not None and held != "":
                made += _cell(column, *(held if isinstance(held, Styled) else (held, PLAIN)))
    filtered = _record(161, struct.pack("<IIII", 1, 3, 0, 2)) + _record(162)
    merged = _record(177, struct.pack("<I", 1)) + _record(176, struct.pack("<IIII", 0, 0, 0, 2)) + _record(178)
    return made + _record(146) + filtered + merged + _record(130)


def _cell(column: int, value: Any, style: int) -> bytes:
    head = struct.pack("<II", column, style)
    if value in ERRORS:
        return _record(3, head + bytes([ERRORS[value]]))
    if isinstance(value, dt.date):
        value, head = (value - dt.date(1899, 12, 30)).days, struct.pack("<II", column, DATE)
    if isinstance(value, (int, float)):
        return _record(5, head + struct.pack("<d", value))
    return _record(6, head + _text(value))
