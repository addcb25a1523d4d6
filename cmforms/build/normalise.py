"""Turn what WeasyPrint wrote into a template: pages with roles and stamps, canonical fields, a clean tree."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import pikepdf
from pikepdf import Object, Pdf

from cmforms.build.contents import simplify_pages
from cmforms.build.metadata import pdf_date, write_metadata
from cmforms.build.slots import MAIN, Slot
from cmforms.build.stamping import stamp_pages
from cmforms.build.tagging import put_tags_right
from cmforms.build.widgets import AcroForm, Placed
from cmforms.definitions.schema import Form
from cmforms.errors import DefinitionError


def normalise(
    laid_out: bytes, form: Form, lang: str, slots: Mapping[str, Slot], sheets: Sequence[str]
) -> bytes:
    """Return the template.

    Raises DefinitionError when an optional page did not fit its page, or a character has no shipped font.
    """
    with Pdf.open(io.BytesIO(laid_out)) as pdf:
        placed = _placed(pdf, slots)
        roles = _roles(pdf, placed, form, sheets)
        put_tags_right(pdf)
        simplify_pages(pdf)
        stamp_pages(pdf, form, lang, roles, pdf_date(form))
        AcroForm(pdf, form.id).write(placed)
        write_metadata(pdf, form, lang)
        out = io.BytesIO()
        pdf.remove_unreferenced_resources()
        pdf.save(
            out, object_stream_mode=pikepdf.ObjectStreamMode.disable, deterministic_id=True,
            compress_streams=True, recompress_flate=True, min_version="1.7",
        )
    return out.getvalue()


def _placed(pdf: Pdf, slots: Mapping[str, Slot]) -> list[Placed]:
    return [
        Placed(slots[str(widget.T)], widget, page.obj, _upright(widget.Rect))
        for page in pdf.pages
        for widget in page.obj.get("/Annots", ())
    ]


def _upright(rect: Object) -> tuple[float, float, float, float]:
    """Return a rectangle as left, bottom, right, top: WeasyPrint's stand on their heads."""
    x1, y1, x2, y2 = (round(float(edge), 2) for edge in rect)
    return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _roles(pdf: Pdf, placed: Sequence[Placed], form: Form, sheets: Sequence[str]) -> list[str]:
    """Return the role of each page; every optional page must be one page, and the last ones."""
    of_page = {place.page.objgen: place.slot.role for place in placed}
    roles = [of_page.get(page.obj.objgen, MAIN) for page in pdf.pages]
    for sheet in sheets:
        if roles.count(sheet) != 1:
            first = pdf.pages[roles.index(sheet)].obj.objgen
            raise _too_long(form, sheet, [place.slot for place in placed if place.page.objgen == first])
    return roles


def _too_long(form: Form, sheet: str, on_first_page: Sequence[Slot]) -> DefinitionError:
    rows = {slot.address.split("]")[0] for slot in on_first_page if "[" in slot.address}
    return DefinitionError.because(
        "page-overflow", f"the optional page {sheet!r} does not fit one page", source=f"{form.id}.yaml",
        path=sheet.replace("more:", "more_rows of "),
        fix=f"Set more_rows to {len(rows)} or less." if rows else "Put fewer fields in identify.",
    )
