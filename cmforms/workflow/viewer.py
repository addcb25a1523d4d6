"""What people do to a document before it comes back: type into its fields, print it flat. For demo and tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pypdfium2.raw as raw

from cmforms.errors import InputError


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
