"""What is kept, and how it is asked for. Cases have editions; all else is only ever added to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Engine, select

from cmforms.errors import Finding, InputError, StaleError
from cmforms.store import archive, backup, editions, ledger, retention
from cmforms.store import batches as imports
from cmforms.store.access import Access
from cmforms.store.batches import Batch, BatchInfo
from cmforms.store.bulk import insert_rows
from cmforms.store.contents import content
from cmforms.store.corrections import with_corrections
from cmforms.store.editions import Draft, Edition
from cmforms.store.log import DISCLOSURES, START, Entry, Event, Log, all_events, events_of, head_of, rows_sealed
from cmforms.store.opening import bring_up, guarded, is_current, name_of, open_engine, translated
from cmforms.store.rows import issued_of, value_of
from cmforms.store.schema import cases, event_data, issues, record_values
from cmforms.store.sealing import Sealer
from cmforms.store.verify import Head, verify
from cmforms.store.vouching import require_key, vouch_for_found
from cmforms.values.documents import Issued, Reading, RecordValue

Guard = Callable[[str], AbstractContextManager[None]]

LIFE = "life."
"""How the kinds begin of events that the life of a case is told in; all others are the store's own."""


class Store:
    """The records in one database. Every method raises StoreError (exit 4) when it cannot be used."""

    def __init__(self, engine: Engine, name: str, sealer: Sealer, access: Access) -> None:
        self._engine = engine
        self._name = name
        self._sealer = sealer
        self._access = access

    @classmethod
    def open(cls, place: Path | str, secret: bytes = b"", access: Access | None = None) -> Self:
        """Open the records at a path or database URL, made or brought to the newest edition where needed.

        `secret` is the workspace's key, under which every event is sealed; `access` says who works with the records.
        """
        name = name_of(place)
        store = cls(open_engine(place), name, Sealer.of(secret), access or Access.of())
        try:
            store._prepare()
        except BaseException:
            store.close()
            raise
        return store

    def _prepare(self) -> None:
        if not is_current(self._engine, self._name):
            with self._writing() as log:
                bring_up(log.connection, self._name)
                if head_of(log.connection) == (0, START):
                    vouch_for_found(log)
        with self._reading() as connection:
            require_key(connection, self._sealer, self._name)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def save_case(
        self, case_id: str, data: Mapping[str, Any], origin: Mapping[str, Any] | None = None, read: int | None = None
    ) -> int:
        """Save a case and return its version; data equal to what is saved make no new one.

        `origin` says where the values come from. `read` is the version that an edit began from (0 for none): when
        somebody has saved another since, nothing is saved. Raises StaleError then.
        """
        with self._writing() as log:
            _require_unchanged(log.connection, case_id, read)
            return editions.save(log, [Draft(case_id, data, origin)])[case_id].version

    def save_cases(self, data: Mapping[str, Mapping[str, Any] | str]) -> dict[str, int]:
        """Save many cases, each plain data or that as `canonical` text, in one transaction; return their versions."""
        with self._writing() as log:
            saved = editions.save(log, (Draft(case_id, one) for case_id, one in data.items()))
            return {case_id: done.version for case_id, done in saved.items()}

    def case(self, case_id: str) -> dict[str, Any] | None:
        """Return the newest edition of a case as plain data, or None."""
        found = self.head(case_id)
        return dict(found.data) if found else None

    def head(self, case_id: str) -> Edition | None:
        """Return the newest edition of a case, or None."""
        with self._reading() as connection:
            return editions.newest(connection, [case_id]).get(case_id)

    def cases(self) -> list[str]:
        """Return the ids of all cases, sorted."""
        with self._reading() as connection:
            return sorted(connection.execute(select(cases.c.id)).scalars())

    def all_cases(self) -> Iterator[dict[str, Any]]:
        """Yield the newest edition of every case as plain data, by id; memory stays level."""
        with self._reading() as connection:
            yield from (dict(edition.data) for edition in editions.all_newest(connection))

    def history(self, case_id: str) -> list[Edition]:
        """Return every edition of a case, oldest first."""
        with self._reading() as connection:
            return editions.editions(connection, case_id)

    @contextmanager
    def importing(self, source: str, sha256: str, note: Mapping[str, Any]) -> Iterator[Batch]:
        """Import cases in one transaction: all of them are there at its end, or, after any failure, none.

        `source` names where the rows come from, the same name each time; `sha256` is the file's; `note` is kept with
        the batch, such as which column gave which value. Other writers wait meanwhile.
        """
        with self._writing(translated) as log:
            batch = Batch(log, source, sha256, note)
            yield batch
            batch.finish()

    def batches(self) -> list[BatchInfo]:
        """Return every import, oldest first."""
        with self._reading() as connection:
            return imports.batch_info(connection)

    def undo_batch(self, batch_id: int, keep_changed: bool = False) -> list[Finding]:
        """Take an import back; a case that somebody has worked on since is an error, and nothing is undone then.

        With `keep_changed` such cases stay as they are, each with a note, and all others are undone. Raises
        InputError for an import that is unknown or undone already.
        """
        with self._writing() as log:
            return imports.undo(log, batch_id, keep_changed)

    def record(
        self, case_id: str, kind: str, data: Mapping[str, Any], case: Mapping[str, Any] | None = None,
        read: int | None = None,
    ) -> int:  # fmt: skip
        """Add an event to the life of a case, and with `case` a new edition, both or neither; return its number.

        `kind` begins with `life.`. `data` may name people: they are kept beside the log, which holds their seal, so
        that they can be destroyed when their time has come. `read` as in `save_case`.
        """
        if not kind.startswith(LIFE):
            raise ValueError(f"{kind!r} does not begin with {LIFE!r}")
        with self._writing() as log:
            _require_unchanged(log.connection, case_id, read)
            if case is not None:
                editions.save(log, [Draft(case_id, case, {"event": kind})])
            row = {"seq": log.upcoming(), "case_id": case_id, "data": dict(data)}
            seal = log.sealer.seal(content(event_data, row))
            seq = log.append([Entry(kind, case_id, rows_sealed("event_data", [seal]))])
            insert_rows(log.connection, event_data, [row])
            return seq

    def events(self, case_id: str) -> list[Event]:
        """Return what was done with a case, oldest first."""
        with self._reading() as connection:
            return events_of(connection, case_id)

    def disclosures(self, case_id: str | None = None) -> Iterator[Event]:
        """Yield who was given records of a case, or of any, oldest first (34 CFR 99.32(a))."""
        with self._reading() as connection:
            yield from (event for event in all_events(connection, case_id) if event.kind in DISCLOSURES)

    def disclose(self, kind: str, case_ids: Sequence[str]) -> None:
        """Log that this person was given records of cases: `read`, `exported` or `listed` (34 CFR 99.32(a)).

        Without ids it is about all cases that were stored then.
        """
        with self._writing() as log:
            log.append([Entry(kind, case_id, {}) for case_id in case_ids] or [Entry(kind, None, {})])

    def verify(self, known: Head | None = None) -> list[Finding]:
        """Return an error for all that was altered, added or taken out behind cmforms' back.

        `known` is the head of the log that was noted down earlier: without it nobody can tell that events are
        missing at the end, together with what they stand for.
        """
        with self._reading() as connection:
            return list(verify(connection, self._sealer, known))

    def log_head(self) -> Head:
        """Return the end of the log, to be noted down elsewhere."""
        with self._reading() as connection:
            return Head(*head_of(connection))

    def hold(self, case_ids: Sequence[str], reason: str) -> None:
        """Put cases under legal hold. `reason` stays in the log for good: the number of a matter, no names."""
        with self._writing() as log:
            log.append(Entry("held", case_id, {"reason": reason}) for case_id in case_ids)

    def release(self, case_ids: Sequence[str]) -> None:
        """End the legal hold of cases."""
        with self._writing() as log:
            log.append(Entry("released", case_id, {}) for case_id in case_ids)

    def held(self) -> dict[str, Event]:
        """Return the cases under legal hold, each with the event that put it there."""
        with self._reading() as connection:
            return retention.held(connection)

    def purge(self, facts: Mapping[str, Mapping[str, Any]]) -> list[Finding]:
        """Destroy all data of the cases; `facts`, of each case, say why, and stay in the log with its id.

        A case under hold is an error, and then nothing is destroyed.
        """
        with self._writing() as log:
            findings = retention.purge(log, facts)
        if not findings:
            with guarded(self._name):
                retention.scrub(self._engine)
        return findings

    def dump(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield every row that is kept, with the name of its table; `load` takes them back."""
        with self._writing() as log:
            log.append([Entry("exported", None, {"everything": True})])
        with self._reading() as connection:
            yield from archive.dump(connection)

    def load(self, rows: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Take what `dump` gave into this store; nothing is taken when it is not whole.

        Raises InputError for a store that is not empty, for rows of another shape, and for records that were
        tampered with; StoreError for those of a workspace with another key.
        """
        with self._writing(translated) as log:
            archive.require_empty(log.connection, self._name)
            archive.load(log.connection, rows)
            require_key(log.connection, self._sealer, self._name)
            if findings := list(verify(log.connection, self._sealer)):
                raise InputError(findings)
            log.append([Entry("restored", None, {})])

    def back_up(self, out: Path) -> None:
        """Write a copy of an SQLite store while others work with it. Raises InputError on PostgreSQL."""
        backup.require_sqlite(self._engine)
        with self._writing() as log:
            log.append([Entry("exported", None, {"backup": True})])
        with guarded(self._name):
            backup.back_up(self._engine, out)

    def save_issues(self, issued: Sequence[Issued]) -> None:
        """Enter documents in the ledger in one transaction; one that stands there already stays as it is."""
        with self._writing() as log:
            ledger.enter_issues(log, issued)

    def issued(self, issue: str) -> Issued | None:
        """Return the ledger's line of an issue, or None.

        The same issue made as PDF and as Word prints the same values; the PDF goes first: it knows its pages.
        """
        query = select(issues).where(issues.c.issue == issue).order_by(issues.c.id)
        with self._reading() as connection:
            found = [issued_of(row) for row in connection.execute(query).mappings()]
        return max(found, key=lambda line: bool(line.pages), default=None)

    def issue_lines(self) -> list[tuple[str, str, str, str, int]]:
        """Return of each document of the ledger the issue, form, edition, language and number of pages, 0 in Word."""
        query = select(issues.c.issue, issues.c.form, issues.c.revision, issues.c.lang, issues.c.pages)
        with self._reading() as connection:
            rows = connection.execute(query.order_by(issues.c.id))
            return [(issue, form, revision, lang, len(pages)) for issue, form, revision, lang, pages in rows]

    def issues_for(self, subject: str) -> list[Issued]:
        """Return the ledger's lines about a case or an agenda, oldest first."""
        query = select(issues).where(issues.c.subject == subject).order_by(issues.c.id)
        with self._reading() as connection:
            return [issued_of(row) for row in connection.execute(query).mappings()]

    def save_readings(self, read: Iterable[Reading], values: Iterable[RecordValue] = ()) -> list[Finding]:
        """Save returned documents and the record values that they gave, in one transaction.

        A document that is known already (same file, same issue) changes nothing: a note says so.
        """
        with self._writing() as log:
            return ledger.enter_readings(log, read, values)

    def readings_for(self, subject: str) -> list[Reading]:
        """Return the returned documents about a case or an agenda, oldest first."""
        with self._reading() as connection:
            return ledger.readings_about(connection, subject)

    def record_values(self, case_id: str) -> list[RecordValue]:
        """Return every value that documents brought to a case, oldest first; a path's newest is in force.

        The origin of one that a person has corrected in the case since names that moment: `corrected_on`.
        """
        query = select(record_values).where(record_values.c.case_id == case_id).order_by(record_values.c.id)
        with self._reading() as connection:
            rows = connection.execute(query).mappings().all()
            saved = editions.editions(connection, case_id) if rows else []
            known = [(edition.saved_at, edition.data) for edition in saved]
            return [with_corrections(value_of(row), row["recorded_at"], known) for row in rows]

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """Yield a connection that sees the records as they are at one moment."""
        level = {} if self._engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        with guarded(self._name), self._engine.execution_options(**level).begin() as connection:
            yield connection

    @contextmanager
    def _writing(self, guard: Guard = guarded) -> Iterator[Log]:
        """Yield the log of a transaction that alone may write."""
        with guard(self._name), self._engine.execution_options(immediate=True).begin() as connection:
            yield Log(connection, self._sealer, self._access, dt.datetime.now(dt.UTC))


def _require_unchanged(connection: Connection, case_id: str, read: int | None) -> None:
    stored = editions.heads(connection, [case_id]).get(case_id, (0, ""))[0]
    if read is not None and stored != read:
        raise StaleError.because(
            "edit-stale", f"is at edition {stored} by now, and this edit began from edition {read}; nothing was saved",
            case=case_id, fix="Look at the newest edition, and make the edit again.",
        )
