"""Rows of cells under a header, made into cases; every fault is told with its cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

from openpyxl.utils import get_column_letter

from cmforms.errors import Finding, InputError, Severity, Where
from cmforms.model import case_from
from cmforms.model.loading import nearest
from cmforms.sources.cells import Cell, is_blank, value_of
from cmforms.sources.results import SourcedCase
from cmforms.values.columns import Column, Path, case_columns, dotted, known_headers

CASE_ID = case_columns()[0]


class Row(NamedTuple):
    """The filled cells of one row: `number` counts from 1 (in CSV it is the line); `sheet` is None in CSV."""

    sheet: str | None
    number: int
    cells: Sequence[Cell]


Entry = tuple[Column, Cell]
"""A cell under a known column; the column's path runs from the case or, in a list, from the entry."""


class Entries(NamedTuple):
    """A row whose cells stand under known columns."""

    sheet: str | None
    number: int
    entries: Sequence[Entry]


def fault(code: str, message: str, where: Where, fix: str = "") -> Finding:
    """Make a blocking finding about a place that is known already."""
    return Finding(code, Severity.ERROR, message, where, fix=fix)


def place(
    source: str, row: Row | Entries, column: int = 0, *, case: str | None = None, path: str | None = None
) -> Where:
    """Name a cell as its program shows it: sheet and cell in a workbook, the line in CSV; columns count from 0."""
    if row.sheet is None:
        return Where(source=source, case=case, path=path, line=row.number)
    cell = f"{get_column_letter(column + 1)}{row.number}"
    return Where(source=source, case=case, path=path, sheet=row.sheet, cell=cell)


@dataclass(frozen=True)
class Header:
    """The columns of a sheet by their number from 0. Those in `unread` are the clerk's own."""

    source: str
    columns: dict[int, Column]
    unread: frozenset[int]

    @classmethod
    def of(cls, source: str, row: Row, find: Callable[[str], Column | None], needed: Sequence[Column]) -> Header:
        """Read a row of headers. Raises InputError for unknown, repeated and missing columns, all at once.

        A header that begins with `#` marks a column of the clerk's own, which is not read.
        """
        named = [cell for cell in row.cells if not is_blank(cell.raw)]
        own = [cell for cell in named if str(cell.raw).lstrip().startswith("#")]
        found = [(cell, find(str(cell.raw))) for cell in named if cell not in own]
        if not any(column for _, column in found):
            raise InputError((_no_header(source, row),))
        faults = [
            *_unknown(source, row, found), *_repeated(source, row, found), *_missing(source, row, found, needed)
        ]  # fmt: skip
        if faults:
            raise InputError(faults)
        columns = {cell.column: column for cell, column in found if column}
        return cls(source, columns, frozenset(cell.column for cell in own))

    def entries(self, row: Row) -> Entries | None:
        """Pair filled cells with their columns; None for a blank row. Raises InputError for one without a header."""
        found = []
        for cell in row.cells:
            column = self.columns.get(cell.column)
            if is_blank(cell.raw) and not cell.trouble:
                continue
            if column:
                found.append((column, cell))
            elif cell.column not in self.unread:
                raise InputError((_headless(self.source, row, cell),))
        return Entries(row.sheet, row.number, found) if found else None


def required_columns() -> list[Column]:
    """Return the columns without which no row can be a case."""
    return [column for column in case_columns() if column.needed == "always"]


Further = Mapping[Path, Sequence[Entries]]
"""The rows of the sheets of lists that belong to one case, by the list's path."""


