"""The ground that all parts of the case stand on: strict, frozen, told apart from what is unknown."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


class Part(BaseModel):
    """A part of a case. Unknown keys are refused; a value that nobody knows is None, never blank text."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)


def _sound(value: str) -> str:
    if bad := _CONTROL.search(value):
        raise ValueError(f"holds the control character U+{ord(bad.group()):04X}; remove it")
    if not value or value.isspace():
        raise ValueError("is blank; leave the key out when the value is not known")
    return value


def _date_only(value: Any) -> Any:
    """Take `2026-08-14` or a date; a number or a date with a time of day is refused, not guessed."""
    if isinstance(value, dt.datetime):
        if value.time() != dt.time(0):
            raise ValueError("has a time of day; write the date alone, as 2026-08-14")
        return value.date()
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError(f"{value!r} is not a date; write year-month-day, as 2026-08-14")
    if isinstance(value, (int, float)):
        raise ValueError(f"{value!r} is not a date; write year-month-day, as 2026-08-14")
    return value


def _time_of_day(value: Any) -> Any:
    """Take `14:05`; YAML 1.1 reads an unquoted 14:05 as 845 (base 60), which is turned back."""
    if isinstance(value, int) and 0 <= value < 24 * 60:
        return dt.time(value // 60, value % 60)
    if isinstance(value, str) and not re.fullmatch(r"\d{1,2}:\d{2}(:00)?", value):
        raise ValueError(f"{value!r} is not a time; write hours and minutes, as 14:05")
    return value


def _digits_kept(value: Any) -> Any:
    if isinstance(value, int):
        raise ValueError(f"{value} is a number; write it in quotes so that leading zeros are kept")
    return value


Text = Annotated[str, AfterValidator(_sound)]
Date = Annotated[dt.date, BeforeValidator(_date_only)]
Time = Annotated[dt.time, BeforeValidator(_time_of_day)]
Identifier = Annotated[
    str, BeforeValidator(_digits_kept), Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,39}$")
]
Phone = Annotated[Text, BeforeValidator(_digits_kept), Field(max_length=40)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
