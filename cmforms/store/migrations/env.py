"""How Alembic runs here: on the connection that the store hands over, in the store's transaction."""

from __future__ import annotations

from alembic import context

from cmforms.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()
