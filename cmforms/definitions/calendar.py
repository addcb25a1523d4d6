"""The district's calendar: on which days it is open, when DSPC meets, when grading periods end (CMS B-1-d, D-N)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

from cmforms.definitions.expressions import context_of, is_wednesday, missing
from cmforms.definitions.schema import District

SATURDAY = 5
LAST = dt.date(9000, 1, 1)


class Calendar:
    """The calendar of one district. Its functions are part of the expression language."""

    def __init__(self, district: District) -> None:
        self._holidays = {dt.date.fromisoformat(day) for day in district.holidays}
        self._periods = {
            period.name: context_of(period={
                "name": period.name,
                "starts": dt.date.fromisoformat(period.starts),
                "ends": dt.date.fromisoformat(period.ends),
            })["period"]
            for period in district.grading_periods
        }  # fmt: skip

    def functions(self) -> dict[str, Callable[..., Any]]:
        """Return what expressions may call, by name."""
        return {
            "next_meeting": _within_reach(self.next_meeting),
            "open_day": _within_reach(self.open_day),
            "school_days_after": _within_reach(self.school_days_after),
            "grading_period": self.grading_period,
            "grading_periods_after": self.grading_periods_after,
        }

    def is_open(self, day: dt.date) -> bool:
        """Tell whether the district is open: Monday to Friday, no holiday."""
        return day.weekday() < SATURDAY and day not in self._holidays

    def is_meeting(self, day: dt.date) -> bool:
        """Tell whether DSPC meets: on a Wednesday that is no holiday (CMS D-N)."""
        return is_wednesday(day) and self.is_open(day)

    def next_meeting(self, day: dt.date) -> dt.date:
        """Return the day of the first DSPC meeting on the day or later (CMS D-N)."""
        return next(later for later in _days_from(day) if self.is_meeting(later))

    def open_day(self, day: dt.date, later: int = 0) -> dt.date:
        """Return the day that comes `later` days after, or the first one after that on which the district is open."""
        return next(found for found in _days_from(day + dt.timedelta(later)) if self.is_open(found))

    def school_days_after(self, day: dt.date, count: int) -> dt.date:
        """Return the day by which `count` days on which the district is open have passed."""
        for _ in range(count):
            day = self.open_day(day, 1)
        return day

    def grading_period(self, name: str) -> Any:
        """Return the period of that name, with its `starts` and `ends`; missing for another."""
        return self._periods.get(name) or missing(f"grading_period({name!r})")

    def grading_periods_after(self, day: dt.date) -> list[Any]:
        """Return the periods that begin on the day or later, in order: those that lie wholly after it (CMS B-1-d)."""
        later = (period for period in self._periods.values() if period["starts"] >= day)
        return sorted(later, key=lambda period: period["starts"])


def _within_reach(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function give a missing value for a day so late, by a slip of the pen, that none can follow it."""
    return lambda day, *more: function(day, *more) if day < LAST else missing("a day within the calendar's reach")


def _days_from(day: dt.date) -> Iterator[dt.date]:
    while True:
        yield day
        day += dt.timedelta(1)
