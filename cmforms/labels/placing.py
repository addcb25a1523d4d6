"""Where the value of a label stands: behind its colon, in the cells beside it, or in the one below."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cmforms.definitions.schema import FieldSpec
from cmforms.labels.grid import GridCell
from cmforms.labels.marks import boxes, without_boxes
from cmforms.labels.spots import Label, Spots
from cmforms.values.kinds import CHECKED, Kind, parsed

REACH = 4
"""How many columns a value may stand off its label."""

_TYPED = (Kind.DATE, Kind.TIME, Kind.INTEGER, Kind.DECIMAL, Kind.CHOICE, Kind.CHECK)


@dataclass(frozen=True, slots=True)
class Placed:
    """The cells of a value, none for a blank one, and its text; `doubt` says what else it could be."""

    cells: tuple[GridCell, ...]
    text: str
    raw: Any
    doubt: str = ""


_BLANK = Placed((), "", None)


class Placer:
    """Finds the values of one sheet's labels."""

    def __init__(self, spots: Spots) -> None:
        self._spots = spots
        self._grid = spots.grid

    def place(self, label: Label, spec: FieldSpec) -> Placed:
        """Return where the value of a label stands."""
        if label.behind is not None and label.behind:
            return Placed((label.cell,), _marked(label.behind, spec), label.behind)
        if spec.type is Kind.CHECK and (box := self._own_box(label.cell)):
            return box
        if self._is_above(label.cell):
            return self._one(self._grid.below(label.cell), spec)
        return self._beside_or_below(label, spec)

    def _beside_or_below(self, label: Label, spec: FieldSpec) -> Placed:
        beside, below = self._beside(label.cell, spec), self._grid.below(label.cell)
        free = below if below and not self._spots.is_label(below) and below not in self._spots.near else None
        if not beside:
            if free is None:
                return _BLANK
            return self._joined([free], spec, "" if self._is_full_width(label.cell) else _open(free, label.cell))
        text = _marked(" ".join(cell.text for cell in beside), spec)
        sure = _is_typed(spec, text) or self._is_beside(label.cell, beside[0], below)
        return self._joined(beside, spec, "" if sure else _either(beside[0], free, label.cell))

    def _is_beside(self, label: GridCell, value: GridCell, below: GridCell | None) -> bool:
        """Tell whether the value of a label can stand nowhere but beside it.

        So it is where labels are stacked; and where nothing stands below, beside the only label of its row or one
        with a colon. Else the neighbour might be a label that nobody knows, over a value of its own.
        """
        spots = self._spots
        if value in spots.near:
            return False
        if spots.is_label(below):
            return True
        others = [cell for cell in self._grid.rows[label.row] if cell is not label and spots.is_label(cell)]
        if spots.is_label(self._grid.at(label.row - 1, label.column)):
            return not any(self._may_be_above(cell) for cell in others)
        next_to = value.column == label.last_column + 1
        return below is None and next_to and (not others or label.text.rstrip().endswith(":"))

    def _may_be_above(self, cell: GridCell) -> bool:
        """Tell a label that may have its value below, as nothing stands beside it."""
        below, beside = self._grid.below(cell), self._grid.right_of(cell, 1)
        return below is not None and not self._spots.is_label(below) and beside is None

    def _is_full_width(self, label: GridCell) -> bool:
        """Tell a label that reaches across the sheet, so that only the row below has room for a value."""
        return label.last_column > label.column and label.last_column >= self._width

    @cached_property
    def _width(self) -> int:
        return max(cell.last_column for cell in self._grid.cells)

    def _is_above(self, cell: GridCell) -> bool:
        """Tell whether labels touch, so that only the cells below them can hold values."""
        if not self._spots.terms(cell):
            return False
        right, left = self._grid.right_of(cell, 1), self._grid.left_of(cell)
        touching = [other for other in (right, left) if other and self._spots.terms(other)]
        if not touching or any(map(self._spots.is_heading, touching)):
            return False
        row = [other for other in self._grid.rows[cell.row] if other is not cell]
        return all(map(self._spots.is_label, row))

    def _beside(self, cell: GridCell, spec: FieldSpec) -> list[GridCell]:
        """Return the cells beside a label up to the next label: one, and for boxes to mark several."""
        first = self._grid.right_of(cell, REACH)
        if first is None or (self._spots.is_label(first) and not self._is_option(first, spec)):
            return []
        if not (spec.type in (Kind.CHOICE, Kind.CHECK) and boxes(first.text)):
            return [first]
        return [first, *self._further(first, spec)]

    def _further(self, first: GridCell, spec: FieldSpec) -> Iterator[GridCell]:
        for cell in self._grid.after(first):
            if self._spots.is_label(cell) and not self._is_option(cell, spec):
                return
            yield cell

    def _is_option(self, cell: GridCell, spec: FieldSpec) -> bool:
        """Tell a label that is at once an option of the choice before it, as `Zoned school` behind `Placement`."""
        text = without_boxes(cell.text).casefold()
        if not any(text == name.casefold() for option in spec.options for name in option.label.values()):
            return False
        return bool(boxes(cell.text)) or self._after_box(cell) or self._grid.right_of(cell, 1) is None

    def _after_box(self, cell: GridCell) -> bool:
        before = self._grid.left_of(cell)
        return before is not None and bool(boxes(before.text)) and not without_boxes(before.text)

    def _own_box(self, cell: GridCell) -> Placed | None:
        """Return the box in the label's own cell, or in the one before it."""
        before = self._grid.left_of(cell)
        for holder in (cell, before):
            marks = boxes(holder.text) if holder else []
            if holder and len(marks) == 1 and (holder is cell or not without_boxes(holder.text)):
                return Placed((holder,), CHECKED if marks[0][0] else "", holder.text)
        return None

    def _one(self, cell: GridCell | None, spec: FieldSpec) -> Placed:
        if cell is None or self._spots.is_label(cell):
            return _BLANK
        return self._joined([cell], spec)

    def _joined(self, cells: list[GridCell], spec: FieldSpec, doubt: str = "") -> Placed:
        text = " ".join(cell.text for cell in cells)
        return Placed(tuple(cells), _marked(text, spec), cells[0].raw if len(cells) == 1 else text, doubt)


def _marked(text: str, spec: FieldSpec) -> str:
    """Return the marked options of boxes, the mark of a single box, and any other text as it is."""
    marks = boxes(text) if spec.type in (Kind.CHOICE, Kind.CHECK) else []
    if not marks:
        return text
    chosen = [words for marked, words in marks if marked]
    if spec.type is Kind.CHECK:
        return CHECKED if chosen else ""
    return " / ".join(chosen)


def _is_typed(spec: FieldSpec, text: str) -> bool:
    """Tell whether a text is what the field asks for, as no label would be."""
    return spec.type in _TYPED and not parsed(spec.type, text, "en", spec.labels("en")).doubt


def _open(below: GridCell, label: GridCell) -> str:
    return f"it is not certain that {below.name} belongs to {label.text!r}"


def _either(beside: GridCell, below: GridCell | None, label: GridCell) -> str:
    if below is None:
        return f"it is not certain that {beside.name} is the value of {label.text!r}, and no label itself"
    return f"both {beside.name} and {below.name} may be the value of {label.text!r}"
