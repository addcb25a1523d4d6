"""The fields of one document out of its pages, fillable or flattened or both."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cmforms.definitions.layout import ADDENDUM, Place
from cmforms.definitions.schema import FieldSpec, Form
from cmforms.errors import DefinitionError, Finding, note, review
from cmforms.read import pdf_form, pdf_text
from cmforms.read.blanks import Blank, BlankPage, Leaf, best_match, guessed_roles
from cmforms.read.compare import Evidence, compare, issued_text, same_text
from cmforms.read.page_count import COPIES_DIFFER, missing_pages, repeated_pages
from cmforms.read.pages import Page
from cmforms.read.pdf_file import PdfPage
from cmforms.read.pdf_text import TextPage, addendum_items, addendum_lines
from cmforms.read.sameness import same_print
from cmforms.read.scan.page import Asked, ScanPage
from cmforms.read.scan.picture_page import PicturePage
from cmforms.read.sorting import Pile
from cmforms.read.text_layer import Line
from cmforms.read.widgets import Widget
from cmforms.values.documents import FieldReading, Issued, Part
from cmforms.values.kinds import Kind

_BY_HAND = "Look at the page; enter by hand what was added to it."


class DocumentReader:
    """Reads one document.

    After `run`, `findings`, `kinds` (the readers that saw a page), `numbers` (of the pages, in the document) and
    `addendum` (the continuations of long texts) are filled.
    """

    def __init__(
        self, source: str, form: Form, pile: Pile, issued: Issued | None, blank: Blank | None,
        handed_out: bytes | None = None,
    ) -> None:
        """Take what is read; `handed_out` is the file as it was issued, to hold pictures against."""
        self._source = source
        self._form = form
        self._pile = pile
        self._issued = issued
        self._blank = blank
        self._handed_out = handed_out
        self._lang = pile.origin.lang
        self._seen: dict[str, tuple[FieldSpec, list[Evidence]]] = {}
        self._repeated: list[tuple[str, Evidence]] = []
        self._addendum: list[Line] = []
        self.findings: list[Finding] = []
        self.kinds: set[str] = set()
        self.numbers: tuple[int | None, ...] = ()
        self.addendum: dict[int, str] = {}

    def run(self) -> list[FieldReading]:
        """Return the fields in the order of the pages."""
        leaves = self._leaves()
        pages = [(number or self._number(page, leaves), page) for number, page in self._pile.pages]
        self.numbers = tuple(number for number, _ in pages)
        for number, page in sorted(pages, key=lambda pair: (pair[0] or len(leaves) + 1, pair[1].number)):
            self._page(page, leaves[number - 1] if number and number <= len(leaves) else None, number)
            page.release()
        self._check_repeated()
        self.addendum = addendum_items(self._addendum)
        fields = [self._field(address, spec, seen) for address, (spec, seen) in self._seen.items()]
        self._check_pages(fields)
        return fields

    def _leaves(self) -> list[Leaf]:
        if self._blank is None:
            return []
        try:
            return self._blank.leaves(self._roles(self._blank))
        except DefinitionError as trouble:
            self.findings += trouble.findings
            return []

    def _roles(self, blank: Blank) -> Sequence[str]:
        if self._issued and self._issued.pages:
            return self._issued.pages
        if self._pile.origin.issue is None:
            return [page.role for page in blank.layout.pages]
        pages = {number: page for number, page in self._pile.pages if number}
        return guessed_roles(blank, pages, max(self._pile.total or 0, *pages, len(blank.layout.main)))

    def _number(self, page: Page, leaves: Sequence[Leaf]) -> int | None:
        """Return the number of a page whose mark cannot be read: by its fields, else by its printed words."""
        addresses = {pdf_form.address_of(widget) for widget in page.widgets}
        known = [len(addresses & leaf.places.keys()) for leaf in leaves]
        best = max(known, default=0)
        if best and known.count(best) == 1:
            return known.index(best) + 1
        found = None if best else best_match([leaf.blank for leaf in leaves], page)
        if found is not None:
            return found + 1
        self.findings.append(review(
            "page-number-unknown", "it is not certain which page of the document this is",
            source=self._source, page=page.number, fix=_BY_HAND,
        ))
        return None

    def _check_pages(self, fields: Sequence[FieldReading]) -> None:
        total = len(self._issued.pages) if self._issued and self._issued.pages else self._pile.total
        part = Part(self._source, "", tuple(page.number for _, page in self._pile.pages), self.numbers)
        self.findings += [*missing_pages([part], total), *repeated_pages([part], fields)]

    def _page(self, page: Page, leaf: Leaf | None, number: int | None) -> None:
        held = pdf_form.by_address(page.widgets, leaf.places if leaf else None, self._form)
        if leaf is None:
            self._page_by_names(page, held)
        elif isinstance(page, PicturePage):
            self._picture(page, leaf, (number or 1) - 1)
        else:
            self._text_page(page, leaf, held)

    def _picture(self, page: PicturePage, leaf: Leaf, index: int) -> None:
        """Read a page that is a picture; `index` counts the document's pages from 0."""
        handed_out = BlankPage(self._handed_out, index) if self._handed_out else None
        scan = ScanPage(page, replace(leaf, issued=handed_out), self._lang)
        self.kinds.add(scan.kind)
        asked = [
            Asked(address, spec, places, self._printed(address, spec, places))
            for address, spec, places in leaf.fields
            if spec
        ]
        for question, evidence in zip(asked, scan.evidence(asked), strict=True):
            self._keep(question.address, question.spec, evidence)
        self._addendum += scan.addendum(ADDENDUM)
        self.findings += scan.findings(self._source)

    def _printed(self, address: str, spec: FieldSpec, places: Sequence[Place]) -> str:
        """Return the text that was issued in a field, or the name of the option that was marked."""
        base = address.partition("@")[0]
        if self._issued and any(place.option for place in places):
            value = self._issued.values.get(base)
            return "" if value in (None, False) else str(value)
        return issued_text(base, spec, self._issued, self._lang)

    def _text_page(self, page: PdfPage, leaf: Leaf, held: dict[str, list[Widget]]) -> None:
        self.kinds.add(pdf_form.READER if held else pdf_text.READER)
        text = TextPage(page, leaf)
        if len(held) < len(leaf.places):
            self._check_text(text)
        for address, spec, places in leaf.fields:
            widgets = held.get(address)
            if spec and widgets and not (page.annotations or spec.type is Kind.SIGNATURE):
                self._keep(address, spec, pdf_form.evidence(spec, widgets, page.number))
            elif spec:
                self._keep(address, spec, self._evidence(text, address, spec, places, widgets))
            elif address.startswith(f"{ADDENDUM}["):
                self._read_addendum(text, widgets, page.number)
        self._note_annotations(page, text if len(held) == 0 else None, leaf)
        self._note_fields(page, held)

    def _page_by_names(self, page: Page, held: dict[str, list[Widget]]) -> None:
        """Read a page without a layout, of an old edition for one: only fields with names can be read."""
        self.kinds.add(pdf_form.READER if held else pdf_text.READER)
        for address, widgets in held.items():
            if spec := self._spec(address):
                over = pdf_form.covering(page.annotations, [widget.box for widget in widgets])
                found = pdf_form.evidence(spec, widgets, page.number)
                self._keep(address, spec, pdf_form.laid_over(spec, found, over))
        if not held:
            self.findings.append(review(
                "page-unreadable", "nothing says where the fields of this page are", source=self._source,
                page=page.number, fix=_BY_HAND,
            ))

    def _spec(self, address: str) -> FieldSpec | None:
        return self._form.spec(address.partition("@")[0])

    def _evidence(
        self, text: TextPage, address: str, spec: FieldSpec, places: Sequence[Place], held: list[Widget] | None
    ) -> Evidence:
        page = text.page
        if held is None:
            found = text.evidence(spec, places, issued_text(address, spec, self._issued, self._lang))
            boxes = [text.registration.box(place.box) for place in places] if page.annotations else []
        else:
            found = pdf_form.evidence(spec, held, page.number)
            boxes = [widget.box for widget in held]
        found = pdf_form.laid_over(spec, found, pdf_form.covering(page.annotations, boxes))
        redrawn = held is not None and page.streams != text.leaf.layout.streams
        if spec.type is Kind.SIGNATURE and redrawn and not (found.raw or found.doubt):
            # A tool that flattens only what was drawn leaves the fields empty and the ink in the page.
            return text.evidence(spec, places, "")
        return found

    def _keep(self, address: str, spec: FieldSpec, evidence: Evidence) -> None:
        if "@" in address:
            self._repeated.append((address.partition("@")[0], evidence))
        elif address in self._seen:
            self._seen[address][1].append(evidence)
        else:
            self._seen[address] = spec, [evidence]

    def _check_text(self, text: TextPage) -> None:
        if text.empty:
            self.findings.append(review(
                "page-is-picture", "the page is a picture without text: nothing on it was read",
                source=self._source, page=text.page.number, fix=_BY_HAND,
            ))
        elif not text.registration.certain:
            self.findings.append(review(
                "page-misplaced", "the page does not lie over the form as it was issued",
                source=self._source, page=text.page.number, fix="Print it at its own size. " + _BY_HAND,
            ))

    def _read_addendum(self, text: TextPage, held: list[Widget] | None, page: int) -> None:
        if held is None:
            self._addendum += text.addendum()
            return
        lines = list(addendum_lines(held[0].value))
        self._addendum += lines
        if strange := list(self._strange(lines)):
            self.findings.append(review(
                "addendum-altered", f"the addendum says what was not printed on it: {strange[0]!r}",
                source=self._source, page=page, fix="Ask who wrote it, and enter it where it belongs.",
            ))

    def _strange(self, lines: Sequence[Line]) -> Iterator[str]:
        """Yield the lines of an addendum that are no part of any text that was issued."""
        if self._issued is None:
            return
        printed = [_tight(text) for text in self._issued.printed.values()]
        printed += [_tight(self._form.text(spec.label, self._lang)) for spec in self._form.fields.values()]
        for line in lines:
            if line.left and not any(_tight(line.text) in text for text in printed):
                yield line.text

    def _note_annotations(self, page: PdfPage, text: TextPage | None, leaf: Leaf) -> None:
        if not page.annotations:
            return
        boxes = [text.registration.box(place.box) if text else place.box for place in leaf.layout.places]
        used = pdf_form.covering(page.annotations, boxes)
        for annotation in page.annotations:
            if annotation not in used or annotation.kind in pdf_form.HARMLESS:
                said = f": {annotation.text!r}" if annotation.text else ""
                self.findings.append(note(
                    "annotation", f"a person put a mark ({annotation.kind}) beside the fields{said}",
                    source=self._source, page=page.number, box=annotation.box,
                ))

    def _note_fields(self, page: PdfPage, held: dict[str, list[Widget]]) -> None:
        """Tell what stands in fields that are none of the form's."""
        known = {id(widget) for widgets in held.values() for widget in widgets}
        for widget in page.widgets:
            if id(widget) not in known and widget.value.strip() and widget.kind != "Btn":
                self.findings.append(note(
                    "field-strange", f"a field that is not the form's says {widget.value!r}",
                    source=self._source, page=page.number, box=widget.box,
                ))

    def _check_repeated(self) -> None:
        """Hold the name at the head of each further page against the one that was issued."""
        for address, evidence in self._repeated:
            spec = self._form.fields[address]
            wanted = issued_text(address, spec, self._issued, self._lang)
            if self._issued and not same_print(evidence.raw, wanted):
                said = f"at the head of the page: printed was {wanted!r}, now it reads {evidence.raw!r}"
                self.findings.append(review(
                    "value-altered", said,
                    source=self._source, path=address, page=evidence.page, box=evidence.box,
                    fix="See whether the page belongs to this document.",
                ))

    def _field(self, address: str, spec: FieldSpec, seen: Sequence[Evidence]) -> FieldReading:
        chosen = self._completed(address, spec, seen[0])
        for again in seen[1:]:
            other = self._completed(address, spec, again)
            chosen = replace(chosen, doubt=chosen.doubt or other.doubt)
            if not same_text(other.raw, chosen.raw):
                chosen = replace(chosen, doubt=f"{COPIES_DIFFER}: {chosen.raw!r} and {other.raw!r}")
        return compare(address, spec, chosen, self._issued, self._lang)

    def _completed(self, address: str, spec: FieldSpec, evidence: Evidence) -> Evidence:
        wanted = issued_text(address, spec, self._issued, self._lang)
        return pdf_text.completed(evidence, wanted, self.addendum)


def _tight(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFC", text))
