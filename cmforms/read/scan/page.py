"""One picture laid over its page: the evidence of each field, its place on the sheet, the notes in the margin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np

from cmforms.definitions.layout import Place
from cmforms.definitions.schema import FieldSpec, Writer
from cmforms.errors import Finding, note, review
from cmforms.read.blanks import Leaf
from cmforms.read.compare import Evidence
from cmforms.read.ocr import Recognised, Request, Sign, Usual, certainty, recognise, usual
from cmforms.read.sameness import same_print
from cmforms.read.scan import RECTIFIED_DPI
from cmforms.read.scan.difference import Rect, difference
from cmforms.read.scan.ink import Ink
from cmforms.read.scan.marks import FADED, MAYBE_MARK, UNEVEN, Level, Marked, Marks
from cmforms.read.scan.opening import FAX, PHOTO, Pixels
from cmforms.read.scan.picture_page import PicturePage
from cmforms.read.scan.registering import Registration, register
from cmforms.read.scan.traces import Traces
from cmforms.read.scan.verifying import mark_kept
from cmforms.read.scan.warping import points_of
from cmforms.read.text_layer import Layer, Line
from cmforms.typeset import FontStack
from cmforms.values.documents import Box
from cmforms.values.kinds import CHECKED, Kind

UNSEEN = 0.0
WRITTEN = "written by hand"
MISPLACED = "where its box lies on this picture is not certain"
REDUCED = "the page is too small on this picture"
CUT_OFF = "its box is cut off on this picture"
PALE_LOST = "nothing shows, but a fax does not show pencil or pale ink"
WORN = "the picture is so worn that its mark cannot be read, so nor can ink be told from damage"
HIDDEN = "the paper looks so uneven that a line drawn through print may not show"
CHANGED = "the mark that was printed here has changed"
BY_MARK, BY_STROKES = "mark", "ink"
SIGNED = "ink"
_BY_HAND = "Look at the page; enter by hand what was added to it."
_TRAPEZOID = 0.02
_SMALLEST = 0.8
"""Of its own size: fitting Letter to A4 makes a page 3 % smaller, two pages on a sheet 35 %."""

_COARSEST_DPI = 90.0
_WHOLE = 0.98
_BORDER = 2
_NOTE_MARGIN = 10


@dataclass(frozen=True)
class Asked:
    """A field to be read: its places on this page, and the text or the option issued there, '' for none."""

    address: str
    spec: FieldSpec
    places: Sequence[Place]
    wanted: str

    @property
    def boxes(self) -> bool:
        """Whether it is one or more boxes to mark."""
        return self.spec.type is Kind.CHECK or any(place.option for place in self.places)


class ScanPage:
    """A picture over the page that it shows."""

    def __init__(self, page: PicturePage, leaf: Leaf, lang: str) -> None:
        self.page = page
        self._leaf = leaf
        self._layout = leaf.layout
        self._lang = lang

    @cached_property
    def registration(self) -> Registration:
        """How the sheet lies over the page."""
        return register(self.page.sheet, self._leaf.prior, self.page.codes)

    @property
    def certain(self) -> bool:
        """Whether the place of the fields is known well enough to read them."""
        return self.registration.certain

    @property
    def _reduced(self) -> bool:
        """Whether the page is much smaller than it was issued, or seen by too few pixels to be read."""
        dpi = self.registration.warp.magnification * RECTIFIED_DPI
        return dpi < (_SMALLEST * self.page.sheet.dpi if self.page.sheet.measured else _COARSEST_DPI)

    @property
    def kind(self) -> str:
        """`scan`, `fax` or `photo`: a camera is told by the paper's perspective and bend, too."""
        found = self.registration
        tilted = found.certain and (found.bent or _tilt(found) > _TRAPEZOID)
        return PHOTO if tilted else self.page.sheet.kind

    @cached_property
    def ink(self) -> Ink:
        """What the page shows that was not issued; only where `certain`."""
        rectified = self.registration.warp.rectified(self.page.sheet.pixels)
        rects = [self._rect(place.box, 0) for place in self._layout.places]
        return Ink(difference(rectified, self._leaf.prior.pixels, rects), rects)

    @cached_property
    def _usual(self) -> Usual:
        """What the words outside the fields leave over when they are held against the page as issued."""
        rects = [self._rect(place.box, -_BORDER) for place in self._layout.places]
        return usual(self.ink.difference.seen.astype(np.uint8), self._leaf.prior.pixels, rects)

    @cached_property
    def _lost(self) -> Pixels | None:
        """Where lines of a fax were lost, 255 in template space; None where none were."""
        sheet = self.page.sheet
        if not sheet.lost:
            return None
        rows = np.zeros_like(sheet.pixels)
        for first, end in sheet.lost:
            rows[round(first) : round(end)] = 255
        return self.registration.warp.rectified(rows)

    @cached_property
    def marks(self) -> Marks:
        """Judges the boxes and lines of the page; only where `certain`."""
        return Marks(self.ink, Traces(self.ink.difference), self.kind == FAX)

    def evidence(self, asked: Sequence[Asked]) -> list[Evidence]:
        """Return what stands in the boxes of each field; texts that need reading are read in one go."""
        found = [self._seen(question) for question in asked]
        unread = [at for at, evidence in enumerate(found) if evidence is None]
        requests = [self._request(asked[at]) for at in unread]
        for at, answer in zip(unread, recognise(requests), strict=True):
            found[at] = self._read(asked[at], answer)
        return [self._on_page(question, evidence) for question, evidence in zip(asked, found, strict=True) if evidence]

    def addendum(self, role: str) -> list[Line]:
        """Return the lines of the addendum box when they are still as they were issued, else none."""
        boxes = self._addenda(role)
        if not (boxes and self.certain and self._leaf.issued):
            return []
        lines = {box: self._leaf.issued.layer.lines(box) for box in boxes}
        texts = [self._crop(box, Kind.LONGTEXT, " ".join(line.text for line in lines[box])) for box in boxes]
        if any(found.doubt or found.handwritten for found in recognise(texts)):
            return []
        return [Line(text, left - box[0]) for box in boxes for text, left in lines[box]]

    def findings(self, source: str) -> Iterator[Finding]:
        """Yield what is to be said of the page as a whole."""
        number = self.page.number
        if not self.certain:
            yield review(
                "page-misplaced", "the picture cannot be laid over the form as it was issued", source=source,
                page=number, fix="Scan the page again, flat and whole. " + _BY_HAND,
            )
            return
        if self._reduced:
            yield review(
                "page-reduced", "the page is printed or scanned much smaller than it was issued", source=source,
                page=number, fix="Scan one page to a sheet, at its own size.",
            )
            return
        if not self._on_sheet(self._layout.places):
            yield review(
                "page-cut", "a part of the page with fields on it is cut off", source=source, page=number,
                fix="Scan the whole page again.",
            )
        for box in self._notes():
            yield note(
                "ink-beside", "something is written or drawn outside the fields", source=source, page=number, box=box,
            )

    def place(self, box: Box) -> Box | None:
        """Return where a box of the template lies on the sheet, in points from its lower left corner."""
        if not self.certain:
            return None
        sheet = self.page.sheet
        corners = self.registration.warp.points(points_of(box, self._layout.height))
        (left, top), (right, bottom) = corners.min(axis=0) + 0.5, corners.max(axis=0) + 0.5
        scale, height = 72 / sheet.dpi, sheet.pixels.shape[0]
        return _rounded(left * scale, (height - bottom) * scale, right * scale, (height - top) * scale)

    def _seen(self, question: Asked) -> Evidence | None:
        """Return what the picture alone says of a field, None when its text must be read."""
        if not self.certain:
            return self._evidence("", UNSEEN, MISPLACED)
        if self._reduced:
            return self._evidence("", UNSEEN, REDUCED)
        if not self._on_sheet(question.places):
            return self._evidence("", UNSEEN, CUT_OFF)
        if question.boxes:
            return self._by_ink(question, BY_MARK, *self._marked(question))
        rect = self._rect(question.places[0].box, _BORDER)
        if question.wanted.strip():
            return None
        if question.spec.type is Kind.SIGNATURE:
            signed = self.marks.signature(rect)
            raw = SIGNED if signed.level is Level.MARKED else ""
            return self._by_ink(question, BY_STROKES, raw, signed.doubt)
        written = self.marks.written(rect)
        if written.level is Level.MARKED:
            return None
        return self._by_ink(question, BY_STROKES, "", written.doubt)

    def _by_ink(self, question: Asked, method: str, raw: str, doubt: str) -> Evidence:
        """Return what ink alone says, as certain as such judgements were right when they were counted."""
        doubt = doubt or self._worn_away(question, raw)
        found = self._evidence(raw, UNSEEN, doubt, method)
        return replace(found, certainty=certainty(self.kind, question.spec.type, ink_witness(found), 1.0))

    def _worn_away(self, question: Asked, raw: str) -> str:
        """Return why ink may be lost: on a worn picture, and on a fax that shows nothing where a person may write.

        Of pencil and pale ink a fax may leave no dot. A mark that cannot be read on a whole page was only blurred.
        """
        if self.page.worn and self.registration.share < _WHOLE:
            return WORN
        asked = question.boxes or question.spec.type in (Kind.SIGNATURE, Kind.DATE)
        return PALE_LOST if asked and self.kind == FAX and question.spec.by is not Writer.TOOLKIT and not raw else ""

    def _shown(self, question: Asked) -> str:
        """Return the part of an issued text that its box shows: the rest may stand on an addendum page."""
        if self._leaf.issued is None or question.spec.type not in (Kind.TEXT, Kind.LONGTEXT):
            return question.wanted
        shown = " ".join(line.text for line in self._leaf.issued.layer.lines(question.places[0].box))
        return question.wanted if same_print(shown, question.wanted) else shown

    def _request(self, question: Asked) -> Request:
        labels = tuple(question.spec.labels(self._lang).values())
        return self._crop(question.places[0].box, question.spec.type, self._shown(question), labels)

    def _crop(self, box: Box, kind: Kind, expected: str, choices: tuple[str, ...] = ()) -> Request:
        left, top, right, bottom = self._rect(box, _BORDER)
        part = (slice(top, bottom), slice(left, right))
        seen = np.ascontiguousarray(self.ink.difference.seen[part]).astype(np.uint8)
        known = Request(seen, RECTIFIED_DPI, kind, self._lang, expected, choices, self.kind)
        if self._leaf.issued is None:
            return known
        issued = np.ascontiguousarray(self._leaf.prior.pixels[part])
        signs = partial(self._signs, self._leaf.issued.layer, box, (left, top))
        lost = None if self._lost is None else self._lost[part]
        return replace(known, reference=issued, usual=self._usual, signs=signs, lost=lost)

    def _signs(self, layer: Layer, box: Box, corner: tuple[int, int]) -> list[Sign]:
        """Return the signs that were printed in a box, as they stand in a crop that starts at this corner."""
        scale, (left, top) = RECTIFIED_DPI / 72, corner
        return [
            Sign(
                char.text, char.start * scale - left, (self._layout.height - char.baseline) * scale - top,
                (char.box[3] - char.box[1]) * scale / FontStack.default().metrics().line_height,
            )
            for char in layer.inside(box)
            if not char.text.isspace()
        ]

    def _read(self, question: Asked, answer: Recognised) -> Evidence:
        """Take what the readers say. What a person added is for a person to read, whatever they agree on."""
        added = not question.wanted.strip() and (self._leaf.issued or question.spec.by is not Writer.TOOLKIT)
        doubt = answer.doubt or (WRITTEN if answer.handwritten or (added and answer.text) else "")
        if not doubt:
            doubt = self._hidden() if answer.text.strip() else self._traced(question)
        return replace(self._evidence(answer.text, answer.certainty, doubt, answer.method), answers=answer.answers)

    def _hidden(self) -> str:
        """Return the doubt that print may have been struck out where this does not show, "" on most paper."""
        return HIDDEN if self.marks.traces.hiding else ""

    def _traced(self, question: Asked) -> str:
        """Return the doubt that a field in which the readers read nothing holds a pen's lines all the same."""
        return self.marks.traced(self._rect(question.places[0].box, _BORDER))

    def _evidence(self, raw: str, certainty: float, doubt: str, method: str = "") -> Evidence:
        residual = round(self.registration.residual, 3) if self.certain else None
        number = self.page.number
        return Evidence(raw, self.kind, number, certainty=certainty, doubt=doubt, method=method, residual=residual)

    def _on_page(self, question: Asked, evidence: Evidence) -> Evidence:
        return replace(evidence, box=self.place(_hull([place.box for place in question.places])))

    def _marked(self, question: Asked) -> tuple[str, str]:
        """Return what the boxes of a field say, and why a person must look."""
        found = {place: self._box(place, question.wanted) for place in question.places}
        marked = [place for place, box in found.items() if box.level is Level.MARKED]
        doubt = next((box.doubt for box in found.values() if box.doubt), "")
        if len(marked) > 1:
            doubt = doubt or f"{len(marked)} options are marked"
        single = question.spec.type is Kind.CHECK
        raw = (CHECKED if marked else "") if single else " / ".join(place.option or "" for place in marked)
        return raw, doubt

    def _box(self, place: Place, wanted: str) -> Marked:
        """Judge one box; a mark that was printed must still be there, alone."""
        rect = self._rect(place.box, _BORDER + 1)
        if not (wanted and place.option in (wanted, None)):
            return self.marks.box(rect)
        added = self.marks.box(rect)
        if mark_kept(self.ink, rect) and added.level is not Level.MARKED:
            if added.doubt in ("", MAYBE_MARK, UNEVEN):
                return Marked(Level.MARKED)
            if added.doubt == FADED:
                return added
        return Marked(Level.DOUBTFUL, CHANGED)

    def _notes(self) -> Iterator[Box | None]:
        """Yield where ink lies outside all fields: a note in the margin, print that was struck out."""
        rects = [self._rect(place.box, 0) for place in self._layout.places]
        for left, top, right, bottom in self.ink.beside(rects, _NOTE_MARGIN):
            scale, height = 72 / RECTIFIED_DPI, self._layout.height
            yield self.place((left * scale, height - bottom * scale, right * scale, height - top * scale))

    def _addenda(self, role: str) -> list[Box]:
        return [place.box for place in self._layout.places if place.address.startswith(f"{role}[")]

    def _on_sheet(self, places: Sequence[Place]) -> bool:
        """Tell whether all of a field's boxes lie on the picture."""
        height, width = self.page.sheet.pixels.shape
        points = np.concatenate([points_of(place.box, self._layout.height) for place in places])
        x, y = self.registration.warp.points(points).T
        return bool((x >= 0).all() and (x <= width).all() and (y >= 0).all() and (y <= height).all())

    def _rect(self, box: Box, inset: int) -> Rect:
        (left, top), _, (right, bottom), _ = points_of(box, self._layout.height)
        return round(left) + inset, round(top) + inset, round(right) - inset, round(bottom) - inset


def ink_witness(found: Evidence) -> str:
    """Return what judgements by ink alone are counted by: what was looked at, whether it was there, and if in doubt."""
    return ("" if found.raw else "no ") + found.method + ("?" if found.doubt else "")


def _rounded(left: float, bottom: float, right: float, top: float) -> Box:
    return round(float(left), 2), round(float(bottom), 2), round(float(right), 2), round(float(top), 2)


def _tilt(found: Registration) -> float:
    """Return how much the scale changes over the page, 0 for a flat-bed scan."""
    homography, (width, height) = found.warp.homography, found.warp.size
    return float(abs(homography[2, 0]) * width + abs(homography[2, 1]) * height) / abs(float(homography[2, 2]))


def _hull(boxes: Sequence[Box]) -> Box:
    left, bottom, right, top = zip(*boxes, strict=True)
    return min(left), min(bottom), max(right), max(top)
