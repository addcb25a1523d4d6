"""Pages that bear no mark: a picture by what is read at its head and foot, a blank form by its printed words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from cmforms.definitions.schema import Form
from cmforms.read.blanks import BlankPage, best_match, blank_of, blanks_of
from cmforms.read.names_read import folios_in, issues_in, names, revisions_in
from cmforms.read.pages import Page
from cmforms.read.reference import Known, Origin, Reference
from cmforms.read.scan.picture_page import PicturePage
from cmforms.read.scan.recognising import upright, words
from cmforms.read.scan.registering import Registration, register

CLEARLY_MORE = 0.1
"""A picture lies over a page when it finds so much more of it than of any other page of the form."""

ALIKE = 0.3
"""The part of a page's patches that a picture of it shows in place, however worn; one of another page has a tenth."""

_SHOWN_REVISION = re.compile(r"\b(\d{4}-\d{2})\b")


class _Look(NamedTuple):
    """A page of a blank form that a page may look like."""

    page: BlankPage
    form: Form
    lang: str
    number: int
    mains: int


class Looking:
    """Recognises pages by how they look. What is not certain is not known."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference

    def lying(self, page: PicturePage) -> Registration | None:
        """Return how a picture lies over the page of a form which it lies over best; it may be of another form."""
        return upright(page.sheet, [look.page for look in self._all_looks()])

    def by_words(self, page: PicturePage, lying: Registration) -> Known | None:
        """Know a picture without a mark by the words at its head and foot, and by its lying over the page they name.

        Both readers must agree on the number and the edition; an issue's id proves itself by being in the ledger.
        """
        readings = words(page.sheet, lying)
        page.text = "\n".join(readings)
        known = self._issue_read(readings) or self._form_read(readings, list(self._all_looks()))
        return self._laid(page, known) if known else None

    def lies_over(self, page: PicturePage, known: Known) -> bool:
        """Tell whether a picture looks like that page; not whose it is, nor how it lies."""
        blank = self._blanks(known.origin).get(known.page)
        return blank is not None and register(page.sheet, blank.prior, ()).share >= ALIKE

    def _issue_read(self, readings: Sequence[str]) -> Known | None:
        ids = {issue for text in readings for issue in issues_in(text)}
        known = [found for issue in sorted(ids) if (found := self._reference.known(issue))]
        if len(known) != 1:
            return None
        total = known[0].total
        numbers = {number for text in readings for number, of in folios_in(text) if of == total}
        return replace(known[0], page=numbers.pop() if len(numbers) == 1 else None)

    def _form_read(self, readings: Sequence[str], looks: Sequence[_Look]) -> Known | None:
        """Return the form whose number, else title, and edition every reader reads, when it is but one."""
        read = {frozenset(_forms_named(text, looks)) for text in readings}
        if len(read) != 1 or len(named := read.pop()) != 1:
            return None
        form, lang, revision = next(iter(named))
        return Known(Origin(None, form, revision, lang))

    def _laid(self, page: PicturePage, known: Known) -> Known | None:
        """Return what is known of a picture if it lies over that page, or, for want of a number, over one only."""
        blanks = self._blanks(known.origin)
        wanted = {known.page: blanks[known.page]} if known.page in blanks else blanks
        found = {number: register(page.sheet, blank.prior, ()) for number, blank in wanted.items()}
        shares = sorted(((one.share, number) for number, one in found.items() if one.certain), reverse=True)
        if not shares or (len(shares) > 1 and shares[0][0] - shares[1][0] < CLEARLY_MORE):
            return None
        return replace(known, page=shares[0][1])

    def _blanks(self, origin: Origin) -> dict[int | None, BlankPage]:
        """Return the blank of each page of a document by its number."""
        blank = blank_of(self._reference.library, origin.form, origin.lang)
        if blank is None:
            return {}
        issued = self._reference.ledger(origin.issue) if origin.issue else None
        if not (issued and issued.pages):
            return dict(enumerate(blank.pages, 1))
        return {number: leaf.blank for number, leaf in enumerate(blank.leaves(issued.pages), 1)}

    def _all_looks(self) -> Iterator[_Look]:
        for form in self._reference.library.forms():
            yield from self._pages_of(form)

    def _pages_of(self, form: Form) -> Iterator[_Look]:
        for lang, blank in blanks_of(self._reference.library, form):
            for number, page in enumerate(blank.pages, 1):
                yield _Look(page, form, lang, number, len(blank.layout.main))

    def by_look(self, page: Page, root: str | None) -> Known | None:
        """Recognise a page of a blank form that was never issued by its printed words in their places."""
        if not _SHOWN_REVISION.search(page.text):
            return None
        looks = list(self._looks(root, " ".join(page.text.split())))
        found = best_match([look.page for look in looks], page)
        if found is None:
            return None
        best = looks[found]
        printed = set(_SHOWN_REVISION.findall(page.text))
        if best.form.revision not in printed and len(printed) != 1:
            return None
        revision = best.form.revision if best.form.revision in printed else printed.pop()
        return Known(Origin(None, best.form.id, revision, best.lang), best.number, best.mains)

    def _looks(self, root: str | None, text: str) -> Iterator[_Look]:
        """Yield the pages of the forms whose number or title the page bears: only these need a closer look."""
        for form in self._reference.library.forms():
            named = any(name in text for name in (*form.title.values(), form.number) if name)
            if not named or root not in (None, form.id):
                continue
            yield from self._pages_of(form)


def _forms_named(text: str, looks: Sequence[_Look]) -> Iterator[tuple[str, str, str]]:
    """Yield form, language and edition for each form that a text names; of several editions, the one read."""
    revisions = revisions_in(text)
    for form, lang in {(look.form.id, look.lang): (look.form, look.lang) for look in looks}.values():
        named = names(text, form.number or form.text(form.title, lang))
        if named and len(revisions) == 1 and (form.revision in revisions or not _other_edition(form, revisions, looks)):
            yield form.id, lang, next(iter(revisions))


def _other_edition(form: Form, revisions: set[str], looks: Sequence[_Look]) -> bool:
    """Tell whether another form has the same number and one of the editions."""
    return any(look.form.number == form.number and look.form.revision in revisions for look in looks)
