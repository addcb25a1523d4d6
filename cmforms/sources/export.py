"""Cases out to a workbook of the starter's shape, which reads back as the same cases."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from openpyxl.cell import WriteOnlyCell

from cmforms.errors import InputError
from cmforms.model import Case
from cmforms.sources.cells import entry_of
from cmforms.sources.layout import (
    add_sheet,
    cases_sheet_columns,
    list_sheet_columns,
    new_workbook,
    number_format,
)
from cmforms.sources.rows import CASE_ID
from cmforms.sources.workbook import CASES
from cmforms.values.columns import Column, Listing, dotted, listings
from cmforms.values.columns import Path as CasePath
from cmforms.values.kinds import Value

LONGEST_CELL = 32_767
_FIRST_YEAR = 1901
_FORMULA_LIKE = ("=", "+", "-", "@", "\t", "\r")


def write_cases(path: Path, cases: Iterable[Case]) -> None:
    """Write cases to a workbook that reads back equal.

    Text that begins like a formula is stored as text and marked so (the quote prefix of ECMA-376 18.8.45):
    no program runs it, and it comes back as typed. Raises InputError for a text longer than a cell holds
    (32,767 characters) and OutputError (exit 3) when the file cannot be written.
    """
    columns = cases_sheet_columns()
    with new_workbook(path) as book:
        sheet = add_sheet(book, CASES, columns)
        lists = [(each, add_sheet(book, each.sheet, list_sheet_columns(each))) for each in listings()]
        for case in cases:
            sheet.append(_row(sheet, case, columns, case))
            for listing, own in lists:
                for entry in _entries(case, listing):
                    own.append([_cell(own, case, CASE_ID, case.id), *_row(own, case, listing.columns, entry)])


def _entries(case: Case, listing: Listing) -> Iterator[Any]:
    entries: list[Any] = _at(case, listing.path) or []
    yield from entries[listing.inline :]


def _row(sheet: Any, case: Case, columns: Sequence[Column], held: Any) -> list[Any]:
    return [_cell(sheet, case, column, _at(held, column.path)) for column in columns]


def _at(held: Any, path: CasePath) -> Any:
    """Return what stands at a path, None where a part or an entry is not there."""
    for step in path:
        if held is None:
            return None
        held = getattr(held, step) if isinstance(step, str) else next(iter(held[step : step + 1]), None)
    return held


def _cell(sheet: Any, case: Case, column: Column, value: Value) -> Any:
    if value is None:
        return None
    entry: Any = entry_of(column, value)
    if isinstance(entry, dt.date) and entry.year < _FIRST_YEAR:
        entry = entry.isoformat()  # the calendar of workbooks begins in 1900
    if isinstance(entry, str):
        return _text_cell(sheet, case, column, _escaped(entry))
    cell = WriteOnlyCell(sheet, entry)
    cell.number_format = number_format(column)
    return cell


def _text_cell(sheet: Any, case: Case, column: Column, text: str) -> Any:
    if len(text) > LONGEST_CELL:
        raise _too_long(case, column, len(text))
    cell = WriteOnlyCell(sheet, text)
    cell.number_format = number_format(column)
    cell.data_type = "s"  # whatever openpyxl takes it for: a formula, an error
    cell.quotePrefix = text.startswith(_FORMULA_LIKE)
    return cell


def _escaped(text: str) -> str:
    """Keep what looks like an `_xHHHH_` escape of ECMA-376 22.9.2.19 from being taken for one."""
    return re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)


def _too_long(case: Case, column: Column, length: int) -> InputError:
    return InputError.because(
        "cell-too-long",
        f"has {length:,} characters; a cell of a workbook holds {LONGEST_CELL:,}",
        case=case.id,
        path=dotted(column.path),
        fix="Export to .jsonl instead.",
    )
