"""A form laid out in rows and tables, ready for the HTML: what stands where, nothing of how it looks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from markupsafe import Markup

from cmforms.build.prose import prose_html
from cmforms.build.slots import ADDENDUM, MAIN, Slot, Slots, more
from cmforms.definitions.schema import (
    DATE_SIGNED,
    PRINTED_NAME,
    SIGNATURE,
    Block,
    FieldSpec,
    Form,
    Group,
    Section,
    Signature,
    Writer,
)
from cmforms.typeset import FontStack
from cmforms.values.kinds import Kind
from cmforms.values.phrases import Phrases

COLUMNS = 12
COLUMN_POINTS = 42
LINE_POINTS = 13
BOX_SIDES = 6
LABEL_POINTS = 7
LABEL_LINE = 8.75
ROW_POINTS = 30
SHEET_POINTS = 618  # of an optional page, below its heading
LABEL_SIDES = 7  # points that a label's cell loses to rules and padding


@dataclass(frozen=True, slots=True)
class Box:
    """One input, with the label of its option when it is a box to mark."""

    slot: Slot
    text: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One field in a row. `shape` is line, long, check, boxes or rest; `height` in points is a tall box's."""

    label: str
    help: str
    width: int
    shape: str
    height: float | None
    by_hand: bool
    boxes: tuple[Box, ...]

    @property
    def label_lines(self) -> int:
        """The lines that label and help take above the box."""
        room = self.width * COLUMN_POINTS - LABEL_SIDES
        words = f"{self.label} {self.help}".strip()
        return 0 if self.shape == "check" else len(FontStack.default().wrap(words, room, LABEL_POINTS))


