"""Is a crop the picture of what was issued, whatever the scanner did to sharpness and contrast?

The issued crop is laid over the returned one, made as soft and as pale as that, and what is then left over is
looked at on the scale of a stroke: a digit that became another, a letter that came or went and a line through a
name leave far more than noise does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from cmforms.read.ocr.laying import Word, laid_over, words
from cmforms.read.ocr.lines import Plane
from cmforms.read.ocr.request import Grey

_SOFTNESS = (0.5, 1.1, 2.2)
_STROKE = 1.3
_BAR = (41, 3)
_FULL = 0.5
_EDGE = 10
_ADDED = 0.3
_DRAWN = 0.1
_NEAR = (9, 9)
_FAINTEST = 24.0
"""Grey levels; where less of the issued ink is found, it is not there."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What is left over where it is most, in parts of the depth of the ink.

    `worst` is at the print, on the scale of a stroke, ink that was added or that is gone; `bar` is along a line that
    was drawn through or under some letters; `noise` is what is left over everywhere. `beside` is the length in pixels
    of the longest piece of ink that stands clear of the print.
    """

    worst: float
    bar: float
    noise: float
    beside: int = 0


def likeness(seen: Plane, reference: Grey) -> Likeness | None:
    """Compare the depth of a crop's ink with the same crop of the issued page; None where nothing was printed."""
    drawn = _drawn(reference)
    found = words(drawn)
    if not found:
        return None
    inner = _around(found)
    laid = laid_over(drawn[inner], seen[inner])
    explained = _explained(seen[inner], laid)
    full = laid > _FULL
    depth = float(explained[full].mean()) if full.any() else float(explained.max())
    if depth < _FAINTEST:
        return Likeness(np.inf, np.inf, 0.0)
    rest = seen.copy()
    rest[inner] -= explained
    rest /= depth
    strokes = cv2.GaussianBlur(rest, (0, 0), _STROKE)
    noise = float(np.median(np.abs(rest[inner])))
    near = cv2.dilate(drawn, np.ones(_NEAR, np.uint8)) >= _DRAWN
    worst, bar = float(np.abs(strokes[near]).max()), float(cv2.blur(rest, _BAR).max())
    return Likeness(worst, bar, noise, _longest((strokes > _ADDED + noise) & ~near))


def _longest(added: Plane) -> int:
    """Return the longer side of the largest piece of ink."""
    pieces = cv2.connectedComponentsWithStats(added.astype(np.uint8), connectivity=8)[2][1:]
    return int(pieces[:, (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT)].max(initial=0))


def _around(found: Sequence[Word]) -> tuple[slice, slice]:
    """Return the rows and columns of the words and of what their softened edges reach."""
    left, top, right, bottom = zip(*found, strict=True)
    return slice(max(min(top) - _EDGE, 0), max(bottom) + _EDGE), slice(max(min(left) - _EDGE, 0), max(right) + _EDGE)


def _drawn(reference: Grey) -> Plane:
    """Return the ink of a crop that was drawn, 0 to 1, its ground taken away."""
    ink: Plane = np.maximum(float(np.median(reference)) - reference.astype(np.float32), 0) / 255
    return ink


def _explained(seen: Plane, laid: Plane) -> Plane:
    """Return the laid ink as the scanner would show it: the mix of its softened copies that fits best."""
    copies = [cv2.GaussianBlur(laid, (0, 0), softness) for softness in _SOFTNESS]
    squares = np.array([[float((one * other).sum()) for one in copies] for other in copies])
    squares += np.eye(len(copies)) * (1e-3 * squares[0, 0] + 1e-6)
    weights = np.linalg.solve(squares, [float((copy * seen).sum()) for copy in copies])
    mixed: Plane = np.tensordot(weights.astype(np.float32), np.stack(copies), axes=1)
    return mixed
