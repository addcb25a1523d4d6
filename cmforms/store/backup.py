"""A copy of an SQLite store while others work with it (SQLite's online backup)."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import Engine

from cmforms.errors import InputError


def back_up(engine: Engine, out: Path) -> None:
    """Write a whole copy, for its owner alone; it appears at once or not at all. Raises InputError on PostgreSQL."""
    require_sqlite(engine)
    handle, scratch = tempfile.mkstemp(prefix=".cmforms-", suffix=".part", dir=out.parent)
    os.close(handle)
    try:
        with closing(sqlite3.connect(scratch)) as copy, closing(engine.raw_connection()) as live:
            live.driver_connection.backup(copy)  # type: ignore[union-attr]
            copy.execute("PRAGMA journal_mode=DELETE")
        with open(scratch, "rb") as written:  # noqa: PTH123 - only for its number
            os.fsync(written.fileno())
        Path(scratch).replace(out)
    finally:
        with suppress(OSError):
            Path(scratch).unlink()


def require_sqlite(engine: Engine) -> None:
    """Refuse a store on a server, which has its own tools for this."""
    if engine.dialect.name != "sqlite":
        raise InputError.because(
            "backup-server", "a store on PostgreSQL is not a file",
            fix="Use pg_dump, or `cmforms cases export --everything OUT.jsonl`, which `cmforms cases restore` takes.",
        )
