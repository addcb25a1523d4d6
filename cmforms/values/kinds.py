"""The types that a field can have: how each value is printed in a language, and read again from print."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

Value = str | int | float | bool | dt.date | dt.time | None

CHECKED = "X"


class Kind(StrEnum):
    """The type of a field."""

    TEXT = "text"
    LONGTEXT = "longtext"
    DATE = "date"
    TIME = "time"
    PHONE = "phone"
    INTEGER = "integer"
    DECIMAL = "decimal"
    CHOICE = "choice"
    CHECK = "check"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text read as a typed value; `doubt` says why it is not sure, and then `value` is only a suggestion."""

    value: Value
    doubt: str = ""


def printed(kind: Kind, value: Value, lang: str, labels: Mapping[str, str] | None = None) -> str:
    """Print a value as the form shows it; `labels` names the options of a choice in that language.

    Dates carry the month's name, so that no reader can take the day for the month.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return CHECKED if value else ""
    if isinstance(value, dt.date):
        return _print_date(value, lang)
    if isinstance(value, dt.time):
        return _print_time(value, lang)
    if kind is Kind.CHOICE and labels:
        return labels.get(str(value), str(value))
    if isinstance(value, float):
        return _print_decimal(value, lang)
    return str(value)


def parsed(kind: Kind, text: str, lang: str, labels: Mapping[str, str] | None = None) -> Parsed:
    """Read a printed or typed text as a value of the kind; what could mean two things is in doubt."""
    plain = unicodedata.normalize("NFC", text)
    if not plain.strip():
        return Parsed(False if kind is Kind.CHECK else None)
    if kind in (Kind.TEXT, Kind.LONGTEXT, Kind.PHONE, Kind.SIGNATURE):
        return Parsed(plain.strip())
    return _PARSERS[kind](plain.strip(), lang, labels or {})


def to_json(value: Value) -> str | int | float | bool | None:
    """Return the value as JSON holds it: ISO 8601 dates and times."""
    if isinstance(value, dt.time):
        return value.strftime("%H:%M")
    return value.isoformat() if isinstance(value, dt.date) else value


def from_json(kind: Kind, value: str | int | float | bool | None) -> Value:
    """Return the value that `to_json` wrote for a field of this kind."""
    if isinstance(value, str) and kind is Kind.DATE:
        return dt.date.fromisoformat(value)
    if isinstance(value, str) and kind is Kind.TIME:
        return dt.time.fromisoformat(value)
    return value


_CREOLE_MONTHS = (
    "janvye", "fevriye", "mas", "avril", "me", "jen", "jiyè", "out", "septanm", "oktòb", "novanm", "desanm",
)  # CLDR has no Haitian Creole month names; Babel would give French ones


@cache
def _months(lang: str) -> tuple[str, ...]:
    if lang == "ht":
        return _CREOLE_MONTHS
    from babel.dates import get_month_names

    names = get_month_names("abbreviated", locale=_locale(lang))
    return tuple(names[month].rstrip(".") for month in range(1, 13))


@cache
def _locale(lang: str) -> str:
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(lang.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        return "en"


def _print_date(value: dt.date, lang: str) -> str:
    month = _months(lang)[value.month - 1]
    if lang.startswith("en"):
        return f"{month} {value.day}, {value.year}"
    return f"{value.day} {month} {value.year}"


def _print_time(value: dt.time, lang: str) -> str:
    if lang.startswith("en"):
        return f"{value.hour % 12 or 12}:{value.minute:02d} {'AM' if value.hour < 12 else 'PM'}"
    return f"{value.hour}:{value.minute:02d}"


def _print_decimal(value: float, lang: str) -> str:
    from babel.numbers import format_decimal

    return str(format_decimal(value, format="#,##0.###", locale=_locale(lang)))


def _parse_date(text: str, lang: str, _labels: Mapping[str, str]) -> Parsed:
    if iso := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text):
        return _date(int(iso[1]), int(iso[2]), int(iso[3]), text)
    if named := _named_date(text, lang):
        return named
    if numeric := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})", text):
        return _numeric_date(int(numeric[1]), int(numeric[2]), int(numeric[3]), text, lang)
    return Parsed(text, f"{text!r} is not a date that can be read")


def _named_date(text: str, lang: str) -> Parsed | None:
    words = re.findall(r"[^\W\d_]+|\d+", text.lower())
    numbers = [int(word) for word in words if word.isdigit()]
    names = [word for word in words if not word.isdigit()]
    found = _months_named(names, lang) or _months_named(names, "en")
    if len(found) != 1 or len(numbers) != 2:
        return None
    day, year = sorted(numbers)
    return _date(year, found[0], day, text)


def _months_named(words: list[str], lang: str) -> list[int]:
    """Return the numbers of the months that the words name, whole or shortened to three letters or more."""
    months = [name.lower() for name in _months(lang)]
    exact = [months.index(word) + 1 for word in words if word in months]
    return exact or [
        number
        for word in words
        if len(word) > 2
        for number, name in enumerate(months, 1)
        if name.startswith(word) or word.startswith(name)
    ]


def _numeric_date(first: int, second: int, year: int, text: str, lang: str) -> Parsed:
    full = year if year > 99 else 2000 + year
    if first > 12 or second > 12 or first == second:
        month, day = (second, first) if first > 12 else (first, second)
        return _date(full, month, day, text)
    month, day = (first, second) if lang.startswith("en") else (second, first)
    sure = _date(full, month, day, text)
    if lang.startswith("en") or sure.doubt:
        return sure
    return Parsed(sure.value, f"{text!r} could be day/month or month/day")


def _date(year: int, month: int, day: int, text: str) -> Parsed:
    try:
        return Parsed(dt.date(year, month, day))
    except ValueError:
        return Parsed(text, f"{text!r} is not a day of the calendar")


def _parse_time(text: str, _lang: str, _labels: Mapping[str, str]) -> Parsed:
    found = re.fullmatch(r"(\d{1,2})[:.h](\d{2})\s*([ap])?\.?\s*m?\.?", text.lower())
    if not found:
        return Parsed(text, f"{text!r} is not a time that can be read")
    hour, minute, half = int(found[1]), int(found[2]), found[3]
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour > 23 or minute > 59:
        return Parsed(text, f"{text!r} is not a time of day")
    return Parsed(dt.time(hour, minute))


def _parse_integer(text: str, _lang: str, _labels: Mapping[str, str]) -> Parsed:
    digits = text.replace(" ", "").removesuffix("%")
    if re.fullmatch(r"[+-]?\d+", digits):
        return Parsed(int(digits))
    return Parsed(text, f"{text!r} is not a whole number")


def _parse_decimal(text: str, lang: str, _labels: Mapping[str, str]) -> Parsed:
    from babel.numbers import NumberFormatError, parse_decimal

    try:
        return Parsed(float(parse_decimal(text.removesuffix("%").strip(), locale=_locale(lang), strict=True)))
    except NumberFormatError:
        return Parsed(text, f"{text!r} is not a number that can be read")


def _parse_choice(text: str, _lang: str, labels: Mapping[str, str]) -> Parsed:
    wanted = " ".join(text.casefold().split())
    for value, label in labels.items():
        if wanted in (value.casefold(), " ".join(label.casefold().split())):
            return Parsed(value)
    return Parsed(text, f"{text!r} is none of the options: {', '.join(labels.values())}")


def _parse_check(text: str, _lang: str, _labels: Mapping[str, str]) -> Parsed:
    if text.casefold() in ("x", "☒", "☑", "✓", "✔", "✗", "✘", "yes", "true", "on"):
        return Parsed(True)
    if text.casefold() in ("☐", "off", "no", "false"):
        return Parsed(False)
    return Parsed(None, f"{text!r} is neither a mark nor an empty box")


_PARSERS = {
    Kind.DATE: _parse_date,
    Kind.TIME: _parse_time,
    Kind.INTEGER: _parse_integer,
    Kind.DECIMAL: _parse_decimal,
    Kind.CHOICE: _parse_choice,
    Kind.CHECK: _parse_check,
}
