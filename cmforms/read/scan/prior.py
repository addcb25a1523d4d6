"""A page as it was issued, drawn: what a picture of it is laid over and held against."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cmforms.read.scan import RECTIFIED_DPI
from cmforms.read.scan.locating import Located, locate
from cmforms.read.scan.opening import SCAN, Pixels, Sheet

Points = NDArray[np.float64]

COARSE, MIDDLE, FINE = 0.25, 0.5, 1.0
"""The scales that a picture is laid over its page at: 50, 100 and 200 dpi."""

PATCH = {COARSE: 32, MIDDLE: 40, FINE: 48}
"""Sides of the patches that are looked for on the picture, in pixels of their scale."""

_CELL = {COARSE: 24, MIDDLE: 40, FINE: 72}
_LEAST_TEXTURE = 2e-4
_FEATURES = 2500


@dataclass(frozen=True, eq=False)
class Prior:
    """One page at RECTIFIED_DPI, as issued or, where that is not known, blank."""

    pixels: Pixels

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.pixels.shape
        return width, height

    @cached_property
    def codes(self) -> list[Located]:
        """The QR codes printed on it."""
        return locate(Sheet(self.pixels, RECTIFIED_DPI, SCAN, measured=True))

    @cached_property
    def scaled(self) -> dict[float, Pixels]:
        """The page at each scale of registration, slightly softened as any scan of it is."""
        soft = cv2.GaussianBlur(self.pixels, (0, 0), 0.8)
        return {scale: np.asarray(shrunk(soft, scale), dtype=np.uint8) for scale in (COARSE, MIDDLE, FINE)}

    @cached_property
    def sites(self) -> dict[float, NDArray[np.int32]]:
        """For each scale the centres, n x 2, of the patches whose place shows both across and down."""
        return {scale: _sites(pixels, PATCH[scale], _CELL[scale]) for scale, pixels in self.scaled.items()}

    @cached_property
    def features(self) -> tuple[Points, Any]:
        """SIFT features at half the resolution: their places in pixels of the full one, and descriptors."""
        return sift(self.scaled[MIDDLE], MIDDLE)


def shrunk(pixels: Any, scale: float) -> Any:
    """Return a picture at a smaller scale."""
    return pixels if scale == 1 else cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def sift(pixels: Any, scale: float, most: int = _FEATURES) -> tuple[Points, Any]:
    """Return SIFT features of a picture that was made smaller by `scale`: places before that, and descriptors."""
    found, descriptors = cv2.SIFT_create(most).detectAndCompute(pixels, None)  # type: ignore[attr-defined]
    places = np.array([point.pt for point in found], dtype=np.float64).reshape(-1, 2)
    return (places + 0.5) / scale - 0.5, descriptors


def _sites(pixels: Pixels, side: int, cell: int) -> NDArray[np.int32]:
    """Return the place of most texture in each cell of a grid, where there is enough of it."""
    corner = np.asarray(cv2.cornerMinEigenVal(pixels, side, ksize=3))
    height, width = pixels.shape
    margin = side // 2 + 1
    best = []
    for top in range(margin, height - margin, cell):
        for left in range(margin, width - margin, cell):
            part = corner[top : min(top + cell, height - margin), left : min(left + cell, width - margin)]
            at = int(part.argmax())
            if part.flat[at] >= _LEAST_TEXTURE:
                best.append((left + at % part.shape[1], top + at // part.shape[1]))
    return np.array(best, dtype=np.int32).reshape(-1, 2)
