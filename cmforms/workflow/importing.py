"""Legacy spreadsheets into the records: all rows that are right in one batch, the others told and kept waiting."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from cmforms.definitions.library import Library
from cmforms.errors import Finding, InputError, Severity, note, review
from cmforms.legacy.cells import Doubt
from cmforms.legacy.collecting import settled
from cmforms.legacy.joining import Draft, at, begun, joined, leaves, located
from cmforms.legacy.planning import Plan
from cmforms.legacy.reading import Reading
from cmforms.legacy.rejects import Reject, write_rejects
from cmforms.legacy.schools import School
from cmforms.legacy.sheets import letter, listed
from cmforms.legacy.tables import Fault, RowRead, Table
from cmforms.legacy.twins import People, keys_twice, side_by_side
from cmforms.model.people import School as CaseSchool
from cmforms.store import Store
from cmforms.store.batches import Batch, Row
from cmforms.workflow.proposing import Proposal


_STUDENT = "student:"
"""How the key of a row begins that names a student and no case."""


@dataclass
class Report:
    """What an import did, or would do: how many cases it began, changed and left alone, and how many rows wait."""

    begun: int = 0
    changed: int = 0
    same: int = 0
    waiting: int = 0
    batch: int | None = None
    rejects: list[Reject] = field(default_factory=list)


class _Undone(Exception):  # noqa: N818 - no error: it ends a dry run's transaction
    pass


@dataclass(frozen=True)
class Job:
    """An import to be run: what was proposed, and whether it is for show only or its rejects are wanted."""

    proposal: Proposal
    library: Library
    dry_run: bool = False
    keep_rejects: bool = False


def run(job: Job, store: Store, report: Report) -> Iterator[Finding]:
    """Import what was proposed; yield each finding as it comes, and count in the report.

    All rows that are right are stored in one transaction: an exception or the end of the process leaves none of them.
    A dry run does the same and takes it back.
    """
    proposal = job.proposal
    with (
        settled(), closing(People(store.all_cases())) as people, suppress(_Undone),
        store.importing(proposal.source, proposal.sha256, _note(proposal)) as batch,
    ):  # fmt: skip
        run_ = _Run(job, batch, report, people)
        yield from run_.findings()
        report.batch = batch.id
        if job.dry_run or not (report.begun or report.changed):
            report.batch = None
            raise _Undone


def write_rejects_of(job: Job, report: Report, out: Path) -> None:
    """Write the workbook of the rows that wait. Raises OutputError (exit 3)."""
    write_rejects(out, job.proposal.path, job.proposal.plans, report.rejects)


def _note(proposal: Proposal) -> dict[str, Any]:
    columns = {
        path: letter(column.index)
        for plan in proposal.plans
        for column in plan.columns
        for path in column.rule.to
        if column.targets
    }
    return {"columns": columns}


class _Run:
    """One import in its transaction."""

    def __init__(self, job: Job, batch: Batch, report: Report, people: People) -> None:
        self._job, self._batch, self._report, self._people = job, batch, report, people
        district = job.library.district
        self._schools = tuple(School(each.number, each.name) for each in district.schools)
        self._directory = {
            each.number: each.model_dump(include=set(CaseSchool.model_fields)) for each in district.schools
        }
        self._waiting: set[str] = set()
        self._lists: dict[str, list[tuple[_Told, RowRead]]] = {}

    def findings(self) -> Iterator[Finding]:
        """Go through the sheets of lists, then through those of cases."""
        tables = [self._told(plan) for plan in self._job.proposal.plans]
        for told in tables:
            if told.adds_only:
                yield from self._gather(told)
        for told in tables:
            if not told.adds_only:
                yield from self._cases(told)
        for told in tables:
            if told.adds_only:
                yield from self._leftover(told)
            yield from told.left_out()
        yield from self._near()

    def _told(self, plan: Plan) -> _Told:
        reading = Reading(self._job.library.legacy_words, self._schools, plan.sheet.date1904)
        return _Told(plan, Table(plan, reading), keys_twice(plan))

    def _gather(self, told: _Told) -> Iterator[Finding]:
        for rows in told.table.blocks():
            for row in rows:
                if row.faults or not (key := _key(row.data)):
                    yield from self._waits(told, row, row.faults or [_no_key()])
                else:
                    self._lists.setdefault(key, []).append((told, row))

    def _cases(self, told: _Told) -> Iterator[Finding]:
        blocks = told.table.blocks() if not told.groups else iter([list(chain.from_iterable(told.table.blocks()))])
        for rows in blocks:
            drafts: dict[str, tuple[Draft, list[RowRead]]] = {}
            for row in rows:
                faults = [*row.faults, *told.twice(row)]
                key = _key(row.data)
                if faults or not key:
                    yield from self._waits(told, row, faults or [_no_key()])
                    continue
                draft, held = drafts.setdefault(key, (Draft(key, row.data), []))
                if held:
                    yield from self._disagree(told, draft, row)
                _extend(draft, row)
                held.append(row)
            for key, (draft, _) in drafts.items():
                student = str((draft.data.get("student") or {}).get("id", ""))
                for other in {key, f"{_STUDENT}{student}"}:
                    for _, row in self._lists.pop(other, ()):
                        _extend(draft, row, own=False)
            yield from self._store(told, {key: (draft, rows) for key, (draft, rows) in drafts.items()})

    def _leftover(self, told: _Told) -> Iterator[Finding]:
        """Give entries to cases that are stored, and tell of those that belong to none."""
        drafts: dict[str, tuple[Draft, list[RowRead]]] = {}
        for key in [key for key, held in self._lists.items() if held[0][0] is told]:
            held = self._lists.pop(key)
            student = key.removeprefix(_STUDENT)
            case_id = self._people.cases_of([student]).get(student) if key.startswith(_STUDENT) else key
            known = bool(case_id and self._batch.cases([case_id]))
            for _, row in held:
                if not known or case_id is None:
                    yield from self._waits(told, row, [_no_case(key, key in self._waiting)])
                    continue
                draft, rows = drafts.setdefault(case_id, (Draft(case_id, {}), []))
                _extend(draft, row)
                rows.append(row)
        yield from self._store(told, drafts)

    def _store(self, told: _Told, drafts: Mapping[str, tuple[Draft, list[RowRead]]]) -> Iterator[Finding]:
        ids = self._case_ids([draft for draft, _ in drafts.values()])
        known = self._batch.cases([case_id for case_id in ids.values() if case_id])
        given = self._batch.given(list(drafts))
        kept: list[Row] = []
        for key, (draft, rows) in drafts.items():
            case_id = ids[key]
            said = _sha256(draft)
            place = f"{told.plan.sheet.name or 'line'}!{rows[0].number}"
            earlier = given.get(key)
            if earlier and earlier.row_sha256 == said:
                self._report.same += 1
                continue
            try:
                if case_id in known:
                    done = joined(draft, known[case_id], earlier.data if earlier else None, place)
                    yield from told.changes(rows[0], case_id, done.changes, done.conflicts)
                    self._report.changed += bool(done.changes)
                    self._report.same += not done.changes
                    data = done.data
                elif told.lacking:
                    told.unbegun.append(rows[0].number)
                    yield from self._waits(told, rows[0], [], quiet=True)
                    continue
                else:
                    self._complete(draft.data)
                    data = begun(draft, place)
                    self._people.meet(data)
                    self._report.begun += 1
            except InputError as trouble:
                faults = [_model_fault(column, finding) for column, finding in located(trouble, told.columns)]
                yield from self._waits(told, rows[0], faults)
                continue
            kept.append(Row(key, said, case_id or str(data["id"]), data, place))
        if kept:
            self._batch.save(kept)

    def _case_ids(self, drafts: Sequence[Draft]) -> dict[str, str | None]:
        """Return the case that each draft is of by its key; None for a student without one."""
        students = [draft.key.removeprefix(_STUDENT) for draft in drafts if draft.key.startswith(_STUDENT)]
        stored = {f"{_STUDENT}{student}": case_id for student, case_id in self._people.cases_of(students).items()}
        return {
            draft.key: stored.get(draft.key) if draft.key.startswith(_STUDENT) else draft.key for draft in drafts
        }

    def _complete(self, data: dict[str, Any]) -> None:
        """Add what the directory knows of the schools (CMS A-2); what the sheet says itself is kept."""
        for name, school in (data.get("schools") or {}).items():
            if known := self._directory.get(school.get("number")):
                data["schools"][name] = {**known, **school}

    def _disagree(self, told: _Told, draft: Draft, row: RowRead) -> Iterator[Finding]:
        for steps, value in leaves(row.data):
            first = at(draft.data, steps)
            shown = first.isoformat() if hasattr(first, "isoformat") else first
            if shown is not None and shown != value:
                path = ".".join(map(str, steps))
                yield review(
                    "rows-disagree",
                    f"says {value!r} for {path}, and row {draft.rows[0]} says {shown!r}, which is taken",
                    **_place(told.plan, row.number, told.columns.get(path)),
                )

    def _waits(self, told: _Told, row: RowRead, faults: Sequence[Fault], quiet: bool = False) -> Iterator[Finding]:
        self._report.waiting += 1
        student = (row.data.get("student") or {}).get("id")
        self._waiting |= {_key(row.data), f"{_STUDENT}{student}"}
        for fault in faults:
            if self._job.keep_rejects:
                self._report.rejects.append(Reject(*told.plan.sheet.place(row.number, fault.column), *fault.doubt))
            if not quiet:
                where = told.plan.sheet.where(row.number, fault.column or 0)
                yield Finding(fault.doubt.code, Severity.ERROR, fault.doubt.message, where, fix=fault.doubt.fix)

    def _near(self) -> Iterator[Finding]:
        """Explain cases that may be the same student side by side; nothing is merged."""
        for one, other in self._people.pairs():
            held = self._batch.cases([one, other])
            if len(held) == 2:
                yield review(
                    "student-twice",
                    f"may be the same student as case {other}: {side_by_side(held[one], held[other])}",
                    case=one,
                    fix="Look at both; if it is one student, keep one case and correct the sheet.",
                )


@dataclass
class _Told:
    """A table with what is known about its keys."""

    plan: Plan
    table: Table
    keys: Mapping[str, Sequence[int]]
    unbegun: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rows = {number: key for key, numbers in self.keys.items() for number in numbers}
        self.groups = self.plan.listing
        self.lacking = self.plan.lacking
        self.adds_only = self.plan.adds_only
        self.columns = {path: column.index for column in self.plan.columns for path in column.rule.to}

    def twice(self, row: RowRead) -> list[Fault]:
        """Return the fault of a row whose key stands in another row too."""
        key = None if self.groups else self._rows.get(row.number)
        if key is None:
            return []
        others = [str(number) for number in self.keys[key] if number != row.number]
        column = self.columns.get("id", self.columns.get("student.id"))
        return [
            Fault(
                column,
                Doubt(
                    "key-twice",
                    f"{key!r} stands also in row {listed(others)}",
                    "Give each case its own row; leave out what stands twice.",
                ),
            )
        ]

    def changes(self, row: RowRead, case_id: str, changed: Sequence[Any], against: Sequence[Any]) -> Iterator[Finding]:
        """Show what the file changes in a stored case, and where both were changed."""
        place = _place(self.plan, row.number, None)
        for each in changed:
            was = "" if each.was is None else f", which was {each.was!r}"
            yield note("value-changed", f"{each.path} becomes {each.now!r}{was}", case=case_id, **place)
        for each in against:
            yield review(
                "value-conflict",
                f"{each.path} is {each.now!r} here and {each.was!r} in the records, which stays",
                fix="Correct the one that is wrong, here or in the records.",
                case=case_id,
                **place,
            )

    def left_out(self) -> Iterator[Finding]:
        """Tell which rows are none of cases, and what no new case can be begun without."""
        for why, numbers in self.table.left_out.items():
            rows = listed([str(number) for number in numbers])
            yield note("rows-left-out", f"rows that {why} are left out: {rows}", **_place(self.plan, None, None))
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


def _place(plan: Plan, row: int | None, column: int | None) -> dict[str, Any]:
    where = plan.sheet.where(row, column)
    return {"source": where.source, "sheet": where.sheet, "cell": where.cell, "line": where.line}


def _key(data: Mapping[str, Any]) -> str:
    if "id" in data:
        return str(data["id"])
    student = (data.get("student") or {}).get("id")
    return f"{_STUDENT}{student}" if student else ""


def _no_key() -> Fault:
    return Fault(
        None,
        Doubt(
            "key-missing",
            "this row does not say which student or case it is about",
            "Enter the number, or delete the row.",
        ),
    )


def _no_case(key: str, waits: bool) -> Fault:
    number = key.removeprefix(_STUDENT)
    if waits:
        return Fault(
            None, Doubt("row-without-case", f"the case of {number!r} waits itself", "It goes in with its case.")
        )
    message = f"no case is stored or in this file for {number!r}"
    return Fault(None, Doubt("row-without-case", message, "Import its case first, or correct the number."))


def _extend(draft: Draft, row: RowRead, own: bool = True) -> None:
    for listing, entry in row.entries.items():
        draft.entries.setdefault(listing, []).append(entry)
    draft.notes += row.notes
    if own:
        draft.rows.append(row.number)


def _model_fault(column: int | None, finding: Finding) -> Fault:
    path = finding.where.path or ""
    message = f"{path} {finding.message}" if path else finding.message
    return Fault(column, Doubt(finding.code, message, finding.fix or "Enter it, or correct it."))


def _sha256(draft: Draft) -> str:
    return hashlib.sha256(repr((draft.data, draft.entries, draft.notes)).encode()).hexdigest()
