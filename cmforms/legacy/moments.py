"""Dates and times of day, from whatever a cell holds."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from cmforms.legacy.cells import Doubt, as_text
from cmforms.legacy.dates import DAY_FIRST, MONTH_FIRST, NO_DATE, readings, serial
from cmforms.legacy.profile import ColumnRule
from cmforms.values.kinds import Kind, parsed


def date_reader(rule: ColumnRule, date1904: bool | None) -> Callable[[Any], Any]:
    """Return the reader of dates: typed in any form, real ones, and day numbers of a calendar that is known."""
    calendar = rule.serials or ("" if date1904 is None else "1904" if date1904 else "1900")

    def read(raw: Any) -> Any:
        if isinstance(raw, str):
            return _text_date(raw, rule)
        if isinstance(raw, dt.date):
            return _real_date(raw, rule)
        if isinstance(raw, (int, float)) and not isinstance(raw, bool):
            if 19000000 < raw < 21000000:
                return _text_date(as_text(raw), rule)
            if calendar and (found := serial(raw, calendar)):
                return found
        return _no_date(raw)

    def with_serial(raw: Any) -> Any:
        if isinstance(raw, str) and re.fullmatch(r"\d{5}", raw):
            found = serial(float(raw), calendar) if calendar else None
            return found or Doubt(
                "date-serial",
                f"{raw!r} is the number of a day, and nothing says of which calendar",
                "Say `serials: 1900` (Windows) or `serials: 1904` (old Macintosh) in the profile.",
            )
        return read(raw)

    return with_serial


def _no_date(raw: Any) -> Doubt:
    return Doubt("cell-doubtful", f"{as_text(raw)!r} is no date", "Write year-month-day, as 2026-08-14.")


def _text_date(text: str, rule: ColumnRule) -> Any:
    found = readings(text)
    if found is NO_DATE or (found.month_first is None and found.day_first is None):
        return _no_date(text)
    day = found.by(rule.order or "")
    if day is None and rule.order:
        other = DAY_FIRST if rule.order == MONTH_FIRST else MONTH_FIRST
        return Doubt(
            "date-order",
            f"{text!r} is a date only {other}, and this column is {rule.order}",
            "Correct it; year-month-day is never in doubt.",
        )
    if day is None and found.proves:
        day = found.by(found.proves)
    if day is None:
        return Doubt(
            "date-ambiguous",
            f"{text!r} could be {found.month_first} or {found.day_first}",
            "Write year-month-day, or `order` in the profile.",
        )
    if found.clock and not _midnight(found.clock) and rule.time != "drop":
        return Doubt(
            "date-with-time",
            f"{text!r} has a time of day",
            "Give it two paths in the profile (to: [date, time]), or `time: drop`.",
        )
    return day


def _midnight(clock: str) -> bool:
    return bool(re.fullmatch(r"(?:00?:00(?::00(?:\.0+)?)?|12:00(?::00)?\s*a\.?m\.?)", clock.strip(), re.I))


def _real_date(raw: dt.date, rule: ColumnRule) -> Any:
    if isinstance(raw, dt.datetime):
        if raw.time() != dt.time(0) and rule.time != "drop":
            return Doubt(
                "date-with-time",
                f"{raw:%Y-%m-%d %H:%M} has a time of day",
                "Give it two paths in the profile (to: [date, time]), or `time: drop`.",
            )
        raw = raw.date()
    if rule.real_dates == "swapped" and raw.day <= 12:
        return dt.date(raw.year, raw.day, raw.month)
    return raw


def read_time(raw: Any) -> Any:
    """Read a time of day, to the minute."""
    if isinstance(raw, (dt.datetime, dt.time)):
        moment = raw.time() if isinstance(raw, dt.datetime) else raw
        whole = (dt.datetime.combine(dt.date(2000, 1, 1), moment) + dt.timedelta(milliseconds=500)).time()
        return whole.replace(second=0, microsecond=0) if not whole.second else _no_time(raw)
    text = as_text(raw)
    if found := re.fullmatch(r"(\d{1,2})(\d{2})\s*([ap])\.?m?\.?", text, re.I):
        text = f"{found[1]}:{found[2]} {found[3]}m"
    if found := re.fullmatch(r"(\d{1,2}(?::\d{2})?):00(?:\.0+)?(\s*[ap]\.?m?\.?)?", text, re.I):
        text = (found[1] if ":" in found[1] else f"{found[1]}:00") + (found[2] or "")
    if found := re.fullmatch(r"(\d{1,2})\s*([ap])\.?m?\.?", text, re.I):
        text = f"{found[1]}:00 {found[2]}m"
    found_time = parsed(Kind.TIME, text, "en")
    return _no_time(raw) if found_time.doubt else found_time.value


def _no_time(raw: Any) -> Doubt:
    return Doubt("cell-doubtful", f"{as_text(raw)!r} is no time of day", "Write hours and minutes, as 14:05.")
