"""Which value of a case a field of an official form may ask for, by the likeness of their labels."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel
from rapidfuzz import fuzz, process

from cmforms.model.case import Case
from cmforms.model.loading import inner_model
from cmforms.values.kinds import Kind

LIKE_ENOUGH = 90.0
_DEEPEST = 3
_FIRST_ITEMS = {"guardians": 2, "agencies": 1}
_ALSO_CALLED = {
    "case.student.full_name": ("student name", "name of student", "student's full name", "pupil name", "child's name"),
    "case.student.given_name": ("first name", "student first name"),
    "case.student.family_name": ("last name", "surname", "student last name"),
    "case.student.middle_name": ("middle initial", "middle name"),
    "case.student.dob": ("date of birth", "birth date", "dob", "birthdate"),
    "case.student.id": ("student id", "student number", "student id number", "district id"),
    "case.student.address.one_line": ("home address", "mailing address", "address"),
    "case.student.address.street": ("street address", "street"),
    "case.guardians[0].name": ("parent name", "parent or guardian", "name of parent or guardian", "guardian name"),
    "case.guardians[0].phone": ("parent phone", "guardian telephone", "home telephone"),
    "case.guardians[0].email": ("e-mail address", "parent e-mail"),
    "case.current_school.name": ("school", "name of school", "current school", "school name"),
    "case.current_school.administrator": ("principal", "school administrator"),
    "case.id": ("case number", "case id"),
}
_SOMEBODY_ELSE = re.compile(
    r"spouse|defendant|plaintiff|dependent|claimant|employer|taxpayer|witness|notary|attorney|sibling|preparer", re.I
)
_FILLERS = frozenset(["your", "the", "please", "enter", "of", "a", "an", "print"])
_DATE_FORMATS = {6: "%m%d%y", 8: "%m%d%Y", 10: "%m/%d/%Y"}


class _Value(NamedTuple):
    phrase: str
    path: str
    is_date: bool


def suggest(label: str, name: str, kind: Kind, max_length: int | None) -> str | None:
    """Return the binding whose label comes nearest, None when none is near. A person must confirm it."""
    if kind in (Kind.SIGNATURE, Kind.CHECK, Kind.CHOICE) or _SOMEBODY_ELSE.search(f"{label} {name}"):
        return None
    said = _plain(label)
    if len(said) < 3:
        return None
    known = [value for value in _catalogue() if value.is_date or kind is not Kind.DATE]
    found = process.extractOne(said, [value.phrase for value in known], scorer=_likeness, score_cutoff=LIKE_ENOUGH)
    if found is None:
        return None
    value = known[found[2]]
    if value.is_date and max_length:
        form = _DATE_FORMATS.get(max_length)
        return f"{value.path}.strftime('{form}')" if form else None
    return value.path


def _likeness(one: str, other: str, **_: Any) -> float:
    """Compare word by word; words too many on either side count against."""
    return 0.75 * fuzz.token_sort_ratio(one, other) + 0.25 * fuzz.token_set_ratio(one, other)


def _plain(text: str) -> str:
    words = re.findall(r"[a-z0-9]+", text.lower().replace("'s", "").replace("’s", "").replace("-", ""))
    return " ".join(word for word in words if word not in _FILLERS)


@cache
def _catalogue() -> tuple[_Value, ...]:
    own = list(_values(Case, "case", ()))
    dates = {value.path for value in own if value.is_date}
    also = [_Value(_plain(p), path, path in dates) for path, said in _ALSO_CALLED.items() for p in said]
    return (*also, *own)


def _values(model: type[BaseModel], path: str, above: tuple[str, ...]) -> Iterator[_Value]:
    """Yield the leaves of a model, each by its title and by its title after what it belongs to."""
    for name, info in model.model_fields.items():
        yield from _leaf_or_part(info.annotation, info.title, f"{path}.{name}", (*above, name))


def _leaf_or_part(annotation: Any, title: str | None, path: str, above: tuple[str, ...]) -> Iterator[_Value]:
    inner = inner_model(annotation)
    if inner is None:
        if title and len(above) > 1:
            owner = above[-2].rstrip("s").replace("_", " ")
            yield _Value(_plain(f"{owner} {title}"), path, _is_date(annotation))
        return
    if len(above) >= _DEEPEST:
        return
    if _is_list(annotation):
        for index in range(_FIRST_ITEMS.get(above[-1], 0)):
            yield from _values(inner, f"{path}[{index}]", (*above[:-1], _nth(above[-1], index)))
    else:
        yield from _values(inner, path, above)


def _nth(name: str, index: int) -> str:
    return name if index == 0 else f"second {name}"


def _is_list(annotation: Any) -> bool:
    return get_origin(annotation) is list or any(map(_is_list, get_args(annotation)))


def _is_date(annotation: Any) -> bool:
    return annotation is dt.date or any(map(_is_date, get_args(annotation)))
