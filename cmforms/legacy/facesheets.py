"""Form-shaped workbooks, one for each student: what stands beside the labels becomes one row of a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from cmforms.definitions.library import Library, Root
from cmforms.definitions.schema import ROW_ADDRESS, Form
from cmforms.errors import Where, note
from cmforms.files import read_bytes
from cmforms.labels.reading import Labelled, read_labelled
from cmforms.labels.typed import typed_value
from cmforms.labels.vocabulary import vocabulary_of
from cmforms.labels.workbook import open_grids
from cmforms.legacy.sheets import HeldRows, Sheet, Unreadable, column_number, listed
from cmforms.legacy.targets import target
from cmforms.values.kinds import Kind

FORM, NAME = "face-sheet", "face sheet"
LEAST_KNOWN = 5
_OF_CASE = re.compile(r"case\.([a-z_]+(?:\.[a-z_]+)*)")
_OF_ROW = re.compile(r"row\.([a-z_]+(?:\.[a-z_]+)*)")


class Found(NamedTuple):
    """A value of a form-shaped sheet: the path of the case, the place that it stands at, what it is, any doubt."""

    path: str
    sheet: str
    cell: str
    raw: Any
    doubt: str


@dataclass(frozen=True)
class FaceSheet(Sheet):
    """One face sheet as a table of one row; its cells keep their places in the workbook."""

    cells: Sequence[Found] = field(default_factory=tuple)

    def where(self, row: int | None = None, column: int | None = None, **more: Any) -> Where:
        """Name the place that a value stands at in the form."""
        if row is None or column is None or column >= len(self.cells):
            return Where(source=self.source, **more)
        found = self.cells[column]
        return Where(source=self.source, sheet=found.sheet, cell=found.cell, **more)

    def place(self, row: int, column: int | None) -> tuple[str | None, int, int | None]:  # noqa: ARG002 - all in row 2
        """Return the sheet, row and column that a value stands at in the form."""
        found = self.cells[column or 0]
        letters, number = re.fullmatch(r"([A-Z]+)(\d+)", found.cell).groups()  # type: ignore[union-attr]
        return found.sheet, int(number), column_number(letters)


def read_face_sheet(path: Path, roots: Sequence[Root]) -> tuple[list[Found], list[tuple[str, str]]]:
    """Return the values of a form-shaped workbook by its labels, and the sheet and cell of what belongs to none.

    Nothing for a workbook with hardly any of the form's labels. May run contained.
    """
    library = Library(roots)
    form = library.form(FORM)
    read = read_labelled(open_grids(read_bytes(path), str(path)).grids, vocabulary_of(form, library.labels(FORM)))
    if read.known < LEAST_KNOWN:
        return [], []
    found = [
        Found(goal, value.sheet, value.cell, _raw(value), value.doubt)
        for value in read.values
        if (goal := _path(form, value.address))
    ]
    return found, [(sheet, cell.name) for sheet, cell in read.unread]


def _raw(value: Labelled) -> Any:
    """Return what a cell holds; of boxes to be ticked, the option that is."""
    typed = typed_value(value)
    is_choice = value.spec.type in (Kind.CHOICE, Kind.CHECK)
    return typed.value if is_choice and typed.value is not None and not typed.doubt else value.raw


def as_sheet(source: str, found: Sequence[Found], unread: Sequence[tuple[str, str]] = ()) -> FaceSheet:
    """Return the values of a face sheet as a table: a row of paths, and a row of values."""
    once = {each.path: each for each in reversed(found)}
    cells = tuple(once.values())
    values = [Unreadable(str(each.raw), f"is not sure: {each.doubt}") if each.doubt else each.raw for each in cells]
    places = listed([f"{sheet} {cell}" for sheet, cell in unread])
    said = (note("form-unread", f"belongs to no label that is known: {places}", source=source),) if unread else ()
    return FaceSheet(source, NAME, HeldRows([[each.path for each in cells], values]), findings=said, cells=cells)


def _path(form: Form, address: str) -> str:
    """Return the path of the case that a field of the form shows, or blank."""
    return next((path for path in _candidates(form, address) if target(path)), "")


def _candidates(form: Form, address: str) -> Iterator[str]:
    if row := ROW_ADDRESS.fullmatch(address):
        group = form.groups[row["group"]]
        spec = next((spec for spec in group.fields if spec.name == row["field"]), None)
        for found in _OF_ROW.finditer(spec.bind or "" if spec else ""):
            yield from _shortened(f"{group.each.removeprefix('case.')}[{row['row']}].{found[1]}")
        return
    spec = form.spec(address)
    if spec is None:
        return
    if spec.record_path:
        yield spec.record_path
    for found in _OF_CASE.finditer(spec.bind or ""):
        yield from _shortened(found[1])


def _shortened(path: str) -> Iterator[str]:
    """Yield a path and what is left of it without the call at its end: `student.home_language.split`."""
    yield path
    if "." in path:
        yield path.rpartition(".")[0]

