"""Whether a box still shows the mark that was printed in it. Printed texts are held against their pictures in `ocr`."""

from __future__ import annotations

from cmforms.read.scan.difference import SCATTER, Rect
from cmforms.read.scan.ink import Ink

KEPT = 0.45
"""A printed mark is still there while it has lost no more than this part of its weight anywhere."""


def mark_kept(ink: Ink, rect: Rect) -> bool:
    """Tell whether the mark that was printed in a box is still there."""
    left, top, right, bottom = rect
    power = float(ink.difference.power(rect).max(initial=0.0))
    return power > SCATTER and float(ink.difference.weight[top:bottom, left:right].min()) > -KEPT * power
