"""The event log, import batches, the origin of each edition; a case's data stand in its editions alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from cmforms.store.schema import Moment

revision = "0002"
down_revision = "0001"

_REFUSAL = "events are only ever added to"


def upgrade() -> None:
    """Make the new tables and columns, and let the database guard the log."""
    op.drop_column("cases", "data")
    op.add_column("case_versions", sa.Column("origin", sa.JSON(none_as_null=True)))
    _make_events()
    _make_batches()
    _guard_events()


def _make_events() -> None:
    op.create_table(
        "events",
        sa.Column("seq", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("case_id", sa.String(60)),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_events"),
    )
    op.create_index("ix_events_case_id", "events", ["case_id"])
    op.create_table(
        "event_data",
        sa.Column("seq", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("case_id", sa.String(60), nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_event_data"),
        sa.ForeignKeyConstraint(["seq"], ["events.seq"], name="fk_event_data_seq"),
    )
    op.create_index("ix_event_data_case_id", "event_data", ["case_id"])


def _make_batches() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("note", sa.JSON, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("begun_at", Moment, nullable=False),
        sa.Column("cases", sa.Integer, nullable=False),
        sa.Column("undone_at", Moment),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
    )
    op.create_table(
        "batch_rows",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("batch_id", sa.Integer, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("row_sha256", sa.String(64), nullable=False),
        sa.Column("case_id", sa.String(40), nullable=False),
        sa.Column("before", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_batch_rows"),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_batch_rows_batch_id"),
    )
    for column in ("batch_id", "key"):
        op.create_index(f"ix_batch_rows_{column}", "batch_rows", [column])


def _guard_events() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER events_no_{action.lower()} BEFORE {action} ON events "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION events_stay() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON events "
        "FOR EACH STATEMENT EXECUTE FUNCTION events_stay()"
    )
