"""A long file of pictures for more than one process: one sorts its pages, then the documents are shared out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from cmforms.errors import Finding
from cmforms.read.reference import Origin

LONG = 12
"""From so many pages on a file is shared out."""

PAGES = 6
"""Pages of a share: enough to make up for opening the file once more."""

T = TypeVar("T")


@dataclass(frozen=True)
class SharedPage:
    """A page: its number in the document, None where it is not known, its number in the file, and what was seen there.

    `codes` are the texts of its QR codes with their corners, `text` and `worn` are as the page has them.
    """

    number: int | None
    page: int
    codes: tuple[tuple[str, tuple[tuple[float, ...], ...]], ...]
    text: str
    worn: bool


@dataclass(frozen=True)
class SharedPile:
    """The pages of one document, as `sorting.Pile` has them."""

    origin: Origin
    pages: tuple[SharedPage, ...]
    total: int | None
    findings: tuple[Finding, ...]


Share = tuple[SharedPile, ...]


def divided(piles: Sequence[T], sizes: Sequence[int]) -> list[list[T]]:
    """Return the piles in groups of PAGES pages or more, in their order; `sizes` are the pages of each."""
    groups: list[list[T]] = [[]]
    held = 0
    for pile, size in zip(piles, sizes, strict=True):
        if held >= PAGES:
            groups.append([])
            held = 0
        groups[-1].append(pile)
        held += size
    return groups
