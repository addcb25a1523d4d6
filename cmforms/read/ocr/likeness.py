"""Is a crop the picture of what was issued, whatever the scanner did to sharpness and contrast?

The issued crop is laid over the returned one, made as soft and as pale as that, and what is then left over is
looked at on the scale of a stroke: a digit that became another, a letter that came or went and a line through a
name leave far more than noise does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from cmforms.read.ocr.laying import Laid, Word, laid_over, words
from cmforms.read.ocr.lines import Plane
from cmforms.read.ocr.request import Grey, Sign

SOFTNESS = (0.5, 1.1, 2.2)
"""The copies that a picture is mixed of, in pixels."""

STROKE = 1.3
"""The softness, in pixels, at which what is left over shows strokes rather than noise."""

_BAR = (61, 3)
_BAR_MOST = 0.3
_LEAST_GROUND = 0.35
_SPECK = 7
_FEW_SPECKS, _SPECK_GROUND = 3, 50_000
_FULL = 0.5
_EDGE = 10
_ADDED = 0.3
_DRAWN = 0.1
_NEAR = (9, 9)
_FAINTEST = 24.0
"""Grey levels; where less of the issued ink is found, it is not there."""


@dataclass(frozen=True, eq=False)
class Remainder:
    """What a crop leaves over around its words, in parts of the depth of the ink, and what lay there and how.

    `weights` mixes the softened copies of drawn ink to what this picture shows of it, in the same parts; `corner` is
    the first column and the first row in the crop. `told` is 0 where lines were lost and 1 elsewhere, None where none
    were.
    """

    rest: Plane
    weights: Plane
    laid: Laid
    corner: tuple[int, int]
    told: Plane | None = None

    @property
    def torn(self) -> bool:
        """Whether lines were lost here."""
        return self.told is not None

    def place(self, sign: Sign) -> tuple[float, float]:
        """Return where a sign that was printed starts here, moved as the ink around it was."""
        x, y = sign.x - self.corner[0], sign.y - self.corner[1]
        height, width = self.rest.shape
        column, row = round(x + 0.25 * sign.size), round(y - 0.35 * sign.size)
        at = min(max(row, 0), height - 1), min(max(column, 0), width - 1)
        return x + float(self.laid.across[at]), y + float(self.laid.down[at])

    def around(self, top: int, left: int, shape: tuple[int, ...]) -> Plane:
        """Return a window of what is left over; beyond the edges that is nothing."""
        return _window(self.rest, top, left, shape)

    def told_around(self, top: int, left: int, shape: tuple[int, ...]) -> Plane | None:
        """Return a window of what is told, None where it all is."""
        if self.told is None:
            return None
        window = 1 - _window(1 - self.told, top, left, shape)
        return window if window.min() < 1 else None


def _window(plane: Plane, top: int, left: int, shape: tuple[int, ...]) -> Plane:
    window = np.zeros(shape, np.float32)
    height, width = shape
    found = plane[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)]
    row, column = max(-top, 0), max(-left, 0)
    window[row : row + found.shape[0], column : column + found.shape[1]] = found
    return window


@dataclass(frozen=True, slots=True)
class Likeness:
    """What is left over where it is most, in parts of the depth of the ink.

    `worst` is at the print, on the scale of a stroke, ink that was added or that is gone; `bar` is along a line that
    was drawn through or under some letters, where it crosses paper; `noise` is what is left over everywhere. `beside`
    is the length in pixels of the longest piece of ink that stands clear of the print; a few specks are dust, more are
    taken together. `rival` is how much of it all the best other sign explains, 0 to 1, None where that
    was not asked.
    """

    worst: float
    bar: float
    noise: float
    beside: int = 0
    rival: float | None = None
    left: Remainder | None = field(default=None, repr=False)


def likeness(seen: Plane, reference: Grey, lost: Grey | None = None) -> Likeness | None:
    """Compare the depth of a crop's ink with the same crop of the issued page; None where nothing was printed.

    Where lines were `lost` (see `Request`) nothing is left over: what is drawn there is not what was sent.
    """
    drawn = _drawn(reference)
    found = words(drawn)
    if not found:
        return None
    inner = _around(found)
    laid = laid_over(drawn[inner], seen[inner])
    weights, explained = _explained(seen[inner], laid.ink)
    full = laid.ink > _FULL
    depth = float(explained[full].mean()) if full.any() else float(explained.max())
    if depth < _FAINTEST:
        return Likeness(np.inf, np.inf, 0.0)
    rest = seen.copy()
    rest[inner] -= explained
    rest /= depth
    whole, told = rest, None
    if lost is not None and lost.any():
        told = 1 - lost.astype(np.float32) / 255
        rest = rest * told
    strokes = cv2.GaussianBlur(rest, (0, 0), STROKE)
    noise = float(np.median(np.abs(rest[inner])))
    near = cv2.dilate(drawn, np.ones(_NEAR, np.uint8)) >= _DRAWN
    specks, beside = _pieces((strokes > _ADDED + noise) & ~near)
    corner = inner[1].start, inner[0].start
    left = Remainder(whole[inner].copy(), weights / depth, laid, corner, None if told is None else told[inner])
    rest[specks] = 0
    ground = np.ones_like(rest)
    ground[inner] -= np.clip(explained / depth, 0, 1)
    return Likeness(float(np.abs(strokes[near]).max()), _bar(rest, ground), noise, beside, left=left)


def _bar(rest: Plane, ground: Plane) -> float:
    """Return what is left over along the darkest line, where paper is the ground. A spot is not much of a line."""
    line = cv2.blur(np.clip(rest, -_BAR_MOST, _BAR_MOST) * ground, _BAR)
    return float((line / np.maximum(cv2.blur(ground, _BAR), _LEAST_GROUND)).max())


def _pieces(added: Plane) -> tuple[Plane, int]:
    """Return where the specks among some pieces of ink are, and how long the longest piece is."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(added.astype(np.uint8), connectivity=8)
    sides = stats[:count, (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT)].max(axis=1)
    small = sides <= _SPECK
    small[0] = False
    specks = cv2.dilate(small[labels].astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    few = len(sides) - 1 <= max(_FEW_SPECKS, added.size // _SPECK_GROUND)
    return specks, int(sides[1:].max(initial=0) if few else sides[1:].sum())


def _around(found: Sequence[Word]) -> tuple[slice, slice]:
    """Return the rows and columns of the words and of what their softened edges reach."""
    left, top, right, bottom = zip(*found, strict=True)
    return slice(max(min(top) - _EDGE, 0), max(bottom) + _EDGE), slice(max(min(left) - _EDGE, 0), max(right) + _EDGE)


def _drawn(reference: Grey) -> Plane:
    """Return the ink of a crop that was drawn, 0 to 1, its ground taken away."""
    ink: Plane = np.maximum(float(np.median(reference)) - reference.astype(np.float32), 0) / 255
    return ink


def _explained(seen: Plane, laid: Plane) -> tuple[Plane, Plane]:
    """Return the laid ink as the scanner would show it, the mix of its softened copies that fits best, and the mix."""
    copies = [cv2.GaussianBlur(laid, (0, 0), softness) for softness in SOFTNESS]
    squares = np.array([[float((one * other).sum()) for one in copies] for other in copies])
    squares += np.eye(len(copies)) * (1e-3 * squares[0, 0] + 1e-6)
    weights = np.linalg.solve(squares, [float((copy * seen).sum()) for copy in copies]).astype(np.float32)
    return weights, np.tensordot(weights, np.stack(copies), axes=1)
