"""Was this written by hand? Print is taken for print only if everything about it says so.

Letters of print stand apart, on one line and to two heights, with strokes of one width, and readers are in no doubt
about any of them. Whatever lacks one of these is taken for handwriting, which a person reads.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from cmforms.read.ocr.lines import Ink, Read, line_bands

_APART = 0.75
"""Pieces of ink as a part of the letters and digits: joined letters make fewer."""

_ALIGNED = 0.75
"""Part of the letters that must stand on the line, and end at one of two heights."""

_UNEVEN = 0.35
"""The most that widths of strokes may vary, as their deviation over their mean."""

_CERTAIN = 0.9
_TALL = 0.4
_SLACK = 0.05
_SLOPES = np.linspace(-0.02, 0.02, 9)

Places = NDArray[np.float64]


def handwritten(ink: Ink, reads: list[Read]) -> bool:
    """Tell whether ink that is read so may be handwriting."""
    if min((read.certainty for read in reads), default=0.0) < _CERTAIN:
        return True
    signs = sum(sign.isalnum() for sign in reads[0].text)
    bands = [ink.strokes[top:bottom] for top, bottom in line_bands(ink.strokes)]
    letters = [_letters(band) for band in bands]
    if sum(len(line) for line in letters) < _APART * signs or _unevenness(ink.strokes) > _UNEVEN:
        return True
    return any(min(_on_a_line(line), _at_two_heights(line)) < _ALIGNED for line in letters)


def _letters(strokes: NDArray[np.uint8]) -> Places:
    """Return left, top, width, height of each piece of ink but dots, accents and points."""
    boxes = cv2.connectedComponentsWithStats(strokes, connectivity=8)[2][1:, :4].astype(np.float64)
    return np.asarray(boxes[boxes[:, 3] > _TALL * np.percentile(boxes[:, 3], 80)])


def _slack(letters: Places) -> float:
    return 0.5 + _SLACK * float(np.percentile(letters[:, 3], 80))


def _on_a_line(letters: Places) -> float:
    """Return the part of the letters that stand on one line, which may slope a little."""
    feet, across = letters[:, 1] + letters[:, 3], letters[:, 0] + letters[:, 2] / 2
    lines = feet[None, :] - _SLOPES[:, None] * across[None, :]
    near = np.abs(lines[:, :, None] - lines[:, None, :]) <= _slack(letters)
    return float(near.mean(axis=1).max())


def _at_two_heights(letters: Places) -> float:
    """Return the part of the letters that end at the two most common heights."""
    tops = letters[:, 1]
    near = np.abs(tops[:, None] - tops[None, :]) <= _slack(letters)
    either = near[:, None, :] | near[None, :, :]
    return float(either.mean(axis=2).max())


def _unevenness(strokes: NDArray[np.uint8]) -> float:
    """Return how much the widths of strokes vary, measured on the middle of each."""
    inside = cv2.distanceTransform(strokes, cv2.DIST_L2, 3)
    middle = inside[(strokes > 0) & (inside >= cv2.dilate(inside, np.ones((3, 3))))]
    return float(middle.std() / middle.mean()) if middle.size else 0.0
