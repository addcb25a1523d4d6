"""Lay out one document: values set into boxes, addendum pages counted, the variant chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cmforms.definitions.schema import ROW_ADDRESS, Form
from cmforms.errors import DefinitionError, Finding, error
from cmforms.fill.addendum import Item, Sheet, flow
from cmforms.fill.placing import Line, Setter
from cmforms.fill.templates import Template
from cmforms.fill.variant import ButtonField, Field, TextField, Variant
from cmforms.fill.words import words
from cmforms.typeset import FontStack
from cmforms.values.documents import Bound
from cmforms.values.kinds import Value, printed


class SetText(NamedTuple):
    """A text field that holds a value: the whole value, and the lines that each of its widgets shows."""

    field: TextField
    text: str
    shown: list[list[Line]]


class SetButton(NamedTuple):
    """Buttons of which one is on."""

    field: ButtonField
    state: str


class Layout:
    """One document before it is written. After `run`: the variant, what is set where, what was printed."""

    def __init__(self, template: Template, bound: Bound, lang: str) -> None:
        self._template = template
        self._form: Form = template.form
        self._bound = bound
        self._words = words(lang)
        self._lang = lang
        self._setter = Setter(FontStack.default())
        self._items: list[Item] = []
        self.sheets: list[Sheet] = []
        self.printed: dict[str, str] = {}
        self.findings: list[Finding] = []
        self.set: list[SetText | SetButton] = []
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
        repeated = field.address != field.source
        if not repeated:
            self.printed[field.source] = text
            if unknown := self._setter.unknown(text):
                self._refuse(field, unknown)
                return
        shown = []
        for widget in field.widgets:
            placed = self._setter.set(text, widget.box, None if repeated else lambda: self._point(field))
            if placed.rest:
                self._items[-1].rest = placed.rest
            shown.append(placed.lines)
        self.set.append(SetText(field, text, shown))

    def _set_button(self, field: ButtonField, value: Value) -> None:
        if value is False:
            return
        state = next(iter(field.states)) if value is True else str(value)
        if state not in field.states:
            raise self._outdated(f"the template has no box for the option {state!r} of {field.source!r}")
        self.printed[field.source] = self._print(field, value)
        self.set.append(SetButton(field, state))

    def _print(self, field: Field, value: Value) -> str:
        return printed(field.spec.type, value, self._lang, field.labels)

    def _point(self, field: TextField) -> tuple[str, str]:
        """Open an item of the addendum for a field, and say where it is."""
        label = self._form.text(field.spec.label, self._lang)
        if row := ROW_ADDRESS.fullmatch(field.source):
            label += f", {self._words.row.format(row=int(row['row']) + 1)}"
        item = Item(f"A{len(self._items) + 1}", label)
        self._items.append(item)
        return item.number, self._words.continued.format(item=item.number)

    def _continue_in_addendum(self) -> None:
        box = self._template.variant(self._bound.rows, 1).addenda[0].box
        self.sheets = flow(self._items, box, self._setter)
        before = len(self.variant.fields)
        final = self._template.variant(self._bound.rows, len(self.sheets))
        # The same fields in the same order, under other object numbers; those of the new pages follow.
        renumbered = dict(zip(map(id, self.variant.fields), final.fields, strict=False))
        self.set = [entry._replace(field=renumbered[id(entry.field)]) for entry in self.set]  # type: ignore[arg-type]
        self.variant = final
        self._set_fields(final.fields[before:])

    def _refuse(self, field: TextField, unknown: Sequence[str]) -> None:
        label = self._form.text(field.spec.label, "en")
        names = ", ".join(f"{char} (U+{ord(char):04X})" for char in unknown)
        self.findings.append(
            error(
                "glyph-missing", f"{label!r} has characters that no font of the toolkit can show: {names}",
                path=field.source, fix="Write them otherwise in the case.",
            )
        )

    def _check_all_set(self) -> None:
        known = {field.source for field in self.variant.fields}
        if lost := [address for address in self._bound.values if address not in known]:
            raise self._outdated(f"the template has no field {lost[0]!r}")

    def _outdated(self, message: str) -> DefinitionError:
        name = self._form.id
        return DefinitionError.because(
            "template-outdated", f"{name}: {message}", fix=f"Run: cmforms forms build {name}"
        )
