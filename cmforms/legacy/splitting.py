"""Cells that hold several values: a date with its time, two telephone numbers, as a profile takes them apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from cmforms.legacy.cells import Doubt
from cmforms.legacy.dates import readings
from cmforms.legacy.planning import Planned
from cmforms.legacy.reading import Reader, Reading
from cmforms.legacy.targets import Rule


def reader_of(reading: Reading, column: Planned) -> Reader:
    """Return the reader of a column; of one with several targets it gives a part of the case with all of them."""
    goals = column.targets
    readers = [reading.reader(goal, column.rule) for goal in goals]
    if len(goals) == 1:
        return readers[0]
    moment = [goal.rule for goal in goals] == [Rule.DATE, Rule.TIME]
    take_apart = _moment if moment else _parts(column.rule.split or ";", len(goals))

    def read(raw: Any) -> Any:
        parts = take_apart(raw)
        if isinstance(parts, Doubt):
            return parts
        made: dict[str, Any] = {}
        for goal, reader, part in zip(goals, readers, parts, strict=False):
            value = reader(part)
            if isinstance(value, Doubt):
                return value
            if value is not None:
                made[str(goal.steps[-1])] = value
        return made or None

    return read


def _moment(raw: Any) -> Sequence[Any]:
    if isinstance(raw, dt.datetime):
        return raw.date(), raw.time()
    if isinstance(raw, str) and (clock := readings(raw).clock):
        return raw.strip()[: raw.strip().rindex(clock)].rstrip("T ,"), clock
    return (raw,)


def _parts(mark: str, most: int) -> Any:
    def take_apart(raw: Any) -> Any:
        if not isinstance(raw, str):
            return (raw,)
        parts = [part.strip() for part in raw.split(mark) if part.strip()]
        if len(parts) > most:
            return Doubt(
                "cell-several",
                f"{raw!r} holds {len(parts)} values, and {most} are taken",
                "Take one out, or keep it as a note.",
            )
        return parts

    return take_apart
