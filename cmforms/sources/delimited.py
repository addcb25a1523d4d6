"""Cases from CSV: one row a case, under the labels or the paths of the workbook's columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from cmforms.errors import Finding, InputError, error, note
from cmforms.files import read_bytes
from cmforms.sources.cells import Cell
from cmforms.sources.results import Items
from cmforms.sources.rows import Header, Row, case_of, required_columns
from cmforms.values.columns import column_for

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
LONGEST_FIELD = 2**24


def iter_csv(path: Path) -> Items:
    """Yield the cases and findings of a CSV file, row by row.

    Says which encoding it took when that is not UTF-8, and which separator when that is not the comma.
    Raises InputError for a file that is not text, is broken, or has faulty headers.
    """
    source = str(path)
    text, encoding = _decoded(read_bytes(path), source)
    delimiter = _delimiter(text)
    yield from _said(source, encoding, delimiter)
    rows = _rows(source, text, delimiter)
    header = Header.of(source, next(rows, Row(None, 1, ())), column_for, required_columns())
    for row in rows:
        try:
            if entries := header.entries(row):
                yield case_of(source, entries, {})
        except InputError as trouble:
            yield from trouble.findings


def _decoded(data: bytes, source: str) -> tuple[str, str]:
    """Decode as UTF-8 or UTF-16 with its mark, else as Windows-1252, the usual one of Excel."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    elif b"\0" in data:
        raise InputError.because(
            "csv-not-text", "is not a text file", source=source, fix="Save the sheet as “CSV UTF-8”."
        )
    else:
        encodings = ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise InputError.because(
        "csv-encoding",
        "is neither UTF-8 nor Windows-1252 text",
        source=source,
        fix="Save the sheet as “CSV UTF-8”.",
    )


def _delimiter(text: str) -> str:
    """Choose the separator under which most headers are known; among equals the one with most columns."""

    def known(delimiter: str) -> tuple[int, int]:
        try:
            row = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
        except csv.Error:
            return 0, 0
        return sum(column_for(header) is not None for header in row), len(row)

    return max(DELIMITERS, key=known)


def _said(source: str, encoding: str, delimiter: str) -> Iterator[Finding]:
    if encoding == "cp1252":
        yield note(
            "csv-encoding",
            "is not UTF-8; it was read as Windows-1252",
            source=source,
            fix="Look at the letters with accents; saving as “CSV UTF-8” leaves no doubt.",
        )
    if delimiter != ",":
        yield note("csv-delimiter", f"its columns are separated by {DELIMITERS[delimiter]}", source=source)


def _rows(source: str, text: str, delimiter: str) -> Iterator[Row]:
    """Yield the rows with the line on which each begins; a quoted field may hold several lines."""
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for row in reader:
            if any(row):
                yield Row(None, line, [Cell(column, raw) for column, raw in enumerate(row)])
            line = reader.line_num + 1
    except csv.Error as trouble:
        finding = error(
            "csv-broken",
            f"is not valid CSV: {trouble}",
            source=source,
            line=line,
            fix="Look at this row: a quotation mark that is not closed is the usual cause.",
        )
        raise InputError((finding,)) from None
