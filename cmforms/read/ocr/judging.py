"""When a printed value is taken as confirmed: what the pictures must be like if so many readers agree.

What is left over of a text is measured by what is usually left over of print on the same page: a fax breaks strokes
that a clean scan shows whole. The limits stand where the development crops, altered letter by letter, had no altered
text below them, but for i, l and I on a fax of 98 lines an inch, which no longer shows them apart.
"""

from __future__ import annotations

from cmforms.read.ocr.likeness import Likeness
from cmforms.read.ocr.request import Usual

_SAME = 1.5
"""So many times what is usual, at most, for the pictures' word alone."""

_SHARP = 0.15
"""What is below that is the same on any page."""

_ALWAYS_OTHER = 0.30
"""The dot of an i or an accent that is gone leaves little more than that on any page: then a reader must speak."""

_COARSE = 0.28
"""What is usually left over on a fax of 98 lines an inch, and not on finer ones: only there one reader is enough."""

_ABOUT = (1.25, 0.5)
"""For the word of pictures and one reader but for common slips: the first times what is usual, at most the second.
Other letters leave 1.6 times the usual and more."""

_LIKE = (1.5, 0.55)
"""The same if the reader reads just that."""

_NEAR = (2.0, 0.45, 0.72)
"""For the word of pictures and both readers: the first times what is usual, at least the second, at most the third."""

_LINE = (0.07, 1.7)
"""A line drawn through letters leaves more than the first, and than so many times what is usual."""

_DUST = (4, 7)
"""Pixels, at 200 dpi: longer ink beside the print was written there; the second if a reader finds nothing in it."""


def same(alike: Likeness, usual: Usual) -> bool:
    """Tell whether the pictures alone confirm the text."""
    return alike.worst <= min(max(_SAME * usual.worst, _SHARP), _ALWAYS_OTHER) and _unmarked(alike, usual, 0)


def about(alike: Likeness, usual: Usual) -> bool:
    """Tell whether the pictures confirm a text that one reader gives but for common slips."""
    return _with_one(alike, usual, _ABOUT)


def like(alike: Likeness, usual: Usual) -> bool:
    """Tell whether the pictures confirm a text that one reader gives."""
    return _with_one(alike, usual, _LIKE)


def near(alike: Likeness, usual: Usual) -> bool:
    """Tell whether the pictures confirm a text that both readers give."""
    times, least, most = _NEAR
    return alike.worst <= min(max(times * usual.worst, least), most) and _unmarked(alike, usual, 1)


def _with_one(alike: Likeness, usual: Usual, limit: tuple[float, float]) -> bool:
    coarse = usual.worst > _COARSE
    return coarse and alike.worst <= min(limit[0] * usual.worst, limit[1]) and _unmarked(alike, usual, 1)


def _unmarked(alike: Likeness, usual: Usual, readers: int) -> bool:
    """Tell whether nothing was drawn through the text or written beside it."""
    line = max(_LINE[0], _LINE[1] * usual.bar)
    return alike.bar <= line and alike.beside <= _DUST[readers]
