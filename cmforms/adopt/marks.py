"""The marks of check boxes and radio buttons as outlines.

Forms set them in ZapfDingbats, which is not embedded; a viewer without that font shows a marked box as empty.
"""

from __future__ import annotations

import re
from math import cos, pi, sin

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from cmforms.acroform import FormWidget, name_syntax

_SHOWN = re.compile(rb"BT\b(?:(?!\bET\b).)*?/(?:ZaDb|ZapfDingbats\S*)\s.*?\bET\b", re.DOTALL)
_STRING = re.compile(rb"\((.)\)\s*Tj|<([0-9a-fA-F]{2})>\s*Tj")
_COLOUR = re.compile(rb"(?:-?\d*\.?\d+\s+){1,4}(?:g|rg|k)(?![a-zA-Z])")
_CHECK, _CROSS, _CIRCLE, _DIAMOND, _SQUARE, _STAR = b"48lunH"
_ON = "Yes"


def draw_mark(pdf: Pdf, widget: FormWidget) -> None:
    """Give a button's widget a mark that every viewer can draw; looks that need no font stay as they are."""
    if widget.on is None:
        _add_looks(pdf, widget)
        return
    for looks in (widget.held.AP.get("/N"), widget.held.AP.get("/D")):
        if isinstance(looks, Dictionary) and not isinstance(looks, Stream):
            for name in list(looks.keys()):
                if isinstance(look := looks[name], Stream):
                    _redraw(look, _box(look))
            _complete(pdf, looks, widget)


def _complete(pdf: Pdf, looks: Object, widget: FormWidget) -> None:
    """Add the on-state where a form has it in only one of its looks."""
    if widget.on and all(name_syntax(name) != widget.on for name in looks.keys()):  # noqa: SIM118 - no mapping
        name = Name("/" + re.sub(r"#(..)", lambda code: chr(int(code[1], 16)), widget.on))
        looks[name] = _look(pdf, widget, _outline(_CROSS, _size(widget)))


def _redraw(look: Stream, size: tuple[float, float]) -> None:
    data = look.read_bytes()

    def outlined(text: re.Match[bytes]) -> bytes:
        shown = _STRING.search(text[0])
        if not shown:
            return text[0]
        mark = shown[1][0] if shown[1] else int(shown[2], 16)
        colour = (_COLOUR.findall(text[0]) or [b""])[-1]
        return b"q %b\n%bQ" % (colour, _outline(mark, size))

    drawn = _SHOWN.sub(outlined, data)
    if drawn != data:
        look.write(drawn)


def _add_looks(pdf: Pdf, widget: FormWidget) -> None:
    states = {f"/{_ON}": _look(pdf, widget, _outline(_CROSS, _size(widget))), "/Off": _look(pdf, widget, b"")}
    widget.held.AP = Dictionary(N=Dictionary(states))
    widget.held.AS = Name.Off


def _look(pdf: Pdf, widget: FormWidget, data: bytes) -> Stream:
    return Stream(pdf, data, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, *_size(widget)]))


def _size(widget: FormWidget) -> tuple[float, float]:
    left, bottom, right, top = widget.box
    return right - left, top - bottom


def _box(look: Stream) -> tuple[float, float]:
    box = [float(side) for side in look.get("/BBox", [0, 0, 10, 10])]
    return box[2] + box[0], box[3] + box[1]


def _outline(mark: int, size: tuple[float, float]) -> bytes:
    """Draw a mark in the middle of a box, whose far corner less its near one is `size`."""
    x, y, half = size[0] / 2, size[1] / 2, min(size) * 0.32
    if mark == _CIRCLE:
        return _polygon([(x + half * cos(a * pi / 16), y + half * sin(a * pi / 16)) for a in range(32)])
    if mark == _DIAMOND:
        return _polygon([(x + half, y), (x, y + half), (x - half, y), (x, y - half)])
    if mark == _SQUARE:
        return _polygon([(x + half, y + half), (x - half, y + half), (x - half, y - half), (x + half, y - half)])
    if mark == _STAR:
        rays = [(half * (1.1 if a % 2 == 0 else 0.45), (a / 5 + 0.5) * pi) for a in range(10)]
        return _polygon([(x + r * cos(a), y + r * sin(a)) for r, a in rays])
    if mark in (_CHECK, ord("3")):
        tip = [(-1.0, 0.0), (-0.7, 0.28), (-0.3, -0.28), (0.75, 1.0), (1.0, 0.78), (-0.3, -1.0)]
        return _polygon([(x + half * dx, y + half * dy) for dx, dy in tip])
    arm = 0.22
    cross = [
        (0, arm), (1 - arm, 1), (1, 1 - arm), (arm, 0), (1, arm - 1), (1 - arm, -1),
        (0, -arm), (arm - 1, -1), (-1, arm - 1), (-arm, 0), (-1, 1 - arm), (arm - 1, 1),
    ]  # fmt: skip
    return _polygon([(x + half * dx, y + half * dy) for dx, dy in cross])


def _polygon(points: list[tuple[float, float]]) -> bytes:
    path = [b"%.2f %.2f %b" % (x, y, b"l" if at else b"m") for at, (x, y) in enumerate(points)]
    return b"\n".join((*path, b"h f\n"))
