"""What people do to a document on paper: they sign, date, answer and mark it; some alter what was printed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.reading.office import Office, Paper, draw
from benchmarks.reading.strokes import PENS, Sheet, mark, pen, signature, written
from benchmarks.reading.truth import FieldTruth
from cmforms.definitions.schema import FieldSpec, Writer
from cmforms.read.compare import issued_text
from cmforms.values.kinds import Kind, Value, to_json

Box = tuple[float, float, float, float]

_ANSWERS = (
    "Quiet room helps me", "A tutor after school", "Text me before 8", "My aunt can pick me up", "Please call Mondays",
    "I like math with Mr. X", "Bus is late on 3rd st", "None", "More time for tests", "See note from Dr. Nobody",
)  # fmt: skip
_NAMES = ("Ana Pretendo", "Max Unreal", "Lili Mockridge", "Bo Samplewood", "Zoe Inventado", "J. Testerfield")
_DIGIT = re.compile(r"\d")
_ALTERATIONS = ("digit", "other", "struck", "rewritten", "fluid", "fluid-written", "overwritten")
_INSET = 1.0


@dataclass
class _Field:
    """A field on one page with its boxes, and their options where it is a choice."""

    address: str
    spec: FieldSpec
    boxes: dict[str, Box]
    truth: FieldTruth

    @property
    def box(self) -> Box:
        return next(iter(self.boxes.values()))


class Person:
    """Works through one document, page by page. After `page`, `truths` says what stands on it."""

    def __init__(self, office: Office, paper: Paper, rng: np.random.Generator, dpi: int) -> None:
        """Take the paper; it is drawn at so many dots per inch."""
        self._office, self._paper, self._rng, self._dpi = office, paper, rng, dpi
        self._busy = rng.random() < 0.75
        self._pen = pen(rng)
        self.truths: list[FieldTruth] = []

    def page(self, number: int) -> np.ndarray:
        """Return page `number`, from 0, with what was done to it."""
        sheet = Sheet(self._paper.drawn(number, self._dpi), self._dpi)
        fields = list(self._fields(number))
        if self._rng.random() < 0.35:
            self._alter(sheet, fields, number)
        for field in fields:
            if field.truth.state != "altered":
                self._treat(sheet, field)
        self.truths += [field.truth for field in fields]
        return sheet.pixels

    def _fields(self, number: int) -> Iterator[_Field]:
        issued = self._paper.issued
        found: dict[str, dict[str, Box]] = {}
        for place in self._paper.pages[number].places:
            found.setdefault(place.address, {})[place.option or ""] = place.box
        for address, boxes in found.items():
            spec = None if "@" in address else self._paper.form.spec(address)
            if spec is None:
                continue
            printed = issued_text(address, spec, issued, issued.lang)
            boxed = spec.type is Kind.CHECK or any(boxes)
            state = ("marked" if printed else "unmarked") if boxed else "printed" if printed.strip() else "empty"
            value: Any = to_json(issued.values.get(address))
            kind = "box" if boxed else spec.type.value
            places = [tuple(box) for box in boxes.values()]
            yield _Field(address, spec, boxes, FieldTruth(address, kind, number + 1, places, state, value, printed))

    def _treat(self, sheet: Sheet, field: _Field) -> None:
        truth, by_hand = field.truth, field.spec.by is not Writer.TOOLKIT
        if field.spec.type is Kind.SIGNATURE:
            self._sign(sheet, field)
        elif truth.kind == "box":
            if by_hand and not truth.printed:
                self._mark(sheet, field)
            elif not truth.printed and self._rng.random() < 0.02:
                self._tick(sheet, field, self._rng.choice(["tick", "cross"]))
        elif truth.state == "empty" and self._rng.random() < (0.7 * self._busy if by_hand else 0.01):
            self._write(sheet, field)

    def _sign(self, sheet: Sheet, field: _Field) -> None:
        rng, truth = self._rng, field.truth
        if self._busy and rng.random() < 0.75:
            with_, initials = pen(rng), rng.random() < 0.25
            sheet.ink(signature(_inside(field.box), rng, initials), with_, rng)
            truth.state, truth.how = "signed", f"{with_.name}{', initials' if initials else ''}"
            return
        truth.state = "unsigned"
        if rng.random() < 0.1:
            left, bottom, right, top = field.box
            at = rng.uniform(left, right), rng.uniform(bottom, top)
            sheet.ink(mark("dot", (at[0] - 4, at[1] - 4, at[0] + 4, at[1] + 4), rng), pen(rng), rng)
            truth.how = "dot"

    def _mark(self, sheet: Sheet, field: _Field) -> None:
        """Mark one box or none; sometimes in a manner that leaves open what was meant."""
        chance = self._rng.random()
        if not self._busy or chance < 0.3:
            field.truth.state = "unmarked"
        elif chance < 0.85:
            self._tick(sheet, field, str(self._rng.choice(["tick", "cross", "fill"], p=[0.45, 0.4, 0.15])))
        elif chance < 0.9:
            self._tick(sheet, field, "circle")
        elif chance < 0.95:
            self._correct(sheet, field)
        else:
            sheet.ink(mark("dot", field.box, self._rng), self._pen, self._rng)
            field.truth.state, field.truth.how = "unmarked", "dot"

    def _tick(self, sheet: Sheet, field: _Field, style: str) -> None:
        option = str(self._rng.choice(list(field.boxes)))
        with_ = pen(self._rng)
        sheet.ink(mark(style, field.boxes[option], self._rng), with_, self._rng)
        field.truth.state, field.truth.text, field.truth.how = "marked", option or "X", f"{style}, {with_.name}"

    def _correct(self, sheet: Sheet, field: _Field) -> None:
        """Cross out a mark, and mark another option then; or mark two."""
        options = list(field.boxes)
        self._rng.shuffle(options)
        if len(options) > 1 and self._rng.random() < 0.5:
            for option in options[:2]:
                sheet.ink(mark("tick", field.boxes[option], self._rng), self._pen, self._rng)
            field.truth.state, field.truth.how = "unclear", "two marked"
            return
        for style in ("cross", "scribble"):
            sheet.ink(mark(style, field.boxes[options[0]], self._rng), self._pen, self._rng)
        if len(options) > 1:
            sheet.ink(mark("cross", field.boxes[options[1]], self._rng), self._pen, self._rng)
        field.truth.state, field.truth.how = "unclear", "crossed out"
        field.truth.text = options[1] if len(options) > 1 else ""

    def _write(self, sheet: Sheet, field: _Field) -> None:
        rng, kind = self._rng, field.spec.type
        left, bottom, right, top = _inside(field.box)
        text = _answer(kind, field.spec, self._paper.issued.lang, rng)
        line = min(top - bottom, 15.0)
        count = 1 if kind is not Kind.LONGTEXT else int(rng.integers(1, 1 + max(1, int((top - bottom) // 15))))
        with_ = pen(rng)
        for row in range(min(count, 3)):
            said = text if row == 0 else str(rng.choice(_ANSWERS))
            room = (left, top - (row + 1) * line, right, top - row * line)
            sheet.ink(written(said, room, rng), with_, rng)
        field.truth.state, field.truth.text, field.truth.how = "written", text, with_.name

    def _alter(self, sheet: Sheet, fields: list[_Field], number: int) -> None:
        """Change one printed value: printed anew, struck out, overwritten, or under correction fluid."""
        suitable = [field for field in fields if field.truth.state == "printed" and len(field.truth.printed) > 3]
        if not suitable:
            return
        field = suitable[self._rng.integers(len(suitable))]
        how = str(self._rng.choice(_ALTERATIONS))
        manner = _MANNERS[how]
        if done := manner(self, sheet, field, number):
            field.truth.state, field.truth.how, field.truth.text = "altered", how, done

    def _reprinted(self, sheet: Sheet, field: _Field, number: int, other: Value) -> str:
        data = self._office.forged(self._paper, {field.address: other}) if other is not None else None
        if data is None:
            return ""
        rows, columns = _slices(field.box, sheet)
        anew = draw(data, number, self._dpi)[rows, columns]
        if np.array_equal(anew, sheet.pixels[rows, columns]):
            return ""  # the change stands further on, on an addendum page
        sheet.pixels[rows, columns] = anew
        return str(to_json(other))

    def _digit(self, sheet: Sheet, field: _Field, number: int) -> str:
        return self._reprinted(sheet, field, number, _other_digit(self._value(field), self._rng))

    def _other(self, sheet: Sheet, field: _Field, number: int) -> str:
        value = self._value(field)
        return self._reprinted(sheet, field, number, str(self._rng.choice(_NAMES)) if isinstance(value, str) else None)

    def _struck(self, sheet: Sheet, field: _Field, _number: int) -> str:
        left, _, right, _ = _inside(field.box)
        low, high = self._lines(sheet, field)
        end = min(right, left + max(25.0, 4.6 * len(field.truth.printed)))
        y = np.full(5, (low + high) / 2) + self._rng.normal(0, 0.7, 5)
        sheet.ink([np.stack([np.linspace(left, end, 5), y], axis=1)], self._pen, self._rng)
        return "struck out"

    def _rewritten(self, sheet: Sheet, field: _Field, number: int) -> str:
        self._struck(sheet, field, number)
        left, bottom, right, top = _inside(field.box)
        text = str(self._rng.choice(_NAMES))
        sheet.ink(written(text, ((left + right) / 2, bottom, right, top), self._rng), self._pen, self._rng)
        return text

    def _fluid(self, sheet: Sheet, field: _Field, _number: int) -> str:
        """Cover what is printed with white that is not quite the paper's."""
        left, _, right, _ = _inside(field.box)
        low, high = self._lines(sheet, field)
        end = min(right, left + max(25.0, 5.2 * len(field.truth.printed)))
        rows, columns = _slices((left, low - 1.5, end, high + 1.5), sheet)
        patch = sheet.pixels[rows, columns]
        patch[:] = np.clip(self._rng.normal(249, 2.0, patch.shape), 0, 255).astype(np.uint8)
        return "covered"

    def _fluid_written(self, sheet: Sheet, field: _Field, number: int) -> str:
        self._fluid(sheet, field, number)
        text = str(self._rng.choice(_NAMES))
        sheet.ink(written(text, _inside(field.box), self._rng), self._pen, self._rng)
        return text

    def _overwritten(self, sheet: Sheet, field: _Field, _number: int) -> str:
        """Write a digit over one that is printed."""
        left, _, right, _ = _inside(field.box)
        low, high = self._lines(sheet, field)
        at = left + self._rng.uniform(0, min(right - left - 6, 4.4 * len(field.truth.printed) - 5))
        text = str(self._rng.integers(10))
        box = (at - 3, low - 2.5, at + 7, high + 1.5)
        sheet.ink(written(text, box, self._rng), PENS[self._rng.integers(2)], self._rng)
        return f"{text} over it"

    def _value(self, field: _Field) -> Value:
        return self._paper.issued.values.get(field.address)

    def _lines(self, sheet: Sheet, field: _Field) -> tuple[float, float]:
        """Return the feet and the heads, in points, of the first printed line in a box."""
        left, bottom, right, top = _inside(field.box)
        rows, columns = _slices((left, bottom, right, top), sheet)
        dark = (sheet.pixels[rows, columns].min(axis=2) < 120).any(axis=1).nonzero()[0]
        first = dark[0] if len(dark) else 0
        gaps = (np.diff(dark) > 2).nonzero()[0]
        last = dark[gaps[0]] if len(gaps) else dark[-1] if len(dark) else len(dark)
        return top - (last + 1) / sheet.scale, top - first / sheet.scale


