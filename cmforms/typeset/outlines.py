"""The outlines of the base face's signs, for who draws letters without a PDF. Imported only when needed."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from cmforms.typeset.harfbuzz import shaper
from cmforms.typeset.shaping import FontStack

Point = tuple[float, float]

_STEPS = 4
"""Straight pieces of a curve: at ten points nobody sees that there are so few."""


class Outline(NamedTuple):
    """The closed contours of a sign and its advance, in thousandths of the em, y upwards from the baseline."""

    contours: tuple[tuple[Point, ...], ...]
    advance: float


@cache
def outline(char: str) -> Outline | None:
    """Return the outline of a character in the base face, None if that face does not have it."""
    face = FontStack.default().base()
    glyph = face.glyph(char)
    if not glyph:
        return None
    pen = _Pen(face.scale)
    shaper(face).draw_glyph_with_pen(glyph, pen)
    return Outline(tuple(map(tuple, pen.contours)), face.advance(glyph))


class _Pen:
    """Takes contours as rows of points."""

    def __init__(self, scale: float) -> None:
        self.contours: list[list[Point]] = []
        self._scale = scale

    def _scaled(self, point: Point) -> Point:
        return point[0] * self._scale, point[1] * self._scale

    def moveTo(self, point: Point) -> None:  # noqa: N802 - the pen protocol's name
        self.contours.append([self._scaled(point)])

    def lineTo(self, point: Point) -> None:  # noqa: N802
        self.contours[-1].append(self._scaled(point))

    def qCurveTo(self, control: Point, end: Point) -> None:  # noqa: N802
        start, bend, last = self.contours[-1][-1], self._scaled(control), self._scaled(end)
        for step in range(1, _STEPS + 1):
            part = step / _STEPS
            weights = (1 - part) ** 2, 2 * part * (1 - part), part**2
            across, up = (
                sum(weight * point[axis] for weight, point in zip(weights, (start, bend, last), strict=True))
                for axis in (0, 1)
            )
            self.contours[-1].append((across, up))

    curveTo = qCurveTo  # noqa: N815 - the protocol wants it; TrueType has no cubic curves

    def closePath(self) -> None:  # noqa: N802
        """Do nothing: all contours are closed."""
