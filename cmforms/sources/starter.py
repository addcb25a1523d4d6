"""The clerk's starter workbook: a column for each value of the case model, with help, lists and formats."""

from __future__ import annotations

from pathlib import Path

from cmforms.sources.layout import add_sheet, cases_sheet_columns, list_sheet_columns, new_workbook
from cmforms.sources.workbook import CASES
from cmforms.values.columns import listings


def write_starter(path: Path) -> None:
    """Write an empty workbook that `cmforms fill` takes once rows are filled in.

    Raises OutputError (exit 3) when it cannot be written.
    """
    with new_workbook(path) as book:
        add_sheet(book, CASES, cases_sheet_columns())
        for listing in listings():
            add_sheet(book, listing.sheet, list_sheet_columns(listing))
