"""Faint lines: pencil, pale ink, what a copier left of them. Where they may be, a place is not surely empty.

Ink is told pixel by pixel and must stand out by far. A line may be much fainter and still be seen, since it goes on:
its pixels are added up along each of some directions, and what the bare paper of this very page gives in the same way
is the measure of how much that must be.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from cmforms.read.scan.difference import Difference, Rect
from cmforms.read.scan.ink import drop_streaks, print_of

FAINTEST = 0.018
"""The darkness of a line that may have been drawn, as a part of print's. The palest pencil has some 0.07, what a
copier leaves of it a third of that; the grain of most papers allows no less than this."""

FAINTEST_INSIDE = 0.009
"""The same inside a box, which its border keeps apart from what else is printed: two grey levels of a black and white
scan. A copy of a copy that turns pale greys white leaves no more of pencil.
"""

PALE = 0.09
"""The darkness of pencil and pale ink; where the paper's own lines are as dark, nothing can be said to be empty."""

PEN = 0.2
"""The darkness of a pale pen's line; where the paper's own lines are as dark, one through print may not show."""

UNREST = 5.0
"""A line must be so many times as dark as those that the grain of the paper makes."""

_HALF = 2
_LEFT_OVER = 4  # pixels of the page
_REACH = 5
_DIRECTIONS = 6
_BROAD = 5.0
_CLEAR = 11
_EDGE = 30
_SAMPLE = 3
_DARKEST = 30
_DOT = 4


class Line(NamedTuple):
    """A line: how long it is seen here, in pixels at 200 dpi (a speck: 16), and how dark, as a part of print.

    `together` is how long all lines are that are seen here.
    """

    length: int
    darkness: float
    together: int = 0


@dataclass(frozen=True, eq=False)
class Traces:
    """The faint lines of one page, at half its resolution."""

    difference: Difference

    @cached_property
    def uncertain(self) -> bool:
        """Whether the paper is so uneven that a pale line could hide in it."""
        return self._least > PALE * self.difference.contrast

    @property
    def hiding(self) -> bool:
        """Whether the paper is so uneven that even a pen's line could hide in it."""
        return self._least > PEN * self.difference.contrast

    def within(self, rect: Rect) -> Line:
        """Return the longest line in a rectangle of the page, given in its pixels, though it be a faint one."""
        place = _halved(rect)
        part = np.ascontiguousarray(self._mask[place])
        _, _, stats, _ = cv2.connectedComponentsWithStats(part, connectivity=8)
        sides = stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
        if not sides.size:
            return Line(0, 0.0)
        darkest = np.sort(self._lines[place][part > 0])[-_DARKEST:]
        lengths = sides.max(axis=1) * _HALF
        together = int(lengths[lengths > _DOT].sum())
        return Line(int(lengths.max()), float(darkest.mean()) / self.difference.contrast, together)

    def inside(self, rect: Rect) -> bool:
        """Tell whether there is any line in a rectangle that has a border around, and nothing printed in it.

        Of the border something is left where a page lies a little beside its print.
        """
        left, top, right, bottom = rect
        middle = left + _LEFT_OVER, top + _LEFT_OVER, right - _LEFT_OVER, bottom - _LEFT_OVER
        return self.within(rect).length > 0 or bool(self._faintest[_halved(middle)].any())

    @cached_property
    def _mask(self) -> NDArray[np.uint8]:
        return self._darker(self._least)

    @cached_property
    def _faintest(self) -> NDArray[np.uint8]:
        return self._darker(max(FAINTEST_INSIDE * self.difference.contrast, self._grain))

    def _darker(self, least: float) -> NDArray[np.uint8]:
        mask = np.asarray(self._lines > least, dtype=np.uint8)
        drop_streaks(mask)
        return mask

    @property
    def _least(self) -> float:
        """How dark a line must be on this page, in grey levels."""
        return max(FAINTEST * self.difference.contrast, self._grain)

    @cached_property
    def _grain(self) -> float:
        """How dark the lines are that the grain of the paper makes, in grey levels."""
        bare = cv2.erode(1 - self._printed, np.ones((_CLEAR, _CLEAR), dtype=np.uint8))
        bare[:_EDGE], bare[-_EDGE:], bare[:, :_EDGE], bare[:, -_EDGE:] = 0, 0, 0, 0
        grain = self._lines[::_SAMPLE, ::_SAMPLE][bare[::_SAMPLE, ::_SAMPLE] > 0]
        if not grain.size:
            return float("inf")
        middle = float(np.median(grain))
        scatter = 1.4826 * float(np.median(np.abs(grain - middle)))
        return middle + UNREST * scatter

    @cached_property
    def _printed(self) -> NDArray[np.uint8]:
        height, width = self.difference.seen.shape
        near = cv2.dilate(print_of(self.difference), np.ones((7, 7), dtype=np.uint8))
        return np.asarray(cv2.resize(near, (width // _HALF, height // _HALF), interpolation=cv2.INTER_NEAREST))

    @cached_property
    def _lines(self) -> NDArray[np.float32]:
        """How dark the darkest line through each place is, print left out, above what is around it."""
        height, width = self.difference.seen.shape
        added = self.difference.expected - self.difference.seen
        small = cv2.resize(added, (width // _HALF, height // _HALF), interpolation=cv2.INTER_AREA)
        small[self._printed > 0] = 0
        small = cv2.subtract(small, cv2.GaussianBlur(small, (0, 0), _BROAD))
        lines = cv2.filter2D(small, -1, _KERNELS[0])
        for kernel in _KERNELS[1:]:
            lines = cv2.max(lines, cv2.filter2D(small, -1, kernel))
        return np.asarray(lines, dtype=np.float32)


def _halved(rect: Rect) -> tuple[slice, slice]:
    left, top, right, bottom = (max(0, side // _HALF) for side in rect)
    return slice(top, bottom), slice(left, right)


def _kernel(turn: float) -> NDArray[np.float32]:
    """Return the weights, their sum 1, of a line through the middle."""
    kernel = np.zeros((2 * _REACH + 1,) * 2, dtype=np.float32)
    end = np.array([np.cos(turn), np.sin(turn)]) * (_REACH - 1)
    start, stop = (np.round((_REACH + sign * end) * 16).astype(int).tolist() for sign in (-1, 1))
    cv2.line(kernel, start, stop, 1.0, 1, cv2.LINE_AA, 4)
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)


_KERNELS = [_kernel(np.pi * step / _DIRECTIONS) for step in range(_DIRECTIONS)]
