"""The QR codes of a sheet, at any place, size and turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
_CORNER = (0.32, 0.16)  # of the sheet's sides, at whichever corner our mark lies
_CORNER_SIDE = 8800  # pixels that the sheet's longer side has where a corner is looked at closely
_NEAR, _NEARER = 101, 51  # pixels there: ten modules of our mark, and five
_MOST_BROKEN = 8
_MARK_SHARE = 41.05**2 / (612 * 792)  # of the area of its page
_HALF = 0.6  # with what perspective may add to the nearer of two pages
_EVEN = 4.0  # grey levels: what scatters less bears no mark


class Located(NamedTuple):
    """A QR code: its text and its corners in pixels of the sheet, clockwise from the symbol's top left."""

    text: str
    corners: Points


class Search(NamedTuple):
    """What was found: the codes, or where codes were seen that could not be read (their corners, as `Located` has)."""

    codes: list[Located]
    broken: list[Points]


def locate(sheet: Sheet) -> list[Located]:
    """Return the QR codes of a sheet."""
    return search(sheet).codes


def search(sheet: Sheet) -> Search:
    """Look for the QR codes of a sheet. Most are found at once; else the sheet is smoothed, thresholded, scaled.

    What then still hides its mark, by grain or rasters, is looked at corner by corner. Where the page of a mark leaves
    room for another one beside it, all views are looked at: the other page's mark may show in another.
    """
    found: dict[str, Located] = {}
    broken: list[Points] = []
    for pixels, scale in _views(sheet.pixels):
        seen = _read(pixels, scale)
        found |= {code.text: code for code in seen if code.text and code.text not in found}
        if found and not _room(found.values(), sheet.pixels):
            break
        broken += [code.corners for code in seen if not code.text]
    codes = list(found.values()) or _in_corners(sheet.pixels)
    return Search(codes, [] if codes else broken[:_MOST_BROKEN])


def _room(codes: Iterable[Located], pixels: Pixels) -> bool:
    """Tell whether the page of each code, if it is our mark, fills less of the sheet than one of two pages may."""
    largest = max(cv2.contourArea(code.corners.astype(np.float32)) for code in codes)
    return largest / _MARK_SHARE < _HALF * pixels.size


def _in_corners(pixels: Pixels) -> list[Located]:
    height, width = pixels.shape
    across, down = round(_CORNER[0] * width), round(_CORNER[1] * height)
    for left, top in ((width - across, height - down), (0, 0), (0, height - down), (width - across, 0)):
        corner = pixels[top : top + down, left : left + across]
        if float(cv2.meanStdDev(corner)[1][0, 0]) < _EVEN:
            continue
        for view, scale in _close_views(corner, max(1.0, _CORNER_SIDE / max(pixels.shape))):
            if found := [code for code in _read(view, scale) if code.text]:
                return [Located(code.text, code.corners + np.array((left, top))) for code in found]
    return []


def _close_views(corner: Pixels, scale: float) -> Iterator[tuple[Any, float]]:
    """Yield a corner enlarged: its grain evened out by what is around, more so, and with its white gaps closed."""
    large = cv2.resize(corner, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    for softness, window in ((1.0, _NEAR), (2.8, _NEARER)):
        soft = cv2.GaussianBlur(large, (0, 0), softness)
        yield cv2.adaptiveThreshold(soft, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, window, 3), scale
    closed = cv2.morphologyEx(corner, cv2.MORPH_CLOSE, np.ones((3, 3), dtype=np.uint8))
    large = cv2.resize(closed, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    yield cv2.GaussianBlur(large, (0, 0), 1.4), scale


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
    """Return the codes of a picture; one that is seen but cannot be read has no text."""
    found = zxingcpp.read_barcodes(pixels, formats=_QR, return_errors=True)
    return [Located(code.text if code.valid else "", _corners(code.position) / scale) for code in found]


def _corners(position: Any) -> Points:
    corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    return np.array([(corner.x, corner.y) for corner in corners], dtype=np.float64)
