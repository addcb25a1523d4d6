"""How a workbook of cases looks: headers with their help, drop-down lists, formats, widths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from cmforms.errors import OutputError
from cmforms.files import write_whole
from cmforms.model import Case, plain
from cmforms.resources import shipped
from cmforms.sources.cells import choices, entry_of, example
from cmforms.sources.results import SourcedCase
from cmforms.sources.rows import CASE_ID
from cmforms.sources.workbook import CASES, READ_ME
from cmforms.sources.yamlcase import iter_yaml
from cmforms.values.columns import Column, Listing, case_columns, dotted, listings
from cmforms.values.columns import Path as CasePath
from cmforms.values.kinds import Kind

_FORMATS = {Kind.DATE: "yyyy-mm-dd", Kind.TIME: "hh:mm"}
LONGEST_EXAMPLE = 60
HEADER_HEIGHT = 48
_LAST_ROW = 1_048_576
_NEEDED = PatternFill("solid", fgColor="FFE08A")
_NEEDED_WITH = PatternFill("solid", fgColor="FFF4D0")
_OPTIONAL = PatternFill("solid", fgColor="E6ECF2")
_TYPES = {
    Kind.TEXT: "text",
    Kind.DATE: "date",
    Kind.TIME: "time of day",
    Kind.CHECK: "yes or no",
    Kind.INTEGER: "whole number",
    Kind.DECIMAL: "number",
    Kind.CHOICE: "one of the list",
}


def cases_sheet_columns() -> list[Column]:
    """Return the columns of the sheet of cases in the order of the model, first entries of lists too."""
    columns = list(case_columns())
    for listing in listings():
        for index in range(listing.inline):
            columns += [listing.numbered(index, column) for column in listing.columns]
    parts = list(Case.model_fields)
    return sorted(columns, key=lambda column: parts.index(str(column.path[0])))


def list_sheet_columns(listing: Listing) -> list[Column]:
    """Return the columns of a list's own sheet: the case id, then those of an entry."""
    return [CASE_ID, *listing.columns]


@contextmanager
def new_workbook(path: Path) -> Iterator[Workbook]:
    """Give a workbook to write row by row, with the sheet that explains the others; then write it whole.

    Raises OutputError (exit 3) when it cannot be written.
    """
    book, stream = Workbook(write_only=True), BytesIO()
    try:
        try:
            _write_read_me(book.create_sheet(READ_ME))
            yield book
        finally:
            book.save(stream)  # after a fault too: it takes away the temporary file of each sheet
    except OSError as trouble:
        raise OutputError.because(
            "output-not-writable", f"cannot be written: {trouble}", source=str(path)
        ) from None
    write_whole(path, stream.getvalue())


def add_sheet(book: Workbook, title: str, columns: Sequence[Column]) -> Any:
    """Add a sheet with its row of headers; rows of values can be appended to it."""
    sheet: Any = book.create_sheet(title)
    sheet.freeze_panes = "C2" if title == CASES else "B2"
    for number, column in enumerate(columns, 1):
        _prepare(sheet, get_column_letter(number), column)
    sheet.row_dimensions[1].height = HEADER_HEIGHT
    sheet.append([_header(sheet, column) for column in columns])
    return sheet


def number_format(column: Column) -> str:
    """Return the format of a column's cells: text stays as typed, so grade 08 does not turn into 8."""
    if column.kind in (Kind.INTEGER, Kind.DECIMAL) or (column.options and isinstance(column.options[0], int)):
        return "General"
    return _FORMATS.get(column.kind, "@")


def _prepare(sheet: Any, letter: str, column: Column) -> None:
    dimension = sheet.column_dimensions[letter]
    dimension.width = max(12, min(28, len(column.label) + 3))
    dimension.number_format = number_format(column)
    if offered := choices(column):
        listed = ",".join(str(choice) for choice in offered)
        rule = DataValidation("list", formula1=f'"{listed}"', allow_blank=True)
        rule.errorTitle, rule.error = (
            "Not in the list",
            f"Choose one of: {', '.join(map(str, offered))}."[:250],
        )
        rule.showErrorMessage = True
        rule.add(f"{letter}2:{letter}{_LAST_ROW}")
        sheet.data_validations.append(rule)


def _header(sheet: Any, column: Column) -> Any:
    cell = WriteOnlyCell(sheet, column.label + (" *" if column.needed == "always" else ""))
    cell.font = Font(bold=bool(column.needed))
    cell.fill = _OPTIONAL if not column.needed else _NEEDED if column.needed == "always" else _NEEDED_WITH
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell.comment = Comment(help_for(column), "cmforms", height=130, width=320)
    return cell


def help_for(column: Column) -> str:
    """Explain a column: its path in a case file, type, options, an example, and whether it is needed."""
    lines = [dotted(column.path) or column.label, f"Type: {_TYPES[column.kind]}"]
    if offered := choices(column):
        lines.append(f"Takes: {', '.join(map(str, offered))}")
    lines.append(f"Example: {sample_texts().get(_generic(column.path)) or example(column)}")
    if column.default is not None:
        lines.append(f"When empty: {entry_of(column, column.default)}")
    if column.needed:
        part = column.needed.removeprefix("with ")
        lines.append("Needed." if part == "always" else f"Needed once a value of “{part}” is given.")
    return "\n".join(lines)


def _generic(path: CasePath) -> str:
    return dotted(tuple(step for step in path if isinstance(step, str)))


@cache
def sample_texts() -> dict[str, str]:
    """Return a short text for each path of a case, the first that the shipped sample cases give."""
    found: dict[str, str] = {}
    for file in sorted((shipped("samples") / "cases").glob("*.yaml")):
        for item in iter_yaml(file):
            for path, text in _texts(plain(item.case)) if isinstance(item, SourcedCase) else ():
                found.setdefault(path, text)
    return found


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, f"{path}.{key}".removeprefix("."))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, path)
    elif isinstance(value, str) and len(value) <= LONGEST_EXAMPLE:
        yield path, value


_READ_ME = (
    "Cases for cmforms",
    "",
    "Fill in one row for each case on the sheet Cases. Then run, for example:",
    "    cmforms fill THIS-FILE.xlsx --packet intake --out FOLDER",
    "Point at a header to see what the column takes, an example, and whether it is needed.",
    "Dark yellow and *: always needed. Light yellow: needed once its part is begun, such as Committee.",
    "Leave empty what nobody knows. An empty cell is never printed as a guess.",
    "Dates: type them as 2026-08-14. A real date of the program is fine; 3/4/2026 as text is refused.",
    "Numbers of students and schools, ZIP codes and telephones are text, so that leading zeros stay.",
    "A header may also be the path of a case file, such as student.given_name. Columns may be moved.",
    "A column of your own is left unread when its header begins with #.",
    "Lists have sheets of their own: a row for each entry, the case id in the first column.",
)


def _write_read_me(sheet: Any) -> None:
    sheet.column_dimensions["A"].width = 120
    for line in _READ_ME:
        cell = WriteOnlyCell(sheet, line)
        cell.font = Font(bold=line == _READ_ME[0], size=14 if line == _READ_ME[0] else 11)
        sheet.append([cell])
    for listing in listings():
        sheet.append([f"    {listing.sheet}: {_extent(listing)}"])


def _extent(listing: Listing) -> str:
    begin = f"from {listing.entry.lower()} {listing.inline + 1} on; " if listing.inline else ""
    return begin + ", ".join(column.label.lower() for column in listing.columns[:4])
