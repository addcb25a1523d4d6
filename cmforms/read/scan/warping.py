"""How a template lies on a sheet: a homography, and for paper that was not flat a smooth shift on a grid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cmforms.read.scan import RECTIFIED_DPI
from cmforms.read.scan.opening import Pixels

Points = NDArray[np.float64]
Array = NDArray[Any]

STEP = 20
"""Pixels of the template between two places whose position on the sheet is worked out; the rest is interpolated."""

KNOTS = 120
"""Pixels of the template between two knots of the shift."""


@dataclass(frozen=True, eq=False)
class Warp:
    """Takes pixels of the template at RECTIFIED_DPI to pixels of the sheet.

    `shift` holds for each knot of the grid how far its place is moved, rows x columns x 2, before the homography.
    """

    homography: Array
    size: tuple[int, int]
    shift: NDArray[np.float32] | None = None

    def points(self, template: Array) -> Points:
        """Return where points of the template, n x 2, lie on the sheet."""
        moved = np.asarray(template, dtype=np.float64)
        if self.shift is not None:
            moved = moved + sampled(self.shift, moved)
        return projected(self.homography, moved)

    def rectified(self, sheet: Pixels, scale: float = 1.0) -> Pixels:
        """Return the sheet as it looks in the template's place; `scale` 0.5 gives half the resolution."""
        width, height = round(self.size[0] * scale), round(self.size[1] * scale)
        across, down = self._map(width, height, scale)
        return np.asarray(
            cv2.remap(sheet, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8
        )

    @cached_property
    def magnification(self) -> float:
        """Pixels of the sheet for a pixel of the template, in the middle of the page."""
        middle = np.array(self.size, dtype=np.float64) / 2
        square = middle + np.array([(-50, -50), (50, -50), (50, 50), (-50, 50)])
        return float(np.sqrt(cv2.contourArea(self.points(square).astype(np.float32)) / 1e4))

    def _map(self, width: int, height: int, scale: float) -> tuple[Any, Any]:
        """Return for each pixel of the result its place on the sheet, worked out on a grid and interpolated.

        The grid's samples are the middles of cells of STEP pixels, one cell more on each side.
        """
        step = max(1, round(STEP * scale))
        columns, rows = -(-width // step) + 2, -(-height // step) + 2
        grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2)
        centres = (grid - 0.5) * step / scale - 0.5
        places = self.points(centres).reshape(rows, columns, 2).astype(np.float32)
        whole = cv2.resize(places, (columns * step, rows * step), interpolation=cv2.INTER_LINEAR)
        inside = whole[step : step + height, step : step + width]
        return np.ascontiguousarray(inside[..., 0]), np.ascontiguousarray(inside[..., 1])


def projected(homography: Array, points: Array) -> Points:
    """Return points, n x 2, under a homography."""
    return np.asarray(cv2.perspectiveTransform(points.reshape(-1, 1, 2), homography), dtype=np.float64).reshape(-1, 2)


def sampled(shift: NDArray[np.float32], points: Points) -> Points:
    """Return the shift at points of the template, n x 2: a cubic B-spline over the knots."""
    rows, columns, _ = shift.shape
    flat = shift.reshape(-1, 2).astype(np.float64)
    return product(spline_weights(points, rows, columns), flat)


def product(one: Points, other: Points) -> Points:
    """Return a matrix product. OpenCV stays in one thread; NumPy would start one for each core in each process."""
    multiply: Any = cv2.gemm
    return np.asarray(multiply(one, other, 1.0, None, 0.0), dtype=np.float64)


def knots(size: tuple[int, int]) -> tuple[int, int]:
    """Return how many rows and columns of knots a page of that size has, one around it on each side."""
    return -(-size[1] // KNOTS) + 3, -(-size[0] // KNOTS) + 3


def spline_weights(points: Points, rows: int, columns: int) -> Points:
    """Return how much each knot has to say at each point, n x knots; beyond the page as at its edge."""
    weights = np.zeros((len(points), rows * columns))
    at = np.arange(len(points))
    first, across = _cubic(points[:, 0], columns)
    top, down = _cubic(points[:, 1], rows)
    for row in range(4):
        for column in range(4):
            weights[at, (top + row) * columns + first + column] = down[:, row] * across[:, column]
    return weights


def _cubic(places: Points, count: int) -> tuple[NDArray[np.intp], Points]:
    """Return the first of the four knots around each place, and the weights of the four, n x 4."""
    grid = np.clip(places / KNOTS, 0, count - 3 - 1e-9)
    first = grid.astype(np.intp)
    t = grid - first
    return first, np.stack(((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3), axis=1) / 6


def points_of(box: tuple[float, float, float, float], height: float) -> Points:
    """Return the corners of a box in points of the page as pixels of the template, top left first, clockwise."""
    left, bottom, right, top = box
    corners = np.array([(left, height - top), (right, height - top), (right, height - bottom), (left, height - bottom)])
    return corners * (RECTIFIED_DPI / 72)
