"""Rows of cells under a header, made into cases; every fault is told with its cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, NamedTuple

from openpyxl.utils import get_column_letter

from cmforms.errors import Finding, InputError, Severity, Where
from cmforms.model import case_from
from cmforms.model.loading import nearest
from cmforms.sources.cells import is_blank, value_of
from cmforms.sources.results import SourcedCase
from cmforms.values.columns import Column, Path, case_columns, dotted, known_headers

CASE_ID = case_columns()[0]


class Spot(NamedTuple):
    """A cell: `row` counts from 1 (in CSV it is the line), `column` from 0; `sheet` is None in CSV."""

    sheet: str | None
    row: int
    column: int


class Cell(NamedTuple):
    """What one cell holds. `trouble` says why it has no value that could be read."""

    raw: Any
    spot: Spot
    number_format: str = ""
    trouble: str = ""


class Entry(NamedTuple):
    """A cell under a known column; the column's path runs from the case or, in a list, from the entry."""

    column: Column
    cell: Cell


def fault(code: str, message: str, where: Where, fix: str = "") -> Finding:
    """Make a blocking finding about a place that is known already."""
    return Finding(code, Severity.ERROR, message, where, fix=fix)


def place(source: str, spot: Spot, case: str | None = None, path: str | None = None) -> Where:
    """Name a cell as its program shows it: sheet and cell in a workbook, the line in CSV."""
    if spot.sheet is None:
        return Where(source=source, case=case, path=path, line=spot.row)
    cell = f"{get_column_letter(spot.column + 1)}{spot.row}"
    return Where(source=source, case=case, path=path, sheet=spot.sheet, cell=cell)


@dataclass(frozen=True)
class Header:
    """The columns of a sheet by their number from 0. Those in `unread` are the clerk's own."""

    source: str
    columns: dict[int, Column]
    unread: frozenset[int]

    @classmethod
    def of(
        cls,
        source: str,
        cells: Sequence[Cell],
        find: Callable[[str], Column | None],
        needed: Sequence[Column],
    ) -> Header:
        """Read a row of headers. Raises InputError for unknown, repeated and missing columns, all at once.

        A header that begins with `#` marks a column of the clerk's own, which is not read.
        """
        named = [cell for cell in cells if not is_blank(cell.raw)]
        own = [cell for cell in named if str(cell.raw).lstrip().startswith("#")]
        found = [(cell, find(str(cell.raw))) for cell in named if cell not in own]
        if not any(column for _, column in found):
            raise InputError((_no_header(source, cells),))
        faults = [*_unknown(source, found), *_repeated(source, found), *_missing(source, found, needed)]
        if faults:
            raise InputError(faults)
        columns = {cell.spot.column: column for cell, column in found if column}
        return cls(source, columns, frozenset(cell.spot.column for cell in own))

    def entries(self, cells: Sequence[Cell]) -> list[Entry]:
        """Pair the filled cells with their columns. Raises InputError for one without a header."""
        found = []
        for cell in cells:
            column = self.columns.get(cell.spot.column)
            if is_blank(cell.raw) and not cell.trouble:
                continue
            if column:
                found.append(Entry(column, cell))
            elif cell.spot.column not in self.unread:
                raise InputError((_headless(self.source, cell),))
        return found


def required_columns() -> list[Column]:
    """Return the columns without which no row can be a case."""
    return [column for column in case_columns() if column.needed == "always"]


Further = Mapping[Path, Sequence[Sequence[Entry]]]
"""The entries from the sheets of lists that belong to one case, by the list's path."""


def case_of(source: str, first: Spot, entries: Sequence[Entry], further: Further) -> SourcedCase:
    """Make the case of one row and its entries in other sheets.

    Raises InputError with a finding for each fault; `first` is the row's first cell.
    """
    draft = _Draft(source)
    numbered: dict[Path, dict[int, list[Entry]]] = defaultdict(lambda: defaultdict(list))
    for entry in entries:
        at = next((at for at, step in enumerate(entry.column.path) if isinstance(step, int)), None)
        if at is None:
            draft.put(entry.column.path, entry)
        else:
            within = replace(entry.column, path=entry.column.path[at + 1 :])
            numbered[entry.column.path[:at]][int(entry.column.path[at])].append(Entry(within, entry.cell))
    for path in {**numbered, **further}:
        listed = [group for _, group in sorted(numbered[path].items())] + list(further.get(path, ()))
        for index, group in enumerate(listed):
            for entry in group:
                draft.put((*path, index, *entry.column.path), entry)
    return draft.finish(first)


