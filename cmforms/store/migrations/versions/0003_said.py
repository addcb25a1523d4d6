"""What a source said of a case, beside the case: so that an edit by hand is told from a change in the list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the column; of earlier imports it is empty, and their editions stand for what they said."""
    op.add_column("batch_rows", sa.Column("said", sa.JSON(none_as_null=True)))
