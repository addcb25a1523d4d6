"""Tables on a form-shaped sheet: a row of column labels, and the entries below it until a blank row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from cmforms.labels.grid import Grid, GridCell
from cmforms.labels.spots import Label, Spots
from cmforms.labels.vocabulary import Term

_FEWEST = 2
_FEWEST_ALONE = 3


@dataclass(frozen=True)
class Column:
    """One column of a table: its label, what it means, and where it stands."""

    label: Label
    term: Term


@dataclass
class Table:
    """One table: its columns, and its entries as cells by column."""

    group: str
    columns: list[Column]
    rows: list[list[tuple[Column, GridCell]]] = field(default_factory=list)
    unread: list[GridCell] = field(default_factory=list)


def tables(spots: Spots) -> Iterator[Table]:
    """Yield the tables of a sheet, top to bottom."""
    for cells in spots.grid.rows.values():
        if table := _headed(spots, cells):
            _fill(table, spots)
            yield table


def _headed(spots: Spots, cells: list[GridCell]) -> Table | None:
    """Return the table that a row of cells heads, still without entries."""
    groups = {term.group for cell in cells for term in spots.terms(cell) if term.group}
    best: list[list[Column]] = []
    for group in sorted(groups):
        columns = list(_columns(spots, cells, group))
        most = len(best[0]) if best else _FEWEST
        if len(columns) >= most and _is_header(spots, cells, columns):
            best = [columns] if len(columns) > most else [*best, columns]
    allowed = [columns for columns in best if _fits(spots, columns)]
    return Table(allowed[0][0].term.group, allowed[0]) if len(allowed) == 1 else None


def _columns(spots: Spots, cells: list[GridCell], group: str) -> Iterator[Column]:
    seen: set[str] = set()
    for cell in cells:
        label = next(iter(spots.labels.get(cell, ())), None) or spots.near.get(cell)
        term = next((term for term in label.terms if term.group == group), None) if label else None
        if label and term and label.behind is None and term.address not in seen:
            seen.add(term.address)
            yield Column(label, term)


def _is_header(spots: Spots, cells: list[GridCell], columns: list[Column]) -> bool:
    """Tell a row of labels from labels with their values between them."""
    if all(column.label.near for column in columns):
        return False
    own = [column.label.cell for column in columns]
    between = [cell for cell in cells if own[0].column < cell.column < own[-1].column and cell not in own]
    if not between:
        return all(one.last_column + 1 == other.column for one, other in pairwise(own))
    values = [found for cell in own if (found := spots.grid.below(cell)) is not None]
    labels = sum(map(spots.is_label, values))
    return len(between) <= len(own) // 2 and bool(values) and 2 * labels < len(values)


def _fits(spots: Spots, columns: list[Column]) -> bool:
    """Tell whether the headings above allow the table; without any, its labels must be many or its own."""
    sections = spots.sections(columns[0].label.cell)
    if sections:
        mine = columns[0].term.section
        others = {term.section for column in columns for term in column.label.terms}
        return sections == (mine,) or (mine in sections and len(others) == 1) or _only_its_own(columns)
    return len(columns) >= _FEWEST_ALONE or _only_its_own(columns)


def _only_its_own(columns: list[Column]) -> bool:
    return all(len(column.label.terms) == 1 for column in columns)


def _fill(table: Table, spots: Spots) -> None:
    grid = spots.grid
    start = max(column.label.cell.last_row for column in table.columns) + 1
    first, last = table.columns[0].label.cell.column, table.columns[-1].label.cell.last_column
    for number in range(start, max(grid.rows) + 1):
        entries = list(_entries(table, grid, number))
        if not entries or _ends(spots, grid, number):
            return
        table.rows.append(entries)
        known = [cell for _, cell in entries]
        table.unread += [
            cell for cell in grid.rows[number] if first <= cell.column <= last and cell not in known
        ]


def _entries(table: Table, grid: Grid, row: int) -> Iterator[tuple[Column, GridCell]]:
    for column in table.columns:
        head = column.label.cell
        cell = next((c for c in grid.rows.get(row, ()) if head.column <= c.column <= head.last_column), None)
        if cell:
            yield column, cell


def _ends(spots: Spots, grid: Grid, row: int) -> bool:
    """Tell a row that is no entry: a heading, or nothing but labels."""
    cells = grid.rows[row]
    if spots.is_heading(cells[0]):
        return True
    return all(map(spots.is_label, cells)) and (len(cells) > 1 or cells[0].text.rstrip().endswith(":"))
