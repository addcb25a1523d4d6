"""An official form compiled for filling: what never changes as bytes, what does by its object number."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Object, Pdf

from cmforms.acroform import (
    COMBO,
    MULTILINE,
    FormField,
    FormWidget,
    Matrix,
    display_matrix,
    form_fields,
    inherited,
    opened,
    page_size,
)
from cmforms.definitions.schema import FieldSpec, Form
from cmforms.errors import DefinitionError
from cmforms.fill.compiled import kept
from cmforms.fill.increment import Trunk
from cmforms.fill.official_setting import OfficialBox

_NUMBER = rb"-?\d*\.?\d+"
_FONT_SIZE = re.compile(rb"(" + _NUMBER + rb")\s+Tf")
_COLOUR = re.compile(rb"(?:" + _NUMBER + rb"\s+){1,4}(?:g|rg|k)(?![a-zA-Z])")
_OWN_PROPERTY = re.compile(rb"<rdf:Description[^>]*urn:cmforms:[^>]*>.*?</rdf:Description>\s*", re.DOTALL)
_FRESH = ("/V", "/AP", "/AS", "/I", "/RV", "/TI")
_INSET = 2.0


@dataclass(frozen=True, slots=True)
class OfficialWidget:
    """One widget that shows text: `head` its dictionary, still open; `form` opens its appearance's dictionary.

    `before` draws background and border and sets the colour. `holds` tells that the value stands here too.
    """

    number: int
    head: bytes
    box: OfficialBox
    form: bytes
    before: bytes
    holds: bool


@dataclass(frozen=True, slots=True)
class OfficialText:
    """A text field or a choice from a list. `shown` are the options of a list that shows them all."""

    spec: FieldSpec
    widgets: tuple[OfficialWidget, ...]
    holders: tuple[tuple[int, bytes], ...]
    exported: tuple[str, ...]
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfficialButton:
    """Boxes to mark: each widget by number, with its open dictionary, its on-state, and whether it holds the value."""

    spec: FieldSpec
    widgets: tuple[tuple[int, bytes, str | None, bool], ...]
    holders: tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: its stamp's object, its size as shown, the way to its own coordinates, where the QR code goes."""

    stamp: int
    size: tuple[float, float]
    matrix: Matrix
    corner: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class OfficialTemplate:
    """A whole form before its values."""

    form: Form
    trunk: Trunk
    fields: dict[str, OfficialText | OfficialButton]
    sheets: tuple[Sheet, ...]
    fonts: int
    info: tuple[int, bytes]
    metadata: tuple[int, bytes, bytes]


_templates: dict[Path, tuple[tuple[int, int], OfficialTemplate]] = {}


def open_official(path: Path, form: Form) -> OfficialTemplate:
    """Return the compiled form, kept while the file and the definition stay the same.

    Raises InputError when it cannot be read, DefinitionError when it is not as adopting made it.
    """

    def compiled(data: bytes) -> OfficialTemplate:
        try:
            with Pdf.open(io.BytesIO(data)) as pdf:
                return _compiled(pdf, data, form)
        except (pikepdf.PdfError, AttributeError, KeyError, IndexError, TypeError, ValueError):
            raise DefinitionError.because(
                "template-faulty", "is not a template that `cmforms forms adopt` made", source=path.name,
                fix="Adopt the official form again.",
            ) from None

    return kept(_templates, path, form, compiled)


def _compiled(pdf: Pdf, data: bytes, form: Form) -> OfficialTemplate:
    names = form.official_names
    fonts = _private(pdf.Root).Fonts.objgen[0]
    fields = {
        names[field.name]: _field(field, form.fields[names[field.name]], pdf, fonts)
        for field in form_fields(pdf)
        if field.name in names
    }
    packet = _OWN_PROPERTY.sub(b"", pdf.Root.Metadata.read_bytes())
    before, _, after = packet.rpartition(b"</rdf:RDF>")
    return OfficialTemplate(
        form, _trunk(pdf, data), fields, tuple(_sheet(page) for page in pdf.pages), fonts,
        (pdf.trailer.Info.objgen[0], opened(pdf.trailer.Info)),
        (pdf.Root.Metadata.objgen[0], before, b"</rdf:RDF>" + after),
    )  # fmt: skip


def _trunk(pdf: Pdf, data: bytes) -> Trunk:
    trailer = pdf.trailer
    said = b"/Root %d %d R/Info %d %d R" % (*trailer.Root.objgen, *trailer.Info.objgen)
    xref = int(data[data.rindex(b"startxref") + 9 :].split()[0])
    return Trunk(data, int(trailer.Size), xref, said, bytes(trailer.ID[0]))


def _private(held: Object) -> Object:
    return held.PieceInfo.cmforms.Private


def _sheet(page: pikepdf.Page) -> Sheet:
    private = _private(page.obj)
    corner = private.get("/Corner")
    at = (float(corner[0]), float(corner[1])) if corner is not None else None
    return Sheet(private.Stamp.objgen[0], page_size(page), display_matrix(page), at)


def _field(field: FormField, spec: FieldSpec, pdf: Pdf, fonts: int) -> OfficialText | OfficialButton:
    homes = {holder.objgen for holder in field.holders}
    own = {widget.held.objgen for widget in field.widgets}
    apart = [holder for holder in field.holders if holder.objgen not in own]
    if field.kind == "Btn":
        widgets = tuple(
            (w.held.objgen[0], opened(w.held, "/V", "/AS"), w.on, w.held.objgen in homes) for w in field.widgets
        )
        return OfficialButton(spec, widgets, tuple((h.objgen[0], opened(h, "/V")) for h in apart))
    holders = tuple((holder.objgen[0], opened(holder, *_FRESH)) for holder in apart)
    options = field.options if field.kind == "Ch" else []
    listed = field.kind == "Ch" and not field.flags & COMBO
    set_in = tuple(_widget(widget, field, pdf, fonts, widget.held.objgen in homes) for widget in field.widgets)
    exported = tuple(export for export, _ in options)
    return OfficialText(spec, set_in, holders, exported, tuple(s for _, s in options) if listed else ())


