"""The tables. `migrations/` builds them step by step; a test holds the two against each other."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

HEAD = "0004"
"""The newest migration: what a store that this edition of cmforms has opened is at."""

LATER = {"later": True}
"""What marks a column of JSON that came after its table: while it is empty, older seals of its row hold."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[dt.datetime]):
    """A moment in UTC, with its zone in Python on every database; SQLite itself keeps no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Bring the moment to UTC; without its zone where the database would lose it."""
        if value is None:
            return None
        moment = value.astimezone(dt.UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: dt.datetime | None, _dialect: Dialect) -> dt.datetime | None:
        """Give the moment its zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


cases = Table(
    "cases",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("saved_at", Moment, nullable=False),
)
"""The newest edition of each case, by its number."""

case_versions = Table(
    "case_versions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", String(40), ForeignKey("cases.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("data", JSON, nullable=False),
    Column("saved_at", Moment, nullable=False),
    Column("origin", JSON(none_as_null=True)),
    UniqueConstraint("case_id", "version"),
)

issues = Table(
    "issues",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("issue", String(20), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("form", String(80), nullable=False),
    Column("revision", String(10), nullable=False),
    Column("lang", String(10), nullable=False),
    Column("format", String(10), nullable=False),
    Column("subject", String(60), nullable=False, index=True),
    Column("recipient", Integer),
    Column("draft", Boolean, nullable=False),
    Column("pages", JSON, nullable=False),
    Column("values", JSON, nullable=False),
    Column("printed", JSON, nullable=False),
    Column("issued_at", Moment, nullable=False),
    UniqueConstraint("issue", "sha256"),
)

documents = Table(
    "documents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("issue", String(20), nullable=False),
    Column("form", String(80), nullable=False),
    Column("source", Text, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("revision", String(10)),
    Column("lang", String(10)),
    Column("subject", String(60), index=True),
    Column("pages", JSON, nullable=False),
    Column("expected_pages", Integer),
    Column("findings", JSON, nullable=False),
    Column("candidates", JSON, nullable=False),
    Column("received_at", Moment, nullable=False),
    UniqueConstraint("sha256", "issue", "form"),
)

readings = Table(
    "readings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document_id", Integer, ForeignKey("documents.id"), nullable=False, index=True),
    Column("address", String(120), nullable=False),
    Column("value", JSON, nullable=False),
    Column("status", String(10), nullable=False),
    Column("confidence", Float, nullable=False),
    Column("reader", String(40), nullable=False),
    Column("origin", String(10), nullable=False),
    Column("page", Integer),
    Column("box", JSON, nullable=False),
    Column("control", String(120)),
    Column("raw", Text, nullable=False),
    Column("issued", JSON, nullable=False),
    Column("doubt", Text, nullable=False),
    Column("evidence", JSON(none_as_null=True), info=LATER),
)

record_values = Table(
    "record_values",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("document_id", Integer, ForeignKey("documents.id")),
    Column("case_id", String(60), nullable=False, index=True),
    Column("path", String(200), nullable=False),
    Column("value", JSON, nullable=False),
    Column("origin", JSON, nullable=False),
    Column("recorded_at", Moment, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("case_id", String(60), index=True),
    Column("payload", JSON, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
"""Triggers refuse to change or delete an event."""

event_data = Table(
    "event_data",
    metadata,
    Column("seq", Integer, ForeignKey("events.seq"), primary_key=True, autoincrement=False),
    Column("case_id", String(60), nullable=False, index=True),
    Column("data", JSON, nullable=False),
)

batches = Table(
    "batches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("note", JSON, nullable=False),
    Column("actor", Text, nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("cases", Integer, nullable=False),
    Column("undone_at", Moment),
)

batch_rows = Table(
    "batch_rows",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("batch_id", Integer, ForeignKey("batches.id"), nullable=False, index=True),
    Column("key", Text, nullable=False, index=True),
    Column("row_sha256", String(64), nullable=False),
    Column("case_id", String(40), nullable=False),
    Column("before", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("said", JSON(none_as_null=True)),
)
"""What each row of an import gave: the case's edition before it and after it; 0 before means a new case.

`said` is what the source has said of the case by then; NULL where that is all that the edition holds.
"""
