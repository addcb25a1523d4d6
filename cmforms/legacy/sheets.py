"""A sheet as any program left it: rows of raw cells with their places, and what its cells say beside their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from openpyxl.utils import column_index_from_string, get_column_letter

from cmforms.errors import Finding, Where

BLOCK = 5000
"""Rows that are worked on at a time."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What stands for a cell that has no value which could be taken: an error, a formula never calculated."""

    shown: str
    why: str


@dataclass(frozen=True, slots=True)
class Struck:
    """What stands for a cell whose whole text is struck through."""

    shown: str


Row = Sequence[Any]


class Rows(Protocol):
    """The rows of a sheet, to be gone through as often as needed."""

    def __iter__(self) -> Iterator[tuple[int, Row]]:
        """Yield each row's number, from 1 (in a text file its line), and its cells from column A on."""
        ...


@dataclass(frozen=True)
class Sheet:
    """One sheet of a file. `name` is None in a text file; `comments` are by row from 1 and column from 0.

    `formats_unseen` tells that numbers may be shown otherwise than they are, and nobody has looked.
    """

    source: str
    name: str | None
    rows: Rows
    hidden: bool = False
    date1904: bool | None = None
    comments: Mapping[tuple[int, int], str] = field(default_factory=dict)
    merged: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    formats_unseen: bool = False

    def where(self, row: int | None = None, column: int | None = None, **more: Any) -> Where:
        """Name a place as its program shows it: sheet and cell, or file and line."""
        if self.name is None:
            return Where(source=self.source, line=row, column=None if column is None else column + 1, **more)
        cell = None if row is None else f"{letter(column or 0)}{row}"
        return Where(source=self.source, sheet=self.name, cell=cell, **more)

    def place(self, row: int, column: int | None) -> tuple[str | None, int, int | None]:
        """Return the sheet, row and column that a value stands at in the file."""
        return self.name, row, column


@dataclass(frozen=True)
class HeldRows:
    """Rows that are in memory, from cell A1 on."""

    cells: Sequence[Row]

    def __iter__(self) -> Iterator[tuple[int, Row]]:
        """Yield each row's number and its cells from column A on."""
        return enumerate(self.cells, 1)


@dataclass(frozen=True)
class Book:
    """A file's sheets in their order, and what is to be said about the file."""

    source: str
    sheets: tuple[Sheet, ...]
    findings: tuple[Finding, ...] = ()


def letter(column: int) -> str:
    """Return the letters of a column, counted from 0: 0 is A."""
    return get_column_letter(column + 1)


def column_number(letters: str) -> int:
    """Return the column of its letters, counted from 0: A is 0."""
    return column_index_from_string(letters) - 1


def listed(places: Sequence[str], most: int = 12) -> str:
    """Write places one after another; of very many, the first and how many more there are."""
    more = f" and {len(places) - most:,} more" if len(places) > most else ""
    return ", ".join(places[:most]) + more


def is_blank(raw: Any) -> bool:
    """Tell whether a cell holds nothing."""
    return raw is None or raw == "" or (isinstance(raw, str) and not raw.strip())


def blocks(rows: Iterator[tuple[int, Row]], size: int = BLOCK) -> Iterator[tuple[list[int], list[Row]]]:
    """Group rows that hold something into blocks of numbers and cells."""
    numbers: list[int] = []
    held: list[Row] = []
    for number, row in rows:
        if any(row) and not all(map(is_blank, row)):
            numbers.append(number)
            held.append(row)
            if len(held) == size:
                yield numbers, held
                numbers, held = [], []
    if held:
        yield numbers, held
