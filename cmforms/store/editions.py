"""Cases and their editions: each save that changes a case adds an edition, and none is ever altered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection, and_, bindparam, select, update

from cmforms.canonical import Encoded, canonical
from cmforms.store.bulk import insert_rows
from cmforms.store.contents import content
from cmforms.store.log import Entry, Log, rows_sealed
from cmforms.store.schema import case_versions, cases
from cmforms.store.sealing import digest

_Id = TypeVar("_Id", str, int)

CHUNK = 500
"""How many ids one query names; every database takes so many."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A case as it was saved at one time; versions count from 1. `origin` says where its new values came from."""

    case: str
    version: int
    sha256: str
    saved_at: dt.datetime
    data: Mapping[str, Any]
    origin: Mapping[str, Any] | None = None


class Draft(NamedTuple):
    """A case to be saved: plain data, or the same as canonical JSON text."""

    case_id: str
    data: Mapping[str, Any] | str
    origin: Mapping[str, Any] | None = None


class Saved(NamedTuple):
    """What a save did: the case's version before it (0 for a new case) and after it."""

    before: int
    version: int


def save(log: Log, drafts: Iterable[Draft], facts: Mapping[str, Any] | None = None) -> dict[str, Saved]:
    """Save what differs from the newest editions, each kind of statement once for all cases.

    `facts` join the payload of each event.
    """
    texts = {draft.case_id: (Encoded(_text(draft.data)), draft.origin) for draft in drafts}
    known = heads(log.connection, list(texts))
    saved: dict[str, Saved] = {}
    rows: list[dict[str, Any]] = []
    for case_id, (text, origin) in texts.items():
        before, last = known.get(case_id, (0, ""))
        sha256 = digest(text)
        saved[case_id] = Saved(before, before + (sha256 != last))
        if sha256 != last:
            rows.append({
                "case_id": case_id, "version": before + 1, "sha256": sha256, "data": text, "saved_at": log.now,
                "origin": origin,
            })
    _write(log, rows, facts or {})
    return saved


def _text(data: Mapping[str, Any] | str) -> str:
    return data if isinstance(data, str) else canonical(data)


def _write(log: Log, rows: Sequence[dict[str, Any]], facts: Mapping[str, Any]) -> None:
    insert_rows(log.connection, cases, [_head(row, "id") for row in rows if row["version"] == 1])
    if changed := [_head(row, "which") for row in rows if row["version"] > 1]:
        log.connection.execute(update(cases).where(cases.c.id == bindparam("which")), changed)
    insert_rows(log.connection, case_versions, rows)
    log.append(_entry(log, row, facts) for row in rows)


def _head(row: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {key: row["case_id"], **{name: row[name] for name in ("version", "sha256", "saved_at")}}


def _entry(log: Log, row: Mapping[str, Any], facts: Mapping[str, Any]) -> Entry:
    sealed = rows_sealed("case_versions", [log.sealer.seal(content(case_versions, row))])
    return Entry("saved", row["case_id"], {"version": row["version"], **facts, **sealed})


def heads(connection: Connection, case_ids: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Return the newest version of each case and its hash; a case that is not stored is left out."""
    columns = select(cases.c.id, cases.c.version, cases.c.sha256)
    return {
        row.id: (row.version, row.sha256)
        for some in chunks(case_ids)
        for row in connection.execute(columns.where(cases.c.id.in_(some)))
    }


def newest(connection: Connection, case_ids: Sequence[str]) -> dict[str, Edition]:
    """Return the newest edition of each case; a case that is not stored is left out."""
    return {
        row["case_id"]: edition_of(row)
        for some in chunks(case_ids)
        for row in connection.execute(newest_editions().where(cases.c.id.in_(some))).mappings()
    }


def newest_editions() -> Any:
    """Return the query for the newest edition of every case."""
    is_head = and_(case_versions.c.case_id == cases.c.id, case_versions.c.version == cases.c.version)
    return select(case_versions).join(cases, is_head)


def all_newest(connection: Connection) -> Iterator[Edition]:
    """Yield the newest edition of every case, by id."""
    query = newest_editions().order_by(cases.c.id).execution_options(yield_per=CHUNK)
    yield from (edition_of(row) for row in connection.execute(query).mappings())


def editions(connection: Connection, case_id: str) -> list[Edition]:
    """Return every edition of a case, oldest first."""
    query = select(case_versions).where(case_versions.c.case_id == case_id).order_by(case_versions.c.version)
    return [edition_of(row) for row in connection.execute(query).mappings()]


def edition_of(row: Mapping[Any, Any]) -> Edition:
    """Return the edition of a row."""
    return Edition(
        row["case_id"], row["version"], row["sha256"], row["saved_at"], row["data"], row["origin"]
    )


def chunks(ids: Sequence[_Id]) -> Iterator[Sequence[_Id]]:
    """Cut ids into parts that one query can name."""
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
