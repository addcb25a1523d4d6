"""From rows to cases: what a new case becomes, what a known one gains, and where file and record disagree.

A case that is known is joined in three ways: what the source said of it before, what it says now, and what the record
holds. Only what the source changed since changes the record; what a person changed too is never decided here.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cmforms.errors import Finding, InputError
from cmforms.legacy.entries import Comes, counterparts, paired, with_same_needed
from cmforms.legacy.targets import target
from cmforms.legacy.values import Plain, Steps, dotted, leaves, plain_values, put
from cmforms.model import case_from, plain
from cmforms.model.paths import reached
from cmforms.values.columns import column_for

REMOVED = -1
"""The place of an entry that a person has taken out of the record."""


@dataclass(slots=True)
class Draft:
    """What the rows of one key say: of the case, and the entries that they add; `rows` are their numbers."""

    key: str
    data: Plain
    entries: dict[str, list[Plain]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Before:
    """What the source said of a case when it was last imported, None for never, and how its lists come again.

    `partly` tells that some rows of the case wait, so that what is missing is not missing from the file.
    """

    said: Mapping[str, Any] | None = None
    comes: Comes = None
    partly: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A value that a file changes in a case that is stored: what was, and what is."""

    path: str
    was: Any
    now: Any


@dataclass(frozen=True, slots=True)
class Conflict:
    """A value on which file and record disagree: what the file said before, what it says now, what the record holds."""

    path: str
    base: Any
    theirs: Any
    ours: Any


@dataclass
class Joined:
    """A case with what a draft says: its plain data, what changed, and all that a person has to look at.

    `said` is what the source has said of the case by now. `withdrawn` stands in the record and no longer in the file;
    `unclear` are entries that may be others corrected, or new ones: then nothing of the draft is to be stored.
    """

    data: Plain
    said: Plain
    changes: list[Change] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    withdrawn: list[Change] = field(default_factory=list)
    unclear: list[tuple[str, Plain]] = field(default_factory=list)

    def take(self, steps: Steps, value: Any, base: Any) -> None:
        """Take a value of the file when it alone changed it; what the record changed too is a conflict."""
        ours = reached(self.data, steps)
        if value in (ours, base):
            return
        if ours == base:
            put(self.data, steps, value)
            self.changes.append(Change(dotted(steps), ours, value))
        else:
            self.conflicts.append(Conflict(dotted(steps), base, value, ours))


def begun(draft: Draft, source: str) -> Plain:
    """Return a new case's plain data. Raises InputError with each fault that the model finds."""
    data = dict(draft.data)
    for listing, entries in draft.entries.items():
        steps = tuple(listing.split("."))
        put(data, steps, _with_added(plain_values(reached(data, steps) or []), plain_values(entries), listing))
    if lines := _notes(draft):
        data["notes"] = lines
    return plain(case_from(data, source))


def _with_added(held: list[Plain], entries: Sequence[Plain], listing: str) -> list[Plain]:
    """Add entries to those that columns gave; one that says nothing else than such a one fills it."""
    made, taken = list(held), set[int]()
    for entry in entries:
        place = with_same_needed(entry, held, listing, taken)
        if place is None or any(reached(held[place], way) not in (None, value) for way, value in leaves(entry)):
            made.append(entry)
            continue
        taken.add(place)
        for way, value in leaves(entry):
            put(held[place], way, value)
    return made


def joined(draft: Draft, now: Mapping[str, Any], before: Before, source: str) -> Joined:
    """Join a draft to a stored case. Raises InputError with each fault that the model finds."""
    done = Joined(copy.deepcopy(dict(now)), copy.deepcopy(dict(before.said or {})))
    for name, part in plain_values(draft.data).items():
        if isinstance(part, list):
            _join_entries(done, name, part, Before(before.said, "whole"), numbered=True)
        elif name != "notes":
            for steps, value in leaves(part, (name,)):
                done.take(steps, value, reached(before.said, steps))
                put(done.said, steps, value)
    for listing, entries in draft.entries.items():
        partly = before.partly or listing in draft.data
        _join_entries(done, listing, plain_values(entries), replace(before, partly=partly))
    _join_notes(done, _notes(draft))
    if not done.unclear:
        done.data = plain(case_from(done.data, source))
    return done


