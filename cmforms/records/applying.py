"""The case as it stands: what was entered, with what documents brought, as far as both fit together."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from cmforms.errors import Finding, review
from cmforms.model import Case, case_from, plain
from cmforms.model.loading import faults
from cmforms.model.paths import Plain, at, new_row, put
from cmforms.values.documents import RecordValue
from cmforms.values.kinds import to_json

Unit = list[RecordValue]
Editions = tuple[Mapping[str, Any], ...]


class _UnfitError(Exception):
    """A value that cannot be applied; the text says why."""


def overlay(data: Mapping[str, Any], values: Sequence[RecordValue]) -> tuple[Plain, list[Finding]]:
    """Return the case with the values applied, oldest first, and a finding for each that does not fit.

    Values of one signature, or of one new entry of a list, go in together or not at all. Not applied: a value
    that somebody corrected by hand afterwards (no finding), one whose list or printed value has changed in
    the case since, and one that makes the case invalid. Raises InputError when the case is invalid by itself.
    """
    units = _units(value for value in values if "corrected_on" not in value.origin)
    if not units:
        return dict(data), []
    case_from(data, str(data.get("id", "case")))
    current = dict(data)
    findings: list[Finding] = []
    for unit in units:
        try:
            current = _applied(current, data, unit)
        except _UnfitError as why:
            findings.append(_finding(unit, str(why)))
    return current, findings


def _units(values: Iterable[RecordValue]) -> list[Unit]:
    units: dict[tuple[object, ...], Unit] = {}
    for number, value in enumerate(values):
        units.setdefault(_unit_key(number, value), []).append(value)
    return list(units.values())


def _unit_key(number: int, value: RecordValue) -> tuple[object, ...]:
    if row := new_row(value.path):
        return row[:2]
    if block := value.origin.get("block"):
        return (value.origin.get("document"), value.origin.get("issue"), block)
    return (number,)


def _applied(current: Plain, entered: Mapping[str, Any], unit: Unit) -> Plain:
    """Return the data with the values set, as entered but for yes and no, which become true and false."""
    changed = copy.deepcopy(current)
    if row := new_row(unit[0].path):
        _append(changed, row[0], unit)
    else:
        for value in unit:
            _set(changed, (entered, current), value)
    valid = plain(_valid(changed))
    for value in unit:
        if isinstance(truth := at(valid, value.path), bool):
            put(changed, value.path, truth)
    return changed


def _append(changed: Plain, name: str, unit: Unit) -> None:
    """Append a new entry, unless the case has it by now: then it was saved after this document was read."""
    entry: Plain = {}
    for value in unit:
        row = new_row(value.path)
        put(entry, row[2] if row else "", to_json(value.value))
    entries = changed.setdefault(name, [])
    if not any(all(at(known, key) == at(entry, key) for key in entry) for known in entries):
        entries.append(entry)


def _set(changed: Plain, known: Editions, value: RecordValue) -> None:
    _unchanged_since(known, value)
    if not put(changed, value.path, to_json(value.value)):
        raise _UnfitError("the case has no such entry any more")


def _unchanged_since(known: Editions, value: RecordValue) -> None:
    """Refuse a value whose place has come to mean something else since the document was printed.

    `known` is the case as entered, and with the earlier values: the document may show either.
    """
    entry_path = value.path[: value.path.find("]") + 1]
    for column, printed in value.origin.get("entry", {}).items():
        if not _stands(known, f"{entry_path}.{column}", printed):
            raise _UnfitError("the entry that it belongs to has changed since the document was printed")
    printed = value.origin.get("issued")
    wanted = (printed, to_json(value.value))
    if printed is not None and not any(_stands(known, value.path, text) for text in wanted):
        raise _UnfitError("the value that it replaces has changed since the document was printed")


def _stands(known: Editions, path: str, printed: Any) -> bool:
    """Tell whether an edition says the same; documents print the number 3 as the option '3'."""
    return any(str(at(data, path)) == str(printed) for data in known)


def _valid(changed: Plain) -> Case:
    try:
        return Case.model_validate(changed)
    except ValidationError as invalid:
        said = [f"{fault.where.path} {fault.message}" for fault in faults(invalid, Case, "")]
        raise _UnfitError("; ".join(said)) from None


def _finding(unit: Unit, why: str) -> Finding:
    value = unit[-1]
    origin = value.origin
    box = origin.get("box")
    return review(
        "record-unfit", f"read {to_json(value.value)!r}, which was kept but not applied: {why}",
        source=origin.get("source"), case=value.case, path=value.path, page=origin.get("page"),
        box=tuple(box) if box else None, fix="Look at the document, and correct the case or the document.",
    )
