"""What is kept, and how it is asked for. Cases have editions; all else is only ever added to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, RowMapping, bindparam, insert, select, update

from cmforms.errors import Finding, note
from cmforms.store.corrections import with_corrections
from cmforms.store.encoding import digest
from cmforms.store.opening import guarded, name_of, open_engine, prepare
from cmforms.store.rows import (
    base_name,
    document_row,
    field_of,
    issue_row,
    issued_of,
    reading_of,
    reading_rows,
    value_of,
    value_row,
)
from cmforms.store.schema import case_versions, cases, documents, issues, readings, record_values
from cmforms.values.documents import FieldReading, Issued, Reading, RecordValue


@dataclass(frozen=True, slots=True)
class Edition:
    """A case as it was saved at one time; versions count from 1."""

    case: str
    version: int
    sha256: str
    saved_at: dt.datetime
    data: Mapping[str, Any]


class Store:
    """The records in one database. Every method raises StoreError (exit 4) when it cannot be used."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self._name = name

    @classmethod
    def open(cls, place: Path | str) -> Self:
        """Open the records at a path or database URL, made or brought to the newest edition where needed."""
        name = name_of(place)
        engine = open_engine(place)
        try:
            prepare(engine, name)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, name)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def save_case(self, case_id: str, data: Mapping[str, Any]) -> int:
        """Save a case and return its version; data equal to what is saved make no new one."""
        return self.save_cases({case_id: data})[case_id]

    def save_cases(self, data: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
        """Save many cases in one transaction; return the version of each."""
        with self._writing() as connection:
            return _save_cases(connection, data)

    def case(self, case_id: str) -> dict[str, Any] | None:
        """Return the newest edition of a case, or None."""
        with self._reading() as connection:
            found = connection.execute(select(cases.c.data).where(cases.c.id == case_id)).scalar()
        return dict(found) if found is not None else None

    def cases(self) -> list[str]:
        """Return the ids of all cases, sorted."""
        with self._reading() as connection:
            return list(connection.execute(select(cases.c.id).order_by(cases.c.id)).scalars())

    def history(self, case_id: str) -> list[Edition]:
        """Return every edition of a case, oldest first."""
        with self._reading() as connection:
            return _editions(connection, case_id)

    def save_issues(self, issued: Sequence[Issued]) -> None:
        """Enter documents in the ledger in one transaction; one that stands there already stays as it is."""
        with self._writing() as connection:
            known = _known_issues(connection, issued)
            now = _now()
            new = {(line.issue, line.sha256): line for line in issued}
            rows = [{**issue_row(line), "issued_at": now} for key, line in new.items() if key not in known]
            if rows:
                connection.execute(insert(issues), rows)

    def issued(self, issue: str) -> Issued | None:
        """Return the ledger's line of an issue, or None.

        The same issue made as PDF and as Word prints the same values; the PDF goes first: it knows its pages.
        """
        query = select(issues).where(issues.c.issue == issue).order_by(issues.c.id)
        with self._reading() as connection:
            found = [issued_of(row) for row in connection.execute(query).mappings()]
        return max(found, key=lambda line: bool(line.pages), default=None)

    def issues_for(self, subject: str) -> list[Issued]:
        """Return the ledger's lines about a case or an agenda, oldest first."""
        query = select(issues).where(issues.c.subject == subject).order_by(issues.c.id)
        with self._reading() as connection:
            return [issued_of(row) for row in connection.execute(query).mappings()]

    def save_readings(self, read: Iterable[Reading], values: Iterable[RecordValue] = ()) -> list[Finding]:
        """Save returned documents and the record values that they gave, in one transaction.

        A document that is known already (same file, same issue) changes nothing: a note says so.
        """
        found = list(values)
        notes: list[Finding] = []
        with self._writing() as connection:
            for reading in read:
                mine = [value for value in found if _is_from(value, reading)]
                if _document_id(connection, reading) is not None:
                    notes.append(_known_already(reading))
                else:
                    _save_reading(connection, reading, mine)
                found = [value for value in found if value not in mine]
            _save_values(connection, found, None)
        return notes

    def readings_for(self, subject: str) -> list[Reading]:
        """Return the returned documents about a case or an agenda, oldest first."""
        query = select(documents).where(documents.c.subject == subject).order_by(documents.c.id)
        with self._reading() as connection:
            rows = connection.execute(query).mappings().all()
            fields = _fields(connection, [row["id"] for row in rows])
            return [reading_of(row, tuple(fields.get(row["id"], ()))) for row in rows]

    def record_values(self, case_id: str) -> list[RecordValue]:
        """Return every value that documents brought to a case, oldest first; a path's newest is in force.

        The origin of one that a person has corrected in the case since names that moment: `corrected_on`.
        """
        query = select(record_values).where(record_values.c.case_id == case_id).order_by(record_values.c.id)
        with self._reading() as connection:
            rows = connection.execute(query).mappings().all()
            saved = _editions(connection, case_id) if rows else []
            editions = [(edition.saved_at, edition.data) for edition in saved]
            return [with_corrections(value_of(row), row["recorded_at"], editions) for row in rows]

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with guarded(self._name), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with guarded(self._name), self._engine.execution_options(immediate=True).begin() as connection:
            yield connection


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _save_cases(connection: Connection, data: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Save what differs from the newest editions, each kind of statement once for all cases."""
    known = _known_cases(connection, list(data))
    now = _now()
    versions: dict[str, int] = {}
    rows: list[dict[str, Any]] = []
    for case_id, plain in data.items():
        version, last = known.get(case_id, (0, ""))
        sha256 = digest(plain)
        versions[case_id] = version + (sha256 != last)
        if sha256 != last:
            row = {"version": version + 1, "sha256": sha256, "data": dict(plain), "saved_at": now}
            rows.append({"case_id": case_id, **row})
    if new := [{"id": row["case_id"], **_without_id(row)} for row in rows if row["version"] == 1]:
        connection.execute(insert(cases), new)
    if changed := [{"which": row["case_id"], **_without_id(row)} for row in rows if row["version"] > 1]:
        connection.execute(update(cases).where(cases.c.id == bindparam("which")), changed)
    if rows:
        connection.execute(insert(case_versions), rows)
    return versions


def _without_id(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "case_id"}


def _known_cases(connection: Connection, case_ids: Sequence[str]) -> dict[str, tuple[int, str]]:
    known: dict[str, tuple[int, str]] = {}
    for start in range(0, len(case_ids), 500):
        columns = select(cases.c.id, cases.c.version, cases.c.sha256)
        query = columns.where(cases.c.id.in_(case_ids[start : start + 500]))
        known.update((row.id, (row.version, row.sha256)) for row in connection.execute(query))
    return known


def _editions(connection: Connection, case_id: str) -> list[Edition]:
    query = select(case_versions).where(case_versions.c.case_id == case_id).order_by(case_versions.c.version)
    return [
        Edition(case_id, row["version"], row["sha256"], row["saved_at"], row["data"])
        for row in connection.execute(query).mappings()
    ]


def _known_issues(connection: Connection, issued: Sequence[Issued]) -> set[tuple[str, str]]:
    wanted = [line.issue for line in issued]
    known: set[tuple[str, str]] = set()
    for start in range(0, len(wanted), 500):
        columns = select(issues.c.issue, issues.c.sha256)
        query = columns.where(issues.c.issue.in_(wanted[start : start + 500]))
        known.update((row.issue, row.sha256) for row in connection.execute(query))
    return known


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


def _save_reading(connection: Connection, reading: Reading, values: Sequence[RecordValue]) -> None:
    statement = insert(documents).values(**document_row(reading), received_at=_now())
    made = connection.execute(statement).inserted_primary_key
    document_id = int(made[0]) if made else 0
    if rows := reading_rows(reading, document_id):
        connection.execute(insert(readings), rows)
    _save_values(connection, values, document_id)


def _save_values(connection: Connection, values: Sequence[RecordValue], document_id: int | None) -> None:
    now = _now()
    if rows := [{**value_row(value, document_id), "recorded_at": now} for value in values]:
        connection.execute(insert(record_values), rows)


def _fields(connection: Connection, document_ids: Sequence[int]) -> dict[int, list[FieldReading]]:
    fields: dict[int, list[FieldReading]] = {}
    for start in range(0, len(document_ids), 500):
        some = document_ids[start : start + 500]
        query = select(readings).where(readings.c.document_id.in_(some)).order_by(readings.c.id)
        rows: Iterable[RowMapping] = connection.execute(query).mappings()
        for row in rows:
            fields.setdefault(row["document_id"], []).append(field_of(row))
    return fields
