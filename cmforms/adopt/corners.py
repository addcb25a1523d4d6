"""Find a corner of each page that is blank beyond doubt: it is drawn, and no annotation lies on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pikepdf
import pypdfium2

from cmforms.acroform import Box, box_of, displayed, page_annotations, page_size

SIDE = 51.0
"""The side of the QR code with its quiet zone: 18 mm."""

_MARGIN = 18.0
_WHITE = 250
_SCALE = 2.0


def blank_corners(data: bytes, pdf: pikepdf.Pdf) -> list[tuple[float, float] | None]:
    """Return for each page the lower left point, on the page as shown, of a blank corner of 18 mm, or None."""
    drawn = pypdfium2.PdfDocument(data)
    try:
        drawn.init_forms()
        return [
            _blank(page, [displayed(box, page) for box in _taken(page)], drawn[number])
            for number, page in enumerate(pdf.pages)
        ]
    finally:
        drawn.close()


def _taken(page: pikepdf.Page) -> Iterator[Box]:
    for annot in page_annotations(page.obj):
        if box := box_of(annot.get("/Rect")):
            yield box


def _blank(page: pikepdf.Page, taken: Iterable[Box], drawn: Any) -> tuple[float, float] | None:
    width, height = page_size(page)
    picture = drawn.render(scale=_SCALE, grayscale=True).to_pil().convert("L")
    boxes = list(taken)
    right, top = width - _MARGIN - SIDE, height - _MARGIN - SIDE
    for left, bottom in ((right, _MARGIN), (_MARGIN, _MARGIN), (right, top), (_MARGIN, top)):
        corner = left, bottom, left + SIDE, bottom + SIDE
        if any(_touch(corner, box) for box in boxes):
            continue
        rows = [round(_SCALE * y) for y in (height - corner[3], height - corner[1])]
        part = picture.crop((round(_SCALE * left), rows[0], round(_SCALE * corner[2]), rows[1]))
        if part.getextrema()[0] >= _WHITE:
            return left, bottom
    return None


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
