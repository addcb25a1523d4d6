"""Which event vouches for which row, and the texts that seals are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, RowMapping, Table, select

from cmforms.errors import StoreError
from cmforms.store.contents import content
from cmforms.store.ledger import document_content, reading_rows_of
from cmforms.store.log import Entry, Log, rows_sealed
from cmforms.store.schema import case_versions, documents, event_data, events, issues, record_values
from cmforms.store.sealing import Sealer

SEALED: tuple[tuple[Table, str], ...] = (
    (case_versions, "case_id"), (issues, "subject"), (documents, "subject"), (record_values, "case_id"),
    (event_data, "case_id"),
)  # fmt: skip
"""The tables whose every row an event vouches for, each with its column that names the case."""


def texts_of(connection: Connection, table: Table, rows: Sequence[RowMapping]) -> list[str]:
    """Return what each row says; a returned document together with the fields read on it."""
    if table is not documents:
        return [content(table, row) for row in rows]
    fields: dict[int, list[RowMapping]] = {row["id"]: [] for row in rows}
    for field in reading_rows_of(connection, list(fields)):
        fields[field["document_id"]].append(field)
    return [document_content(row, fields[row["id"]]) for row in rows]


def vouch_for_found(log: Log) -> None:
    """Enter an event for each row that a cmforms without a log left there."""
    log.append(_found(log))


def _found(log: Log) -> Iterator[Entry]:
    for table, names_case in SEALED:
        rows = log.connection.execute(select(table)).mappings().all()
        for row, text in zip(rows, texts_of(log.connection, table, rows), strict=True):
            yield Entry("found", row[names_case], rows_sealed(table.name, [log.sealer.seal(text)]))


def require_key(connection: Connection, sealer: Sealer, name: str) -> None:
    """Refuse a key that is not the one under which this store was begun. Raises StoreError (exit 4)."""
    first = connection.execute(select(events.c.payload).order_by(events.c.seq).limit(1)).scalar()
    if first is not None and first.get("key") != sealer.name:
        raise StoreError.because(
            "store-key", "was begun under another workspace's key", source=name,
            fix="Copy issue.key from the workspace that made these records; every office that shares them needs it.",
        )
