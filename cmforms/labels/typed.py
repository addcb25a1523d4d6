"""The text and type of a cell as the value that a field takes."""

from __future__ import annotations

import datetime as dt

from cmforms.labels.reading import Labelled
from cmforms.values.kinds import Kind, Parsed, parsed

_HALF_SECOND = dt.timedelta(milliseconds=500)


def typed_value(found: Labelled) -> Parsed:
    """Return the value of a labelled cell; what could mean two things is in doubt.

    Dates and times of the workbook are taken as such. A bare number where text belongs is in doubt, for it may
    have lost leading zeros.
    """
    kind, raw = found.spec.type, found.raw
    if kind is Kind.DATE and isinstance(raw, dt.datetime) and raw.time() == dt.time(0):
        return Parsed(raw.date())
    if kind is Kind.TIME and isinstance(raw, dt.time):
        return Parsed(_to_the_minute(raw))
    if kind is Kind.CHECK and isinstance(raw, bool):
        return Parsed(raw)
    value = parsed(kind, found.text, found.lang, found.spec.labels(found.lang))
    if kind in (Kind.TEXT, Kind.LONGTEXT) and _is_bare_number(found):
        return Parsed(value.value, f"{found.text} is a number in the workbook, so leading zeros may be lost")
    return value


def _to_the_minute(time: dt.time) -> dt.time:
    """Return hours and minutes; a workbook keeps a part of a day, off by some milliseconds."""
    near = dt.datetime.combine(dt.date(2000, 1, 1), time) + _HALF_SECOND
    return near.time().replace(second=0, microsecond=0)


def _is_bare_number(found: Labelled) -> bool:
    bare = isinstance(found.raw, int | float) and not isinstance(found.raw, bool)
    return bare and not found.text.startswith("0")