def blanked(data: Mapping[str, Any], said: Mapping[str, Any] | None, paths: Iterable[str]) -> Iterator[Change]:
    """Yield the values that a source gave and now leaves blank; what the model itself puts there is none."""
    for path in paths:
        goal, column = target(path), column_for(path)
        if goal is None or goal.listing or reached(data, goal.steps) is not None:
            continue
        was = reached(said, goal.steps)
        if was is not None and (column is None or column.default != was):
            yield Change(path, was, None)


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


def _join_entries(done: Joined, listing: str, entries: Sequence[Plain], before: Before, numbered: bool = False) -> None:
    """Join the entries of a list: those that the source gave before with what it says now, the others added.

    `numbered` entries stand in columns of one row, so that their places count in a case that another source began.
    """
    steps: Steps = tuple(listing.split("."))
    olds: Sequence[Plain] = reached(done.said, steps) or []
    if reached(done.data, steps) is None:
        put(done.data, steps, [])
    held = reached(done.data, steps)
    pairs = paired(olds, entries, listing, before.comes)
    places = counterparts(olds, held, listing)
    taken = set(places.values())
    for number, (entry, old) in enumerate(zip(entries, pairs.olds, strict=True)):
        if old is not None:
            _correct(done, (*steps, places.get(old, REMOVED)), entry, olds[old])
            continue
        place = with_same_needed(entry, held, listing, taken)
        if place is None and numbered and not olds and number < len(held) and number not in taken:
            place = number
        if place is not None:
            _correct(done, (*steps, place), entry, {})
        elif number in pairs.unclear:
            done.unclear.append((listing, entry))
            continue
        else:
            place = len(held)
            held.append(entry)
            done.changes.append(Change(f"{listing}[{place}]", None, _in_line(entry)))
        taken.add(place)
    missing = [olds[old] for old in pairs.left]
    if pairs.anchored and not numbered and not before.partly and before.comes != "parts":
        done.withdrawn += [Change(listing, _in_line(old), None) for old in missing]
        missing = []
    put(done.said, steps, [*missing, *_said_now(entries, olds, pairs.olds)])


def _in_line(entry: Mapping[str, Any]) -> str:
    return ", ".join(str(value) for _, value in leaves(entry))


def _said_now(entries: Sequence[Plain], olds: Sequence[Plain], pairs: Sequence[int | None]) -> Iterator[Plain]:
    for entry, old in zip(entries, pairs, strict=True):
        said: Plain = copy.deepcopy(dict(olds[old])) if old is not None else {}
        for way, value in leaves(entry):
            put(said, way, value)
        yield said


def _correct(done: Joined, steps: Steps, entry: Plain, base: Mapping[str, Any]) -> None:
    """Take what changed in an entry; one that somebody has removed from the record stays removed."""
    for way, value in leaves(entry):
        if steps[-1] != REMOVED:
            done.take((*steps, *way), value, reached(base, way))
        elif value != reached(base, way):
            done.conflicts.append(Conflict(dotted((*steps[:-1], *way)), reached(base, way), value, None))


def _notes(draft: Draft) -> str:
    return "\n".join([*([str(draft.data["notes"])] if "notes" in draft.data else []), *draft.notes])


def _join_notes(done: Joined, lines: str) -> None:
    """Put new notes in the place of those that the source gave; behind those that somebody has written himself."""
    base, ours = done.said.get("notes") or "", done.data.get("notes") or ""
    if not lines or lines == base:
        return
    known = {*base.splitlines(), *ours.splitlines()}
    fresh = [line for line in lines.splitlines() if line not in known]
    made = lines if ours == base else "\n".join([ours, *fresh] if ours else fresh)
    done.said["notes"] = lines
    if made and made != ours:
        done.data["notes"] = made
        done.changes.append(Change("notes", ours or None, made))