@dataclass(frozen=True, slots=True)
class Row:
    """The fields that stand side by side; `ruled` unless it holds check boxes alone."""

    cells: tuple[Cell, ...]

    @property
    def ruled(self) -> bool:
        """Whether the row is drawn as a strip of boxes."""
        return any(cell.shape != "check" for cell in self.cells)

    @property
    def label_lines(self) -> int:
        """The lines of the longest label, so that the boxes below the labels stand level."""
        return max(cell.label_lines for cell in self.cells)

    @property
    def spare(self) -> int:
        """The twelfths that no cell uses."""
        return COLUMNS - sum(cell.width for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """A group: a column for each field, a row of cells for each item."""

    heads: tuple[FieldSpec, ...]
    labels: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One part of a signature block with the caption under its line."""

    caption: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class Signing:
    """A signature block: who signs, then signature, printed name, date."""

    role: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """One block of a section: exactly one of these is not empty."""

    prose: Markup | None = None
    rows: tuple[Row, ...] = ()
    table: Table | None = None
    signings: tuple[Signing, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A headed part of the main pages."""

    heading: str
    new_page: bool
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """An optional page: a continuation page of a group, or the addendum page (no table then)."""

    role: str
    heading: str
    note: str
    identify: tuple[Row, ...]
    table: Table | None
    box: Cell | None


class Composer:
    """Lays out one form in one language, and gathers its slots in reading order."""

    def __init__(self, form: Form, lang: str, phrases: Phrases) -> None:
        self.form = form
        self.lang = lang
        self.phrases = phrases
        self.slots = Slots()

    def parts(self) -> tuple[Part, ...]:
        """Return the main pages' sections."""
        return tuple(self._part(section) for section in self.form.sections)

    def sheets(self) -> tuple[Sheet, ...]:
        """Return the optional pages: one for each group, then the addendum."""
        groups = [self._more_sheet(group) for group in self.form.groups.values()]
        return (*groups, self._addendum_sheet())

    def _say(self, localised: dict[str, str]) -> str:
        return self.form.text(localised, self.lang)

    def _part(self, section: Section) -> Part:
        pieces = tuple(self._piece(block) for block in section.blocks)
        return Part(self._say(section.heading), section.new_page, pieces)

    def _piece(self, block: Block) -> Piece:
        if block.prose is not None:
            return Piece(prose=prose_html(self._say(block.prose)))
        if block.group:
            return Piece(table=self._table(block.group, MAIN, block.group.rows, "{group}[{row}].{field}"))
        if block.signatures:
            return Piece(signings=tuple(self._signing(signature) for signature in block.signatures))
        return Piece(rows=packed(self._cell(spec, spec.name, MAIN) for spec in block.fields or ()))

    def _cell(self, spec: FieldSpec, address: str, role: str, label: str | None = None) -> Cell:
        spoken = label or self._say(spec.label)
        boxes = tuple(self._boxes(spec, address, role, spoken))
        return Cell(
            label=self._say(spec.label),
            help=self._say(spec.help) if spec.help else "",
            width=spec.width,
            shape=_shape(spec),
            height=spec.lines * LINE_POINTS + BOX_SIDES if _shape(spec) == "long" else None,
            by_hand=spec.by is not Writer.TOOLKIT,
            boxes=boxes,
        )

    def _boxes(self, spec: FieldSpec, address: str, role: str, label: str) -> Iterator[Box]:
        if not (spec.boxes and spec.options):
            tall = _shape(spec) == "long"
            yield Box(self.slots.add(address, spec.type, role, label=label, multiline=tall))
            return
        for value, text in spec.labels(self.lang).items():
            slot = self.slots.add(address, spec.type, role, label=label, option=(value, text))
            yield Box(slot, text)

    def _table(self, group: Group, role: str, rows: int, pattern: str) -> Table:
        return Table(
            heads=group.fields,
            labels=tuple(self._say(spec.label) for spec in group.fields),
            rows=tuple(self._table_row(group, role, row, pattern) for row in range(rows)),
        )

    def _table_row(self, group: Group, role: str, row: int, pattern: str) -> tuple[Cell, ...]:
        return tuple(
            self._cell(
                spec,
                pattern.format(group=group.name, row=row, field=spec.name),
                role,
                self.phrases.cell.format(label=self._say(spec.label), row=row + 1),
            )
            for spec in group.fields
        )

    def _signing(self, signature: Signature) -> Signing:
        captions = (SIGNATURE, PRINTED_NAME, DATE_SIGNED)
        lines = tuple(
            Line(_capital(self._say(caption)), self._cell(spec, spec.name, MAIN))
            for caption, spec in zip(captions, signature.fields, strict=True)
        )
        return Signing(self._say(signature.label), lines)

    def _more_sheet(self, group: Group) -> Sheet:
        role = more(group.name)
        heading = self.phrases.continued.format(heading=self._heading_over(group))
        identify = self._identify(role)
        table = self._table(group, role, group.more_rows, "{group}[+{row}].{field}")
        return Sheet(role, heading, "", identify, table, None)

    def _addendum_sheet(self) -> Sheet:
        identify = self._identify(ADDENDUM)
        slot = self.slots.add(ADDENDUM, Kind.LONGTEXT, ADDENDUM, label=self.phrases.addendum, multiline=True)
        height = SHEET_POINTS - sum(ROW_POINTS + LABEL_LINE * (row.label_lines - 1) for row in identify)
        box = Cell(self.phrases.addendum, "", COLUMNS, "rest", height, False, (Box(slot),))
        return Sheet(ADDENDUM, self.phrases.addendum, self.phrases.addendum_note, identify, None, box)

    def _identify(self, role: str) -> tuple[Row, ...]:
        specs = (self.form.fields[name] for name in self.form.identify)
        return packed(self._cell(spec, f"{spec.name}@", role) for spec in specs)

    def _heading_over(self, group: Group) -> str:
        for section in self.form.sections:
            if any(block.group is group for block in section.blocks) and section.heading:
                return self._say(section.heading)
        return self._say(self.form.title)


def packed(cells: Iterable[Cell]) -> tuple[Row, ...]:
    """Set cells side by side, a new row where the twelfths are used up."""
    rows: list[list[Cell]] = []
    for cell in cells:
        if rows and sum(other.width for other in rows[-1]) + cell.width <= COLUMNS:
            rows[-1].append(cell)
        else:
            rows.append([cell])
    return tuple(Row(tuple(row)) for row in rows)


def _shape(spec: FieldSpec) -> str:
    if spec.type is Kind.CHECK:
        return "check"
    if spec.boxes and spec.options:
        return "boxes"
    return "long" if spec.type is Kind.LONGTEXT or spec.lines > 1 else "line"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
