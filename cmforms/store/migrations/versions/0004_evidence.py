"""What each field that was read rests on: its file or cell, the way it was read, and what each reader answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the column; of fields that were read before, it is empty."""
    op.add_column("readings", sa.Column("evidence", sa.JSON(none_as_null=True)))
