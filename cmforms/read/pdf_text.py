"""The flattened page (print to PDF): the text layer within each box, and ink where there is no text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from cmforms.definitions.layout import ADDENDUM, Place
from cmforms.definitions.schema import FieldSpec
from cmforms.read.blanks import Leaf
from cmforms.read.compare import Evidence
from cmforms.read.pdf_file import PdfPage
from cmforms.read.pdf_form import TYPED
from cmforms.read.registration import Registration
from cmforms.read.sameness import same_print
from cmforms.read.scan.opening import PICTURES
from cmforms.read.text_layer import Layer, Line
from cmforms.values.documents import Box
from cmforms.values.kinds import CHECKED, Kind

READER = "pdf-text"
EXACT = 1.0
BY_INK = 0.9
PICTURE = "the page is a picture, and reading pictures takes a person"
MISPLACED = "where its box lies on this page is not certain"
_MARK_INK = (0.02, 0.06)
_STROKE_INK = (0.0008, 0.003)
_HEADING_INDENT = 9.0
_HEADING = re.compile(r"A(\d+) · ")
_CONTINUED = re.compile(r"\[(?:[^\[\]]*: )?A(\d+)\]")


class TextPage:
    """A flattened page over the leaf of the document that it is."""

    def __init__(self, page: PdfPage, leaf: Leaf) -> None:
        self.page = page
        self.leaf = leaf

    @cached_property
    def registration(self) -> Registration:
        """How the page lies over the blank."""
        return self.leaf.blank.place(self.page)

    @property
    def empty(self) -> bool:
        """Whether there is no text layer: the page is a picture."""
        return not self.page.text.strip()

    @cached_property
    def _layer(self) -> Layer:
        return Layer(self.registration.to_template(self.page.chars))

    def evidence(self, spec: FieldSpec, places: Sequence[Place], wanted: str) -> Evidence:
        """Return what stands in the boxes of one field; `wanted` is the text that was issued."""
        raw, certainty, doubt = self._found(spec, places, wanted)
        box = self.registration.box(_hull([place.box for place in places]))
        if self.empty:
            raw, doubt = "", PICTURE
        elif not (self.registration.certain or self._speaks(raw, wanted)):
            doubt = doubt or MISPLACED
        return Evidence(raw, READER, self.page.number, box, certainty=certainty, doubt=doubt)

    def _speaks(self, raw: str, wanted: str) -> bool:
        """Tell whether the text alone shows that the box was found: a word, not a mere mark."""
        return len(wanted.strip()) > 1 and same_print(raw, wanted)

    def lines(self, box: Box) -> list[Line]:
        """Return the lines of text in a box of the template."""
        return self._layer.lines(box)

    def addendum(self) -> list[Line]:
        """Return the lines of the addendum box, their left edges measured from it."""
        boxes = [place.box for place in self.leaf.layout.places if place.address.startswith(f"{ADDENDUM}[")]
        return [Line(text, left - box[0]) for box in boxes for text, left in self.lines(box)]

    def _found(self, spec: FieldSpec, places: Sequence[Place], wanted: str) -> tuple[str, float, str]:
        if spec.type is Kind.CHECK or any(place.option for place in places):
            return self._marks(spec, places)
        raw = " ".join(line.text for line in self.lines(places[0].box))
        if raw:
            exact = wanted if same_print(raw, wanted) else raw
            return (TYPED + raw if spec.type is Kind.SIGNATURE else exact), EXACT, ""
        return self._drawn(spec, places[0].box)

    def _drawn(self, spec: FieldSpec, box: Box) -> tuple[str, float, str]:
        """Judge a box without text by its ink: a signature is ink, elsewhere a person must read it."""
        level = self._level(box, _STROKE_INK)
        if level == 0:
            return "", EXACT, ""
        if spec.type is Kind.SIGNATURE and level == 2:
            return "ink", BY_INK, ""
        weak = "a trace of ink, perhaps a stroke" if level == 1 else "something is drawn here that is no text"
        return "", BY_INK, weak

    def _marks(self, spec: FieldSpec, places: Sequence[Place]) -> tuple[str, float, str]:
        found = {place: self._mark(place.box) for place in places}
        marked = [place for place, (level, _) in found.items() if level == 2]
        certainty = min((certainty for _, certainty in found.values()), default=EXACT)
        doubt = ""
        if any(level == 1 for level, _ in found.values()):
            doubt = "a box holds something that may or may not be a mark"
        elif len(marked) > 1:
            doubt = f"{len(marked)} options are marked"
        if spec.type is Kind.CHECK:
            return (CHECKED if marked else ""), certainty, doubt
        return " / ".join(place.option or "" for place in marked), certainty, doubt

    def _mark(self, box: Box) -> tuple[int, float]:
        """Return 0 for an empty box, 2 for a marked one, 1 for in between; and how sure that is."""
        text = "".join(line.text for line in self.lines(box))
        if text:
            return (2, EXACT) if text in _MARK_TEXTS else (1, EXACT)
        level = self._level(box, _MARK_INK)
        return level, BY_INK if level else EXACT

    def _level(self, box: Box, band: tuple[float, float]) -> int:
        here = self.page.picture.ink(self.registration.box(box))
        more = here - self.leaf.blank.picture.ink(box)
        return 0 if more < band[0] else 1 if more < band[1] else 2


def addendum_lines(value: str) -> Iterator[Line]:
    """Yield the lines of an addendum field's value; what follows its headings counts as indented."""
    for text in value.split("\n"):
        yield Line(text, 0.0 if _HEADING.match(text) else 2 * _HEADING_INDENT)


def addendum_items(lines: Iterable[Line]) -> dict[int, str]:
    """Put together the addendum: headings stand at the box's edge, what belongs to them is indented."""
    items: dict[int, list[str]] = {}
    current: list[str] = []
    for line in lines:
        if line.left >= _HEADING_INDENT:
            current.append(line.text)
        elif heading := _HEADING.match(line.text):
            current = items.setdefault(int(heading[1]), [])
    return {number: " ".join(body) for number, body in items.items()}


def continued(raw: str, items: Mapping[int, str]) -> tuple[str, str]:
    """Return a text with its continuation in place of the words that point to it, and what is doubtful."""
    pointers = list(_CONTINUED.finditer(raw))
    if not pointers:
        return raw, ""
    last = pointers[-1]
    rest = items.get(int(last[1]))
    if rest is None:
        return raw, f"its continuation A{last[1]} on an addendum page is missing"
    return " ".join(f"{raw[: last.start()]} {raw[last.end() :]} {rest}".split()), ""


def completed(evidence: Evidence, wanted: str, items: Mapping[int, str]) -> Evidence:
    """Put the continuation of a long text in its place; `wanted` is the text that was issued.

    What readers make of a picture that leaves doubt is only a suggestion, and stays in doubt whatever it says.
    """
    if evidence.reader in PICTURES and evidence.doubt:
        return evidence
    if evidence.reader not in (READER, *PICTURES) or not evidence.raw or evidence.raw == wanted:
        return evidence
    raw, doubt = continued(evidence.raw, items)
    if wanted.strip() and same_print(raw, wanted):
        return replace(evidence, raw=wanted, doubt="")
    return replace(evidence, raw=raw, doubt=evidence.doubt or doubt)


_MARK_TEXTS = frozenset(("X", "x", "☒", "☑", "✓", "✔", "✗", "✘"))


def _hull(boxes: Sequence[Box]) -> Box:
    left, bottom, right, top = zip(*boxes, strict=True)
    return min(left), min(bottom), max(right), max(top)
