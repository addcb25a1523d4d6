"""The user's own workbook once more, its faulty cells marked and explained, to be corrected and imported again."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.properties import PageSetupProperties

from cmforms.files import read_bytes, write_whole
from cmforms.legacy.cells import as_text
from cmforms.legacy.markings import OWN_AUTHOR
from cmforms.legacy.planning import Plan
from cmforms.legacy.sheets import Struck, Unreadable, is_blank, letter

_WIDTHS = {"A": 18, "B": 8, "C": 14, "D": 18, "E": 70, "F": 60}
"""Of the columns of findings, in characters."""

SUMMARY, SUMMARY_OF_REST = "cmforms findings", "cmforms rows that wait"
"""The names of the sheet of findings: in the whole workbook, and in one that holds the rows that wait alone."""

_MARKED = PatternFill("solid", fgColor="FFC7CE")
_FORMULA_LIKE = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Reject:
    """A cell that keeps its row out, or with no column a whole row: what is wrong by which rule, and what to do."""

    sheet: str | None
    row: int
    column: int | None
    code: str
    message: str
    fix: str


def write_rejects(path: Path, original: Path, plans: Sequence[Plan], rejects: Sequence[Reject]) -> None:
    """Write the workbook. Of text and of old formats it holds the headers and the rows that wait, as text.

    Raises OutputError (exit 3) when it cannot be written.
    """
    if _is_xlsx(original):
        book = load_workbook(io.BytesIO(read_bytes(original)), rich_text=True)
        summary = SUMMARY_OF_REST if SUMMARY_OF_REST in book.sheetnames else SUMMARY
        if summary in book.sheetnames:
            del book[summary]
        titles: dict[str | None, str] = {title: title for title in book.sheetnames}
        rows: dict[Any, int] = {}
    else:
        summary = SUMMARY_OF_REST
        book, titles, rows = _rebuilt(plans, rejects)
    for sheet in book.worksheets:
        _unmark(sheet)
    placed = [(titles[each.sheet], rows.get((each.sheet, each.row), each.row), each) for each in rejects]
    for title, row, reject in placed:
        _mark(book[title], row, reject)
    _summarise(book, summary, placed)
    kept = io.BytesIO()
    book.save(kept)
    write_whole(path, kept.getvalue())


def _is_xlsx(path: Path) -> bool:
    return zipfile.is_zipfile(path) and "xl/workbook.xml" in zipfile.ZipFile(path).namelist()


def _rebuilt(plans: Sequence[Plan], rejects: Sequence[Reject]) -> tuple[Any, dict[str | None, str], dict[Any, int]]:
    """Make a workbook of the rows that wait, below everything that stands above the first of them as headers."""
    book = Workbook()
    book.remove(book.worksheets[0])
    titles: dict[str | None, str] = {}
    rows: dict[tuple[str | None, int], int] = {}
    for plan in plans:
        sheet = plan.sheet
        wanted = {each.row for each in rejects if each.sheet == sheet.name}
        if not wanted:
            continue
        made = book.create_sheet(sheet.name or "table")
        titles[sheet.name], at = made.title, 0
        heads = plan.header.last
        for number, row in sheet.rows:
            if number <= heads or number in wanted:
                at += 1
                rows[sheet.name, number] = at
                for column, raw in enumerate(row, 1):
                    _put(made.cell(at, column), raw)
    return book, titles, rows


def _put(cell: Any, raw: Any) -> None:
    if is_blank(raw):
        return
    held = raw.shown if isinstance(raw, (Struck, Unreadable)) else raw
    cell.value = as_text(held) if isinstance(held, (str, bool)) else held
    if isinstance(held, str):
        cell.data_type, cell.number_format = "s", "@"
        cell.quotePrefix = held.startswith(_FORMULA_LIKE)


def _unmark(sheet: Any) -> None:
    """Take away the marks of an earlier import."""
    for row in sheet.iter_rows():
        for cell in row:
            if cell.comment and cell.comment.author == OWN_AUTHOR:
                cell.comment = None
                if cell.fill.fgColor.rgb == "00FFC7CE":
                    cell.fill = PatternFill()


def _mark(sheet: Any, row: int, reject: Reject) -> None:
    cell = sheet.cell(row, (reject.column or 0) + 1)
    said = f"{reject.message}. {reject.fix}".strip()
    if cell.comment:
        said = f"{cell.comment.text}\n{said}"
    cell.comment = Comment(said, OWN_AUTHOR, height=110, width=300)
    cell.fill = _MARKED


def _summarise(book: Any, name: str, placed: Iterable[tuple[str, int, Reject]]) -> None:
    sheet = book.create_sheet(name, 0)
    sheet.append(["Sheet", "Cell", "Row in the file", "Rule", "What is wrong", "What to do"])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for title, row, each in placed:
        place = f"{letter(each.column or 0)}{row}"
        sheet.append([title, place, each.row, each.code, each.message, each.fix])
        for written in sheet[sheet.max_row]:
            written.alignment = Alignment(vertical="top", wrap_text=True)
            if isinstance(written.value, str):
                written.data_type = "s"
        lines = max(len(each.message) // _WIDTHS["E"], len(each.fix) // _WIDTHS["F"]) + 1
        sheet.row_dimensions[sheet.max_row].height = 15 * lines
        sheet.cell(sheet.max_row, 2).hyperlink = f"#'{title.replace(chr(39), chr(39) * 2)}'!{place}"
    for column, width in _WIDTHS.items():
        sheet.column_dimensions[column].width = width
    sheet.freeze_panes = "A2"
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
