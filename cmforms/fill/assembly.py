"""Make one variant of a template: its optional pages dropped or repeated, with fields, tags and names.

Done once for each combination of pages with pikepdf; filling a document then only appends to the result.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Object, Pdf

from cmforms.definitions.layout import MAIN, issued_address
from cmforms.definitions.schema import ROW_ADDRESS, Form
from cmforms.fill.tags import Tags
from cmforms.values.phrases import phrases

_NOT_COPIED = frozenset({"/Parent", "/Annots", "/StructParents", "/PieceInfo", "/Contents"})


def assemble(template: bytes, form: Form, roles: Sequence[str]) -> bytes:
    """Return the template with pages of these roles: `main`..., `more:contacts`..., `addendum`...

    Field names are the issued ones. One /Font resource dictionary serves all pages, an object of its own, so
    that a document's fonts can be added in one place. Raises pikepdf's errors on a broken template.
    """
    with Pdf.open(io.BytesIO(template)) as pdf:
        pages = _Pages(pdf, form)
        pages.arrange(roles)
        _share_fonts(pdf)
        out = io.BytesIO()
        pdf.save(
            out, object_stream_mode=pikepdf.ObjectStreamMode.disable, static_id=True,
            stream_decode_level=pikepdf.StreamDecodeLevel.none, recompress_flate=False,
        )
    return out.getvalue()


def role_of(page: Object) -> str:
    """Return the role that a template's page states in /PieceInfo."""
    return str(_private(page).Role)[1:]


def stamp_of(page: Object) -> Object:
    """Return the stream that prints the footer of a page."""
    return _private(page).Stamp


def _private(page: Object) -> Object:
    return page.PieceInfo.cmforms.Private


class _Pages:
    """The pages of one template while they are turned into those of a document."""

    def __init__(self, pdf: Pdf, form: Form) -> None:
        self._pdf = pdf
        self._form = form
        self._root = pdf.Root.AcroForm.Fields[0]
        self._tags = Tags(pdf)
        self._blanks = [page.obj for page in pdf.pages]

    def arrange(self, roles: Sequence[str]) -> None:
        """Put the pages in order, one for each role, and name their fields."""
        mains = [page for page in self._blanks if role_of(page) == MAIN]
        optional = {role_of(page): page for page in self._blanks if role_of(page) != MAIN}
        wanted = Counter(role for role in roles if role != MAIN)
        copies = {role: self._copies(page, wanted[role]) for role, page in optional.items()}
        seen: Counter[str] = Counter()
        chosen = []
        for number, role in enumerate(roles, 1):
            page = (mains if role == MAIN else copies[role])[seen[role]]
            self._name_fields(page, role, seen[role], number)
            seen[role] += 1
            chosen.append(page)
        self._replace_pages(chosen)

    def _copies(self, page: Object, count: int) -> list[Object]:
        """Return `count` pages like this optional one: itself first, or none at all."""
        if count == 0:
            self._tags.drop(page)
            return []
        return [page, *(self._copy(page) for _ in range(count - 1))]

    def _copy(self, page: Object) -> Object:
        entries = {key: value for key, value in page.items() if key not in _NOT_COPIED}
        copy = self._pdf.make_indirect(Dictionary(entries))
        stamp = self._pdf.make_stream(stamp_of(page).read_bytes())
        copy.Contents = Array([stamp, *list(page.Contents)[1:]])
        copy.PieceInfo = _piece_info(page, stamp)
        parents: dict[tuple[int, int], Object] = {}
        pairs = [(annot, self._copy_widget(annot, copy, parents)) for annot in page.Annots]
        copy.Annots = Array([widget for _, widget in pairs])
        self._tags.copy(page, copy, pairs)
        return copy

    def _copy_widget(
        self, annot: Object, page: Object, parents: dict[tuple[int, int], Object]
    ) -> Object:
        copy = self._pdf.make_indirect(Dictionary(dict(annot.items())))
        copy.P = page
        parent = annot.get("/Parent")
        if parent is not None and parent.objgen != self._root.objgen:
            if parent.objgen not in parents:
                parents[parent.objgen] = self._pdf.make_indirect(Dictionary(dict(parent.items())))
                parents[parent.objgen].Kids = Array([])
            copy.Parent = parents[parent.objgen]
            copy.Parent.Kids.append(copy)
        return copy

    def _name_fields(self, page: Object, role: str, copy: int, number: int) -> None:
        for field in {field.objgen: field for field in map(self._field_of, page.get("/Annots", []))}.values():
            template_address = str(field.T).replace("/", ".")
            address = issued_address(template_address, role, copy, number, self._form)
            field.T = pikepdf.String(address.replace(".", "/"))
            if role != MAIN and (found := ROW_ADDRESS.fullmatch(address)):
                self._name_row(field, found, copy)

    def _name_row(self, field: Object, address: re.Match[str], copy: int) -> None:
        """Let a screen reader count the rows on from the page before; the template counts each page's own."""
        group = self._form.groups[address["group"]]
        spec = next(spec for spec in group.fields if spec.name == address["field"])
        row, lang = int(address["row"]), str(self._pdf.Root.Lang)
        first = group.rows + copy * group.more_rows
        before, now = (
            phrases(lang).cell.format(label=self._form.text(spec.label, lang), row=number)
            for number in (row - first + 1, row + 1)
        )
        for named in (field, *field.get("/Kids", [])):
            named.TU = pikepdf.String(now + str(named.TU).removeprefix(before))

    def _field_of(self, annot: Object) -> Object:
        parent = annot.get("/Parent")
        return annot if parent is None or parent.objgen == self._root.objgen else parent

    def _replace_pages(self, chosen: Sequence[Object]) -> None:
        for _ in range(len(self._pdf.pages)):
            del self._pdf.pages[0]
        for page in chosen:
            self._pdf.pages.append(pikepdf.Page(page))
        fields = {f.objgen: f for page in chosen for f in map(self._field_of, page.get("/Annots", []))}
        self._root.Kids = Array(list(fields.values()))
        self._tags.finish()
        kept = {page.objgen for page in chosen}
        _prune_destinations(self._pdf, kept)
        if "/NeedAppearances" in self._pdf.Root.AcroForm:
            del self._pdf.Root.AcroForm["/NeedAppearances"]


