"""What lies on a page of an AcroForm: its widgets and its other annotations, whatever tool wrote them.

The page's /Annots are walked, never /AcroForm /Fields: files merged by any tool, with equal field names,
still give each page its own values. PDF 32000-1, 12.7.3: fields inherit from parents; 12.7.4: field types.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf
from pikepdf import Array, Object, Stream

from cmforms.values.documents import Box

Fields = dict[str, Any]

_DEEPEST = 32
_HIDDEN = 2
_LARGEST_TEXT = 1 << 20
_REFERENCE = re.compile(r"(\d+) (\d+) R")
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


class PageObjects:
    """Reads the annotations of a file's pages.

    Each object is taken over as JSON in one step: asking pikepdf key by key costs ten times as much.
    """

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self._parents: dict[str, Fields] = {}

    def on_page(self, page: pikepdf.Page) -> tuple[list[Widget], list[Annotation]]:
        """Return the widgets and the other annotations of a page: no links, pop-ups, nothing hidden."""
        widgets, others = [], []
        for annot in self._annotations(page):
            kind, box, flags = _name(annot.get("/Subtype")), _box(annot.get("/Rect")), annot.get("/F", 0)
            if box is None or (isinstance(flags, int) and flags & _HIDDEN):
                continue
            if kind == "Widget":
                widgets.append(self._widget(annot, box))
            elif kind not in ("Link", "Popup", ""):
                others.append(Annotation(kind, box, self._text(annot.get("/Contents"))))
        return widgets, others

    def _annotations(self, page: pikepdf.Page) -> Iterator[Fields]:
        annots = page.obj.get("/Annots")
        if isinstance(annots, Array):
            for annot in annots:
                yield _fields(annot)

    def _widget(self, annot: Fields, box: Box) -> Widget:
        chain = [annot, *self._above(annot)]
        names = tuple(self._text(level["/T"]) for level in reversed(chain) if "/T" in level)
        kind = _name(next((level["/FT"] for level in chain if "/FT" in level), None))
        held = next((level["/V"] for level in chain if "/V" in level), None)
        on = self._on_state(annot) if kind == "Btn" else ""
        return Widget(names, kind, box, self._value(kind, held), _name(annot.get("/AS")), on)

    def _above(self, annot: Fields) -> Iterator[Fields]:
        """Yield the parents of a widget; a loop of parents ends after 32 levels."""
        level = annot
        for _ in range(_DEEPEST):
            parent = level.get("/Parent")
            if not isinstance(parent, str):
                return
            if parent not in self._parents:
                self._parents[parent] = _fields(self._resolved(parent))
            level = self._parents[parent]
            yield level

    def _resolved(self, value: object) -> object:
        """Return the object that a reference leads to; anything else as it is."""
        if isinstance(value, str) and (found := _REFERENCE.fullmatch(value)):
            return self._pdf.get_object(int(found[1]), int(found[2]))
        return value

    def _on_state(self, annot: Fields) -> str:
        appearance = self._dictionary(annot.get("/AP"))
        states = self._dictionary(appearance.get("/N"))
        return next((key[1:] for key in states if key not in ("/Off", "stream")), "")

    def _dictionary(self, value: object) -> Fields:
        found = self._resolved(value)
        return found if isinstance(found, dict) else _fields(found)

    def _value(self, kind: str, value: object) -> str:
        if kind == "Sig":
            return "digital" if self._dictionary(value) else ""
        return self._text(value)

    def _text(self, value: object) -> str:
        """Return a text: a string in any encoding (PDF 32000-2, 7.9.2.2), name, stream, or list of them."""
        found = self._resolved(value)
        if isinstance(found, Stream):
            return _decoded(found.read_bytes()[:_LARGEST_TEXT])
        if isinstance(found, Object):
            found = json.loads(found.to_json(dereference=True))
        if isinstance(found, list):
            return ", ".join(self._text(item) for item in found)
        if not isinstance(found, str):
            return "" if found is None or isinstance(found, dict) else str(found)
        if found.startswith("b:"):
            return _decoded(bytes.fromhex(found[2:]))
        return _cleaned(found[2:]) if found.startswith("u:") else _name(found)


def _fields(value: object) -> Fields:
    """Return a dictionary object as plain data: names with their slash, strings after `u:` or `b:`."""
    if not isinstance(value, Object) or isinstance(value, Stream):
        return {}
    data = json.loads(value.to_json(dereference=True))
    return data if isinstance(data, dict) else {}


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)):
        return _cleaned(data.decode("utf-16", "replace"))
    if data.startswith(codecs.BOM_UTF8):
        return _cleaned(data.decode("utf-8-sig", "replace"))
    return _cleaned(data.decode("pdfdoc_pikepdf", "replace"))


def _cleaned(text: str) -> str:
    return _LANGUAGE_ESCAPE.sub("", text).replace("\r\n", "\n").replace("\r", "\n").rstrip("\0")


def _name(value: object) -> str:
    return value[1:] if isinstance(value, str) and value.startswith("/") else ""


def _box(rect: object) -> Box | None:
    if not isinstance(rect, list) or len(rect) != 4:
        return None
    if not all(isinstance(side, int | float) for side in rect):
        return None
    left, bottom, right, top = map(float, rect)
    return min(left, right), min(bottom, top), max(left, right), max(bottom, top)
