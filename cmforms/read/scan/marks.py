"""What a person marked or signed: boxes and signature lines judged by their added ink, with a band for review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import cv2
import numpy as np

from cmforms.read.scan.difference import PAPER, Rect
from cmforms.read.scan.ink import SPECK, Ink, Stroke
from cmforms.read.scan.stamps import overlaid, stamped
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

DENSE, SPILLED = 0.24, 0.09
"""A mark that was crossed out: how dark its box is inside, and how dark the paper beyond the four borders is, taken
together, as parts of the darkest ink. Ticks are less dense, crosses leave by the corners, and who fills a box stays in.
"""

FILLED, FAXED = 0.6, 0.04
"""On a fax, which loses pale strokes, a box so dense inside may have been crossed out with so little beyond it."""

ROW = 0.12
"""On a fax, how much darkness above a box, and below it, may be its border that was put a row too high or low."""

FRAYED, AROUND, END = 3, (5, 18), 40
"""So many pieces of ink beside a box, between so many pixels at 200 dpi from its inside and no larger than that: there
end the strokes that crossed out a mark, when a fax has lost the strokes themselves."""

BROKEN = 3
"""A mark that a fax broke into so many pieces may have been anything."""

OVER = (7, 12)
"""Pixels at 200 dpi from a box's inside: its border lies before the first; what crosses a mark out goes beyond."""

RING = (4, 18)
"""Pixels at 200 dpi from a box's inside between which a circle around it runs."""

BEYOND = 50
"""Pixels at 200 dpi (6 mm) that a mark's strokes may reach beyond its box; what goes on further is none."""

_RING_SIDES, _RING_TRACES = 3, 2
_SIDE_COVER = 0.25
_SOFT, _DARKEST = 1.2, 95
_PIECE = 6
_NEAR, _FAR = 3, 8
_SEEN = 0.5
_USUAL = 90

SIGNED_AREA, SIGNED_LENGTH = 150, 30
"""Ink of a signature or initials, in pixels at 200 dpi: at least this area, and this long from end to end."""

LINE = 20
"""A signature has a line of so many pixels in it; blots have none."""

PLAIN = 3.0
"""The weight that some of a signature's ink must have; the edge of a stain or a shadow has less."""

CLEAR = 0.15
"""A line so dark, as a part of print, needs no such weight: where a page lies badly over its print, few have it."""

BARE = 0.13
"""How dark the paper close beside a signature may be, as a part of its ink: pens leave it bare, dirt does not."""

SHREDS, WHOLE = 8, 0.25
"""A fax that breaks ink into so many pieces, none of them so large a part of it, shows stamps and signatures alike."""

DRAWN_LENGTH, DRAWN_DARKNESS = 32, 0.07
"""A signature has a line so long, in pixels at 200 dpi, and so dark, as a part of print; drops of coffee have none."""

BLOT = 17
"""Pixels at 200 dpi (2.2 mm): no pen is so broad. Ink that is, is a blot, a drop or a stain."""

BLOTTED = 0.2
"""The part of a signature's ink that blots may have."""

FINE_AREA = 75
"""Ink of a signature apart from blots and the halo of its strokes, in pixels at 200 dpi."""

TRACE_LENGTH, TRACES_LENGTH = 26, 40
"""A line so long, however faint, may have been drawn; so may lines that are so long together."""

SIGNED_INSIDE = 0.55
_STRAY_AREA = 25

BORDER, KEPT = 7, 0.45
"""Pixels at 200 dpi from a box's inside to beyond its border, and how much of that each side must show where it was
printed. A fax that puts it a row too high shows 0.55, a page that lies badly over its print hardly anything.
"""

SHIFTED = "the box does not lie where it was printed"
CIRCLED = "the box is circled, not marked"
CROSSED = "the box is filled over its border: a mark, or a mark that was crossed out"
MAYBE_MARK = "the box holds something that may or may not be a mark"
TRACE = "a trace of ink, perhaps a stroke"
UNEVEN = "the paper looks so uneven here that a pale stroke would not show"
FADED = "so much print is gone on this picture that a stroke may be gone, too"
SMEARED = "print is smeared or doubled on this picture, which may look like marks"
ACROSS = "the ink here runs on beyond the line: a stamp, a stain, or another line's signature"
FOREIGN = "the ink in the box is of something larger: a stamp, a line, another mark"
STAMPED = "the ink here looks like a stamp, with or without a signature"


