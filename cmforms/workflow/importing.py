"""Legacy spreadsheets into the records: all rows that are right in one batch, the others told and kept waiting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from cmforms.definitions.library import Library
from cmforms.errors import Finding, review
from cmforms.legacy.collecting import settled
from cmforms.legacy.joining import Draft
from cmforms.legacy.planning import Plan
from cmforms.legacy.reading import Reading
from cmforms.legacy.rejects import write_rejects
from cmforms.legacy.schools import School
from cmforms.legacy.sheets import letter
from cmforms.legacy.tables import RowRead, Table
from cmforms.legacy.telling import NO_KEY, STUDENT, Telling, extend, key_of, no_case
from cmforms.legacy.twins import People, keys_twice, side_by_side
from cmforms.store import Store
from cmforms.workflow.entering import Entering, Held, Report
from cmforms.workflow.proposing import Proposal


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
    A dry run does the same and takes it back. That values of stored cases were shown is logged in either case.
    """
    proposal = job.proposal
    with (
        settled(), closing(People(store.all_cases())) as people, suppress(_Undone),
        store.importing(proposal.source, proposal.sha256, _note(proposal)) as batch,
    ):  # fmt: skip
        entering = Entering(batch, report, people, job.library)
        entering.keep_rejects, entering.further_rows_only = job.keep_rejects, proposal.further_rows_only
        yield from _Run(job, entering).findings()
        report.batch = batch.id
        if job.dry_run or not (report.begun or report.changed or report.disputed):
            report.batch = None
            raise _Undone
    if entering.shown:
        store.disclose("read", sorted(entering.shown))


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
    """The sheets of one import, from rows to drafts: those that only add to lists wait for the cases they are of."""

    def __init__(self, job: Job, entering: Entering) -> None:
        self._entering = entering
        self._words = job.library.legacy_words
        self._schools = tuple(School(each.number, each.name) for each in job.library.district.schools)
        self._tables = [self._told(plan) for plan in job.proposal.plans]
        self._lists: dict[str, list[tuple[Telling, RowRead]]] = {}

    def findings(self) -> Iterator[Finding]:
        """Go through the sheets of lists, then through those of cases, then through what is left of the lists."""
        for told in self._tables:
            if told.plan.adds_only:
                yield from self._gather(told)
        for told in self._tables:
            if not told.plan.adds_only:
                yield from self._cases(told)
        for told in self._tables:
            if told.plan.adds_only:
                yield from self._leftover(told)
            yield from told.left_out()
        yield from self._near()

    def _told(self, plan: Plan) -> Telling:
        reading = Reading(self._words, self._schools, plan.sheet.date1904)
        return Telling(plan, Table(plan, reading), keys_twice(plan))

    def _gather(self, told: Telling) -> Iterator[Finding]:
        for row in chain.from_iterable(told.table.blocks()):
            key = key_of(row.data)
            if row.faults or not key:
                yield from self._entering.waits(told, row, row.faults or [NO_KEY])
            else:
                self._lists.setdefault(key, []).append((told, row))

    def _cases(self, told: Telling) -> Iterator[Finding]:
        """Enter the cases of a sheet: block by block, or at once where several rows may be about one case."""
        blocks = told.table.blocks()
        for rows in [chain.from_iterable(blocks)] if told.plan.listing else blocks:
            drafts: dict[str, Held] = {}
            for row in rows:
                key = key_of(row.data)
                if faults := [*row.faults, *told.twice(row)] or ([] if key else [NO_KEY]):
                    yield from self._entering.waits(told, row, faults)
                    continue
                held = drafts.setdefault(key, Held(Draft(key, row.data), []))
                if held.rows:
                    yield from told.added(held.draft, row)
                extend(held.draft, row)
                held.rows.append(row)
            self._add_lists(drafts)
            yield from self._entering.enter(told, drafts)

    def _add_lists(self, drafts: Mapping[str, Held]) -> None:
        if not self._lists:
            return
        for key, held in drafts.items():
            student = (held.draft.data.get("student") or {}).get("id", "")
            for other in {key, f"{STUDENT}{student}"}:
                for _, row in self._lists.pop(other, ()):
                    extend(held.draft, row, own=False)

    def _leftover(self, told: Telling) -> Iterator[Finding]:
        """Give entries to cases that are stored, and tell of those that belong to none."""
        drafts: dict[str, Held] = {}
        for key in [key for key, held in self._lists.items() if held[0][0] is told]:
            case_id = self._entering.stored_case(key)
            for _, row in self._lists.pop(key):
                if case_id is None:
                    yield from self._entering.waits(told, row, [no_case(key, key in self._entering.waiting)])
                    continue
                held = drafts.setdefault(case_id, Held(Draft(case_id, {}), []))
                extend(held.draft, row)
                held.rows.append(row)
        yield from self._entering.enter(told, drafts)

    def _near(self) -> Iterator[Finding]:
        """Explain cases that may be the same student side by side; nothing is merged."""
        for one, other in self._entering.people.pairs():
            held = self._entering.batch.cases([one, other])
            if len(held) == 2:
                self._entering.shown |= {one, other}
                yield review(
                    "student-twice",
                    f"may be the same student as case {other}: {side_by_side(held[one], held[other])}",
                    case=one,
                    fix="Look at both; if it is one student, keep one case and correct the sheet.",
                )
