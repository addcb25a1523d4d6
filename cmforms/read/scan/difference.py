"""What a picture shows that the page as issued does not explain: ink that was added, ink that is missing.

The issued page is softened as much as the picture is, and its tones are turned into the picture's: both are
learned from the print outside all fields, which nobody is expected to change. What the picture still differs by is
weighed by how much that print itself scatters, so that noise, blur and thresholding need no settings of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cmforms.read.scan.opening import Pixels

Rect = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the template."""

PAPER = 255.0
SCATTER = 3.2
"""The weight of difference that unchanged print stays below; a changed digit shows 5 and more."""

_SOFTNESS = (0.5, 0.8, 1.1, 1.5, 2.0, 2.6, 3.3)
_SAMPLE = 6
_BINS = 32
_PALE_GREYS = slice(16, 27)  # bins: half as dark as ink to a sixth
_GROUND = 61  # pixels: wider than any stroke, narrower than a stain
_LEAST_CONTRAST = 25.0
_LEAST_SPREAD = 4.0
_STROKE = 1.6


@dataclass(frozen=True, eq=False)
class Difference:
    """Maps of a page at RECTIFIED_DPI.

    `seen` is the picture on even ground, `expected` the issued page as this picture would show it, both 0 to
    255. `weight` is their difference in units of its usual scatter, softened to the width of a stroke: above
    zero where the picture is darker. `contrast` is how much darker print is than paper on this picture, `greys` how
    dark the greys of print are in between, as a part of how dark they were printed.
    """

    seen: NDArray[np.float32]
    expected: NDArray[np.float32]
    weight: NDArray[np.float32]
    spread: NDArray[np.float32]
    contrast: float
    greys: float = 1.0

    def power(self, rect: Rect) -> NDArray[np.float32]:
        """Return the weight that would be missing, place by place, if nothing were printed in a rectangle."""
        left, top, right, bottom = rect
        part = (slice(top, bottom), slice(left, right))
        return np.asarray(_smooth((PAPER - self.expected[part]) / self.spread[part]), dtype=np.float32)


def difference(seen: Pixels, issued: Pixels, fields: Iterable[Rect]) -> Difference:
    """Hold a rectified picture against the page as issued; the fields' insides are not learned from."""
    even = _even(seen)
    outside = np.ones(seen.shape, dtype=bool)
    for left, top, right, bottom in fields:
        outside[max(0, top) : bottom, max(0, left) : right] = False
    soft = _softened(issued, even, outside)
    tones, spreads = _learned(soft, even, outside)
    expected = _through(soft, tones)
    spread = _through(soft, spreads)
    contrast = max(_LEAST_CONTRAST, float(tones[-1] - tones[: _BINS // 4].min()))
    weight = _smooth((expected - even) / spread)
    return Difference(even, expected, weight, spread, contrast, _greys(tones, contrast))


def _smooth(weight: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(weight, (0, 0), _STROKE), dtype=np.float32)


def _even(seen: Pixels) -> NDArray[np.float32]:
    """Return the picture with its paper at 255 everywhere: shadows, stains and yellowed paper taken out."""
    small = cv2.resize(seen, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    window = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_GROUND // 4, _GROUND // 4))
    ground = cv2.GaussianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, window), (0, 0), 6)
    whole = cv2.resize(ground, seen.shape[::-1], interpolation=cv2.INTER_LINEAR)
    even = cv2.divide(seen, whole, scale=PAPER, dtype=cv2.CV_32F)
    return np.asarray(np.minimum(even, PAPER), dtype=np.float32)


def _softened(issued: Pixels, seen: NDArray[np.float32], outside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the issued page blurred as much as the picture is: as it correlates best."""
    rows = slice(None, None, _SAMPLE)
    sample, kept = seen[rows], outside[rows]
    best = max(_SOFTNESS, key=lambda softness: _alike(_blurred(issued, softness)[rows][kept], sample[kept]))
    return np.asarray(_blurred(issued, best), dtype=np.float32)


def _blurred(pixels: Pixels, softness: float) -> Any:
    return cv2.GaussianBlur(pixels, (0, 0), softness)


def _alike(one: Any, other: Any) -> float:
    return float(np.corrcoef(one, other)[0, 1]) if one.size else 0.0


def _learned(
    soft: NDArray[np.float32], seen: NDArray[np.float32], outside: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return for each tone of the issued page the picture's tone, and how far the picture scatters around it."""
    rows = slice(None, None, 2)
    tone = np.minimum(soft[rows][outside[rows]] * (_BINS / 256), _BINS - 1).astype(np.intp)
    value = seen[rows][outside[rows]]
    count = np.bincount(tone, minlength=_BINS).astype(np.float64)
    mean = np.bincount(tone, value, _BINS) / np.maximum(count, 1)
    square = np.bincount(tone, (value - mean[tone]) ** 2, _BINS) / np.maximum(count, 1)
    known = np.flatnonzero(count >= 20)
    if len(known) == 0:
        return np.linspace(0, 255, _BINS, dtype=np.float32), np.full(_BINS, 30, dtype=np.float32)
    bins = np.arange(_BINS)
    tones = np.interp(bins, known, mean[known])
    spreads = np.maximum(np.interp(bins, known, np.sqrt(square[known])), _LEAST_SPREAD)
    return tones.astype(np.float32), spreads.astype(np.float32)


def _greys(tones: NDArray[np.float32], contrast: float) -> float:
    """Return how dark a picture shows the greys of print, of its edges too, as a part of how dark they were printed."""
    printed = 1 - (np.arange(_BINS) + 0.5)[_PALE_GREYS] / _BINS
    return float((tones[-1] - tones[_PALE_GREYS]).sum() / (contrast * printed.sum()))


def _through(soft: NDArray[np.float32], curve: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a page under a curve over its tones."""
    fine = np.interp(np.arange(256), (np.arange(_BINS) + 0.5) * (256 / _BINS), curve).astype(np.float32)
    return np.asarray(cv2.LUT(cv2.convertScaleAbs(soft), fine), dtype=np.float32)
