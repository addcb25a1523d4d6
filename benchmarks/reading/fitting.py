"""How far readings can be trusted, from counts: steps of the score with the share that was right, never falling."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from cmforms.read.ocr.calibration import certainty
from cmforms.values.kinds import Kind

FEWEST = 40
"""Readings to a step: below that, a share says little."""

DOUBTING = 2.0
"""A step's share is drawn to that of all types together as if by so many readings more."""


class Counted(NamedTuple):
    """One crop as it was read: by what, how good it looked, and whether it was right."""

    source: str
    kind: str
    witnesses: str
    score: float
    right: bool


Table = Mapping[str, Mapping[str, Mapping[str, list[list[float]]]]]


def fitted(counted: Sequence[Counted]) -> Table:
    """Return steps of [score, share right] by source, type of field and witnesses."""
    table: dict[str, dict[str, dict[str, list[list[float]]]]] = defaultdict(lambda: defaultdict(dict))
    for (source, witnesses), group in _grouped(counted, lambda one: (one.source, one.witnesses)).items():
        share = (sum(one.right for one in group) + 1) / (len(group) + 2)
        of_kind = _grouped(group, lambda one: one.kind)
        for kind in Kind:
            found = [(one.score, one.right) for one in of_kind.get(kind.value, ())]
            table[source][kind.value][witnesses] = steps(found, share)
    return table


def _grouped(counted: Sequence[Counted], key: Callable[[Counted], Any]) -> dict[Any, list[Counted]]:
    groups: dict[Any, list[Counted]] = defaultdict(list)
    for one in counted:
        groups[key(one)].append(one)
    return groups


def steps(found: Sequence[tuple[float, bool]], share: float) -> list[list[float]]:
    """Return the steps of readings given by score and whether they were right, never falling (pool adjacent violators).

    `share` is what readings of all types together were right by: what few readings cannot tell is taken from it.
    """
    pooled: list[tuple[float, float, float]] = []
    for some in list(_binned(sorted(found))) or [[]]:
        right, count = sum(good for _, good in some) + DOUBTING * share, len(some) + DOUBTING
        edge = some[-1][0] if some else 1.0
        while pooled and pooled[-1][1] / pooled[-1][2] >= right / count:
            _, more_right, more = pooled.pop()
            right, count = right + more_right, count + more
        pooled.append((edge, right, count))
    return [[round(edge, 4), round(right / count, 5)] for edge, right, count in pooled]


def _binned(ordered: Sequence[tuple[float, bool]]) -> Iterator[list[tuple[float, bool]]]:
    """Yield the readings of each step; those of one score are never parted."""
    step: list[tuple[float, bool]] = []
    for _, same in groupby(ordered, key=lambda one: one[0]):
        step += same
        if len(step) >= FEWEST:
            yield step
            step = []
    if step:
        yield step


def as_json(table: Table) -> str:
    """Return the table, a line for each source and type of field."""
    sources = [
        f'"{source}": {{\n'
        + ",\n".join(f'  "{kind}": {json.dumps(table[source][kind], sort_keys=True)}' for kind in sorted(table[source]))
        + "\n}"
        for source in sorted(table)
    ]
    return "{\n" + ",\n".join(sources) + "\n}\n"


def reliability(counted: Sequence[Counted]) -> Iterator[str]:
    """Yield, as Markdown, what the table says of readings and what share of them was right."""
    yield "| source | witnesses | readings | said | right |"
    yield "|---|---|---:|---:|---:|"
    for (source, witnesses), group in sorted(_grouped(counted, lambda one: (one.source, one.witnesses)).items()):
        said = sum(certainty(source, Kind(one.kind), witnesses, one.score) for one in group) / len(group)
        right = sum(one.right for one in group) / len(group)
        yield f"| {source} | {witnesses} | {len(group):,} | {said:.4f} | {right:.4f} |"
