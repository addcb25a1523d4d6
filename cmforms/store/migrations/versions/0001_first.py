"""The first tables: cases and their editions, the ledger, what came back, what was read, the record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from cmforms.store.schema import Moment

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    _make_cases()
    _make_issues()
    _make_documents()
    _make_readings()
    _make_record_values()


def _make_cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("saved_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
    )
    op.create_table(
        "case_versions",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("case_id", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.Column("saved_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_versions"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_versions_case_id"),
        sa.UniqueConstraint("case_id", "version", name="uq_case_versions_case_id_version"),
    )


def _make_issues() -> None:
    op.create_table(
        "issues",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("issue", sa.String(20), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("form", sa.String(80), nullable=False),
        sa.Column("revision", sa.String(10), nullable=False),
        sa.Column("lang", sa.String(10), nullable=False),
        sa.Column("format", sa.String(10), nullable=False),
        sa.Column("subject", sa.String(60), nullable=False),
        sa.Column("recipient", sa.Integer),
        sa.Column("draft", sa.Boolean, nullable=False),
        sa.Column("pages", sa.JSON, nullable=False),
        sa.Column("values", sa.JSON, nullable=False),
        sa.Column("printed", sa.JSON, nullable=False),
        sa.Column("issued_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_issues"),
        sa.UniqueConstraint("issue", "sha256", name="uq_issues_issue_sha256"),
    )
    op.create_index("ix_issues_subject", "issues", ["subject"])


def _make_documents() -> None:
    op.create_table(
        "documents",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("issue", sa.String(20), nullable=False),
        sa.Column("form", sa.String(80), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("revision", sa.String(10)),
        sa.Column("lang", sa.String(10)),
        sa.Column("subject", sa.String(60)),
        sa.Column("pages", sa.JSON, nullable=False),
        sa.Column("expected_pages", sa.Integer),
        sa.Column("findings", sa.JSON, nullable=False),
        sa.Column("candidates", sa.JSON, nullable=False),
        sa.Column("received_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
        sa.UniqueConstraint("sha256", "issue", "form", name="uq_documents_sha256_issue_form"),
    )
    op.create_index("ix_documents_subject", "documents", ["subject"])


def _make_readings() -> None:
    op.create_table(
        "readings",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("document_id", sa.Integer, nullable=False),
        sa.Column("address", sa.String(120), nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("reader", sa.String(40), nullable=False),
        sa.Column("origin", sa.String(10), nullable=False),
        sa.Column("page", sa.Integer),
        sa.Column("box", sa.JSON, nullable=False),
        sa.Column("control", sa.String(120)),
        sa.Column("raw", sa.Text, nullable=False),
        sa.Column("issued", sa.JSON, nullable=False),
        sa.Column("doubt", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_readings"),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_readings_document_id"),
    )
    op.create_index("ix_readings_document_id", "readings", ["document_id"])


def _make_record_values() -> None:
    op.create_table(
        "record_values",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("document_id", sa.Integer),
        sa.Column("case_id", sa.String(60), nullable=False),
        sa.Column("path", sa.String(200), nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("origin", sa.JSON, nullable=False),
        sa.Column("recorded_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_record_values"),
        sa.ForeignKeyConstraint(["document_id"], ["documents.id"], name="fk_record_values_document_id"),
    )
    op.create_index("ix_record_values_case_id", "record_values", ["case_id"])
