"""The structure tree of a template while its optional pages come and go (ISO 32000-1, 14.7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pikepdf import Array, Dictionary, Object, Pdf, String

Key = tuple[int, int]


class Tags:
    """Knows which part of the structure tree belongs to which page alone, and keeps the ParentTree true."""

    def __init__(self, pdf: Pdf) -> None:
        """Read the tree and the ParentTree of a tagged PDF."""
        self._pdf = pdf
        self._tree = pdf.Root.StructTreeRoot
        self._parents: dict[int, Object] = dict(_numbers(self._tree.ParentTree))
        self._next = max(self._parents, default=-1) + 1
        self._reach: dict[Key, frozenset[Key]] = {}
        self._copies = 0
        # For each page that was copied: the last element of its last copy, by their parent.
        self._ends: dict[Key, dict[Key, Object]] = {}

    def drop(self, page: Object) -> None:
        """Take what is on this page alone out of the tree."""
        for parent, element in self._own(self._tree, page.objgen):
            parent.K = Array([kid for kid in _kids(parent) if not _is(kid, element)])
        for holder in (page, *page.get("/Annots", [])):
            for key in ("/StructParents", "/StructParent"):
                if key in holder:
                    self._parents.pop(int(holder[key]), None)

    def copy(self, page: Object, copy: Object, widgets: Iterable[tuple[Object, Object]]) -> None:
        """Repeat the part of the tree that is on `page` for its copy, behind the page or its copy before."""
        pairs = list(widgets)
        self._copies += 1
        moved = {page.objgen: copy} | {old.objgen: new for old, new in pairs}
        made: dict[Key, Object] = {}
        owned = list(self._own(self._tree, page.objgen))
        ends = {parent.objgen: element for parent, element in owned}
        ends |= self._ends.get(page.objgen, {})
        for parent, element in owned:
            end, copied = ends[parent.objgen], self._copy_element(element, parent, moved, made)
            kids = [(kid, copied) if _is(kid, end) else (kid,) for kid in _kids(parent)]
            parent.K = Array([kid for some in kids for kid in some])
            ends[parent.objgen] = copied
        self._ends[page.objgen] = ends
        if "/StructParents" in page:
            held = self._parents[int(page.StructParents)]
            copy.StructParents = self._enter(Array([_moved(element, made) for element in held]))
        for old, new in pairs:
            if "/StructParent" in old:
                new.StructParent = self._enter(_moved(self._parents[int(old.StructParent)], made))

    def finish(self) -> None:
        """Write the ParentTree, and the IDTree if there is one."""
        flat = [item for key in sorted(self._parents) for item in (key, self._parents[key])]
        self._tree.ParentTree = self._pdf.make_indirect(Dictionary(Nums=Array(flat)))
        self._tree.ParentTreeNextKey = self._next
        if "/IDTree" in self._tree:
            ids = sorted((bytes(e.ID), e) for e in _elements(self._tree) if "/ID" in e)
            names = [item for name, element in ids for item in (String(name), element)]
            self._tree.IDTree = self._pdf.make_indirect(Dictionary(Names=Array(names)))

    def _enter(self, held: Object) -> int:
        key = self._next
        self._parents[key] = held
        self._next += 1
        return key

    def _own(self, parent: Object, page: Key) -> Iterator[tuple[Object, Object]]:
        """Yield (parent, element) of the topmost elements that reach this page and no other."""
        for kid in _kids(parent):
            if not _is_element(kid):
                continue
            reach = self._reached(kid)
            if reach == {page}:
                yield parent, kid
            elif page in reach:
                yield from self._own(kid, page)

    def _reached(self, element: Object) -> frozenset[Key]:
        """Return the pages that an element's content lies on."""
        if element.objgen not in self._reach:
            own = element.get("/Pg")
            pages: set[Key] = set()
            for kid in _kids(element):
                if _is_element(kid):
                    pages |= self._reached(kid)
                else:
                    page = kid.get("/Pg", own) if isinstance(kid, Dictionary) else own
                    pages |= {page.objgen} if page is not None else set()
            self._reach[element.objgen] = frozenset(pages)
        return self._reach[element.objgen]

    def _copy_element(
        self, element: Object, parent: Object, moved: dict[Key, Object], made: dict[Key, Object]
    ) -> Object:
        copy = self._pdf.make_indirect(Dictionary(dict(element.items())))
        made[element.objgen] = copy
        copy.P = parent
        if "/Pg" in element:
            copy.Pg = moved.get(element.Pg.objgen, element.Pg)
        if "/ID" in element:
            copy.ID = self._renamed(element.ID)
        if "/A" in element:
            copy.A = self._copy_attributes(element.A)
        kids = [
            self._copy_element(kid, copy, moved, made) if _is_element(kid) else _copy_content(kid, moved)
            for kid in _kids(element)
        ]
        if kids:
            copy.K = Array(kids)
        return copy

    def _copy_attributes(self, held: Object) -> Object:
        """Copy attributes; the header cells that a cell names are those of its own copy."""
        if isinstance(held, Array):
            return Array([self._copy_attributes(item) for item in held])
        if not isinstance(held, Dictionary) or "/Headers" not in held:
            return held
        copy = Dictionary(dict(held.items()))
        copy.Headers = Array([self._renamed(name) for name in held.Headers])
        return copy

    def _renamed(self, name: Object) -> String:
        return String(bytes(name) + b"+%d" % self._copies)


def _copy_content(kid: Object, moved: dict[Key, Object]) -> Object:
    if not isinstance(kid, Dictionary):
        return kid
    copy = Dictionary(dict(kid.items()))
    for key in ("/Pg", "/Obj"):
        if key in copy:
            copy[key] = moved.get(copy[key].objgen, copy[key])
    return copy


def _moved(held: Object, made: dict[Key, Object]) -> Object:
    return made.get(held.objgen, held) if isinstance(held, Dictionary) else held


def _kids(element: Object) -> list[Object]:
    held = element.get("/K")
    if held is None:
        return []
    return list(held) if isinstance(held, Array) else [held]


def _is_element(kid: Object) -> bool:
    return isinstance(kid, Dictionary) and "/S" in kid


def _is(one: Object, other: Object) -> bool:
    return isinstance(one, Dictionary) and one.objgen == other.objgen


def _elements(parent: Object) -> Iterator[Object]:
    for kid in _kids(parent):
        if _is_element(kid):
            yield kid
            yield from _elements(kid)


def _numbers(node: Object) -> Iterator[tuple[int, Object]]:
    """Yield the entries of a number tree (7.9.7)."""
    pairs = list(node.get("/Nums", []))
    yield from ((int(key), value) for key, value in zip(pairs[::2], pairs[1::2], strict=True))
    for kid in node.get("/Kids", []):
        yield from _numbers(kid)
