"""Whether a field still shows what was printed in it: nothing missing, nothing added, and sharp enough to tell."""

from __future__ import annotations

from enum import Enum

import cv2
import numpy as np

from cmforms.read.scan.difference import Difference, Rect
from cmforms.read.scan.ink import SPECK, Ink

SCATTER = 3.2
"""The weight of difference that unchanged print stays below; a changed digit shows 5 and more."""

PART = 0.25
"""The same as a part of what a missing letter would weigh: on a blurred picture changes weigh less too."""

CLEAR_OF_PRINT = 6
"""Pixels that a speck must keep from all print to be dust; nearer, it may be part of a changed letter."""


class Print(Enum):
    """What became of a printed text."""

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
    if float(weight.min()) <= -limit:
        return Print.CHANGED
    return Print.CHANGED if (weight >= limit).any() and _near_print(ink, rect, weight >= limit) else Print.SAME


def _noise(weight: np.ndarray, power: np.ndarray, strength: float) -> float:
    """Return how far the difference of unchanged print strays on this picture: three times its usual amount."""
    return 3.0 * 1.4826 * float(np.median(np.abs(weight[power > 0.3 * strength])))


def _near_print(ink: Ink, rect: Rect, dark: np.ndarray) -> bool:
    """Tell whether added ink in a rectangle is more than dust that lies clear of the print."""
    left, top, right, bottom = rect
    if any(stroke.length > SPECK for stroke in ink.within(rect)):
        return True
    printed = (ink.difference.expected[top:bottom, left:right] < 255 - 0.3 * ink.difference.contrast).astype(np.uint8)
    reach = np.ones((2 * CLEAR_OF_PRINT + 1,) * 2, dtype=np.uint8)
    return bool((dark & (cv2.dilate(printed, reach) > 0)).any())
