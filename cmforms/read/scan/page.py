"""One picture laid over its page: the evidence of each field, its place on the sheet, the notes in the margin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cmforms.definitions.layout import PageLayout, Place
from cmforms.definitions.schema import FieldSpec
from cmforms.read.compare import Evidence
from cmforms.read.scan import RECTIFIED_DPI, marks
from cmforms.read.scan.difference import Rect, difference
from cmforms.read.scan.ink import Ink
from cmforms.read.scan.locating import Located
from cmforms.read.scan.marks import Level
from cmforms.read.scan.opening import PHOTO, Sheet
from cmforms.read.scan.prior import Prior
from cmforms.read.scan.registering import Registration, register
from cmforms.read.scan.verifying import Print, verify
from cmforms.read.scan.warping import points_of
from cmforms.values.documents import Box
from cmforms.values.kinds import CHECKED, Kind

if TYPE_CHECKING:
    from cmforms.read.scan.picture_page import PicturePage

EXACT = 1.0
BY_INK = 0.95
CHANGED = "the print is not as it was issued"
UNCLEAR = "the picture is not clear enough to compare the print"
WRITTEN = "something is written here, which a person must read"
TRACE = "a trace of ink, perhaps a stroke"
MISPLACED = "where its box lies on this picture is not certain"
CUT_OFF = "its box is cut off on this picture"
_TRAPEZOID = 0.02
_BORDER = 2
_NOTE_MARGIN = 10


@dataclass(frozen=True)
class Asked:
    """A field to be read: its specification, its places on this page, and the text issued there, '' for none."""

    spec: FieldSpec
    places: Sequence[Place]
    wanted: str


class ScanPage:
    """A picture over the page that it shows."""

    def __init__(self, page: PicturePage, layout: PageLayout, prior: Prior, codes: Sequence[Located]) -> None:
        self.page = page
        self._layout = layout
        self._prior = prior
        self._codes = codes

    @cached_property
    def registration(self) -> Registration | None:
        """How the sheet lies over the page; None when it does not look like it."""
        return register(self.page.sheet, self._prior, self._codes)

    @property
    def certain(self) -> bool:
        """Whether the place of the fields is known well enough to read them."""
        return self.registration is not None and self.registration.certain

    @property
    def kind(self) -> str:
        """`scan`, `fax` or `photo`: a camera is told by the paper's perspective and bend, too."""
        found = self.registration
        tilted = found is not None and (found.bent or _tilt(found) > _TRAPEZOID)
        return PHOTO if tilted else self.page.sheet.kind

    @cached_property
    def ink(self) -> Ink:
        """What the page shows that was not issued; only where `certain`."""
        assert self.registration is not None
        rectified = self.registration.warp.rectified(self.page.sheet.pixels)
        rects = [self._rect(place.box, 0) for place in self._layout.places]
        return Ink(difference(rectified, self._prior.pixels, rects))

    def evidence(self, asked: Asked) -> Evidence:
        """Return what stands in the boxes of one field."""
        boxes = [place.box for place in asked.places]
        if not self.certain:
            return Evidence("", self.kind, self.page.number, certainty=BY_INK, doubt=MISPLACED)
        raw, certainty, doubt = self._found(asked)
        if not self._on_sheet(boxes):
            raw, doubt = "", CUT_OFF
        return Evidence(raw, self.kind, self.page.number, self.place(_hull(boxes)), certainty=certainty, doubt=doubt)

    def place(self, box: Box) -> Box | None:
        """Return where a box of the template lies on the sheet, in points from its lower left corner."""
        if self.registration is None:
            return None
        sheet = self.page.sheet
        corners = self.registration.warp.points(points_of(box, self._layout.height))
        (left, top), (right, bottom) = corners.min(axis=0) + 0.5, corners.max(axis=0) + 0.5
        scale, height = 72 / sheet.dpi, sheet.pixels.shape[0]
        return left * scale, (height - bottom) * scale, right * scale, (height - top) * scale

    def notes(self) -> Iterator[Box | None]:
        """Yield where ink lies outside all fields: a note in the margin, print that was struck out."""
        if self.certain:
            rects = [self._rect(place.box, 0) for place in self._layout.places]
            for left, top, right, bottom in self.ink.beside(rects, _NOTE_MARGIN):
                scale, height = 72 / RECTIFIED_DPI, self._layout.height
                yield self.place((left * scale, height - bottom * scale, right * scale, height - top * scale))

    def _found(self, asked: Asked) -> tuple[str, float, str]:
        if asked.spec.type is Kind.CHECK or any(place.option for place in asked.places):
            return self._marked(asked)
        rect = self._rect(asked.places[0].box, _BORDER)
        if asked.wanted.strip():
            said = verify(self.ink, rect)
            doubt = {Print.SAME: "", Print.CHANGED: CHANGED, Print.UNCLEAR: UNCLEAR}[said]
            return (asked.wanted if said is Print.SAME else ""), EXACT, doubt
        if asked.spec.type is Kind.SIGNATURE:
            signed = marks.signature(self.ink, rect)
            return ("ink" if signed.level is Level.MARKED else ""), BY_INK, signed.doubt
        level = marks.written(self.ink, rect)
        return "", BY_INK, {Level.EMPTY: "", Level.DOUBTFUL: TRACE, Level.MARKED: WRITTEN}[level]

    def _marked(self, asked: Asked) -> tuple[str, float, str]:
        found = {place: self._box(place, asked.wanted) for place in asked.places}
        marked = [place for place, box in found.items() if box.level is Level.MARKED]
        doubt = next((box.doubt for box in found.values() if box.doubt), "")
        if len(marked) > 1:
            doubt = doubt or f"{len(marked)} options are marked"
        if asked.spec.type is Kind.CHECK:
            return (CHECKED if marked else ""), BY_INK, doubt
        return " / ".join(place.option or "" for place in marked), BY_INK, doubt

    def _box(self, place: Place, wanted: str) -> marks.Marked:
        """Judge one box; a mark that was printed must still be there, alone."""
        rect = self._rect(place.box, _BORDER + 1)
        added = marks.box_mark(self.ink, rect)
        if place.option != (wanted or CHECKED) if place.option else not wanted:
            return added
        if verify(self.ink, rect) is Print.SAME and added.level is Level.EMPTY:
            return marks.Marked(Level.MARKED)
        return marks.Marked(Level.DOUBTFUL, CHANGED)

    def _on_sheet(self, boxes: Sequence[Box]) -> bool:
        assert self.registration is not None
        height, width = self.page.sheet.pixels.shape
        points = np.concatenate([points_of(box, self._layout.height) for box in boxes])
        x, y = self.registration.warp.points(points).T
        return bool((x >= 0).all() and (x <= width).all() and (y >= 0).all() and (y <= height).all())

    def _rect(self, box: Box, inset: int) -> Rect:
        (left, top), _, (right, bottom), _ = points_of(box, self._layout.height)
        return round(left) + inset, round(top) + inset, round(right) - inset, round(bottom) - inset


def _tilt(found: Registration) -> float:
    """Return how much the scale changes over the page, 0 for a flat-bed scan."""
    homography, (width, height) = found.warp.homography, found.warp.size
    return float(abs(homography[2, 0]) * width + abs(homography[2, 1]) * height) / abs(float(homography[2, 2]))


def _hull(boxes: Sequence[Box]) -> Box:
    left, bottom, right, top = zip(*boxes, strict=True)
    return min(left), min(bottom), max(right), max(top)
