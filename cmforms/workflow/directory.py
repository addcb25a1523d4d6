"""The district's directory of schools, completing what a case names by number only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cmforms.definitions.calendar import Calendar
from cmforms.definitions.expressions import Branch, Expressions, context_of, missing
from cmforms.definitions.schema import District
from cmforms.model import Case
from cmforms.model.people import School


def completed(case: Case, district: District) -> Case:
    """Return the case with each school's name, administrator and social worker (CMS A-2) from the directory.

    What the case says itself is kept; a school that the directory does not know stays as it is.
    """
    schools = case.schools.model_copy(
        update={
            "zoned": _school(case.schools.zoned, district),
            "receiving": _school(case.schools.receiving, district),
        }
    )
    transfers = [
        move.model_copy(update={"to": _school(move.to, district)}) for move in case.transfers
    ]
    return case.model_copy(update={"schools": schools, "transfers": transfers})


def _school(school: School, district: District) -> School:
    listed = next((entry for entry in district.schools if entry.number == school.number), None)
    if listed is None:
        return school
    known = listed.model_dump(include=set(School.model_fields))
    return School(**{**known, **school.model_dump(exclude_none=True)})


def expressions_of(district: District) -> Expressions:
    """Return the expression language with what the district's directory and calendar add to it."""
    return Expressions(school=school_of(district), **Calendar(district).functions())


def school_of(district: District) -> Callable[[str], Any]:
    """Return the function `school(number)` of the expression language."""
    entries: dict[str, Branch] = {
        entry.number: context_of(school=entry)["school"] for entry in district.schools
    }
    return lambda number: entries.get(number) or missing(f"school({number!r})")
