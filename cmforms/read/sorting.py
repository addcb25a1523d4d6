"""Which document each page belongs to: by its mark, else by its field names, else by its printed text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from cmforms.definitions.library import Library
from cmforms.definitions.schema import Form
from cmforms.errors import Finding, error, review
from cmforms.read import official
from cmforms.read.blanks import BlankPage, best_match, blank_of, blanks_of
from cmforms.read.names_read import folios_in, issues_in, names, revisions_in
from cmforms.read.pages import Page
from cmforms.read.pdf_file import PdfPage
from cmforms.read.pdf_form import root_name
from cmforms.read.scan.picture_page import PicturePage
from cmforms.read.scan.recognising import upright, words
from cmforms.read.scan.registering import register
from cmforms.values.documents import Issued

_ISSUE = re.compile(r"[0-9A-HJKMNP-TV-Z]{10}")
_SHOWN_ISSUE = re.compile(r"\b([0-9A-HJKMNP-TV-Z]{5})-([0-9A-HJKMNP-TV-Z]{5})\b")
_SHOWN_REVISION = re.compile(r"\b(\d{4}-\d{2})\b")
_FOLIO = re.compile(r"(?=\b(\d{1,3})\s+[^\W\d_]{1,5}\s+(\d{1,3})\b)")


class PageMark(Protocol):
    """What a genuine page mark says."""

    @property
    def issue(self) -> str: ...
    @property
    def form(self) -> str: ...
    @property
    def revision(self) -> str: ...
    @property
    def lang(self) -> str: ...
    @property
    def page(self) -> int: ...
    @property
    def pages(self) -> int: ...


CLEARLY_MORE = 0.1
"""A picture lies over a page when it finds so much more of it than of any other page of the form."""

Ledger = Callable[[str], Issued | None]
Verify = Callable[[str], PageMark | Finding]
Redraw = Callable[[Issued], bytes | None]


def cannot_redraw(_issued: Issued) -> bytes | None:
    """Draw nothing: pictures are laid over blank forms."""
    return None


Outline = Callable[[Issued], Mapping[str, bytes]]


def no_outline(_issued: Issued) -> Mapping[str, bytes]:
    """Know no Word document."""
    return {}


def admit_all(_source: str, _pages: int) -> None:
    """Take a file of any number of pages."""


@dataclass(frozen=True)
class Reference:
    """What a reader may look up: the definitions, the ledger, and whether a page mark is genuine.

    Before it reads the pages of a file, it tells `admit` how many there are; that raises InputError for too many.
    `redraw` gives the PDF of an issued document as it was handed out, None when that cannot be drawn again; `outline`
    gives the main part of one of Word with its values marked (see `values.outline`).
    """

    library: Library
    ledger: Ledger
    verify: Verify
    admit: Callable[[str, int], None] = admit_all
    redraw: Redraw = cannot_redraw
    outline: Outline = no_outline


@dataclass(frozen=True, slots=True)
class Origin:
    """The document that a page is part of. `issue` is None for a blank form that was never issued."""

    issue: str | None
    form: str
    revision: str
    lang: str


@dataclass(slots=True)
class Pile:
    """The pages of one document that came: number in the document and page; None where no number is known."""

    origin: Origin
    pages: list[tuple[int | None, Page]] = field(default_factory=list)
    total: int | None = None
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class Sorted:
    """All pages of a file: the documents, the pages that belong to none, the blank sheets, what is wrong."""

    piles: list[Pile] = field(default_factory=list)
    strays: list[Page] = field(default_factory=list)
    sheets: list[Page] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Known:
    origin: Origin
    page: int | None = None
    total: int | None = None


class _Look(NamedTuple):
    """A page of a blank form that a page may look like."""

    page: BlankPage
    form: Form
    lang: str
    number: int
    mains: int


class Sorter:
    """Sorts the pages of one file. A page whose document is not certain belongs to none."""

    def __init__(self, source: str, reference: Reference) -> None:
        self._source = source
        self._reference = reference
        self._found = Sorted()
        self._issued: dict[Origin, Pile] = {}
        self._pages: list[Page] = []
        self._one_document: bool | None = None

    def run(self, pages: Iterable[Page]) -> Sorted:
        """Return the pages, document by document, in the order of the file."""
        self._pages = list(pages)
        for page in self._pages:
            known = self._known(page)
            if known:
                self._put(page, known)
            elif page.empty:
                self._found.sheets.append(page)
            else:
                self._found.strays.append(page)
            page.release()
        self._found.strays = [page for page in self._found.strays if not self._joins(page)]
        return self._found

    def _joins(self, page: Page) -> bool:
        """Put a page of an official form to the one document of the file that lacks it, by its fields' names.

        Some tools drop a file's properties, and only the first page of such a form need bear a mark.
        """
        lacking = [
            (pile, number)
            for pile in self._found.piles
            if (form := self._official(pile.origin.form))
            and (number := official.page_number(page.widgets, form))
            and all(number != other for other, _ in pile.pages)
        ]
        if len(lacking) != 1:
            return False
        [(pile, number)] = lacking
        pile.pages.append((number, page))
        return True

    def _official(self, form_id: str) -> Form | None:
        known = form_id in self._reference.library.form_ids
        form = self._reference.library.form(form_id) if known else None
        return form if form and form.official else None

    def _known(self, page: Page) -> _Known | None:
        if isinstance(page, PdfPage) and (known := self._by_properties(page)):
            return known
        name = _only_root(page)
        if name and (known := self._by_name(name)):
            return known
        marks, foreign = self._marks(page)
        if len(marks) > 1:
            self._found.findings.append(error(
                "page-two-marks", f"the page carries the marks of {len(marks)} pages",
                source=self._source, page=page.number, fix="Print or scan one page to a sheet.",
            ))
            return None
        if foreign and not marks:
            self._found.findings += foreign
            return None
        if marks:
            return self._checked(page, marks[0])
        if isinstance(page, PicturePage):
            return None if page.empty else self._by_picture(page)
        return self._by_text(page) or self._by_look(page, name)

    def _marks(self, page: Page) -> tuple[list[PageMark], list[Finding]]:
        genuine: dict[str, PageMark] = {}
        foreign = []
        for code in page.codes:
            mark = self._reference.verify(code.text)
            if not isinstance(mark, Finding):
                genuine[code.text] = mark
            elif mark.code == "mark-foreign":
                foreign.append(error(
                    mark.code, mark.message, fix=mark.fix, source=self._source, page=page.number
                ))
        return list(genuine.values()), foreign

    def _checked(self, page: Page, mark: PageMark) -> _Known | None:
        """Take a mark, unless the page's own fields belong to another issued document."""
        names = {name for name in map(root_name, page.widgets) if _ISSUE.fullmatch(name)}
        if names - {mark.issue}:
            self._found.findings.append(error(
                "page-mixed", "the page's mark and its fields belong to different documents",
                source=self._source, page=page.number, fix="Read the documents that it was made of.",
            ))
            return None
        origin = Origin(mark.issue, mark.form, mark.revision, mark.lang)
        return _Known(origin, mark.page or None, mark.pages or None)

    def _by_properties(self, page: PdfPage) -> _Known | None:
        """Know a page of an official form, whose fields say nothing of the issue, by the file's properties.

        Its fields must be that form's; a page without any is told by its mark or, when nothing is lost, its place. A
        tool that merges files keeps the properties of one of them, which then say nothing of a page without a mark.
        """
        said = page.said
        if said.get("form") not in self._reference.library.form_ids:
            return None
        form = self._reference.library.form(said["form"])
        number = official.page_number(page.widgets, form) if form.official else None
        issued = self._reference.ledger(said.get("issue", "")) if form.official else None
        if number is None and issued and not page.widgets:
            number = self._without_fields(page, issued)
        if number is None:
            return None
        total = len(issued.pages) if issued else None
        origin = Origin(said.get("issue") or None, form.id, said.get("revision", ""), said.get("lang", ""))
        return _Known(origin, number, total) if self._is_one_document(page, origin, total) else None

    def _is_one_document(self, page: PdfPage, origin: Origin, total: int | None) -> bool:
        """Tell whether the file is the form with updates appended, or has at most its pages and no foreign mark."""
        if self._one_document is None:
            blank = blank_of(self._reference.library, origin.form, origin.lang)
            grown = blank is not None and page.grew_from(blank.data)
            self._one_document = grown or (len(self._pages) <= (total or 0) and not self._foreign_marks(origin))
        return self._one_document

    def _foreign_marks(self, origin: Origin) -> bool:
        issues = {mark.issue for page in self._pages for mark in self._marks(page)[0]}
        return bool(issues - {origin.issue})

    def _without_fields(self, page: PdfPage, issued: Issued) -> int | None:
        """Return the number of a page of an official form that has no fields.

        In a file that is the form with updates appended, the page's object tells it; else its place does, unless
        a mark says that it is another document's, for which it must be drawn.
        """
        blank = blank_of(self._reference.library, issued.form, issued.lang)
        if blank and page.grew_from(blank.data):
            keys = [own.key for own in blank.layout.pages]
            if page.key in keys:
                return keys.index(page.key) + 1
        return None if page.codes or page.number > len(issued.pages) else page.number

    def _by_name(self, name: str) -> _Known | None:
        """Know a page by its fields alone, which is much quicker than to draw it and look for the mark.

        Only fields of the edition in force tell by their names which page of the document they stand on.
        """
        known = self._from_ledger(name) if _ISSUE.fullmatch(name) else None
        if known is None or known.origin.form not in self._reference.library.form_ids:
            return None
        form = self._reference.library.form(known.origin.form)
        return known if form.revision == known.origin.revision else None

    def _by_text(self, page: Page) -> _Known | None:
        shown = {first + second for first, second in _SHOWN_ISSUE.findall(page.text)}
        known = [found for issue in sorted(shown) if (found := self._from_ledger(issue))]
        if len(known) != 1:
            return None
        folios = set(_FOLIO.findall(page.text))
        total = known[0].total
        numbers = {int(number) for number, of in folios if int(of) == total}
        number = numbers.pop() if len(numbers) == 1 else None
        return _Known(known[0].origin, number, total)

    def _by_picture(self, page: PicturePage) -> _Known | None:
        """Know a picture without a mark by the words at its head and foot, and by its lying over the page they name.

        Both readers must agree on the number and the edition; an issue's id proves itself by being in the ledger.
        """
        looks = list(self._all_looks())
        lying = upright(page.sheet, [look.page for look in looks])
        if lying is None:
            return None
        readings = words(page.sheet, lying)
        page.text = "\n".join(readings)
        known = self._issue_read(readings) or self._form_read(readings, looks)
        return self._laid(page, known) if known else None

    def _issue_read(self, readings: Sequence[str]) -> _Known | None:
        ids = {issue for text in readings for issue in issues_in(text)}
        known = [found for issue in sorted(ids) if (found := self._from_ledger(issue))]
        if len(known) != 1:
            return None
        total = known[0].total
        numbers = {number for text in readings for number, of in folios_in(text) if of == total}
        return replace(known[0], page=numbers.pop() if len(numbers) == 1 else None)

    def _form_read(self, readings: Sequence[str], looks: Sequence[_Look]) -> _Known | None:
        """Return the form whose number, else title, and edition every reader reads, when it is but one."""
        read = {frozenset(_forms_named(text, looks)) for text in readings}
        if len(read) != 1 or len(named := read.pop()) != 1:
            return None
        form, lang, revision = next(iter(named))
        return _Known(Origin(None, form, revision, lang))

    def _laid(self, page: PicturePage, known: _Known) -> _Known | None:
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
            for lang, blank in blanks_of(self._reference.library, form):
                for number, page in enumerate(blank.pages, 1):
                    yield _Look(page, form, lang, number, len(blank.layout.main))

    def _from_ledger(self, issue: str) -> _Known | None:
        issued = self._reference.ledger(issue)
        if issued is None:
            return None
        origin = Origin(issue, issued.form, issued.revision, issued.lang)
        return _Known(origin, None, len(issued.pages) or None)

    def _by_look(self, page: Page, root: str | None) -> _Known | None:
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
        return _Known(Origin(None, best.form.id, revision, best.lang), best.number, best.mains)

    def _looks(self, root: str | None, text: str) -> Iterator[_Look]:
        """Yield the pages of the forms whose number or title the page bears: only these need a closer look."""
        for form in self._reference.library.forms():
            named = any(name in text for name in (*form.title.values(), form.number) if name)
            if not named or root not in (None, form.id):
                continue
            for lang, blank in blanks_of(self._reference.library, form):
                for number, page in enumerate(blank.pages, 1):
                    yield _Look(page, form, lang, number, len(blank.layout.main))

    def _put(self, page: Page, known: _Known) -> None:
        pile = self._issued.get(known.origin)
        again = pile and known.origin.issue is None and known.page in [number for number, _ in pile.pages]
        if pile is None or again:
            pile = self._issued[known.origin] = Pile(known.origin)
            self._found.piles.append(pile)
        pile.pages.append((known.page, page))
        if known.total and pile.total and known.total != pile.total:
            pile.findings.append(review(
                "page-count-differs", f"one page says {pile.total} pages, another {known.total}",
                source=self._source, page=page.number, fix="Look whether two printings were mixed.",
            ))
        pile.total = pile.total or known.total


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


def _only_root(page: Page) -> str | None:
    """Return the name of the one root field that all fields of a page hang on."""
    names = {root_name(widget) for widget in page.widgets} - {""}
    return names.pop() if len(names) == 1 else None
