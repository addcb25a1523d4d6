"""Cases from a workbook (XLSX): the sheet `Cases` with a row for each, and a sheet for each list."""

from __future__ import annotations

import pickle
import re
import tempfile
import warnings
import zipfile
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache, partial
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl import load_workbook

from cmforms.errors import CmformsError, Finding, InputError, Severity, Where
from cmforms.model.loading import nearest
from cmforms.sources.results import Items
from cmforms.sources.rows import (
    CASE_ID,
    Cell,
    Entry,
    Header,
    Spot,
    case_of,
    fault,
    listed_under,
    place,
    required_columns,
)
from cmforms.sources.sheetrows import ERROR, FORMULA, SheetCell, sheet_rows
from cmforms.values.columns import Column, Listing, column_for, entry_column, listings
from cmforms.values.columns import Path as CasePath

CASES = "Cases"
READ_ME = "Read me"
MOST_UNPACKED = 2**30
LAST_ROW = 1_048_576


class _Lists:
    """The entries of all lists by case id, and the ids that no row of cases has asked for yet.

    There may be ten times as many entries as cases, so they wait in a file without a name: it is gone when the
    process is, however that ends.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self._places: dict[str, array[int]] = {}
        self.waiting: dict[str, Spot] = {}

    def add(self, case_id: str, listing: Listing, entries: list[Entry]) -> None:
        """Keep one row of a list's sheet."""
        numbers = _numbers(listing)
        held = [(numbers[column.path], cell.raw, cell.spot, *cell[2:]) for column, cell in entries]
        self._places.setdefault(case_id, array("Q")).append(self._file.tell())
        pickle.dump((listings().index(listing), [(*one[:2], *one[2], *one[3:]) for one in held]), self._file, 5)

    def of(self, case_id: str | None) -> dict[CasePath, list[list[Entry]]]:
        """Return the rows of a case by list, in the order of the sheets."""
        found: dict[CasePath, list[list[Entry]]] = defaultdict(list)
        for at in self._places.get(case_id or "", ()):
            self._file.seek(at)
            which, entries = pickle.load(self._file)  # noqa: S301 - nobody else can reach a file without a name
            listing = listings()[which]
            row = [
                Entry(listing.columns[number], Cell(raw, Spot(sheet, line, column), shown, trouble))
                for number, raw, sheet, line, column, shown, trouble in entries
            ]
            found[listing.path].append(row)
        self.waiting.pop(case_id or "", None)
        return found

    def ids(self) -> list[str]:
        """Return the ids of all cases that have entries."""
        return list(self._places)

    def close(self) -> None:
        """Let the file go."""
        self._file.close()


@cache
def _numbers(listing: Listing) -> dict[CasePath, int]:
    return {column.path: number for number, column in enumerate(listing.columns)}


def iter_workbook(path: Path) -> Items:
    """Yield the cases and findings of a workbook, row by row; the sheets of lists are read first.

    Raises InputError for a file that is no workbook, holds no cases or has faulty headers.
    """
    _check_size(path)
    with path.open("rb") as stream, closing(_open(stream, str(path))) as book, closing(_Lists()) as lists:
        sheets = {sheet.title.casefold().strip(): sheet for sheet in book.worksheets}
        cases = _cases_sheet(path, sheets)
        yield from _odd_sheets(path, sheets, cases)
        for listing in listings():
            if sheet := sheets.get(listing.sheet.casefold()):
                yield from _gather(str(path), sheet, listing, lists)
        yield from _rows_of_cases(str(path), cases, lists)
        yield from _orphans(str(path), lists)


def _rows_of_cases(source: str, sheet: Any, lists: _Lists) -> Items:
    for first, entries in _entries(source, sheet, column_for, required_columns()):
        if isinstance(entries, InputError):
            yield from entries.findings
            continue
        try:
            yield case_of(source, first, entries, lists.of(_case_id(entries)))
        except InputError as trouble:
            yield from trouble.findings


def _gather(source: str, sheet: Any, listing: Listing, lists: _Lists) -> Items:
    def find(header: str) -> Column | None:
        return CASE_ID if column_for(header) == CASE_ID else entry_column(listing, header)

    for first, entries in _entries(source, sheet, find, [CASE_ID]):
        if isinstance(entries, InputError):
            yield from entries.findings
        elif case_id := _case_id(entries):
            lists.add(case_id, listing, listed_under(entries))
            lists.waiting.setdefault(case_id, first)
        else:
            yield fault(
                "row-without-case", "this row does not say which case it belongs to", place(source, first)
            )


