"""Shape one run of one face with HarfBuzz. Imported only when a text needs it: loading it takes time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby, pairwise

import uharfbuzz as hb

from cmforms.typeset.faces import BLANK, Face
from cmforms.typeset.glyphs import Glyph

# Stands for "no character of its own" where a cluster has more glyphs than characters.
_NO_CHARACTER = "\N{ZERO WIDTH SPACE}"


def shape_run(face: Face, text: str, *, rtl: bool) -> tuple[Glyph, ...]:
    """Return the positioned glyphs of `text` from left to right; default-ignorable characters vanish."""
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.direction = "rtl" if rtl else "ltr"
    # A fixed language: the guess would take it from the locale of the process.
    buffer.language = "und"
    buffer.flags = hb.BufferFlags.REMOVE_DEFAULT_IGNORABLES
    buffer.guess_segment_properties()
    hb.shape(shaper(face), buffer)
    infos, positions = buffer.glyph_infos, buffer.glyph_positions
    texts = _glyph_texts(text, [info.cluster for info in infos], rtl=rtl)
    glyphs: list[Glyph] = []
    scale = face.scale
    for info, place, chars in zip(infos, positions, texts, strict=True):
        glyph = Glyph(
            info.codepoint,
            chars,
            place.x_advance * scale,
            place.x_offset * scale,
            place.y_offset * scale,
        )
        glyphs += _one_character_each(glyph) if rtl and len(chars) > 1 else (glyph,)
    return tuple(glyphs)


def _one_character_each(glyph: Glyph) -> Iterator[Glyph]:
    """Give every character of a right-to-left ligature a code of its own, in visual order.

    Readers of PDF put right-to-left text into logical order character by character, and so would turn the
    characters of one code round.
    """
    for char in glyph.text[:0:-1]:
        yield Glyph(BLANK, char, 0.0)
    yield glyph._replace(text=glyph.text[0])


@cache
def shaper(face: Face) -> hb.Font:
    """Return the face as HarfBuzz works with it."""
    return hb.Font(hb.Face(hb.Blob(face.data)))


def _glyph_texts(text: str, clusters: Sequence[int], *, rtl: bool) -> list[str]:
    """Share the characters of each cluster out to its glyphs, in reading order."""
    starts = sorted(set(clusters))
    if len(starts) == len(clusters) == len(text):
        return list(reversed(text) if rtl else text)
    ends = dict(pairwise([*starts, len(text)]))
    texts: list[str] = []
    for start, group in groupby(clusters):
        shares = _shares(text[start : ends[start]], len(list(group)))
        texts += reversed(shares) if rtl else shares
    return texts


def _shares(chars: str, count: int) -> list[str]:
    """Cut `chars` into `count` parts: one character each, and what is left to the last."""
    parts = [*chars[: count - 1], chars[count - 1 :]]
    return [part or _NO_CHARACTER for part in parts] + [_NO_CHARACTER] * (count - len(parts))
