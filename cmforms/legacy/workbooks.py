"""Sheets from workbooks: XLSX, XLSM, XLS, XLSB and ODS, their values by calamine, ten times sooner than openpyxl.

calamine leaves out what no value shows: number formats, errors, formulas that were never calculated, comments, lines
through text. Those `markings` and its sisters look for; of a kind that they do not know a note says so, and an id that
is a number there is asked about, since it may be shown with zeros in front.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from cmforms.errors import Finding, InputError, error, note
from cmforms.legacy.collecting import settled
from cmforms.legacy.markings import Markings, find_markings
from cmforms.legacy.markings_ods import find_ods_markings
from cmforms.legacy.markings_xls import find_xls_markings
from cmforms.legacy.markings_xlsb import find_xlsb_markings
from cmforms.legacy.sheets import Book, HeldRows, Sheet, letter

MOST_CELLS = 40_000_000
MOST_UNPACKED = 2**30
_KINDS = {".xls": "XLS", ".xlsb": "XLSB", ".ods": "ODS"}


def open_workbook(path: Path) -> Book:
    """Open a workbook of any kind, its values in memory. Raises InputError for one that cannot be used."""
    source = str(path)
    _check_size(path, source)
    book = _careful(source, lambda: CalamineWorkbook.from_path(str(path)))
    markings = _careful(source, lambda: _markings(path))
    sheets, findings = [], [] if markings else [_unseen(source, path)]
    with settled():
        for data in book.sheets_metadata:
            if data.typ is SheetTypeEnum.WorkSheet:
                held = _careful(source, lambda name=data.name: book.get_sheet_by_name(name))
                hidden = data.visible is not SheetVisibleEnum.Visible
                sheets.append(_sheet(source, held, hidden, markings.get(data.name)))
            else:
                message = "is a chart or macro sheet; it is not read"
                findings.append(note("sheet-unread", message, source=source, sheet=data.name))
    return Book(source, tuple(sheets), tuple(findings))


def _markings(path: Path) -> dict[str, Markings]:
    if zipfile.is_zipfile(path):
        return find_markings(path) or find_xlsb_markings(path) or find_ods_markings(path)
    return find_xls_markings(path)


def _sheet(source: str, held: Any, hidden: bool, marks: Markings | None) -> Sheet:
    rows, columns = (edge + 1 for edge in held.end or (0, 0))
    if rows * columns > MOST_CELLS:
        raise _unusable(source, f"sheet {held.name} claims {rows:,} rows of {columns:,} columns")
    cells = _careful(source, lambda: held.to_python(skip_empty_area=False))
    marks = marks or Markings(merged=tuple(_ranges(held)))
    marks.put_into(cells)
    return Sheet(
        source,
        held.name,
        HeldRows(cells),
        hidden,
        marks.date1904,
        marks.comments,
        marks.merged,
        marks.findings(source, held.name),
        formats_unseen=marks.date1904 is None,
    )


def _ranges(held: Any) -> list[str]:
    return [
        f"{letter(first[1])}{first[0] + 1}:{letter(last[1])}{last[0] + 1}"
        for first, last in held.merged_cell_ranges or ()
    ]


def _unseen(source: str, path: Path) -> Finding:
    kind = _KINDS.get(path.suffix.lower(), "file")
    return note(
        "marks-unseen",
        f"of this {kind} only values are read: number formats, comments, errors, lines through text are not seen",
        source=source,
        fix="If it has any, save it as .xlsx and import that.",
    )


def _check_size(path: Path, source: str) -> None:
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(member.file_size for member in archive.infolist())
    if unpacked > MOST_UNPACKED:
        raise _unusable(source, f"would unpack to {unpacked / 2**30:.1f} GiB, which no sheet of cases does")


def _careful(source: str, step: Any) -> Any:
    """Take a step of calamine, whose panics derive from BaseException alone."""
    try:
        return step()
    except (KeyboardInterrupt, SystemExit):
        raise
    except CalamineError as trouble:
        secret = "password" in str(trouble).lower() or "encrypt" in str(trouble).lower()
        reason = "is protected by a password" if secret else f"is a damaged workbook ({type(trouble).__name__})"
        raise _unusable(source, reason) from None
    except BaseException as trouble:
        raise _unusable(source, f"is a damaged workbook ({type(trouble).__name__})") from None


def _unusable(source: str, message: str) -> InputError:
    return InputError(
        (
            error(
                "workbook-unusable",
                message,
                source=source,
                fix="Open it in Excel or LibreOffice and save it anew as .xlsx, without a password.",
            ),
        )
    )
