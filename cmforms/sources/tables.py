"""Sheets with a row of headers, and those of lists, whose rows are found for one case after the other."""

from __future__ import annotations

import pickle
import tempfile
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from typing import IO

from cmforms.errors import CmformsError, Finding, InputError
from cmforms.sources.cells import Cell, is_blank
from cmforms.sources.rows import CASE_ID, Entries, Entry, Header, Row, case_id_of, fault, place, text_of
from cmforms.sources.sheetrows import Sheet
from cmforms.values.columns import Column, Listing

LAST_ROW = 1_048_576


class Table:
    """A sheet with a row of headers; its further rows are read once."""

    def __init__(
        self, source: str, sheet: Sheet, find: Callable[[str], Column | None], needed: Sequence[Column]
    ) -> None:
        """Read the headers. Raises InputError when they are faulty or the sheet cannot be read."""
        self.source = source
        self.sheet = sheet
        self._rows = self._read()
        self._first = next(self._rows, Row(sheet.title, 1, ()))
        self.header = Header.of(source, self._first, find, needed)

    def rows(self) -> Iterator[tuple[Row, Entries | InputError]]:
        """Yield each row that is not blank with its entries, or with what is wrong with it."""
        for row in self._rows:
            try:
                if entries := self.header.entries(row):
                    yield row, entries
            except InputError as trouble:
                yield row, trouble

    def last_rows(self) -> dict[str, int]:
        """Return in which row each case id stands last: a walk through the sheet that reads this column alone."""
        column = next(number for number, column in self.header.columns.items() if column is CASE_ID)
        with careful(self.source):
            return {
                text_of(cell): number
                for number, cell in self.sheet.column(column)
                if number > self._first.number and not is_blank(cell.raw)
            }

    def _read(self) -> Iterator[Row]:
        with careful(self.source):
            for number, cells in self.sheet.rows():
                if number > LAST_ROW:
                    raise unusable(self.source, f"sheet {self.sheet.title} claims more than {LAST_ROW:,} rows")
                yield Row(self.sheet.title, number, cells)


class ListSheet:
    """The sheet of a list, read along with the cases: as far as the last row of the case that is asked for.

    Where both stand in the same order, no more than one case's rows are held; rows that come before their case wait
    in a file. Findings gather until `said` is asked.
    """

    def __init__(self, table: Table, listing: Listing) -> None:
        """Take the sheet and learn where each case ends. Raises InputError when it cannot be read."""
        self.table = table
        self.listing = listing
        self._last = table.last_rows()
        self._rows = table.rows()
        self._reached = 0
        self._early = _Early(table.header)
        self._findings: list[Finding] = []

    def of(self, case_id: str) -> list[Entries]:
        """Return the rows of a case in their order."""
        last = self._last.pop(case_id, 0)
        found = self._early.take(case_id)
        while self._reached < last and (read := self._next()):
            named, row = read
            if named == case_id:
                found.append(row)
            else:
                self._early.add(named, row)
        return found

    def rest(self) -> Iterator[tuple[str, Entries]]:
        """Yield, with the id, the rows of cases that nobody asked for; only the first one of some."""
        yield from self._early.firsts()
        while read := self._next():
            yield read

    def said(self) -> Iterator[Finding]:
        """Yield, once, what was wrong with the rows that were read."""
        yield from self._findings
        self._findings.clear()

    def close(self) -> None:
        """Let go of the rows that wait."""
        self._early.close()

    def _next(self) -> tuple[str, Entries] | None:
        """Read on to the next row that says whose it is."""
        for row, entries in self._rows:
            self._reached = row.number
            if isinstance(entries, InputError):
                self._findings += entries.findings
            elif case_id := case_id_of(entries):
                return case_id, entries._replace(entries=listed_under(entries.entries))
            else:
                message = "this row does not say which case it belongs to"
                self._findings.append(fault("row-without-case", message, place(self.table.source, row)))
        return None


class _Early:
    """Rows that came before their case, in a file without a name: it is gone when the process is, however that ends."""

    def __init__(self, header: Header) -> None:
        self._header = header
        self._places: dict[str, array[int]] = defaultdict(partial(array, "Q"))

    def add(self, case_id: str, row: Entries) -> None:
        """Keep a row."""
        self._places[case_id].append(self._file.seek(0, 2))
        pickle.dump((row.sheet, row.number, [tuple(cell) for _, cell in row.entries]), self._file, 5)

    def take(self, case_id: str) -> list[Entries]:
        """Return the rows of a case, which are kept no longer."""
        return [self._load(at) for at in self._places.pop(case_id, ())]

    def firsts(self) -> Iterator[tuple[str, Entries]]:
        """Yield the first row of each case that is left."""
        for case_id, places in self._places.items():
            yield case_id, self._load(places[0])

    def close(self) -> None:
        """Let the file go."""
        if "_file" in self.__dict__:
            self._file.close()

    @cached_property
    def _file(self) -> IO[bytes]:
        return tempfile.TemporaryFile()

    def _load(self, at: int) -> Entries:
        self._file.seek(at)
        sheet, number, cells = pickle.load(self._file)  # noqa: S301 - nobody else can reach a file without a name
        read = [Cell(*cell) for cell in cells]
        return Entries(sheet, number, [(self._header.columns[cell.column], cell) for cell in read])


def listed_under(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries of a row in a list's own sheet, without the case id."""
    return [entry for entry in entries if entry[0] is not CASE_ID]


@contextmanager
def careful(source: str) -> Iterator[None]:
    """Guard steps of the workbook's parsers, which raise nearly anything on an odd file."""
    try:
        yield
    except CmformsError:
        raise
    except Exception as trouble:
        raise unusable(source, f"is a damaged workbook ({type(trouble).__name__})") from None


def unusable(source: str, message: str) -> InputError:
    """Say that a workbook cannot be read at all."""
    return InputError.because(
        "workbook-unusable",
        message,
        source=source,
        fix="Open it in Excel or LibreOffice and save it anew as .xlsx.",
    )
