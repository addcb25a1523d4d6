"""The event log: what was done with the records, by whom, when and why; only ever added to.

Each event's hash is the seal of all that it says and of the hash before it. So no event can be altered, left out or
put in without breaking the chain there, unless one has the workspace's key; the database itself refuses UPDATE and
DELETE on the table. Events name cases by id and carry seals of rows, never a student's data.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, or_, select

from cmforms.canonical import Encoded, canonical
from cmforms.store.access import Access
from cmforms.store.bulk import insert_rows
from cmforms.store.contents import moment
from cmforms.store.schema import event_data, events
from cmforms.store.sealing import Sealer

START = "0" * 64
"""What stands for the hash before the first event."""

LOOKS = ("read", "listed", "exported")
"""Kinds of events that change nothing about a case."""

DISCLOSURES = (*LOOKS, "issued")
"""Kinds of events by which somebody came to see what a record holds."""


class Entry(NamedTuple):
    """What is to be logged: the kind, the case's id if it is about one, and facts that name no person."""

    kind: str
    case_id: str | None
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it stands in the log; `data` is what belongs to it and was not removed since."""

    seq: int
    at: dt.datetime
    actor: str
    purpose: str
    kind: str
    case: str | None
    payload: Mapping[str, Any]
    previous: str
    hash: str
    data: Mapping[str, Any] | None = None

    def text(self) -> str:
        """Return what the hash is the seal of."""
        who = _who(self.at, self.actor, self.purpose)
        return _text(self.seq, who, self.kind, self.case, canonical(self.payload), self.previous)


@dataclass
class Log:
    """The log in one transaction that holds the store's write lock."""

    connection: Connection
    sealer: Sealer
    access: Access
    now: dt.datetime
    _head: tuple[int, str] | None = field(default=None, init=False)

    def append(self, entries: Iterable[Entry]) -> int:
        """Add events; return the number of the last one. The first of all names the key."""
        seq, previous = self._head or head_of(self.connection)
        said = list(entries)
        if said and not seq:
            said.insert(0, Entry("begun", None, {"key": self.sealer.name}))
        actor, purpose = self.access.actor, self.access.purpose
        who = _who(self.now, actor, purpose)
        rows = []
        for kind, case_id, payload in said:
            seq += 1
            facts = Encoded(canonical(payload))
            sealed = self.sealer.seal(_text(seq, who, kind, case_id, facts, previous))
            rows.append({
                "seq": seq, "at": self.now, "actor": actor, "purpose": purpose, "kind": kind, "case_id": case_id,
                "payload": facts, "previous": previous, "hash": sealed,
            })
            previous = sealed
        insert_rows(self.connection, events, rows)
        self._head = (seq, previous)
        return seq


    def upcoming(self) -> int:
        """Return the number that the next event gets."""
        self._head = self._head or head_of(self.connection)
        return self._head[0] + 1 if self._head[0] else 2


def _text(seq: int, who: str, kind: str, case_id: str | None, facts: str, previous: str) -> str:
    """Return an event's canonical JSON, a list; put together from parts, since most are the same again and again."""
    return f'[{seq},{who},{canonical(kind)},{canonical(case_id)},{facts},"{previous}"]'


def _who(at: dt.datetime, actor: str, purpose: str) -> str:
    return canonical((moment(at), actor, purpose))[1:-1]


def head_of(connection: Connection) -> tuple[int, str]:
    """Return the number and the hash of the newest event."""
    row = connection.execute(select(events.c.seq, events.c.hash).order_by(events.c.seq.desc()).limit(1)).first()
    return (row.seq, row.hash) if row else (0, START)


def events_of(connection: Connection, case_id: str) -> list[Event]:
    """Return the events about a case with their data, oldest first."""
    joined = select(events, event_data.c.data).outerjoin(event_data, event_data.c.seq == events.c.seq)
    query = joined.where(events.c.case_id == case_id).order_by(events.c.seq)
    return [event_from(row) for row in connection.execute(query).mappings()]


def all_events(connection: Connection, case_id: str | None = None) -> Iterator[Event]:
    """Yield every event in order, without data, a thousand at a time; with a case, those about it or about all."""
    query = select(events).order_by(events.c.seq).execution_options(yield_per=1000)
    if case_id is not None:
        query = query.where(or_(events.c.case_id == case_id, events.c.case_id.is_(None)))
    yield from (event_from(row) for row in connection.execute(query).mappings())


def event_from(row: RowMapping) -> Event:
    """Return the event of a row."""
    return Event(
        row["seq"], row["at"], row["actor"], row["purpose"], row["kind"], row["case_id"], row["payload"],
        row["previous"], row["hash"], row.get("data"),
    )


def rows_sealed(table: str, seals: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    """Return the part of a payload that vouches for rows of a table."""
    return {"rows": {table: list(seals)}}
