"""An issued document made again from the ledger: what a returned one is held against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cmforms.definitions.library import Library
from cmforms.definitions.schema import ROW_ADDRESS
from cmforms.errors import CmformsError
from cmforms.fill.docx_outline import outline_docx
from cmforms.fill.pdf import fill_pdf
from cmforms.issue.identity import identify
from cmforms.values.documents import Bound, Issued


def draw_again(library: Library, key: bytes, issued: Issued) -> bytes | None:
    """Return the PDF as it was issued; None when it was issued for Word, in another edition, or paged otherwise.

    Filling gives the same bytes for the same values, so only a template that was built anew makes a difference.
    """
    if issued.format != "pdf" or not issued.pages:
        return None
    try:
        form = library.form(issued.form)
        if form.revision != issued.revision:
            return None
        template = library.template(form.id, issued.lang, "pdf")
        identity = identify(form, issued.lang, issued.subject, issued.recipient, issued.values, key, issued.draft)
        bound = Bound(issued.values, _rows(issued.values))
        filled = fill_pdf(template, form, bound, identity, lang=issued.lang, draft=issued.draft)
    except CmformsError:
        return None
    return filled.data if filled.pages == issued.pages else None


def outline_again(library: Library, key: bytes, issued: Issued) -> Mapping[str, bytes]:
    """Return the Word document as it was issued, its values marked; nothing for one of another edition.

    See `fill.docx_outline`.
    """
    if issued.format != "docx":
        return {}
    try:
        form = library.form(issued.form)
        if form.revision != issued.revision:
            return {}
        template = library.template(form.id, issued.lang, "docx")
        identity = identify(form, issued.lang, issued.subject, issued.recipient, issued.values, key, issued.draft)
        bound = Bound(issued.values, _rows(issued.values))
        return outline_docx(template, form, bound, identity, lang=issued.lang, draft=issued.draft)
    except CmformsError:
        return {}


def _rows(addresses: Iterable[str]) -> dict[str, int]:
    """Return how many rows each group has."""
    rows: dict[str, int] = {}
    for address in addresses:
        if found := ROW_ADDRESS.fullmatch(address):
            rows[found["group"]] = max(rows.get(found["group"], 0), int(found["row"]) + 1)
    return rows
