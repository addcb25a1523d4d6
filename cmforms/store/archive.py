"""Everything that is kept, row by row, to take away or to bring back as it was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Column, Connection, DateTime, Integer, Table, func, select

from cmforms.errors import InputError
from cmforms.store.bulk import insert_rows
from cmforms.store.contents import moment
from cmforms.store.editions import CHUNK
from cmforms.store.schema import Moment, metadata

Plain = dict[str, Any]
TABLES: dict[str, Table] = {table.name: table for table in metadata.sorted_tables}
"""The tables by name, each after those that it refers to."""


def dump(connection: Connection) -> Iterator[tuple[str, Plain]]:
    """Yield every row as plain data with its table's name; moments as ISO 8601 in UTC."""
    for name, table in TABLES.items():
        query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=CHUNK)
        for row in connection.execute(query).mappings():
            yield name, {key: moment(part) if isinstance(part, dt.datetime) else part for key, part in row.items()}


def load(connection: Connection, rows: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
    """Put rows back into an empty store. Raises InputError for a table or column that is not of this edition."""
    waiting: list[Plain] = []
    current = ""
    for name, row in rows:
        if name != current or len(waiting) >= CHUNK:
            _insert(connection, current, waiting)
            current, waiting = name, []
        waiting.append(_typed(name, row))
    _insert(connection, current, waiting)
    _go_on_numbering(connection)


def require_empty(connection: Connection, name: str) -> None:
    """Refuse a store in which anything was ever kept. Raises InputError."""
    if any(connection.execute(select(table).limit(1)).first() for table in TABLES.values()):
        raise InputError.because(
            "store-not-empty", "holds records already; nothing was restored", source=name,
            fix="Make a new workspace with `cmforms init`, copy issue.key into it, and restore there.",
        )


def _insert(connection: Connection, name: str, rows: list[Plain]) -> None:
    if rows:
        insert_rows(connection, TABLES[name], rows)


def _typed(name: str, row: Mapping[str, Any]) -> Plain:
    table = TABLES.get(name)
    if table is None or set(row) != set(table.c.keys()):
        raise InputError.because(
            "archive-faulty", f"holds {name!r} in a shape that this cmforms does not know",
            fix="Restore it with the edition of cmforms that made it.",
        )
    return {column.name: _value(column, row[column.name]) for column in table.c}


def _value(column: Column[Any], value: Any) -> Any:
    is_moment = isinstance(column.type, (Moment, DateTime)) and isinstance(value, str)
    return dt.datetime.fromisoformat(value) if is_moment else value


def _go_on_numbering(connection: Connection) -> None:
    """Let PostgreSQL count on from the numbers that came with the rows; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in TABLES.values():
        key = next(iter(table.primary_key.columns))
        if isinstance(key.type, Integer) and key.autoincrement is not False:
            top = connection.execute(select(func.max(key))).scalar()
            if top:
                sequence = func.pg_get_serial_sequence(table.name, key.name)
                connection.execute(select(func.setval(sequence, top)))
