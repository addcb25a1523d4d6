"""The end of records: a legal hold keeps them, a purge destroys them, and the log says so without a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine, delete, select, update

from cmforms.errors import Finding, error
from cmforms.store.batches import remove
from cmforms.store.log import Entry, Event, Log, event_from
from cmforms.store.schema import batch_rows, documents, event_data, events, issues, readings, record_values
from cmforms.store.vouching import SEALED


def held(connection: Connection) -> dict[str, Event]:
    """Return the cases under legal hold, each with the event that put it there."""
    query = select(events).where(events.c.kind.in_(("held", "released"))).order_by(events.c.seq)
    newest = {row["case_id"]: event_from(row) for row in connection.execute(query).mappings()}
    return {case_id: event for case_id, event in newest.items() if event.kind == "held"}


def purge(log: Log, facts: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
    """Destroy everything about the cases but the events, which name no person; add the event of it for each.

    `facts` says for each case why it may go, such as when it was closed. A case under hold is an error, and then
    nothing at all is destroyed.
    """
    kept = held(log.connection)
    if findings := [_is_held(case_id) for case_id in facts if case_id in kept]:
        return findings
    for case_id in facts:
        _destroy(log.connection, case_id)
    remove(log.connection, list(facts))
    tables = [table.name for table, _ in SEALED]
    log.append(Entry("purged", case_id, {**why, "removed": tables}) for case_id, why in facts.items())
    return []


def _destroy(connection: Connection, case_id: str) -> None:
    mine = select(documents.c.id).where(documents.c.subject == case_id)
    connection.execute(delete(readings).where(readings.c.document_id.in_(mine)))
    connection.execute(delete(record_values).where(record_values.c.case_id == case_id))
    connection.execute(delete(documents).where(documents.c.subject == case_id))
    connection.execute(delete(issues).where(issues.c.subject == case_id))
    connection.execute(delete(event_data).where(event_data.c.case_id == case_id))
    nothing = {"key": "", "row_sha256": "", "said": None}
    connection.execute(update(batch_rows).where(batch_rows.c.case_id == case_id).values(nothing))


def scrub(engine: Engine) -> None:
    """Take what was deleted off the disk too: out of SQLite's side file, out of PostgreSQL's dead rows."""
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            connection.exec_driver_sql("VACUUM")


def _is_held(case_id: str) -> Finding:
    return error(
        "case-held", "is under legal hold; nothing was destroyed", case=case_id,
        fix="`cmforms cases release` ends the hold, when whoever ordered it says so.",
    )
