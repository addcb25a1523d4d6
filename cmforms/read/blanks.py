"""The blank forms that a page is held against: their boxes, their printed words, their picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from cmforms.definitions.layout import (
    ADDENDUM,
    MAIN,
    PageLayout,
    TemplateLayout,
    pages_from_roles,
    read_layout,
)
from cmforms.definitions.library import Library
from cmforms.definitions.schema import Form
from cmforms.errors import CmformsError
from cmforms.files import read_bytes
from cmforms.read.pdf_file import PdfFile, PdfPage
from cmforms.read.registration import Anchor, Registration, anchors, register
from cmforms.read.text_layer import Word, words


class BlankPage:
    """One page of a template."""

    def __init__(self, page: PdfPage) -> None:
        self.page = page

    @cached_property
    def words(self) -> list[Word]:
        """The printed words."""
        return list(words(self.page.chars))

    @cached_property
    def distinct(self) -> int:
        """How many words it has that a page can be recognised by."""
        return max(1, len(anchors(self.words, self.words)))

    def place(self, page: PdfPage) -> Registration:
        """Return how the page lies over the blank."""
        return register(self.pairs(page))

    def likeness(self, page: PdfPage) -> float:
        """Return which part, 0 to 1, of the blank's words stand on the page where they should."""
        found = self.place(page)
        return found.anchors / self.distinct if found.certain else 0.0

    def pairs(self, page: PdfPage) -> list[Anchor]:
        """Pair the words of blank and page."""
        return anchors(self.words, words(page.chars))


class Blank:
    """A template with its pages."""

    def __init__(self, path: Path) -> None:
        self.layout: TemplateLayout = read_layout(path)
        self._file = PdfFile(read_bytes(path))
        self.pages = [BlankPage(page) for page in self._file.pages]

    def page(self, role: str, copy: int) -> BlankPage:
        """Return the page with a role; the copies of an optional page are alike."""
        found = [page for page, own in zip(self.pages, self.layout.pages, strict=True) if own.role == role]
        return found[copy if role == MAIN else 0]


@dataclass(frozen=True)
class Leaf:
    """One page that a document should have: its fields with their places, and the blank it was made of."""

    layout: PageLayout
    blank: BlankPage


def leaves(blank: Blank, form: Form, roles: Sequence[str]) -> list[Leaf]:
    """Return the pages of a document. Raises DefinitionError when the template has no such pages."""
    layouts = pages_from_roles(blank.layout, form, roles)
    copies = [list(roles[:at]).count(role) for at, role in enumerate(roles)]
    return [
        Leaf(layout, blank.page(role, copy))
        for layout, role, copy in zip(layouts, roles, copies, strict=True)
    ]


def blank_of(library: Library, form_id: str, lang: str) -> Blank | None:
    """Return the template of a form, or None when there is none."""
    try:
        path = library.template(form_id, lang, "pdf")
        return _open(path, path.stat().st_mtime_ns)
    except CmformsError:
        return None


def all_blanks(library: Library) -> Iterator[tuple[Form, str, Blank]]:
    """Yield every form and language that has a template."""
    for form in library.forms():
        for lang in form.languages:
            if blank := blank_of(library, form.id, lang):
                yield form, lang, blank


def guessed_roles(blank: Blank, pages: Mapping[int, PdfPage], total: int) -> tuple[str, ...]:
    """Return the roles of a document's pages when the ledger does not know it.

    The main pages come first; a further page is what it looks like, by its number in the document.
    """
    mains = len(blank.layout.main)
    further = [_look(blank, pages.get(number)) for number in range(mains + 1, total + 1)]
    return (*(MAIN for _ in range(min(mains, total))), *further)


def _look(blank: Blank, page: PdfPage | None) -> str:
    optional = [(own.role, drawn) for own, drawn in zip(blank.layout.pages, blank.pages, strict=True)]
    optional = [(role, drawn) for role, drawn in optional if role != MAIN]
    if page is None or not optional:
        return ADDENDUM
    return max(optional, key=lambda pair: pair[1].likeness(page))[0]


@lru_cache(maxsize=64)
def _open(path: Path, _modified: int) -> Blank:
    return Blank(path)
