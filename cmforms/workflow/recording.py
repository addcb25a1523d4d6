"""Somebody says that something happened to a case: it is written into the case and its history, or refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cmforms.definitions.life import Event
from cmforms.errors import Finding, error
from cmforms.life.recording import Change, Occurrence, outcome
from cmforms.life.situation import Situation
from cmforms.model.loading import nearest
from cmforms.records.values import overlay
from cmforms.sources.cells import choices, value_of
from cmforms.store import LIFE
from cmforms.values.kinds import Value
from cmforms.workflow.life import Casebook


@dataclass(frozen=True)
class Told:
    """What somebody says happened: the event, its fields as typed, and the day."""

    case: str
    event: str
    fields: Mapping[str, str]
    on: dt.date


@dataclass(frozen=True)
class Recorded:
    """The states before and after an event; with findings it was refused, and nothing was changed."""

    before: str
    after: str
    findings: tuple[Finding, ...] = ()


def record(casebook: Casebook, told: Told) -> Recorded:
    """Record an event: the case data change and the history gains it, or nothing changes and findings say why.

    It is judged on the case as it stands, with what returned documents brought, and written into the data that were
    entered. Raises InputError for an unknown case or event, StaleError where the case was changed in the meantime.
    """
    event = casebook.policy.life.event(told.event)
    head = casebook.store.head(told.case)
    before = casebook.standing(told.case).situation
    values, findings = _values(event, told)
    if findings or head is None:
        return Recorded(before.state.id, before.state.id, tuple(findings))

    def resulting(change: Change) -> Situation:
        data, _ = overlay(change.applied(head.data), casebook.store.record_values(told.case))
        return casebook.situation(data, casebook.documents(told.case))

    occurrence = Occurrence(event, told.on, values)
    done = outcome(before, occurrence, resulting)
    if done.change:
        kept = occurrence.as_json()
        casebook.store.record(told.case, f"{LIFE}{event.id}", kept, done.change.applied(head.data), head.version)
    return Recorded(before.state.id, done.after.state.id, done.findings)


def _values(event: Event, told: Told) -> tuple[dict[str, Value], list[Finding]]:
    """Read the fields as typed by the types that they have in the case; what could mean two things is a finding."""
    values: dict[str, Value] = {}
    findings: list[Finding] = []
    for name, text in told.fields.items():
        if name not in event.fields:
            findings.append(_unknown_field(event, told.case, name))
            continue
        column = event.fields[name]
        read = value_of(column, text)
        if read.doubt:
            where = {"case": told.case, "path": event.places[name]}
            findings.append(error("event-field-unclear", f"{name}: {read.doubt}", cites=event.cites, **where))
        elif read.value is not None:
            values[name] = read.value
    return values, findings


def _unknown_field(event: Event, case: str, name: str) -> Finding:
    near = nearest(name, list(event.fields))
    hint = f"; did you mean {near!r}?" if near else ""
    return error(
        "event-field-unknown", f"{event.id!r} has no field {name!r}{hint}", case=case, cites=event.cites,
        fix=f"It takes: {', '.join(event.fields) or 'none'}.",
    )


def described(event: Event) -> Iterator[tuple[str, str]]:
    """Yield each field of an event with what is to be entered: `kind`, `Kind of contact: phone, letter (needed)`."""
    for name, column in event.fields.items():
        options = ", ".join(str(choice) for choice in choices(column))
        needed = " (needed)" if event.is_needed(name) else ""
        yield name, f"{column.label}: {options or column.kind.value}{needed}"
