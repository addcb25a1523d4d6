"""The columns of a workbook or CSV file, derived from the case model: nothing is listed twice.

A part of a case such as `student.address` becomes a column for each of its values. A list such as `contacts`
becomes a sheet with a row for each entry, or numbered columns (`Contact 1: Date`, `contacts[0].on`).
"""

from __future__ import annotations

import datetime as dt
import re
import types
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from cmforms.model import Case
from cmforms.values.kinds import Kind, Value

Path = tuple[str | int, ...]

INLINE: dict[Path, int] = {("guardians",): 2}
"""How many entries of a list stand as numbered columns beside the case; further ones have a sheet."""

_ENTRY = re.compile(r"(?P<list>[a-z_.]+)\[(?:\+|-1)\]\.(?P<rest>[a-z_.]+)")

_KINDS: dict[type, Kind] = {
    dt.date: Kind.DATE,
    dt.time: Kind.TIME,
    bool: Kind.CHECK,
    int: Kind.INTEGER,
    float: Kind.DECIMAL,
    str: Kind.TEXT,
}


@dataclass(frozen=True, slots=True)
class Column:
    """One value of a case, or of an entry in a list: `path` runs from there, `label` is the header.

    `needed` is `always`, `with <label of the part>` (once that part is begun) or blank.
    """

    path: Path
    label: str
    kind: Kind
    options: tuple[str | int, ...] = ()
    needed: str = ""
    default: Value = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A list in the case: its path, the name of its sheet, what an entry is called, and its columns."""

    path: Path
    sheet: str
    entry: str
    columns: tuple[Column, ...]

    @property
    def inline(self) -> int:
        """How many entries the sheet of cases holds itself."""
        return INLINE.get(self.path, 0)

    def numbered(self, index: int, column: Column) -> Column:
        """Return an entry's column as it stands in the sheet of cases; `index` counts from 0."""
        head = f"{self.entry} {index + 1}"
        label = f"{head}: {column.label}" if column.path else head
        needed = column.needed.replace("with ", f"with {head}: ").replace("always", f"with {head}")
        return replace(column, path=(*self.path, index, *column.path), label=label, needed=needed)


@cache
def case_columns() -> tuple[Column, ...]:
    """Return the columns of the values that a case holds once, in the order of the model."""
    return tuple(_columns(Case, (), (), "always"))


@cache
def listings() -> tuple[Listing, ...]:
    """Return the lists of the model in its order."""
    return tuple(_listings(Case, (), ()))


def dotted(path: Path) -> str:
    """Write a path as a case file's author would name it: `guardians[1].phone`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


@cache
def column_at(place: str) -> Column | None:
    """Return the column of a place such as `refusal.by`, `contacts[+].on` or `transfers[-1].on`; None for no value."""
    if entry := _ENTRY.fullmatch(place):
        for listing in listings():
            if dotted(listing.path) == entry["list"]:
                return next((c for c in listing.columns if dotted(c.path) == entry["rest"]), None)
        return None
    return next((column for column in case_columns() if dotted(column.path) == place), None)


def column_for(header: str) -> Column | None:
    """Return the column that a header names by its label or its path; None for an unknown one."""
    key = _key(header)
    if found := _named().get(key):
        return found
    for number in re.finditer(r"\[(\d{1,3})\]| ([1-9]\d{0,2})(?=:|$)", key):
        index, mark = (int(number[1]), "[#]") if number[1] else (int(number[2]) - 1, " #")
        if entry := _numbered().get(key[: number.start()] + mark + key[number.end() :]):
            listing, column = entry
            return listing.numbered(index, column)
    return None


def entry_column(listing: Listing, header: str) -> Column | None:
    """Return the column of an entry that a header of the list's own sheet names."""
    key = _key(header)
    return next((c for c in listing.columns if key in (_key(c.label), _key(dotted(c.path)))), None)


def known_headers() -> list[str]:
    """Return every header of the sheet of cases, to find the nearest to a wrong one."""
    firsts = (listing.numbered(0, column).label for listing in listings() for column in listing.columns)
    return [*(column.label for column in case_columns()), *firsts]


def _key(header: str) -> str:
    return " ".join(header.rstrip(" *").casefold().split())


@cache
def _named() -> dict[str, Column]:
    return {_key(name): column for column in case_columns() for name in (column.label, dotted(column.path))}


@cache
def _numbered() -> dict[str, tuple[Listing, Column]]:
    """Map the header of a numbered column, `#` for the number, to its list and the entry's column."""
    found = {}
    for listing in listings():
        for column in listing.columns:
            first = listing.numbered(0, column)
            found[_key(first.label.replace(f"{listing.entry} 1", f"{listing.entry} #", 1))] = (
                listing,
                column,
            )
            found[_key(dotted(first.path).replace("[0]", "[#]", 1))] = (listing, column)
    return found


def _columns(model: type[BaseModel], path: Path, titles: tuple[str, ...], needed: str) -> Iterator[Column]:
    for name, field in model.model_fields.items():
        here, said = (*path, name), (*titles, field.title or _words(name))
        inner = _bare(field.annotation)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            whole = needed if field.is_required() else f"with {': '.join(said)}"
            yield from _columns(inner, here, said, whole)
        elif get_origin(inner) is not list:
            yield _column(field, here, said, needed if field.is_required() else "")


def _column(field: FieldInfo, path: Path, titles: tuple[str, ...], needed: str) -> Column:
    kind, options = _kind(field.annotation)
    default = None if field.is_required() else field.default
    return Column(path, ": ".join(titles), kind, options, needed, default)


def _listings(model: type[BaseModel], path: Path, titles: tuple[str, ...]) -> Iterator[Listing]:
    for name, field in model.model_fields.items():
        here, said = (*path, name), (*titles, field.title or _words(name))
        inner = _bare(field.annotation)
        if get_origin(inner) is list:
            yield _listing(_bare(get_args(inner)[0]), here, said)
        elif isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _listings(inner, here, said)


def _listing(item: Any, path: Path, titles: tuple[str, ...]) -> Listing:
    sheet = f"More {titles[-1].lower()}" if path in INLINE else titles[-1]
    if isinstance(item, type) and issubclass(item, BaseModel):
        entry = _words(re.sub(r"(?<!^)(?=[A-Z])", "_", item.__name__).lower())
        return Listing(path, sheet, entry, tuple(_columns(item, (), (), "always")))
    kind, options = _kind(item)
    return Listing(path, sheet, ": ".join(titles), (Column((), titles[-1], kind, options, "always"),))


def _kind(annotation: Any) -> tuple[Kind, tuple[str | int, ...]]:
    bare = _bare(annotation)
    if get_origin(bare) is Literal:
        return Kind.CHOICE, get_args(bare)
    return _KINDS[bare], ()


def _bare(annotation: Any) -> Any:
    """Take the annotation out of `Annotated[...]` and `... | None`."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, types.UnionType):
            (annotation,) = (part for part in get_args(annotation) if part is not types.NoneType)
        else:
            return annotation


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
