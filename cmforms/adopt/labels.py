"""What a box on a page is for: the printed words that stand nearest to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from cmforms.acroform import Box

LONGEST = 160
_WORD_GAP = 0.45  # of the height of the letters: more parts two phrases
_SAME_LINE = 0.5
_FARTHEST_BESIDE, _FARTHEST_ABOVE = 220.0, 22.0
_INSIDE = 0.6


class Phrase(NamedTuple):
    """Words of one line that belong together, with their box on the page as shown."""

    text: str
    box: Box


def phrases(page: Any) -> list[Phrase]:
    """Return the phrases of a pdfplumber page, in points from its lower left corner as shown."""
    height = float(page.height)
    words = [
        Phrase(word["text"], (word["x0"] - page.bbox[0], height - word["bottom"] + page.bbox[1],
                              word["x1"] - page.bbox[0], height - word["top"] + page.bbox[1]))
        for word in page.extract_words(x_tolerance=1.5, y_tolerance=2)
    ]  # fmt: skip
    return list(_joined(words))


def _joined(words: Sequence[Phrase]) -> Iterator[Phrase]:
    current: Phrase | None = None
    for word in words:
        if current and _continues(current.box, word.box):
            (left, bottom, _, top), (_, low, right, high) = current.box, word.box
            box = left, min(bottom, low), right, max(top, high)
            current = Phrase(f"{current.text} {word.text}", box)
        else:
            if current:
                yield current
            current = word
    if current:
        yield current


def _continues(one: Box, other: Box) -> bool:
    height = max(one[3] - one[1], other[3] - other[1])
    return abs(one[1] - other[1]) < _SAME_LINE * height and -1 < other[0] - one[2] < _WORD_GAP * height


def nearest(box: Box, known: Iterable[Phrase], *, button: bool) -> str:
    """Return the label of a box: what stands in it, left of it, above it, or right of a box to mark; '' if nothing."""
    best, score = "", float("inf")
    for phrase in known:
        if not any(char.isalpha() for char in phrase.text):
            continue
        distance = _distance(box, phrase.box, button)
        if distance < score:
            best, score = phrase.text, distance
    return best.strip(" :._")[:LONGEST]


def _distance(box: Box, text: Box, button: bool) -> float:
    left, bottom, right, top = box
    middle = (text[1] + text[3]) / 2
    level = bottom - 2 <= middle <= top + 2
    over = min(right, text[2]) - max(left, text[0])
    if level and over > _INSIDE * (text[2] - text[0]) and not button:
        return 0.0 if middle > (bottom + top) / 2 else 4.0
    if level and button and 0 <= text[0] - right + 3 <= _FARTHEST_BESIDE / 4:
        return text[0] - right
    if level and -3 <= left - text[2] <= _FARTHEST_BESIDE:
        return (left - text[2]) * (0.4 if not button else 1.5) + 4
    if over > 0 and -2 <= text[1] - top <= _FARTHEST_ABOVE:
        return (text[1] - top) * 1.2 + 6
    if not button and over > 0 and 0 <= bottom - text[3] <= _FARTHEST_ABOVE / 2:
        return (bottom - text[3]) * 2 + 16
    return float("inf")
