"""Whether a field still shows what was printed in it: nothing missing, nothing added, and sharp enough to tell."""

from __future__ import annotations

from enum import Enum
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cmforms.read.scan.difference import SCATTER, Rect
from cmforms.read.scan.ink import SPECK, Ink

PART = 0.25
"""The same as a part of what a missing letter would weigh: on a blurred picture changes weigh less too."""

GAP = 2.0
"""So many times the limit, and more than this picture's print strays, and print is missing or a stroke was added."""

CLEAR = 0.75
STRUCK_LENGTH = 2 * SPECK
"""Pixels at 200 dpi: a stroke through print is longer than two specks beside each other."""

CLEAR_OF_PRINT = 6
"""Pixels that a speck must keep from all print to be dust; nearer, it may be part of a changed letter."""


KEPT = 0.45
"""A printed mark is still there while it has lost no more than this part of its weight anywhere."""


class Print(Enum):
    """What became of a printed text: dust or blur may make it unclear; a stroke in it, or a gap, has changed it."""

    SAME = "same"
    CHANGED = "changed"
    UNCLEAR = "unclear"


def verify(ink: Ink, rect: Rect) -> Print:
    """Hold the print in a rectangle against the page as issued, which has print there."""
    left, top, right, bottom = rect
    weight = ink.difference.weight[top:bottom, left:right]
    power = ink.difference.power(rect)
    strength = float(power.max(initial=0.0))
    if strength == 0.0:
        return Print.UNCLEAR
    limit = min(SCATTER, PART * float(np.median(power[power > 0.3 * strength])))
    if limit < _noise(weight, power, strength):
        return Print.UNCLEAR
    plain = max(GAP * limit, ink.unrest)
    if float(weight.min()) <= -plain or _struck(weight, plain):
        return Print.CHANGED
    if float(weight.min()) <= -limit or _dust_on_print(ink, rect, weight >= limit):
        return Print.UNCLEAR
    return Print.SAME


def mark_kept(ink: Ink, rect: Rect) -> bool:
    """Tell whether the mark that was printed in a box is still there."""
    left, top, right, bottom = rect
    power = float(ink.difference.power(rect).max(initial=0.0))
    return power > SCATTER and float(ink.difference.weight[top:bottom, left:right].min()) > -KEPT * power


def _noise(weight: NDArray[Any], power: NDArray[Any], strength: float) -> float:
    """Return how far the difference of unchanged print strays on this picture: three times its usual amount."""
    return 3.0 * 1.4826 * float(np.median(np.abs(weight[power > 0.3 * strength])))


def _struck(weight: NDArray[Any], plain: float) -> bool:
    """Tell whether added ink makes a stroke, whole or as the pieces of it that show between the letters."""
    if float(weight.max()) < plain:
        return False
    pieces = (weight >= CLEAR * plain).astype(np.uint8)
    joined = cv2.morphologyEx(pieces, cv2.MORPH_CLOSE, np.ones((5, 2 * SPECK + 1), dtype=np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    sides = stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    return bool(sides.size) and int(sides.max()) > STRUCK_LENGTH


def _dust_on_print(ink: Ink, rect: Rect, dark: NDArray[Any]) -> bool:
    """Tell whether added specks lie on the print or close to it, where they may be part of a changed letter."""
    left, top, right, bottom = rect
    printed = (ink.difference.expected[top:bottom, left:right] < 255 - 0.3 * ink.difference.contrast).astype(np.uint8)
    reach = np.ones((2 * CLEAR_OF_PRINT + 1,) * 2, dtype=np.uint8)
    return bool((dark & (cv2.dilate(printed, reach) > 0)).any())
