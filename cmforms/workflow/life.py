"""The life of the stored cases: where each stands, and who must do what by when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmforms.check.documents import Desk, facts_of
from cmforms.check.judging import objections
from cmforms.check.state import DocumentState, states_of
from cmforms.errors import Finding, InputError
from cmforms.files import write_whole
from cmforms.life import Policy, Situation
from cmforms.life.duties import Duty, duties
from cmforms.life.icalendar_file import calendar_file
from cmforms.model import case_from
from cmforms.store import Store
from cmforms.workflow.cases import current
from cmforms.workflow.directory import completed, expressions_of
from cmforms.workflow.workspace import Workspace


def policy_of(workspace: Workspace, today: dt.date | None = None) -> Policy:
    """Return the policy as the workspace has it, as of a day."""
    library = workspace.library
    expressions = expressions_of(library.district)
    rules = {rule.id: rule for rule in library.rules()}

    def speaks_against(context: Mapping[str, Any], names: Sequence[str]) -> list[Finding]:
        return objections(rules, context, names, expressions)

    return Policy(library.life, rules, library.district, expressions, speaks_against, today or dt.date.today())


@dataclass(frozen=True)
class Standing:
    """Where a case stands, what is open about it, and what documents brought that did not fit."""

    situation: Situation
    duties: tuple[Duty, ...]
    findings: tuple[Finding, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the state and the duties as plain data; both are derived, and no part of the case."""
        return {"state": self.situation.state.id, "duties": [duty.as_json() for duty in self.duties]}


@dataclass(frozen=True)
class Casebook:
    """The stored cases under the policy of one day."""

    workspace: Workspace
    store: Store
    policy: Policy

    @classmethod
    def open(cls, workspace: Workspace, store: Store, today: dt.date | None = None) -> Casebook:
        """Open the stored cases as of a day."""
        return cls(workspace, store, policy_of(workspace, today))

    def standing(self, case_id: str) -> Standing:
        """Return where a stored case stands. Raises InputError for an unknown or an invalid one."""
        data, findings = current(case_id, self.store)
        situation = self.situation(data, self.documents(case_id))
        return Standing(situation, tuple(duties(situation)), tuple(findings))

    def documents(self, case_id: str) -> tuple[DocumentState, ...]:
        """Return what is known of every document that was issued for a case or came back."""
        return states_of(self.store.issues_for(case_id), self.store.readings_for(case_id))

    def situation(self, data: Mapping[str, Any], documents: Sequence[DocumentState]) -> Situation:
        """Return where a case stands by its plain data. Raises InputError when they are no valid case."""
        case = completed(case_from(data, f"store:{data['id']}"), self.policy.district)
        situation = self.policy.situation(case)
        desk = Desk(situation.context, documents, self.policy.expressions)
        library = self.workspace.library
        return situation.with_documents(facts_of(library.form_ids, library.form, desk))


@dataclass(frozen=True)
class Wanted:
    """Whose duties, of which school, due until which day; None stands for all."""

    person: str | None = None
    school: str | None = None
    until: dt.date | None = None

    def holds(self, duty: Duty) -> bool:
        """Tell whether a duty is wanted; a person is found by any part of the name or the role."""
        who = f"{duty.person or ''}\n{duty.role}".casefold()
        return (
            (self.person is None or self.person.casefold() in who)
            and self.school in (None, duty.school)
            and (self.until is None or (duty.due is not None and duty.due <= self.until))
        )


def due(casebook: Casebook, wanted: Wanted) -> tuple[list[Duty], list[Finding]]:
    """Return the duties about all stored cases, the first due first, and a finding for each case that is faulty."""
    casebook.store.disclose("listed", [])
    found: list[Duty] = []
    findings: list[Finding] = []
    for case_id in casebook.store.cases():
        try:
            found += filter(wanted.holds, casebook.standing(case_id).duties)
        except InputError as faulty:
            findings += faulty.findings
    return sorted(found, key=lambda duty: duty.order), findings


def write_calendar(path: Path, found: Sequence[Duty], store: Store) -> int:
    """Write duties as an iCalendar file, which is logged; return how many have a day. Raises OutputError."""
    if found:
        store.disclose("exported", sorted({duty.case for duty in found}))
    write_whole(path, calendar_file(found, dt.datetime.now(dt.UTC)))
    return sum(duty.due is not None for duty in found)


def overview(casebook: Casebook) -> list[dict[str, Any]]:
    """Return a line for each stored case: id, school, state, next duty, documents issued and returned."""
    casebook.store.disclose("listed", [])
    return [_line(casebook, case_id) for case_id in casebook.store.cases()]


def _line(casebook: Casebook, case_id: str) -> dict[str, Any]:
    counts = {
        "documents": len(casebook.store.issues_for(case_id)),
        "returned": len(casebook.store.readings_for(case_id)),
    }
    try:
        standing = casebook.standing(case_id)
    except InputError:
        return {"id": case_id, "school": None, "state": None, "next": None, **counts}
    first = standing.duties[0].as_json() if standing.duties else None
    situation = standing.situation
    school = situation.case.current_school.number
    return {"id": case_id, "school": school, "state": situation.state.id, "next": first, **counts}
