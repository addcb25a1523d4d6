"""Marks too worn to be decoded: where one may lie, and how dark each of its modules is there.

A place is told by what all QR codes share (ISO/IEC 18004, clause 6.3): three finders, an alignment pattern, the lines
of timing, the quiet zone. On a worn mark little of that is left, so more places are offered than marks there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from cmforms.read.scan import RECTIFIED_DPI
from cmforms.read.scan.opening import Pixels, Sheet
from cmforms.read.scan.prior import shrunk
from cmforms.read.scan.warping import Array, Points, Warp, projected

SIDE = 33
"""Modules a side: version 4, which the marks of all forms have whose ids are of up to 24 letters."""

_QUIET = 2
_ZOOM = 3  # pixels of a view for a module
_MODULE = 1.244 / 72  # inches
_CORNER = (100.1, 64.1)  # points from the page's lower right corner to the mark's upper left one
_SIZE = (417, 304)  # pixels of the view of a corner: 2.4 by 1.75 inches
_ANYWHERE = (slice(None), slice(None))
_HOME = (slice(107, 180), slice(133, 206))  # where our mark begins on a sheet that is the page, give or take 0.2 inches
_ANGLES = (0, -2, 2, -4, 4)
_PEAKS = 6
_LETTER = 11.0  # inches of the longer side, where the file does not say


class Worn(NamedTuple):
    """What may be a mark: a signed byte for each module, the higher the darker, and its corners on the sheet."""

    modules: bytes
    corners: Points


def worn_marks(sheet: Sheet, broken: Sequence[Points]) -> list[Worn]:
    """Return what may be marks where codes were seen but not read, and in the corners where ours stand."""
    found = [worn for corners in broken for worn in _found(_straight(sheet.pixels, corners), (_ANYWHERE,))]
    return found + [worn for corner in _corners(sheet) for worn in _found(corner, (_HOME, _ANYWHERE))]


def worn_mark_of(sheet: Sheet, warp: Warp) -> list[Worn]:
    """Return what may be the mark of a page that lies so on the sheet."""
    first = np.array(warp.size) - np.array(_CORNER) / 72 * RECTIFIED_DPI
    side = SIDE * _MODULE * RECTIFIED_DPI
    square = first + np.array([(0, 0), (side, 0), (side, side), (0, side)])
    return list(_found(_straight(sheet.pixels, warp.points(square)), (_ANYWHERE,)))


class _View(NamedTuple):
    """A part of a sheet at _ZOOM pixels a module, and the homography from its pixels to the sheet's."""

    pixels: Pixels
    way: Array


def _straight(pixels: Pixels, corners: Points) -> _View:
    """Lay a code straight whose corners are known."""
    first, last = _QUIET * _ZOOM * 2 - 0.5, (2 * _QUIET + SIDE) * _ZOOM - 0.5
    square = np.array([(first, first), (last, first), (last, last), (first, last)], dtype=np.float32)
    way = cv2.getPerspectiveTransform(square, corners.astype(np.float32))
    return _view(pixels, way, ((4 * _QUIET + SIDE) * _ZOOM,) * 2)


def _corners(sheet: Sheet) -> Iterator[_View]:
    """Yield the corner of the page that bears the mark, the sheet taken either way up, and somewhat turned."""
    height, width = sheet.pixels.shape
    dpi = sheet.dpi if sheet.measured else max(height, width) / _LETTER
    scale = min(1.0, _ZOOM / (_MODULE * dpi))
    small = shrunk(sheet.pixels, scale)
    zoom = _ZOOM / (_MODULE * dpi * scale)
    for turns in (0, 2) if height >= width else (1, 3):
        for angle in _ANGLES:
            way = _to_corner(small.shape, turns, angle, zoom)
            seen = _view(small, way, _SIZE)
            yield _View(seen.pixels, np.diag((1 / scale, 1 / scale, 1.0)) @ way)