def case_of(source: str, row: Entries, further: Further) -> SourcedCase:
    """Make the case of one row and its rows in other sheets. Raises InputError with a finding for each fault."""
    draft = _Draft(source, row)
    numbered: dict[Path, dict[int, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    single = []
    for column, cell in row.entries:
        at = _place_in_list(column.path)
        if at is None:
            single.append((column, cell))
        else:
            within = _within(column, at)
            numbered[column.path[:at]][int(column.path[at])].append((within, cell))
    draft.put((), Entries(row.sheet, row.number, single))
    for path in {**numbered, **further}:
        groups = [Entries(row.sheet, row.number, group) for _, group in sorted(numbered[path].items())]
        for index, group in enumerate((*groups, *further.get(path, ()))):
            draft.put((*path, index), group)
    return draft.finish()


@cache
def _place_in_list(path: Path) -> int | None:
    """Return at which step of a path the number of a list's entry stands."""
    return next((at for at, step in enumerate(path) if isinstance(step, int)), None)


@cache
def _within(column: Column, at: int) -> Column:
    """Return a numbered column as it runs from the entry."""
    return replace(column, path=column.path[at + 1 :])


def case_id_of(row: Entries) -> str | None:
    """Return the case id that a row names."""
    return next((text_of(cell) for column, cell in row.entries if column is CASE_ID), None)


def text_of(cell: Cell) -> str:
    """Return what a cell says as an id."""
    return str(cell.raw).strip()


class _Draft:
    """A case being put together; where each value stood is worked out only when one is faulty."""

    def __init__(self, source: str, row: Entries) -> None:
        self.source = source
        self.row = row
        self.data: dict[str, Any] = {}
        self.parts: list[tuple[Path, Entries]] = []
        self.doubts: dict[Path, tuple[Where, str]] = {}

    def put(self, at: Path, part: Entries) -> None:
        """Enter the values of a row at a place; one in doubt holds its place, so that the others keep theirs."""
        self.parts.append((at, part))
        into: dict[str, Any] = {} if at else self.data
        for column, cell in part.entries:
            doubt, value = cell.trouble, None
            if not doubt:
                read = value_of(column, cell.raw, cell.number_format)
                value, doubt = read.value, read.doubt
            if doubt:
                path = (*at, *column.path)
                self.doubts[path] = (place(self.source, part, cell.column, path=dotted(path)), doubt)
                value = str(cell.raw)
            if column.path:
                _set(into, column.path, value)
            else:
                _append(self.data, at, value)
        if at and into:
            _append(self.data, at, into)

    def finish(self) -> SourcedCase:
        """Validate. Raises InputError with the doubts and the model's own faults."""
        case_id = str(self.data["id"]) if "id" in self.data else None
        findings = [
            fault("cell-doubtful", doubt, replace(where, case=case_id)) for where, doubt in self.doubts.values()
        ]
        try:
            case = case_from(self.data, self.source)
        except InputError as trouble:
            doubtful = {dotted(path) for path in self.doubts}
            findings += [self._located(f) for f in trouble.findings if f.where.path not in doubtful]
            raise InputError(findings) from None
        if findings:
            raise InputError(findings)
        return SourcedCase(case, place(self.source, self.row))

    def _located(self, finding: Finding) -> Finding:
        """Give a finding the cell of its path or, for a value that is missing, a cell of the part that misses it."""
        named = {
            dotted((*at, *column.path)): (part, cell.column)
            for at, part in self.parts
            for column, cell in part.entries
        }
        row, column = _nearest(finding.where.path or "", named) or (self.row, 0)
        where = place(self.source, row, column, case=finding.where.case, path=finding.where.path)
        return replace(finding, where=where)


def _nearest(path: str, named: Mapping[str, tuple[Entries, int]]) -> tuple[Entries, int] | None:
    while path and path not in named:
        inside = [spot for known, spot in named.items() if known.startswith((path + ".", path + "["))]
        if inside:
            return inside[0]
        path = path.rpartition(".")[0]
    return named.get(path)


def _set(data: dict[str, Any], path: Path, value: Any) -> None:
    """Set a value in nested dicts."""
    for step in path[:-1]:
        data = data.setdefault(str(step), {})
    data[str(path[-1])] = value


def _append(data: dict[str, Any], at: Path, entry: Any) -> None:
    """Add an entry to a list; its number is the last step of `at`, and entries come in order."""
    *way, name, _ = at
    for step in way:
        data = data.setdefault(str(step), {})
    data.setdefault(str(name), []).append(entry)


def _no_header(source: str, row: Row) -> Finding:
    where = place(source, row, row.cells[0].column) if row.cells else Where(source=source)
    return fault(
        "header-missing",
        "no column of this row is known, so it cannot be the row of headers",
        where,
        "Make a workbook with `cmforms cases template OUT.xlsx` and take over its first row.",
    )


Found = Sequence[tuple[Cell, Column | None]]


def _unknown(source: str, row: Row, found: Found) -> Iterator[Finding]:
    for cell, column in found:
        if column is None:
            near = nearest(str(cell.raw), known_headers())
            hint = f"; did you mean {near!r}?" if near else ""
            yield fault(
                "column-unknown",
                f"{cell.raw!r} is not a known column{hint}",
                place(source, row, cell.column),
                "Correct it, or put # before it to leave the column unread.",
            )


def _repeated(source: str, row: Row, found: Found) -> Iterator[Finding]:
    seen = set()
    for cell, column in found:
        if column in seen and column:
            message = f"the column {column.label!r} stands twice"
            yield fault("column-repeated", message, place(source, row, cell.column))
        seen.add(column)


def _missing(source: str, row: Row, found: Found, needed: Sequence[Column]) -> Iterator[Finding]:
    there = {column for _, column in found}
    for column in needed:
        if column not in there:
            where = replace(place(source, row), cell=None, path=dotted(column.path))
            yield fault("column-missing", f"has no column {column.label!r}", where)


def _headless(source: str, row: Row, cell: Cell) -> Finding:
    return fault(
        "cell-without-column",
        "there is a value, but its column has no header",
        place(source, row, cell.column),
        "Give the column a header, or look for a separator too many in this row.",
    )
