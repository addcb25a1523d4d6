"""Which names an expression may use: the fields of the case and of the other parts of the context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_origin

from pydantic import BaseModel

from cmforms.definitions.schema import District
from cmforms.model.base import Date, Part
from cmforms.model.case import Case
from cmforms.model.loading import inner_model, nearest
from cmforms.model.people import Guardian


class AgendaItem(Part):
    """One case to be presented."""

    case: Case
    time_slot: str | None = None


class Agenda(Part):
    """The agenda of one Wednesday (CMS D-4, D-N)."""

    date: Date
    items: list[AgendaItem]


class DocumentCopy(Part):
    """One copy of a document: `recipient` is the guardian's position, `values` what it says by now."""

    issue: str | None
    issued_on: Date | None = None
    recipient: int | None
    returned: bool
    values: dict[str, Any]


class DocumentFacts(Part):
    """What rules may ask about the documents of one form; drafts do not count.

    `signed` is true when a copy came back with every signature and date that it needs; `in_review` counts
    the fields that wait for a person.
    """

    issued: bool
    returned: bool
    signed: bool
    pages_complete: bool
    current_edition: bool
    in_review: int
    copies: list[DocumentCopy]


@dataclass(frozen=True, slots=True)
class Keyed:
    """A part of the context whose keys are free, each leading to the same model: `documents.face_sheet`."""

    model: type[BaseModel]


ROOTS: dict[str, Mapping[str, Any]] = {
    "case": {"case": Case, "district": District, "today": None},
    "guardian": {"case": Case, "guardian": Guardian, "district": District, "today": None},
    "agenda": {"agenda": Agenda, "district": District, "today": None},
    "rule": {"case": Case, "documents": Keyed(DocumentFacts), "district": District, "today": None},
}


def unknown_step(steps: Sequence[str], roots: Mapping[str, Any]) -> str | None:
    """Say what is wrong with a chain such as `case.student.dbo`, or return None when it is right."""
    head, *rest = steps
    if head not in roots:
        return _unknown(head, list(roots))
    current = roots[head]
    for step in rest:
        if isinstance(current, Keyed):
            current = current.model
            continue
        if not (isinstance(current, type) and issubclass(current, BaseModel)):
            return None
        if step not in (known := names_of(current)):
            return _unknown(step, list(known))
        current = known[step]
    return None


def names_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the fields of a model, computed ones too, each with the model inside it or None."""
    fields: dict[str, Any] = {
        name: _single(info.annotation) for name, info in model.model_fields.items()
    }
    computed = {
        name: _single(info.return_type) for name, info in model.model_computed_fields.items()
    }
    return fields | computed


def item_model(steps: Sequence[str], roots: Mapping[str, Any]) -> type[BaseModel] | None:
    """Return the model of the items of the list that a chain leads to."""
    current: Any = roots.get(steps[0])
    for step in steps[1:]:
        if current is None or step not in current.model_fields:
            return None
        current = inner_model(current.model_fields[step].annotation)
    return current if isinstance(current, type) else None


def _single(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, str):
        return None
    return None if get_origin(annotation) in (list, tuple) else inner_model(annotation)


def _unknown(name: str, names: list[str]) -> str:
    near = nearest(name, names)
    return f"{name!r} is not known here" + (f"; did you mean {near!r}?" if near else "")