def _widget(widget: FormWidget, field: FormField, pdf: Pdf, fonts: int, holds: bool) -> OfficialWidget:
    held = widget.held
    left, bottom, right, top = widget.box
    looks = held.get("/MK", Dictionary())
    size, matrix = _turned(right - left, top - bottom, int(looks.get("/R", 0)) // 90 % 4)
    said = _default_look(held, pdf)
    found = _FONT_SIZE.search(said)
    border, style = _border(held, looks)
    edge = border * (2 if style in ("/B", "/I") else 1)
    box = OfficialBox(
        *size, edge, _INSET + edge, bool(field.flags & MULTILINE),
        min(2, max(0, int(inherited(held, "/Q") or pdf.Root.AcroForm.get("/Q", 0)))),
        abs(float(found[1])) if found else 0.0, (field.max_length or 0) if field.comb else 0,
    )  # fmt: skip
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 %.2f %.2f]%b/Resources<</Font %d 0 R>>" % (*size, matrix, fonts)
    colour = (_COLOUR.findall(said) or [b"0 g"])[-1]
    clip = b"%.2f %.2f %.2f %.2f re W n\n" % (border, border, size[0] - 2 * border, size[1] - 2 * border)
    before = b"q\n%bQ\n" % _backdrop(looks, size, border, style, held, box.cells) + clip + colour + b"\n"
    return OfficialWidget(held.objgen[0], opened(held, *_FRESH), box, form, before, holds)


def _turned(width: float, height: float, quarters: int) -> tuple[tuple[float, float], bytes]:
    """Return the size of a widget that /MK /R turns counterclockwise, and its appearance's matrix (12.5.6.19)."""
    size = (height, width) if quarters % 2 else (width, height)
    matrix = (b"", b"0 1 -1 0 %.2f 0" % width, b"-1 0 0 -1 %.2f %.2f" % (width, height), b"0 -1 1 0 0 %.2f" % height)
    return size, b"/Matrix[%b]" % matrix[quarters] if quarters else b""


def _default_look(held: Object, pdf: Pdf) -> bytes:
    said = inherited(held, "/DA")
    return bytes(said if said is not None else pdf.Root.AcroForm.get("/DA", b"0 g"))


def _border(held: Object, looks: Object) -> tuple[float, str]:
    """Return the width and the style of a widget's border; without a colour there is none."""
    if not _is_colour(looks.get("/BC")):
        return 0.0, "/S"
    style = held.get("/BS")
    if isinstance(style, Dictionary):
        return float(style.get("/W", 1)), str(style.get("/S", "/S"))
    old = held.get("/Border")
    return (float(old[2]) if isinstance(old, Array) and len(old) > 2 else 1.0), "/S"


def _backdrop(
    looks: Object, size: tuple[float, float], border: float, style: str, held: Object, cells: int
) -> bytes:
    """Draw what /MK and /BS ask for (12.5.6.19, 12.5.4): a viewer takes background and border from here."""
    width, height = size
    drawn = b""
    if _is_colour(looks.get("/BG")):
        drawn += b"%b\n0 0 %.2f %.2f re f\n" % (_colour(looks.BG, (b"g", b"rg", b"k")), width, height)
    if not border:
        return drawn
    if style in ("/B", "/I"):
        drawn += _edges(width, height, border, style)
    drawn += b"%b\n%.2f w\n" % (_colour(looks.BC, (b"G", b"RG", b"K")), border)
    if style == "/U":
        return drawn + b"0 %.2f m %.2f %.2f l S\n" % (border / 2, width, border / 2)
    if style == "/D":
        dash = held.get("/BS", Dictionary()).get("/D", [3])
        drawn += b"[%b] 0 d\n" % b" ".join(b"%.4g" % float(part) for part in dash)
    drawn += b"%.2f %.2f %.2f %.2f re S\n" % (border / 2, border / 2, width - border, height - border)
    for cell in range(1, cells):
        drawn += b"%.2f 0 m %.2f %.2f l S\n" % (cell * width / cells, cell * width / cells, height)
    return drawn


def _edges(width: float, height: float, border: float, style: str) -> bytes:
    """Draw the light and dark inner edges of a bevelled or inset border."""
    light, dark = (b"1 g", b"0.75 g") if style == "/B" else (b"0.5 g", b"0.75 g")
    b, w, h = border, width, height
    upper = (b, b, b, h - b, w - b, h - b, w - 2 * b, h - 2 * b, 2 * b, h - 2 * b, 2 * b, 2 * b)
    lower = (w - b, h - b, w - b, b, b, b, 2 * b, 2 * b, w - 2 * b, 2 * b, w - 2 * b, h - 2 * b)
    sides = ((light, upper), (dark, lower))
    return b"".join(b"%b\n%b f\n" % (colour, b"".join(_path(points))) for colour, points in sides)


def _path(points: tuple[float, ...]) -> Iterator[bytes]:
    for at in range(0, len(points), 2):
        yield b"%.2f %.2f %b " % (points[at], points[at + 1], b"l" if at else b"m")


def _is_colour(parts: Any) -> bool:
    return isinstance(parts, Array) and len(parts) in (1, 3, 4)


def _colour(parts: Object, operators: tuple[bytes, bytes, bytes]) -> bytes:
    operator = operators[{1: 0, 3: 1, 4: 2}[len(parts)]]
    return b" ".join(b"%.4g" % float(part) for part in parts) + b" " + operator
