"""The ledger of issued documents, what came back, and the values that it brought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from cmforms.errors import Finding, note
from cmforms.store.bulk import insert_rows
from cmforms.store.contents import content, encoded, rows_content
from cmforms.store.editions import chunks
from cmforms.store.log import Entry, Log, rows_sealed
from cmforms.store.rows import base_name, document_row, field_of, issue_row, reading_of, reading_rows, value_row
from cmforms.store.schema import documents, issues, readings, record_values
from cmforms.values.documents import FieldReading, Issued, Reading, RecordValue


def enter_issues(log: Log, issued: Sequence[Issued]) -> None:
    """Enter documents; one that stands there already stays as it is. An event for each case says which."""
    known = _known_issues(log.connection, issued)
    new = {(line.issue, line.sha256): line for line in issued}
    lines = [line for key, line in new.items() if key not in known]
    rows = [encoded(issues, {**issue_row(line), "issued_at": log.now}) for line in lines]
    insert_rows(log.connection, issues, rows)
    seals: dict[str, list[str]] = {}
    for row in rows:
        seals.setdefault(row["subject"], []).append(log.sealer.seal(content(issues, row)))
    log.append(Entry("issued", subject, rows_sealed("issues", some)) for subject, some in seals.items())


def enter_readings(log: Log, read: Iterable[Reading], values: Iterable[RecordValue]) -> list[Finding]:
    """Enter returned documents with the values that they gave; a known document changes nothing, a note says so."""
    found = list(values)
    notes: list[Finding] = []
    for reading in read:
        mine = [value for value in found if _is_from(value, reading)]
        if _document_id(log.connection, reading) is not None:
            notes.append(_known_already(reading))
        else:
            _enter_reading(log, reading, mine)
        found = [value for value in found if value not in mine]
    _enter_values(log, found, None)
    return notes


def readings_about(connection: Connection, subject: str) -> list[Reading]:
    """Return the returned documents about a case or an agenda, oldest first."""
    query = select(documents).where(documents.c.subject == subject).order_by(documents.c.id)
    rows = connection.execute(query).mappings().all()
    fields: dict[int, list[FieldReading]] = {}
    for row in reading_rows_of(connection, [row["id"] for row in rows]):
        fields.setdefault(row["document_id"], []).append(field_of(row))
    return [reading_of(row, tuple(fields.get(row["id"], ()))) for row in rows]


def reading_rows_of(connection: Connection, document_ids: Sequence[int]) -> Iterable[RowMapping]:
    """Yield the fields of returned documents, in the order in which they were read."""
    for some in chunks(document_ids):
        query = select(readings).where(readings.c.document_id.in_(some)).order_by(readings.c.id)
        yield from connection.execute(query).mappings()


def document_content(row: Mapping[Any, Any], fields: Iterable[Mapping[Any, Any]]) -> str:
    """Return what the seal of a returned document covers: the document and every field read on it."""
    return content(documents, row) + "\n\n" + rows_content(readings, fields)


def _known_issues(connection: Connection, issued: Sequence[Issued]) -> set[tuple[str, str]]:
    columns = select(issues.c.issue, issues.c.sha256)
    return {
        (row.issue, row.sha256)
        for some in chunks([line.issue for line in issued])
        for row in connection.execute(columns.where(issues.c.issue.in_(some)))
    }


def _is_from(value: RecordValue, reading: Reading) -> bool:
    origin = value.origin
    return (origin.get("document"), origin.get("issue")) == (reading.sha256, reading.issue)


def _known_already(reading: Reading) -> Finding:
    return note(
        "document-known", "was read and recorded before; nothing changed",
        source=base_name(reading.source), case=reading.subject,
    )


def _document_id(connection: Connection, reading: Reading) -> int | None:
    query = select(documents.c.id).where(
        documents.c.sha256 == reading.sha256,
        documents.c.issue == (reading.issue or ""),
        documents.c.form == (reading.form or ""),
    )
    return connection.execute(query).scalar()


def _enter_reading(log: Log, reading: Reading, values: Sequence[RecordValue]) -> None:
    row = {**document_row(reading), "received_at": log.now}
    made = log.connection.execute(insert(documents).values(row)).inserted_primary_key
    document_id = int(made[0]) if made else 0
    fields = reading_rows(reading, document_id)
    insert_rows(log.connection, readings, fields)
    seal = log.sealer.seal(document_content(row, fields))
    log.append([Entry("returned", reading.subject, rows_sealed("documents", [seal]))])
    _enter_values(log, values, document_id)


def _enter_values(log: Log, values: Sequence[RecordValue], document_id: int | None) -> None:
    rows = [{**value_row(value, document_id), "recorded_at": log.now} for value in values]
    insert_rows(log.connection, record_values, rows)
    seals: dict[str, list[str]] = {}
    for row in rows:
        seals.setdefault(row["case_id"], []).append(log.sealer.seal(content(record_values, row)))
    log.append(Entry("recorded", case_id, rows_sealed("record_values", some)) for case_id, some in seals.items())
