"""The blank forms that a page is held against: their boxes, their printed words, their picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cmforms.definitions.layout import (
    ADDENDUM,
    MAIN,
    PageLayout,
    Place,
    TemplateLayout,
    pages_from_roles,
    read_layout,
)
from cmforms.definitions.library import Library
from cmforms.definitions.official import official_layout
from cmforms.definitions.schema import FieldSpec, Form
from cmforms.errors import CmformsError
from cmforms.files import read_bytes
from cmforms.read.pages import Page
from cmforms.read.pdf_file import one_page
from cmforms.read.picture import Picture, picture
from cmforms.read.registration import Anchor, Registration, anchors, register
from cmforms.read.scan.drawing import drawn_prior, flattened_layer
from cmforms.read.scan.prior import Prior
from cmforms.read.scan.recognising import Sketch, sketch
from cmforms.read.text_layer import Layer, Word, characters, words

ALIKE = 0.7
"""The least part of a blank's words that must stand on a page in their places."""

CLEARLY = 0.8
"""Another blank with more than this part of the best one's words makes the choice uncertain."""


_MOST_KEPT = 64


class BlankPage:
    """One page of a template. What is drawn of it is drawn once."""

    def __init__(self, data: bytes, index: int) -> None:
        self._data = data
        self._index = index

    @cached_property
    def words(self) -> list[Word]:
        """The printed words."""
        with one_page(self._data, self._index) as page:
            return list(words(characters(page)))

    @cached_property
    def picture(self) -> Picture:
        """The page in grey."""
        with one_page(self._data, self._index) as page:
            return picture(page)

    @property
    def prior(self) -> Prior:
        """The page as pictures are laid over it."""
        return drawn_prior(self._data, self._index)

    @cached_property
    def sketch(self) -> Sketch:
        """What pictures without a mark are compared with first."""
        return sketch(self.prior.pixels)

    @cached_property
    def layer(self) -> Layer:
        """The text on it, that in its fields too."""
        return flattened_layer(self._data, self._index)

    @cached_property
    def distinct(self) -> int:
        """How many words it has that a page can be recognised by."""
        return max(1, len(anchors(self.words, self.words)))

    def place(self, page: Page) -> Registration:
        """Return how the page lies over the blank."""
        return register(self.pairs(page))

    def likeness(self, page: Page) -> int:
        """Return how many of the blank's words stand on the page where they should, 0 when many do not."""
        found = self.place(page)
        return found.anchors if found.certain and found.anchors >= ALIKE * self.distinct else 0

    def pairs(self, page: Page) -> list[Anchor]:
        """Pair the words of blank and page."""
        return anchors(self.words, words(page.chars))


@dataclass(frozen=True)
class Leaf:
    """One page that a document should have: its fields with their places, and the blank it was made of.

    `issued` is the page as it was handed out, where that is known and wanted.
    """

    layout: PageLayout
    blank: BlankPage
    form: Form
    issued: BlankPage | None = None

    @property
    def prior(self) -> Prior:
        """What a picture of the page is laid over: the page as issued, else the blank."""
        return (self.issued or self.blank).prior

    @cached_property
    def places(self) -> dict[str, tuple[Place, ...]]:
        """The places of each address."""
        found: dict[str, list[Place]] = {}
        for place in self.layout.places:
            found.setdefault(place.address, []).append(place)
        return {address: tuple(places) for address, places in found.items()}

    @cached_property
    def fields(self) -> tuple[tuple[str, FieldSpec | None, tuple[Place, ...]], ...]:
        """The addresses in reading order with their fields and places; what is no field has none."""
        base = ((address, address.partition("@")[0]) for address in self.places)
        return tuple((address, self.form.spec(name), self.places[address]) for address, name in base)


class Blank:
    """A template of a form with its pages."""

    def __init__(self, path: Path, layout: TemplateLayout, form: Form) -> None:
        self.layout = layout
        self.form = form
        self.data = read_bytes(path)
        self.pages = [BlankPage(self.data, index) for index in range(len(self.layout.pages))]
        self._leaves: dict[tuple[str, ...], list[Leaf]] = {}

    def page(self, role: str, copy: int) -> BlankPage:
        """Return the page with a role; the copies of an optional page are alike."""
        found = [page for page, own in zip(self.pages, self.layout.pages, strict=True) if own.role == role]
        return found[copy if role == MAIN else 0]

    def leaves(self, roles: Sequence[str]) -> list[Leaf]:
        """Return the pages of a document, kept for the next one that has such.

        Raises DefinitionError when the template has no such pages.
        """
        key = tuple(roles)
        if key not in self._leaves:
            layouts = pages_from_roles(self.layout, self.form, roles)
            copies = [key[:at].count(role) for at, role in enumerate(key)]
            pages = zip(layouts, key, copies, strict=True)
            made = [Leaf(layout, self.page(role, copy), self.form) for layout, role, copy in pages]
            if len(self._leaves) >= _MOST_KEPT:
                self._leaves.clear()
            self._leaves[key] = made
        return self._leaves[key]


def best_match(blanks: Sequence[BlankPage], page: Page) -> int | None:
    """Return the index of the one blank that the page was made of, None when that is not certain.

    All words of a poor page may also stand on a rich one, so the number of words decides, not their share.
    """
    counts = [blank.likeness(page) for blank in blanks]
    best = max(counts, default=0)
    rivals = sum(count >= CLEARLY * best for count in counts)
    return counts.index(best) if best and rivals == 1 else None


def blank_of(library: Library, form_id: str, lang: str) -> Blank | None:
    """Return the template of a form, or None when there is none; it is kept while neither changes."""
    try:
        path, form = library.template(form_id, lang, "pdf"), library.form(form_id)
        modified = path.stat().st_mtime_ns
        known = _blanks.get(path)
        if known and known[0] == modified and known[1].form is form:
            return known[1]
        layout = official_layout(path, form, lang) if form.official else read_layout(path)
        blank = Blank(path, layout, form)
    except (CmformsError, OSError):
        return None
    if len(_blanks) >= _MOST_KEPT:
        _blanks.clear()
    _blanks[path] = modified, blank
    return blank


def blanks_of(library: Library, form: Form) -> Iterator[tuple[str, Blank]]:
    """Yield the languages that a form has a template in, with the template."""
    for lang in form.languages:
        if blank := blank_of(library, form.id, lang):
            yield lang, blank


def guessed_roles(blank: Blank, pages: Mapping[int, Page], total: int) -> tuple[str, ...]:
    """Return the roles of a document's pages when the ledger does not know it.

    The main pages come first; a further page is what it looks like, by its number in the document.
    """
    mains = len(blank.layout.main)
    further = [_look(blank, pages.get(number)) for number in range(mains + 1, total + 1)]
    return (*(MAIN for _ in range(min(mains, total))), *further)


def _look(blank: Blank, page: Page | None) -> str:
    optional = [(own.role, drawn) for own, drawn in zip(blank.layout.pages, blank.pages, strict=True)]
    optional = [(role, drawn) for role, drawn in optional if role != MAIN]
    found = best_match([drawn for _, drawn in optional], page) if page else None
    return ADDENDUM if found is None else optional[found][0]


_blanks: dict[Path, tuple[int, Blank]] = {}
