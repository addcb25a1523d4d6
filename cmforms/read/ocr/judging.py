"""When a printed value is taken as confirmed: what the pictures must be like if so many readers agree.

What is left over of a text is measured by what is usually left over of print on the same page: a fax breaks strokes
that a clean scan shows whole. Signs that look alike leave little when one became the other, so they are asked by name:
see `rivals`. The limits stand where the development crops, altered letter by letter, had no altered text below them.
"""

from __future__ import annotations

from math import isinf

from cmforms.read.ocr.likeness import Likeness
from cmforms.read.ocr.request import Usual

_SAME = 1.5
"""So many times what is usual, at most, for the pictures' word alone."""

_SHARP = 0.15
"""What is below that is the same on any page."""

_ALWAYS_OTHER = 0.24
"""The dot of an i or an accent that is gone leaves little more than that on any page: then its rivals must be asked."""

_CLEAR = ((1.3, 0.38), (2.0, 0.2))
"""For the pictures' word alone: so many times what is usual where the best rival explains no more than the second; on
a scan the last alone counts."""

_SPOTLESS = 0.2
"""What is usually left over of a scan, at most: there dust is told from strokes, and rivals explain next to nothing."""

_UNTOLD = 0.3
"""At most, for the pictures' word alone on signs whose look-alikes nobody has listed."""

_OTHER = 0.6
"""What is left over of any text but the issued one on a clean scan."""

_COARSE = 0.28
"""What is usually left over on a fax of 98 lines an inch, and not on finer ones: only there one reader is enough."""

_ABOUT = (1.25, 0.5, 0.4)
"""For the word of pictures and one reader but for common slips: the first times what is usual, at most the second, and
what the best rival may explain. Other letters leave 1.6 times the usual and more."""

_LIKE = (1.5, 0.55, 0.7)
"""The same if the reader reads just that."""

_KNOWN = (1.6, 0.55, 0.38)
"""The same on pages of any kind, where the rivals were asked and none explains more than the last."""

_NEAR = (2.0, 0.45, 0.72)
"""For the word of pictures and both readers: the first times what is usual, at least the second, at most the third."""

_TOLD = 0.75
"""What the best rival may explain at most, whoever reads what."""

_LINE = (0.05, 1.5)
"""Print that nobody struck out leaves along a line no more than the first and so many times what is usual, together."""

_STRUCK = (0.17, 0.04)
"""The palest line that was drawn through print left more than the first, and more than usual by the second."""

_DUST = 7
"""Pixels, at 200 dpi: longer ink beside the print was written there."""


def same(alike: Likeness, usual: Usual) -> bool:
    """Tell whether the pictures alone confirm the text, whatever else it might be."""
    return alike.worst <= min(max(_SAME * usual.worst, _SHARP), _ALWAYS_OTHER) and _unmarked(alike, usual)


def clear(alike: Likeness, usual: Usual) -> bool:
    """Tell whether the pictures alone confirm the text, since no rival explains what they differ by."""
    if alike.rival is not None and isinf(alike.rival):
        told = alike.worst <= min(_SAME * usual.worst, _UNTOLD)
    else:
        steps = _CLEAR[1:] if spotless(usual) else _CLEAR
        told = any(alike.worst <= times * usual.worst and _told(alike, share) for times, share in steps)
    return told and alike.worst <= _OTHER and _unmarked(alike, usual)


def about(alike: Likeness, usual: Usual) -> bool:
    """Tell whether the pictures confirm a text that one reader gives but for common slips."""
    return usual.worst > _COARSE and _within(alike, usual, _ABOUT)


def like(alike: Likeness, usual: Usual) -> bool:
    """Tell whether the pictures confirm a text that one reader gives."""
    if usual.worst > _COARSE and _within(alike, usual, _LIKE):
        return True
    return alike.rival is not None and _within(alike, usual, _KNOWN)


def near(alike: Likeness, usual: Usual) -> bool:
    """Tell whether the pictures confirm a text that both readers give."""
    times, least, most = _NEAR
    close = alike.worst <= min(max(times * usual.worst, least), most)
    return close and (alike.rival is None or _told(alike, _TOLD)) and _unmarked(alike, usual)


def spotless(usual: Usual) -> bool:
    """Tell whether a page's print is so sharp that a spot on it is dust."""
    return usual.worst <= _SPOTLESS


def _within(alike: Likeness, usual: Usual, limit: tuple[float, float, float]) -> bool:
    times, most, share = limit
    close = alike.worst <= min(times * usual.worst, most) and (alike.rival is None or _told(alike, share))
    return close and _unmarked(alike, usual)


def _told(alike: Likeness, share: float) -> bool:
    """Tell whether it is known that no rival explains more than a share of what is left over."""
    return alike.rival is not None and alike.rival <= share


def _unmarked(alike: Likeness, usual: Usual) -> bool:
    """Tell whether nothing was drawn through the text or written beside it.

    Where lines were lost, half of a stroke may be; where letters leave more than usual, much of it may lie on them, as
    when a fax makes dots of a pencil's line. What is then left of it beside them counts as twice as much.
    """
    line = min(_LINE[0] + _LINE[1] * usual.bar, max(_STRUCK[0], _STRUCK[1] + usual.bar))
    torn = alike.left is not None and alike.left.torn
    if torn or alike.worst > max(_SAME * usual.worst, _SHARP):
        line = (line + usual.bar) / 2
    return alike.bar <= line and alike.beside <= _DUST