def _to_corner(shape: tuple[int, ...], turns: int, angle: float, zoom: float) -> Array:
    """Return the way from a view of the lower right corner to a sheet that was turned so often to the left."""
    sheet, view = np.array(shape[::-1]), np.array(_SIZE)
    upright = sheet[::-1] if turns % 2 else sheet
    middle = sheet / 2 + _turned(-90 * turns) @ (upright - view / zoom) / 2
    part = _turned(angle - 90 * turns) / zoom
    return np.vstack((np.column_stack((part, middle - part @ view / 2)), (0.0, 0.0, 1.0)))


def _turned(degrees: float) -> Array:
    across, down = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([(across, -down), (down, across)])


def _view(pixels: Pixels, way: Array, size: tuple[int, int]) -> _View:
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpPerspective(pixels, way, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    return _View(np.asarray(seen, dtype=np.uint8), way)


def _found(view: _View, parts: Sequence[tuple[slice, slice]]) -> Iterator[Worn]:
    """Yield the places in parts of a view that look most like a code."""
    dark = _darkness(view.pixels)
    like = cv2.matchTemplate(dark, _PATTERN, cv2.TM_CCORR_NORMED, mask=_KNOWN)
    like[~np.isfinite(like)] = 0
    for rows, columns in parts:
        for left, top in _peaks(like[rows, columns].copy()):
            yield _sampled(dark, view.way, left + (columns.start or 0), top + (rows.start or 0))


def _peaks(like: Array) -> Iterator[tuple[int, int]]:
    for _ in range(_PEAKS):
        _, score, _, (left, top) = cv2.minMaxLoc(like)
        if score <= 0:
            return
        cv2.circle(like, (left, top), 2, (0,), -1)
        yield left, top


def _darkness(pixels: Pixels) -> NDArray[np.float32]:
    """Return how much darker each pixel is than what is around it, -2 to 2 times what that scatters by."""
    grey = pixels.astype(np.float32)
    off = cv2.GaussianBlur(grey, (0, 0), 4 * _ZOOM) - grey
    scatter = np.sqrt(cv2.GaussianBlur(off * off, (0, 0), 5 * _ZOOM)) + 4
    return np.asarray(np.clip(off / scatter, -2, 2), dtype=np.float32)


def _sampled(dark: NDArray[np.float32], way: Array, left: int, top: int) -> Worn:
    """Sample a code whose quiet zone begins there."""
    x, y, side = left + _QUIET * _ZOOM, top + _QUIET * _ZOOM, SIDE * _ZOOM
    modules = cv2.resize(dark[y : y + side, x : x + side], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    square = np.array([(x, y), (x + side, y), (x + side, y + side), (x, y + side)]) - 0.5
    return Worn((modules * 60).astype(np.int8).tobytes(), projected(way, square))


def _pattern() -> NDArray[np.float32]:
    """Return the modules that every code of this size has: 1 dark, -1 light, 0 where codes differ."""
    finder = np.full((8, 8), -1.0)
    finder[:7, :7] = 1
    finder[1:6, 1:6] = -1
    finder[2:5, 2:5] = 1
    code = np.zeros((SIDE, SIDE))
    code[6, :] = code[:, 6] = np.resize((1.0, -1.0), SIDE)
    code[-9:-4, -9:-4] = 1
    code[-8:-5, -8:-5] = -1
    code[-7, -7] = 1
    code[:8, :8], code[:8, -8:], code[-8:, :8] = finder, finder[:, ::-1], finder[::-1]
    return np.pad(code, _QUIET, constant_values=-1.0).astype(np.float32)


def _zoomed(modules: NDArray[np.float32]) -> Any:
    return np.kron(modules, np.ones((_ZOOM, _ZOOM), dtype=np.float32))


_PATTERN = _zoomed(_pattern())
_KNOWN = _zoomed((_pattern() != 0).astype(np.float32))
