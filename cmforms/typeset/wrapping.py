"""Break text into lines: at spaces, after hyphens and slashes, between CJK characters, else within a word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from itertools import accumulate

# Tells whether the part of a paragraph from one position to another fits on a line.
Fits = Callable[[int, int], bool]
Gauge = Callable[[str], Fits]
# Where a line may end, and where the next one then starts.
Breaks = list[tuple[int, int]]

_SPACE = " \u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2008\u2009\u200a\u205f\u3000"
_CJK = "\u2e80-\u2fdf\u3003-\u3007\u3012-\u3013\u3021-\u4dbf\u4e00-\ua4cf\uac00-\ud7a3"
_CJK += "\uf900-\ufaff\uff10-\uff9f"
_CJK += "\U00020000-\U0003ffff"
# Characters that may not begin a line, and characters that may not end one, beside CJK text (JLREQ 3.1.7).
_NOT_FIRST = "\u3001\u3002\u3005\u3009\u300b\u300d\u300f\u3011\u3015\u3017\u3019\u301b\u30fb-\u30fe"
_NOT_FIRST += "\u3041\u3043\u3045\u3047\u3049\u3063\u3083\u3085\u3087\u308e"
_NOT_FIRST += "\u30a1\u30a3\u30a5\u30a7\u30a9\u30c3\u30e3\u30e5\u30e7\u30ee\u30f5\u30f6"
_NOT_FIRST += "\uff01\uff09\uff0c\uff0e\uff1a\uff1b\uff1f\uff3d\uff5d\u2019\u201d\u2026%!),.:;?\\]}\u00a0"
_NOT_LAST = "\u3008\u300a\u300c\u300e\u3010\u3014\u3016\u3018\u301a\uff08\uff3b\uff5b\u2018\u201c(\\[{$\u00a0"
_HYPHEN = "\\-\u2010\u2013\u2014"

_BETWEEN_WORDS = (
    rf"(?<=[^{_SPACE}])[{_SPACE}]+"
    rf"|(?<=[^{_SPACE}{_HYPHEN}][{_HYPHEN}])(?=[^{_SPACE}{_HYPHEN}0-9])"
    rf"|(?<=/)(?=[^{_SPACE}/0-9])"
    r"|(?<=\u200b)"
)
_BESIDE_CJK = (
    rf"|(?<=[{_CJK}])(?<![{_NOT_LAST}])(?=[^{_SPACE}{_NOT_FIRST}])"
    rf"|(?<=[^{_SPACE}{_NOT_LAST}])(?=[{_CJK}])(?![{_NOT_FIRST}])"
)
_FIRST_CJK = "\u2e80"
_LEADING_SPACE = re.compile(f"[{_SPACE}]+")


def wrap(text: str, gauge: Gauge) -> list[str]:
    """Return the lines of a text, filled greedily.

    Line feeds and blank lines are kept. Nothing is lost but the white space at a break. A line is too wide
    only if not even its one character fits.
    """
    return [line for part in text.split("\n") for line in _paragraph(part, gauge(part))]


def additive(advances: Mapping[str, float], size: float, width: float) -> Gauge:
    """Measure by adding up the advances (thousandths of the em) of single characters."""

    def gauge(paragraph: str) -> Fits:
        edges = [0.0, *accumulate(map(advances.__getitem__, paragraph))]
        return lambda start, end: (edges[end] - edges[start]) * size / 1000 <= width

    return gauge


def measured(width_of: Callable[[str], float], width: float) -> Gauge:
    """Measure each candidate line as a whole, as shaped text must be."""
    return lambda paragraph: lambda start, end: width_of(paragraph[start:end]) <= width


def _paragraph(text: str, fits: Fits) -> list[str]:
    if fits(0, len(text)):
        return [text]
    lines: list[str] = []
    breaks = _breaks(text)
    start = at = pieces = 0
    while start < len(text):
        best = _farthest(breaks, at, pieces, start, fits)
        if best > at:
            end, following = breaks[best - 1]
            pieces = best - at
        elif space := _LEADING_SPACE.match(text, start):
            start = space.end()  # an indent that leaves no room for the first word
            continue
        else:
            end = following = _split(text, start, breaks[at][0], fits)
        lines.append(text[start:end])
        start = following
        at = next((n for n in range(at, len(breaks)) if breaks[n][0] > start), len(breaks))
    return lines or [""]


def _farthest(breaks: Breaks, at: int, pieces: int, start: int, fits: Fits) -> int:
    """Return the number of breaks up to the line's end, `at` of them spent; begin by trying `pieces` more."""
    best = min(at + pieces, len(breaks))
    while best > at and not fits(start, breaks[best - 1][0]):
        best -= 1
    while best < len(breaks) and fits(start, breaks[best][0]):
        best += 1
    return best


def _breaks(text: str) -> Breaks:
    """Return (end of the line, start of the next line) of every break, the end of the text included."""
    pattern = _pattern(max(text, default="") >= _FIRST_CJK)
    found = (match.span() for match in pattern.finditer(text))
    breaks = [span for span in found if span[1] < len(text) and not _clings(text, span[1])]
    end = len(text.rstrip(_SPACE))
    return [*breaks, (end, len(text))] if end else []


@cache
def _pattern(cjk: bool) -> re.Pattern[str]:
    """Compile when needed: the sets of CJK characters take long."""
    return re.compile(_BETWEEN_WORDS + _BESIDE_CJK if cjk else _BETWEEN_WORDS)


def _split(text: str, start: int, stop: int, fits: Fits) -> int:
    """Return where a word that is too long must be cut: after the last character that fits, or the first."""
    cut = _boundary(text, start + 1, stop)
    reach, growing = 1, True
    while reach and cut < stop:
        probe = _boundary(text, cut + reach, stop)
        if fits(start, probe):
            cut = probe
        else:
            growing = False
        reach = reach * 2 if growing else reach // 2
    return cut


def _boundary(text: str, at: int, stop: int) -> int:
    """Return the next position, up to `stop`, that does not part a mark from its letter."""
    while at < stop and _clings(text, at):
        at += 1
    return min(at, stop)


def _clings(text: str, at: int) -> bool:
    """Tell whether the character at a position belongs to the one before it: a mark, or a joined pair."""
    if text[at].isascii() and text[at - 1] != "\u200d":
        return False
    return (
        unicodedata.category(text[at]) in ("Mn", "Mc", "Me")
        or text[at] in "\u200c\u200d"
        or text[at - 1] == "\u200d"
    )
