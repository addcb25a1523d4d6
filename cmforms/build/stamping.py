"""What each page of a template says about itself: its role, and the stream that prints its footer.

The footer is a stream of its own, the first of the page's contents, so that filling can put another in its
place. Filled documents carry a QR code in the right corner; the blank's footer keeps that corner free.
"""

from __future__ import annotations

from collections.abc import Sequence

from pikepdf import Array, Dictionary, Name, Pdf, Stream, String

from cmforms.build.glyphs import FewLetters
from cmforms.build.slots import ADDENDUM, MAIN
from cmforms.definitions.schema import Form
from cmforms.values.phrases import Phrases
from cmforms.values.phrases import phrases as phrases_in

LEFT, RIGHT, BASELINE = 54, 498, 58
SIZE = 7.5
_FONT = "Foot"


def stamp_pages(pdf: Pdf, form: Form, lang: str, roles: Sequence[str], date: str) -> None:
    """Give every page its role, its stamp stream and its place in /PieceInfo (PDF 32000, 14.5)."""
    phrases = phrases_in(lang)
    identity = _identity(form, phrases, lang)
    folios = _folios(phrases, roles)
    letters = FewLetters(pdf, "".join([identity, *folios]))
    for page, role, folio in zip(pdf.pages, roles, folios, strict=True):
        stamp = pdf.make_indirect(Stream(pdf, _footer(letters, identity, folio)))
        page.obj.Contents = Array([stamp, page.obj.Contents])
        page.obj.Resources.Font[f"/{_FONT}"] = letters.font
        private = Dictionary(Role=Name(f"/{role}"), Stamp=stamp)
        page.obj.PieceInfo = Dictionary(cmforms=Dictionary(LastModified=String(date), Private=private))
        page.obj.LastModified = String(date)


def _identity(form: Form, phrases: Phrases, lang: str) -> str:
    name = phrases.form.format(number=form.number) if form.number else form.text(form.title, lang)
    return "  ·  ".join([name, phrases.revision.format(revision=form.revision)])


def _folios(phrases: Phrases, roles: Sequence[str]) -> list[str]:
    """Name the pages: only the main ones are counted, for the others may be many or none."""
    pages = roles.count(MAIN)
    mains = [phrases.page.format(page=number, pages=pages) for number in range(1, pages + 1)]
    others = [phrases.addendum_page if role == ADDENDUM else phrases.more_page for role in roles[pages:]]
    return mains + others


def _footer(letters: FewLetters, identity: str, folio: str) -> bytes:
    right = RIGHT - letters.width(folio, SIZE)
    shown = letters.show(identity, SIZE, LEFT, BASELINE, _FONT)
    shown += letters.show(folio, SIZE, right, BASELINE, _FONT)
    return b"/Artifact <</Type/Pagination/Subtype/Footer>> BDC\nq 0 g\n" + shown + b"Q\nEMC\n"
