"""A variant compiled for filling: what never changes as bytes, what does by its object number."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import pikepdf
from pikepdf import Array, Dictionary, Object, Pdf

from cmforms.definitions.layout import ADDENDUM
from cmforms.definitions.schema import FieldSpec, Form
from cmforms.errors import DefinitionError
from cmforms.fill.assembly import role_of, stamp_of
from cmforms.fill.increment import Trunk
from cmforms.fill.placing import SIZE, TextBox

_MULTILINE = 1 << 12
_FONT_SIZE = re.compile(rb"([\d.]+)\s+Tf")
# What the blank says of itself is said again, and more, of each document: XMP takes a property once.
_OWN_PROPERTY = re.compile(rb"<cmforms:(\w+)>[^<]*</cmforms:\1>\s*")
_TEXT_FONT = re.compile(rb"/\S+\s+[\d.]+\s+Tf")


@dataclass(frozen=True, slots=True)
class Widget:
    """One text widget: `head` is its dictionary, still open, without value and appearance.

    `form` opens its appearance's dictionary, `before` draws what /MK asks for and sets the colour.
    """

    number: int
    head: bytes
    box: TextBox
    form: bytes
    before: bytes


@dataclass(frozen=True, slots=True)
class TextField:
    """A text field: `address` as issued, `source` that of its value, `parent` if it has several widgets."""

    address: str
    source: str
    spec: FieldSpec
    labels: dict[str, str]
    widgets: tuple[Widget, ...]
    parent: tuple[int, bytes] | None
    repeated: bool
    """Whether the field stands at the head of a further page and its value somewhere else in full."""
    serial: int = field(default_factory=count().__next__, compare=False)
    """A number that no other compiled field of this process has."""


@dataclass(frozen=True, slots=True)
class ButtonField:
    """A check box or radio buttons: `states` gives the widget (number, open dictionary) of each on-state."""

    address: str
    source: str
    spec: FieldSpec
    labels: dict[str, str]
    states: dict[str, tuple[int, bytes]]
    parent: tuple[int, bytes] | None


Field = TextField | ButtonField
_Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Variant:
    """A document's pages before its values. Each number is that of an object, with the bytes around it."""

    trunk: Trunk
    roles: tuple[str, ...]
    fields: tuple[Field, ...]
    addenda: tuple[Widget, ...]
    sources: frozenset[str]
    stamps: tuple[tuple[int, tuple[float, float]], ...]
    fonts: tuple[tuple[int, bytes], ...]
    root: tuple[int, bytes]
    info: tuple[int, bytes]
    metadata: tuple[int, bytes, bytes]


def compile_variant(data: bytes, form: Form, lang: str) -> Variant:
    """Compile what `assemble` made. Raises DefinitionError naming what the contract of templates misses."""
    with Pdf.open(io.BytesIO(data)) as pdf:
        try:
            return _compiled(pdf, data, form, lang)
        except (AttributeError, KeyError, IndexError, TypeError, ValueError) as trouble:
            raise DefinitionError.because(
                "template-faulty", f"the template of {form.id} is not one that the toolkit built: {trouble}",
                fix=f"Run: cmforms forms build {form.id}",
            ) from None


def _compiled(pdf: Pdf, data: bytes, form: Form, lang: str) -> Variant:
    root = pdf.Root.AcroForm.Fields[0]
    home = root.objgen
    fonts = {page.obj.Resources.Font.objgen: page.obj.Resources.Font for page in pdf.pages}
    fields: list[Field] = []
    addenda: list[Widget] = []
    for page in pdf.pages:
        shared = page.obj.Resources.Font.objgen[0]
        for holder, widgets in _holders(page.obj, home):
            if _address(holder).startswith(f"{ADDENDUM}["):
                addenda.append(_widget(widgets[0], holder, shared))
            else:
                fields.append(_field(holder, widgets, form, lang, shared))
    packet = _OWN_PROPERTY.sub(b"", pdf.Root.Metadata.read_bytes())
    before, _, after = packet.rpartition(b"</rdf:RDF>")
    return Variant(
        trunk=_trunk(pdf, data),
        roles=tuple(role_of(page.obj) for page in pdf.pages),
        fields=tuple(fields),
        addenda=tuple(addenda),
        sources=frozenset(one.source for one in fields),
        stamps=tuple((stamp_of(page.obj).objgen[0], _size(page.obj)) for page in pdf.pages),
        fonts=tuple((number, _open(font)) for (number, _), font in fonts.items()),
        root=(home[0], _open(root, "/T")),
        info=(pdf.trailer.Info.objgen[0], _open(pdf.trailer.Info)),
        metadata=(pdf.Root.Metadata.objgen[0], before, b"</rdf:RDF>" + after),
    )


