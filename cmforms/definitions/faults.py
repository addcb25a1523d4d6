"""The faults of a definition in the words of its author: the path, what is wrong, the nearest right name."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from cmforms.errors import Finding, error
from cmforms.model.loading import dotted, inner_model, nearest


def definition_faults(invalid: ValidationError, model: type[BaseModel], source: str) -> list[Finding]:
    """Turn pydantic's errors into findings, one for each fault."""
    return [
        error("definition-faulty", _say(fault, model), source=source, path=dotted(fault["loc"]))
        for fault in invalid.errors(include_url=False)
    ]


def _say(fault: ErrorDetails, model: type[BaseModel]) -> str:
    match fault["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return _unknown_key(str(fault["loc"][-1]), _keys_at(model, fault["loc"][:-1]))
        case "enum" | "literal_error":
            return _unknown_value(fault)
    return fault["msg"].removeprefix("Value error, ")


def _unknown_key(key: str, known: list[str]) -> str:
    near = nearest(key, known)
    return "is not a known key" + (f"; did you mean {near!r}?" if near else "")


def _unknown_value(fault: ErrorDetails) -> str:
    allowed = re.findall(r"'([^']*)'", str(fault.get("ctx", {}).get("expected", "")))
    near = nearest(str(fault["input"]), allowed)
    hint = f"; did you mean {near!r}?" if near else f"; use one of {', '.join(allowed)}"
    return f"{fault['input']!r} is not a {fault['loc'][-1]}{hint}"


def _keys_at(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    current: Any = model
    for step in location:
        fields = getattr(current, "model_fields", {})
        if isinstance(step, str) and step in fields:
            current = inner_model(fields[step].annotation) or current
    return list(getattr(current, "model_fields", {}))
