"""Paper that was not flat: the smooth shift that takes each place of the template to where it was found."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cmforms.read.scan.warping import Warp, knots, product, projected, spline_weights

Points = NDArray[np.float64]
Array = NDArray[Any]

STIFFNESS = 0.3
"""How much more a bend of the shift counts than a miss of a patch; paper bends, but not at each patch anew."""

_ROUNDS = 4
_CREDIBLE = 2.0  # pixels of the template that an honest patch may be off


def bend(warp: Warp, template: Array, sheet: Array) -> Warp:
    """Return the warp whose shift takes places of the template to their places on the sheet, outliers left out."""
    rows, columns = knots(warp.size)
    wanted = projected(np.linalg.inv(warp.homography), sheet) - template
    weights = spline_weights(template, rows, columns)
    stiff = STIFFNESS**2 * _squared(_bends(rows, columns)) + 1e-6 * np.eye(rows * columns)
    trust = np.ones(len(template))
    for _ in range(_ROUNDS):
        normal = stiff + _squared(weights * np.sqrt(trust)[:, None])
        right = product(np.ascontiguousarray(weights.T), wanted * trust[:, None])
        shift = np.asarray(cv2.solve(normal, right, flags=cv2.DECOMP_CHOLESKY)[1], dtype=np.float64)
        off = np.hypot(*(wanted - product(weights, shift)).T)
        scale = max(_CREDIBLE, 2.5 * float(np.median(off)))
        trust = 1.0 / (1.0 + (off / scale) ** 4)
    return Warp(warp.homography, warp.size, shift.reshape(rows, columns, 2).astype(np.float32))


def _squared(matrix: Points) -> Points:
    """Return the product of a matrix's transpose with it."""
    return np.asarray(cv2.mulTransposed(matrix, aTa=True), dtype=np.float64)


def _bends(rows: int, columns: int) -> NDArray[np.float64]:
    """Return the second differences of the shift along rows and columns, and across both."""
    index = np.arange(rows * columns).reshape(rows, columns)
    along = (index[:, :-2], index[:, 1:-1], index[:, 2:])
    across = (index[:-2], index[1:-1], index[2:])
    parts = []
    for before, at, after in (along, across):
        part = np.zeros((at.size, rows * columns))
        number = np.arange(at.size)
        for knot, weight in ((before, 1.0), (at, -2.0), (after, 1.0)):
            part[number, knot.ravel()] = weight
        parts.append(part)
    twist = np.zeros(((rows - 1) * (columns - 1), rows * columns))
    number = np.arange(len(twist))
    corners = ((index[:-1, :-1], 1.0), (index[:-1, 1:], -1.0), (index[1:, :-1], -1.0), (index[1:, 1:], 1.0))
    for corner, weight in corners:
        twist[number, corner.ravel()] = weight
    return np.vstack((*parts, twist))
