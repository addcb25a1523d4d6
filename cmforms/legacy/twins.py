"""The same key or the same person twice, found on disk: memory stays level however many rows there are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cmforms.legacy.cells import as_text
from cmforms.legacy.planning import Plan
from cmforms.legacy.sheets import BLOCK, is_blank


def _scratch() -> sqlite3.Connection:
    """Return a database of this process alone: SQLite keeps it in a file without a name, gone whatever happens."""
    scratch = sqlite3.connect("", isolation_level=None)
    scratch.execute("PRAGMA journal_mode=OFF")
    scratch.execute("BEGIN")  # never ended: nothing here is to last
    return scratch


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
    twice = _repeated(hash(key) for _, key in _keys(plan, index))
    rows: dict[str, list[int]] = {}
    if twice:
        for number, key in _keys(plan, index):
            if hash(key) in twice:
                rows.setdefault(key, []).append(number)
    return {key: numbers for key, numbers in rows.items() if len(numbers) > 1}


def _repeated(hashes: Iterable[int]) -> frozenset[int]:
    scratch = _scratch()
    try:
        scratch.execute("CREATE TABLE met (hash INTEGER)")
        scratch.executemany("INSERT INTO met VALUES (?)", ((each,) for each in hashes))
        found = scratch.execute("SELECT hash FROM met GROUP BY hash HAVING count(*) > 1")
        return frozenset(each for (each,) in found)
    finally:
        scratch.close()


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


class People:
    """The students of the records and of one import, to find one who seems to be there under two numbers."""

    def __init__(self, stored: Iterable[Mapping[str, Any]] = ()) -> None:
        """Learn the students of the records."""
        self._scratch = _scratch()
        self._scratch.execute("CREATE TABLE people (hash INTEGER, case_id TEXT, student TEXT, met INTEGER)")
        self._waiting: list[tuple[int, str, str, bool]] = []
        for case in stored:
            self._note(case, met=False)
        self._flush()
        self._scratch.execute("CREATE INDEX students ON people (student) WHERE NOT met")

    def close(self) -> None:
        """Forget everybody."""
        self._scratch.close()

    def meet(self, case: Mapping[str, Any]) -> None:
        """Note a case that the import begins."""
        self._note(case, met=True)

    def cases_of(self, students: Sequence[str]) -> dict[str, str]:
        """Return the stored case of each student by the student's number; one without a case is left out."""
        query = "SELECT case_id FROM people WHERE student = ? AND NOT met ORDER BY rowid DESC LIMIT 1"
        found = ((student, self._scratch.execute(query, (student,)).fetchone()) for student in students)
        return {student: str(row[0]) for student, row in found if row}

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield the cases of this import whose student seems to be there already, each with the first of them."""
        self._flush()
        self._scratch.execute("CREATE INDEX hashes ON people (hash)")
        query = (
            "SELECT one.case_id, (SELECT other.case_id FROM people other WHERE other.hash = one.hash "
            "ORDER BY other.rowid LIMIT 1) AS first FROM people one WHERE one.met AND first <> one.case_id "
            "ORDER BY one.rowid"
        )
        yield from self._scratch.execute(query)

    def _note(self, case: Mapping[str, Any], met: bool) -> None:
        self._waiting.append((hash(person_of(case)), str(case["id"]), str(case["student"]["id"]), met))
        if len(self._waiting) >= BLOCK:
            self._flush()

    def _flush(self) -> None:
        self._scratch.executemany("INSERT INTO people VALUES (?, ?, ?, ?)", self._waiting)
        self._waiting.clear()


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
