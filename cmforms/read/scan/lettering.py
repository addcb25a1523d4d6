"""Rows of letters in the ink of a page, such as stamps have: of one height, on one straight line, close together.

Hands hardly write so: in a signature letters run into one another, and initials are few and uneven.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from cmforms.read.scan.difference import Rect

FEWEST, LONG = 3, 2.2
"""Pieces of a row, some of which may be two letters that touch, and its length in heights: more than initials have."""

LETTER = (12, 120)
"""The height of a stamp's letters in pixels at 200 dpi: 1.5 to 15 mm."""

ALIKE = 0.09
"""How far heads and feet of a row's letters may lie off its lines, as a part of their height: print, blurred."""

_LEAST_OFF = 1.6
_APART = 1.3
_TURNS = np.radians(np.arange(-16, 16.1, 1.0))


class _Letters(NamedTuple):
    """Pieces of ink, seen along a direction: where each begins and ends along it and across it."""

    left: NDArray[np.float64]
    right: NDArray[np.float64]
    head: NDArray[np.float64]
    foot: NDArray[np.float64]


def has_lettering(mask: NDArray[np.uint8], part: Rect) -> bool:
    """Tell whether a row of letters in a mask (1 for ink) reaches into a part of it."""
    contours = cv2.findContours(np.ascontiguousarray(mask), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]
    pieces = [piece.reshape(-1, 2) for piece in contours if _is_sized(cv2.boundingRect(piece))]
    if len(pieces) < FEWEST:
        return False
    inside = np.array([_reaches(piece, part) for piece in pieces])
    return any(inside[row].any() for turn in _TURNS for row in _rows(_along(pieces, float(turn))))


def _is_sized(box: Sequence[int]) -> bool:
    return LETTER[0] <= max(box[2:]) <= LETTER[1]


def _reaches(piece: NDArray[Any], part: Rect) -> bool:
    left, top, right, bottom = part
    x, y = piece.T
    return bool(((x >= left) & (x < right) & (y >= top) & (y < bottom)).any())


def _along(pieces: Sequence[NDArray[Any]], turn: float) -> _Letters:
    turned = [piece @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) for piece in pieces]
    low, high = (np.array([end(piece, axis=0) for piece in turned]) for end in (np.min, np.max))
    return _Letters(low[:, 0], high[:, 0], low[:, 1], high[:, 1])


def _rows(letters: _Letters) -> Iterator[list[int]]:
    """Yield the letters that stand in a row with each one, itself among them, where there are enough."""
    for at, height in enumerate(letters.foot - letters.head):
        off = max(_LEAST_OFF, ALIKE * height)
        level = (abs(letters.head - letters.head[at]) <= off) & (abs(letters.foot - letters.foot[at]) <= off)
        if height >= LETTER[0] and level.sum() >= FEWEST:
            row = _unbroken(letters, np.flatnonzero(level), _APART * height)
            if len(row) >= FEWEST and letters.right[row].max() - letters.left[row].min() > LONG * height:
                yield row


def _unbroken(letters: _Letters, level: NDArray[np.intp], apart: float) -> list[int]:
    """Return the longest run of letters of a level that lie no further apart than that."""
    runs: list[list[int]] = [[]]
    for letter in level[np.argsort(letters.left[level])].tolist():
        if runs[-1] and letters.left[letter] - letters.right[runs[-1][-1]] > apart:
            runs.append([])
        runs[-1].append(letter)
    return max(runs, key=len)
