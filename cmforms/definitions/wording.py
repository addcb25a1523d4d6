"""Values and paths in people's words: `case.referral_back.agenda_date` is "On the DSPC agenda of"."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from functools import cache
from typing import Any

from pydantic import BaseModel

from cmforms.definitions.expressions import Items
from cmforms.model import Case
from cmforms.model.loading import inner_model
from cmforms.values.kinds import Kind, printed

_PATH = re.compile(r"[a-z_]+(\.[A-Za-z0-9_]+|\[\d+\])*")
_STEP = re.compile(r"([A-Za-z0-9_]+)|\[(\d+)\]")


def is_path(text: str) -> bool:
    """Tell whether a missing value is named by its path; some are only described."""
    return _PATH.fullmatch(text) is not None


def case_path(path: str) -> str:
    """Return a path as a case file has it."""
    return path.removeprefix("case.")


def label_of(path: str) -> str:
    """Return what a path means to a person: its last field's label, after what it is part of if need be."""
    model: Any = Case if path.startswith("case.") else None
    *parts, name = _names(path, model)
    clear = model is not None and "[" not in path and name not in _ambiguous_titles()
    return name if clear or not parts else ", ".join((*parts, name))


def _names(path: str, model: Any) -> list[str]:
    """Name each step of a path; an entry of a list has its number, from 1."""
    names: list[str] = []
    for key, index in _STEP.findall(path):
        if index:
            names[-1] += f" {int(index) + 1}"
        elif key not in ("case", "documents", "copies", "values"):
            fields = getattr(model, "model_fields", {})
            names.append((fields[key].title if key in fields else None) or _humanised(key))
            model = inner_model(fields[key].annotation) if key in fields else None
    return names


@cache
def _ambiguous_titles() -> frozenset[str]:
    """Return the labels that stand in more than one part of a case, such as `Date`."""
    seen: Counter[str] = Counter()
    parts: list[type[BaseModel]] = [Case]  # grows as it is walked; no part holds itself
    for part in parts:
        seen.update(info.title or "" for info in part.model_fields.values())
        parts += [inner for info in part.model_fields.values() if (inner := inner_model(info.annotation))]
    return frozenset(title for title, count in seen.items() if count > 1)


def _humanised(key: str) -> str:
    return key.replace("_", " ").strip().capitalize()


def shown(value: Any) -> str:
    """Print a value as a checklist shows it, '' for one too long or too deep to show."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.date):
        return printed(Kind.DATE, value, "en")
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, Items):
        return str(len(value) or "none")
    return value if isinstance(value, str) and len(value) <= 60 and "\n" not in value else ""
