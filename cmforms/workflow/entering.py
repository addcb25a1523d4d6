"""Drafts of a legacy sheet into the batch: new cases begun, stored ones joined, and what waits counted and told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cmforms.definitions.library import Library
from cmforms.errors import Finding, InputError, Severity
from cmforms.legacy.joining import Before, Draft, Joined, begun, blanked, joined
from cmforms.legacy.rejects import Reject
from cmforms.legacy.tables import Fault, RowRead
from cmforms.legacy.telling import STUDENT, Telling, key_of
from cmforms.legacy.twins import People
from cmforms.model.people import School
from cmforms.store import Batch, Given, Row


@dataclass
class Report:
    """What an import did, or would do: how many cases it began, changed and left alone, and how many rows wait.

    `disputed` are cases in which file and record disagree; what the record holds stays.
    """

    begun: int = 0
    changed: int = 0
    same: int = 0
    disputed: int = 0
    waiting: int = 0
    batch: int | None = None
    rejects: list[Reject] = field(default_factory=list)


class Held(NamedTuple):
    """A draft with the rows that it is made of."""

    draft: Draft
    rows: list[RowRead]


@dataclass(frozen=True)
class Known:
    """A case as it is stored, and what the source gave for it before."""

    case_id: str
    now: Mapping[str, Any]
    given: Given | None


class Entering:
    """Enters drafts into one batch. `waiting` has the keys of rows that wait, `shown` the cases shown to the person."""

    def __init__(self, batch: Batch, report: Report, people: People, library: Library) -> None:
        self.batch, self.report, self.people = batch, report, people
        self.keep_rejects = False
        self.further_rows_only = False
        self.waiting: set[str] = set()
        self.shown: set[str] = set()
        self._schools = {
            each.number: each.model_dump(include=set(School.model_fields)) for each in library.district.schools
        }

    def enter(self, told: Telling, drafts: Mapping[str, Held]) -> Iterator[Finding]:
        """Save what the drafts change, all at once; yield what is to be said of each."""
        ids = self._case_ids(list(drafts))
        stored = self.batch.cases([case_id for case_id in ids.values() if case_id])
        given = self.batch.given(list(drafts))
        kept: list[Row] = []
        for key, held in drafts.items():
            case_id, said = ids[key], _sha256(held.draft)
            if key in given and given[key].row_sha256 == said:
                self.report.same += 1
                continue
            place = f"{told.plan.sheet.name or 'line'}!{held.rows[0].number}"
            try:
                if case_id in stored:
                    done = self._joined(told, held, Known(str(case_id), stored[case_id], given.get(key)), place)
                    yield from self._came(told, held, str(case_id), done)
                    if not done.unclear:
                        source = None if done.said == done.data else done.said
                        kept.append(Row(key, said, str(case_id), done.data, place, source))
                elif told.plan.lacking:
                    told.unbegun.append(held.rows[0].number)
                    yield from self.waits(told, held.rows[0], [], quiet=True)
                else:
                    data = self._begun(held.draft, place)
                    kept.append(Row(key, said, case_id or str(data["id"]), data, place))
            except InputError as trouble:
                yield from self.waits(told, held.rows[0], told.refused(trouble))
        if kept:
            self.batch.save(kept)

    def waits(self, told: Telling, row: RowRead, faults: Sequence[Fault], quiet: bool = False) -> Iterator[Finding]:
        """Count a row that waits, and tell each of its faults."""
        self.report.waiting += 1
        student = (row.data.get("student") or {}).get("id")
        self.waiting |= {key_of(row.data), f"{STUDENT}{student}"}
        for fault in faults:
            if self.keep_rejects:
                self.report.rejects.append(Reject(*told.plan.sheet.place(row.number, fault.column), *fault.doubt))
            if not quiet:
                where = told.plan.sheet.where(row.number, fault.column or 0)
                yield Finding(fault.doubt.code, Severity.ERROR, fault.doubt.message, where, fix=fault.doubt.fix)

    def stored_case(self, key: str) -> str | None:
        """Return the stored case that a key names, None where none is stored."""
        case_id = self._case_ids([key])[key]
        return case_id if case_id and self.batch.cases([case_id]) else None

    def _case_ids(self, keys: Sequence[str]) -> dict[str, str | None]:
        students = [key.removeprefix(STUDENT) for key in keys if key.startswith(STUDENT)]
        stored = {f"{STUDENT}{student}": case_id for student, case_id in self.people.cases_of(students).items()}
        return {key: stored.get(key) if key.startswith(STUDENT) else key for key in keys}

    def _joined(self, told: Telling, held: Held, known: Known, place: str) -> Joined:
        draft = held.draft
        said = known.given.said if known.given else None
        partly = not self.waiting.isdisjoint((draft.key, f"{STUDENT}{known.now['student']['id']}"))
        comes = "parts" if self.further_rows_only else told.plan.rule.comes
        done = joined(draft, known.now, Before(said, comes, partly), place)
        done.withdrawn += blanked(self._completed(draft.data), said, told.columns)
        return done

    def _came(self, told: Telling, held: Held, case_id: str, done: Joined) -> Iterator[Finding]:
        if done.unclear:
            for row in held.rows:
                yield from self.waits(told, row, [told.unclear(done)])
            return
        self.report.changed += bool(done.changes)
        self.report.same += not done.changes
        if done.changes or done.conflicts or done.withdrawn:
            self.shown.add(case_id)
        self.report.disputed += bool(done.conflicts or done.withdrawn)
        yield from told.came(held.rows[0].number, case_id, done)

    def _begun(self, draft: Draft, place: str) -> dict[str, Any]:
        draft.data = self._completed(draft.data)
        data = begun(draft, place)
        self.people.meet(data)
        self.report.begun += 1
        return data

    def _completed(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the data with what the directory knows of the schools (CMS A-2); what the sheet says goes before."""
        schools = {
            name: {**self._schools.get(school.get("number"), {}), **school}
            for name, school in (data.get("schools") or {}).items()
        }
        return {**data, "schools": schools} if schools else dict(data)


def _sha256(draft: Draft) -> str:
    return hashlib.sha256(repr((draft.data, draft.entries, draft.notes)).encode()).hexdigest()
