"""Everything that can be wrong with the life of a case before any case is seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from cmforms.definitions.citing import citations
from cmforms.definitions.expressions import Expressions
from cmforms.definitions.life import Duty, Event, Life, LifeState
from cmforms.definitions.names import ROOTS, unknown_step
from cmforms.errors import Finding, error
from cmforms.model.loading import nearest
from cmforms.values.columns import column_at

_ROOTS = ROOTS["rule"]


def check_life(
    life: Life, rules: Sequence[str], forms: Sequence[str], expressions: Expressions
) -> list[Finding]:
    """Return the faults: names of states, rules, forms, people, places and fields; a duty that nobody could do."""
    faults = [*_repeated(life), *_cites(life), *_states(life, expressions), *_people(life, expressions)]
    for event in life.events:
        faults += _event_faults(life, event, rules, expressions)
    for duty in life.duties:
        faults += _duty_faults(life, duty, rules, forms, expressions)
    return [error(fault.code, fault.message, source="life", path=fault.where.path) for fault in faults]


def _repeated(life: Life) -> Iterator[Finding]:
    for part in (life.states, life.events, life.duties):
        for name, count in Counter(entry.id for entry in part).items():
            if count > 1:
                yield error("name-repeated", f"the id stands {count} times", path=name)


def _cites(life: Life) -> Iterator[Finding]:
    parts: tuple[Sequence[LifeState | Event | Duty], ...] = (life.states, life.events, life.duties)
    for part in parts:
        for entry in part:
            yield from citations(entry.cites, f"{entry.id}.cites")


def _states(life: Life, expressions: Expressions) -> Iterator[Finding]:
    for state in life.states:
        yield from expressions.faults(state.when, _ROOTS, f"{state.id}.when")
        if state.final and any(state.id in event.states for event in life.events):
            yield error("state-final", "is final, but an event is possible in it", path=state.id)
    if life.states[-1].when != "true":
        yield error("state-none", "the last state must hold for every case: leave out `when`", path=life.states[-1].id)


def _people(life: Life, expressions: Expressions) -> Iterator[Finding]:
    for name, role in life.people.items():
        yield from expressions.faults(role.name, _ROOTS, f"people.{name}.name")


def _event_faults(life: Life, event: Event, rules: Sequence[str], expressions: Expressions) -> Iterator[Finding]:
    states = [state.id for state in life.states]
    yield from _unknown(event.states, states, f"{event.id}.states")
    yield from _unknown(event.leads_to, states, f"{event.id}.leads_to")
    yield from _unknown(event.rules, rules, f"{event.id}.rules")
    yield from _unknown(event.needs, event.places, f"{event.id}.needs")
    for name in sorted(set(event.places) & set(_ROOTS)):
        yield error("name-repeated", f"{name!r} names a part of what expressions see; call the field otherwise",
                    path=f"{event.id}.writes")
    inside = {**_ROOTS, "on": None, **dict.fromkeys(event.places)}
    for place, expression in event.writes.items():
        yield from expressions.faults(expression, inside, f"{event.id}.writes.{place}")
        if column_at(place) is None:
            yield error("place-unknown", f"{place!r} is no value of a case", path=f"{event.id}.writes")
    for place in event.clears:
        if message := unknown_step(["case", *place.split(".")], _ROOTS):
            yield error("place-unknown", f"{place!r}: {message}", path=f"{event.id}.clears")
    if event.after:
        yield from expressions.faults(event.after, inside, f"{event.id}.after")


def _duty_faults(
    life: Life, duty: Duty, rules: Sequence[str], forms: Sequence[str], expressions: Expressions
) -> Iterator[Finding]:
    yield from _unknown(duty.states, [state.id for state in life.states], f"{duty.id}.states")
    yield from _unknown([duty.who], life.people, f"{duty.id}.who")
    yield from _unknown([duty.rule] if duty.rule else [], rules, f"{duty.id}.rule")
    yield from _unknown([form for form in (duty.form, duty.returned) if form], forms, f"{duty.id}.form")
    for name in ("when", "due", "about"):
        yield from expressions.faults(getattr(duty, name) or "true", _ROOTS, f"{duty.id}.{name}")
    if duty.event:
        yield from _unknown([duty.event], [event.id for event in life.events], f"{duty.id}.event")
        possible = {state for event in life.events if event.id == duty.event for state in event.states}
        for state in sorted(set(duty.states) - possible):
            yield error("duty-impossible", f"{duty.event!r} is not possible in {state!r}", path=f"{duty.id}.event")


def _unknown(names: Iterable[str], known: Iterable[str], path: str) -> Iterator[Finding]:
    for name in names:
        if name not in known:
            near = nearest(name, list(known))
            hint = f"; did you mean {near!r}?" if near else ""
            yield error("name-unknown", f"{name!r} is not known{hint}", path=path)
