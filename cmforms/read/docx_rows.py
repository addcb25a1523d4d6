"""Rows of a table that a person may have taken out or put in: which of them is which issued row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

Row = tuple[str, ...]


def aligned(found: Sequence[Row], issued: Sequence[Row], alike: Callable[[str], str]) -> list[int]:
    """Return for each found row the number of its issued row; inserted rows are counted on behind all issued.

    `alike` makes texts comparable. Where no row came or went, rows are matched by their place alone.
    """
    if len(found) == len(issued):
        return list(range(len(found)))
    after = len(issued)
    numbers: list[int] = []
    before, now = ([tuple(map(alike, row)) for row in rows] for rows in (issued, found))
    for kind, first, end, start, stop in SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        common = min(end - first, stop - start) if kind in ("equal", "replace") else 0
        numbers += range(first, first + common)
        extra = (stop - start) - common
        numbers += range(after, after + extra)
        after += extra
    return numbers