_MANNERS: dict[str, Callable[[Person, Sheet, _Field, int], str]] = {
    "digit": Person._digit, "other": Person._other, "struck": Person._struck, "rewritten": Person._rewritten,
    "fluid": Person._fluid, "fluid-written": Person._fluid_written, "overwritten": Person._overwritten,
}  # fmt: skip


def _inside(box: Box) -> Box:
    left, bottom, right, top = box
    return left + 1.5, bottom + _INSET, right - 1.5, top - _INSET


def _slices(box: Box, sheet: Sheet) -> tuple[slice, slice]:
    left, bottom, right, top = (edge * sheet.scale for edge in box)
    height = sheet.pixels.shape[0]
    return slice(round(height - top), round(height - bottom)), slice(round(left), round(right))


def _other_digit(value: Value, rng: np.random.Generator) -> Value:
    """Return the value with one digit changed, a date another day; None where there is no digit."""
    if isinstance(value, dt.datetime) or value is None or isinstance(value, bool):
        return None
    if isinstance(value, dt.date):
        return value.replace(day=1 + (value.day + int(rng.integers(1, 27))) % 28)
    if isinstance(value, dt.time):
        return value.replace(minute=(value.minute + int(rng.integers(1, 59))) % 60)
    if isinstance(value, (int, float)):
        return value + int(rng.integers(1, 9))
    places = [found.start() for found in _DIGIT.finditer(value)]
    if not places:
        return None
    at = int(rng.choice(places))
    return value[:at] + str((int(value[at]) + int(rng.integers(1, 10))) % 10) + value[at + 1 :]


def _answer(kind: Kind, spec: FieldSpec, lang: str, rng: np.random.Generator) -> str:
    if kind is Kind.DATE:
        month, day, year = rng.integers(1, 13), rng.integers(1, 29), rng.integers(24, 28)
        shown = (month, day) if lang == "en" else (day, month)
        return f"{shown[0]}/{shown[1]}/{'20' if rng.random() < 0.5 else ''}{year}"
    if kind is Kind.TIME:
        return f"{rng.integers(7, 18)}.{rng.integers(10, 60)}"
    if kind in (Kind.INTEGER, Kind.DECIMAL):
        return str(rng.integers(1, 100))
    if kind is Kind.PHONE:
        return f"850-555-01{rng.integers(10, 100)}"
    return str(rng.choice(_NAMES if "name" in spec.name or spec.name.endswith("printed") else _ANSWERS))