@dataclass(frozen=True, eq=False)
class Marks:
    """Judges the places of one page: `ink` is what stands out from the paper, `traces` the lines that hardly do.

    `fax` tells that the page is black and white, with what is pale gone in part.
    """

    ink: Ink
    traces: Traces
    fax: bool = False

    def box(self, rect: Rect) -> Marked:
        """Judge a box to mark; `rect` is the inside of its border."""
        if not _bordered(self.ink, rect):
            return Marked(Level.DOUBTFUL, SHIFTED)
        found = _box_mark(self.ink, rect, self.fax)
        if found.level is Level.MARKED:
            foreign = _runs_on(self.ink, rect) or overlaid(self.ink, rect)
            return Marked(Level.DOUBTFUL, FOREIGN, found.cover) if foreign else self._credible(found)
        return found if found.doubt else self._sure(found, MAYBE_MARK if self._faint(rect) else "")

    def signature(self, rect: Rect) -> Marked:
        """Judge a signature line by the ink on it: who signed is never said."""
        found = _signature(self.ink, rect)
        if found.level is Level.MARKED:
            if stamped(self.ink, rect) or (self.fax and _shredded(self.ink, rect)):
                return Marked(Level.DOUBTFUL, STAMPED, found.cover)
            drawn = self._plain(rect) and _fine(self.ink, rect) and _bare(self.ink, rect)
            return self._credible(found) if drawn else Marked(Level.DOUBTFUL, TRACE, found.cover)
        return found if found.doubt else self._sure(found, self.traced(rect))

    def written(self, rect: Rect) -> Marked:
        """Tell whether something was written into a field that was issued blank."""
        found = _written(self.ink, rect)
        if found.level is not Level.EMPTY:
            return found
        return self._sure(found, self.traced(rect))

    def drawn(self, rect: Rect) -> bool:
        """Tell whether there is a line such as pens draw."""
        line = self.traces.within(rect)
        return line.length >= DRAWN_LENGTH and line.darkness >= DRAWN_DARKNESS

    def traced(self, rect: Rect) -> str:
        """Return the doubt that faint lines in a rectangle may have been drawn, "" where there are none."""
        line = self.traces.within(rect)
        return TRACE if line.length >= TRACE_LENGTH or line.together >= TRACES_LENGTH else ""

    def _plain(self, rect: Rect) -> bool:
        """Tell whether there is a pen's line that stands out clearly from paper and print."""
        plain = self.ink.peak(rect) >= PLAIN or self.traces.within(rect).darkness >= CLEAR
        return plain and self.drawn(rect)

    def _faint(self, rect: Rect) -> bool:
        """Tell whether there is a faint line in a box or, as of a circle around it, on two sides of it."""
        sides = sum(self.traces.within(side).length > 0 for side in _beside(rect, *RING))
        return sides >= _RING_TRACES or self.traces.inside(rect)

    def _credible(self, found: Marked) -> Marked:
        """Doubt a mark where the picture has print in places where none was."""
        return Marked(Level.DOUBTFUL, SMEARED, found.cover) if self.ink.smeared else found

    def _sure(self, found: Marked, doubt: str) -> Marked:
        """Doubt that a place is empty, for a reason of its own or because nobody could tell on this paper."""
        doubt = doubt or (UNEVEN if self.traces.uncertain else FADED if self.ink.faded else "")
        return Marked(Level.DOUBTFUL, doubt, found.cover) if doubt else found


def _box_mark(ink: Ink, rect: Rect, fax: bool) -> Marked:
    left, top, right, bottom = rect
    inside = ink.mask[top:bottom, left:right]
    cover = float(inside.mean()) if inside.size else 0.0
    if cover >= MARK[1] and _reaches(ink, rect) and not (fax and _is_broken(ink, rect)):
        crossed_out = _crossed_out(ink, rect, fax) or (fax and _is_frayed(ink, rect))
        return Marked(Level.DOUBTFUL, CROSSED, cover) if crossed_out else Marked(Level.MARKED, "", cover)
    if cover >= MARK[0]:
        return Marked(Level.DOUBTFUL, MAYBE_MARK, cover)
    return Marked(Level.DOUBTFUL, CIRCLED, cover) if _circled(ink, rect) else Marked(Level.EMPTY, "", cover)


def _bordered(ink: Ink, rect: Rect) -> bool:
    """Tell whether what was printed along each side of a box is seen there."""
    for left, top, right, bottom in _beside(rect, 0, BORDER):
        part = (slice(top, bottom), slice(left, right))
        printed = PAPER - ink.difference.expected[part]
        if float(np.minimum(printed, PAPER - ink.difference.seen[part]).sum()) < KEPT * float(printed.sum()):
            return False
    return True