def _entries(
    source: str, sheet: Any, find: Callable[[str], Column | None], needed: list[Column]
) -> Iterator[tuple[Spot, list[Entry] | InputError]]:
    """Yield the first cell and the entries of each row that is not blank, or what is wrong with the row."""
    rows = _rows(source, sheet)
    header = Header.of(source, next(rows, []), find, needed)
    for cells in rows:
        first = Spot(sheet.title, cells[0].spot.row, 0)
        try:
            if entries := header.entries(cells):
                yield first, entries
        except InputError as trouble:
            yield first, trouble


def _rows(source: str, sheet: Any) -> Iterator[list[Cell]]:
    """Yield the cells that hold something, row by row; blank rows are left out."""
    rows = sheet_rows(sheet)
    while (row := _careful(source, partial(next, rows, None))) is not None:
        number, cells = row
        if number > LAST_ROW:
            raise _unusable(source, f"sheet {sheet.title} claims more than {LAST_ROW:,} rows")
        yield [_cell(sheet.title, number, cell) for cell in cells]


def _cell(sheet: str, row: int, cell: SheetCell) -> Cell:
    spot, raw = Spot(sheet, row, cell.column), cell.value
    if cell.kind == FORMULA:
        return Cell(raw, spot, trouble="holds a formula; copy it and paste its value")
    if cell.kind == ERROR:
        return Cell(raw, spot, trouble=f"holds the error {raw}")
    if isinstance(raw, str):
        return Cell(_unescaped(raw), spot)
    return Cell(raw, spot, cell.number_format)


def _unescaped(text: str) -> str:
    """Undo the `_xHHHH_` escapes of ECMA-376 22.9.2.19, as far as openpyxl leaves them."""
    if "_x" not in text:
        return text
    return re.sub(r"(_)x005F_(?=x[0-9A-Fa-f]{4}_)|_x000D_(?=\n)", lambda found: found[1] or "", text)


def _case_id(entries: list[Entry]) -> str | None:
    return next((str(entry.cell.raw).strip() for entry in entries if entry.column is CASE_ID), None)


def _cases_sheet(path: Path, sheets: dict[str, Any]) -> Any:
    if found := sheets.get(CASES.casefold()):
        return found
    if len(sheets) == 1:
        return next(iter(sheets.values()))
    raise InputError.because(
        "sheet-missing",
        f"has no sheet {CASES!r}; its sheets are: {', '.join(sheet.title for sheet in sheets.values())}",
        source=str(path),
        fix="Make a workbook with `cmforms cases template OUT.xlsx`.",
    )


def _odd_sheets(path: Path, sheets: dict[str, Any], cases: Any) -> Iterator[Finding]:
    known = {listing.sheet.casefold() for listing in listings()} | {READ_ME.casefold()}
    for name, sheet in sheets.items():
        if name not in known and sheet is not cases:
            near = nearest(sheet.title, [listing.sheet for listing in listings()])
            hint = f"; did you mean {near!r}?" if near else ""
            severity = Severity.REVIEW if near else Severity.NOTE
            where = Where(source=str(path), sheet=sheet.title)
            yield Finding("sheet-unread", severity, f"this sheet is not read{hint}", where)


def _orphans(source: str, lists: _Lists) -> Iterator[Finding]:
    for case_id, spot in lists.waiting.items():
        near = nearest(case_id, [known for known in lists.ids() if known not in lists.waiting])
        hint = f"; did you mean {near!r}?" if near else ""
        message = f"sheet {CASES} has no case {case_id!r}{hint}"
        yield fault("row-without-case", message, place(source, spot, case_id))


def _check_size(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (OSError, zipfile.BadZipFile, ValueError) as trouble:
        raise _unusable(str(path), f"is a damaged workbook ({type(trouble).__name__})") from None
    if unpacked > MOST_UNPACKED:
        raise _unusable(
            str(path), f"would unpack to {unpacked / 2**30:.1f} GiB, which no workbook of cases does"
        )


def _open(stream: BinaryIO, source: str) -> Any:
    return _careful(source, partial(load_workbook, stream, read_only=True, keep_links=False))


def _careful(source: str, step: Callable[[], Any]) -> Any:
    """Take a step of openpyxl, which raises nearly anything on an odd file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return step()
    except CmformsError:
        raise
    except Exception as trouble:
        raise _unusable(source, f"is a damaged workbook ({type(trouble).__name__})") from None


def _unusable(source: str, message: str) -> InputError:
    return InputError.because(
        "workbook-unusable",
        message,
        source=source,
        fix="Open it in Excel or LibreOffice and save it anew as .xlsx.",
    )
