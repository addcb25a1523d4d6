"""Cases from a workbook (XLSX): the sheet `Cases` with a row for each, and a sheet for each list."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import BinaryIO

from cmforms.errors import Finding, InputError, Severity, Where
from cmforms.model.loading import nearest
from cmforms.sources.results import Items
from cmforms.sources.rows import CASE_ID, Entries, case_id_of, case_of, fault, place, required_columns
from cmforms.sources.sheetrows import Book, Sheet
from cmforms.sources.tables import ListSheet, Table, careful, unusable
from cmforms.values.columns import Column, Listing, column_for, entry_column, listings
from cmforms.values.columns import Path as CasePath

CASES = "Cases"
READ_ME = "Read me"
MOST_UNPACKED = 2**30


def iter_workbook(path: Path) -> Items:
    """Yield the cases and findings of a workbook, row by row; the sheets of lists are read along with the cases.

    Raises InputError for a file that is no workbook, holds no cases or has faulty headers.
    """
    _check_size(path)
    source = str(path)
    with path.open("rb") as stream, closing(_open(stream, source)) as book, ExitStack() as closed:
        sheets = {sheet.title.casefold().strip(): sheet for sheet in book.sheets}
        cases = _cases_sheet(path, sheets)
        yield from _odd_sheets(path, sheets, cases)
        lists = [
            closed.enter_context(closing(ListSheet(Table(source, sheet, _finder(listing), [CASE_ID]), listing)))
            for listing in listings()
            if (sheet := sheets.get(listing.sheet.casefold()))
        ]
        known: set[str] = set()
        yield from _rows_of_cases(Table(source, cases, column_for, required_columns()), lists, known)
        yield from _rest(lists, known)


def _finder(listing: Listing) -> Callable[[str], Column | None]:
    def find(header: str) -> Column | None:
        return CASE_ID if column_for(header) == CASE_ID else entry_column(listing, header)

    return find


def _rows_of_cases(cases: Table, lists: Sequence[ListSheet], known: set[str]) -> Items:
    for _, row in cases.rows():
        if isinstance(row, InputError):
            yield from row.findings
            continue
        further: dict[CasePath, list[Entries]] = {}
        if case_id := case_id_of(row):
            known.add(case_id)
            for each in lists:
                if found := each.of(case_id):
                    further[each.listing.path] = found
                yield from each.said()
        try:
            yield case_of(cases.source, row, further)
        except InputError as trouble:
            yield from trouble.findings


def _rest(lists: Sequence[ListSheet], known: Collection[str]) -> Iterator[Finding]:
    """Read the lists to their ends and tell, once, of each case that only they name."""
    unknown: set[str] = set()
    for each in lists:
        for case_id, row in each.rest():
            if case_id not in unknown:
                unknown.add(case_id)
                near = nearest(case_id, list(known))
                hint = f"; did you mean {near!r}?" if near else ""
                message = f"sheet {CASES} has no case {case_id!r}{hint}"
                yield fault("row-without-case", message, place(each.table.source, row, case=case_id))
        yield from each.said()


def _cases_sheet(path: Path, sheets: Mapping[str, Sheet]) -> Sheet:
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


def _odd_sheets(path: Path, sheets: Mapping[str, Sheet], cases: Sheet) -> Iterator[Finding]:
    known = {listing.sheet.casefold() for listing in listings()} | {READ_ME.casefold()}
    for name, sheet in sheets.items():
        if name not in known and sheet is not cases:
            near = nearest(sheet.title, [listing.sheet for listing in listings()])
            hint = f"; did you mean {near!r}?" if near else ""
            severity = Severity.REVIEW if near else Severity.NOTE
            where = Where(source=str(path), sheet=sheet.title)
            yield Finding("sheet-unread", severity, f"this sheet is not read{hint}", where)


def _check_size(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (OSError, zipfile.BadZipFile, ValueError) as trouble:
        raise unusable(str(path), f"is a damaged workbook ({type(trouble).__name__})") from None
    if unpacked > MOST_UNPACKED:
        raise unusable(
            str(path), f"would unpack to {unpacked / 2**30:.1f} GiB, which no workbook of cases does"
        )


def _open(stream: BinaryIO, source: str) -> Book:
    with careful(source):
        return Book(stream)
