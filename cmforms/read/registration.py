"""Where a page lies: printing may shift, scale or turn it, so the place of every box is measured.

The words that are printed on the blank stand on the returned page too. Those that occur once on both pin down
the similarity transform; what they miss it by is the residual.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from cmforms.read.text_layer import Char, Word
from cmforms.values.documents import Box

AGREE = 1.5
"""Points by which an anchor may miss its place and still speak for a transform."""

FEWEST = 4
_TRIALS = 48

Anchor = tuple[complex, complex]


@dataclass(frozen=True, slots=True)
class Registration:
    """Maps template points to page points: page = turn * template + shift, as complex numbers.

    `anchors` is the number of words that agree, `share` their part of those found, `residual` the worst miss
    of an agreeing word in points.
    """

    turn: complex = 1 + 0j
    shift: complex = 0j
    anchors: int = 0
    share: float = 0.0
    residual: float = 0.0

    @property
    def certain(self) -> bool:
        """Whether the place of the boxes is known well enough to accept what lies in them."""
        return self.anchors >= FEWEST and self.share >= 0.5 and self.residual <= AGREE

    def box(self, box: Box) -> Box:
        """Return where a box of the template lies on the page."""
        return _hull([self.turn * corner + self.shift for corner in _corners(box)])

    def to_template(self, chars: Iterable[Char]) -> list[Char]:
        """Return the page's characters in the template's coordinates."""
        if self.turn == 1 and self.shift == 0:
            return list(chars)
        return [self._moved(char) for char in chars]

    def _moved(self, char: Char) -> Char:
        box = _hull([(corner - self.shift) / self.turn for corner in _corners(char.box)])
        start = (complex(char.start, char.baseline) - self.shift) / self.turn
        return Char(char.order, char.text, box, start.real, start.imag)


def _corners(box: Box) -> list[complex]:
    return [complex(x, y) for x in box[::2] for y in box[1::2]]


def _hull(points: Sequence[complex]) -> Box:
    across, up = [point.real for point in points], [point.imag for point in points]
    return min(across), min(up), max(across), max(up)


def anchors(blank: Iterable[Word], page: Iterable[Word]) -> list[Anchor]:
    """Pair the words that occur exactly once on the blank and on the page, by their starts."""
    there, here = _unique(blank), _unique(page)
    return [(there[text], here[text]) for text in sorted(there.keys() & here.keys())]


def register(pairs: Sequence[Anchor]) -> Registration:
    """Return the transform that most anchors agree on; with too few of them, the one that changes nothing."""
    found = _judged(Registration(), pairs)
    if found.share < 0.8:
        found = max((found, *_trials(pairs)), key=lambda trial: trial.anchors)
    if found.anchors < 2:
        return found
    return _judged(_fitted([pair for pair in pairs if _miss(found, pair) <= AGREE]), pairs)


def _unique(words: Iterable[Word]) -> dict[str, complex]:
    listed = [word for word in words if len(word.text) > 2]
    counts = Counter(word.text for word in listed)
    return {word.text: word.start for word in listed if counts[word.text] == 1}


def _trials(pairs: Sequence[Anchor]) -> Iterator[Registration]:
    ordered = sorted(pairs, key=lambda pair: (pair[0].imag, pair[0].real))
    step = max(1, len(ordered) // _TRIALS)
    half = len(ordered) // 2
    for index in range(0, len(ordered), step):
        (t1, p1), (t2, p2) = ordered[index], ordered[(index + half) % len(ordered)]
        if abs(t1 - t2) > 20 and abs(p1 - p2) > 1:
            turn = (p1 - p2) / (t1 - t2)
            yield _judged(Registration(turn, p1 - turn * t1), pairs)


def _fitted(pairs: Sequence[Anchor]) -> Registration:
    """Return the least-squares similarity transform of anchors that agree."""
    middle_t = sum(t for t, _ in pairs) / len(pairs)
    middle_p = sum(p for _, p in pairs) / len(pairs)
    spread = sum(abs(t - middle_t) ** 2 for t, _ in pairs)
    if spread == 0:
        return Registration()
    turn = sum((p - middle_p) * (t - middle_t).conjugate() for t, p in pairs) / spread
    if abs(turn - 1) < 1e-4 and abs(middle_p - middle_t) < 0.05:
        return Registration()
    return Registration(turn, middle_p - turn * middle_t)


def _judged(trial: Registration, pairs: Sequence[Anchor]) -> Registration:
    misses = [miss for pair in pairs if (miss := _miss(trial, pair)) <= AGREE]
    share = len(misses) / len(pairs) if pairs else 0.0
    return replace(trial, anchors=len(misses), share=share, residual=max(misses, default=0.0))


def _miss(trial: Registration, pair: Anchor) -> float:
    return abs(trial.turn * pair[0] + trial.shift - pair[1])
