"""What people do to a document before it comes back: type into it, print it flat, scan it. For demo and tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from cmforms.errors import InputError

SCAN_DPI = 200
_SKEW = 0.7
_PAPER = 252
_BLUR = 0.6


def answer(source: Path, out: Path, answers: Mapping[str, str]) -> Path:
    """Fill fields by address as a viewer does, asking the next viewer to draw them (NeedAppearances).

    An answer to a box is the name of its on-state. Raises InputError for a document without a form.
    """
    with pikepdf.open(source) as document:
        if "/AcroForm" not in document.Root:
            raise InputError.because("no-form", "has no fields to answer", source=str(source))
        for page in document.pages:
            for widget in page.get("/Annots", []):
                _answer(widget, answers)
        document.Root.AcroForm.NeedAppearances = True
        document.save(out)
    return out


def _answer(widget: Any, answers: Mapping[str, str]) -> None:
    field = widget if "/T" in widget else widget.get("/Parent", widget)
    name = str(field.get("/T", "")).replace("/", ".")
    if name not in answers:
        return
    if field.get("/FT") == "/Btn":
        state = pikepdf.Name("/" + answers[name])
        field.V = state
        widget.AS = state if state in widget.AP.N else pikepdf.Name.Off
    else:
        field.V = answers[name]


def flatten(source: Path, out: Path) -> Path:
    """Print to PDF: what the fields show becomes page content, and the form is gone.

    Raises InputError when PDFium cannot flatten a page.
    """
    document = pdfium.PdfDocument(source)
    try:
        document.init_forms()
        for page in document:
            if raw.FPDFPage_Flatten(page, raw.FLAT_PRINT) == raw.FLATTEN_FAIL:
                raise InputError.because("not-flattened", "cannot be printed flat", source=str(source))
        document.save(out)
    finally:
        document.close()
    return out


def scan(source: Path, out: Path) -> Path:
    """Make what a copier makes of a print: a grey TIFF of 200 dpi, a little askew and not quite sharp."""
    import cv2
    import numpy as np

    document = pdfium.PdfDocument(source)
    try:
        document.init_forms()
        sheets = [page.render(scale=SCAN_DPI / 72, grayscale=True).to_numpy() for page in document]
    finally:
        document.close()
    pages = []
    for sheet in sheets:
        height, width = sheet.shape[:2]
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), _SKEW, 1.0)
        turned = cv2.warpAffine(sheet, turn, (width, height), borderValue=(255,))
        pages.append(np.minimum(cv2.GaussianBlur(turned, (0, 0), _BLUR), _PAPER))
    resolution = [cv2.IMWRITE_TIFF_RESUNIT, 2, cv2.IMWRITE_TIFF_XDPI, SCAN_DPI, cv2.IMWRITE_TIFF_YDPI, SCAN_DPI]
    if not cv2.imwritemulti(str(out), pages, resolution):
        raise InputError.because("not-scanned", "cannot be written as a picture", source=str(out))
    return out
