"""A sheet as a person sees it: the cells that hold something, merged ones as one, whatever program made the file."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

_LETTERS = 26


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell that holds something: rows and columns count from 1, `last_*` are those where its merged area ends.

    `raw` is the typed value, `text` what the cell shows; `trouble` says why that is not to be relied on.
    """

    row: int
    column: int
    raw: Any
    text: str
    last_row: int
    last_column: int
    trouble: str = ""

    @property
    def name(self) -> str:
        """The cell's name in its program: `B7`."""
        letters, rest = "", self.column
        while rest:
            rest, digit = divmod(rest - 1, _LETTERS)
            letters = chr(ord("A") + digit) + letters
        return f"{letters}{self.row}"


@dataclass(frozen=True)
class Grid:
    """One sheet: its name and its cells, row by row."""

    title: str
    cells: tuple[GridCell, ...]

    @classmethod
    def of(cls, title: str, cells: Iterable[GridCell]) -> Grid:
        """Make a sheet of cells in any order; cells without text are left out."""
        shown = (cell for cell in cells if cell.text.strip())
        return cls(title, tuple(sorted(shown, key=lambda cell: (cell.row, cell.column))))

    @cached_property
    def rows(self) -> dict[int, list[GridCell]]:
        """The cells by the row where they begin, left to right."""
        found: dict[int, list[GridCell]] = {}
        for cell in self.cells:
            found.setdefault(cell.row, []).append(cell)
        return found

    @cached_property
    def _anchors(self) -> dict[tuple[int, int], GridCell]:
        return {(cell.row, cell.column): cell for cell in self.cells}

    @cached_property
    def _merged(self) -> list[GridCell]:
        return [cell for cell in self.cells if (cell.row, cell.column) != (cell.last_row, cell.last_column)]

    def at(self, row: int, column: int) -> GridCell | None:
        """Return the cell that covers a place."""
        found = self._anchors.get((row, column))
        return found or next(
            (c for c in self._merged if c.row <= row <= c.last_row and c.column <= column <= c.last_column), None
        )

    def right_of(self, cell: GridCell, reach: int) -> GridCell | None:
        """Return the nearest cell to the right in the same row, at most `reach` columns on."""
        columns = range(cell.last_column + 1, cell.last_column + 1 + reach)
        return next((found for column in columns if (found := self.at(cell.row, column))), None)

    def left_of(self, cell: GridCell) -> GridCell | None:
        """Return the neighbour to the left in the same row."""
        return self.at(cell.row, cell.column - 1)

    def below(self, cell: GridCell) -> GridCell | None:
        """Return the neighbour below a cell's first column."""
        return self.at(cell.last_row + 1, cell.column)

    def after(self, cell: GridCell) -> Iterator[GridCell]:
        """Yield the cells to the right in the same row."""
        return (other for other in self.rows.get(cell.row, ()) if other.column > cell.last_column)


def shown(raw: Any, number_format: str = "General") -> str:
    """Return what a cell shows, as far as that matters here: ISO dates, whole numbers, zeros in front."""
    if raw is None:
        return ""
    if isinstance(raw, dt.datetime):
        return raw.date().isoformat() if raw.time() == dt.time(0) else raw.isoformat(" ", "minutes")
    if isinstance(raw, dt.time):
        return raw.strftime("%H:%M")
    if isinstance(raw, dt.date):
        return raw.isoformat()
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, int | float):
        return _number(raw, number_format)
    return str(raw)


def _number(number: int | float, number_format: str) -> str:
    if "%" in number_format:
        return f"{round(number * 100, 9):.12g}%"
    whole = int(number) if float(number).is_integer() else None
    if whole is not None and re.fullmatch(r"0+", number_format):
        return str(whole).zfill(len(number_format))
    return f"{number:.15g}" if whole is None else str(whole)
