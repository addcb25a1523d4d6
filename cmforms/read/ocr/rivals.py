"""Would another sign explain better what is seen than the issued one does?

For each sign of an issued text those that look like it are drawn in its place, as this picture would show them. Where
one of them stands on the paper, the difference between both drawings is what the issued page leaves over: its share in
that is 1, and near 0 where the issued sign stands.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import cv2
import numpy as np

from cmforms.read.ocr.likeness import SOFTNESS, Remainder
from cmforms.read.ocr.lines import Plane
from cmforms.read.ocr.request import Sign
from cmforms.typeset.outlines import outline

_ALIKE = (
    "ilI1|!jJłtfr()/", "aeocz", "ao", "sxz", "nuhm", "nr", "hbk", "bdo6", "gqy9", "vyxuw", "rtcz", "kXKx", "oø", "cz",
    "DO0QUGC", "OØ", "B8R&", "5S", "Z2", "7T?1", "EFPCL", "HNMKXW", "VYv", "LIŁt", "dđ", "DĐ", "A4", "0123456789",
    "689G&", ".,:;'-", "абвгдеєёжзиіїйклмнопрстуфхцчшщъыьэюя", "АБВГДЕЄЁЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ",
)  # fmt: skip
_MARKS = "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u0309\u030a\u0323"
_MARKS_OF_CONSONANTS = "\u0301\u0303\u0307\u030c\u0327"
_SCRIPTS = ("LATIN", "CYRILLIC", "DIGIT")
_FINER = 4
_SHIFT = 4
_SUBPIXELS = 1 << _SHIFT
_PLACES = 2
"""Drawings of a sign are kept for so many places within a pixel, across and down."""

_FAINTEST = 0.5
"""Rivals that differ by less, as a sum of squares, are the same sign on paper."""

_SEEN = 0.5
"""The part of what a rival differs by that must lie outside lost lines; of less nobody can say which sign it is."""

_UNTOLD = 0.5
"""The least share of a rival that the picture cannot tell from the sign: a reader must, sign for sign (`judging`)."""


class _Place(NamedTuple):
    """Where a sign starts beside its usual pixel, to the right and down, in places."""

    across: int
    down: int


def strongest(signs: Sequence[Sign], left: Remainder) -> float:
    """Return the share of the rival that explains most of what is left over; infinite where none are known."""
    return max((_share(sign, left) for sign in signs), default=float("inf"))


def _share(sign: Sign, left: Remainder) -> float:
    rivals = _rivals(sign.text)
    if rivals is None:
        return float("inf")
    if not rivals:
        return 0.0
    (column, x), (row, y) = (divmod(side, 1) for side in left.place(sign))
    size, at = round(sign.size, 1), _Place(int(x * _PLACES), int(y * _PLACES))
    across, up = _start(size)
    window = int(row) - up, int(column) - across, _canvas(size)
    rest, told = left.around(*window).reshape(-1), left.told_around(*window)
    own = _drawn(sign.text, size, at) @ rest
    likes = np.stack([_drawn(rival, size, _aside(at, sign.text, rival, size)) @ rest for rival in rivals]) - own
    powers = np.stack([_power(sign.text, rival, size, at) for rival in rivals])
    weights = left.weights
    powers = powers @ weights @ weights
    shares = likes @ weights / np.maximum(powers, _FAINTEST)
    if told is not None:
        differ = np.stack([_differ(sign.text, rival, size, at).T @ weights for rival in rivals]) * told.reshape(-1)
        seen = (differ**2).sum(axis=1)
        hidden = (powers > _FAINTEST) & (seen < _SEEN * powers)
        shares = np.where(hidden, np.maximum(shares, _UNTOLD), differ @ rest / np.maximum(seen, _FAINTEST))
    return float(shares.max())


@lru_cache(maxsize=1 << 14)
def _power(own: str, rival: str, size: float, at: _Place) -> Plane:
    """Return the products of what two signs differ by, of each softness with each."""
    differ = _differ(own, rival, size, at)
    products: Plane = differ @ differ.T
    return products


def _differ(own: str, rival: str, size: float, at: _Place) -> Plane:
    difference: Plane = _drawn(rival, size, _aside(at, own, rival, size)) - _drawn(own, size, at)
    return difference


@cache
def _rivals(char: str) -> tuple[str, ...] | None:
    """Return the signs that look like one; None for those of scripts whose look-alikes nobody has listed."""
    if not outline(char) or (char.isalpha() and not unicodedata.name(char, "").startswith(_SCRIPTS)):
        return None
    own = {char, unicodedata.normalize("NFD", char)[0]}
    found = {sign for group in _ALIKE if own & set(group) for sign in group} | set(_accented(char))
    return tuple(sorted(sign for sign in found - {char} if outline(sign)))


def _accented(char: str) -> Iterator[str]:
    """Yield a letter with another mark, with one more, and with none."""
    if char.isalpha():
        whole = unicodedata.normalize("NFD", char)
        heads = (whole[0], whole[:2])
        marks = _MARKS if whole[0].lower() in "aeiouy" else _MARKS_OF_CONSONANTS + whole[1:]
        for sign in (unicodedata.normalize("NFC", head + mark) for head in heads for mark in ("", *marks)):
            if len(sign) == 1:
                yield sign


def _aside(at: _Place, own: str, rival: str, size: float) -> _Place:
    """Return where a rival stands in the middle of a sign's room: the word around it was laid so."""
    room = [found.advance if (found := outline(sign)) else 0.0 for sign in (own, rival)]
    return at._replace(across=at.across + round((room[0] - room[1]) * size / 2000 * _PLACES))


@lru_cache(maxsize=2560)
def _drawn(char: str, size: float, at: _Place) -> Plane:
    """Return the ink of a sign, 0 to 1, a row of pixels for each softness."""
    height, width = _canvas(size)
    start = [side + (place + 0.5) / _PLACES for side, place in zip(_start(size), at, strict=True)]
    found = outline(char)
    places = [np.array(contour) * (size / 1000, -size / 1000) + start for contour in (found.contours if found else ())]
    contours = [np.round((points * _FINER - 0.5) * _SUBPIXELS).astype(np.int32) for points in places]
    fine = np.zeros((height * _FINER, width * _FINER), np.uint8)
    cv2.fillPoly(fine, contours, 255, cv2.LINE_8, _SHIFT)
    ink = cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return np.stack([cv2.GaussianBlur(ink, (0, 0), softness).reshape(-1) for softness in SOFTNESS])


def _canvas(size: float) -> tuple[int, int]:
    """Return the rows and columns of the drawing of a sign of this size."""
    return int(1.45 * size) + 8, int(1.3 * size) + 8


def _start(size: float) -> tuple[int, int]:
    """Return how far right and down in its drawing a sign of this size starts."""
    return int(0.2 * size) + 4, int(1.1 * size) + 4
