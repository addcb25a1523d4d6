"""An XLSX workbook as sheets of cells: typed values, what formulas gave, merged areas (ECMA-376 part 1, 18)."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cmforms.errors import InputError
from cmforms.labels.grid import Grid, GridCell, shown

MOST_UNPACKED = 32 * 1024 * 1024
"""The most bytes that a form-shaped workbook unpacks to; tables of many cases are not read here."""

MOST_CELLS = 50_000
_FIX = "Open it in Excel or LibreOffice and save it anew as .xlsx."


@dataclass(frozen=True)
class Workbook:
    """The visible sheets of a workbook, and the names of the hidden ones, which are not read."""

    grids: tuple[Grid, ...]
    hidden: tuple[str, ...]


def open_grids(data: bytes, source: str) -> Workbook:
    """Return the sheets of a workbook.

    A formula counts with the value that it last gave, which is in doubt. Raises InputError: `workbook-damaged`,
    `workbook-too-large`.
    """
    from openpyxl import load_workbook

    _check_size(data, source)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values, formulas = (load_workbook(io.BytesIO(data), data_only=kept) for kept in (True, False))
            pairs = [(sheet, formulas[sheet.title]) for sheet in values.worksheets]
            visible = [pair for pair in pairs if pair[0].sheet_state == "visible"]
            if sum(len(sheet._cells) for sheet in values.worksheets) > MOST_CELLS:
                raise _too_large(source)
            grids = tuple(Grid.of(sheet.title, _cells(sheet, typed)) for sheet, typed in visible)
    except InputError:
        raise
    except Exception as trouble:  # openpyxl raises nearly anything on an odd file, and may quote from it
        kind = type(trouble).__name__
        raise InputError.because("workbook-damaged", f"is damaged ({kind})", source=source, fix=_FIX) from None
    return Workbook(grids, tuple(sheet.title for sheet, _ in pairs if sheet.sheet_state != "visible"))


def _check_size(data: bytes, source: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise InputError.because("workbook-damaged", "is cut off or damaged", source=source, fix=_FIX) from None
    if unpacked > MOST_UNPACKED:
        raise _too_large(source)


def _too_large(source: str) -> InputError:
    return InputError.because(
        "workbook-too-large", f"holds more than {MOST_CELLS:,} cells or {MOST_UNPACKED >> 20} MB", source=source,
        fix="A form has a few hundred cells; import tables of cases by `cmforms import`.",
    )  # fmt: skip


def _cells(values: Any, formulas: Any) -> Iterator[GridCell]:
    ends = {(area.min_row, area.min_col): (area.max_row, area.max_col) for area in values.merged_cells.ranges}
    held = [cell for cell in formulas._cells.values() if cell.value is not None]
    for cell in held:
        last_row, last_column = ends.get((cell.row, cell.column), (cell.row, cell.column))
        kept = values.cell(cell.row, cell.column).value
        trouble = _trouble(cell, kept)
        text = shown(kept, cell.number_format) or ("?" if trouble else "")
        yield GridCell(cell.row, cell.column, kept, text, last_row, last_column, trouble)


def _trouble(cell: Any, kept: Any) -> str:
    if cell.data_type == "f":
        return "holds a formula" if kept is not None else "holds a formula that was never worked out"
    return f"holds the error {cell.value}" if cell.data_type == "e" else ""
