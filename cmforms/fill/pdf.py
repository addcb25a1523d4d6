"""Fill the PDF template: compiled once, then each document is an update appended to fixed bytes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cmforms.definitions.schema import Form
from cmforms.fill.increment import Increment
from cmforms.fill.layout import Layout, Shown, Written
from cmforms.fill.official import fill_official
from cmforms.fill.placing import Line
from cmforms.fill.properties import put_properties
from cmforms.fill.stamp import Footer, footing, issue_text, stamp
from cmforms.fill.syntax import stream, text_string
from cmforms.fill.templates import open_template
from cmforms.fill.variant import ButtonField, TextField, Widget
from cmforms.typeset import FontStack, Subset, fixed_codes
from cmforms.values.documents import Bound, Filled, Identity
from cmforms.values.phrases import phrases


def fill_pdf(
    template: Path, form: Form, bound: Bound, identity: Identity, *, lang: str, draft: bool = False
) -> Filled:
    """Fill one document: the same input gives the same bytes.

    Text that does not fit its box goes on to addendum pages, rows to further pages. A value with characters
    that no font has (`glyph-missing`) refuses the document: `data` is empty then. Raises DefinitionError when
    the template lacks a field, InputError when it cannot be read.
    """
    if form.official:
        return fill_official(template, form, bound, identity, lang=lang, draft=draft)
    layout = Layout(open_template(template, form, lang), bound, lang, identity.subject)
    layout.run()
    if layout.findings:
        return Filled(b"", (), {}, tuple(layout.findings))
    said = phrases(lang)
    number = said.form.format(number=form.number) if form.number else form.text(form.title, lang)
    footer = Footer(number, form.revision, issue_text(identity.issue), lang, draft)
    return Filled(_Writer(layout, identity).document(footer), layout.variant.roles, layout.printed)


class _Writer:
    """Writes one laid-out document."""

    def __init__(self, layout: Layout, identity: Identity) -> None:
        self._layout = layout
        self._identity = identity
        self._variant = layout.variant
        self._subset = Subset(FontStack.default())
        self._update = Increment(layout.variant.trunk)

    def document(self, footer: Footer) -> bytes:
        """Return the whole file."""
        root, head = self._variant.root
        self._update.put(root, b"%b/T%b>>" % (head, text_string(self._identity.issue)))
        for field, text, shown in self._layout.texts:
            self._text(field, text, shown)
        for button, state in self._layout.buttons:
            self._button(button, state)
        for widget, sheet in zip(self._variant.addenda, self._layout.sheets, strict=True):
            self._widget(widget, self._look(widget, sheet.lines), b"/V" + text_string(sheet.text))
        self._stamps(footer)
        self._fonts()
        put_properties(self._update, self._identity, self._variant.info, self._variant.metadata)
        return self._update.finish(f"{self._identity.issue} {self._identity.check}".encode())

    def _text(self, field: TextField, text: str, shown: Shown) -> None:
        if shown.written:
            self._subset.use(text)
        value, looks = shown.written or self._written(field, text, shown)
        if field.parent:
            number, head = field.parent
            self._update.put(number, b"%b%b>>" % (head, value))
            value = b""
        for widget, look in zip(field.widgets, looks, strict=True):
            self._widget(widget, look, value)

    def _written(self, field: TextField, text: str, shown: Shown) -> Written:
        looks = [self._look(widget, lines) for widget, lines in zip(field.widgets, shown.lines, strict=True)]
        written = Written(b"/V" + text_string(text), looks)
        if shown.kept and fixed_codes(text):
            shown.written = written
        return written

    def _look(self, widget: Widget, lines: Iterable[Line]) -> bytes:
        show = self._subset.show
        text = b"".join([show(*line) for line in lines])
        return stream(widget.form, b"/Tx BMC\nq\n%b%bQ\nEMC" % (widget.before, text))

    def _widget(self, widget: Widget, look: bytes, value: bytes) -> None:
        number = self._update.add(look)
        self._update.put(widget.number, b"%b%b/AP<</N %d 0 R>>>>" % (widget.head, value, number))

    def _button(self, field: ButtonField, state: str) -> None:
        number, head = field.states[state]
        name = state.encode()
        if field.parent:
            holder, opened = field.parent
            self._update.put(holder, b"%b/V/%b>>" % (opened, name))
            self._update.put(number, b"%b/AS/%b>>" % (head, name))
        else:
            self._update.put(number, b"%b/V/%b/AS/%b>>" % (head, name, name))

    def _stamps(self, footer: Footer) -> None:
        pages = len(self._variant.stamps)
        foot = footing(footer, self._subset)
        for page, (number, size) in enumerate(self._variant.stamps, 1):
            mark = self._identity.mark(page, pages)
            self._update.put(number, stream(b"", stamp(footer, foot, (page, pages), size, mark, self._subset)))

    def _fonts(self) -> None:
        bodies, resources = self._subset.objects(self._update.next)
        for body in bodies:
            self._update.add(body)
        own = b"".join(b"/%b %d 0 R" % (name.encode(), number) for name, number in resources.items())
        for number, head in self._variant.fonts:
            self._update.put(number, b"%b%b>>" % (head, own))