def _is_broken(ink: Ink, rect: Rect) -> bool:
    """Tell whether the ink in a box is in pieces."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.dark(rect), connectivity=8)
    return int((stats[1:, cv2.CC_STAT_AREA] >= _PIECE).sum()) >= BROKEN


def _reaches(ink: Ink, rect: Rect) -> bool:
    """Tell whether ink in a box is a stroke, no dots, and no border that a fax has put a row too high or low."""
    left, top, right, bottom = rect
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.dark(rect), connectivity=8)
    sides = stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    side = min(right - left, bottom - top)
    long, broad = sides.max(axis=1, initial=0) >= LONG * side, sides.min(axis=1, initial=side) >= BROAD * side
    return bool((long & broad).any())


def _runs_on(ink: Ink, rect: Rect) -> bool:
    """Tell whether a stroke in a box goes on far beyond it."""
    left, top, right, bottom = rect
    ends = [stroke.box for stroke in ink.within(rect) if stroke.length > SPECK]
    return any(
        max(left - start[0], top - start[1], start[2] - right, start[3] - bottom) > BEYOND for start in ends
    )


def _crossed_out(ink: Ink, rect: Rect, fax: bool) -> bool:
    """Tell whether a box has dense ink that runs over its borders, as where a mark was crossed out."""
    inside = cv2.GaussianBlur(ink.added(rect), (0, 0), _SOFT)
    darkest = float(np.percentile(inside, _DARKEST))
    rows = (ROW * darkest,) * 2 + (0.0, 0.0) if fax else (0.0,) * 4
    sides = zip(_beside(rect, *OVER), rows, strict=True)
    spilled = sum(max(0.0, float(ink.added(side).mean()) - row) for side, row in sides)
    density = float(inside.mean()) / max(1.0, darkest)
    least = FAXED if fax and density > FILLED else SPILLED
    return density > DENSE and spilled > least * darkest


def _is_frayed(ink: Ink, rect: Rect) -> bool:
    """Tell whether small pieces of ink lie around a box that hang on to nothing."""
    (near, far), (left, top, right, bottom) = AROUND, rect
    added = ink.added((max(0, left - far), max(0, top - far), right + far, bottom + far))
    dark = np.asarray(added > _SEEN * ink.difference.contrast, dtype=np.uint8)
    x, y, width, height, area = cv2.connectedComponentsWithStats(dark, connectivity=8)[2][1:].T
    (first, last), (high, low) = ((far - near, far + side + near) for side in (right - left, bottom - top))
    outside = (x + width <= first) | (x >= last) | (y + height <= high) | (y >= low)
    whole = (x > 0) & (y > 0) & (x + width < dark.shape[1]) & (y + height < dark.shape[0])
    return int((outside & whole & (area > 1) & (area <= END)).sum()) >= FRAYED


def _circled(ink: Ink, rect: Rect) -> bool:
    """Tell whether there is ink all along most sides of a box, just outside its border."""
    sides = [ink.mask[top:bottom, left:right] for left, top, right, bottom in _beside(rect, *RING)]
    covers = [float(side.any(axis=at // 2).mean()) if side.size else 0.0 for at, side in enumerate(sides)]
    return sum(cover > _SIDE_COVER for cover in covers) >= _RING_SIDES


def _beside(rect: Rect, near: int, far: int) -> tuple[Rect, Rect, Rect, Rect]:
    """Return the strips above, below, before and after a rectangle, so many pixels from it."""
    left, top, right, bottom = rect
    return (
        (left, max(0, top - far), right, max(0, top - near)), (left, bottom + near, right, bottom + far),
        (max(0, left - far), top, max(0, left - near), bottom), (right + near, top, right + far, bottom),
    )  # fmt: skip


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
    if inside >= SIGNED_AREA and drawn:
        return Marked(Level.MARKED, "", cover)
    return Marked(Level.DOUBTFUL, TRACE, cover)


def _written(ink: Ink, rect: Rect) -> Marked:
    strokes = [stroke for stroke in ink.within(rect) if stroke.length > SPECK]
    inside = sum(stroke.area * stroke.inside for stroke in strokes)
    if inside < _STRAY_AREA:
        return Marked(Level.EMPTY)
    return Marked(Level.MARKED) if inside >= SIGNED_AREA else Marked(Level.DOUBTFUL, TRACE)


def _fine(ink: Ink, rect: Rect) -> bool:
    """Tell whether there is ink enough for a signature when all blots are left out, and not too many of them."""
    part = ink.dark(rect, _USUAL)
    blots = cv2.morphologyEx(part, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (BLOT, BLOT)))
    around = cv2.dilate(blots, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (BLOT, BLOT)))
    if int(blots.sum(dtype=int)) > BLOTTED * int(part.sum(dtype=int)):
        return False
    return int(part[around == 0].sum(dtype=int)) >= FINE_AREA


def _bare(ink: Ink, rect: Rect) -> bool:
    """Tell whether the paper close beside the ink in a rectangle is as bare as a pen leaves it."""
    left, top, right, bottom = rect
    outer = max(0, left - _FAR), max(0, top - _FAR), right + _FAR, bottom + _FAR
    part = (slice(outer[1], outer[3]), slice(outer[0], outer[2]))
    inked, free, added = ink.mask[part], ink.near_print[part] == 0, ink.added(outer)
    near, far = (cv2.dilate(inked, np.ones((2 * reach + 1,) * 2, dtype=np.uint8)) for reach in (_NEAR, _FAR))
    beside, on = added[(far > near) & free], added[(inked > 0) & free]
    return not (beside.size and on.size) or float(beside.mean()) <= BARE * float(on.mean())


def _shredded(ink: Ink, rect: Rect) -> bool:
    """Tell whether the ink in a rectangle is in many small pieces."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.dark(rect), connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    return int((areas >= _PIECE).sum()) >= SHREDS and int(areas.max()) < WHOLE * int(areas.sum())


def _length(strokes: Sequence[Stroke], rect: Rect) -> int:
    """Return how far the strokes reach across a rectangle."""
    left = min(max(stroke.box[0], rect[0]) for stroke in strokes)
    right = max(min(stroke.box[2], rect[2]) for stroke in strokes)
    return right - left
