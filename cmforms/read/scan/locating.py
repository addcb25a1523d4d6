"""The QR codes of a sheet, at any place, size and turn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from cmforms.read.scan.opening import Pixels, Sheet

Points = NDArray[np.float64]

_QR: Any = zxingcpp.BarcodeFormat.QRCode
_THRESHOLD_WINDOW = 0.006  # of the longer side: somewhat wider than a module of our mark
_FINE = 2400


class Located(NamedTuple):
    """A QR code: its text and its corners in pixels of the sheet, clockwise from the symbol's top left."""

    text: str
    corners: Points


def locate(sheet: Sheet) -> list[Located]:
    """Return the QR codes of a sheet. Most are found at once; else the sheet is smoothed, thresholded, scaled."""
    for pixels, scale in _views(sheet.pixels):
        if found := _read(pixels, scale):
            return found
    return []


def _views(pixels: Pixels) -> Iterator[tuple[Any, float]]:
    yield pixels, 1.0
    yield cv2.GaussianBlur(pixels, (0, 0), 1.2), 1.0
    window = int(max(pixels.shape) * _THRESHOLD_WINDOW) * 4 + 1
    smooth = cv2.GaussianBlur(pixels, (0, 0), 0.8)
    yield cv2.adaptiveThreshold(smooth, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, window, 8), 1.0
    if max(pixels.shape) < _FINE:
        yield cv2.resize(pixels, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), 2.0
    else:
        yield cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), 0.5
    yield cv2.medianBlur(pixels, 3), 1.0


def _read(pixels: Any, scale: float) -> list[Located]:
    return [Located(code.text, _corners(code.position) / scale) for code in zxingcpp.read_barcodes(pixels, formats=_QR)]


def _corners(position: Any) -> Points:
    corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    return np.array([(corner.x, corner.y) for corner in corners], dtype=np.float64)
