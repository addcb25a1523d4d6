"""The agenda of one DSPC meeting: which cases are presented, by whom, and what the school brings (CMS D-4, D-N)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmforms.check.checklist import MARKS
from cmforms.check.rules import judged
from cmforms.check.verdict import Result, Standing
from cmforms.definitions.calendar import Calendar
from cmforms.definitions.wording import shown
from cmforms.errors import Finding, InputError
from cmforms.life import Situation
from cmforms.workflow.filling import Filler, Order, Outcome
from cmforms.workflow.life import Casebook

FORM = "dspc-agenda"
_BRING_ALONG = "case.referral_back.bring_along."


@dataclass(frozen=True)
class Item:
    """One case to be presented, and how each thing stands that the school brings."""

    situation: Situation
    bring_along: tuple[Result, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain data; the student is not named."""
        case = self.situation.case
        school = case.current_school
        return {
            "case": case.id, "school": school.number, "basis": case.referral_back and case.referral_back.basis,
            "presented_by": [name for name in (school.administrator, school.social_worker) if name],
            "bring_along": [
                {
                    "rule": result.rule, "ready": result.status is Standing.PASS,
                    "text": f"{MARKS[result.status]} {result.title}",
                }
                for result in self.bring_along
            ],
        }  # fmt: skip


@dataclass(frozen=True)
class Agenda:
    """The agenda of one day; `waiting` are the cases whose packet came and that are on no agenda yet."""

    day: dt.date
    items: tuple[Item, ...]
    waiting: tuple[str, ...]
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain data for `--json`."""
        return {
            "meeting": self.day.isoformat(), "items": [item.as_json() for item in self.items],
            "waiting": list(self.waiting), "findings": [finding.as_json() for finding in self.findings],
        }


def agenda(casebook: Casebook, day: dt.date | None) -> Agenda:
    """Return the agenda of a day, else of the next meeting. Raises InputError when DSPC does not meet on the day."""
    meeting = _meeting(casebook, day)
    casebook.store.disclose("listed", [])
    items: list[Item] = []
    waiting: list[str] = []
    findings: list[Finding] = []
    for case_id in casebook.store.cases():
        try:
            situation = casebook.standing(case_id).situation
        except InputError as faulty:
            findings += faulty.findings
            continue
        back = situation.case.referral_back
        if back and back.agenda_date == meeting:
            items.append(Item(situation, _bring_along(casebook, situation)))
        elif situation.state.id == "submitted":
            waiting.append(case_id)
    return Agenda(meeting, tuple(sorted(items, key=_place)), tuple(waiting), tuple(findings))


def _place(item: Item) -> tuple[str, str]:
    return item.situation.case.current_school.number, item.situation.case.id


def _meeting(casebook: Casebook, day: dt.date | None) -> dt.date:
    calendar = Calendar(casebook.policy.district)
    following = calendar.next_meeting(day or casebook.policy.today)
    if day is None or day == following:
        return following
    raise InputError.because(
        "meeting-none", f"DSPC does not meet on {shown(day)} (CMS D-N)",
        fix=f"It meets every Wednesday that is no holiday; the next one is {following.isoformat()}.",
    )


def _bring_along(casebook: Casebook, situation: Situation) -> tuple[Result, ...]:
    """Return how each rule stands that asks for something to bring and that applies to the case."""
    rules = [rule for rule in casebook.workspace.library.rules() if _BRING_ALONG in rule.require]
    results = (judged(rule, situation.context, casebook.policy.expressions) for rule in rules)
    return tuple(result for result in results if result.status is not Standing.NOT_APPLICABLE)


def make_document(casebook: Casebook, made: Agenda, out: Path, file_format: str) -> Sequence[Outcome]:
    """Fill the agenda form into a folder; who is on it is logged as exported. Raises OutputError or StoreError."""
    casebook.store.disclose("exported", [item.situation.case.id for item in made.items])
    order = Order(out, (FORM,), format=file_format, today=casebook.policy.today)
    filler = Filler(casebook.workspace, casebook.store, order)
    return list(filler.run(item.situation.case for item in made.items))
