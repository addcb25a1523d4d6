"""Inserting many rows: each driver is handed them as it likes best, which spares most of what an insert costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, Table, insert
from sqlalchemy.exc import DBAPIError

Columns = dict[str, list[Any]]


def insert_rows(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all have the same columns; none at all is fine."""
    if not rows:
        return
    columns = {name: _bound(table.c[name].type, connection.dialect, [row[name] for row in rows]) for name in rows[0]}
    if connection.dialect.name == "sqlite":
        _as_tuples(connection, table, columns)
    else:
        _by_copy(connection, table, columns)


def learn_sizes(connection: Connection, tables: Sequence[Table]) -> None:
    """Let PostgreSQL look at tables that have just grown: it plans by what it saw last, and may believe them empty."""
    if connection.dialect.name == "postgresql":
        for table in tables:
            connection.exec_driver_sql(f"ANALYZE {table.name}")


def _bound(kind: Any, dialect: Dialect, values: list[Any]) -> list[Any]:
    """Return the values as the driver takes them; of one value many times over the work is done once."""
    bind: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    if bind is None:
        return values
    if all(value is values[0] for value in values):
        return [bind(values[0])] * len(values)
    return [bind(value) for value in values]


def _as_tuples(connection: Connection, table: Table, columns: Columns) -> None:
    """Let SQLite take a tuple a row."""
    statement = insert(table).compile(dialect=connection.dialect, column_keys=list(columns))
    ordered = [columns[name] for name in statement.positiontup or columns]
    connection.exec_driver_sql(str(statement), list(zip(*ordered, strict=True)))


def _by_copy(connection: Connection, table: Table, columns: Columns) -> None:
    """Let PostgreSQL take all rows as one stream (COPY)."""
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(name) for name in columns)
    cursor: Any = connection.connection.cursor()
    try:
        with cursor.copy(f"COPY {quote(table.name)} ({names}) FROM STDIN") as copy:
            for row in zip(*columns.values(), strict=True):
                copy.write_row(row)
    except cursor.connection.Error as trouble:
        raise DBAPIError(None, None, trouble, hide_parameters=True) from None
    finally:
        cursor.close()