def _piece_info(page: Object, stamp: Object) -> Dictionary:
    private = Dictionary(dict(_private(page).items()))
    private.Stamp = stamp
    entry = Dictionary(dict(page.PieceInfo.cmforms.items()))
    entry.Private = private
    return Dictionary(cmforms=entry)


def _prune_destinations(pdf: Pdf, kept: set[tuple[int, int]]) -> None:
    """Forget bookmarks and named places of pages that are gone."""
    with pdf.open_outline() as outline:
        outline.root[:] = [item for item in outline.root if _stays(item, kept)]
    names = pdf.Root.get("/Names", Dictionary()).get("/Dests")
    if names is not None and "/Names" in names:
        pairs = list(names.Names)
        flat = [
            entry for key, target in zip(pairs[::2], pairs[1::2], strict=True)
            if _page_of(target) in kept for entry in (key, target)
        ]
        names.Names = Array(flat)


def _stays(item: Any, kept: set[tuple[int, int]]) -> bool:
    item.children[:] = [child for child in item.children if _stays(child, kept)]
    target = item.destination if item.destination is not None else (item.action or {}).get("/D")
    return not isinstance(target, Array) or _page_of(target) in kept


def _page_of(target: Object) -> tuple[int, int] | None:
    place = target.get("/D") if isinstance(target, Dictionary) else target
    return place[0].objgen if isinstance(place, Array) and len(place) else None


def _share_fonts(pdf: Pdf) -> None:
    """Give all pages one /Font dictionary; a name that two pages use for two fonts keeps them apart."""
    shared: list[Object] = []
    for page in pdf.pages:
        resources = Dictionary(dict(page.obj.get("/Resources", Dictionary()).items()))
        fonts = resources.get("/Font", Dictionary())
        home = next((known for known in shared if _agree(known, fonts)), None)
        if home is None:
            home = pdf.make_indirect(Dictionary())
            shared.append(home)
        for name, font in fonts.items():
            home[name] = font
        resources.Font = home
        page.obj.Resources = resources


def _agree(known: Object, fonts: Object) -> bool:
    return all(name not in known or known[name].objgen == font.objgen for name, font in fonts.items())

