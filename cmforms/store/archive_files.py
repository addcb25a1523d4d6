"""An archive of the records as a file: JSON lines, a ZIP of CSV files, or a workbook; a part for each table.

In CSV and workbooks every cell is text. One that a spreadsheet would take for a formula (it begins with = + - @, a tab
or a carriage return, CWE-1236) gets an apostrophe in front, and so does one that begins with an apostrophe itself, or
is empty; what a cell cannot hold is written as an apostrophe and a JSON string. So all of it reads back as it was.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import JSON, Boolean, Column, Float, Integer

from cmforms.canonical import canonical
from cmforms.errors import InputError
from cmforms.store.archive import TABLES, Plain

Rows = Iterable[tuple[str, Mapping[str, Any]]]

LONGEST_CELL = 32_767
_READ_ME = "All records of a workspace; `cmforms cases restore` takes this file back as it is."
_MARKED = tuple("=+-@\t\r'")
_UNFIT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]|_x[0-9A-Fa-f]{4}_")


def write_archive(out: BinaryIO, suffix: str, rows: Rows) -> int:
    """Write rows in the form that the suffix names; return their number. Raises InputError for another suffix."""
    writers = {".jsonl": _write_lines, ".zip": _write_csv, ".xlsx": _write_workbook}
    if suffix not in writers:
        raise InputError.because(
            "archive-format", f"cannot write {suffix!r}", fix="End the name in .jsonl, .zip (CSV files) or .xlsx."
        )
    counted = _Counted(rows)
    writers[suffix](out, counted)
    return counted.count


def read_archive(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the rows of an archive. Raises InputError for a file that is none."""
    readers = {".jsonl": _read_lines, ".zip": _read_csv, ".xlsx": _read_workbook}
    try:
        yield from readers[path.suffix](path)
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile) as trouble:
        raise InputError.because(
            "archive-faulty", f"is no archive of records ({type(trouble).__name__})", source=str(path),
            fix="Give a file that `cmforms cases export --everything` or `cmforms cases backup` wrote.",
        ) from None


class _Counted:
    """Rows that are counted as they go by."""

    def __init__(self, rows: Rows) -> None:
        self.count = 0
        self._rows = rows

    def __iter__(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for row in self._rows:
            self.count += 1
            yield row


def _write_lines(out: BinaryIO, rows: Rows) -> None:
    for name, row in rows:
        out.write(json.dumps({"table": name, **row}, ensure_ascii=False).encode() + b"\n")


def _read_lines(path: Path) -> Rows:
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            row = json.loads(line)
            yield row.pop("table"), row


def _write_csv(out: BinaryIO, rows: Rows) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, some in groupby(rows, key=lambda row: row[0]):
            with archive.open(f"{name}.csv", "w") as part, io.TextIOWrapper(part, "utf-8-sig", newline="") as text:
                writer = csv.writer(text)
                writer.writerow(TABLES[name].c.keys())
                writer.writerows(_cells(name, row) for _, row in some)


def _read_csv(path: Path) -> Rows:
    csv.field_size_limit(2**31 - 1)
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            with archive.open(member) as part, io.TextIOWrapper(part, "utf-8-sig", newline="") as text:
                reader = csv.reader(text)
                yield from _plain_rows(member.removesuffix(".csv"), next(reader), reader)


def _write_workbook(out: BinaryIO, rows: Rows) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    try:
        for name, some in groupby(rows, key=lambda row: row[0]):
            sheet = book.create_sheet(name)
            sheet.append(TABLES[name].c.keys())
            for _, row in some:
                sheet.append([_fitting(name, cell) for cell in _cells(name, row)])
    finally:
        book.create_sheet("read me").append([_READ_ME])
        book.save(out)  # after a fault too: it takes away the temporary file of each sheet


def _read_workbook(path: Path) -> Rows:
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True)
    try:
        for sheet in book.worksheets[:-1]:
            rows = sheet.iter_rows(values_only=True)
            header = [str(name) for name in next(rows)]
            yield from _plain_rows(sheet.title, header, ([_text(cell) for cell in row] for row in rows))
    finally:
        book.close()


def _text(cell: object) -> str:
    return "" if cell is None else str(cell)


def _fitting(name: str, cell: str | None) -> str | None:
    if cell is not None and len(cell) > LONGEST_CELL:
        raise InputError.because(
            "cell-too-long", f"a row of {name} has {len(cell):,} characters; a cell holds {LONGEST_CELL:,}",
            fix="Export to .jsonl or .zip instead.",
        )
    return cell


def _cells(name: str, row: Mapping[str, Any]) -> list[str | None]:
    return [_cell(column, row[column.name]) for column in TABLES[name].c]


def _cell(column: Column[Any], value: Any) -> str | None:
    """Return the text of a cell; None, an empty cell, for no value."""
    if value is None:
        return None
    text = value if isinstance(value, str) and not isinstance(column.type, JSON) else canonical(value)
    if _UNFIT.search(text):
        return "'" + json.dumps(text).replace("_x", "\\u005fx")
    return f"'{text}" if not text or text.startswith(_MARKED) else text


def _plain_rows(name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Rows:
    columns = [TABLES[name].c[title] for title in header]
    for row in rows:
        cells = [*row, *[""] * (len(columns) - len(row))]
        plain: Plain = {column.name: _value(column, cell) for column, cell in zip(columns, cells, strict=True)}
        yield name, plain


def _value(column: Column[Any], cell: str) -> Any:
    """Turn the text of a cell back into the value that `_cell` wrote."""
    if not cell:
        return None
    text = json.loads(cell[1:]) if cell.startswith("'\"") else cell.removeprefix("'")
    if isinstance(column.type, (JSON, Boolean)):
        return json.loads(text)
    if isinstance(column.type, Float):
        return float(text)
    return int(text) if isinstance(column.type, Integer) else text
