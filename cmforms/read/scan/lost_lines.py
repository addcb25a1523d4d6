"""Lines that a fax lost on the way: rows of a black and white page that do not show what stood there.

A machine that cannot decode a line leaves it white (ITU-T T.4, 2.4.3) or prints the line before it once more. Where
many strokes end above a white row and go on below it, or a row repeats all of many strokes to the pixel, nobody wrote
so: the row is drawn again from its neighbours, grey where these differ.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_MOST = 3
"""Rows that are lost at once; a wider gap is one between lines of print."""

_FEWEST = 6
"""Strokes that must go on: the dots of a few i's stand above their stems just so."""

_SHARE = 0.4
"""The part of the paler row's ink that must go on. Between lines of print hardly any does."""

_RULE = 40
"""Pixels across: longer ink is a rule, which any stroke would meet."""

_REPEATED = 14
"""Strokes of a row that is a copy: two rows of print differ somewhere, and upright rules are fewer."""

_MOST_COPIES = 24
"""Rows of a page; of more, a machine has drawn each line twice, and lost none."""


Around = tuple[int, int]
"""The row before and the row after some that are lost."""


def lost_lines(pixels: NDArray[np.uint8]) -> list[Around]:
    """Return where a page of black (0) and white (255) has lost lines."""
    black = pixels < 128
    rows = np.flatnonzero(black.any(axis=1))
    steps = np.diff(rows)
    gaps = np.flatnonzero((steps > 1) & (steps <= _MOST + 1))
    white = [(int(rows[at]), int(rows[at + 1])) for at in gaps if _goes_on(black[rows[at]], black[rows[at + 1]])]
    return white + _repeated(black)


def mended(pixels: NDArray[np.uint8], lost: Sequence[Around]) -> NDArray[np.uint8]:
    """Return a page with its lost lines drawn again."""
    whole = pixels.copy() if lost else pixels
    for above, below in lost:
        whole[above + 1 : below] = pixels[[above, below]].mean(axis=0)
    return whole


def _goes_on(above: NDArray[np.bool_], below: NDArray[np.bool_]) -> bool:
    """Tell whether the strokes of one row are those of the other."""
    above, below = _without_rules(above), _without_rules(below)
    both = above & below
    return _strokes(both) >= _FEWEST and both.sum() >= _SHARE * min(above.sum(), below.sum())


def _without_rules(row: NDArray[np.bool_]) -> NDArray[np.bool_]:
    turns = np.flatnonzero(np.diff(row, prepend=False, append=False))
    kept = row.copy()
    for start, end in turns.reshape(-1, 2):
        kept[start:end] = end - start <= _RULE
    return kept


def _repeated(black: NDArray[np.bool_]) -> list[Around]:
    """Return the rows before and after those that are copies, of so many strokes, of the row before."""
    same = np.flatnonzero((black[1:] == black[:-1]).all(axis=1))
    copies = [row for row in same if _strokes(black[row]) >= _REPEATED]
    if not copies or len(copies) > _MOST_COPIES:
        return []
    runs = np.split(copies, np.flatnonzero(np.diff(copies) > 1) + 1)
    return [(int(run[0]), int(run[-1]) + 2) for run in runs if len(run) <= _MOST and run[-1] + 2 < len(black)]


def _strokes(row: NDArray[np.bool_]) -> int:
    return int((row[1:] & ~row[:-1]).sum())
