"""What print that nobody touches leaves over on a page: the measure for the print that somebody may have changed.

A fax breaks thin strokes and a soft scan fills gaps, all over the page alike. How much, the form's own words tell:
nobody alters these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import cv2
import numpy as np

from cmforms.read.ocr.likeness import Likeness, likeness
from cmforms.read.ocr.lines import Ink
from cmforms.read.ocr.request import SHARP, Grey, Usual

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""

_DARK = 150
_WORD_GAP = (3, 21)
_HEIGHTS = (12, 40)
_WIDTHS = (80, 900)
_WIDEST = 300
_FRAME = 8
_MOST, _FEWEST = 16, 4
"""Words of a page: so many are looked at, and of fewer a clean scan is assumed."""


def usual(seen: Grey, issued: Grey, fields: Iterable[Box]) -> Usual:
    """Hold the words outside the fields of a page against the page as issued; both lie in template space."""
    words = list(_words(issued, fields))
    chosen = words[:: -(-len(words) // _MOST)] if words else []
    found = [alike for word in chosen if (alike := _alike(seen, issued, word))]
    if len(found) < _FEWEST:
        return SHARP
    return Usual(float(np.median([one.worst for one in found])), float(np.median([one.bar for one in found])))


def _words(issued: Grey, fields: Iterable[Box]) -> Iterator[Sequence[int]]:
    """Yield left, top, width and height of some words of a line outside all fields, from the top."""
    dark = (issued < _DARK).astype(np.uint8)
    for left, top, right, bottom in fields:
        dark[max(top, 0) : bottom, max(left, 0) : right] = 0
    joined = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones(_WORD_GAP, np.uint8))
    for left, top, width, height, _ in cv2.connectedComponentsWithStats(joined, connectivity=8)[2][1:].tolist():
        if _HEIGHTS[0] <= height <= _HEIGHTS[1] and _WIDTHS[0] <= width <= _WIDTHS[1]:
            yield left, top, min(width, _WIDEST), height


def _alike(seen: Grey, issued: Grey, word: Sequence[int]) -> Likeness | None:
    left, top, width, height = word
    part = (slice(max(top - _FRAME, 0), top + height + _FRAME), slice(max(left - _FRAME, 0), left + width + _FRAME))
    return likeness(Ink(np.ascontiguousarray(seen[part])).depth, np.ascontiguousarray(issued[part]))
