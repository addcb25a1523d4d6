"""Where on paper meets where in the case: the record path of each field, and a guard against mix-ups."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cmforms.definitions.schema import ROW_ADDRESS, FieldSpec, Form
from cmforms.values.documents import Issued
from cmforms.values.kinds import to_json

_PLAIN_LIST = re.compile(r"case\.([a-z_]+)")
_COLUMN = re.compile(r"(?:row\.)?([a-z_]+(?:\.[a-z_]+)*)")
_NOT_THE_ROW = {"row", "number", "case", "guardian", "district", "today", "agenda"}
_OF_GUARDIAN = re.compile(r"guardian\.([a-z_]+(?:\.[a-z_]+)*)")


@dataclass(frozen=True, slots=True)
class Place:
    """A path in the case; `entry` holds what the list's entry must still say to be the same one."""

    path: str
    entry: Mapping[str, Any] = field(default_factory=dict)


def place_of(form: Form, address: str, issued: Issued | None) -> Place | None:
    """Return where the value of a field belongs, or None for one that has no place in the case."""
    if row := ROW_ADDRESS.fullmatch(address):
        return _in_row(form, row["group"], int(row["row"]), row["field"], issued)
    spec = form.spec(address)
    if spec is None:
        return None
    if spec.record_path:
        return Place(spec.record_path)
    return _of_guardian(form, spec, issued)


def _in_row(form: Form, group_name: str, row: int, name: str, issued: Issued | None) -> Place | None:
    group = form.groups.get(group_name)
    listed = _PLAIN_LIST.fullmatch(group.each) if group else None
    if group is None or listed is None or issued is None:
        return None
    columns = {spec.name: column for spec in group.fields if (column := _column(spec))}
    if name not in columns:
        return None
    head = f"{group_name}[{row}]"
    printed = {
        column: to_json(printed_value)
        for spec in group.fields
        if (printed_value := issued.values.get(f"{head}.{spec.name}")) is not None
        and not isinstance(printed_value, dt.time)  # cases hold it with and without seconds
        and (column := _bound_column(spec))
    }
    entry = str(row) if printed else f"+{issued.issue}-{row}"
    return Place(f"{listed[1]}[{entry}].{columns[name]}", printed)


def _column(spec: FieldSpec) -> str | None:
    """Return the path of a column within the entry; `record` of a column is relative to the entry."""
    if spec.record is not None:
        return spec.record or None
    return _bound_column(spec)


def _bound_column(spec: FieldSpec) -> str | None:
    found = _COLUMN.fullmatch(spec.bind or "")
    return found[1] if found and found[1].partition(".")[0] not in _NOT_THE_ROW else None


def _of_guardian(form: Form, spec: FieldSpec, issued: Issued | None) -> Place | None:
    """Return the place of a field about the guardian whom the document was made for."""
    mine = _guardian_path(spec)
    if mine is None or issued is None or issued.recipient is None:
        return None
    printed = {
        path: to_json(issued.values[other.name])
        for other in form.fields.values()
        if other.name in issued.values and (path := _guardian_path(other))
    }
    return Place(f"guardians[{issued.recipient}].{mine}", printed)


def _guardian_path(spec: FieldSpec) -> str | None:
    found = _OF_GUARDIAN.fullmatch(spec.bind or "")
    return found[1] if found and spec.record is None else None
