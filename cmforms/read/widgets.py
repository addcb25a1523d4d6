"""What lies on a page of an AcroForm: its widgets and its other annotations, whatever tool wrote them.

The page's /Annots are walked, never /AcroForm /Fields: files merged by any tool, with equal field names,
still give each page its own values. PDF 32000-1, 12.7.3: fields inherit from parents; 12.7.4: field types.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import pikepdf
from pikepdf import Array, Object, Stream

from cmforms.values.documents import Box

Fields = dict[str, Any]

_DEEPEST = 32
_HIDDEN = 2
_LARGEST_TEXT = 1 << 20
_REFERENCE = re.compile(r"(\d+) (\d+) R")
_LANGUAGE_ESCAPE = re.compile("\x1b[^\x1b]{0,8}\x1b")
_NO_STATES = ("/Off", "stream")
_decode = json.JSONDecoder().raw_decode


class Widget(NamedTuple):
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


class _Reference(NamedTuple):
    """Another object of the file, by number and generation."""

    number: int
    generation: int


class _Look(NamedTuple):
    """What one annotation or field says by itself: text as `str`, what lies elsewhere as a reference.

    `holds` is whether it has a value of its own; `on` is None where only its appearance can tell.
    """

    subtype: str
    box: Box | None
    hidden: bool
    name: object
    kind: str
    holds: bool
    value: object
    state: str
    on: str | None
    appearance: object
    parent: object
    contents: object


class _Above(NamedTuple):
    """What a widget inherits: its parents' names, from the root down, the field's type, and the value."""

    names: tuple[str, ...]
    kind: str
    value: object


_NOTHING_ABOVE = _Above((), "", None)


class PageObjects:
    """Reads the annotations of a file's pages.

    Each object is taken over as JSON in one step: asking pikepdf key by key costs ten times as much.
    """

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self._parents: dict[object, _Above] = {}

    def on_page(self, page: pikepdf.Page) -> tuple[list[Widget], list[Annotation]]:
        """Return the widgets and the other annotations of a page: no links, pop-ups, nothing hidden."""
        widgets: list[Widget] = []
        others: list[Annotation] = []
        annots = page.obj.get("/Annots")
        for annot in annots if isinstance(annots, Array) else ():
            look = _look_of(annot)
            if look.box is None or look.hidden:
                continue
            if look.subtype == "Widget":
                widgets.append(self._widget(look, look.box))
            elif look.subtype not in ("Link", "Popup", ""):
                others.append(Annotation(look.subtype, look.box, self._text(look.contents)))
        return widgets, others

    def _widget(self, look: _Look, box: Box) -> Widget:
        above = self._parents.get(look.parent) or self._above(look.parent)
        names = above.names if look.name is None else (*above.names, self._text(look.name))
        kind = look.kind or above.kind
        held = look.value if look.holds else above.value
        value = "" if held is None else self._value(kind, held)
        on = "" if kind != "Btn" else self._on_state(look.appearance) if look.on is None else look.on
        return Widget(names, kind, box, value, look.state, on)

    def _above(self, parent: object, depth: int = 0) -> _Above:
        """Return what hangs over a widget; a loop of parents ends after 32 levels."""
        if not isinstance(parent, _Reference) or depth == _DEEPEST:
            return _NOTHING_ABOVE
        if known := self._parents.get(parent):
            return known
        own = _look_of(self._pdf.get_object(*parent))
        over = self._above(own.parent, depth + 1)
        names = over.names if own.name is None else (*over.names, self._text(own.name))
        found = _Above(names, own.kind or over.kind, own.value if own.holds else over.value)
        self._parents[parent] = found
        return found

    def _on_state(self, appearance: object) -> str:
        states = self._dictionary(self._dictionary(appearance).get("/N"))
        return next((key[1:] for key in states if key not in _NO_STATES), "")

    def _dictionary(self, value: object) -> Fields:
        found = self._resolved(value)
        if isinstance(found, Object) and not isinstance(found, Stream):
            found = json.loads(found.to_json(dereference=True))
        return found if isinstance(found, dict) else {}

    def _resolved(self, value: object) -> object:
        """Return the object that a reference leads to; anything else as it is."""
        taken = _taken(value) if isinstance(value, str) and _REFERENCE.fullmatch(value) else value
        return self._pdf.get_object(*taken) if isinstance(taken, _Reference) else taken

    def _value(self, kind: str, value: object) -> str:
        if kind == "Sig":
            return "digital" if self._dictionary(value) else ""
        return self._text(value)

    def _text(self, value: object) -> str:
        """Return a text: a string in any encoding (PDF 32000-2, 7.9.2.2), name, stream, or list of them."""
        if isinstance(value, str):
            return value
        found = self._pdf.get_object(*value) if isinstance(value, _Reference) else value
        if isinstance(found, Stream):
            return _decoded(found.read_bytes()[:_LARGEST_TEXT])
        if isinstance(found, Object):
            return self._text(_taken(json.loads(found.to_json(dereference=True))))
        if isinstance(found, list):
            return ", ".join(self._text(_taken(item)) for item in found)
        return "" if found is None or isinstance(found, dict) else str(found)


def _look_of(value: object) -> _Look:
    if not isinstance(value, Object):
        return _look(b"{}")
    text = value.to_json(dereference=True)
    # The blank fields of a form are the same in each document; what somebody wrote is not kept.
    return _parsed(text) if b'"/V"' in text or b'"/Contents"' in text else _look(text)


def _parsed(text: bytes) -> _Look:
    found, _ = _decode(text.decode())
    data: Fields = found if isinstance(found, dict) else {}
    get, flags, looks = data.get, data.get("/F", 0), data.get("/AP")
    return _Look(
        _name(get("/Subtype")), _box(get("/Rect")), isinstance(flags, int) and bool(flags & _HIDDEN),
        _taken(get("/T")), _name(get("/FT")), "/V" in data, _taken(get("/V")), _name(get("/AS")), _on_state(looks),
        looks, _taken(get("/Parent")), _taken(get("/Contents")),
    )  # fmt: skip


_look = lru_cache(maxsize=1 << 14)(_parsed)


def _taken(value: object) -> object:
    """Return what a part of the JSON stands for: names and strings as text, references as such."""
    if not isinstance(value, str):
        return value
    if value.startswith("u:"):
        return _cleaned(value[2:])
    if value.startswith("b:"):
        return _decoded(bytes.fromhex(value[2:]))
    return _reference(value) or _name(value)


@lru_cache(maxsize=1 << 10)
def _reference(value: str) -> _Reference | None:
    found = _REFERENCE.fullmatch(value)
    return _Reference(int(found[1]), int(found[2])) if found else None


def _on_state(looks: object) -> str | None:
    states = looks.get("/N") if isinstance(looks, dict) else None
    return next((key[1:] for key in states if key not in _NO_STATES), "") if isinstance(states, dict) else None


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)):
        return _cleaned(data.decode("utf-16", "replace"))
    if data.startswith(codecs.BOM_UTF8):
        return _cleaned(data.decode("utf-8-sig", "replace"))
    return _cleaned(data.decode("pdfdoc_pikepdf", "replace"))


def _cleaned(text: str) -> str:
    if text.isprintable():
        return text
    return _LANGUAGE_ESCAPE.sub("", text).replace("\r\n", "\n").replace("\r", "\n").rstrip("\0")


def _name(value: object) -> str:
    return value[1:] if isinstance(value, str) and value.startswith("/") else ""


def _box(rect: object) -> Box | None:
    try:
        one, two, three, four = map(float, rect)  # type: ignore[call-overload]
    except (TypeError, ValueError):
        return None
    return min(one, three), min(two, four), max(one, three), max(two, four)
