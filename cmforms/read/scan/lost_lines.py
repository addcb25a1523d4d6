"""Lines that a fax lost on the way: rows of a black and white page that are white although strokes go through them.

A machine that cannot decode a line leaves it white (ITU-T T.4, 2.4.3). Where many strokes end above such a row and go
on below it, nobody wrote so: the row is drawn again from its neighbours, grey where these differ.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_MOST = 3
"""Rows that are lost at once; a wider gap is one between lines of print."""

_FEWEST = 6
"""Strokes that must go on: the dots of a few i's stand above their stems just so."""

_SHARE = 0.18
"""The part of the blacker row's ink that must go on; of a rule under print it is a tenth at most."""


def mended(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a page of black (0) and white (255) with its lost lines drawn again."""
    black = pixels < 128
    rows = np.flatnonzero(black.any(axis=1))
    steps = np.diff(rows)
    gaps = np.flatnonzero((steps > 1) & (steps <= _MOST + 1))
    lost = [(rows[at], rows[at + 1]) for at in gaps if _goes_on(black[rows[at]], black[rows[at + 1]])]
    whole = pixels.copy() if lost else pixels
    for above, below in lost:
        whole[above + 1 : below] = pixels[[above, below]].mean(axis=0)
    return whole


def _goes_on(above: NDArray[np.bool_], below: NDArray[np.bool_]) -> bool:
    """Tell whether the strokes of one row are those of the other."""
    both = above & below
    strokes = int((both[1:] & ~both[:-1]).sum())
    return strokes >= _FEWEST and both.sum() >= _SHARE * max(above.sum(), below.sum())
