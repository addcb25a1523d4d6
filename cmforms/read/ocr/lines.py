"""The lines of text in a crop, each cut out tightly, as the readers want them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cmforms.read.ocr.request import Grey

_SPECK = 4
"""Ink of fewer pixels (at 200 dpi) is dust."""

_MARGIN = 4
_LEAST_CONTRAST = 28.0
_TALLEST_GAP = 2


@dataclass(frozen=True, eq=False)
class InkMap:
    """How dark each pixel is against the paper around it, in grey levels, and which pixels are strokes."""

    depth: NDArray[np.float32]
    strokes: NDArray[np.uint8]

    @property
    def empty(self) -> bool:
        """Whether nothing is drawn there."""
        return not self.strokes.any()


def ink_of(pixels: Grey) -> InkMap:
    """Take the paper, however it is lit, away from a crop, and dust from its strokes."""
    smooth = cv2.medianBlur(pixels, 3)
    paper = cv2.blur(cv2.dilate(smooth, np.ones((9, 25), np.uint8)).astype(np.float32), (25, 9))
    depth = np.maximum(paper - pixels.astype(np.float32), 0)
    return InkMap(depth, _strokes(depth))


def _strokes(depth: NDArray[np.float32]) -> NDArray[np.uint8]:
    soft = cv2.GaussianBlur(depth, (0, 0), 0.7)
    darkest = float(np.percentile(soft, 99.5)) if soft.size else 0.0
    strokes = (soft > max(_LEAST_CONTRAST, 0.4 * darkest)).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    small = np.flatnonzero(stats[:count, cv2.CC_STAT_AREA] < _SPECK)
    strokes[np.isin(labels, small)] = 0
    return strokes


def line_bands(strokes: NDArray[np.uint8]) -> list[tuple[int, int]]:
    """Return the first and the last row, exclusive, of each line of text, from the top.

    Dots and accents stand apart from their letters, so a band that is far lower than the others belongs to the
    next one.
    """
    rows = np.flatnonzero(strokes.any(axis=1))
    if not rows.size:
        return []
    breaks = np.flatnonzero(np.diff(rows) > _TALLEST_GAP)
    starts, ends = np.r_[rows[0], rows[breaks + 1]], np.r_[rows[breaks], rows[-1]] + 1
    return _joined([(int(start), int(end)) for start, end in zip(starts, ends, strict=True)])


def _joined(bands: list[tuple[int, int]]) -> list[tuple[int, int]]:
    tallest = max(end - start for start, end in bands)
    lines: list[tuple[int, int]] = []
    for start, end in bands:
        part = lines and (min(end - start, lines[-1][1] - lines[-1][0]) < 0.45 * tallest)
        if part and start - lines[-1][1] < 0.4 * tallest:
            lines[-1] = (lines[-1][0], end)
        else:
            lines.append((start, end))
    return lines


def cut_lines(pixels: Grey, ink: InkMap) -> list[Grey]:
    """Cut the lines of text out of a crop, top to bottom, with a small margin of paper."""
    cut = []
    for start, end in line_bands(ink.strokes):
        columns = np.flatnonzero(ink.strokes[start:end].any(axis=0))
        top, bottom = max(start - _MARGIN, 0), end + _MARGIN
        left, right = max(int(columns[0]) - _MARGIN, 0), int(columns[-1]) + 1 + _MARGIN
        cut.append(pixels[top:bottom, left:right])
    return cut
