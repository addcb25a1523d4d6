"""What a cell shows, how texts are compared, and what is said of a cell that gives no value."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple


class Doubt(NamedTuple):
    """Why a cell gives no value, by which rule, and what to do."""

    code: str
    message: str
    fix: str = ""


def plain_key(text: str) -> str:
    """Return a text as it is compared: without case, with single blanks."""
    return " ".join(text.replace("_", " ").casefold().split())


def as_text(raw: Any) -> str:
    """Return what a cell shows, a whole number without its point."""
    if isinstance(raw, float) and raw == int(raw):
        return str(int(raw))
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, dt.datetime) and raw.time() == dt.time(0):
        return raw.date().isoformat()
    return str(raw)
