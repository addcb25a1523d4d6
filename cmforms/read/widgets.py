"""What lies on a page of an AcroForm: its widgets and its other annotations, whatever tool wrote them.

The page's /Annots are walked, never /AcroForm /Fields: files merged by any tool, with equal field names,
still give each page its own values. PDF 32000-1, 12.7.3: fields inherit from parents; 12.7.4: field types.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pikepdf
from pikepdf import Array, Name, Object, Stream, String

from cmforms.values.documents import Box

_DEEPEST = 32
_LARGEST_TEXT = 1 << 20
_LANGUAGE_ESCAPE = re.compile("\x1b[^\x1b]{0,8}\x1b")


@dataclass(frozen=True, slots=True)
class Widget:
    """One widget: its partial names from the root down, type (`Tx`, `Btn`, `Ch`, `Sig`), box and value.

    `state` is what a button shows, `on` the name of its marked state; `value` the text of /V.
    """

    names: tuple[str, ...]
    kind: str
    box: Box
    value: str
    state: str
    on: str

    @property
    def marked(self) -> bool:
        """Whether the button is shown marked."""
        return self.state not in ("", "Off")


@dataclass(frozen=True, slots=True)
class Annotation:
    """Anything else that a person put on the page: `Ink`, `Stamp`, `FreeText`..., with its text and box."""

    kind: str
    box: Box
    text: str


def on_page(page: pikepdf.Page) -> tuple[list[Widget], list[Annotation]]:
    """Return the widgets and the other annotations of a page, but for links, pop-ups and what is hidden."""
    widgets, others = [], []
    for annot in _annotations(page):
        kind = _name(annot.get("/Subtype"))
        box = _box(annot.get("/Rect"))
        if box is None or int(annot.get("/F", 0)) & 2:
            continue
        if kind == "Widget":
            widgets.append(_widget(annot, box))
        elif kind not in ("Link", "Popup", ""):
            others.append(Annotation(kind, box, _text(annot.get("/Contents"))))
    return widgets, others


def _annotations(page: pikepdf.Page) -> Iterator[Object]:
    annots = page.obj.get("/Annots")
    if isinstance(annots, Array):
        yield from (annot for annot in annots if isinstance(annot, pikepdf.Dictionary))


def _widget(annot: Object, box: Box) -> Widget:
    chain = list(_chain(annot))
    names = tuple(_text(level.get("/T")) for level in reversed(chain) if "/T" in level)
    inherited = {
        key: next((level.get(key) for level in chain if key in level), None) for key in ("/FT", "/V")
    }
    kind = _name(inherited["/FT"])
    return Widget(
        names, kind, box, _value(kind, inherited["/V"]),
        _name(annot.get("/AS")), _on_state(annot) if kind == "Btn" else "",
    )


def _chain(annot: Object) -> Iterator[Object]:
    """Yield the widget and its parents; a loop of parents ends after 32 levels."""
    level: Object | None = annot
    for _ in range(_DEEPEST):
        if not isinstance(level, pikepdf.Dictionary):
            return
        yield level
        level = level.get("/Parent")


def _on_state(annot: Object) -> str:
    appearance = annot.get("/AP")
    normal = appearance.get("/N") if isinstance(appearance, pikepdf.Dictionary) else None
    if not isinstance(normal, pikepdf.Dictionary) or isinstance(normal, Stream):
        return ""
    return next((key[1:] for key in normal.keys() if key != "/Off"), "")  # noqa: SIM118


def _value(kind: str, value: Object | None) -> str:
    if kind == "Sig":
        return "digital" if isinstance(value, pikepdf.Dictionary) else ""
    return _text(value)


def _text(value: object) -> str:
    """Return a text string: PDFDocEncoding, or UTF-16 or UTF-8 by their marks (7.9.2.2), or a stream."""
    if value is None:
        return ""
    if isinstance(value, Name):
        return _name(value)
    if isinstance(value, Stream):
        return _decoded(value.read_bytes()[:_LARGEST_TEXT])
    if isinstance(value, Array):
        return ", ".join(_text(item) for item in value)
    return _decoded(bytes(value)) if isinstance(value, String) else str(value)


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)):
        text = data.decode("utf-16", "replace")
    elif data.startswith(codecs.BOM_UTF8):
        text = data.decode("utf-8-sig", "replace")
    else:
        text = data.decode("pdfdoc_pikepdf", "replace")
    return _LANGUAGE_ESCAPE.sub("", text).replace("\r\n", "\n").replace("\r", "\n").rstrip("\0")


def _name(value: object) -> str:
    return str(value)[1:] if isinstance(value, Name) else ""


def _box(rect: object) -> Box | None:
    if not isinstance(rect, Array) or len(rect) != 4:
        return None
    if not all(isinstance(side, int | float | Decimal) for side in rect):
        return None
    left, bottom, right, top = (float(side) for side in rect)
    return min(left, right), min(bottom, top), max(left, right), max(bottom, top)
