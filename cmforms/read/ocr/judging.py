"""When a printed value is taken as confirmed: what the pictures must be like if so many readers agree.

The limits stand where the development crops had no altered text below them; `benchmarks/reading/calibrate.py`
counts what they do on others. Noise raises what is left over of the same text, so limits rise with it.
"""

from __future__ import annotations

from cmforms.read.ocr.likeness import Likeness

_SAME = (0.26, 2.0)
"""The most that is left over for the pictures' word alone, and by how much of the noise that rises."""

_ALWAYS_OTHER = 0.30
"""The dot of an i or an accent that is gone leaves little more than that, in noise too: then a reader must speak."""

_LIKE = (0.46, 1.0)
"""The most for the word of pictures and one reader."""

_NEAR = (0.58, 0.5)
"""The most for the word of pictures and both readers."""

_BAR = (0.17, 1.3)
"""What a line drawn through or under letters leaves at least."""

_DUST = 4
"""Pixels, at 200 dpi: longer ink beside the print was written there."""


def same(alike: Likeness) -> bool:
    """Tell whether the pictures alone confirm the text."""
    return alike.worst < _ALWAYS_OTHER and _within(alike.worst, _SAME, alike) and _unmarked(alike)


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
