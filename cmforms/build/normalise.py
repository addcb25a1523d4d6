"""Turn what WeasyPrint wrote into a template: pages with roles and stamps, canonical fields, a clean tree."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import pikepdf
from pikepdf import ContentStreamInstruction as Instruction
from pikepdf import Dictionary, Name, Object, Operator, Pdf

from cmforms.build.metadata import pdf_date, write_metadata
from cmforms.build.phrases import phrases
from cmforms.build.slots import MAIN, Slot
from cmforms.build.stamping import stamp_pages
from cmforms.build.tagging import marked_ids, put_tags_right
from cmforms.build.widgets import AcroForm, Placed
from cmforms.definitions.schema import Form
from cmforms.errors import DefinitionError

_KEPT_ON_PAGES = frozenset(
    {"/Type", "/Parent", "/MediaBox", "/Contents", "/Annots", "/StructParents", "/Tabs", "/Resources"}
)
# Graphics states of WeasyPrint that say only "opaque", which a page is from the start.
_OPAQUE = frozenset({"/a1.0", "/A1.0", "/a1", "/A1"})


def normalise(
    laid_out: bytes, form: Form, lang: str, slots: Mapping[str, Slot], sheets: Sequence[str]
) -> bytes:
    """Return the template. Raises DefinitionError when an optional page did not fit its page."""
    with Pdf.open(io.BytesIO(laid_out)) as pdf:
        placed = _placed(pdf, slots)
        roles = _roles(pdf, placed, form, sheets)
        put_tags_right(pdf)
        _simplify_pages(pdf)
        stamp_pages(pdf, form, phrases(lang), roles, pdf_date(form))
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


def _simplify_pages(pdf: Pdf) -> None:
    known = marked_ids(pdf)
    used: set[str] = set()
    for page in pdf.pages:
        for key in set(page.obj.keys()) - _KEPT_ON_PAGES:
            del page.obj[key]
        instructions = _simplified(page, known[page.obj.objgen])
        used |= {str(each.operands[0]) for each in instructions if str(each.operator) == "Tf"}
        page.obj.Contents = pdf.make_stream(pikepdf.unparse_content_stream(instructions))
    _share_resources(pdf, used)


def _simplified(page: pikepdf.Page, known: frozenset[int]) -> list[Instruction]:
    """Return the page's instructions; content that the tree does not know becomes an artifact (14.8.2.2)."""
    kept: list[Instruction] = []
    for each in pikepdf.parse_content_stream(page):
        operator = str(each.operator)
        if operator == "gs" and str(each.operands[0]) in _OPAQUE:
            continue
        if operator == "BDC" and int(each.operands[1].MCID) not in known:
            kept.append(Instruction([Name.Artifact], Operator("BMC")))
        else:
            kept.append(each)
    return kept


def _share_resources(pdf: Pdf, used: set[str]) -> None:
    """Give all pages one resource dictionary with the fonts in use; the inputs' own is not among them."""
    fonts = {name: font for name, font in pdf.pages[0].obj.Resources.Font.items() if name in used}
    shared = pdf.make_indirect(Dictionary(Font=pdf.make_indirect(Dictionary(fonts))))
    for page in pdf.pages:
        page.obj.Resources = shared


