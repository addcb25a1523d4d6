"""Is a confidence worth its number? What share of the values read with it were right, by source and type of field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.reading.measure import PileResult

EDGES = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 1.0001)
"""Confidences are put together between these; up to 0.5 a value is only a suggestion, for a person to confirm."""

SOURCES = ("scan", "fax", "photo", "augraphy")
COLOURS = {"scan": "#1f5fa8", "fax": "#b3541e", "photo": "#2e7d32", "augraphy": "#7b3fa0"}


@dataclass(frozen=True)
class Bin:
    """Values read with about the same confidence: how many, their mean confidence, and how many were right."""

    count: int
    confidence: float
    right: int

    @property
    def observed(self) -> float:
        """The share that was right."""
        return self.right / self.count


def curves(piles: Sequence[PileResult], by: str = "source") -> dict[str, list[Bin]]:
    """Return the bins, those with values alone, by kind of `source` or by `type` of field."""
    sums: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0, 0.0, 0]))
    for pile in piles:
        source = pile.kind.split("-")[0]
        for found in (found for one in pile.documents for found in one.fields):
            if found.right is None or found.confidence is None:
                continue
            place = next(at for at, edge in enumerate(EDGES[1:]) if found.confidence < edge)
            held = sums[source if by == "source" else found.kind][place]
            held[0], held[1], held[2] = held[0] + 1, held[1] + found.confidence, held[2] + found.right
    return {
        name: [Bin(int(n), total / n, int(right)) for _, (n, total, right) in sorted(bins.items())]
        for name, bins in sorted(sums.items())
    }


def table(found: Mapping[str, Sequence[Bin]]) -> Iterator[str]:
    """Yield the curves as Markdown."""
    yield "| | values | mean confidence | right |"
    yield "|---|---:|---:|---:|"
    for name, bins in found.items():
        for one in bins:
            yield f"| {name} | {one.count:,} | {one.confidence:.3f} | {100 * one.observed:.2f} % |"


_SIDE, _LEFT, _TOP = 320, 56, 20


def chart(found: Mapping[str, Sequence[Bin]]) -> str:
    """Draw the curves as SVG: confidence across, what was right upwards; on the diagonal a confidence is honest."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE + 190} {_SIDE + 70}" font-family="sans-serif" '
        'font-size="12" role="img"><title>Confidence against the share of values that were right</title>',
        f'<rect x="{_LEFT}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#888"/>',
        f'<line x1="{_LEFT}" y1="{_TOP + _SIDE}" x2="{_LEFT + _SIDE}" y2="{_TOP}" stroke="#aaa" stroke-dasharray="4"/>',
        *_axes(),
    ]
    for row, source in enumerate(name for name in SOURCES if name in found):
        parts += _curve(found[source], COLOURS[source])
        y = _TOP + 16 + 20 * row
        parts.append(f'<circle cx="{_LEFT + _SIDE + 18}" cy="{y - 4}" r="5" fill="{COLOURS[source]}"/>')
        parts.append(f'<text x="{_LEFT + _SIDE + 30}" y="{y}">{source}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _axes() -> Iterator[str]:
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = _at(tick, tick)
        yield f'<text x="{x:.0f}" y="{_TOP + _SIDE + 18}" text-anchor="middle">{tick:g}</text>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{tick:g}</text>'
    yield f'<text x="{_LEFT + _SIDE / 2:.0f}" y="{_TOP + _SIDE + 38}" text-anchor="middle">confidence</text>'
    yield f'<text x="14" y="{_TOP + _SIDE / 2:.0f}" transform="rotate(-90 14 {_TOP + _SIDE / 2:.0f})">right</text>'


def _curve(bins: Sequence[Bin], colour: str) -> Iterator[str]:
    points = [_at(one.confidence, one.observed) for one in bins]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
    for one, (x, y) in zip(bins, points, strict=True):
        radius = min(9.0, 2 + len(str(one.count)))
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.0f}" fill="{colour}" fill-opacity="0.7"/>'


def _at(across: float, up: float) -> tuple[float, float]:
    return _LEFT + across * _SIDE, _TOP + (1 - up) * _SIDE
