"""Bringing a store to the newest edition of the tables: numbered steps, all or nothing."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_STEPS = Path(__file__).resolve().parent / "migrations"


def upgrade(connection: Connection) -> None:
    """Apply the steps that are missing, in the connection's own transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def known_editions() -> list[str]:
    """Return the numbers of all steps, newest first."""
    return [step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_STEPS).replace("%", "%%"))
    return config
