"""Opening a database: one file on this computer by default, and never a word of its data in an error."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from cmforms.errors import StoreError
from cmforms.store.schema import HEAD

BUSY_SECONDS = 30


def name_of(place: Path | str) -> str:
    """Return the store's name for messages: the path, or the URL without its password."""
    if isinstance(place, Path) or "://" not in place:
        return str(place)
    try:
        return make_url(place).render_as_string(hide_password=True)
    except ArgumentError:
        return "the store's URL"


def open_engine(place: Path | str) -> Engine:
    """Return an engine on a file path or a database URL. Raises StoreError (exit 4)."""
    with guarded(name_of(place)):
        url = _url(place)
        if url.get_backend_name() != "sqlite":
            return create_engine(url, hide_parameters=True, pool_pre_ping=True)
        if url.database:
            _make_private(Path(url.database))
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine


def prepare(engine: Engine, name: str) -> None:
    """Bring the tables to the newest edition; concurrent openers wait for one another. Raises StoreError."""
    with guarded(name):
        if _edition(engine) == HEAD:
            return
        from cmforms.store.migrating import known_editions, upgrade

        with engine.execution_options(immediate=True).begin() as connection:
            edition = _edition_of(connection)
            if edition is not None and edition not in known_editions():
                raise StoreError.because(
                    "store-newer", f"is of edition {edition}, which this cmforms does not know", source=name,
                    fix="Use the newer cmforms that made it.",
                )
            upgrade(connection)


@contextmanager
def guarded(name: str) -> Iterator[None]:
    """Turn every failure of the database into a StoreError that names the store and none of its data."""
    try:
        yield
    except DBAPIError as trouble:
        raise _failed(name, _reason(trouble.orig)) from None
    except (sqlite3.Error, OSError) as trouble:
        raise _failed(name, _reason(trouble)) from None
    except (ArgumentError, NoSuchModuleError):
        raise _failed(name, "no database that can be used is named so") from None
    except (SQLAlchemyError, ValueError, KeyError) as trouble:
        raise _failed(name, f"holds what this cmforms cannot read ({type(trouble).__name__})") from None


def _failed(name: str, reason: str) -> StoreError:
    return StoreError.because(
        "store-failed", f"the records cannot be used: {reason}", source=name,
        fix="Check the path, the disk and your permission; nothing was half-written.",
    )


def _reason(trouble: BaseException | None) -> str:
    """Say what went wrong; SQLite's texts name tables at most, other databases' texts may hold values."""
    if isinstance(trouble, OSError):
        return trouble.strerror or type(trouble).__name__
    if isinstance(trouble, sqlite3.Error):
        return str(trouble)
    return f"the database refused ({type(trouble).__name__})"


def _url(place: Path | str) -> URL:
    if isinstance(place, str) and "://" in place:
        return make_url(place)
    return URL.create("sqlite", database=str(place))


def _make_private(path: Path) -> None:
    """Make the file for its owner alone; SQLite gives its side files (-wal, -shm) the same mode."""
    if str(path) == ":memory:":
        return
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        with suppress(OSError):
            path.chmod(0o600)


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin in _begin_sqlite, before DDL too
    for setting in (
        "journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", f"busy_timeout={BUSY_SECONDS * 1000}"
    ):
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("immediate")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _edition(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return _edition_of(connection)


def _edition_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found) if found is not None else None
