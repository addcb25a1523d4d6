"""What each cell of a sheet is: a heading, a label, a label with its value behind a colon, or neither."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from cmforms.labels.grid import Grid, GridCell
from cmforms.labels.marks import without_boxes
from cmforms.labels.vocabulary import Near, Term, Vocabulary

_PIECES = re.compile(r"\n|\t|\s{3,}")
_COLON = re.compile(r"[:：]")


@dataclass(frozen=True, slots=True)
class Label:
    """A label in a cell: what it may mean, and the text behind its colon, None where it stands alone.

    `near` is set where the text is only like a label; then `terms` are those of the label that it is like.
    """

    cell: GridCell
    text: str
    terms: tuple[Term, ...]
    behind: str | None = None
    near: Near | None = None


class Spots:
    """Knows each cell of one sheet."""

    def __init__(self, grid: Grid, vocabulary: Vocabulary) -> None:
        self.grid = grid
        self._vocabulary = vocabulary
        self.headings: list[tuple[GridCell, str]] = []
        self.labels: dict[GridCell, tuple[Label, ...]] = {}
        for cell in grid.cells:
            labels, heading = tuple(self._labels(cell)), vocabulary.heading(cell.text)
            if heading and not (labels and self._is_followed(cell)):
                self.headings.append((cell, heading))
            elif labels:
                self.labels[cell] = labels

    @cached_property
    def near(self) -> dict[GridCell, Label]:
        """The cells whose text is like a label, yet is none."""
        known = {*self.labels, *(cell for cell, _ in self.headings)}
        return {cell: label for cell in self.grid.cells if cell not in known and (label := self._near(cell))}

    def terms(self, cell: GridCell) -> tuple[Term, ...]:
        """Return what a cell means that holds nothing but a label."""
        labels = self.labels.get(cell, ())
        return labels[0].terms if len(labels) == 1 and labels[0].behind is None else ()

    def is_heading(self, cell: GridCell | None) -> bool:
        """Tell whether a cell opens a section."""
        return any(cell is heading for heading, _ in self.headings)

    def is_label(self, cell: GridCell | None) -> bool:
        """Tell whether a cell is no value: a known label, a heading, or what ends in a colon as labels do."""
        if cell is None:
            return False
        return cell in self.labels or self.is_heading(cell) or cell.text.rstrip().endswith((":", "："))

    def sections(self, cell: GridCell) -> tuple[str, ...]:
        """Return the sections that a cell may be in; two where headings side by side leave it open."""
        above = [(head, name) for head, name in self.headings if head.row <= cell.row and head.column <= cell.column]
        if not above:
            return ()
        last = max(above, key=lambda pair: (pair[0].row, pair[0].column))
        over = [pair for pair in above if pair[0].column <= cell.column <= pair[0].last_column]
        beside = max(above, key=lambda pair: (pair[0].column, pair[0].row))
        closest = max(over, key=lambda pair: pair[0].row) if over else beside
        if closest[0].row < last[0].row and last[0].column >= closest[0].column:
            closest = last
        return tuple(dict.fromkeys((closest[1], last[1])))

    def _labels(self, cell: GridCell) -> Iterator[Label]:
        if terms := self._vocabulary.meant(without_boxes(cell.text)):
            yield Label(cell, without_boxes(cell.text), terms)
            return
        found: list[Label] = []
        for piece in filter(None, map(str.strip, _PIECES.split(cell.text))):
            if label := self._with_value(cell, piece):
                found.append(label)
            elif found:
                found[-1] = Label(cell, found[-1].text, found[-1].terms, f"{found[-1].behind}\n{piece}".strip())
            else:
                return
        yield from found

    def _with_value(self, cell: GridCell, text: str) -> Label | None:
        for colon in _COLON.finditer(text):
            if terms := self._vocabulary.meant(text[: colon.start()]):
                return Label(cell, text[: colon.start()].strip(), terms, text[colon.end() :].strip())
        return None

    def _near(self, cell: GridCell) -> Label | None:
        head, colon, behind = cell.text.partition(":")
        near = self._vocabulary.near(head)
        return Label(cell, head.strip(), near.terms, behind.strip() or None if colon else None, near) if near else None

    def _is_followed(self, cell: GridCell) -> bool:
        return cell.text.rstrip().endswith(":") or self.grid.right_of(cell, 1) is not None
