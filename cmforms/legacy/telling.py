"""What is said about the rows of a table beside what their cells say: keys, changes, disagreements, rows left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cmforms.errors import Finding, InputError, Severity, note, review
from cmforms.legacy.cells import Doubt
from cmforms.legacy.joining import Change, Conflict, Draft, Joined, located
from cmforms.legacy.planning import Plan
from cmforms.legacy.sheets import listed
from cmforms.legacy.tables import Fault, RowRead, Table
from cmforms.legacy.values import dotted, leaves, plain_values, put
from cmforms.model.paths import reached

STUDENT = "student:"
"""How the key of a row begins that names a student and no case."""


def key_of(data: Mapping[str, Any]) -> str:
    """Return what a row is about: the case's number, else the student's; blank where it does not say."""
    if "id" in data:
        return str(data["id"])
    student = (data.get("student") or {}).get("id")
    return f"{STUDENT}{student}" if student else ""


NO_KEY = Fault(
    None,
    Doubt(
        "key-missing", "this row does not say which student or case it is about", "Enter the number, or delete the row."
    ),
)


def no_case(key: str, waits: bool) -> Fault:
    """Return the fault of an entry whose case is not stored."""
    number = key.removeprefix(STUDENT)
    if waits:
        said = Doubt("row-without-case", f"the case of {number!r} waits itself", "It goes in with its case.")
    else:
        message = f"no case is stored or in this file for {number!r}"
        said = Doubt("row-without-case", message, "Import its case first, or correct the number.")
    return Fault(None, said)


@dataclass
class Telling:
    """A table with what is known about its keys; `unbegun` are rows of no stored case, where none can be begun."""

    plan: Plan
    table: Table
    keys: Mapping[str, Sequence[int]]
    unbegun: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rows = {number: key for key, numbers in self.keys.items() for number in numbers}
        self.columns = {path: column.index for column in self.plan.columns for path in column.rule.to}

    def place(self, row: int | None, path: str = "") -> dict[str, Any]:
        """Return where a row, or its value at a path, stands."""
        where = self.plan.sheet.where(row, self.columns.get(path))
        return {"source": where.source, "sheet": where.sheet, "cell": where.cell, "line": where.line}

    def twice(self, row: RowRead) -> list[Fault]:
        """Return the fault of a row whose key stands in another row too."""
        key = None if self.plan.listing else self._rows.get(row.number)
        if key is None:
            return []
        others = listed([str(number) for number in self.keys[key] if number != row.number])
        column = self.columns.get("id", self.columns.get("student.id"))
        fix = "Give each case its own row; leave out what stands twice."
        return [Fault(column, Doubt("key-twice", f"{key!r} stands also in row {others}", fix))]

    def added(self, draft: Draft, row: RowRead) -> Iterator[Finding]:
        """Add what a further row says of a case that the first one leaves blank; say where the two disagree."""
        for steps, value in leaves(plain_values(row.data)):
            first, path = plain_values(reached(draft.data, steps)), dotted(steps)
            if first is None:
                put(draft.data, steps, value)
            elif first != value:
                message = f"says {value!r} for {path}, and row {draft.rows[0]} says {first!r}, which is taken"
                yield review("rows-disagree", message, **self.place(row.number, path))

    def came(self, row: int, case_id: str, done: Joined) -> Iterator[Finding]:
        """Show what the file changes in a stored case, what both changed, and what the file no longer says."""
        for change in done.changes:
            was = "" if change.was is None else f", which was {change.was!r}"
            said = f"{change.path} becomes {change.now!r}{was}"
            yield note("value-changed", said, case=case_id, **self.place(row, change.path))
        for conflict in done.conflicts:
            yield self._conflict(row, case_id, conflict)
        for change in done.withdrawn:
            yield self._withdrawn(row, case_id, change)

    def _conflict(self, row: int, case_id: str, each: Conflict) -> Finding:
        ours = "was taken out of the records by hand" if each.ours is None else f"is {each.ours!r} in the records"
        if each.base is None and each.ours is not None:
            code, message = "value-conflict", f"{each.path} is {each.theirs!r} here and {each.ours!r} in the records"
        else:
            code = "edited-since"
            was = "blank" if each.base is None else repr(each.base)
            message = f"{each.path} was {was} in this list, is {each.theirs!r} there now, and {ours}"
        fix = f"Correct the one that is wrong: here, or by cmforms cases set {case_id} {each.path}=VALUE."
        return review(code, f"{message}, which stays", fix=fix, case=case_id, **self.place(row, each.path))

    def _withdrawn(self, row: int, case_id: str, each: Change) -> Finding:
        message = f"{each.path} was {each.was!r} in this list and is left out now; the records keep it"
        fix = f"If it is no longer true: cmforms cases set {case_id} {each.path}=" if each.path in self.columns else ""
        return review("value-withdrawn", message, fix=fix, case=case_id, **self.place(row, each.path))

    def unclear(self, done: Joined) -> Fault:
        """Return the fault of rows whose entries may be earlier ones corrected, or new ones."""
        paths = ", ".join(dict.fromkeys(path for path, _ in done.unclear))
        fix = (
            "Say for this sheet in the profile `comes: parts` (each file holds further rows) or `comes: whole` (all "
            "rows each time); in a list that is whole, correct one row of a case at a time."
        )
        return Fault(None, Doubt("entry-unclear", f"may correct another of its {paths}, or be a new one", fix))

    def refused(self, trouble: InputError) -> list[Fault]:
        """Return what the model does not take, each with its column."""
        return [_model_fault(column, finding) for column, finding in located(trouble, self.columns)]

    def left_out(self) -> Iterator[Finding]:
        """Tell which rows are none of cases, and what no new case can be begun without."""
        for why, numbers in self.table.left_out.items():
            rows = listed([str(number) for number in numbers])
            yield note("rows-left-out", f"rows that {why} are left out: {rows}", **self.place(None))
        if self.unbegun:
            lacking = "; ".join(f"{each.label} ({each.path})" for each in self.plan.lacking)
            yield Finding(
                "column-missing",
                Severity.ERROR,
                f"{len(self.unbegun):,} rows are of no stored case (row {listed(list(map(str, self.unbegun)), 5)}), "
                f"and to begin one this sheet lacks: {lacking}",
                self.plan.sheet.where(),
                fix="Give each a column, or under `fill` in the profile a value for all rows.",
            )


def _model_fault(column: int | None, finding: Finding) -> Fault:
    path = finding.where.path or ""
    message = f"{path} {finding.message}" if path else finding.message
    return Fault(column, Doubt(finding.code, message, finding.fix or "Enter it, or correct it."))


def extend(draft: Draft, row: RowRead, own: bool = True) -> None:
    """Add a row's entries and notes to a draft; a row of another table is not one of its own rows."""
    for listing, entry in row.entries.items():
        draft.entries.setdefault(listing, []).append(entry)
    draft.notes += row.notes
    if own:
        draft.rows.append(row.number)


