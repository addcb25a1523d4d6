"""A page of a returned file that is a picture, as the sorter and the readers of documents see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import cv2
import numpy as np
import pypdfium2.raw as pdfium_c

from cmforms.read.scan.locating import Located, Points, Search, search
from cmforms.read.scan.opening import SCAN, Pixels, Sheet, sheet
from cmforms.read.text_layer import Char
from cmforms.read.widgets import Annotation, Widget

_COVERED = 0.7
_FEW_CHARACTERS = 120
_INVISIBLE = 3
_FINEST, _COARSEST = 300.0, 150.0
_LONGEST = 4200.0
_DEEPEST = 4
_SHEET_EDGE = 0.04
_DARKER = 40
_LEAST_INK = 4e-5


class PicturePage:
    """One page that is a picture. `number` counts from 1 in the file.

    All that it shows is in the picture; `text` is what the sorter had read of it, for want of a mark; `worn` tells that
    its mark could not be decoded.
    """

    chars: Sequence[Char] = ()
    streams = 0

    def __init__(self, number: int, load: Callable[[], Sheet]) -> None:
        self.number = number
        self.said: dict[str, str] = {}
        self.widgets: Sequence[Widget] = ()
        self.annotations: Sequence[Annotation] = ()
        self.text = ""
        self.worn = False
        self._load = load

    @cached_property
    def sheet(self) -> Sheet:
        """The picture. Raises InputError where it cannot be opened."""
        return self._load()

    @property
    def codes(self) -> list[Located]:
        """The QR codes on the page."""
        return self._search.codes

    @property
    def broken(self) -> list[Points]:
        """The corners of what looks like QR codes and cannot be read, on a page without any that can."""
        return self._search.broken

    def know(self, codes: list[Located], worn: bool) -> None:
        """Take the codes from one who has looked for them already; `worn` ones were known by their likeness alone."""
        self.__dict__["_search"] = Search(codes, [])
        self.worn = worn

    @cached_property
    def _search(self) -> Search:
        return search(self.sheet)

    @property
    def empty(self) -> bool:
        """Whether it is a blank sheet: even ground, apart from dust and the edges of the paper."""
        return not self.codes and _share_of_ink(self.sheet.pixels) < _LEAST_INK

    def release(self) -> None:
        """Let go of the picture; it comes again when it is asked for."""
        self.__dict__.pop("sheet", None)


def is_picture(page: Any, text: str) -> bool:
    """Tell whether a pypdfium2 page without fields is a picture, also with text laid unseen over or under it."""
    return not text.strip() or (_covered(page) >= _COVERED and _visible_characters(page) < _FEW_CHARACTERS)


def sheet_of(page: Any) -> Sheet:
    """Draw an upright pypdfium2 page as finely as the picture in it is, at 150 to 300 dpi."""
    dots = max((_dots(image) for image in _images(page)), default=_FINEST)
    width, height = page.get_size()
    dpi = min(max(dots, _COARSEST), _FINEST, _LONGEST * 72 / max(width, height, 1.0))
    bitmap = page.render(scale=dpi / 72, grayscale=True, rotation=-page.get_rotation() % 360)
    try:
        drawn: Pixels = bitmap.to_numpy().reshape(bitmap.height, bitmap.width).copy()
    finally:
        bitmap.close()
    return sheet(drawn, (dpi, dpi), SCAN)


def _images(page: Any) -> list[Any]:
    return list(page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=_DEEPEST))


def _covered(page: Any) -> float:
    """Return the part of the page that its largest picture covers."""
    width, height = page.get_size()
    areas = [(right - left) * (top - bottom) for left, bottom, right, top in map(_bounds, _images(page))]
    return float(max(areas, default=0.0) / max(width * height, 1.0))


def _bounds(image: Any) -> tuple[float, float, float, float]:
    left, bottom, right, top = image.get_bounds()
    return left, bottom, right, top


def _dots(image: Any) -> float:
    """Return the pixels an inch of a picture as it is placed on the page, the finer way."""
    left, bottom, right, top = _bounds(image)
    across, down = image.get_px_size()
    inches = max(right - left, 1.0) / 72, max(top - bottom, 1.0) / 72
    return float(max(max(across, down) / max(inches), min(across, down) / min(inches)))


def _visible_characters(page: Any) -> int:
    """Return how many characters are shown, those left out that a text reader laid unseen over the picture."""
    textpage = page.get_textpage()
    try:
        shown = 0
        for index in range(textpage.count_chars()):
            owner = pdfium_c.FPDFText_GetTextObject(textpage.raw, index)
            shown += bool(owner) and pdfium_c.FPDFTextObj_GetTextRenderMode(owner) != _INVISIBLE
            if shown >= _FEW_CHARACTERS:
                break
        return shown
    finally:
        textpage.close()


def _share_of_ink(pixels: Pixels) -> float:
    """Return the part of a sheet, its edges left out, that is clearly darker than the ground around it."""
    height, width = pixels.shape
    edge = round(_SHEET_EDGE * min(height, width))
    inner = pixels[edge : height - edge, edge : width - edge]
    small = cv2.resize(inner, (max(1, inner.shape[1] // 2), max(1, inner.shape[0] // 2)), interpolation=cv2.INTER_AREA)
    ground = cv2.medianBlur(small, 21)
    dark = (cv2.subtract(ground, small) > _DARKER).astype(np.uint8)
    opened = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((2, 2), dtype=np.uint8))
    return float(opened.mean()) if opened.size else 0.0
