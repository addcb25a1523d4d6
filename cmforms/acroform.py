"""An AcroForm as any tool may have written it: its fields by full name, each with all its widgets.

ISO 32000-1, 12.7.3: attributes are inherited from parent fields, a field is named by its own and its parents' names.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

Box = tuple[float, float, float, float]
Matrix = tuple[float, float, float, float, float, float]

READ_ONLY = 1
MULTILINE = 1 << 12
PASSWORD = 1 << 13
RADIO = 1 << 15
PUSH_BUTTON = 1 << 16
COMBO = 1 << 17
FILE_SELECT = 1 << 20
MULTI_SELECT = 1 << 21
COMB = 1 << 24
MULTIPLY = "/CmformsMultiply"
"""The graphics state that each page of an adopted form has for the mark of a draft."""

_INVISIBLE = 2 | 32
_DEEPEST = 32
_OFF = "/Off"
_REGULAR = (string.ascii_letters + string.digits + "_-+.").encode()


@dataclass(frozen=True, slots=True)
class FormWidget:
    """One widget: `page` counts from 1, `box` is (left, bottom, right, top), `on` its on-state as PDF writes it."""

    held: Object
    page: int
    box: Box
    on: str | None


@dataclass(slots=True)
class FormField:
    """One field: `holders` are the dictionaries that carry its value; several where a tool repeated the name."""

    name: str
    holders: list[Object] = field(default_factory=list)
    widgets: list[FormWidget] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The field's type: `Tx`, `Btn`, `Ch`, `Sig`, or '' where nothing says."""
        return str(inherited(self.widgets[0].held, "/FT") or "/")[1:]

    @property
    def flags(self) -> int:
        """The field flags (12.7.3.1)."""
        return _whole(inherited(self.widgets[0].held, "/Ff"))

    @property
    def max_length(self) -> int | None:
        """The most characters that a text may have."""
        length = _whole(inherited(self.widgets[0].held, "/MaxLen"))
        return length if self.kind == "Tx" and length > 0 else None

    @property
    def comb(self) -> bool:
        """Whether each character stands in a cell of its own (12.7.4.3)."""
        barred = MULTILINE | PASSWORD | FILE_SELECT
        return bool(self.max_length and self.flags & COMB and not self.flags & barred)

    @property
    def options(self) -> list[tuple[str, str]]:
        """The options of a choice: what is exported, and what is shown."""
        held = inherited(self.widgets[0].held, "/Opt")
        return [_option(entry) for entry in held] if isinstance(held, Array) else []


def form_fields(pdf: Pdf) -> list[FormField]:
    """Return the fields that stand on pages, in the order of the pages' widgets; hidden ones are left out."""
    found: dict[str, FormField] = {}
    for number, page in enumerate(pdf.pages, 1):
        for annot in page_annotations(page.obj):
            if annot.get("/Subtype") != Name.Widget or _whole(annot.get("/F")) & _INVISIBLE:
                continue
            box, chain = box_of(annot.get("/Rect")), lineage(annot)
            name = full_name(chain)
            holder = next((level for level in chain if "/T" in level), None)
            if box is None or holder is None or not name:
                continue
            known = found.setdefault(name, FormField(name))
            if all(holder.objgen != other.objgen for other in known.holders):
                known.holders.append(holder)
            known.widgets.append(FormWidget(annot, number, box, on_state(annot)))
    return list(found.values())


def page_annotations(page: Object) -> Iterator[Object]:
    """Yield the annotations of a page that are dictionaries."""
    annots = page.get("/Annots")
    for annot in annots if isinstance(annots, Array) else ():
        if isinstance(annot, Dictionary):
            yield annot


def lineage(held: Object) -> list[Object]:
    """Return the dictionary and its parents, itself first; a loop of parents ends after 32 levels."""
    chain = [held]
    while len(chain) < _DEEPEST and isinstance(parent := chain[-1].get("/Parent"), Dictionary):
        chain.append(parent)
    return chain


def full_name(chain: list[Object]) -> str:
    """Return the fully qualified name (12.7.3.2)."""
    return ".".join(str(level.T) for level in reversed(chain) if "/T" in level)


def inherited(held: Object, key: str) -> Any:
    """Return an attribute of a field or widget, from the nearest level that has it."""
    return next((level[key] for level in lineage(held) if key in level), None)


def on_state(widget: Object) -> str | None:
    """Return the on-state of a button's widget in PDF syntax without its slash, as `A#20B`."""
    looks = widget.get("/AP")
    for key in ("/N", "/D"):
        states = looks.get(key) if isinstance(looks, Dictionary) else None
        if isinstance(states, Dictionary) and not isinstance(states, Stream):
            names = [name for name in states.keys() if name != _OFF]  # noqa: SIM118 - no mapping
            if names:
                return name_syntax(names[0])
    return None


def name_syntax(name: str) -> str:
    """Return a name (`/A B`) as PDF writes it, without its slash (7.3.5): `A#20B`."""
    raw = name.removeprefix("/").encode("utf-8", "surrogateescape")
    return "".join(chr(byte) if byte in _REGULAR else f"#{byte:02x}" for byte in raw)


def box_of(rect: Any) -> Box | None:
    """Return a rectangle as left, bottom, right, top; None for what is none or has no area."""
    if not isinstance(rect, Array) or len(rect) != 4:
        return None
    try:
        one, two, three, four = (float(side) for side in rect)
    except (TypeError, ValueError):
        return None
    box = min(one, three), min(two, four), max(one, three), max(two, four)
    return box if box[2] > box[0] and box[3] > box[1] else None


def page_size(page: Any) -> tuple[float, float]:
    """Return width and height of a page as it is shown, in points."""
    left, bottom, right, top = _visible(page)
    width, height = right - left, top - bottom
    return (height, width) if _turns(page) % 2 else (width, height)


def display_matrix(page: Any) -> Matrix:
    """Return the matrix from the page as shown, (0, 0) at its lower left, to the page's own coordinates."""
    left, bottom, right, top = _visible(page)
    return (
        (1, 0, 0, 1, left, bottom),
        (0, 1, -1, 0, right, bottom),
        (-1, 0, 0, -1, right, top),
        (0, -1, 1, 0, left, top),
    )[_turns(page)]


def displayed(box: Box, page: Any) -> Box:
    """Return where a box of the page's own coordinates stands on the page as shown."""
    a, b, c, d, e, f = display_matrix(page)
    # The matrix turns by quarters and shifts, so that its inverse is its transpose.
    corners = [(a * (x - e) + b * (y - f), c * (x - e) + d * (y - f)) for x, y in (box[:2], box[2:])]
    (x0, y0), (x1, y1) = corners
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def opened(held: Object, *without: str) -> bytes:
    """Return a dictionary's bytes without some keys and without its closing brackets."""
    rest = Dictionary({key: value for key, value in held.items() if key not in without})
    return rest.unparse().removesuffix(b">>").rstrip()


def _visible(page: Any) -> Box:
    return box_of(page.cropbox) or box_of(page.mediabox) or (0.0, 0.0, 612.0, 792.0)


def _turns(page: Any) -> int:
    """Return by how many quarters a page is turned clockwise; /Rotate is inherited from the page tree."""
    return _whole(inherited(page.obj, "/Rotate")) // 90 % 4


def _whole(value: Any) -> int:
    try:
        return int(value or 0)
    except (TypeError, ValueError):
        return 0


def _option(entry: Any) -> tuple[str, str]:
    if isinstance(entry, Array) and len(entry):
        return str(entry[0]), str(entry[min(1, len(entry) - 1)])
    return str(entry), str(entry)
