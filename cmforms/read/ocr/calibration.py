"""How far a reading can be trusted: the share of readings like it that were right when they were counted.

`calibration.json` holds, by kind of source, type of field and witnesses, steps of [score, share right]; a share is
that of all scores up to the step's, above the step before. `benchmarks/reading/calibrate.py` counts and writes them.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from cmforms.values.kinds import Kind

TABLE = Path(__file__).with_name("calibration.json")
UNKNOWN = 0.5

Steps = Sequence[Sequence[float]]


def certainty(source_kind: str, kind: Kind, witnesses: str, score: float) -> float:
    """Return the share, 0 to 1; what was never counted is no better than a guess."""
    steps = _table().get(source_kind, {}).get(kind.value, {}).get(witnesses)
    if not steps:
        return UNKNOWN
    at = bisect_left(steps, score, key=lambda step: step[0])
    return steps[min(at, len(steps) - 1)][1]


@cache
def _table() -> Mapping[str, Mapping[str, Mapping[str, Steps]]]:
    table: Mapping[str, Mapping[str, Mapping[str, Steps]]] = json.loads(TABLE.read_text(encoding="utf-8"))
    return table
