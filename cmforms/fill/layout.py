"""Lay out one document: values set into boxes, addendum pages counted, the variant chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, cast

from cmforms.definitions.schema import ROW_ADDRESS, Form
from cmforms.errors import DefinitionError, Finding, error
from cmforms.fill.addendum import Item, Sheet, flow
from cmforms.fill.placing import Line, Setter
from cmforms.fill.templates import Template
from cmforms.fill.variant import ButtonField, Field, TextField, Variant
from cmforms.typeset import FontStack
from cmforms.values.documents import Bound
from cmforms.values.kinds import Kind, Value, printed
from cmforms.values.phrases import phrases

# Texts that came again, for the school, the dates and the staff are the same on many documents; and marks of all.
_KEPT, _SEEN = 4096, 2**16
_kept: dict[tuple[int, str], Shown] = {}
_seen: set[int] = set()


class Written(NamedTuple):
    """A field's value and appearances as the file holds them, with `fixed_codes`."""

    value: bytes
    looks: list[bytes]


@dataclass(slots=True)
class Shown:
    """A text as it is set in each widget of a field; when `kept`, for the next documents too, and as written."""

    lines: list[list[Line]]
    kept: bool = False
    written: Written | None = None


class Layout:
    """One document before it is written. After `run`: the variant, what is set where, what was printed."""

    def __init__(self, template: Template, bound: Bound, lang: str, subject: str) -> None:
        """Take what to lay out; `subject` is the case's id, for findings."""
        self._template = template
        self._subject = subject
        self._form: Form = template.form
        self._bound = bound
        self._phrases = phrases(lang)
        self._lang = lang
        self._setter = Setter(FontStack.default())
        self._items: list[Item] = []
        self._current: TextField
        self.sheets: list[Sheet] = []
        self.printed: dict[str, str] = {}
        self.findings: list[Finding] = []
        # Each text field with its whole value and how each widget shows it; each button with its state.
        self.texts: list[tuple[TextField, str, Shown]] = []
        self.buttons: list[tuple[ButtonField, str]] = []
        self.variant: Variant

    def run(self) -> None:
        """Set everything; only when all boxes are set is it known how many addendum pages there are."""
        self.variant = self._template.variant(self._bound.rows, 0)
        self._set_fields(self.variant.fields)
        self._check_all_set()
        if self._items and not self.findings:
            self._continue_in_addendum()

    def _set_fields(self, fields: Sequence[Field]) -> None:
        values = self._bound.values
        for field in fields:
            value = values.get(field.source)
            if value is None:
                continue
            if isinstance(field, ButtonField):
                self._set_button(field, value)
            else:
                self._set_text(field, value)

    def _set_text(self, field: TextField, value: Value) -> None:
        text = value if type(value) is str and not field.labels else self._print(field, value)
        if not field.repeated:
            self.printed[field.source] = text
        shown = _kept.get((field.serial, text))
        if shown is None:
            if not field.repeated and not text.isascii() and (unknown := self._setter.unknown(text)):
                self._refuse(field, unknown)
                return
            shown = self._set(field, text)
        self.texts.append((field, text, shown))

    def _set(self, field: TextField, text: str) -> Shown:
        items = len(self._items)
        self._current = field
        pointer = None if field.repeated else self._point
        shown = Shown([])
        for widget in field.widgets:
            lines, rest = self._setter.set(text, widget.box, pointer)
            if rest:
                self._items[-1].rest = rest
            shown.lines.append(lines)
        if len(self._items) == items and _comes_again(key := (field.serial, text)):
            shown.kept = True
            _keep(key, shown)
        return shown

    def _set_button(self, field: ButtonField, value: Value) -> None:
        if value is False:
            return
        state = next(iter(field.states)) if value is True else str(value)
        if state not in field.states:
            raise self._outdated(f"the template has no box for the option {state!r} of {field.source!r}")
        self.printed[field.source] = self._print(field, value)
        self.buttons.append((field, state))

    def _print(self, field: Field, value: Value) -> str:
        if field.labels:
            return printed(field.spec.type, value, self._lang, field.labels)
        return _printed(field.spec.type, value, self._lang)

    def _point(self) -> tuple[str, str]:
        """Open an item of the addendum for the field that is being set, and say where it is."""
        field = self._current
        label = self._form.text(field.spec.label, self._lang)
        if row := ROW_ADDRESS.fullmatch(field.source):
            label += f", {self._phrases.row.format(row=int(row['row']) + 1)}"
        item = Item(f"A{len(self._items) + 1}", label)
        self._items.append(item)
        return item.number, self._phrases.continued_in.format(item=item.number)

    def _continue_in_addendum(self) -> None:
        box = self._template.variant(self._bound.rows, 1).addenda[0].box
        self.sheets = flow(self._items, box, self._setter)
        before = len(self.variant.fields)
        final = self._template.variant(self._bound.rows, len(self.sheets))
        # The same fields in the same order, under other object numbers; those of the new pages follow.
        now = dict(zip((field.address for field in self.variant.fields), final.fields, strict=False))
        self.texts = [_moved(cast(TextField, now[field.address]), text, shown) for field, text, shown in self.texts]
        self.buttons = [(cast(ButtonField, now[field.address]), state) for field, state in self.buttons]
        self.variant = final
        self._set_fields(final.fields[before:])

    def _refuse(self, field: TextField, unknown: Sequence[str]) -> None:
        label = self._form.text(field.spec.label, "en")
        names = ", ".join(f"{char} (U+{ord(char):04X})" for char in unknown)
        self.findings.append(
            error(
                "glyph-missing", f"{label!r} has characters that no font of the toolkit can show: {names}",
                case=self._subject, path=field.source, fix="Write them otherwise in the case.",
            )
        )

    def _check_all_set(self) -> None:
        if lost := self._bound.values.keys() - self.variant.sources:
            raise self._outdated(f"the template has no field {min(lost)!r}")

    def _outdated(self, message: str) -> DefinitionError:
        name = self._form.id
        return DefinitionError.because(
            "template-outdated", f"{name}: {message}", fix=f"Run: cmforms forms build {name}"
        )


def _moved(field: TextField, text: str, shown: Shown) -> tuple[TextField, str, Shown]:
    """Return the text in the field of another variant: the lines are the same, what is written is not."""
    key = (field.serial, text)
    there = _kept.get(key) if shown.kept else None
    if there is None:
        there = Shown(shown.lines, shown.kept)
        if shown.kept:
            _keep(key, there)
    return field, text, there


def _comes_again(key: tuple[int, str]) -> bool:
    """Tell whether a text was set into a field before: most names and numbers never are, and need not be kept."""
    if (mark := hash(key)) in _seen:
        return True
    if len(_seen) >= _SEEN:
        _seen.clear()
    _seen.add(mark)
    return False


def _keep(key: tuple[int, str], shown: Shown) -> None:
    if len(_kept) >= _KEPT:
        _kept.clear()
    _kept[key] = shown


@lru_cache(maxsize=4096, typed=True)
def _printed(kind: Kind, value: Value, lang: str) -> str:
    """Print a value of no options; the same dates and numbers come again and again in a batch."""
    return printed(kind, value, lang)
