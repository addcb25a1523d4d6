"""Pages of our own files drawn for comparison."""

from __future__ import annotations

from contextlib import closing
from functools import lru_cache

import cv2
import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium_c

from cmforms.read.scan import RECTIFIED_DPI
from cmforms.read.scan.prior import Prior
from cmforms.read.text_layer import Layer, characters

_FINER = 2
"""PDFium puts each letter on a whole pixel; drawn finer and averaged, letters stand where a printer puts them."""


@lru_cache(maxsize=12)
def drawn_prior(data: bytes, index: int) -> Prior:
    """Return a page of a file, with what its fields show, at RECTIFIED_DPI."""
    with closing(pypdfium2.PdfDocument(data)) as document:
        document.init_forms()
        page = document[index]
        bitmap = page.render(scale=_FINER * RECTIFIED_DPI / 72, grayscale=True)
        try:
            fine = bitmap.to_numpy().reshape(bitmap.height, bitmap.width)
            width, height = (round(side * RECTIFIED_DPI / 72) for side in page.get_size())
            pixels = cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA)
        finally:
            bitmap.close()
            page.close()
    return Prior(np.asarray(pixels, dtype=np.uint8))


def flattened_layer(data: bytes, index: int) -> Layer:
    """Return the text of a page, that in its fields too, which PDFium gives only once they are part of the page."""
    with closing(pypdfium2.PdfDocument(data)) as document:
        with closing(document[index]) as page:
            pdfium_c.FPDFPage_Flatten(page, pdfium_c.FLAT_PRINT)
        with closing(document[index]) as page:
            return Layer(characters(page))
