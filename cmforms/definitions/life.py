"""The shape of `forms/life/*.yaml`: the states of a case, the events that change it, the duties that follow."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, model_validator

from cmforms.definitions.schema import Expression, Name, Strict
from cmforms.errors import InputError
from cmforms.model.loading import nearest
from cmforms.values.columns import Column, column_at

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
Cites = Annotated[tuple[str, ...], Field(min_length=1)]
_FIELD = re.compile(r"[a-z][a-z0-9_]*")
_NO_FIELDS = frozenset({"on", "true", "false"})


class PersonRole(Strict):
    """Somebody who has duties: what they are called, and an expression for the name."""

    title: str
    name: Expression


class LifeState(Strict):
    """A state of a case. A case is in the first one whose `when` holds; a fact that nobody entered does not hold.

    Of a `final` state nothing leads away, and in it nobody has any duty.
    """

    id: Id
    title: str
    cites: Cites
    when: Expression = "true"
    final: bool = False


class Event(Strict):
    """Something that happens to a case.

    It is possible in `states` only, and leads to one of `leads_to`, the usual one first, or leaves the state as it is.
    `writes` maps places
    of the case to expressions over the event's day (`on`), its fields, `case` and `district`; a name that stands
    alone is a field. `contacts[+]` is a new entry, `transfers[-1]` the last one. `clears` names what is left out
    first, `needs` the fields that must be given beyond those that the case requires. `after` is the day that the
    event may not come before; `rules` are those that must hold afterwards.
    """

    id: Id
    title: str
    cites: Cites
    states: tuple[Id, ...] = Field(min_length=1)
    leads_to: tuple[Id, ...] = ()
    writes: dict[str, Expression] = Field(min_length=1)
    clears: tuple[str, ...] = ()
    needs: tuple[Name, ...] = ()
    after: Expression | None = None
    rules: tuple[str, ...] = ()

    @cached_property
    def places(self) -> dict[str, str]:
        """The fields that a person gives, each with the first place that it is written to."""
        found: dict[str, str] = {}
        for place, expression in self.writes.items():
            if _FIELD.fullmatch(expression) and expression not in _NO_FIELDS:
                found.setdefault(expression, place)
        return found

    @cached_property
    def fields(self) -> dict[str, Column]:
        """The fields that a person gives, each as the column of the case that it is: label, type, options."""
        return {name: column for name, place in self.places.items() if (column := column_at(place))}

    def is_needed(self, name: str) -> bool:
        """Tell whether a field must be given: the event asks for it, or the case cannot be without it somewhere."""
        columns = (column_at(place) for place, expression in self.writes.items() if expression == name)
        return name in self.needs or any(column and column.needed for column in columns)


class Duty(Strict):
    """What somebody must do in some states of a case, by when.

    It is open while `when` holds (over `case`, `documents`, `district` and `today`) and `rule`, if there is one, does
    not; the rule's fix says what to do. It is done by recording `event`, by issuing `form`, or when a document of the
    form `returned` comes back. `about` says what it is about, such as the grading period. A `due` that cannot be told
    leaves the duty without a day.
    """

    id: Id
    states: tuple[Id, ...] = Field(min_length=1)
    who: Name
    due: Expression
    event: Id | None = None
    form: str | None = None
    returned: str | None = None
    rule: str | None = None
    title: str | None = None
    about: Expression | None = None
    cites: tuple[str, ...] = ()
    when: Expression = "true"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.rule) == bool(self.title and self.cites):
            raise ValueError("needs either a rule, or a title and cites")
        if sum(map(bool, (self.event, self.form, self.returned))) != 1:
            raise ValueError("is done by one of event, form and returned")
        return self


class States(Strict):
    """The file `states.yaml`."""

    states: tuple[LifeState, ...] = Field(min_length=1)


class Events(Strict):
    """The file `events.yaml`."""

    events: tuple[Event, ...] = Field(min_length=1)


class Duties(Strict):
    """The file `duties.yaml`."""

    people: dict[Name, PersonRole]
    duties: tuple[Duty, ...]


@dataclass(frozen=True)
class Life:
    """The life of a case as the policy has it."""

    people: Mapping[str, PersonRole]
    states: tuple[LifeState, ...]
    events: tuple[Event, ...]
    duties: tuple[Duty, ...]

    def event(self, event_id: str) -> Event:
        """Return the event. Raises InputError naming the nearest one."""
        found = next((event for event in self.events if event.id == event_id), None)
        if found is None:
            near = nearest(event_id, [event.id for event in self.events])
            raise InputError.because(
                "event-unknown", f"there is no event {event_id!r}" + (f"; did you mean {near!r}?" if near else ""),
                fix="`cmforms cases events` lists them with their fields.",
            )
        return found

    def way(
        self, start: str, allowed: Collection[str], happened: Collection[str] = ()
    ) -> tuple[Event, ...] | None:
        """Return the fewest events that usually lead from a state to one of those allowed; None where no way leads.

        What has `happened` since the case came to its state is no first step.
        """
        ways: dict[str, tuple[Event, ...]] = {start: ()}
        queue = [start]
        while queue:
            here = queue.pop(0)
            if here in allowed:
                return ways[here]
            steps = [event for event in self.events if here in event.states and event.leads_to]
            for event in steps if ways[here] else [step for step in steps if step.id not in happened]:
                reached = event.leads_to[0]
                if reached not in ways:
                    ways[reached] = (*ways[here], event)
                    queue.append(reached)
        return None
