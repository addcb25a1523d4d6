"""Duties as a calendar file (RFC 5545), for any calendar program. It names cases by their ids, no student."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from cmforms.life.duties import Duty


def calendar_file(duties: Iterable[Duty], made_at: dt.datetime) -> bytes:
    """Return an iCalendar file with an all-day event for each duty that has a day.

    The UID of a duty stays the same from file to file, so that a calendar that takes a newer one replaces its entry
    (RFC 5545, 3.8.4.7). `made_at` must know its zone.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//cmforms//duties//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for duty in duties:
        if duty.due:
            calendar.add_component(_entry(duty, duty.due, made_at))
    return bytes(calendar.to_ical())


def _entry(duty: Duty, due: dt.date, made_at: dt.datetime) -> Any:
    from icalendar import Event

    entry = Event()
    entry.add("uid", f"{duty.case}-{duty.id}@cmforms")
    entry.add("dtstamp", made_at)
    entry.add("dtstart", due)
    entry.add("dtend", due + dt.timedelta(1))
    entry.add("summary", f"{duty.case}: {duty.title}")
    entry.add("description", f"{duty.role}. CMS {', '.join(duty.cites)}. When it is done: {duty.done}")
    entry.add("class", "CONFIDENTIAL")
    entry.add("transp", "TRANSPARENT")
    return entry
