"""Straight lines in the ink of a page, such as the frames of stamps have and signatures have not."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

LENGTH = 80
"""Pixels at 200 dpi (10 mm): a pen's stroke that long bends, or has others close beside it."""

Ends = tuple[int, int, int, int]
"""x, y of one end of a line, x, y of the other."""

APART = (60, 280)
"""Pixels at 200 dpi between the two long sides of a stamp's frame: 8 to 36 mm."""

_GAP = 6
_TURNED = np.cos(np.radians(4))
_FACING = 0.5
_VOTES = 40
_COVERED, _BESIDE = 0.85, 0.3
_ASIDE = 9
_REACH = 2


def straight_lines(mask: NDArray[np.uint8]) -> list[Ends]:
    """Return the lines in a mask (1 for ink) that are long, straight and alone."""
    found = cv2.HoughLinesP(mask, 1, np.pi / 360, _VOTES, minLineLength=LENGTH, maxLineGap=_GAP)
    lines = () if found is None else found.reshape(-1, 4)
    ends = ((int(x0), int(y0), int(x1), int(y1)) for x0, y0, x1, y1 in lines)
    return [each for each in ends if _is_alone(mask, each)]


def frames(lines: Sequence[Ends]) -> list[NDArray[np.int32]]:
    """Return the corners of what lies between two lines that face each other, as the sides of a frame do."""
    return [corners for one, other in combinations(lines, 2) if (corners := _between(one, other)) is not None]


def _between(one: Ends, other: Ends) -> NDArray[np.int32] | None:
    (a, b), (c, d) = (np.array(ends, dtype=float).reshape(2, 2) for ends in (one, other))
    along = (b - a) / np.linalg.norm(b - a)
    turned = abs(float(np.dot(along, d - c))) / float(np.linalg.norm(d - c))
    apart = abs(float(along[0] * (c - a)[1] - along[1] * (c - a)[0]))
    if turned < _TURNED or not APART[0] <= apart <= APART[1]:
        return None
    first, second = (sorted((float(np.dot(along, p - a)), float(np.dot(along, q - a)))) for p, q in ((a, b), (c, d)))
    facing = min(first[1], second[1]) - max(first[0], second[0])
    if facing < _FACING * min(first[1] - first[0], second[1] - second[0]):
        return None
    return np.asarray(cv2.convexHull(np.array([a, b, c, d], dtype=np.float32)), dtype=np.int32)


def _is_alone(mask: NDArray[np.uint8], ends: Ends) -> bool:
    """Tell whether there is ink all along a line and hardly any on either side of it."""
    on, *beside = (_cover(mask, ends, aside) for aside in (0, -_ASIDE, _ASIDE))
    return on >= _COVERED and max(beside) <= _BESIDE


def _cover(mask: NDArray[np.uint8], ends: Ends, aside: int) -> float:
    """Return the part of a line, moved aside by some pixels, where there is ink."""
    x0, y0, x1, y1 = ends
    length = float(np.hypot(x1 - x0, y1 - y0))
    across = np.array([y0 - y1, x1 - x0]) / length
    way = np.linspace((x0, y0), (x1, y1), round(length)) + across * aside
    seen = np.zeros(len(way), dtype=bool)
    for shift in range(-_REACH, _REACH + 1) if aside == 0 else (0,):
        x, y = np.round(way + across * shift).astype(int).T
        inside = (x >= 0) & (y >= 0) & (x < mask.shape[1]) & (y < mask.shape[0])
        seen[inside] |= mask[y[inside], x[inside]] > 0
    return float(seen.mean())
