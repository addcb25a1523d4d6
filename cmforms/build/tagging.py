"""The structure tree put right: bare of wrappers, with every Form, header cell and parent entry in order.

WeasyPrint tags each HTML box; here boxes without a meaning of their own give their children to their parent,
and the ParentTree is made anew from the tree (PDF 32000, 14.7).
"""

from __future__ import annotations

from collections.abc import Iterator

from pikepdf import Array, Dictionary, Name, Object, Pdf

_WRAPPERS = frozenset({"/NonStruct", "/Div", "/Span"})
# WeasyPrint gives the anonymous boxes inside these elements the same tag once more.
_NEVER_NESTED = frozenset({"/P", "/H1", "/H2", "/LBody", "/Lbl"})
_MAY_BE_EMPTY = frozenset({"/TD", "/TH"})

Key = tuple[int, int]


def put_tags_right(pdf: Pdf) -> None:
    """Clean the tree and rebuild the ParentTree.

    Pages keep their index as `/StructParents`; widgets get the numbers after them, in reading order.
    """
    root = pdf.Root.StructTreeRoot
    document = root.K[0]
    _clean(document)
    _number(pdf, root, document)


def marked_ids(pdf: Pdf) -> dict[Key, frozenset[int]]:
    """Return the marked-content ids of each page that the tree knows."""
    found: dict[Key, set[int]] = {page.obj.objgen: set() for page in pdf.pages}
    for element in _elements(pdf.Root.StructTreeRoot.K[0]):
        for kid in element.K:
            if isinstance(kid, int):
                found[element.Pg.objgen].add(kid)
    return {page: frozenset(ids) for page, ids in found.items()}


def _clean(element: Object) -> None:
    kids = [_direct(kid) for kid in _kept(element)]
    element.K = Array(kids)
    for kid in kids:
        if isinstance(kid, Object) and _is_element(kid):
            kid.P = element
    kind = str(element.S)
    if kind == "/TH":
        element.A = Dictionary(O=Name.Table, Scope=Name.Column)
    elif kind == "/TD" and "/A" in element:
        del element["/A"]
    needless = {"/Type", "/ID"} | (set() if any(isinstance(kid, int) for kid in kids) else {"/Pg"})
    for key in needless & set(element.keys()):
        del element[key]


def _direct(kid: Object | int) -> Object | int:
    """Return a reference to a widget without an object of its own: there are hundreds."""
    if isinstance(kid, Object) and _is_reference(kid):
        return Dictionary(Type=Name.OBJR, Obj=kid.Obj, Pg=kid.Pg)
    return kid


def _kept(element: Object) -> Iterator[Object | int]:
    """Yield an element's kids, wrappers replaced by theirs, empty elements left out."""
    for kid in element.K:
        if not _is_element(kid):
            yield kid
            continue
        _clean(kid)
        kind = str(kid.S)
        if kind in _WRAPPERS or (kind in _NEVER_NESTED and kind == str(element.S)):
            yield from kid.K
        elif len(kid.K) or kind in _MAY_BE_EMPTY:
            yield kid


def _number(pdf: Pdf, root: Object, document: Object) -> None:
    pages = [page.obj for page in pdf.pages]
    owners: dict[Key, dict[int, Object]] = {page.objgen: {} for page in pages}
    widgets: list[tuple[Object, Object]] = []
    for element in _elements(document):
        for kid in element.K:
            if _is_reference(kid):
                widgets.append((kid.Obj, element))
            elif isinstance(kid, int):
                owners[element.Pg.objgen][kid] = element
    numbers: list[object] = []
    for index, page in enumerate(pages):
        page.StructParents = index
        numbers += [index, Array(_by_id(owners[page.objgen]))]
    for number, (widget, element) in enumerate(widgets, len(pages)):
        widget.StructParent = number
        numbers += [number, element]
    root.ParentTree = pdf.make_indirect(Dictionary(Nums=Array(numbers)))
    root.ParentTreeNextKey = len(pages) + len(widgets)


def _by_id(owners: dict[int, Object]) -> list[Object | None]:
    return [owners.get(number) for number in range(max(owners, default=-1) + 1)]


def _elements(element: Object) -> Iterator[Object]:
    yield element
    for kid in element.K:
        if _is_element(kid):
            yield from _elements(kid)


def _is_element(kid: object) -> bool:
    return isinstance(kid, Dictionary) and "/S" in kid


def _is_reference(kid: object) -> bool:
    return isinstance(kid, Dictionary) and kid.get("/Type") == Name.OBJR