def listed_under(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries of a row in a list's own sheet, without the case id."""
    return [entry for entry in entries if entry.column is not CASE_ID]


@dataclass
class _Draft:
    """A case being put together, with the cell behind each value."""

    source: str
    data: dict[str, Any] = field(default_factory=dict)
    spots: dict[Path, Spot] = field(default_factory=dict)
    doubts: dict[Path, str] = field(default_factory=dict)

    def put(self, path: Path, entry: Entry) -> None:
        """Enter a cell's value; one in doubt holds its place, so that the others keep theirs."""
        cell = entry.cell
        doubt, value = cell.trouble, None
        if not doubt:
            value, doubt = _read(entry)
        if doubt:
            self.doubts[path] = doubt
        self.spots[path] = cell.spot
        _set(self.data, path, str(cell.raw) if doubt else value)

    def finish(self, first: Spot) -> SourcedCase:
        """Validate. Raises InputError with the doubts and the model's own faults."""
        case_id = str(self.data["id"]) if "id" in self.data else None
        findings = [
            fault("cell-doubtful", doubt, place(self.source, self.spots[path], case_id, dotted(path)))
            for path, doubt in self.doubts.items()
        ]
        try:
            case = case_from(self.data, self.source)
        except InputError as trouble:
            doubtful = {dotted(path) for path in self.doubts}
            findings += [self._located(f, first) for f in trouble.findings if f.where.path not in doubtful]
            raise InputError(findings) from None
        if findings:
            raise InputError(findings)
        return SourcedCase(case, place(self.source, first))

    def _located(self, finding: Finding, first: Spot) -> Finding:
        spot = self._nearest_spot(finding.where.path or "", first)
        return replace(finding, where=place(self.source, spot, finding.where.case, finding.where.path))

    def _nearest_spot(self, path: str, first: Spot) -> Spot:
        """Find the cell of a path; for a value that is missing, a cell of the part that misses it."""
        named = {dotted(known): spot for known, spot in self.spots.items()}
        while path and path not in named:
            inside = [spot for known, spot in named.items() if known.startswith((path + ".", path + "["))]
            if inside:
                return inside[0]
            path = path.rpartition(".")[0]
        return named.get(path, first)


def _read(entry: Entry) -> tuple[Any, str]:
    read = value_of(entry.column, entry.cell.raw, entry.cell.number_format)
    return read.value, read.doubt


def _set(data: Any, path: Path, value: Any) -> None:
    """Set a value in nested dicts and lists; list entries come in order."""
    for step, following in pairwise(path):
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(step, int) and step == len(data):
            data.append(empty)
        data = data[step] if isinstance(step, int) else data.setdefault(step, empty)
    if isinstance(path[-1], int):
        data.append(value)
    else:
        data[path[-1]] = value


def _no_header(source: str, cells: Sequence[Cell]) -> Finding:
    where = place(source, cells[0].spot) if cells else Where(source=source)
    return fault(
        "header-missing",
        "no column of this row is known, so it cannot be the row of headers",
        where,
        "Make a workbook with `cmforms cases template OUT.xlsx` and take over its first row.",
    )


Found = Sequence[tuple[Cell, Column | None]]


def _unknown(source: str, found: Found) -> Iterator[Finding]:
    for cell, column in found:
        if column is None:
            near = nearest(str(cell.raw), known_headers())
            hint = f"; did you mean {near!r}?" if near else ""
            yield fault(
                "column-unknown",
                f"{cell.raw!r} is not a known column{hint}",
                place(source, cell.spot),
                "Correct it, or put # before it to leave the column unread.",
            )


def _repeated(source: str, found: Found) -> Iterator[Finding]:
    seen = set()
    for cell, column in found:
        if column in seen and column:
            message = f"the column {column.label!r} stands twice"
            yield fault("column-repeated", message, place(source, cell.spot))
        seen.add(column)


def _missing(source: str, found: Found, needed: Sequence[Column]) -> Iterator[Finding]:
    there = {column for _, column in found}
    for column in needed:
        if column not in there:
            where = replace(place(source, found[0][0].spot), cell=None, path=dotted(column.path))
            yield fault("column-missing", f"has no column {column.label!r}", where)


def _headless(source: str, cell: Cell) -> Finding:
    return fault(
        "cell-without-column",
        "there is a value, but its column has no header",
        place(source, cell.spot),
        "Give the column a header, or look for a separator too many in this row.",
    )
