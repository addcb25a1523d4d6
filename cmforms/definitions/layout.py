"""Where every field stands on a PDF template, and on the documents that are made of its pages.

A template has main pages and optional ones: a continuation page for each group (role `more:contacts`) and an
addendum page. A document has the main pages, and each optional page as often as its values need it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf

from cmforms.definitions.schema import Form
from cmforms.errors import DefinitionError, Finding, error
from cmforms.files import read_bytes

MAIN = "main"
ADDENDUM = "addendum"
MORE = "more:"

Box = tuple[float, float, float, float]

_RELATIVE_ROW = re.compile(r"(?P<group>\w+)\[\+(?P<row>\d+)\]\.(?P<field>\w+)")
_OFF = "/Off"


@dataclass(frozen=True, slots=True)
class Place:
    """One widget: the field's address, the option if it is a box to mark, and (left, bottom, right, top)."""

    address: str
    option: str | None
    box: Box


@dataclass(frozen=True, slots=True)
class PageLayout:
    """One page: its role, its size in points, its places in reading order.

    `streams` is how many streams make up its content, `key` number and generation of its object in the template.
    """

    role: str
    width: float
    height: float
    places: tuple[Place, ...]
    streams: int = 1
    key: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class TemplateLayout:
    """A template's pages in order; addresses are those of the template (`contacts[+0].on`)."""

    form: str
    lang: str
    pages: tuple[PageLayout, ...]

    @property
    def main(self) -> tuple[PageLayout, ...]:
        """The pages that every document has."""
        return tuple(page for page in self.pages if page.role == MAIN)

    def optional(self, role: str) -> PageLayout:
        """Return the page with a role other than `main`. Raises KeyError."""
        return {page.role: page for page in self.pages}[role]


def read_layout(template: Path) -> TemplateLayout:
    """Read where the fields stand; a file that did not change is read once in a process.

    Raises DefinitionError with everything that keeps the file from being a template.
    """
    try:
        status = template.stat()
    except OSError:
        read_bytes(template)
        raise
    return _read(template, status.st_mtime_ns, status.st_size)


def assemble(
    layout: TemplateLayout, form: Form, rows: Mapping[str, int], addenda: int
) -> tuple[PageLayout, ...]:
    """Return the pages of a document with so many rows in its groups and so many addendum pages."""
    return pages_from_roles(layout, form, document_roles(layout, form, rows, addenda))


def document_roles(
    layout: TemplateLayout, form: Form, rows: Mapping[str, int], addenda: int
) -> tuple[str, ...]:
    """Return the roles of a document's pages: main pages, continuations group by group, addenda."""
    more = [
        f"{MORE}{name}"
        for name, group in form.groups.items()
        for _ in range(ceil(max(0, rows.get(name, 0) - group.rows) / group.more_rows))
    ]
    return (*(MAIN for _ in layout.main), *more, *(ADDENDUM for _ in range(addenda)))


def pages_from_roles(layout: TemplateLayout, form: Form, roles: Sequence[str]) -> tuple[PageLayout, ...]:
    """Return the pages of an issued document, with issued addresses, from the roles that were recorded.

    Raises DefinitionError when the template has no page with such a role: the document is of another edition.
    """
    seen: Counter[str] = Counter()
    pages = []
    for number, role in enumerate(roles, 1):
        blank = _blank(layout, role, seen[role])
        pages.append(_issued(blank, seen[role], number, form))
        seen[role] += 1
    return tuple(pages)


def issued_address(template_address: str, role: str, copy: int, page_number: int, form: Form) -> str:
    """Return the address in a document of a field of the template.

    `copy` counts the pages of that role from 0, `page_number` the document's pages from 1. `contacts[+3].on`
    goes on where the page before ended, `student_name@` becomes `student_name@5`, `addendum` `addendum[0]`.
    """
    if role == MAIN:
        return template_address
    if template_address == ADDENDUM:
        return f"{ADDENDUM}[{copy}]"
    if template_address.endswith("@"):
        return f"{template_address}{page_number}"
    if found := _RELATIVE_ROW.fullmatch(template_address):
        group = form.groups[found["group"]]
        row = group.rows + copy * group.more_rows + int(found["row"])
        return f"{group.name}[{row}].{found['field']}"
    return template_address


def _blank(layout: TemplateLayout, role: str, copy: int) -> PageLayout:
    pages = [page for page in layout.pages if page.role == role]
    if not pages or (role == MAIN and copy >= len(pages)):
        raise DefinitionError.because(
            "page-unknown", f"the template of {layout.form} has no such page: {role}, number {copy + 1}",
            fix="The document was made with another edition of the template: bring that edition back.",
        )
    return pages[copy] if role == MAIN else pages[0]


