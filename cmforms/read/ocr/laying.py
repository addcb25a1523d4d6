"""The ink of the issued crop laid over the returned one: word by word first, then bent as paper bends."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from cmforms.read.ocr.lines import Plane

Word = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""

_REACH = 4
"""Pixels by which a word may stand off its place."""

_DRAWN = 0.25
_LETTER_GAP = 6
_LINE_GAP = 5
_SMALLEST = 8
_MATCHED = 0.8

_BENDS = 2
_WINDOW = (11, 11)
_BEND_REACH = 0.75
_STIFF = 0.05


class Laid(NamedTuple):
    """Drawn ink, 0 to 1, laid over what is seen, and by how many pixels each place of it has moved."""

    ink: Plane
    across: Plane
    down: Plane


def words(drawn: Plane) -> list[Word]:
    """Return each run of letters of a crop's ink, which is 0 to 1."""
    together = cv2.dilate((drawn > _DRAWN).astype(np.uint8), np.ones((_LINE_GAP, _LETTER_GAP), np.uint8))
    boxes = cv2.connectedComponentsWithStats(together, connectivity=8)[2][1:]
    return [(x, y, x + width, y + height) for x, y, width, height, area in boxes.tolist() if area > _SMALLEST]


def laid_over(drawn: Plane, seen: Plane) -> Laid:
    """Return the drawn ink where it fits what is seen."""
    laid = Laid(*(np.zeros_like(drawn) for _ in Laid._fields))
    for word in words(drawn):
        _lay(word, drawn, seen, laid)
    return _bent(laid, seen)


def _lay(word: Word, drawn: Plane, seen: Plane, laid: Laid) -> None:
    height, width = drawn.shape
    left, top, right, bottom = word
    left, top, right, bottom = max(left - 2, 0), max(top - 2, 0), min(right + 2, width), min(bottom + 2, height)
    around = cv2.copyMakeBorder(seen, _REACH, _REACH, _REACH, _REACH, cv2.BORDER_CONSTANT)
    around = around[top : bottom + 2 * _REACH, left : right + 2 * _REACH]
    piece = drawn[top:bottom, left:right]
    fits = cv2.matchTemplate(around, cv2.GaussianBlur(piece, (0, 0), _MATCHED), cv2.TM_CCOEFF_NORMED)
    _, _, _, (column, row) = cv2.minMaxLoc(fits)
    across, down = _peak(fits[row], column) - _REACH, _peak(fits[:, column], row) - _REACH
    reach = _REACH + 1
    framed = cv2.copyMakeBorder(piece, reach, reach, reach, reach, cv2.BORDER_CONSTANT)
    moved = cv2.warpAffine(framed, np.array(((1, 0, across), (0, 1, down)), np.float32), framed.shape[::-1])
    _draw(moved, laid.ink, left - reach, top - reach)
    laid.across[top:bottom, left:right], laid.down[top:bottom, left:right] = across, down


def _peak(fits: Plane, at: int) -> float:
    """Return where the top of the parabola through a maximum and its neighbours lies."""
    if not 0 < at < len(fits) - 1:
        return float(at)
    before, top, after = (float(value) for value in fits[at - 1 : at + 2])
    bend = before - 2 * top + after
    return at + 0.5 * (before - after) / bend if bend < 0 else float(at)


def _draw(piece: Plane, onto: Plane, left: int, top: int) -> None:
    height, width = onto.shape
    rows = slice(max(top, 0), min(top + piece.shape[0], height))
    columns = slice(max(left, 0), min(left + piece.shape[1], width))
    inside = piece[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    np.maximum(onto[rows, columns], inside, out=onto[rows, columns])


def _bent(laid: Laid, seen: Plane) -> Laid:
    """Bend the laid ink smoothly, by pixels at most, to what is seen: the optical flow of Lucas and Kanade.

    The window is wider than a letter, so that no letter can turn into another one by bending. The flow is that
    smooth that half the resolution shows it all.
    """
    theirs = cv2.pyrDown(seen)
    rows, columns = np.mgrid[0 : theirs.shape[0], 0 : theirs.shape[1]].astype(np.float32)
    across, down = np.zeros_like(theirs), np.zeros_like(theirs)
    ours = bent = cv2.pyrDown(laid.ink)
    for _ in range(_BENDS):
        more_across, more_down = _flow(bent, theirs)
        across = np.clip(across + more_across, -_BEND_REACH, _BEND_REACH)
        down = np.clip(down + more_down, -_BEND_REACH, _BEND_REACH)
        bent = cv2.remap(ours, columns - across, rows - down, cv2.INTER_LINEAR)
    height, width = laid.ink.shape
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    across, down = (2 * cv2.resize(shift, (width, height)) for shift in (across, down))
    ink = cv2.remap(laid.ink, columns - across, rows - down, cv2.INTER_LINEAR)
    return Laid(ink, laid.across + across, laid.down + down)


def _flow(ours: Plane, theirs: Plane) -> tuple[Plane, Plane]:
    """Return by how many pixels to the right and down each place of our ink should move."""
    ours = ours * (float((ours * theirs).sum()) / (float((ours * ours).sum()) + 1e-6))
    right = cv2.Sobel(ours, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    down = cv2.Sobel(ours, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    miss = ours - theirs
    products = (right * right, right * down, down * down, right * miss, down * miss)
    rr, rd, dd, rm, dm = (cv2.blur(product, _WINDOW) for product in products)
    stiff = _STIFF * float(rr.max() + dd.max()) + 1e-6
    rr, dd = rr + stiff, dd + stiff
    whole = rr * dd - rd * rd
    return (dd * rm - rd * dm) / whole, (rr * dm - rd * rm) / whole
