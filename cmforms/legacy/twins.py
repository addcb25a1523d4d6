"""The same key or the same person twice, found in memory that hardly grows: 8 bytes for each row."""

from __future__ import annotations

import io
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cmforms.legacy.cells import as_text
from cmforms.legacy.planning import Plan
from cmforms.legacy.sheets import is_blank


def repeated(hashes: array[int]) -> frozenset[int]:
    """Return the hashes that stand more than once."""
    ordered = np.sort(np.frombuffer(hashes, dtype=np.int64)) if hashes else np.empty(0, np.int64)
    return frozenset(np.unique(ordered[1:][ordered[1:] == ordered[:-1]]).tolist())


def key_column(plan: Plan) -> int | None:
    """Return the column by which rows are told apart: the case's number, else the student's."""
    for path in ("id", "student.id"):
        for column in plan.columns:
            if column.rule.to == (path,):
                return column.index
    return None


def keys_twice(plan: Plan) -> dict[str, list[int]]:
    """Return each key that stands in several rows, with their numbers; two passes over the sheet, if any does."""
    index = key_column(plan)
    if index is None:
        return {}
    hashes = array("q")
    hashes.extend(hash(key) for _, key in _keys(plan, index))
    twice = repeated(hashes)
    rows: dict[str, list[int]] = {}
    if twice:
        for number, key in _keys(plan, index):
            if hash(key) in twice:
                rows.setdefault(key, []).append(number)
    return {key: numbers for key, numbers in rows.items() if len(numbers) > 1}


def _keys(plan: Plan, index: int) -> Iterator[tuple[int, str]]:
    last = plan.header.last
    for number, row in plan.sheet.rows:
        if number > last and index < len(row) and not is_blank(row[index]):
            yield number, as_text(row[index]).strip()


def person_of(data: Mapping[str, Any]) -> tuple[str, str]:
    """Return what tells two students apart at first sight: the name without case and marks, and the date of birth."""
    student = data.get("student") or {}
    name = f"{student.get('family_name', '')} {student.get('given_name', '')}"
    return "".join(filter(str.isalnum, name.casefold())), str(student.get("dob", ""))


@dataclass
class People:
    """Students met in one import, to find one who seems to be there under two numbers."""

    stored: dict[int, str] = field(default_factory=dict)
    students: dict[str, str] = field(default_factory=dict)
    hashes: array[int] = field(default_factory=lambda: array("q"))
    near: list[tuple[str, str]] = field(default_factory=list)
    _ids: bytearray = field(default_factory=bytearray)

    @classmethod
    def of(cls, cases: Iterable[Mapping[str, Any]]) -> People:
        """Learn the students of the records."""
        people = cls()
        for case in cases:
            people.stored[hash(person_of(case))] = str(case["id"])
            people.students[str(case["student"]["id"])] = str(case["id"])
        return people

    def meet(self, case: Mapping[str, Any]) -> None:
        """Note a case that the import begins."""
        person = hash(person_of(case))
        self.hashes.append(person)
        self._ids += f"{case['id']}\n".encode()
        if person in self.stored and self.stored[person] != case["id"]:
            self.near.append((str(case["id"]), self.stored[person]))

    def pairs(self, twice: frozenset[int]) -> list[tuple[str, str]]:
        """Return the cases of this import whose student seems to be the same, each with the first of them."""
        first: dict[int, str] = {}
        found = []
        for person, line in zip(self.hashes, io.BytesIO(self._ids), strict=True):
            case_id = line.decode().rstrip()
            if person in twice and first.setdefault(person, case_id) != case_id:
                found.append((case_id, first[person]))
        return found


def side_by_side(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Say what two cases that may be the same student have in common, and what not."""
    labels = ("name and birth date", "guardian", "school", "student number")
    pairs = list(zip(labels, _shown(one), _shown(other), strict=True))
    same = [label for label, left, right in pairs if left == right]
    differs = [f"{label} {left or 'unknown'} / {right or 'unknown'}" for label, left, right in pairs if left != right]
    return f"the same {', '.join(same) or 'nothing'}" + (f"; but {'; '.join(differs)}" if differs else "")


def _shown(case: Mapping[str, Any]) -> tuple[str, ...]:
    guardians = case.get("guardians") or [{}]
    return (
        " ".join(person_of(case)),
        str(guardians[0].get("name", "")),
        str(case.get("schools", {}).get("receiving", {}).get("number", "")),
        str(case.get("student", {}).get("id", "")),
    )
