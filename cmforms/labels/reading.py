"""The values of a form-shaped sheet by their labels: beside, below or behind them, in tables, in marked boxes.

Only labels that are the form's own, or listed for it, are relied on. Whatever could be meant in two ways, and
whatever is only like a label, is given with the doubt that a person has to settle.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cmforms.definitions.schema import FieldSpec
from cmforms.labels.grid import Grid, GridCell
from cmforms.labels.placing import Placer
from cmforms.labels.spots import Label, Spots
from cmforms.labels.tables import Table, tables
from cmforms.labels.vocabulary import Term, Vocabulary

EXACT = 100.0


@dataclass(frozen=True, slots=True)
class Labelled:
    """One value: the field's address, the sheet and cell where it stands, what that holds, and by which label.

    `text` is '' where nothing was entered; `score` is 100 for a label that is known, less for one that is only
    like it; `doubt` says why a person must look, '' when nothing speaks against the value.
    """

    address: str
    spec: FieldSpec
    lang: str
    sheet: str
    cell: str
    text: str
    raw: Any
    label: str
    score: float = EXACT
    doubt: str = ""


@dataclass(frozen=True)
class FormSheet:
    """What form-shaped sheets say: values by address, and (sheet, cell) of what nobody could read as any field's.

    `known` counts the labels that the form has.
    """

    values: tuple[Labelled, ...]
    unread: tuple[tuple[str, GridCell], ...]
    known: int


def read_labelled(grids: Iterable[Grid], vocabulary: Vocabulary) -> FormSheet:
    """Return the labelled values of a workbook's sheets, as one document; a field found twice must say the same."""
    readers = [_SheetReader(grid, vocabulary) for grid in grids]
    found = [value for reader in readers for value in reader.run()]
    values = tuple(_agreed(found))
    unread = tuple((reader.grid.title, cell) for reader in readers for cell in reader.unread())
    return FormSheet(values, unread, len({value.address for value in found if value.score == EXACT}))


def _agreed(found: Sequence[Labelled]) -> Iterator[Labelled]:
    by_address: dict[str, list[Labelled]] = defaultdict(list)
    for value in found:
        by_address[value.address].append(value)
    for values in by_address.values():
        said = [value for value in values if value.text] or values[:1]
        texts = {" ".join(value.text.split()): value for value in said}
        chosen = next((value for value in said if not value.doubt), said[0])
        if len(texts) > 1:
            places = " and ".join(f"{value.text!r} ({value.sheet}!{value.cell})" for value in texts.values())
            chosen = replace(chosen, doubt=f"it stands in several places, which differ: {places}")
        yield chosen


class _SheetReader:
    """Reads one sheet."""

    def __init__(self, grid: Grid, vocabulary: Vocabulary) -> None:
        self.grid = grid
        self._spots = Spots(grid, vocabulary)
        self._placer = Placer(self._spots)
        self._titles = set(vocabulary.form.title.values())
        self._used: Counter[GridCell] = Counter()
        self._found: list[tuple[GridCell | None, Labelled]] = []
        self._rows: Counter[str] = Counter()

    def run(self) -> list[Labelled]:
        """Return what the sheet says: tables first, then known labels, then texts that are like labels."""
        done: set[GridCell] = set()
        for table in tables(self._spots):
            done |= {column.label.cell for column in table.columns}
            self._table(table)
        # What stands in a table is an entry, even where it reads as a label does.
        done |= set(self._used)
        labels = [label for cell, own in self._spots.labels.items() if cell not in done for label in own]
        for label in labels:
            if label.behind is not None or not self._used[label.cell]:
                self._single(label)
        for cell, label in self._spots.near.items():
            if cell not in done and not self._used[cell]:
                self._single(label)
        return [self._checked(cell, value) for cell, value in self._found]

    def unread(self) -> list[GridCell]:
        """Return the cells that are neither label, heading, title nor any field's value."""
        known = {*self._spots.labels, *(cell for cell, _ in self._spots.headings), *self._used}
        labels = {value.label for _, value in self._found}
        return [
            cell
            for cell in self.grid.cells
            if cell not in known and cell.text not in self._titles and cell.text.partition(":")[0].strip() not in labels
        ]

    def _table(self, table: Table) -> None:
        start = self._rows[table.group]
        for row, entries in enumerate(table.rows, start):
            for column, cell in entries:
                address = column.term.in_row(row)
                self._keep(cell, address, column.term, column.label, cell.text, "")
        self._rows[table.group] += len(table.rows)

    def _single(self, label: Label) -> None:
        term, doubt = self._resolved(label)
        if term is None:
            return
        place = self._placer.place(label, term.spec)
        if label.near and not place.text:
            return
        address = self._address(term)
        if address.endswith(f"].{term.spec.name}") and term.group and self._rows[term.address] > 1:
            doubt = doubt or "several entries are labelled so; it is not certain which is which"
        for cell in place.cells:
            self._used[cell] += 1
        self._found.append((place.cells[0] if place.cells else None, Labelled(
            address, term.spec, term.lang, self.grid.title, (place.cells[0] if place.cells else label.cell).name,
            place.text, place.raw, label.text, _score(label), doubt or _near_doubt(label) or place.doubt,
        )))  # fmt: skip

    def _address(self, term: Term) -> str:
        if not term.group:
            return term.address
        row = self._rows[term.address]
        self._rows[term.address] += 1
        return term.in_row(row)

    def _resolved(self, label: Label) -> tuple[Term | None, str]:
        """Return the field that a label means: its only one, or that of the section it stands in."""
        if len(label.terms) == 1:
            return label.terms[0], ""
        sections = self._spots.sections(label.cell)
        fitting = [term for term in label.terms if term.section in sections]
        single = [term for term in fitting if not term.group] or _not_repeated(fitting)
        if len(single) == 1:
            return single[0], ""
        if not fitting:
            return None, ""
        names = ", ".join(sorted({term.address for term in single}))
        return single[0], f"the label {label.text!r} may mean {names}"

    def _keep(self, cell: GridCell, address: str, term: Term, label: Label, text: str, doubt: str) -> None:
        self._used[cell] += 1
        self._found.append((cell, Labelled(
            address, term.spec, term.lang, self.grid.title, cell.name, text, cell.raw, label.text, _score(label),
            _near_doubt(label) or doubt,
        )))  # fmt: skip

    def _checked(self, cell: GridCell | None, value: Labelled) -> Labelled:
        """Doubt what two labels claim, and what the cell itself speaks against."""
        if cell is None or value.doubt:
            return value
        if cell.trouble:
            return replace(value, doubt=cell.trouble)
        if self._used[cell] > 1 and len(self._spots.labels.get(cell, ())) != self._used[cell]:
            return replace(value, doubt=f"{cell.name} may belong to another label as well")
        return value


def _not_repeated(terms: list[Term]) -> list[Term]:
    """Leave out the columns that only repeat what another table of the section records."""
    return [term for term in terms if term.spec.record != ""] or terms


def _score(label: Label) -> float:
    return label.near.score if label.near else EXACT


def _near_doubt(label: Label) -> str:
    if label.near is None:
        return ""
    return f"its label reads {label.text!r}, which is only like {label.near.label!r} ({label.near.score:g} of 100)"

