"""What pages may be that nothing on them tells: by their place, where they are just what lacks between neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from cmforms.read.reference import Known


def filling(pages: Sequence[Known | None]) -> Iterator[tuple[int, Known]]:
    """Yield the index of each unknown page that fills a gap, with what it may be.

    `pages` are those of a file in their order, blank sheets left out. Between two known pages, as before the first and
    after the last one, the documents there must lack exactly as many pages as came.
    """
    for known, run in groupby(range(len(pages)), key=lambda index: pages[index] is not None):
        indices = list(run)
        if known:
            continue
        before = pages[indices[0] - 1] if indices[0] else None
        after = pages[indices[-1] + 1] if indices[-1] + 1 < len(pages) else None
        lacking = _lacking(before, after)
        if len(lacking) == len(indices):
            yield from zip(indices, lacking, strict=True)


def _lacking(before: Known | None, after: Known | None) -> list[Known]:
    """Return the pages that should stand between two neighbours; None stands for the end of the file."""
    if before and after and before.origin == after.origin:
        return _pages(before, (before.page or 0) + 1, (after.page or 0) - 1) if before.page and after.page else []
    if (before and not (before.page and before.total)) or (after and not after.page):
        return []
    rest = _pages(before, (before.page or 0) + 1, before.total or 0) if before else []
    return rest + (_pages(after, 1, (after.page or 0) - 1) if after else [])


def _pages(known: Known, first: int, last: int) -> list[Known]:
    return [replace(known, page=number) for number in range(first, last + 1)]
