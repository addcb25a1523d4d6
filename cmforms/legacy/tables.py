"""The rows of a planned sheet: values column by column, each different cell read once, then put together row by row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cmforms.errors import error
from cmforms.legacy.cells import Doubt, as_text
from cmforms.legacy.planning import Plan, Planned, Question
from cmforms.legacy.profile import NOTE, ColumnRule
from cmforms.legacy.reading import Reading
from cmforms.legacy.sheets import Row, Struck, blocks, column_number, is_blank, letter, listed
from cmforms.legacy.sieve import Sieve, all_struck
from cmforms.legacy.splitting import reader_of
from cmforms.legacy.targets import ADDRESS, NAME, Target, target

MOST_KEPT = 20_000


class Fault(NamedTuple):
    """What is wrong with a row: in a column (from 0), or in the row as a whole."""

    column: int | None
    doubt: Doubt


@dataclass(slots=True)
class RowRead:
    """One row: what it says of the case, the entries that it adds to lists, what it notes, and what is wrong."""

    number: int
    data: dict[str, Any]
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


class _Values(dict[Any, Any]):
    """Every different cell of a column with its value; `doubts` tells that some have none."""

    def __init__(self, read: Any) -> None:
        super().__init__()
        self.doubts = False
        self._read = read

    def __missing__(self, raw: Any) -> Any:
        value = self._read(raw[0] if type(raw) is tuple else raw)
        self.doubts = self.doubts or type(value) is Doubt
        if len(self) >= MOST_KEPT:
            self.clear()
        self[raw] = value
        return value


@dataclass(frozen=True)
class Slot:
    """Where a value goes: the way through the case or the entry, the key there, and the list that the entry is for."""

    listing: str
    way: tuple[str | int, ...]
    name: str
    column: int

    @classmethod
    def of(cls, goal: Target, column: int) -> Slot:
        """Make the slot of a target."""
        *way, name = goal.steps or ("",)
        return cls(goal.listing, tuple(way), str(name), column)


class Table:
    """Reads the rows of a plan."""

    def __init__(self, plan: Plan, reading: Reading) -> None:
        self.plan = plan
        self._readers = {c.index: _Values(reader_of(reading, c)) for c in plan.columns if c.targets}
        self._groups = _grouped(plan.columns)
        self._fill = [_Filler(path, value, reading) for path, value in plan.rule.fill.items()]
        self._notes = [column for column in plan.columns if column.rule.to == (NOTE,)]
        self._sieve = Sieve(plan, reading.words.totals)
        self._headers = {column.index: column.header for column in plan.columns}

    @property
    def left_out(self) -> dict[str, list[int]]:
        """The numbers of rows that are none of cases, by the reason."""
        return self._sieve.left_out

    def blocks(self) -> Iterator[list[RowRead]]:
        """Yield the rows that hold something, some thousands at a time."""
        for numbers, rows in blocks(self._body()):
            yield self._read(numbers, rows)

    def _body(self) -> Iterator[tuple[int, Row]]:
        last = self.plan.header.last
        merged = Merged.of(self.plan) if self.plan.rule.merged == "fill" else None
        for number, row in self.plan.sheet.rows:
            if number > last and (kept := self._sieve.wanted(number, merged.filled(number, row) if merged else row)):
                yield number, kept

    def _read(self, numbers: Sequence[int], rows: Sequence[Row]) -> list[RowRead]:
        width = max(map(len, rows))
        if any(len(row) != width for row in rows):
            rows = [[*row, *[None] * (width - len(row))] for row in rows]
        columns = list(zip(*rows, strict=True))
        read = {index: self._column(index, columns[index]) for index in self._readers if index < width}
        made = [RowRead(number, {}) for number in numbers]
        self._assemble(made, read)
        self._tell_doubts(made, read)
        self._tell_notes(made, columns)
        for filler in self._fill:
            filler.fill(made)
        return made

    def _column(self, index: int, raws: Sequence[Any]) -> list[Any]:
        values = self._readers[index]
        kinds = set(map(type, raws))
        if bool in kinds:  # True == 1 would find the value of 1
            raws = [(raw,) if raw is True or raw is False else raw for raw in raws]
        return [values[raw] for raw in raws]

    def _assemble(self, made: Sequence[RowRead], read: Mapping[int, Sequence[Any]]) -> None:
        for (listing, way), slots in self._groups.items():
            held = [(slot.name, read[slot.column]) for slot in slots if slot.column in read]
            for at, row in enumerate(made):
                part: dict[str, Any] = {}
                for name, values in held:
                    value = values[at]
                    if value is None or type(value) is Doubt:
                        continue
                    if name:
                        part[name] = value
                    else:
                        part.update(value)
                if part:
                    _put(row.entries.setdefault(listing, {}) if listing else row.data, way, part)
        for row in made:
            for name, held_entries in row.data.items():
                if isinstance(held_entries, dict) and isinstance(next(iter(held_entries), None), int):
                    row.data[name] = [entry for _, entry in sorted(held_entries.items())]

    def _tell_doubts(self, made: Sequence[RowRead], read: Mapping[int, Sequence[Any]]) -> None:
        for index, values in read.items():
            if self._readers[index].doubts:
                for row, value in zip(made, values, strict=True):
                    if type(value) is Doubt:
                        row.faults.append(Fault(index, value))

    def _tell_notes(self, made: Sequence[RowRead], columns: Sequence[Sequence[Any]]) -> None:
        """Keep what stands beside values: columns of notes, comments of cells, text struck through."""
        for column in self._notes:
            if column.index < len(columns):
                for row, raw in zip(made, columns[column.index], strict=True):
                    if not is_blank(raw) and not isinstance(raw, Struck):
                        row.notes.append(f"{column.header}: {as_text(raw)}")
        numbers = {row.number: row for row in made}
        for (number, index), text in self.plan.sheet.comments.items():
            if commented := numbers.get(number):
                commented.notes.append(f"Comment on {self._named(index)} ({letter(index)}{number}): {text}")
        for index, raws in enumerate(columns):
            if Struck in set(map(type, raws)):
                for row, raw in zip(made, raws, strict=True):
                    if isinstance(raw, Struck):
                        row.notes.append(
                            f"Struck through in {self._named(index)} ({letter(index)}{row.number}): {raw.shown}"
                        )
        if self.plan.rule.struck_rows is None:
            self._tell_struck_rows(made, columns)

    def _tell_struck_rows(self, made: Sequence[RowRead], columns: Sequence[Sequence[Any]]) -> None:
        if not any(Struck in set(map(type, raws)) for raws in columns):
            return
        for row, raws in zip(made, zip(*columns, strict=True), strict=True):
            if all_struck(raws):
                row.faults.append(
                    Fault(
                        None,
                        Doubt(
                            "row-struck",
                            "the whole row is struck through; is it withdrawn?",
                            "Delete the row or the lines, or say `struck_rows: skip` or `take` in the profile.",
                        ),
                    )
                )

    def _named(self, index: int) -> str:
        return self._headers.get(index) or f"column {letter(index)}"


@dataclass(frozen=True)
class _Filler:
    """A value that no column gives: the same for all rows, or made of other values, as CM-{student.id}."""

    path: str
    value: Any
    reading: Reading

    def fill(self, made: Sequence[RowRead]) -> None:
        """Put the value into each row that has none there."""
        goal = target(self.path)
        if goal is None:
            return
        read = self.reading.reader(goal, ColumnRule(to=(self.path,), digits="as shown"))
        parts = re.split(r"\{([^}]*)\}", self.value) if isinstance(self.value, str) else [self.value]
        whole = read(parts[0]) if len(parts) == 1 else None
        for row in made:
            value = read(_composed(parts, row.data)) if len(parts) > 1 else whole
            if type(value) is Doubt:
                row.faults.append(Fault(None, value))
            elif value is not None and not goal.listing:
                *way, name = goal.steps
                if name not in (_part(row.data, way) or {}):
                    _put(row.data, tuple(way), {str(name): value})
            elif value is not None and row.entries.get(goal.listing):
                row.entries[goal.listing].setdefault(str(goal.steps[-1]), value)


def _composed(parts: Sequence[Any], data: Mapping[str, Any]) -> str:
    made = []
    for at, part in enumerate(parts):
        if at % 2:
            *way, name = part.split(".")
            value = (_part(data, way) or {}).get(name)
            if value is None:
                return ""
            part = as_text(value)
        made.append(part)
    return "".join(made)


def _part(data: Any, way: Sequence[str | int]) -> Any:
    for step in way:
        if isinstance(data, list):
            data = data[step] if isinstance(step, int) and step < len(data) else None
        else:
            data = data.get(step) if data else None
    return data


def _put(data: dict[Any, Any], way: tuple[str | int, ...], part: dict[str, Any]) -> None:
    for step in way:
        data = data[step] if isinstance(data, list) and isinstance(step, int) else data.setdefault(step, {})
    data.update(part)


def _grouped(columns: Sequence[Planned]) -> dict[tuple[str, tuple[str | int, ...]], list[Slot]]:
    """Group the slots by the part of the case that they fill, the outer parts before the inner ones."""
    slots = []
    for column in columns:
        goals = column.targets
        if len(goals) > 1:
            slots.append(Slot(goals[0].listing, goals[0].steps[:-1], "", column.index))
        elif goals and goals[0].path in (NAME, ADDRESS):
            slots.append(Slot("", goals[0].steps[:-1], "", column.index))
        elif goals:
            slots.append(Slot.of(goals[0], column.index))
    groups: dict[tuple[str, tuple[str | int, ...]], list[Slot]] = {}
    for slot in sorted(slots, key=lambda each: len(each.way)):
        groups.setdefault((slot.listing, slot.way), []).append(slot)
    return groups


class Merged:
    """Cells merged down over several rows: the value of the first counts for all, when a profile says so."""

    def __init__(self, spans: Mapping[int, Sequence[tuple[int, int]]]) -> None:
        self._spans = spans
        self._held: dict[int, Any] = {}

    @classmethod
    def of(cls, plan: Plan) -> Merged:
        """Find the merged cells below the headers, in columns that give something."""
        return cls(spans_of(plan))

    def filled(self, number: int, row: Row) -> Row:
        """Return the row with what is merged into it."""
        made = list(row)
        for column, spans in self._spans.items():
            for first, last in spans:
                if number == first and column < len(made):
                    self._held[column] = made[column]
                elif first < number <= last:
                    made.extend([""] * (column + 1 - len(made)))
                    made[column] = self._held.get(column)
        return made


def merged_question(plan: Plan) -> Iterator[Question]:
    """Ask what cells merged over several rows mean for the rows below the first."""
    spans = spans_of(plan)
    if spans and plan.rule.merged is None:
        places = [
            f"{letter(column)}{first}:{letter(column)}{last}" for column, held in spans.items() for first, last in held
        ]
        said = f"cells are merged over several rows: {listed(places)}"
        fix = (
            "Say `merged: fill` (the value counts for each row) or `merged: leave` for this sheet in the profile."
        )
        finding = error("rows-merged", said, source=plan.sheet.source, sheet=plan.sheet.name, fix=fix)
        asks = f"{said[0].upper()}{said[1:]}. Does the value count for each row (fill) or for the first alone (leave)"
        yield Question(finding, asks, "merged", ("fill", "leave"))


def spans_of(plan: Plan) -> dict[int, list[tuple[int, int]]]:
    """Return the rows, first and last, over which cells are merged, by column."""
    columns = {column.index for column in plan.columns if column.targets}
    found: dict[int, list[tuple[int, int]]] = {}
    for ref in plan.sheet.merged:
        (left, first), (right, last) = (re.fullmatch(r"([A-Z]+)(\d+)", end).groups() for end in ref.split(":"))  # type: ignore[union-attr]
        if int(last) > int(first) > plan.header.last:
            for column in range(column_number(left), column_number(right) + 1):
                if column in columns:
                    found.setdefault(column, []).append((int(first), int(last)))
    return found
