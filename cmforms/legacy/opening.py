"""One spreadsheet of any kind, told by its content: text is read here, a workbook by a reader that may be contained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cmforms.errors import InputError
from cmforms.files import read_bytes
from cmforms.legacy.delimited import open_text
from cmforms.legacy.sheets import Book

SUFFIXES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".csv", ".tsv", ".txt")
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x09\x08")
_FOREIGN = {b"%PDF": "is a PDF", b"\x89PNG": "is a picture", b"\xff\xd8\xff": "is a picture"}


def open_book(path: Path, open_workbook: Callable[[Path], Book]) -> Book:
    """Open a spreadsheet. Raises InputError for a file that is missing, empty, damaged or no spreadsheet."""
    source = str(path)
    head = _head(path)
    for mark, what in _FOREIGN.items():
        if head.startswith(mark):
            raise InputError.because(
                "source-type",
                f"{what}, no spreadsheet",
                source=source,
                fix="Read returned documents by `cmforms read`.",
            )
    if head.startswith(_WORKBOOKS):
        return open_workbook(path)
    if path.suffix.lower() not in SUFFIXES:
        raise InputError.because(
            "source-type",
            "has a name that no spreadsheet has",
            source=source,
            fix=f"Spreadsheets end in {', '.join(SUFFIXES)}.",
        )
    return open_text(path)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            if head := stream.read(8):
                return head
    except OSError:
        pass
    return read_bytes(path)  # says what is wrong
