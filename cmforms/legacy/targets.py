"""Where a legacy column can go: the values of a case by their paths, and the rule by which each is read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from cmforms.values.columns import Column, case_columns, column_for, dotted, listings
from cmforms.values.kinds import Kind

NAME, ADDRESS = "student.full_name", "student.address.one_line"
_MOST_NUMBERED = 4


class Rule(StrEnum):
    """How cells are read as values."""

    TEXT = "text"
    NAME = "name"
    ADDRESS = "address"
    IDENTIFIER = "identifier"
    ZIP = "ZIP code"
    PHONE = "phone"
    EMAIL = "e-mail address"
    LANGUAGE = "language"
    SCHOOL = "school"
    STATE = "state"
    DATE = "date"
    TIME = "time"
    CHECK = "yes or no"
    INTEGER = "whole number"
    DECIMAL = "number"
    CHOICE = "option"


@dataclass(frozen=True, slots=True)
class Target:
    """A value of the case. With a `listing`, each row adds an entry to that list, and `steps` run from the entry."""

    path: str
    label: str
    rule: Rule
    steps: tuple[str | int, ...]
    options: tuple[str | int, ...] = ()
    listing: str = ""
    needed: bool = False

    @property
    def generic(self) -> str:
        """The path without the number of an entry, as the word lists have it: `guardians[].phone`."""
        return self.path if "[" not in self.path else f"{self.path.partition('[')[0]}[]{self.path.partition(']')[2]}"


@cache
def target(path: str) -> Target | None:
    """Return the target that a profile names by its path; None for a path that no case has."""
    if path == NAME:
        return Target(NAME, "Student: Full name", Rule.NAME, ("student", "full_name"))
    if path == ADDRESS:
        return Target(ADDRESS, "Student: Address in one line", Rule.ADDRESS, ("student", "address", "one_line"))
    if "[]" in path:
        return _added(path)
    column = column_for(path)
    return _target(path, column) if column and dotted(column.path) == path else None


@cache
def named_targets() -> tuple[Target, ...]:
    """Return every target that a header can name by itself."""
    paths = [NAME, ADDRESS, *(dotted(column.path) for column in case_columns())]
    for listing in listings():
        paths += [f"{dotted(listing.path)}[]{_tail(column)}" for column in listing.columns if column.path]
    return tuple(found for path in paths if (found := target(path)))


def numbered(generic: str, index: int) -> Target | None:
    """Return the target of one entry of a list, counted from 0: `guardians[].phone` becomes `guardians[1].phone`."""
    return target(generic.replace("[]", f"[{index}]", 1)) if 0 <= index < _MOST_NUMBERED else None


def required() -> tuple[Target, ...]:
    """Return the values without which there is no case."""
    paths = (dotted(column.path) for column in case_columns() if column.needed == "always")
    return tuple(found for path in paths if (found := target(path)))


def _added(path: str) -> Target | None:
    head, _, tail = path.partition("[]")
    for listing in listings():
        for column in listing.columns:
            if column.path and dotted(listing.path) == head and _tail(column) == tail:
                made = _target(path, column)
                label = f"{listing.entry}: {column.label}"
                return Target(path, label, made.rule, column.path, column.options, head, column.needed == "always")
    return None


def _tail(column: Column) -> str:
    return f".{dotted(column.path)}"


def _target(path: str, column: Column) -> Target:
    return Target(
        path, column.label, _rule(path, column), column.path, column.options, needed=column.needed == "always"
    )


def _rule(path: str, column: Column) -> Rule:
    last = path.rpartition(".")[2]
    if column.kind is not Kind.TEXT:
        return Rule(_KINDS[column.kind])
    if last == "number" and "agencies" not in path:
        return Rule.SCHOOL
    if last.endswith("phone"):
        return Rule.PHONE
    if last.endswith("language"):
        return Rule.LANGUAGE
    return _NAMES.get(last, Rule.TEXT)


_KINDS = {
    Kind.DATE: Rule.DATE,
    Kind.TIME: Rule.TIME,
    Kind.CHECK: Rule.CHECK,
    Kind.INTEGER: Rule.INTEGER,
    Kind.DECIMAL: Rule.DECIMAL,
    Kind.CHOICE: Rule.CHOICE,
}
_NAMES = {
    "id": Rule.IDENTIFIER,
    "zip": Rule.ZIP,
    "email": Rule.EMAIL,
    "social_worker_email": Rule.EMAIL,
    "state": Rule.STATE,
}
