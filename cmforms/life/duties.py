"""Who must do what by when: it follows from where a case stands, and is stored nowhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cmforms.definitions import life as definitions
from cmforms.definitions.expressions import Missing
from cmforms.definitions.schema import Rule
from cmforms.life.situation import Situation

_NO_DAY = dt.date.max


@dataclass(frozen=True, slots=True)
class Duty:
    """What a person must do about a case. `due` is None where the day cannot be told yet.

    `role` and `person` say who; `done` how it is told that it was done. No duty names a student.
    """

    case: str
    id: str
    title: str
    role: str
    person: str | None
    school: str
    due: dt.date | None
    cites: tuple[str, ...]
    done: str

    @property
    def order(self) -> tuple[Any, ...]:
        """The first due comes first; those without a day come last."""
        return (self.due or _NO_DAY, self.case)

    def is_overdue(self, today: dt.date) -> bool:
        """Tell whether the day has passed."""
        return self.due is not None and self.due < today

    def as_json(self) -> dict[str, Any]:
        """Return plain data for `--json`."""
        return {
            "due": self.due.isoformat() if self.due else None, "case": self.case, "duty": self.id,
            "title": self.title, "role": self.role, "person": self.person, "school": self.school,
            "cites": list(self.cites), "done": self.done,
        }


def duties(situation: Situation) -> list[Duty]:
    """Return what is open about a case, the first due first; nothing in a final state."""
    return [] if situation.state.final else sorted(_open(situation), key=lambda duty: duty.order)


def _open(situation: Situation) -> Iterator[Duty]:
    for duty in situation.policy.life.duties:
        if situation.state.id in duty.states and situation.holds(duty.when):
            rule = situation.policy.rules.get(duty.rule or "")
            if not duty.rule or situation.objections([duty.rule]):
                yield _duty(situation, duty, rule)


def _duty(situation: Situation, duty: definitions.Duty, rule: Rule | None) -> Duty:
    case = situation.case.id
    title, cites = (rule.fix, rule.cites) if rule else (str(duty.title), duty.cites)
    if duty.about and not isinstance(about := situation.value(duty.about), Missing):
        title = f"{title} ({about})"
    done = f"cmforms cases record {case} {duty.event}" if duty.event else "cmforms read FILE --save"
    if duty.form:
        done = f"cmforms fill {case} --form {duty.form}"
    return Duty(case, duty.id, title, *_whose(situation, duty.who), _day(situation, duty.due), cites, done)


def _whose(situation: Situation, who: str) -> tuple[str, str | None, str]:
    """Return the role, the person and the school that a duty belongs to."""
    role = situation.policy.life.people[who]
    name = situation.value(role.name)
    return role.title, None if isinstance(name, Missing) else str(name), situation.case.current_school.number


def _day(situation: Situation, expression: str) -> dt.date | None:
    day = situation.value(expression)
    return day if isinstance(day, dt.date) else None
