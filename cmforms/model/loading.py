"""From plain data to a `Case`, with every fault named at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from rapidfuzz import process

from cmforms.errors import Finding, InputError, error
from cmforms.model.case import Case

CASE_ERRORS = {
    "extra_forbidden": "case-field-unknown",
    "missing": "case-field-missing",
}


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a case file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Case.model_json_schema()}


def case_from(data: Any, source: str) -> Case:
    """Validate plain data into a case.

    `source` names the file for the findings. Raises InputError with a finding for each fault.
    """
    if not isinstance(data, Mapping):
        raise InputError.because(
            "case-not-a-mapping",
            "holds no case: expected keys such as id, student and referral",
            source=source,
            fix="Start from one of the files in samples/cases.",
        )
    try:
        return Case.model_validate(dict(data))
    except ValidationError as invalid:
        raise InputError(faults(invalid, Case, source, data.get("id"))) from None


def plain(case: Case) -> dict[str, Any]:
    """Return the case as plain JSON data, as a case file holds it: nothing derived, nothing unknown."""
    return case.model_dump(mode="json", exclude_none=True, exclude_computed_fields=True)


def faults(
    invalid: ValidationError, model: type[BaseModel], source: str, case: object = None
) -> list[Finding]:
    """Turn pydantic's errors into findings with the path and, for unknown names, the nearest right one."""
    return [
        error(
            CASE_ERRORS.get(fault["type"], "case-value-invalid"),
            _say(fault, model),
            source=source,
            case=str(case) if case else None,
            path=dotted(fault["loc"]),
        )
        for fault in invalid.errors(include_url=False, include_input=False)
    ]


def dotted(location: tuple[int | str, ...]) -> str:
    """Write a pydantic location as a path: `guardians[1].phone`."""
    path = ""
    for step in location:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else str(step)
    return path


def _say(fault: ErrorDetails, model: type[BaseModel]) -> str:
    if fault["type"] == "missing":
        return "is missing"
    if fault["type"] == "extra_forbidden":
        near = nearest(str(fault["loc"][-1]), _names_at(model, fault["loc"][:-1]))
        return "is not a known field" + (f"; did you mean {near!r}?" if near else "")
    return fault["msg"].removeprefix("Value error, ")


def nearest(name: str, names: list[str]) -> str | None:
    """Return the known name closest to `name`, if any is close."""
    found = process.extractOne(name, names, score_cutoff=60)
    return found[0] if found else None


def _names_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    current: Any = model
    for step in location:
        if isinstance(step, str) and step in getattr(current, "model_fields", {}):
            current = inner_model(current.model_fields[step].annotation) or current
    return list(getattr(current, "model_fields", {}))


def inner_model(annotation: Any) -> type[BaseModel] | None:
    """Find the model inside an annotation such as `list[Guardian]` or `Committee | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if found := inner_model(argument):
            return found
    return None
