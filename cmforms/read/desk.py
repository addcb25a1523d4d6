"""The documents in a file of pages: a reading for each, and one for the pages that belong to none."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cmforms.definitions.schema import Form
from cmforms.errors import CmformsError, Finding, note, review
from cmforms.read import official, pdf_form, pdf_text
from cmforms.read.blanks import Blank, blank_of
from cmforms.read.candidates import nearest_forms
from cmforms.read.compare import alterations
from cmforms.read.page_count import pages_said
from cmforms.read.pages import Page
from cmforms.read.pdf_document import DocumentReader
from cmforms.read.reference import Origin, Reference
from cmforms.read.scan.locating import Located
from cmforms.read.scan.opening import FAX, PHOTO, SCAN
from cmforms.read.scan.page import MISPLACED, REDUCED
from cmforms.read.scan.picture_page import PicturePage
from cmforms.read.shares import LONG, Share, SharedPage, SharedPile, divided
from cmforms.read.sorting import Pile, Sorted, Sorter
from cmforms.read.standing import about_edition, about_issue
from cmforms.values.documents import Issued, Part, Reading

UNKNOWN = "unknown"
_KINDS = (pdf_form.READER, pdf_text.READER, FAX, PHOTO, SCAN)
_OF_THE_PAGE = (pdf_text.PICTURE, pdf_text.MISPLACED, MISPLACED, REDUCED)


def read_pages(data: bytes, pages: Sequence[Page], source: str, reference: Reference) -> list[Reading]:
    """Return a reading for each document among the pages of a file, then one for what belongs to none, if any."""
    desk = Desk(source, hashlib.sha256(data).hexdigest(), reference)
    found = Sorter(source, reference).run(pages)
    readings = [desk.document(pile) for pile in _kept(found.piles, pages, reference)]
    if found.strays or not readings:
        readings.append(desk.unknown(found))
    blank = [note("page-blank", "the page is blank", source=source, page=page.number) for page in found.sheets]
    return [replace(readings[0], findings=(*found.findings, *blank, *readings[0].findings)), *readings[1:]]


def read_share(
    data: bytes, pages: Sequence[PicturePage], source: str, reference: Reference, share: Share
) -> list[Reading]:
    """Return the readings of the documents that another process, which sorted the file's pages, left to this one."""
    reference.admit(source, sum(len(pile.pages) for pile in share))
    desk = Desk(source, hashlib.sha256(data).hexdigest(), reference)
    return [desk.document(_taken(pile, pages)) for pile in share]


def _kept(piles: list[Pile], pages: Sequence[Page], reference: Reference) -> list[Pile]:
    """Return what this process reads itself, having shared out the rest of a long file of pictures."""
    alike = all(isinstance(page, PicturePage) for page in pages)
    if reference.share is None or len(pages) < LONG or not alike:
        return piles
    own, *others = divided(piles, [len(pile.pages) for pile in piles])
    if others:
        reference.share([tuple(map(_given, group)) for group in others])
    return own


def _given(pile: Pile) -> SharedPile:
    pages = tuple(
        SharedPage(
            number, page.number, tuple((code.text, _plain(code.corners)) for code in page.codes), page.text, page.worn
        )
        for number, page in pile.pages
        if isinstance(page, PicturePage)
    )
    return SharedPile(pile.origin, pages, pile.total, tuple(pile.findings))


def _taken(pile: SharedPile, pages: Sequence[PicturePage]) -> Pile:
    taken: list[tuple[int | None, Page]] = []
    for known in pile.pages:
        page = pages[known.page - 1]
        page.text = known.text
        page.know([Located(text, np.array(corners)) for text, corners in known.codes], known.worn)
        taken.append((known.number, page))
    return Pile(pile.origin, taken, pile.total, list(pile.findings))


def _plain(corners: Iterable[Iterable[float]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(map(float, corner)) for corner in corners)



@dataclass(frozen=True)
class Desk:
    """Reads the documents of one file."""

    source: str
    sha256: str
    reference: Reference

    def document(self, pile: Pile) -> Reading:
        """Read one document."""
        origin = pile.origin
        issued = self.reference.ledger(origin.issue) if origin.issue else None
        findings = [*pile.findings, *about_issue(origin, issued, self.source)]
        try:
            form = self.reference.library.form(origin.form)
        except CmformsError as unknown:
            numbers = tuple(number for number, _ in pile.pages)
            return self._reading(pile, issued, numbers, findings=(*findings, *unknown.findings))
        if form.official:
            for _, page in pile.pages:
                page.widgets = official.as_defined(page.widgets, form)
        handed_out = self._handed_out(pile, issued)
        reader = DocumentReader(self.source, form, pile, issued, self._blank(form, origin), handed_out)
        fields = reader.run()
        kind = next((kind for kind in _KINDS if kind in reader.kinds), pdf_text.READER)
        findings += [*about_edition(form, origin, self.source), *reader.findings]
        # One finding for the page is enough where all its fields are in doubt for the same reason.
        own = [field for field in fields if field.doubt not in _OF_THE_PAGE]
        findings += alterations(own, form, origin.lang, self.source)
        read = self._reading(pile, issued, reader.numbers, findings=tuple(findings))
        return replace(read, kind=kind, fields=tuple(fields), addendum=reader.addendum)

    def _handed_out(self, pile: Pile, issued: Issued | None) -> bytes | None:
        """Draw the document again as it was issued, when a picture of it came."""
        drawn = any(isinstance(page, PicturePage) for _, page in pile.pages)
        return self.reference.redraw(issued) if drawn and issued else None

    def _blank(self, form: Form, origin: Origin) -> Blank | None:
        current = form.revision == origin.revision
        return blank_of(self.reference.library, origin.form, origin.lang) if current else None

    def _reading(
        self, pile: Pile, issued: Issued | None, numbers: tuple[int | None, ...], findings: tuple[Finding, ...]
    ) -> Reading:
        origin = pile.origin
        pages = tuple(page.number for _, page in pile.pages)
        return Reading(
            source=self.source, sha256=self.sha256, kind="pdf", form=origin.form, revision=origin.revision,
            lang=origin.lang, issue=origin.issue, subject=issued.subject if issued else None,
            pages=pages, expected_pages=(len(issued.pages) or None) if issued else pile.total, fields=(),
            findings=findings, parts=(Part(self.source, self.sha256, pages, numbers),),
        )

    def unknown(self, found: Sorted) -> Reading:
        """Report the pages that belong to no document, with the nearest forms."""
        nearest = nearest_forms(found.strays, self.reference.library)
        pages = tuple(page.number for page in found.strays)
        near = f"; nearest: {', '.join(nearest)}" if nearest else ""
        what = f"{pages_said(pages)} belong{'s' if len(pages) == 1 else ''} to no document known here"
        finding = review(
            "document-unknown", f"{what if pages else 'there is no page with anything on it'}{near}",
            source=self.source, page=pages[0] if pages else None,
            fix="See what it is. A page of ours is recognised by the mark in its footer.",
        )
        return Reading(
            source=self.source, sha256=self.sha256, kind=UNKNOWN, form=None, revision=None, lang=None,
            issue=None, subject=None, pages=pages, expected_pages=None, fields=(), findings=(finding,),
            candidates=nearest,
        )
