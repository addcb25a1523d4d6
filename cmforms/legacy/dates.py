"""Dates as people typed them over thirty years: each text's readings, and the order that a whole column proves."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cmforms.values.kinds import Kind, parsed

YOUNGEST_YEARS, OLDEST_YEARS = 2, 70
"""A year of two digits is taken for the one that lies at most so many years ahead or back."""

MONTH_FIRST, DAY_FIRST = "month-first", "day-first"
_THREE = re.compile(r"(\d{1,4})\s*[/.\-\s]\s*(\d{1,2})\s*[/.\-\s]\s*(\d{1,4})")
_EIGHT = re.compile(r"\d{8}")
_CLOCK = re.compile(r"[T ,]+(\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?\s*(?:[ap]\.?m\.?)?)(?:Z)?$", re.IGNORECASE)
_WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[.,]*\s+", re.IGNORECASE)
EPOCHS = {"1900": dt.date(1899, 12, 30), "1904": dt.date(1904, 1, 1)}
SERIALS = range(10_000, 60_000)


@dataclass(frozen=True, slots=True)
class Readings:
    """What a text could mean as a date: by the month first, by the day first; equal where there is no question."""

    month_first: dt.date | None
    day_first: dt.date | None
    clock: str = ""

    @property
    def proves(self) -> str:
        """The order without which the text is no date; blank when it proves nothing."""
        if self.month_first == self.day_first or (self.month_first and self.day_first):
            return ""
        return MONTH_FIRST if self.month_first else DAY_FIRST

    def by(self, order: str) -> dt.date | None:
        """Return the date by an order; without one only a date that both orders give."""
        if order:
            return self.month_first if order == MONTH_FIRST else self.day_first
        return self.month_first if self.month_first == self.day_first else None


NO_DATE = Readings(None, None)


@lru_cache(maxsize=8192)
def readings(text: str) -> Readings:
    """Return what a text could mean as a date, with the time of day that stands behind it."""
    text = _WEEKDAY.sub("", text.strip())
    clock = _CLOCK.search(text)
    body = text[: clock.start()] if clock else text
    found = _plain(body.strip(" ,"))
    return Readings(found.month_first, found.day_first, clock[1] if clock else "")


def serial(number: float, calendar: str) -> dt.date | None:
    """Return the date of a day number of a workbook's calendar (ECMA-376 18.17.4.1), whole days only."""
    if number != int(number) or int(number) not in SERIALS:
        return None
    return EPOCHS[calendar] + dt.timedelta(days=int(number))


@dataclass
class Votes:
    """What the cells of a date column say about the order of its numbers; `asking` are a few that say nothing."""

    proofs: dict[str, int] = field(default_factory=lambda: {MONTH_FIRST: 0, DAY_FIRST: 0})
    example: dict[str, str] = field(default_factory=dict)
    asking: list[str] = field(default_factory=list)
    asked: int = 0
    real_low: int = 0
    real_high: int = 0

    def add(self, raw: Any, place: str) -> None:
        """Count a cell."""
        if isinstance(raw, dt.date):
            self.real_high += raw.day > 12
            self.real_low += raw.day <= 12
        elif isinstance(raw, str) and (found := readings(raw)) is not NO_DATE:
            if found.proves:
                self.proofs[found.proves] += 1
                self.example.setdefault(found.proves, f"{raw.strip()} in {place}")
            elif found.month_first != found.day_first:
                self.asked += 1
                if len(self.asking) < 3:
                    self.asking.append(f"{raw.strip()} in {place}")

    @property
    def order(self) -> str:
        """The order that is proved: some cell allows no other, and none speaks against it."""
        by_month, by_day = self.proofs[MONTH_FIRST], self.proofs[DAY_FIRST]
        return "" if bool(by_month) == bool(by_day) else MONTH_FIRST if by_month else DAY_FIRST

    @property
    def swapped(self) -> bool:
        """Whether a program that puts the month first seems to have turned days into months.

        Then every date that it took for one has a day up to 12, and all those left as text have a higher one.
        """
        return (
            self.real_low >= 3 and not self.real_high and self.proofs[DAY_FIRST] >= 2 and not self.proofs[MONTH_FIRST]
        )


def _plain(text: str) -> Readings:
    if _EIGHT.fullmatch(text):
        return _eight(text)
    if found := _THREE.fullmatch(text):
        return _three(found[1], found[2], found[3])
    if re.search(r"[^\W\d_]{3}", text):
        named = parsed(Kind.DATE, _full_year(text), "en")
        if not named.doubt and isinstance(named.value, dt.date):
            return Readings(named.value, named.value)
    return NO_DATE


def _full_year(text: str) -> str:
    """Write out a year of two digits behind a month's name: `3-Mar-12`, `Mar 3, '12`."""
    found = re.search(r"(?<=\D)'?(\d{2})$", text)
    year = _year(found[1]) if found else None
    return f"{text[: found.start()]}{year}" if found and year else text


def _three(first: str, second: str, third: str) -> Readings:
    if len(first) == 4:
        whole = _date(int(first), int(second), int(third))
        return Readings(whole, whole)
    year = _year(third)
    if year is None or len(first) > 2:
        return NO_DATE
    return Readings(_date(year, int(first), int(second)), _date(year, int(second), int(first)))


def _eight(text: str) -> Readings:
    """Read 20120319; where the year could as well stand last, 03192012, both are readings."""
    year_first = _date(int(text[:4]), int(text[4:6]), int(text[6:])) if text[:2] in ("19", "20") else None
    if year_first:
        return Readings(year_first, year_first) if text[4:6] not in ("19", "20") else NO_DATE
    year = int(text[4:])
    return Readings(_date(year, int(text[:2]), int(text[2:4])), _date(year, int(text[2:4]), int(text[:2])))


def _year(text: str) -> int | None:
    if len(text) == 4:
        return int(text)
    if len(text) != 2:
        return None
    now = dt.date.today().year
    near = (now // 100 * 100 + int(text) + century for century in (0, -100, 100))
    return next((year for year in near if now - OLDEST_YEARS <= year <= now + YOUNGEST_YEARS), None)


def _date(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day) if year > 1899 else None
    except ValueError:
        return None
