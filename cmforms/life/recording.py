"""An event happens to a case: is it possible, what does it write, and does the policy agree with what comes of it?"""

from __future__ import annotations

import copy
import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cmforms.definitions.expressions import Missing
from cmforms.definitions.life import Event, LifeState
from cmforms.definitions.wording import case_path, is_path, label_of, shown
from cmforms.errors import Finding, InputError, error
from cmforms.life.situation import Situation
from cmforms.model.paths import Plain, at, put
from cmforms.values.columns import column_at
from cmforms.values.kinds import Value, to_json

_NEW_ENTRY = re.compile(r"(?P<list>[a-z_]+)\[\+\]\.(?P<column>[a-z_.]+)")


@dataclass(frozen=True)
class Occurrence:
    """An event on its day, with the values of its fields."""

    event: Event
    on: dt.date
    values: Mapping[str, Value]

    def as_json(self) -> dict[str, Any]:
        """Return plain data, as the history keeps it."""
        given = {name: to_json(value) for name, value in self.values.items()}
        return {"event": self.event.id, "on": self.on.isoformat(), "values": given}


@dataclass(frozen=True)
class Change:
    """What an event writes: the places that it clears first, and each place with its value as plain data."""

    clears: tuple[str, ...]
    writes: tuple[tuple[str, Any], ...]

    def applied(self, data: Mapping[str, Any]) -> Plain:
        """Return the case's plain data after the event; the data given stay as they are."""
        changed: Plain = copy.deepcopy(dict(data))
        for place in self.clears:
            _clear(changed, place)
        for name, entry in self.entries().items():
            changed.setdefault(name, []).append(entry)
        for place, value in self.writes:
            if not _NEW_ENTRY.match(place):
                put(changed, place, value)
        return changed

    def entries(self) -> dict[str, Plain]:
        """Return the new entries by the lists that they go into."""
        found: dict[str, Plain] = {}
        for place, value in self.writes:
            if new := _NEW_ENTRY.match(place):
                put(found.setdefault(new["list"], {}), new["column"], value)
        return found


def _clear(data: Plain, place: str) -> None:
    *way, last = place.split(".")
    part = at(data, ".".join(way)) if way else data
    if part is not None:
        part.pop(last, None)


@dataclass(frozen=True)
class Outcome:
    """What comes of an event: the change and where the case stands after it; with findings nothing comes of it."""

    after: Situation
    change: Change | None = None
    findings: tuple[Finding, ...] = ()


def outcome(before: Situation, occurrence: Occurrence, resulting: Callable[[Change], Situation]) -> Outcome:
    """Tell what comes of an event, or why it cannot be: what is missing, by which row of the policy.

    `resulting` gives where the case would stand after a change; it raises InputError when that is no valid case.
    """
    if found := _obstacles(before, occurrence):
        return Outcome(before, findings=tuple(found))
    change = _change(before, occurrence)
    found = [*_standing_already(before, occurrence.event, change)]
    try:
        after = before if found else resulting(change)
        found = found or _misgivings(before, after, occurrence.event)
    except InputError as invalid:
        found = [replace(finding, cites=occurrence.event.cites) for finding in invalid.findings]
    return Outcome(before, findings=tuple(found)) if found else Outcome(after, change)


def _misgivings(before: Situation, after: Situation, event: Event) -> list[Finding]:
    """Return what speaks against the case after an event: the rules that the event names, an unforeseen state."""
    findings = after.objections(event.rules)
    if not findings and after.state.id not in (before.state.id, *event.leads_to):
        findings.append(_astray(before.state, after.state, event, before.case.id))
    return findings


def _obstacles(situation: Situation, occurrence: Occurrence) -> list[Finding]:
    """Return why an event cannot happen to a case as it stands: its state, its day, a field that is missing."""
    event, state = occurrence.event, situation.state
    if state.id not in event.states:
        return [_not_from(situation, event)]
    needed = [name for name in event.fields if event.is_needed(name) and name not in occurrence.values]
    findings = [_field_missing(situation, event, name) for name in needed]
    if not needed and (untimely := _untimely(situation, occurrence)):
        findings.append(untimely)
    return findings


