"""From rows to cases: what a new case becomes, what a known one gains, and what speaks against it."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cmforms.errors import Finding, InputError
from cmforms.legacy.targets import named_targets
from cmforms.model import case_from, plain

Plain = dict[str, Any]
Steps = tuple[str | int, ...]


@dataclass(slots=True)
class Draft:
    """What the rows of one key say: of the case, and the entries that they add; `rows` are their numbers."""

    key: str
    data: Plain
    entries: dict[str, list[Plain]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Change:
    """A value that a file changes in a case that is stored: what was, and what is."""

    path: str
    was: Any
    now: Any


@dataclass(frozen=True, slots=True)
class Joined:
    """A case with what a draft says: its plain data, what changed, and where file and record disagree."""

    data: Plain
    changes: tuple[Change, ...] = ()
    conflicts: tuple[Change, ...] = ()


def begun(draft: Draft, source: str) -> Plain:
    """Return a new case's plain data. Raises InputError with each fault that the model finds."""
    data = dict(draft.data)
    for listing, entries in draft.entries.items():
        _add_entries(data, listing, entries)
    _add_notes(data, draft.notes)
    return plain(case_from(data, source))


def joined(draft: Draft, now: Mapping[str, Any], given: Mapping[str, Any] | None, source: str) -> Joined:
    """Join a draft to a stored case: only what changed in the file since it last gave it changes the case.

    What the record and the file each changed is a conflict, and the record's value stays. Raises InputError with each
    fault that the model finds.
    """
    data: Plain = copy.deepcopy(dict(now))
    changes, conflicts = [], []
    for steps, value in leaves(draft.data):
        old, base = at(data, steps), at(given, steps) if given is not None else None
        if old == value or (given is not None and base == value):
            continue
        change = Change(_dotted(steps), old, value)
        if old is None or (given is not None and old == base):
            _set(data, steps, value)
            changes.append(change)
        else:
            conflicts.append(change)
    for listing, entries in draft.entries.items():
        changes += _add_entries(data, listing, entries)
    _add_notes(data, draft.notes)
    return Joined(plain(case_from(data, source)), tuple(changes), tuple(conflicts))


def leaves(data: Any, way: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """Yield every value of nested data with the way to it, as plain JSON holds it."""
    if isinstance(data, Mapping):
        for name, inner in data.items():
            yield from leaves(inner, (*way, name))
    elif isinstance(data, list):
        for number, inner in enumerate(data):
            yield from leaves(inner, (*way, number))
    else:
        yield way, data.isoformat() if isinstance(data, (dt.date, dt.time)) else data


def at(data: Any, steps: Steps) -> Any:
    """Return what stands at the end of a way, or None."""
    for step in steps:
        if isinstance(data, Mapping):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


def located(trouble: InputError, columns: Mapping[str, int]) -> list[tuple[int | None, Finding]]:
    """Pair each fault of the model with the column that gave the value, or a column of the part that lacks it."""
    return [(_column(finding.where.path or "", columns), finding) for finding in trouble.findings]


def _column(path: str, columns: Mapping[str, int]) -> int | None:
    generic = path if path in columns else _without_numbers(path)
    while generic:
        if generic in columns:
            return columns[generic]
        inside = (column for known, column in columns.items() if known.startswith((generic + ".", generic + "[")))
        if (found := next(inside, None)) is not None:
            return found
        generic = generic.rpartition(".")[0]
    return None


def _without_numbers(path: str) -> str:
    head, mark, tail = path.partition("[")
    return f"{head}[]{tail.partition(']')[2]}" if mark else path


def _add_entries(data: Plain, listing: str, entries: Sequence[Plain]) -> list[Change]:
    """Add entries that are not there; one with the same required values is the same, and gains what is new in it."""
    steps: Steps = tuple(listing.split("."))
    held = at(data, steps)
    if held is None:
        held = []
        _set(data, steps, held)
    needed = [str(each.steps[-1]) for each in named_targets() if each.needed and each.listing == listing and each.steps]
    changes = []
    for entry in entries:
        said = {_dotted(way): value for way, value in leaves(entry)}
        known = next((one for one in held if all(_plain_at(one, name) == said.get(name) for name in needed)), None)
        if known is None:
            held.append(entry)
            changes.append(Change(f"{listing}[{len(held) - 1}]", None, ", ".join(map(str, said.values()))))
            continue
        for way, value in leaves(entry):
            if (old := at(known, way)) != value:
                _set(known, way, value)
                changes.append(Change(f"{listing}[{held.index(known)}].{_dotted(way)}", old, value))
    return changes


def _plain_at(entry: Plain, name: str) -> Any:
    value = entry.get(name)
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else value


def _add_notes(data: Plain, notes: Sequence[str]) -> None:
    known = data.get("notes") or ""
    lines = [known] if known else []
    lines += [line for line in notes if line not in known]
    if lines:
        data["notes"] = "\n".join(lines)


def _set(data: Any, steps: Steps, value: Any) -> None:
    *way, last = steps
    for step, following in zip(way, steps[1:], strict=True):
        empty: Any = [] if isinstance(following, int) else {}
        if isinstance(data, list) and isinstance(step, int):
            if step >= len(data):
                data.append(empty)
            data = data[min(step, len(data) - 1)]
        else:
            if data.get(step) is None:
                data[step] = empty
            data = data[step]
    if isinstance(data, list) and isinstance(last, int):
        data.append(value) if last >= len(data) else data.__setitem__(last, value)
    else:
        data[last] = value


def _dotted(steps: Steps) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).removeprefix(".")
