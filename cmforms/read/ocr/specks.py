"""Dust on print: small spots that change no sign, on pages whose own print is sharp enough to be without spots."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from cmforms.read.ocr.likeness import STROKE, Remainder
from cmforms.read.ocr.lines import Plane
from cmforms.read.ocr.request import Sign

_SPOT = 0.25
_LONGEST = 8
_MOST = 2
_FOOT = 5
"""Pixels off the baseline: there a spot may be a stop or a comma that somebody added."""


def worst_but_specks(left: Remainder, signs: Sequence[Sign]) -> float:
    """Return what is left over where it is most (see `Likeness`), a speck or two on or near the print left out."""
    strokes = np.abs(cv2.GaussianBlur(left.rest, (0, 0), STROKE))
    spots = (strokes > _SPOT).astype(np.uint8)
    count, _, stats, centres = cv2.connectedComponentsWithStats(spots, connectivity=8)
    sides = stats[1:, (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT)]
    if count - 1 <= _MOST and sides.max(initial=0) <= _LONGEST and not _at_foot(centres[1:], left, signs):
        strokes[cv2.dilate(spots, np.ones((5, 5), np.uint8)) > 0] = 0
    return float(strokes.max())


def _at_foot(centres: Plane, left: Remainder, signs: Sequence[Sign]) -> bool:
    places = [(*left.place(sign), sign.size) for sign in signs]
    return any(
        abs(y - foot) <= _FOOT and start - 0.3 * size <= x <= start + size
        for x, y in centres
        for start, foot, size in places
    )
