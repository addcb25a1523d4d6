"""Typed values as JSON columns hold them: a date stays a date, a time stays a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from cmforms.errors import Finding, Severity, Where
from cmforms.values.kinds import Value


def encoded(value: Value) -> Any:
    """Return the value as JSON: `{"date": "2026-08-14"}`, `{"time": "14:05:00"}`, or itself."""
    if isinstance(value, dt.date):
        return {"date": value.isoformat()}
    return {"time": value.isoformat()} if isinstance(value, dt.time) else value


def decoded(data: Any) -> Value:
    """Return the value that `encoded` wrote."""
    match data:
        case {"date": text}:
            return dt.date.fromisoformat(text)
        case {"time": text}:
            return dt.time.fromisoformat(text)
        case None | str() | int() | float():
            return data
    raise ValueError("no stored value has this shape")


def encoded_map(values: Mapping[str, Value]) -> dict[str, Any]:
    """Encode each value of a mapping."""
    return {key: encoded(value) for key, value in values.items()}


def decoded_map(data: Mapping[str, Any]) -> dict[str, Value]:
    """Decode each value of a mapping."""
    return {key: decoded(value) for key, value in data.items()}


def decoded_finding(data: Mapping[str, Any]) -> Finding:
    """Return the finding whose `as_json` was stored."""
    where = dict(data.get("where", {}))
    if where.get("box"):
        where["box"] = tuple(where["box"])
    return Finding(
        data["code"], Severity(data["severity"]), data.get("message", ""), Where(**where),
        tuple(data.get("cites", ())), data.get("fix", ""),
    )
