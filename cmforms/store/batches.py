"""Imports: many cases at once, all or nothing, that can be undone as one."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, delete, exists, func, insert, select, update

from cmforms.errors import Finding, InputError, error, note
from cmforms.store.bulk import insert_rows, learn_sizes
from cmforms.store.editions import Draft, Saved, chunks, newest, save
from cmforms.store.log import LOOKS, Entry, Log
from cmforms.store.schema import batch_rows, batches, case_versions, cases, events

LARGE = 1000
"""Tables that grew by so many rows are looked at anew."""


class Row(NamedTuple):
    """A row of an import: its key in the source, the hash of its cells, the case that it gives, and its place.

    `data` is the case's plain data, or the same as canonical JSON text; `place` such as `Sheet1!17`. `said` is what
    the source has said of the case by now, where that is not just all that the case holds.
    """

    key: str
    row_sha256: str
    case_id: str
    data: Mapping[str, Any] | str
    place: str = ""
    said: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What imports of the same source gave for a key: the last row's hash, and what the source said of the case."""

    case_id: str
    row_sha256: str
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BatchInfo:
    """An import as it is kept."""

    id: int
    source: str
    sha256: str
    at: dt.datetime
    actor: str
    cases: int
    undone_at: dt.datetime | None
    note: Mapping[str, Any]


