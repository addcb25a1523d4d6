"""Nested values of a case as plain JSON holds them, by the way to each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

Plain = dict[str, Any]
Steps = tuple[str | int, ...]


def plain_values(data: Any) -> Any:
    """Return nested data anew, with dates and times as texts (ISO 8601)."""
    if isinstance(data, Mapping):
        return {name: plain_values(inner) for name, inner in data.items()}
    if isinstance(data, list):
        return [plain_values(inner) for inner in data]
    return data.isoformat() if isinstance(data, (dt.date, dt.time)) else data


def leaves(data: Any, way: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """Yield every value of nested data with the way to it."""
    if isinstance(data, Mapping):
        for name, inner in data.items():
            yield from leaves(inner, (*way, name))
    elif isinstance(data, list):
        for number, inner in enumerate(data):
            yield from leaves(inner, (*way, number))
    else:
        yield way, data


def put(data: Plain, steps: Steps, value: Any) -> None:
    """Put a value at the end of a way; parts that are not there are made, entries only behind the last one."""
    held: Any = data
    for step, following in pairwise(steps):
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(held, list) and isinstance(step, int):
            if step == len(held):
                held.append(empty)
        elif held.get(step) is None:
            held[step] = empty
        held = held[step]
    held[steps[-1]] = value


def dotted(steps: Steps) -> str:
    """Write a way as a path: `guardians[0].phone`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")
