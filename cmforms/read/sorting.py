"""Which document each page belongs to: by its mark, else by its field names, else by its printed text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from cmforms.definitions.schema import Form
from cmforms.errors import Finding, error, note, review
from cmforms.read import official
from cmforms.read.blanks import blank_of
from cmforms.read.gaps import filling
from cmforms.read.looking import Looking
from cmforms.read.pages import Page
from cmforms.read.pdf_file import PdfPage
from cmforms.read.pdf_form import root_name
from cmforms.read.reference import Known, Origin, PageMark, Reference
from cmforms.read.scan.locating import Located
from cmforms.read.scan.picture_page import PicturePage
from cmforms.read.scan.worn import SIDE, Worn, worn_mark_of, worn_marks
from cmforms.values.documents import Issued

_ISSUE = re.compile(r"[0-9A-HJKMNP-TV-Z]{10}")
_SHOWN_ISSUE = re.compile(r"\b([0-9A-HJKMNP-TV-Z]{5})-([0-9A-HJKMNP-TV-Z]{5})\b")
_FOLIO = re.compile(r"(?=\b(\d{1,3})\s+[^\W\d_]{1,5}\s+(\d{1,3})\b)")


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


class Sorter:
    """Sorts the pages of one file. A page whose document is not certain belongs to none."""

    def __init__(self, source: str, reference: Reference) -> None:
        self._source = source
        self._reference = reference
        self._looking = Looking(reference)
        self._found = Sorted()
        self._issued: dict[Origin, Pile] = {}
        self._pages: list[Page] = []
        self._one_document: bool | None = None

    def run(self, pages: Iterable[Page]) -> Sorted:
        """Return the pages, document by document, in the order of the file."""
        self._pages = list(pages)
        told: list[tuple[Page, Known | None]] = []
        for page in self._pages:
            known = self._known(page)
            if known or not page.empty:
                told.append((page, known))
            else:
                self._found.sheets.append(page)
            page.release()
        self._found.findings += self._guesses(told)
        for page, known in told:
            if known:
                self._put(page, known)
            else:
                self._found.strays.append(page)
        self._found.strays = [page for page in self._found.strays if not self._joins(page)]
        return self._found

    def _guesses(self, told: Sequence[tuple[Page, Known | None]]) -> Iterator[Finding]:
        """Yield what pictures that nothing identifies may be: they lie where a page lacks, and look like that one."""
        came = {(known.origin, known.page) for _, known in told if known}
        for index, known in filling([known for _, known in told]):
            page, _ = told[index]
            if (known.origin, known.page) not in came and isinstance(page, PicturePage) and self._fits(page, known):
                yield review(
                    "page-perhaps", f"nothing on it says which page it is; it lies where page {known.page} of "
                    f"{known.origin.issue or known.origin.form} lacks, and looks like that page",
                    source=self._source, page=page.number,
                    fix="Look whether it is that page, and enter by hand what was added to it.",
                )

    def _fits(self, page: PicturePage, known: Known) -> bool:
        fits = not page.codes and self._looking.lies_over(page, known)
        page.release()
        return fits

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

    def _known(self, page: Page) -> Known | None:
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
        return self._by_text(page) or self._looking.by_look(page, name)

    def _by_picture(self, page: PicturePage) -> Known | None:
        """Know a picture by its worn mark, where one is likely or as the page lies, else by its words."""
        if known := self._by_worn_mark(page, worn_marks(page.sheet, page.broken)):
            return known
        lying = self._looking.lying(page)
        if lying is None:
            return None
        return self._by_worn_mark(page, worn_mark_of(page.sheet, lying.warp)) or self._looking.by_words(page, lying)

    def _by_worn_mark(self, page: PicturePage, worn: Sequence[Worn]) -> Known | None:
        """Know a picture by a mark that cannot be decoded, when there is but one issued mark which it can be."""
        whose = self._reference.whose([one.modules for one in worn], SIDE)
        mark = self._reference.verify(whose[1]) if whose else None
        if whose is None or mark is None or isinstance(mark, Finding):
            return None
        self._found.findings.append(note(
            "mark-worn", "the page's mark is worn; of all marks that were issued only one is like it",
            source=self._source, page=page.number,
        ))
        page.know([Located(whose[1], worn[whose[0]].corners)], worn=True)
        return self._checked(page, mark)

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

    def _checked(self, page: Page, mark: PageMark) -> Known | None:
        """Take a mark, unless the page's own fields belong to another issued document."""
        names = {name for name in map(root_name, page.widgets) if _ISSUE.fullmatch(name)}
        if names - {mark.issue}:
            self._found.findings.append(error(
                "page-mixed", "the page's mark and its fields belong to different documents",
                source=self._source, page=page.number, fix="Read the documents that it was made of.",
            ))
            return None
        origin = Origin(mark.issue, mark.form, mark.revision, mark.lang)
        return Known(origin, mark.page or None, mark.pages or None)

    def _by_properties(self, page: PdfPage) -> Known | None:
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
        return Known(origin, number, total) if self._is_one_document(page, origin, total) else None

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

    def _by_name(self, name: str) -> Known | None:
        """Know a page by its fields alone, which is much quicker than to draw it and look for the mark.

        Only fields of the edition in force tell by their names which page of the document they stand on.
        """
        known = self._reference.known(name) if _ISSUE.fullmatch(name) else None
        if known is None or known.origin.form not in self._reference.library.form_ids:
            return None
        form = self._reference.library.form(known.origin.form)
        return known if form.revision == known.origin.revision else None

    def _by_text(self, page: Page) -> Known | None:
        shown = {first + second for first, second in _SHOWN_ISSUE.findall(page.text)}
        known = [found for issue in sorted(shown) if (found := self._reference.known(issue))]
        if len(known) != 1:
            return None
        folios = set(_FOLIO.findall(page.text))
        total = known[0].total
        numbers = {int(number) for number, of in folios if int(of) == total}
        number = numbers.pop() if len(numbers) == 1 else None
        return Known(known[0].origin, number, total)

    def _put(self, page: Page, known: Known) -> None:
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


def _only_root(page: Page) -> str | None:
    """Return the name of the one root field that all fields of a page hang on."""
    names = {root_name(widget) for widget in page.widgets} - {""}
    return names.pop() if len(names) == 1 else None
