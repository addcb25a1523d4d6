"""Rows of sheets, however their XML is written: what openpyxl reads is the measure."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from lxml import etree
from openpyxl import Workbook, load_workbook

from cmforms.sources.rowtext import UnusualError, resolved, written_rows
from cmforms.sources.sheetrows import Book

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PART, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
STRINGS_TYPE = (
    f'<Override PartName="/{STRINGS}" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
)


def row(number: int, cells: str, attributes: str = "") -> str:
    return f'<row r="{number}"{attributes}>{cells}</row>'


def inline(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


USUAL = {
    "excel": row(2, '<c r="A2" s="1" t="s"><v>0</v></c><c r="C2"><v>-4.5E-2</v></c>', ' x14ac:dyDescent="1"'),
    "libreoffice": row(1, '<c r="A1" s="0" t="s"><v>1</v></c><c r="B1" t="b"><v>1</v></c>') + '\n<row r="4"/>',
    "inline": row(1, f'{inline("A1", "Ana")}<c r="B1" t="inlineStr"></c><c r="AB1"/>'),
    "spaces": row(3, '<c r="A3" t="inlineStr"><is><t xml:space="preserve"> a\nb </t></is></c>'),
    "references": row(1, inline("A1", "&lt;&#233;&#x1F600; &amp;amp; &quot;")),
    "numberless": '<row><c r="A1"><v>1</v></c></row><row/><row><c r="A3"><v>007</v></c><c r="B3"><v/></c></row>',
    "moments": row(1, '<c r="A1" s="2"><v>45000</v></c><c r="B1" t="d"><v>2026-08-14</v></c>'),
    "errors": row(1, '<c r="A1" t="e"><v>#REF!</v></c><c r="C1" t="str"><v>x</v></c>'),
    "long": "".join(row(n, f'<c r="A{n}"><v>{n}</v></c>') for n in range(1, 9000)),
}
ODD = {
    "rich": row(1, '<c r="A1" t="inlineStr"><is><r><t>A</t></r><r><t>na</t></r></is></c>'),
    "formula": row(1, '<c r="A1"><v>1</v></c>') + row(2, '<c r="A2"><f>1+1</f><v>2</v></c>'),
    "comment": row(1, '<c r="A1"><v>1</v></c>') + '<!-- <row r="9"></row> -->' + row(2, '<c r="A2"><v>2</v></c>'),
    "cdata": row(1, inline("A1", "<![CDATA[</row>]]>")),
    "quotes": "<row r='1'><c r='A1'><v>1</v></c></row>",
    "order": row(1, '<c t="s" r="A1"><v>1</v></c>'),
    "placeless": row(3, '<c><v>1</v></c><c t="s"><v>1</v></c>'),
    "returns": row(1, inline("A1", "a\rb")),
}
BROKEN = {
    "cut": row(1, '<c r="A1"><v>1</v></c>') + '<row r="2"><c r="A2"><v>2</v>',
    "control": row(1, inline("A1", "a\x01b")),
    "reference": row(1, inline("A1", "&#1;")),
    "entity": row(1, inline("A1", "&nbsp;")),
    "ending": row(1, inline("A1", "]]>")),
}


def sheet_of(rows: str, *, cut: bool = False) -> bytes:
    head = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{MAIN}" '
        f'xmlns:x14ac="urn:x14ac"><dimension ref="A1"/><sheetData>'
    )
    return f"{head}{rows}{'' if cut else '</sheetData><pageMargins/></worksheet>'}".encode()


def book_of(sheet: bytes) -> io.BytesIO:
    """Return a workbook with two shared texts, a style of text and one of dates, and this sheet."""
    made, out = io.BytesIO(), io.BytesIO()
    book = Workbook()
    assert book.active
    for place, style in (("A1", "@"), ("A2", "yyyy-mm-dd")):
        book.active[place].number_format = style
    book.save(made)
    shared = f'<sst xmlns="{MAIN}"><si><t>Zoë</t></si><si><t xml:space="preserve"> Ana</t></si></sst>'
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(out, "w") as new:
        parts = {name: old.read(name) for name in old.namelist()} | {PART: sheet, STRINGS: shared.encode()}
        types = parts["[Content_Types].xml"].replace(b"</Types>", STRINGS_TYPE.encode() + b"</Types>")
        for name, data in (parts | {"[Content_Types].xml": types}).items():
            new.writestr(name, data)
    return out


def values_of(sheet: bytes) -> dict[tuple[int, int], Any]:
    (read,) = Book(book_of(sheet)).sheets
    return {(number, cell.column): cell.raw for number, cells in read.rows() for cell in cells if cell.raw != ""}


def expected(sheet: bytes) -> dict[tuple[int, int], Any]:
    (read,) = load_workbook(book_of(sheet), read_only=True).worksheets
    read.reset_dimensions()  # type: ignore[attr-defined]
    rows = [cell for row in read.iter_rows() for cell in row if cell.value is not None]
    return {(cell.row, cell.column - 1): cell.value for cell in rows}


@pytest.mark.parametrize("name", [*USUAL, *ODD])
def test_rows_are_read_as_openpyxl_reads_them(name: str) -> None:
    sheet = sheet_of({**USUAL, **ODD}[name])
    assert values_of(sheet) == expected(sheet)
    if name in USUAL:
        assert sum(len(cells) for _, cells in written_rows(io.BytesIO(sheet)))
    else:
        with pytest.raises(UnusualError):
            list(written_rows(io.BytesIO(sheet)))


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
def test_sheets_in_other_encodings(encoding: str) -> None:
    text = sheet_of(row(1, inline("A1", "é"))).decode()
    assert values_of(text.replace("UTF-8", encoding).encode(encoding)) == {(1, 0): "é"}


def test_sheet_with_a_prefix() -> None:
    rows = '<x:row r="1"><x:c r="B1"><x:v>1</x:v></x:c></x:row>'
    sheet = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
    assert values_of(sheet.encode()) == {(1, 1): 1}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_sheets_raise_what_a_parser_raises(name: str) -> None:
    with pytest.raises(etree.XMLSyntaxError):
        values_of(sheet_of(BROKEN[name], cut=name == "cut"))


def test_one_column_is_read_alone() -> None:
    (read,) = Book(book_of(sheet_of(USUAL["excel"] + ODD["placeless"]))).sheets
    assert [(number, cell.raw) for number, cell in read.column(0)] == [(2, "Zoë"), (3, 1)]


def test_day_beyond_the_calendar_is_in_trouble() -> None:
    (read,) = Book(book_of(sheet_of(row(1, '<c r="A1" s="2"><v>1e300</v></c>')))).sheets
    ((_, (cell,)),) = read.rows()
    assert (cell.raw, cell.trouble) == ("#VALUE!", "holds the error #VALUE!")


def test_references_are_resolved() -> None:
    assert resolved("a&#x41;&apos;&gt;") == "aA'>"
    with pytest.raises(UnusualError):
        resolved("&#xD800;")
