"""What a person marked or signed: boxes and signature lines judged by their added ink, with a band for review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import cv2
import numpy as np

from cmforms.read.scan.difference import Rect
from cmforms.read.scan.ink import SPECK, Ink, Stroke
from cmforms.read.scan.straight import frames, straight_lines
from cmforms.read.scan.traces import Traces


class Level(IntEnum):
    """How sure it is that something was put there."""

    EMPTY = 0
    DOUBTFUL = 1
    MARKED = 2


class Marked(NamedTuple):
    """A box or a line: its level, why it is doubtful, and the part of it that ink covers, 0 to 1."""

    level: Level
    doubt: str = ""
    cover: float = 0.0


MARK = (0.01, 0.09)
"""The part of a box's inside that ink covers: below the first it is empty, from the second on it is marked."""

LONG = 0.5
"""A mark reaches over so much of its box; what is shorter is a dot."""

BROAD = 0.3
"""A mark goes so far across its box, too; a line along a border does not."""

SCRIBBLE = 0.72
"""A box covered more than this, with ink that runs well over its border, may be a mark that was crossed out."""

RING = 9
_RING_SIDES, _OVER_SIDES = 3, 2
_SIDE_COVER = 0.25

SIGNED_AREA, SIGNED_LENGTH = 150, 30
"""Ink of a signature or initials, in pixels at 200 dpi: at least this area, and this long from end to end."""

LINE = 20
"""A signature has a line of so many pixels in it; blots have none."""

PLAIN = 3.0
"""The weight that some of a signature's ink must have; the edge of a stain or a shadow has less."""

DRAWN_LENGTH, DRAWN_DARKNESS = 32, 0.07
"""A signature has a line so long, in pixels at 200 dpi, and so dark, as a part of print; drops of coffee have none."""

BLOT = 17
"""Pixels at 200 dpi (2.2 mm): no pen is so broad. Ink that is, is a blot, a drop or a stain."""

FINE_AREA = 75
"""Ink of a signature apart from blots and the halo of its strokes, in pixels at 200 dpi."""

TRACE_LENGTH = 26
"""A line so long, however faint, may have been drawn."""

FRAME = 150
"""Pixels at 200 dpi (19 mm) around a line in which the frame of a stamp over it is looked for."""

SIGNED_INSIDE = 0.55
_ERASED = 9
_STRAY_AREA = 25

CIRCLED = "the box is circled, not marked"
CROSSED = "the box is filled over its border: a mark, or a mark that was crossed out"
MAYBE_MARK = "the box holds something that may or may not be a mark"
TRACE = "a trace of ink, perhaps a stroke"
UNEVEN = "the paper looks so uneven here that a pale stroke would not show"
FADED = "so much print is gone on this picture that a stroke may be gone, too"
SMEARED = "print is smeared or doubled on this picture, which may look like marks"
ACROSS = "the ink here runs on beyond the line: a stamp, a stain, or another line's signature"


@dataclass(frozen=True, eq=False)
class Marks:
    """Judges the places of one page: `ink` is what stands out from the paper, `traces` the lines that hardly do."""

    ink: Ink
    traces: Traces

    def box(self, rect: Rect) -> Marked:
        """Judge a box to mark; `rect` is the inside of its border."""
        found = _box_mark(self.ink, rect)
        if found.level is Level.MARKED:
            return self._credible(found)
        traced = self.traces.within(rect).length > 0
        return found if found.doubt else self._sure(found, MAYBE_MARK if traced else "")

    def signature(self, rect: Rect) -> Marked:
        """Judge a signature line by the ink on it: who signed is never said."""
        found = _signature(self.ink, rect)
        if found.level is Level.MARKED:
            if _stamped(self.ink, rect):
                return Marked(Level.DOUBTFUL, ACROSS, found.cover)
            drawn = self.drawn(rect) and _fine(self.ink, rect)
            return self._credible(found) if drawn else Marked(Level.DOUBTFUL, TRACE, found.cover)
        return found if found.doubt else self._sure(found, self._traced(rect))

    def written(self, rect: Rect) -> Marked:
        """Tell whether something was written into a field that was issued blank."""
        found = _written(self.ink, rect)
        if found.level is not Level.EMPTY:
            return found
        return self._sure(found, self._traced(rect))

    def drawn(self, rect: Rect) -> bool:
        """Tell whether there is a line such as pens draw."""
        line = self.traces.within(rect)
        return line.length >= DRAWN_LENGTH and line.darkness >= DRAWN_DARKNESS

    def _traced(self, rect: Rect) -> str:
        return TRACE if self.traces.within(rect).length >= TRACE_LENGTH else ""

    def _credible(self, found: Marked) -> Marked:
        """Doubt a mark where the picture has print in places where none was."""
        return Marked(Level.DOUBTFUL, SMEARED, found.cover) if self.ink.smeared else found

    def _sure(self, found: Marked, doubt: str) -> Marked:
        """Doubt that a place is empty, for a reason of its own or because nobody could tell on this paper."""
        doubt = doubt or (UNEVEN if self.traces.uncertain else FADED if self.ink.faded else "")
        return Marked(Level.DOUBTFUL, doubt, found.cover) if doubt else found


