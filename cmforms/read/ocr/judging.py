"""When a printed value is taken as confirmed: what the pictures must be like if so many readers agree.

The limits stand where the development crops had no altered text below them; `benchmarks/reading/calibrate.py`
says what they do on others. Noise raises what is left over of the same text, so limits rise with it.
"""

from __future__ import annotations

from cmforms.read.ocr.likeness import Likeness

_SAME = 0.28
"""What is left over between pictures of the same text: above it, readers must speak too."""

_LIKE = (0.42, 1.0)
"""The most for one reader's word, and by how much of the noise that rises."""

_NEAR = (0.58, 0.5)
"""The most for the word of two readers."""

_BAR = (0.17, 1.3)
"""What a line drawn through or under letters leaves at least."""

_DUST = 6
"""Pixels, at 200 dpi: longer ink beside the print was written there."""


def same(alike: Likeness) -> bool:
    """Tell whether the pictures alone confirm the text."""
    return alike.worst <= _SAME and _unmarked(alike)


def like(alike: Likeness) -> bool:
    """Tell whether the pictures confirm a text that one reader gives."""
    return _within(alike.worst, _LIKE, alike) and _unmarked(alike)


def near(alike: Likeness) -> bool:
    """Tell whether the pictures confirm a text that both readers give."""
    return _within(alike.worst, _NEAR, alike) and _unmarked(alike)


def _unmarked(alike: Likeness) -> bool:
    return _within(alike.bar, _BAR, alike) and alike.beside <= _DUST


def _within(value: float, limit: tuple[float, float], alike: Likeness) -> bool:
    return value <= limit[0] + limit[1] * alike.noise