class Batch:
    """An import in progress, inside one transaction."""

    def __init__(self, log: Log, source: str, sha256: str, note: Mapping[str, Any]) -> None:
        self._log = log
        self._source = source
        self._said = hashlib.sha256()
        self._cases = self._rows = self._known_rows = 0
        row = {
            "source": source, "sha256": sha256, "note": dict(note), "actor": log.access.actor, "begun_at": log.now,
            "cases": 0,
        }
        made = log.connection.execute(insert(batches).values(row)).inserted_primary_key
        self.id = int(made[0]) if made else 0
        self._entry = {"batch": self.id, "file": sha256}

    def given(self, keys: Sequence[str]) -> dict[str, Given]:
        """Return what imports of this source that were not undone last gave for the keys."""
        found: dict[str, Given] = {}
        for some in chunks(keys):
            for row in self._log.connection.execute(_given(self._source, some)):
                found[row.key] = Given(row.case_id, row.row_sha256, row.data if row.said is None else row.said)
        return found

    def cases(self, case_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Return the newest editions of the cases that are stored."""
        return {case_id: edition.data for case_id, edition in newest(self._log.connection, case_ids).items()}

    def save(self, rows: Sequence[Row]) -> dict[str, Saved]:
        """Save the cases of the rows, a few thousand a call; one that is as it was gets no new edition."""
        drafts = (Draft(row.case_id, row.data, {"import": self.id, "place": row.place}) for row in rows)
        saved = save(self._log, drafts, {"batch": self.id})
        kept = [_kept(self.id, row, saved[row.case_id]) for row in rows]
        insert_rows(self._log.connection, batch_rows, kept)
        fold_rows(self._said, kept)
        self._cases += sum(done.version > done.before for done in saved.values())
        self._rows += len(kept)
        if self._rows > 2 * self._known_rows + LARGE:
            learn_sizes(self._log.connection, (cases, case_versions, batch_rows, events))
            self._known_rows = self._rows
        return saved

    def finish(self) -> None:
        """Write the batch's own line and event."""
        self._log.connection.execute(update(batches).where(batches.c.id == self.id).values(cases=self._cases))
        seal = self._log.sealer.seal(self._said.hexdigest())
        self._log.append([Entry("imported", None, {**self._entry, "cases": self._cases, "seal": seal})])


def fold_rows(said: Any, rows: Iterable[Mapping[Any, Any]]) -> None:
    """Add to a running hash what rows of an import did; their keys may name students, and may be destroyed."""
    for row in rows:
        said.update(f"{row['case_id']} {row['before']} {row['version']}\n".encode())


def batch_info(connection: Connection) -> list[BatchInfo]:
    """Return every import, oldest first."""
    return [_info(row) for row in connection.execute(select(batches).order_by(batches.c.id)).mappings()]


def undo(log: Log, batch_id: int, keep_changed: bool) -> list[Finding]:
    """Take an import back: its new cases go, those that it changed get the edition before it once more.

    Cases that somebody has worked on since are errors, and nothing is undone; with `keep_changed` they stay as they
    are, each with a note, and all others are undone. Raises InputError for a batch that is unknown or undone already.
    """
    info = _known(log.connection, batch_id)
    worked_on = set(log.connection.execute(_worked_on(log.connection, batch_id)).scalars())
    if worked_on and not keep_changed:
        return [_changed(case_id, info) for case_id in sorted(worked_on)]
    for some in _groups(log.connection, batch_id):
        _undo_cases(log, batch_id, {case: span for case, span in some.items() if case not in worked_on})
    log.connection.execute(update(batches).where(batches.c.id == batch_id).values(undone_at=log.now))
    log.connection.execute(update(batch_rows).where(batch_rows.c.batch_id == batch_id).values(said=None))
    log.append([Entry("undone", None, {"batch": batch_id, "kept": len(worked_on)})])
    return [_kept_finding(case_id, info) for case_id in sorted(worked_on)]


def _given(source: str, keys: Sequence[str]) -> Any:
    edition = and_(
        case_versions.c.case_id == batch_rows.c.case_id, case_versions.c.version == batch_rows.c.version
    )
    kept = (batch_rows.c.key, batch_rows.c.case_id, batch_rows.c.row_sha256, batch_rows.c.said)
    columns = select(*kept, case_versions.c.data)
    joined = columns.join(batches, batches.c.id == batch_rows.c.batch_id).join(case_versions, edition)
    counts = and_(batches.c.source == source, batches.c.undone_at.is_(None), batch_rows.c.key.in_(keys))
    return joined.where(counts).order_by(batch_rows.c.id)


def _kept(batch_id: int, row: Row, saved: Saved) -> dict[str, Any]:
    return {
        "batch_id": batch_id, "key": row.key, "row_sha256": row.row_sha256, "case_id": row.case_id,
        "before": saved.before, "version": saved.version, "said": row.said,
    }  # fmt: skip


def _info(row: Mapping[Any, Any]) -> BatchInfo:
    return BatchInfo(
        row["id"], row["source"], row["sha256"], row["begun_at"], row["actor"], row["cases"], row["undone_at"],
        row["note"],
    )


def _known(connection: Connection, batch_id: int) -> BatchInfo:
    row = connection.execute(select(batches).where(batches.c.id == batch_id)).mappings().first()
    if row is None:
        raise InputError.because(
            "batch-unknown", f"there is no import number {batch_id}", fix="`cmforms cases batches` lists them."
        )
    if row["undone_at"]:
        raise InputError.because("batch-undone", f"import number {batch_id} was undone before; nothing changed")
    return _info(row)


def _worked_on(connection: Connection, batch_id: int) -> Any:
    """Return the query for the cases of a batch that something happened to since, looking at them apart."""
    later = and_(
        events.c.case_id == batch_rows.c.case_id, events.c.seq > _imported_at(connection, batch_id),
        events.c.kind.not_in(LOOKS),
    )
    changed_here = and_(batch_rows.c.batch_id == batch_id, batch_rows.c.version > batch_rows.c.before)
    return select(batch_rows.c.case_id).where(changed_here, exists().where(later)).distinct()


def _imported_at(connection: Connection, batch_id: int) -> int:
    """Return the number of the event that ended the import."""
    query = select(events.c.seq, events.c.payload).where(events.c.kind == "imported")
    return next(int(seq) for seq, payload in connection.execute(query) if payload["batch"] == batch_id)


def _groups(connection: Connection, batch_id: int) -> Iterator[dict[str, Saved]]:
    """Yield the cases that the batch changed, with the version before and after, some at a time."""
    case_id, last = batch_rows.c.case_id, ""
    span = select(case_id, func.min(batch_rows.c.before), func.max(batch_rows.c.version))
    changed_here = and_(batch_rows.c.batch_id == batch_id, batch_rows.c.version > batch_rows.c.before)
    while True:
        query = span.where(changed_here, case_id > last).group_by(case_id).order_by(case_id).limit(500)
        found = {case: Saved(before, version) for case, before, version in connection.execute(query)}
        if not found:
            return
        yield found
        last = max(found)


def _undo_cases(log: Log, batch_id: int, spans: Mapping[str, Saved]) -> None:
    facts = {"batch": batch_id, "undo": True}
    new = [case_id for case_id, span in spans.items() if span.before == 0]
    remove(log.connection, new)
    log.append(Entry("undone", case_id, {**facts, "removed": [case_versions.name]}) for case_id in new)
    earlier = _editions(log.connection, {case: span.before for case, span in spans.items() if span.before})
    save(log, (Draft(case, data, {"undo": batch_id}) for case, data in earlier.items()), facts)


def _editions(connection: Connection, wanted: Mapping[str, int]) -> dict[str, Mapping[str, Any]]:
    query = select(case_versions).where(case_versions.c.case_id.in_(list(wanted)))
    rows = connection.execute(query).mappings()
    return {row["case_id"]: row["data"] for row in rows if row["version"] == wanted[row["case_id"]]}


def remove(connection: Connection, case_ids: Iterable[str]) -> None:
    """Delete cases with all their editions."""
    for some in chunks(list(case_ids)):
        connection.execute(delete(case_versions).where(case_versions.c.case_id.in_(some)))
        connection.execute(delete(cases).where(cases.c.id.in_(some)))


def _changed(case_id: str, info: BatchInfo) -> Finding:
    return error(
        "batch-case-changed", f"somebody has worked on it since import {info.id}; nothing was undone", case=case_id,
        fix="Look at its history; --keep-changed undoes all other cases.",
    )


def _kept_finding(case_id: str, info: BatchInfo) -> Finding:
    return note("batch-case-kept", f"stays as it is: somebody has worked on it since import {info.id}", case=case_id)
