"""The lines of text in a crop, each cut out tightly, as the readers want them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cmforms.read.ocr.request import Grey

Plane = NDArray[Any]
"""Grey levels or shares as floating-point numbers, rows from the top."""

_SPECK = 4
"""Ink of fewer pixels (at 200 dpi) is dust."""

_MARGIN = 4
_PATCH = (5, 13)
"""Rows and columns, at half size, that hold some paper whatever is printed there."""

_LEAST_CONTRAST = 28.0
_TALLEST_GAP = 2


@dataclass(frozen=True, slots=True)
class Read:
    """A text as one reader read it; `certainty` is that of its least certain character or word, not calibrated."""

    text: str
    certainty: float

    @classmethod
    def joined(cls, lines: Sequence[Read]) -> Read:
        """Put the lines of a crop together."""
        return cls(" ".join(line.text for line in lines).strip(), min((line.certainty for line in lines), default=0.0))


class Ink:
    """How dark each pixel of a crop is against the paper around it, in grey levels, and which are strokes."""

    def __init__(self, pixels: Grey) -> None:
        """Take the paper away, however it is lit."""
        height, width = pixels.shape
        half = ((width + 1) // 2, (height + 1) // 2)
        small = cv2.resize(cv2.medianBlur(pixels, 3), half, interpolation=cv2.INTER_AREA)
        paper = cv2.blur(cv2.dilate(small, np.ones(_PATCH, np.uint8)).astype(np.float32), _PATCH[::-1])
        self.depth: Plane = np.maximum(cv2.resize(paper, (width, height)) - pixels, 0)

    @cached_property
    def strokes(self) -> NDArray[Any]:
        """The pixels of strokes, 1 each, without dust."""
        soft = cv2.GaussianBlur(self.depth, (0, 0), 0.7)
        darkest = float(np.percentile(soft, 99.5)) if soft.size else 0.0
        strokes = (soft > max(_LEAST_CONTRAST, 0.4 * darkest)).astype(np.uint8)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
        kept = (stats[:count, cv2.CC_STAT_AREA] >= _SPECK).astype(np.uint8)
        found: NDArray[Any] = strokes * kept[labels]
        return found

    @property
    def empty(self) -> bool:
        """Whether nothing is drawn there."""
        return not self.strokes.any()


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


def cut_lines(pixels: Grey, ink: Ink) -> list[Grey]:
    """Cut the lines of text out of a crop, top to bottom, with a small margin of paper."""
    cut = []
    for start, end in line_bands(ink.strokes):
        columns = np.flatnonzero(ink.strokes[start:end].any(axis=0))
        top, bottom = max(start - _MARGIN, 0), end + _MARGIN
        left, right = max(int(columns[0]) - _MARGIN, 0), int(columns[-1]) + 1 + _MARGIN
        cut.append(pixels[top:bottom, left:right])
    return cut
