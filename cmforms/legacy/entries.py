"""Entries of lists that come again: which row of the new file is which entry that an earlier one gave."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from cmforms.legacy.targets import named_targets
from cmforms.legacy.values import leaves
from cmforms.model.paths import reached

Plain = Mapping[str, Any]
Comes = Literal["whole", "parts"] | None
"""What a sheet that comes again holds: all entries each time, further ones only, or nobody has said."""


@dataclass
class Pairs:
    """For each new entry the number of the old one that it is; those of which nobody can tell; old ones left over.

    `anchored` tells that some were found again, so that the old ones left over are missing from a list that is whole.
    """

    olds: list[int | None]
    unclear: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    anchored: bool = False


def paired(olds: Sequence[Plain], news: Sequence[Plain], listing: str, comes: Comes) -> Pairs:
    """Pair entries: equal ones, then those of equal required values, then by their place between the others.

    A place counts only where the list is whole: some of its entries are found again, or somebody has said so. What
    stands in another's place must still say half of the same. Where more than one could be meant it is unclear.
    """
    pairs = Pairs([None] * len(news), left=list(range(len(olds))))
    for same in (_says_same, _of_same_needed(listing)):
        for new, said in enumerate(news):
            old = next((old for old in pairs.left if same(olds[old], said)), None)
            if pairs.olds[new] is None and old is not None:
                _pair(pairs, old, new)
    pairs.anchored = comes == "whole" or any(old is not None for old in pairs.olds)
    if comes != "parts":
        for left, come in list(_gaps(pairs)):
            alike = [(old, new) for old in left for new in come if _alike(olds[old], news[new])]
            for old, new in _certain(left, come, alike) if pairs.anchored else ():
                _pair(pairs, old, new)
            pairs.unclear += sorted({new for old, new in alike if pairs.olds[new] is None and old in pairs.left})
    return pairs


def counterparts(olds: Sequence[Plain], held: Sequence[Plain], listing: str) -> dict[int, int]:
    """Return where in the record the entries stand that a file gave before; some may have been removed by hand."""
    pairs = paired(olds, held, listing, "whole")
    return {old: place for place, old in enumerate(pairs.olds) if old is not None}


def with_same_needed(said: Plain, held: Sequence[Plain], listing: str, taken: set[int]) -> int | None:
    """Return the first entry of the record with the same required values that is not taken."""
    same = _of_same_needed(listing)
    return next((place for place, ours in enumerate(held) if place not in taken and same(ours, said)), None)


def _pair(pairs: Pairs, old: int, new: int) -> None:
    pairs.olds[new] = old
    pairs.left.remove(old)


def _gaps(pairs: Pairs) -> Iterator[tuple[list[int], list[int]]]:
    """Yield the old and the new entries that stand between the same two that were found again."""
    gaps: dict[int, tuple[list[int], list[int]]] = {}
    before = -1
    for old in range(len(pairs.olds) + len(pairs.left)):
        if old in pairs.left:
            gaps.setdefault(before, ([], []))[0].append(old)
        elif old in pairs.olds:
            before = old
    before = -1
    for new, of in enumerate(pairs.olds):
        if of is None:
            gaps.setdefault(before, ([], []))[1].append(new)
        else:
            before = of
    yield from gaps.values()


def _certain(left: Sequence[int], come: Sequence[int], alike: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the pairs that are meant: as many old as new ones in their order, else those alike to no other."""
    if len(left) == len(come):
        return [pair for pair in zip(left, come, strict=True) if pair in alike]
    return [
        (old, new) for old, new in alike if sum(old == o for o, _ in alike) == sum(new == n for _, n in alike) == 1
    ]


def _says_same(old: Plain, new: Plain) -> bool:
    return all(reached(old, way) == value for way, value in leaves(new))


def _alike(old: Plain, new: Plain) -> bool:
    both = [(value, now) for way, now in leaves(new) if (value := reached(old, way)) is not None]
    return 2 * sum(bool(value == now) for value, now in both) >= len(both) > 0


def _of_same_needed(listing: str) -> Callable[[Plain, Plain], bool]:
    needed = _needed(listing)

    def same(one: Plain, other: Plain) -> bool:
        return all(reached(one, way) is not None and bool(reached(one, way) == reached(other, way)) for way in needed)

    return same


@cache
def _needed(listing: str) -> tuple[tuple[str | int, ...], ...]:
    return tuple(each.steps for each in named_targets() if each.needed and each.listing == listing)