def _trunk(pdf: Pdf, data: bytes) -> Trunk:
    trailer = pdf.trailer
    said = b"/Root %b/Info %b" % (_reference(trailer.Root), _reference(trailer.Info))
    xref = int(data[data.rindex(b"startxref") + 9 :].split()[0])
    return Trunk(data, int(trailer.Size), xref, said, bytes(trailer.ID[0]))


def _holders(page: Object, root: _Key) -> Iterator[tuple[Object, list[Object]]]:
    """Yield each field of a page with its widgets there, in the order of the page."""
    found: dict[_Key, tuple[Object, list[Object]]] = {}
    for annot in page.get("/Annots", []):
        parent = annot.get("/Parent")
        holder = annot if parent is None or parent.objgen == root else parent
        found.setdefault(holder.objgen, (holder, []))[1].append(annot)
    yield from found.values()


def _field(holder: Object, widgets: list[Object], form: Form, lang: str, fonts: int) -> Field:
    address = _address(holder)
    source = address.partition("@")[0]
    spec = form.spec(source)
    if spec is None:
        raise KeyError(f"the form has no field {source!r}")
    labels = spec.labels(lang)
    merged = widgets[0].objgen == holder.objgen
    parent = None if merged else (holder.objgen[0], _open(holder, "/V"))
    if str(holder.FT) == "/Btn":
        states = {_on_state(widget): (widget.objgen[0], _open(widget, "/V", "/AS")) for widget in widgets}
        return ButtonField(address, source, spec, labels, states, parent)
    set_in = tuple(_widget(widget, holder, fonts) for widget in widgets)
    return TextField(address, source, spec, labels, set_in, parent, address != source)


def _address(holder: Object) -> str:
    return str(holder.T).replace("/", ".")


def _widget(widget: Object, holder: Object, fonts: int) -> Widget:
    left, bottom, right, top = (float(side) for side in widget.Rect)
    width, height = right - left, top - bottom
    looks = bytes(widget.get("/DA", holder.get("/DA", b"0 g")))
    size = float(found[1]) if (found := _FONT_SIZE.search(looks)) else 0.0
    multiline = bool(int(holder.get("/Ff", 0)) & _MULTILINE)
    align = int(widget.get("/Q", holder.get("/Q", 0)))
    bounds = b"/BBox[0 0 %.2f %.2f]/Resources<</Font %d 0 R>>" % (width, height, fonts)
    colour = _TEXT_FONT.sub(b"", looks).strip()
    return Widget(
        widget.objgen[0], _open(widget, "/V", "/AP"), TextBox(width, height, multiline, align, size or SIZE),
        b"/Type/XObject/Subtype/Form" + bounds, _backdrop(widget, width, height) + colour + b"\n",
    )


def _backdrop(widget: Object, width: float, height: float) -> bytes:
    """Draw the background and the border of /MK (12.5.6.19); viewers take them from the appearance."""
    looks = widget.get("/MK", Dictionary())
    drawn = b""
    if fill := _colour(looks.get("/BG"), (b"g", b"rg", b"k")):
        drawn += b"%b\n0 0 %.2f %.2f re f\n" % (fill, width, height)
    line = float(widget.get("/BS", Dictionary()).get("/W", 1))
    if line and (stroke := _colour(looks.get("/BC"), (b"G", b"RG", b"K"))):
        inner = (line / 2, line / 2, width - line, height - line)
        drawn += b"%b\n%.2f w\n%.2f %.2f %.2f %.2f re S\n" % (stroke, line, *inner)
    return drawn


def _colour(parts: Object | None, operators: tuple[bytes, bytes, bytes]) -> bytes:
    operator = {1: 0, 3: 1, 4: 2}.get(len(parts) if isinstance(parts, Array) else 0)
    if operator is None or parts is None:
        return b""
    return b" ".join(b"%.4g" % float(part) for part in parts) + b" " + operators[operator]


def _on_state(widget: Object) -> str:
    return next(str(name)[1:] for name in widget.AP.N if name != "/Off")


def _open(held: Object, *without: str) -> bytes:
    """Return a dictionary's bytes without some keys and without its closing brackets."""
    rest = Dictionary({key: value for key, value in held.items() if key not in without})
    return rest.unparse().removesuffix(b">>").rstrip()


def _reference(held: Object) -> bytes:
    return b"%d %d R" % held.objgen


def _size(page: Object) -> tuple[float, float]:
    left, bottom, right, top = (float(side) for side in pikepdf.Page(page).mediabox)
    return right - left, top - bottom
