"""Fill an official form: compiled once, then each document is an update appended to the form's own bytes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from cmforms.definitions.layout import MAIN
from cmforms.definitions.schema import FieldSpec, Form, Option
from cmforms.errors import DefinitionError, Finding, error
from cmforms.fill.increment import Increment
from cmforms.fill.official_setting import clusters, set_text
from cmforms.fill.official_template import OfficialButton, OfficialText, OfficialWidget, open_official
from cmforms.fill.placing import Line
from cmforms.fill.properties import put_properties
from cmforms.fill.stamp import official_stamp
from cmforms.fill.syntax import stream, text_string
from cmforms.typeset import FontStack, Subset
from cmforms.values.documents import Bound, Filled, Identity
from cmforms.values.kinds import Kind, Value, printed

_HIGHLIGHT = b"0.6 0.75686 0.8549 rg\n"
_LIST_SIZE = 10.0
_LIST_PITCH = 1.2


def fill_official(
    template: Path, form: Form, bound: Bound, identity: Identity, *, lang: str, draft: bool = False
) -> Filled:
    """Fill one document: the same input gives the same bytes, and the form's own are not touched.

    Nothing is ever cut: a value longer than the field allows (`value-too-long`), that cannot be read in its box
    (`value-overflow`) or whose characters no font has (`glyph-missing`) refuses the document; `data` is empty then.
    Raises DefinitionError when the template lacks a field, InputError when it cannot be read.
    """
    writer = _Writer(template, form, identity, lang)
    for address, value in bound.values.items():
        writer.put(address, value)
    if writer.findings:
        return Filled(b"", (), {}, tuple(writer.findings))
    return Filled(writer.document(draft), (MAIN,) * len(writer.template.sheets), writer.printed)


class _Writer:
    """Writes one document."""

    def __init__(self, template: Path, form: Form, identity: Identity, lang: str) -> None:
        self.template = open_official(template, form)
        self._identity = identity
        self._lang = lang
        self._stack = FontStack.default()
        self._subset = Subset(self._stack)
        self._update = Increment(self.template.trunk)
        self.printed: dict[str, str] = {}
        self.findings: list[Finding] = []

    def put(self, address: str, value: Value) -> None:
        """Set one value."""
        field = self.template.fields.get(address)
        if field is None:
            name = self.template.form.id
            raise DefinitionError.because(
                "template-outdated", f"{name}: the template has no field {address!r}",
                fix="Adopt the official form again, with --from, or take the field out of the definition.",
            )
        if isinstance(field, OfficialButton):
            self._button(address, field, value)
        else:
            self._text(address, field, value)

    def _button(self, address: str, field: OfficialButton, value: Value) -> None:
        spec = field.spec
        if value is False:
            return
        known = spec.official.on if spec.official else None
        state = known if spec.type is Kind.CHECK else _option(spec, value).official
        if state not in {on for _, _, on, _ in field.widgets}:
            raise DefinitionError.because(
                "template-outdated", f"the template has no box {state!r} of {address!r}",
                fix="Adopt the official form again, with --from.",
            )
        self.printed[address] = printed(spec.type, value, self._lang, spec.labels(self._lang))
        name = f"/{state}".encode()
        for number, head in field.holders:
            self._update.put(number, b"%b/V%b>>" % (head, name))
        for number, head, on, holds in field.widgets:
            shown = name if on == state else b"/Off"
            self._update.put(number, b"%b%b/AS%b>>" % (head, b"/V" + name if holds else b"", shown))

    def _text(self, address: str, field: OfficialText, value: Value) -> None:
        spec = field.spec
        labels = spec.labels(self._lang)
        text = printed(spec.type, value, self._lang, labels) if labels else _printed(spec.type, value, self._lang)
        if spec.type is not Kind.LONGTEXT:
            text = " ".join(text.split("\n")).replace("\t", " ")
        if self._unfit(address, spec, text):
            return
        option = _option(spec, value) if spec.type is Kind.CHOICE and field.exported else None
        held = (option.official or option.value) if option else text
        entries = b"/V" + text_string(held) + _chosen(field, held)
        looks = [self._look(widget, text, field, held) for widget in field.widgets]
        if None in looks:
            self._refuse(
                "value-overflow", address, spec, f"is too long for its box: {len(text)} characters cannot be read there"
            )
            return
        self.printed[address] = text
        for number, head in field.holders:
            self._update.put(number, b"%b%b>>" % (head, entries))
        for widget, look in zip(field.widgets, looks, strict=True):
            number = self._update.add(stream(widget.form, look or b""))
            value_here = entries if widget.holds else b""
            self._update.put(widget.number, b"%b%b/AP<</N %d 0 R>>>>" % (widget.head, value_here, number))

    def _unfit(self, address: str, spec: FieldSpec, text: str) -> bool:
        limit = spec.official.max_length if spec.official else None
        length = len(clusters(text)) if spec.official and spec.official.comb else len(text)
        if limit and length > limit:
            self._refuse("value-too-long", address, spec, f"takes {limit} characters, and the value has {length}")
        missing = [] if text.isascii() else self._stack.missing(text.replace("\t", " "))
        if missing:
            names = ", ".join(f"{char} (U+{ord(char):04X})" for char in missing)
            said = f"has characters that no font of the toolkit can show: {names}"
            self._refuse("glyph-missing", address, spec, said)
        return bool(missing or (limit and length > limit))

    def _refuse(self, code: str, address: str, spec: FieldSpec, said: str) -> None:
        label = self.template.form.text(spec.label, self._lang)
        self.findings.append(error(
            code, f"{label!r} {said}", case=self._identity.subject, path=address,
            fix="Shorten or rewrite it in the case, or let the binding do so.",
        ))  # fmt: skip

    def _look(self, widget: OfficialWidget, text: str, field: OfficialText, held: str) -> bytes | None:
        """Return the appearance's content (12.7.3.3), or None when the text cannot be read in the box."""
        if field.shown:
            return self._list(widget, field.shown, field.exported.index(held))
        lines = set_text(self._stack, text, widget.box)
        return None if lines is None else _content(widget.before, b"".join(self._show(lines)))

    def _show(self, lines: Sequence[Line]) -> list[bytes]:
        return [self._subset.show(*line) for line in lines]

    def _list(self, widget: OfficialWidget, shown: Sequence[str], chosen: int) -> bytes | None:
        """Show a list box: its options from the top, the chosen one marked and in sight."""
        box = widget.box
        size = box.size or _LIST_SIZE
        pitch = size * _LIST_PITCH
        rows = max(1, int((box.height - box.inset) / pitch))
        first = max(0, chosen - rows + 1)
        room = box.width - 2 * box.inset
        if self._stack.width(shown[chosen], size) > room:
            return None
        drawn, top = b"", box.height - box.inset
        for at, text in enumerate(shown[first : first + rows]):
            if first + at == chosen:
                low = top - pitch * (at + 1)
                drawn += b"q\n%b%.2f %.2f %.2f %.2f re f\nQ\n" % (_HIGHLIGHT, box.inset, low, room, pitch)
            drawn += self._subset.show(text, size, box.inset, top - pitch * at - size)
        return _content(widget.before, drawn)

    def document(self, draft: bool) -> bytes:
        """Return the whole file."""
        pages = len(self.template.sheets)
        for number, sheet in enumerate(self.template.sheets, 1):
            if sheet.corner or draft:
                mark = self._identity.mark(number, pages) if sheet.corner else None
                content = official_stamp(mark, sheet.corner, sheet.size, sheet.matrix, self._lang if draft else None)
                self._update.put(sheet.stamp, stream(b"", content))
        bodies, resources = self._subset.objects(self._update.next)
        for body in bodies:
            self._update.add(body)
        fonts = b"".join(b"/%b %d 0 R" % (name.encode(), number) for name, number in resources.items())
        self._update.put(self.template.fonts, b"<<%b>>" % fonts)
        put_properties(self._update, self._identity, self.template.info, self.template.metadata)
        return self._update.finish(f"{self._identity.issue} {self._identity.check}".encode())


@lru_cache(maxsize=4096, typed=True)
def _printed(kind: Kind, value: Value, lang: str) -> str:
    """Print a value of no options; the same dates and numbers come again and again in a batch."""
    return printed(kind, value, lang)


def _content(before: bytes, drawn: bytes) -> bytes:
    """Background and border stand outside the marked content, so that a viewer keeps them when it edits the value."""
    backdrop, _, inner = before.partition(b"Q\n")
    return b"%bQ\n/Tx BMC\nq\n%b%bQ\nEMC" % (backdrop, inner, drawn)


def _option(spec: FieldSpec, value: Value) -> Option:
    return next(option for option in spec.options if option.value == str(value))


def _chosen(field: OfficialText, held: str) -> bytes:
    """Return the index of the chosen option (12.7.4.4), which list boxes go by."""
    return b"/I[%d]" % field.exported.index(held) if held in field.exported else b""


