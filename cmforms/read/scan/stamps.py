"""Stamps over lines to sign and boxes to mark: their frames, and their letters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cmforms.read.scan.difference import Rect
from cmforms.read.scan.ink import Ink
from cmforms.read.scan.lettering import has_lettering
from cmforms.read.scan.straight import frames, straight_lines

AROUND = 150
"""Pixels at 200 dpi (19 mm) around a line in which a stamp over it is looked for."""

ABOVE = 60
"""Pixels at 200 dpi above and below it in which the letters of a stamp are looked for."""

BESIDE = 20
"""Pixels at 200 dpi from a box within which letters of a stamp lie that covers it: its border cuts them."""

LEFT_OVER = 150
"""Ink on a line apart from straight lines, in pixels at 200 dpi: with less, there is no signature in the frame."""

_ERASED = 9
_SOFT = 0.6
_DARKEST, _HALF = 90, 0.5
_CUT = 11
_FRAYED = 3


def stamped(ink: Ink, rect: Rect) -> bool:
    """Tell whether a line's ink looks like a stamp: it lies in a frame, is a frame's, or has letters of a stamp."""
    outer, part = _surroundings(rect, AROUND)
    return _framed(_cut(ink, outer), part) or lettered(ink, rect)


def lettered(ink: Ink, rect: Rect) -> bool:
    """Tell whether a stamp's row of letters, or its end, lies over a line or a box."""
    outer, part = _surroundings(rect, ABOVE)
    return any(has_lettering(view, part) for view in _views(_cut(ink, outer), ink.added(outer), part))


def overlaid(ink: Ink, rect: Rect) -> bool:
    """Tell whether a box's ink is of something that lies over it: letters of a stamp, or a long straight line."""
    left, top, right, bottom = rect
    if lettered(ink, (left - BESIDE, top - BESIDE, right + BESIDE, bottom + BESIDE)):
        return True
    outer, (x, y, _, _) = _surroundings(rect, AROUND)
    inside = x, y, right - left, bottom - top
    return any(cv2.clipLine(inside, ends[:2], ends[2:])[0] for ends in straight_lines(_cut(ink, outer)))


def _surroundings(rect: Rect, above: int) -> tuple[Rect, Rect]:
    """Return what lies around a rectangle, so much above and below it, and its own place therein."""
    left, top, right, bottom = rect
    outer = max(0, left - AROUND), max(0, top - above), right + AROUND, bottom + above
    return outer, (left - outer[0], top - outer[1], right - outer[0], bottom - outer[1])


def _cut(ink: Ink, rect: Rect) -> NDArray[np.uint8]:
    left, top, right, bottom = rect
    return np.ascontiguousarray(ink.mask[top:bottom, left:right])


def _framed(near: NDArray[np.uint8], part: Rect) -> bool:
    """Tell whether a stamp's frame lies around ink in a part of a mask, or is nearly all of it."""
    left, top, right, bottom = part
    lines = straight_lines(near)
    stamp, rest = np.zeros_like(near), near.copy()
    for corners in frames(lines):
        cv2.fillConvexPoly(stamp, corners, (1,))
    for x0, y0, x1, y1 in lines:
        cv2.line(rest, (x0, y0), (x1, y1), (0,), _ERASED)
    bare = int(rest[top:bottom, left:right].sum(dtype=int)) < LEFT_OVER
    return bare or bool((stamp & rest)[top:bottom, left:right].any())


def _views(near: NDArray[np.uint8], added: NDArray[np.float32], part: Rect) -> Iterator[NDArray[np.uint8]]:
    """Yield what is dark in two ways: ink alone, the gap closed that a printed rule cuts into letters, and all of it.

    Beside a rule little counts as ink, since a fax may have moved the rule; there the second way shows whole letters.
    """
    left, top, right, bottom = part
    soft = cv2.GaussianBlur(added, (0, 0), _SOFT)
    within = (soft * near)[top:bottom, left:right]
    dark = _HALF * float(np.percentile(within[within > 0], _DARKEST)) if (within > 0).any() else np.inf
    yield _closed(((soft > dark) & (near > 0)).astype(np.uint8), _CUT)
    yield _closed((soft > dark).astype(np.uint8), _FRAYED)


def _closed(mask: NDArray[np.uint8], rows: int) -> Any:
    return cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((rows, 1), dtype=np.uint8))
