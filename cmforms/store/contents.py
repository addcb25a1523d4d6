"""What a row says, as one text: the thing that its seal is a seal of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import JSON, Float, Table

from cmforms.canonical import Encoded, canonical

_NUMBERS = {"id", "document_id", "batch_id"}
"""Columns that number rows; a seal is made before the row has its number."""


def content(table: Table, row: Mapping[Any, Any]) -> str:
    """Return a row as canonical JSON: a line with all plain columns, then one for each column of JSON.

    One that came later has its line only where it holds something: what was sealed before stays as it was.
    """
    plain, nested, later = _columns(table)
    said = [_plain(row.get(name), is_float) for name, is_float in plain]
    filled = [name for name in later if row.get(name) is not None]
    return "\n".join([canonical(said), *[canonical(row.get(name)) for name in (*nested, *filled)]])


def encoded(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with its JSON columns as canonical text, so that storing and sealing encode them once."""
    _, nested, later = _columns(table)
    return {**row, **{name: Encoded(canonical(row[name])) for name in (*nested, *later) if row.get(name) is not None}}


def rows_content(table: Table, rows: Iterable[Mapping[Any, Any]]) -> str:
    """Return rows as one text; the text of more rows only adds to it."""
    return "".join([content(table, row) + "\n\n" for row in rows])


@cache
def _columns(table: Table) -> tuple[tuple[tuple[str, bool], ...], tuple[str, ...], tuple[str, ...]]:
    columns = [column for column in table.c if column.name not in _NUMBERS]
    plain = [(column.name, isinstance(column.type, Float)) for column in columns if not isinstance(column.type, JSON)]
    nested = [column for column in columns if isinstance(column.type, JSON)]
    first, later = ([c.name for c in nested if ("later" in c.info) is late] for late in (False, True))
    return tuple(plain), tuple(first), tuple(later)


def _plain(value: Any, is_float: bool) -> Any:
    if isinstance(value, dt.datetime):
        return moment(value)
    return float(value) if is_float and value is not None else value


@lru_cache(maxsize=64)
def moment(at: dt.datetime) -> str:
    """Write a moment the same way on every database: UTC, to the microsecond. All rows of an import have the same."""
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")
