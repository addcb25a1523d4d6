"""Where in a case a value goes: `contracts.parent.signed_on`, `guardians[1].phone`, `contacts[+ABCDE-7].on`.

The last kind is a new entry of a list, written by hand into a spare row: the issue and the row tell it apart
from every other, however often and in which order documents are read. `transfers[-1]` is the last entry of a list.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

Plain = dict[str, Any]

_NEW_ROW = re.compile(r"(?P<list>[a-z_]+)\[\+(?P<key>[A-Za-z0-9-]+)\]\.(?P<column>[a-z_.]+)")
_STEP = re.compile(r"([a-z_]+)|\[(-?\d+)\]")


def new_row(path: str) -> tuple[str, str, str] | None:
    """Split the path of a value in a new entry: the list, the key of the entry, the column; else None."""
    found = _NEW_ROW.fullmatch(path)
    return (found["list"], found["key"], found["column"]) if found else None


def steps_of(path: str) -> list[str | int]:
    """Split a path into keys and positions."""
    return [key or int(index) for key, index in _STEP.findall(path)]


def at(data: Any, path: str) -> Any:
    """Return what stands at a path in plain data, or None."""
    return reached(data, steps_of(path))


def reached(data: Any, steps: Sequence[str | int]) -> Any:
    """Return what stands at the end of some keys and positions in plain data, or None."""
    for step in steps:
        if isinstance(step, str) and isinstance(data, Mapping):
            data = data.get(step)
        elif isinstance(step, int) and isinstance(data, list) and -len(data) <= step < len(data):
            data = data[step]
        else:
            return None
    return data


def put(data: Plain, path: str, value: Any) -> bool:
    """Set a value in plain data, making the parts on the way; False where a list has no such entry."""
    *way, last = steps_of(path)
    current: Any = data
    for step in way:
        if isinstance(step, int):
            if not isinstance(current, list) or not -len(current) <= step < len(current):
                return False
            current = current[step]
        else:
            if current.get(step) is None:
                current[step] = {}
            current = current[step]
    current[last] = value
    return True
