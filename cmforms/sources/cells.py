"""One cell: from what a workbook or CSV file holds to the value that the case model takes, and back.

What could mean two things is in doubt, never guessed: 3/4/2026, or a number where leading zeros belong.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from functools import cache
from typing import Any, NamedTuple

from cmforms.model.loading import nearest
from cmforms.values.columns import Column
from cmforms.values.kinds import Kind, Parsed, Value, parsed

YES, NO = "Yes", "No"
_EXAMPLES = {
    Kind.DATE: "2026-08-14",
    Kind.TIME: "14:05",
    Kind.CHECK: YES,
    Kind.INTEGER: "3",
    Kind.DECIMAL: "91.5",
    Kind.TEXT: "text, as it shall be printed",
}


class Cell(NamedTuple):
    """What one cell holds; its column counts from 0. `trouble` says why it has no value that could be read."""

    column: int
    raw: Any
    number_format: str = ""
    trouble: str = ""


def is_blank(raw: Any) -> bool:
    """Tell whether a cell holds nothing: a value that nobody knows."""
    return raw is None or (isinstance(raw, str) and not raw.strip())


def value_of(column: Column, raw: Any, number_format: str = "") -> Parsed:
    """Read what a cell holds as the column's type; `number_format` is the cell's own in a workbook."""
    if isinstance(raw, str):
        return _from_text(column, raw)
    if isinstance(raw, (dt.date, dt.time, dt.timedelta)):
        return _from_moment(column, raw)
    if isinstance(raw, bool):
        return Parsed(raw) if column.kind is Kind.CHECK else _wrong(column, "TRUE" if raw else "FALSE")
    return _from_number(column, raw, number_format)


def entry_of(column: Column, value: Value) -> Value:
    """Return what a workbook's cell shall hold for a value of the model."""
    if isinstance(value, bool):
        return YES if value else NO
    return option_text(value) if column.kind is Kind.CHOICE and isinstance(value, str) else value


def option_text(option: str | int) -> str | int:
    """Return an option as people read it: `zoned_school` as `zoned school`; a level stays a number."""
    return option.replace("_", " ") if isinstance(option, str) else option


def choices(column: Column) -> tuple[str | int, ...]:
    """Return what a drop-down list of the column offers; none for free values."""
    return (YES, NO) if column.kind is Kind.CHECK else tuple(option_text(option) for option in column.options)


def example(column: Column) -> str:
    """Return an entry that the column takes."""
    return str(choices(column)[0]) if choices(column) else _EXAMPLES[column.kind]


def _from_text(column: Column, text: str) -> Parsed:
    match column.kind:
        case Kind.TEXT:
            return Parsed(text)
        case Kind.CHOICE:
            return _option(column, text.strip())
        case Kind.DATE if clear := _unclear_date(text.strip()):
            return Parsed(None, clear)
    return parsed(column.kind, text, "en")


def _unclear_date(text: str) -> str:
    """Say what a date of three numbers could mean, unless the year stands first or the day is above 12."""
    found = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})", text)
    if not found:
        return ""
    first, second = int(found[1]), int(found[2])
    if len(found[3]) == 4 and (first > 12 or second > 12 or first == second):
        return ""
    return f"{text!r} could be read in two ways; write year-month-day, as 2026-08-14"


def _option(column: Column, text: str) -> Parsed:
    option = _option_keys(column.options).get(_option_key(text))
    return _no_option(column, text) if option is None else Parsed(option)


@cache
def _option_keys(options: tuple[str | int, ...]) -> dict[str, str | int]:
    return {_option_key(str(option)): option for option in reversed(options)}


def _option_key(text: str) -> str:
    return " ".join(text.replace("_", " ").casefold().split())


def _no_option(column: Column, text: str) -> Parsed:
    names = [str(choice) for choice in choices(column)]
    near = nearest(text, names)
    hint = f"; did you mean {near!r}?" if near else f"; use one of {', '.join(names)}"
    return Parsed(None, f"{text!r} is not an option{hint}")


def _from_moment(column: Column, moment: dt.date | dt.time | dt.timedelta) -> Parsed:
    if column.kind is Kind.TIME and isinstance(moment, dt.time):
        return _time(moment)
    if column.kind is not Kind.DATE or not isinstance(moment, dt.date):
        return _wrong(column, str(moment))
    if not isinstance(moment, dt.datetime):
        return Parsed(moment)
    if moment.time() != dt.time(0):
        return Parsed(None, f"{moment:%Y-%m-%d %H:%M} has a time of day; write the date alone")
    return Parsed(moment.date())


def _time(moment: dt.time) -> Parsed:
    """Take a time to the minute; a workbook keeps a part of a day, off by some milliseconds."""
    whole = dt.datetime.combine(dt.date(2000, 1, 1), moment) + dt.timedelta(milliseconds=500)
    if whole.second:
        return Parsed(None, f"{moment:%H:%M:%S} has seconds; write hours and minutes, as 14:05")
    return Parsed(whole.time().replace(microsecond=0))


def _from_number(column: Column, number: int | float, number_format: str) -> Parsed:
    if column.kind is Kind.CHOICE:
        return _option(column, f"{number:g}")
    if column.kind in (Kind.INTEGER, Kind.DECIMAL):
        return _amount(column, round(number * 100, 9) if "%" in number_format else number)
    if column.kind is Kind.TEXT:
        return Parsed(
            None,
            f"{number} is a number, so leading zeros may be lost; format the cell as text and type it again",
        )
    return _wrong(column, str(number))


def _amount(column: Column, number: int | float) -> Parsed:
    if column.kind is Kind.DECIMAL:
        return Parsed(float(number))
    if math.isfinite(number) and number == int(number):
        return Parsed(int(number))
    return Parsed(None, f"{number} is not a whole number")


def _wrong(column: Column, shown: str) -> Parsed:
    return Parsed(
        None, f"{shown} is not a {column.kind.value}; write it as in this example: {example(column)}"
    )
