"""The filled-in PDF form: what its widgets hold, and what a person put over them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from cmforms.definitions.layout import Place
from cmforms.definitions.schema import FieldSpec, Form
from cmforms.read.compare import Evidence
from cmforms.read.widgets import Annotation, Widget
from cmforms.values.documents import Box
from cmforms.values.kinds import CHECKED, Kind

READER = "pdf-form"
TYPED = "typed: "
_RENAMED = re.compile(r"[+#_~ ]+\d+$")
_LEAST_OVERLAP = 0.5
_SIGNS = {"Ink": "ink", "Stamp": "stamp", "Line": "ink", "PolyLine": "ink", "Polygon": "ink"}
HARMLESS = frozenset(("Highlight", "Underline", "Squiggly", "Text", "FileAttachment"))
"""Annotations that change nothing of what a field says, wherever they lie."""

_COVERED = 0.2


def root_name(widget: Widget) -> str:
    """Return the name of the widget's root field without what a merging tool hung on it (`+1`, `#2`)."""
    return _renamed(widget.names[0]) if len(widget.names) > 1 else ""


@lru_cache(maxsize=256)
def _renamed(name: str) -> str:
    return _RENAMED.sub("", name)


def address_of(widget: Widget) -> str:
    """Return the address that the widget's name states."""
    return ".".join(widget.names[1:]).replace("/", ".")


def by_address(
    widgets: Iterable[Widget], places: Mapping[str, Sequence[Place]] | None, form: Form
) -> dict[str, list[Widget]]:
    """Gather widgets by field address: by name, and by place where a tool has renamed them.

    `places` are those of the page by address, None for a page whose layout nobody knows.
    """
    found: dict[str, list[Widget]] = {}
    for widget in widgets:
        address: str | None = address_of(widget)
        if places is None:
            address = address if form.spec(address or "") else None
        elif address not in places:
            address = _at(widget.box, [place for own in places.values() for place in own])
        if address:
            found.setdefault(address, []).append(widget)
    return found


def evidence(spec: FieldSpec, widgets: Sequence[Widget], page: int) -> Evidence:
    """Return what the widgets of one field say."""
    first = widgets[0]
    if len(widgets) == 1 and first.kind == "Tx" and spec.type is not Kind.SIGNATURE:
        return Evidence(first.value, READER, page, first.box)
    raw, doubt = _held(spec, widgets)
    return Evidence(raw, READER, page, _hull([widget.box for widget in widgets]), doubt=doubt)


def laid_over(spec: FieldSpec, evidence: Evidence, over: Sequence[Annotation]) -> Evidence:
    """Return the evidence of a field with what a person laid over it: a signature, a text, a stroke."""
    texts = [note.text.strip() for note in over if note.kind == "FreeText" and note.text.strip()]
    if spec.type is Kind.SIGNATURE and not evidence.raw:
        said = [_SIGNS[note.kind] for note in over if note.kind in _SIGNS] + [TYPED + text for text in texts]
        return replace(evidence, raw=", ".join(dict.fromkeys(said)), doubt="") if said else evidence
    if evidence.doubt or not over:
        return evidence
    if texts:
        written = " ".join(texts)
        both = f"{evidence.raw} {written}".strip()
        return replace(evidence, raw=both, doubt=f"a person wrote {written!r} over the field")
    drawn = any(note.kind not in HARMLESS for note in over)
    return replace(evidence, doubt="something is drawn over the field") if drawn else evidence


def covering(annotations: Iterable[Annotation], boxes: Iterable[Box]) -> list[Annotation]:
    """Return the annotations that lie on any of the boxes."""
    boxes = list(boxes)
    return [note for note in annotations if any(_overlap(note.box, box) >= _COVERED for box in boxes)]


def _held(spec: FieldSpec, widgets: Sequence[Widget]) -> tuple[str, str]:
    """Return the text of a field and why it is not sure."""
    if widgets[0].kind == "Btn":
        return _marked(spec, widgets)
    if spec.type is Kind.SIGNATURE:
        return ", ".join(dict.fromkeys(_signed(widget) for widget in widgets if widget.value.strip())), ""
    values = {widget.value.strip(): widget.value for widget in widgets}
    raw = next(iter(values.values()))
    if len(values) > 1:
        return raw, f"the same field says {' and '.join(map(repr, values))}"
    return raw, ""


def _signed(widget: Widget) -> str:
    return widget.value if widget.kind == "Sig" else TYPED + widget.value.strip()


def _marked(spec: FieldSpec, widgets: Sequence[Widget]) -> tuple[str, str]:
    """Return the marked option of a choice, or the mark of a check box.

    What is shown (/AS) counts; a tool that sets only the value (/V) is understood when nothing is shown.
    """
    shown = [widget.on or widget.state for widget in widgets if widget.marked]
    held = [widget.on for widget in widgets if widget.value == widget.on != ""]
    doubt = ""
    if len(shown) > 1:
        doubt = f"{len(shown)} options are marked: {', '.join(shown)}"
    elif shown and widgets[0].value not in ("", *shown):
        doubt = f"it shows {shown[0]!r} and holds {widgets[0].value!r}"
    marked = shown or held
    if spec.type is Kind.CHECK:
        return (CHECKED if marked else ""), doubt
    return " / ".join(marked), doubt


def _at(box: Box, places: Sequence[Place]) -> str | None:
    best = max(places, key=lambda place: _shared(box, place.box), default=None)
    return best.address if best and _shared(box, best.box) >= _LEAST_OVERLAP else None


def _intersection(one: Box, other: Box) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return width * height if width > 0 and height > 0 else 0.0


def _area(box: Box) -> float:
    return max((box[2] - box[0]) * (box[3] - box[1]), 1e-6)


def _shared(one: Box, other: Box) -> float:
    """Return the common part of two boxes, as a part of all that they cover."""
    common = _intersection(one, other)
    return common / (_area(one) + _area(other) - common)


def _overlap(one: Box, other: Box) -> float:
    """Return the common part of two boxes, as a part of the smaller one."""
    return _intersection(one, other) / min(_area(one), _area(other))


def _hull(boxes: Sequence[Box]) -> Box:
    left, bottom, right, top = zip(*boxes, strict=True)
    return min(left), min(bottom), max(right), max(top)
