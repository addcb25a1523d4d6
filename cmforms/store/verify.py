"""Proof that the records are as cmforms left them: the chain of events, and each row against the event behind it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Connection, Table, and_, exists, or_, select, union

from cmforms.errors import Finding, error
from cmforms.store.batches import fold_rows
from cmforms.store.editions import CHUNK
from cmforms.store.log import START, all_events
from cmforms.store.schema import batch_rows, case_versions, cases, events
from cmforms.store.sealing import Sealer
from cmforms.store.vouching import SEALED, texts_of

Vouched = dict[str, dict[str, list[int]]]
"""The seals that stand for rows of each table, and the events that entered such a row."""

_FIX = "Keep this store as evidence, and restore a backup that was made before."


class Head(NamedTuple):
    """The end of the log: the newest event's number and hash. Kept elsewhere, it proves that nothing was cut off."""

    seq: int
    hash: str


def verify(connection: Connection, sealer: Sealer, known: Head | None = None) -> Iterator[Finding]:
    """Yield an error for everything that was altered, added or taken out behind cmforms' back, and where.

    `known` is a head noted down earlier. Memory stays level however many cases there are.
    """
    yield from _chain(connection, sealer, known)
    for case_ids in _case_ids(connection):
        yield from _rows(connection, sealer, case_ids)
    yield from _rows(connection, sealer, None)
    yield from _newest(connection)
    yield from _imports(connection, sealer)


def _chain(connection: Connection, sealer: Sealer, known: Head | None) -> Iterator[Finding]:
    seq, previous = 0, START
    for event in all_events(connection):
        if event.seq != seq + 1:
            yield _broken("events-missing", f"events {seq + 1} to {event.seq - 1} are missing", event.case)
        elif event.previous != previous:
            yield _broken("chain-broken", f"event {event.seq} does not follow on event {seq}", event.case)
        if sealer.seal(event.text()) != event.hash:
            yield _broken("event-altered", f"event {event.seq} is not as it was written", event.case)
        if known and event.seq == known.seq and event.hash != known.hash:
            yield _broken("events-replaced", f"event {event.seq} is another one than was noted down", event.case)
        seq, previous = event.seq, event.hash
    if known and seq < known.seq:
        yield _broken("events-missing", f"events {seq + 1} to {known.seq} are missing at the end", None)


def _case_ids(connection: Connection) -> Iterator[Sequence[str]]:
    """Yield the ids of all cases that any event or row names, sorted, some at a time."""
    named = [select(events.c.case_id.label("id")), *(select(table.c[column].label("id")) for table, column in SEALED)]
    ids = union(*named).subquery()
    last = ""
    while True:
        query = select(ids.c.id).where(ids.c.id > last).order_by(ids.c.id).limit(CHUNK)
        found = list(connection.execute(query).scalars())
        if not found:
            return
        yield found
        last = found[-1]


def _rows(connection: Connection, sealer: Sealer, case_ids: Sequence[str] | None) -> Iterator[Finding]:
    """Hold the rows of some cases, or (None) those of no case, against the events about them."""
    vouched = _vouched(connection, case_ids)
    for table, names_case in SEALED:
        query = select(table).where(_among(table.c[names_case], case_ids))
        rows = connection.execute(query).mappings().all()
        for row, text in zip(rows, texts_of(connection, table, rows), strict=True):
            known = vouched.get(row[names_case] or "", {}).get(table.name, {}).get(sealer.seal(text))
            if known:
                known.pop()
            else:
                yield _broken("row-altered", f"{_said(table, row)} is not as any event says", row[names_case])
    for case_id, tables in vouched.items():
        for name, seals in tables.items():
            for seq in chain.from_iterable(seals.values()):
                yield _broken("row-missing", f"what event {seq} entered in {name} is missing, or altered", case_id)


def _among(column: Any, case_ids: Sequence[str] | None) -> Any:
    return column.is_(None) if case_ids is None else column.in_(case_ids)


def _vouched(connection: Connection, case_ids: Sequence[str] | None) -> dict[str, Vouched]:
    columns = select(events.c.seq, events.c.case_id, events.c.payload)
    query = columns.where(_among(events.c.case_id, case_ids)).order_by(events.c.seq)
    found: dict[str, Vouched] = {}
    for seq, case_id, payload in connection.execute(query):
        mine = found.setdefault(case_id or "", {})
        for name in payload.get("removed", ()):
            mine.pop(name, None)
        for name, seals in payload.get("rows", {}).items():
            for seal in seals:
                mine.setdefault(name, {}).setdefault(seal, []).append(seq)
    return found


def _said(table: Table, row: Mapping[Any, Any]) -> str:
    """Name a row without its data."""
    for column in ("version", "issue", "path", "seq"):
        if row.get(column):
            return f"{table.name} {column} {row[column]}"
    return f"{table.name} number {row['id']}"


def _newest(connection: Connection) -> Iterator[Finding]:
    mine = case_versions.c.case_id == cases.c.id
    same = and_(mine, case_versions.c.version == cases.c.version, case_versions.c.sha256 == cases.c.sha256)
    newer = and_(mine, case_versions.c.version > cases.c.version)
    query = select(cases.c.id).where(or_(~exists().where(same), exists().where(newer))).order_by(cases.c.id)
    for case_id in connection.execute(query).scalars():
        yield _broken("newest-wrong", "does not point to its newest edition", case_id)


def _imports(connection: Connection, sealer: Sealer) -> Iterator[Finding]:
    query = select(events.c.payload).where(events.c.kind == "imported").order_by(events.c.seq)
    for payload in connection.execute(query).scalars().all():
        rows = select(batch_rows).where(batch_rows.c.batch_id == payload["batch"]).order_by(batch_rows.c.id)
        kept = connection.execute(rows.execution_options(yield_per=CHUNK)).mappings()
        said = hashlib.sha256()
        fold_rows(said, kept)
        if sealer.seal(said.hexdigest()) != payload["seal"]:
            yield _broken("import-altered", f"the rows of import {payload['batch']} are not as they were written", None)


def _broken(code: str, message: str, case_id: str | None) -> Finding:
    return error(code, message, case=case_id or None, fix=_FIX)
