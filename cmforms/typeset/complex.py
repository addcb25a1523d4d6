"""Lay out a line that is not plain: cut it into runs of one face and one level, shape them, order them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from cmforms.typeset import bidi
from cmforms.typeset.faces import Face
from cmforms.typeset.glyphs import GlyphRun, is_ignorable, is_mark, is_plain, plain_run
from cmforms.typeset.harfbuzz import shape_run


class Faces(Protocol):
    """Where the faces come from."""

    def base(self, bold: bool = False) -> Face:
        """Return the face of ordinary text."""

    def find(self, char: str, bold: bool) -> Face | None:
        """Return the first face that has the character."""


def shape_line(faces: Faces, text: str, bold: bool, rtl: bool | None) -> list[GlyphRun]:
    """Return the runs of a line (in normal form C) from left to right; `rtl` is its base direction."""
    base = bidi.base_level(text) if rtl is None else int(rtl)
    levels = bidi.levels(text, base) if base or bidi.needs_order(text) else [0] * len(text)
    cuts = list(_cuts(faces, text, levels, bold))
    runs = [_run(face, text[start:end], rtl=levels[start] % 2 == 1) for start, end, face in cuts]
    return bidi.visual(runs, [levels[start] for start, _, _ in cuts])


def _cuts(faces: Faces, text: str, levels: Sequence[int], bold: bool) -> Iterator[tuple[int, int, Face]]:
    """Yield (start, end, face) of the stretches of one face and one level."""
    start, face = 0, _choose(faces, text[0], None, bold)
    for index in range(1, len(text)):
        following = _choose(faces, text[index], face, bold)
        if following is not face or levels[index] != levels[start]:
            yield start, index, face
            start, face = index, following
    yield start, len(text), face


def _choose(faces: Faces, char: str, current: Face | None, bold: bool) -> Face:
    """Keep marks, joiners and spaces with the face before them; prefer the base face otherwise."""
    base = faces.base(bold)
    if current is None or is_ignorable(char):
        return (current or faces.find(char, bold)) or base
    clings = char == " " or is_mark(char) or not base.glyph(char)
    if clings and current.glyph(char):
        return current
    return faces.find(char, bold) or base


def _run(face: Face, text: str, *, rtl: bool) -> GlyphRun:
    if not rtl and not face.shaped and all(map(is_plain, text)):
        return plain_run(face, text)
    return GlyphRun(face, text, shape_run(face, text, rtl=rtl), shaped=True, rtl=rtl)
