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

from cmforms.canonical import canonical
from cmforms.errors import StoreError
from cmforms.store.schema import HEAD

BUSY_SECONDS = 30
"""How long a writer waits for another one."""

_WRITE_LOCK = 0x636D666F726D73
"""The advisory lock of PostgreSQL that a writer holds until its transaction ends: the word cmforms in ASCII."""


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
        return _open_postgresql(url) if url.get_backend_name() == "postgresql" else _open_sqlite(url)


def is_current(engine: Engine, name: str) -> bool:
    """Tell whether the tables are of the newest edition."""
    with guarded(name), engine.connect() as connection:
        return _edition_of(connection) == HEAD


def bring_up(connection: Connection, name: str) -> None:
    """Bring the tables to the newest edition, in the connection's transaction. Raises StoreError for a newer one."""
    from cmforms.store.migrating import known_editions, upgrade

    edition = _edition_of(connection)
    if edition is not None and edition not in known_editions():
        raise StoreError.because(
            "store-newer", f"is of edition {edition}, which this cmforms does not know", source=name,
            fix="Use the newer cmforms that made it.",
        )
    upgrade(connection)


@contextmanager
def guarded(name: str) -> Iterator[None]:
    """Turn every failure of the records into a StoreError that names the store and none of its data."""
    with translated(name):
        try:
            yield
        except OSError as trouble:
            raise _failed(name, _reason(trouble)) from None
        except (ValueError, KeyError) as trouble:
            raise _unreadable(name, trouble) from None


@contextmanager
def translated(name: str) -> Iterator[None]:
    """Turn the database's own errors into a StoreError, and leave all others to those who know them."""
    try:
        yield
    except DBAPIError as trouble:
        raise _failed(name, _reason(trouble.orig)) from None
    except sqlite3.Error as trouble:
        raise _failed(name, _reason(trouble)) from None
    except (ArgumentError, NoSuchModuleError):
        raise _failed(name, "no database that can be used is named so") from None
    except SQLAlchemyError as trouble:
        raise _unreadable(name, trouble) from None
    except ModuleNotFoundError as missing:
        raise StoreError.because(
            "store-driver", f"needs the package {missing.name}, which is not installed", source=name,
            fix="pip install 'cmforms[postgres]'",
        ) from None


def _unreadable(name: str, trouble: Exception) -> StoreError:
    return _failed(name, f"holds what this cmforms cannot read ({type(trouble).__name__})")


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
    code = getattr(trouble, "sqlstate", None)
    known = {None: "the server cannot be reached", "55P03": f"others were writing for more than {BUSY_SECONDS} seconds"}
    return known.get(code, f"the database refused ({type(trouble).__name__})")


def _url(place: Path | str) -> URL:
    if not isinstance(place, str) or "://" not in place:
        return URL.create("sqlite", database=str(place))
    url = make_url(place)
    if url.drivername in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() in ("postgresql", "sqlite"):
        return url
    raise NoSuchModuleError("records are kept in SQLite or PostgreSQL")


def _open_sqlite(url: URL) -> Engine:
    if url.database:
        _make_private(Path(url.database))
    waits = {"timeout": BUSY_SECONDS}
    engine = create_engine(url, hide_parameters=True, json_serializer=canonical, connect_args=waits)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _open_postgresql(url: URL) -> Engine:
    waits = {"options": f"-c lock_timeout={BUSY_SECONDS}s"}
    engine = create_engine(
        url, hide_parameters=True, json_serializer=canonical, pool_pre_ping=True, connect_args=waits
    )
    event.listen(engine, "begin", _begin_postgresql)
    return engine


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
        "journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", f"busy_timeout={BUSY_SECONDS * 1000}",
        "secure_delete=ON",  # what is destroyed is overwritten
    ):
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("immediate")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    """Let one writer in at a time, as SQLite does: the chain of events has one end, and nobody can deadlock."""
    if connection.get_execution_options().get("immediate"):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})")


def _edition_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return str(found) if found is not None else None
