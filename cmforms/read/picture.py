"""Pictures of pages: the ink inside a box, and the QR codes on a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import zxingcpp

from cmforms.values.documents import Box

DARK = 140
"""Grey values below this are ink: black, blue and pencil strokes, but not the light ground of a box."""

INK_SCALE = 2.0
LONGEST_SIDE = 5000
_INSET = 2.0
_FOOTER_CORNER: Box = (495.0, 6.0, 570.0, 81.0)
_CORNER_SCALE = 3.0
_PAGE_SCALES = (2.0, 4.0)
_QR: Any = zxingcpp.BarcodeFormat.QRCode


class Code(NamedTuple):
    """A QR code: its text and its corners in page points, clockwise from the top left of the symbol."""

    text: str
    corners: tuple[complex, complex, complex, complex]


@dataclass(frozen=True, slots=True)
class Picture:
    """A page in grey, 8 bits a pixel, rows from the top; `scale` is pixels per point."""

    pixels: bytes
    stride: int
    width: int
    height: int
    scale: float
    origin: tuple[float, float]

    @property
    def area(self) -> Box:
        """The whole page as a box in points."""
        left, bottom = self.origin
        return left, bottom, left + self.width / self.scale, bottom + self.height / self.scale

    def ink(self, box: Box) -> float:
        """Return the dark part, 0 to 1, of the inside of a box in page points, its border left out."""
        left, bottom, right, top = box
        x0, x1 = self._clip(left + _INSET - self.origin[0]), self._clip(right - _INSET - self.origin[0])
        y0, y1 = self._clip(bottom + _INSET - self.origin[1]), self._clip(top - _INSET - self.origin[1])
        first, last = max(self.height - y1, 0), min(self.height - y0, self.height)
        x0, x1 = min(x0, self.width), min(x1, self.width)
        if last <= first or x1 <= x0:
            return 0.0
        rows = (self.pixels[row * self.stride + x0 : row * self.stride + x1] for row in range(first, last))
        return sum(len(row.translate(None, _LIGHT)) for row in rows) / ((last - first) * (x1 - x0))

    def _clip(self, points: float) -> int:
        return max(0, round(points * self.scale))


_LIGHT = bytes(range(DARK, 256))


def picture(page: Any, scale: float = INK_SCALE) -> Picture:
    """Draw an upright pypdfium2 page with its annotations; huge pages are drawn coarser."""
    left, bottom, right, _ = page.get_bbox()
    bitmap = page.render(scale=_bounded(scale, page), grayscale=True, rotation=-page.get_rotation() % 360)
    try:
        return Picture(
            bytes(bitmap.buffer), bitmap.stride, bitmap.width, bitmap.height,
            bitmap.width / (right - left), (left, bottom),
        )
    finally:
        bitmap.close()


def codes(page: Any, anywhere: bool) -> list[Code]:
    """Return the QR codes of a page from the corner where ours stand, else, if wanted, from anywhere on it."""
    width, height = page.get_size()
    left, bottom, right, top = _FOOTER_CORNER
    if page.get_rotation() == 0 and width >= right and height >= top:
        crop = (left, bottom, width - right, height - top)
        if found := _codes(page, _CORNER_SCALE, crop):
            return found
    for scale in _PAGE_SCALES if anywhere else ():
        if found := _codes(page, _bounded(scale, page), (0, 0, 0, 0)):
            return found
    return []


def _codes(page: Any, scale: float, crop: Box) -> list[Code]:
    bitmap = page.render(scale=scale, crop=crop, grayscale=True, draw_annots=False)
    try:
        shape = (bitmap.height, bitmap.stride)
        pixels = memoryview(bytes(bitmap.buffer)).cast("B", shape)
        place = bitmap.get_posconv(page)
        found = zxingcpp.read_barcodes(pixels, formats=_QR)
        return [Code(code.text, _corners(code.position, place)) for code in found]
    finally:
        bitmap.close()


def _corners(position: Any, place: Any) -> tuple[complex, complex, complex, complex]:
    points = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    first, second, third, fourth = (complex(*place.to_page(point.x, point.y)) for point in points)
    return first, second, third, fourth


def _bounded(scale: float, page: Any) -> float:
    width, height = page.get_size()
    return float(min(scale, LONGEST_SIDE / max(width, height, 1.0)))