def _box_mark(ink: Ink, rect: Rect) -> Marked:
    left, top, right, bottom = rect
    inside = ink.mask[top:bottom, left:right]
    cover = float(inside.mean()) if inside.size else 0.0
    around = _around(ink, rect)
    if cover >= SCRIBBLE and around >= _OVER_SIDES:
        return Marked(Level.DOUBTFUL, CROSSED, cover)
    if cover >= MARK[1] and _reaches(ink, rect):
        return Marked(Level.MARKED, "", cover)
    if cover >= MARK[0]:
        return Marked(Level.DOUBTFUL, MAYBE_MARK, cover)
    if around >= _RING_SIDES:
        return Marked(Level.DOUBTFUL, CIRCLED, cover)
    return Marked(Level.EMPTY, "", cover)


def _reaches(ink: Ink, rect: Rect) -> bool:
    """Tell whether ink in a box is a stroke, no dots, and no border that a fax has put a row too high or low."""
    left, top, right, bottom = rect
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.dark(rect), connectivity=8)
    sides = stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    side = min(right - left, bottom - top)
    long, broad = sides.max(axis=1, initial=0) >= LONG * side, sides.min(axis=1, initial=side) >= BROAD * side
    return bool((long & broad).any())


def _around(ink: Ink, rect: Rect) -> int:
    """Return on how many sides of a box there is ink just outside its border."""
    left, top, right, bottom = rect
    far, near = 2 * RING, 4
    strips = (
        ink.mask[max(0, top - far) : max(0, top - near), left:right],
        ink.mask[bottom + near : bottom + far, left:right],
        ink.mask[top:bottom, max(0, left - far) : max(0, left - near)].T,
        ink.mask[top:bottom, right + near : right + far].T,
    )
    return sum(bool(strip.size) and float(strip.any(axis=0).mean()) > _SIDE_COVER for strip in strips)


def _signature(ink: Ink, rect: Rect) -> Marked:
    left, top, right, bottom = rect
    strokes = [stroke for stroke in ink.within(rect) if stroke.length > SPECK]
    if not strokes:
        return Marked(Level.EMPTY)
    inside = sum(stroke.area * stroke.inside for stroke in strokes)
    cover = inside / max(1, (right - left) * (bottom - top))
    if inside < _STRAY_AREA:
        return Marked(Level.EMPTY, "", cover)
    if inside < SIGNED_INSIDE * sum(stroke.area for stroke in strokes):
        return Marked(Level.DOUBTFUL, ACROSS, cover)
    drawn = max(stroke.length for stroke in strokes) >= LINE and _length(strokes, rect) >= SIGNED_LENGTH
    if inside >= SIGNED_AREA and drawn and ink.peak(rect) >= PLAIN:
        return Marked(Level.MARKED, "", cover)
    return Marked(Level.DOUBTFUL, TRACE, cover)


def _written(ink: Ink, rect: Rect) -> Marked:
    strokes = [stroke for stroke in ink.within(rect) if stroke.length > SPECK]
    inside = sum(stroke.area * stroke.inside for stroke in strokes)
    if inside < _STRAY_AREA:
        return Marked(Level.EMPTY)
    return Marked(Level.MARKED) if inside >= SIGNED_AREA else Marked(Level.DOUBTFUL, TRACE)


def _fine(ink: Ink, rect: Rect) -> bool:
    """Tell whether there is ink enough for a signature when all blots are left out."""
    part = ink.dark(rect)
    blots = cv2.morphologyEx(part, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (BLOT, BLOT)))
    around = cv2.dilate(blots, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (BLOT, BLOT)))
    return int(part[around == 0].sum(dtype=int)) >= FINE_AREA


def _stamped(ink: Ink, rect: Rect) -> bool:
    """Tell whether a stamp's frame lies around a line's ink, or is nearly all of it."""
    left, top, right, bottom = rect
    start = (max(0, left - FRAME), max(0, top - FRAME))
    near = np.ascontiguousarray(ink.mask[start[1] : bottom + FRAME, start[0] : right + FRAME])
    lines = straight_lines(near)
    within = np.zeros_like(near)
    within[top - start[1] : bottom - start[1], left - start[0] : right - start[0]] = 1
    stamp = np.zeros_like(near)
    for corners in frames(lines):
        cv2.fillConvexPoly(stamp, corners, (1,))
    for x0, y0, x1, y1 in lines:
        cv2.line(near, (x0, y0), (x1, y1), (0,), _ERASED)
    return bool((stamp & within).any()) or int((near & within).sum(dtype=int)) < SIGNED_AREA


def _length(strokes: Sequence[Stroke], rect: Rect) -> int:
    """Return how far the strokes reach across a rectangle."""
    left = min(max(stroke.box[0], rect[0]) for stroke in strokes)
    right = max(min(stroke.box[2], rect[2]) for stroke in strokes)
    return right - left
