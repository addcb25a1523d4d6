"""What a person marked or signed: boxes and signature lines judged by their added ink, with a band for review."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import cv2

from cmforms.read.scan.difference import Rect
from cmforms.read.scan.ink import SPECK, Ink, Stroke


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


MARK = (0.03, 0.09)
"""The part of a box's inside that ink covers: below the first it is empty, from the second on it is marked."""

LONG = 0.5
"""A mark reaches over so much of its box; what is shorter is a dot."""

SCRIBBLE = 0.72
"""A box covered more than this, with ink that runs well over its border, may be a mark that was crossed out."""

RING = 9
_RING_SIDES = 3
_SIDE_COVER = 0.25

SIGNED_AREA, SIGNED_LENGTH = 150, 30
"""Ink of a signature or initials, in pixels at 200 dpi: at least this area, and this long from end to end."""

LINE = 20
"""A signature has a line of so many pixels in it; blots have none."""

PLAIN = 3.0
"""The weight that some of a signature's ink must have; the edge of a stain or a shadow has less."""

SIGNED_INSIDE = 0.55
_STRAY_AREA = 25

CIRCLED = "the box is circled, not marked"
CROSSED = "the box is filled over its border: a mark, or a mark that was crossed out"
MAYBE_MARK = "the box holds something that may or may not be a mark"
TRACE = "a trace of ink, perhaps a stroke"
ACROSS = "the ink here runs on beyond the line: a stamp, a stain, or another line's signature"


def box_mark(ink: Ink, rect: Rect) -> Marked:
    """Judge a box to mark; `rect` is the inside of its border."""
    left, top, right, bottom = rect
    inside = ink.mask[top:bottom, left:right]
    cover = float(inside.mean()) if inside.size else 0.0
    around = _around(ink, rect)
    if cover >= SCRIBBLE and around >= _RING_SIDES:
        return Marked(Level.DOUBTFUL, CROSSED, cover)
    if cover >= MARK[1] and _reaches(ink, rect):
        return Marked(Level.MARKED, "", cover)
    if cover >= MARK[0]:
        return Marked(Level.DOUBTFUL, MAYBE_MARK, cover)
    if around >= _RING_SIDES:
        return Marked(Level.DOUBTFUL, CIRCLED, cover)
    return Marked(Level.EMPTY, "", cover)


def _reaches(ink: Ink, rect: Rect) -> bool:
    """Tell whether ink in a box is a stroke, no dots."""
    left, top, right, bottom = rect
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.dark(rect), connectivity=8)
    sides = stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    return bool(sides.size) and int(sides.max()) >= LONG * min(right - left, bottom - top)


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


def signature(ink: Ink, rect: Rect) -> Marked:
    """Judge a signature line by the ink on it: who signed is never said."""
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


def written(ink: Ink, rect: Rect) -> Level:
    """Tell whether something was written into a field that was issued blank."""
    strokes = [stroke for stroke in ink.within(rect) if stroke.length > SPECK]
    inside = sum(stroke.area * stroke.inside for stroke in strokes)
    if inside < _STRAY_AREA:
        return Level.EMPTY
    return Level.MARKED if inside >= SIGNED_AREA else Level.DOUBTFUL


def _length(strokes: Sequence[Stroke], rect: Rect) -> int:
    """Return how far the strokes reach across a rectangle."""
    left = min(max(stroke.box[0], rect[0]) for stroke in strokes)
    right = max(min(stroke.box[2], rect[2]) for stroke in strokes)
    return right - left