def _issued(page: PageLayout, copy: int, number: int, form: Form) -> PageLayout:
    if page.role == MAIN:
        return page
    places = tuple(
        Place(issued_address(place.address, page.role, copy, number, form), place.option, place.box)
        for place in page.places
    )
    return replace(page, places=places)


@lru_cache(maxsize=64)
def _read(template: Path, _modified: int, _size: int) -> TemplateLayout:
    try:
        with Pdf.open(template) as pdf:
            return _layout(pdf, template.name)
    except pikepdf.PasswordError:
        raise _faulty([_fault(template.name, "is encrypted")]) from None
    except pikepdf.PdfError as trouble:
        raise _faulty([_fault(template.name, f"is not a sound PDF: {trouble}")]) from None


def _layout(pdf: Pdf, source: str) -> TemplateLayout:
    faults = list(_contract_faults(pdf, source))
    if faults:
        raise _faulty(faults)
    root = pdf.Root.AcroForm.Fields[0]
    pages = tuple(_page_layout(page, root) for page in pdf.pages)
    return TemplateLayout(str(root.T), str(pdf.Root.get("/Lang", "")), pages)


def _page_layout(page: pikepdf.Page, root: Object) -> PageLayout:
    _, _, width, height = (float(edge) for edge in page.obj.MediaBox)
    places = tuple(_place(widget, root) for widget in _widgets(page))
    return PageLayout(str(_private(page).Role)[1:], width, height, places, count_streams(page), key_of(page))


def key_of(page: pikepdf.Page) -> tuple[int, int]:
    """Return number and generation of a page's object."""
    number, generation = page.objgen
    return int(number), int(generation)


def count_streams(page: pikepdf.Page) -> int:
    """Return how many streams make up the content of a page (ISO 32000-1, 7.7.3.3)."""
    contents = page.obj.get("/Contents")
    return len(contents) if isinstance(contents, Array) else int(contents is not None)


def _place(widget: Object, root: Object) -> Place:
    own = widget.Parent.objgen == root.objgen
    address = str((widget if own else widget.Parent).T).replace("/", ".")
    left, bottom, right, top = (float(edge) for edge in widget.Rect)
    return Place(address, None if own else _on_state(widget), (left, bottom, right, top))


def _on_state(widget: Object) -> str | None:
    return next((key[1:] for key in widget.AP.N.keys() if key != _OFF), None)  # noqa: SIM118 - no mapping


def _contract_faults(pdf: Pdf, source: str) -> Iterator[Finding]:
    fields = pdf.Root.get("/AcroForm", Dictionary()).get("/Fields", Array())
    if len(fields) != 1 or "/Kids" not in fields[0]:
        yield _fault(source, "does not have one root field that holds all others")
        return
    for number, page in enumerate(pdf.pages, 1):
        if _private(page).get("/Role") is None or _private(page).get("/Stamp") is None:
            yield _fault(source, "has no role and stamp in /PieceInfo", page=number)
        for widget in _widgets(page):
            for trouble in _widget_faults(widget, fields[0]):
                yield _fault(source, trouble, page=number, path=str(widget.get("/T", "")) or None)
    if not any(_private(page).get("/Role") == Name("/main") for page in pdf.pages):
        yield _fault(source, "has no main page")


def _widget_faults(widget: Object, root: Object) -> Iterator[str]:
    missing = [key for key in ("/Rect", "/Parent", "/AP", "/TU") if key not in widget]
    if missing:
        yield f"has a widget without {', '.join(missing)}"
        return
    parent = widget.Parent
    if parent.objgen != root.objgen and parent.get("/Parent", Dictionary()).objgen != root.objgen:
        yield "has a field that does not hang on the root field"
    elif "/T" not in (widget if parent.objgen == root.objgen else parent):
        yield "has a field without a name"
    left, bottom, right, top = (float(edge) for edge in widget.Rect)
    if left >= right or bottom >= top:
        yield "has a widget whose rectangle is not left, bottom, right, top"


def _widgets(page: pikepdf.Page) -> Iterator[Object]:
    for annotation in page.obj.get("/Annots", ()):
        if annotation.get("/Subtype") == Name.Widget:
            yield annotation


def _private(page: pikepdf.Page) -> Object:
    info = page.obj.get("/PieceInfo", Dictionary())
    return info.get("/cmforms", Dictionary()).get("/Private", Dictionary())


def _fault(source: str, message: str, page: int | None = None, path: str | None = None) -> Finding:
    return error(
        "template-broken", message, source=source, page=page, path=path,
        fix="Build it again: cmforms forms build.",
    )


def _faulty(faults: Sequence[Finding]) -> DefinitionError:
    return DefinitionError(faults)
