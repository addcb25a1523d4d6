"""Is a crop the picture of what was issued? Word by word, whatever the scanner did to sharpness and contrast.

Each word of the issued crop is laid over the returned one where it fits best, made as soft and as pale as that,
and what is then left over is looked at on the scale of a stroke: a digit that became another, an added or a
missing letter and a line through a name leave far more than noise does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cmforms.read.ocr.lines import ink_of
from cmforms.read.ocr.request import Grey

_REACH = 4
"""Pixels by which a word may stand off its place."""

_SOFTNESS = (0.4, 0.7, 1.0, 1.3, 1.7, 2.1)
_STROKE = 1.3
_DRAWN = 0.25
_LETTER_GAP = 6
_LINE_GAP = 5
_MATCHED = 0.8
_SMALLEST = 8

Plane = NDArray[Any]
"""Grey levels or shares as floating-point numbers, rows from the top."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """What is left over at the worst place, in parts of the depth of the ink: ink that was added, and that is gone.

    `reach` is how far the word that moved most was found from its place, in pixels.
    """

    added: float
    gone: float
    reach: float

    @property
    def worst(self) -> float:
        """The larger of both."""
        return max(self.added, self.gone)


def likeness(pixels: Grey, reference: Grey) -> Likeness | None:
    """Compare a crop with the same crop of the issued page; None where nothing was printed there."""
    seen = ink_of(pixels).depth
    drawn = _drawn(reference)
    words = _words(drawn)
    if not words:
        return None
    laid = np.zeros_like(drawn)
    reach = max(_lay(word, drawn, seen, laid) for word in words)
    left = _left_over(seen, laid)
    return Likeness(float(left.max()), float(-left.min()), reach)


def _drawn(reference: Grey) -> Plane:
    """Return the ink of a crop that was drawn, 0 to 1, its ground taken away."""
    ink: Plane = np.maximum(float(np.median(reference)) - reference.astype(np.float32), 0) / 255
    return ink


def _words(drawn: Plane) -> list[tuple[int, int, int, int]]:
    """Return left, top, right, bottom of each run of letters."""
    together = cv2.dilate((drawn > _DRAWN).astype(np.uint8), np.ones((_LINE_GAP, _LETTER_GAP), np.uint8))
    boxes = cv2.connectedComponentsWithStats(together, connectivity=8)[2][1:]
    return [(x, y, x + width, y + height) for x, y, width, height, area in boxes.tolist() if area > _SMALLEST]


def _lay(word: tuple[int, int, int, int], drawn: Plane, seen: Plane, laid: Plane) -> float:
    """Draw a word where it fits what is seen; return how far that is from its place."""
    height, width = drawn.shape
    left, top, right, bottom = word
    left, top, right, bottom = max(left - 2, 0), max(top - 2, 0), min(right + 2, width), min(bottom + 2, height)
    around = cv2.copyMakeBorder(seen, _REACH, _REACH, _REACH, _REACH, cv2.BORDER_CONSTANT)
    around = around[top : bottom + 2 * _REACH, left : right + 2 * _REACH]
    piece = drawn[top:bottom, left:right]
    fits = cv2.matchTemplate(around, cv2.GaussianBlur(piece, (0, 0), _MATCHED), cv2.TM_CCOEFF_NORMED)
    _, _, _, (column, row) = cv2.minMaxLoc(fits)
    across, down = _peak(fits[row], column) - _REACH, _peak(fits[:, column], row) - _REACH
    reach = _REACH + 1
    framed = cv2.copyMakeBorder(piece, reach, reach, reach, reach, cv2.BORDER_CONSTANT)
    moved = cv2.warpAffine(framed, np.array(((1, 0, across), (0, 1, down)), np.float32), framed.shape[::-1])
    _draw(moved, laid, left - reach, top - reach)
    return max(abs(across), abs(down))


def _peak(fits: Plane, at: int) -> float:
    """Return where the top of the parabola through a maximum and its neighbours lies."""
    if not 0 < at < len(fits) - 1:
        return float(at)
    before, top, after = (float(value) for value in fits[at - 1 : at + 2])
    bend = before - 2 * top + after
    return at + 0.5 * (before - after) / bend if bend < 0 else float(at)


def _draw(piece: Plane, onto: Plane, left: int, top: int) -> None:
    height, width = onto.shape
    rows = slice(max(top, 0), min(top + piece.shape[0], height))
    columns = slice(max(left, 0), min(left + piece.shape[1], width))
    inside = piece[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    np.maximum(onto[rows, columns], inside, out=onto[rows, columns])


def _left_over(seen: Plane, laid: Plane) -> Plane:
    """Return what the issued ink, softened and scaled to fit best, does not explain, in parts of its depth."""
    fits = []
    for softness in _SOFTNESS:
        soft = cv2.GaussianBlur(laid, (0, 0), softness)
        depth = float((seen * soft).sum() / ((soft * soft).sum() + 1e-6))
        rest = seen - depth * soft
        fits.append((float((rest * rest).sum()), depth, rest))
    _, depth, rest = min(fits, key=lambda fit: fit[0])
    left: Plane = cv2.GaussianBlur(rest, (0, 0), _STROKE) / max(depth, 1e-6)
    return left