def _not_from(situation: Situation, event: Event) -> Finding:
    life, state = situation.policy.life, situation.state
    way = life.way(state.id, event.states, _happened(situation))
    if state.final:
        fix = "Nothing more can happen to this case; a new referral by DSPC is a new case."
    elif way:
        steps = ", then ".join(f"{step.id} (CMS {', '.join(step.cites)})" for step in way)
        fix = f"What is missing: {steps}."
    else:
        fix = "No event leads there any more; if the case data are wrong, correct them."
    return error(
        "event-impossible", f"{event.id!r} is not possible while the case is {state.id!r}: {state.title}",
        case=situation.case.id, cites=event.cites, fix=fix,
    )


def _happened(situation: Situation) -> set[str]:
    """Return the events whose days stand in the case and would have to be overwritten."""
    data = situation.case.model_dump()
    return {
        event.id for event in situation.policy.life.events if not event.clears
        and any(value == "on" and at(data, place) for place, value in event.writes.items() if "[" not in place)
    }  # fmt: skip


def _field_missing(situation: Situation, event: Event, name: str) -> Finding:
    return error(
        "event-field-missing", f"{event.id!r} lacks {name!r}: {event.fields[name].label}",
        case=situation.case.id, path=event.places[name], cites=event.cites, fix=f"Add it as {name}=...",
    )


def _untimely(situation: Situation, occurrence: Occurrence) -> Finding | None:
    event, on = occurrence.event, occurrence.on
    where: dict[str, Any] = {"case": situation.case.id, "cites": event.cites}
    if on > situation.policy.today:
        fix = "Record what has happened; `cmforms due` keeps what is to come."
        return error("event-future", f"{shown(on)} is still to come", fix=fix, **where)
    first = situation.value(event.after or "on", on=on, **occurrence.values)
    if isinstance(first, Missing):
        return _unknown(situation, event, first)
    if on < first:
        message = f"{event.id!r} cannot have been on {shown(on)}, before {shown(first)}"
        return error("event-too-early", message, fix="Correct the day with --on.", **where)
    return None


def _unknown(situation: Situation, event: Event, missing: Missing) -> Finding:
    if is_path(missing.path):
        message = f"{event.id!r} needs what is not known: {label_of(missing.path)} ({case_path(missing.path)})"
        fix = "Record first what it follows upon; `cmforms cases events` lists the events."
    else:
        message = f"{event.id!r} names what the district's calendar or directory does not have"
        fix = "Write it as `forms/district.yaml` has it."
    return error("event-unknown-value", message, case=situation.case.id, cites=event.cites, fix=fix)


def _change(situation: Situation, occurrence: Occurrence) -> Change:
    """Return what an event writes; a field that was not given is not written."""
    event = occurrence.event
    values = (
        (place, situation.value(expression, on=occurrence.on, **occurrence.values))
        for place, expression in event.writes.items()
    )
    writes = ((place, _plain(value)) for place, value in values if not isinstance(value, Missing))
    return Change(event.clears, tuple(writes))


def _plain(value: Any) -> Any:
    """Return a value as a stored case holds it."""
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else value


def _standing_already(situation: Situation, event: Event, change: Change) -> Iterator[Finding]:
    """An event adds facts: it overwrites none, but for a box that was not ticked, and adds no entry twice."""
    before = Change(event.clears, ()).applied(situation.case.model_dump(mode="json"))
    for place, value in change.writes:
        stands = at(before, place)
        if stands not in (None, False, value):
            column = column_at(place)
            said = f"{column.label if column else place} stands already: {stands}"
            fix = "If that is wrong, correct it in the case data and save the case."
            yield _already(situation, event, place, said, fix)
    for name, entry in change.entries().items():
        if any(entry.items() <= known.items() for known in before.get(name, ())):
            fix = "If it happened twice, say what tells them apart, such as the time or a note."
            yield _already(situation, event, name, "the same entry stands already", fix)


def _already(situation: Situation, event: Event, path: str, message: str, fix: str) -> Finding:
    return error("event-already", message, case=situation.case.id, path=path, cites=event.cites, fix=fix)


def _astray(before: LifeState, after: LifeState, event: Event, case: str) -> Finding:
    return error(
        "event-astray", f"{event.id!r} would lead from {before.id!r} to {after.id!r}, as later facts stand in the case",
        case=case, cites=event.cites, fix="Correct the case data, then record the event.",
    )
