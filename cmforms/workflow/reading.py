"""From returned files to readings, and from readings to the record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from cmforms.errors import CmformsError, Finding
from cmforms.issue.identity import verify_mark
from cmforms.read.documents import read_file
from cmforms.records.values import record_values
from cmforms.store import Store
from cmforms.values.documents import Reading, RecordValue
from cmforms.values.kinds import to_json
from cmforms.workflow.workspace import Workspace


def read(workspace: Workspace, store: Store, paths: Iterable[Path]) -> Iterator[Reading]:
    """Read each file; a file may hold several documents. What cannot be read comes as a reading with findings."""
    verify = partial(verify_mark, key=workspace.key)
    for path in paths:
        try:
            yield from read_file(path, workspace.library, store.issued, verify)
        except CmformsError as trouble:
            yield unreadable(path, trouble.findings)


def unreadable(path: Path, findings: tuple[Finding, ...]) -> Reading:
    """Return the reading of a file that gave nothing but findings."""
    return Reading(
        source=str(path), sha256="", kind="unreadable", form=None, revision=None, lang=None, issue=None,
        subject=None, pages=(), expected_pages=None, fields=(), findings=findings,
    )


def save(workspace: Workspace, store: Store, reading: Reading) -> list[Finding]:
    """Put what a person added or altered into the record, with its origin; return what could not go in."""
    if not (reading.form and reading.issue):
        return []
    values, findings = _values_of(workspace, store, reading)
    store.save_readings([reading], values)
    return findings


def _values_of(
    workspace: Workspace, store: Store, reading: Reading
) -> tuple[list[RecordValue], list[Finding]]:
    form = workspace.library.form(reading.form or "")
    issued = store.issued(reading.issue or "")
    values, findings = record_values(reading, form, issued, dt.datetime.now(dt.UTC))
    return list(values), list(findings)


def as_json(reading: Reading) -> dict[str, Any]:
    """Return the reading as `cmforms read` prints it, a field by its address."""
    return {
        "source": reading.source,
        "kind": reading.kind,
        "form": reading.form,
        "revision": reading.revision,
        "lang": reading.lang,
        "issue": reading.issue,
        "case": reading.subject,
        "pages": list(reading.pages),
        "expected_pages": reading.expected_pages,
        "fields": {field.address: _field_json(asdict(field)) for field in reading.fields},
        "findings": [finding.as_json() for finding in reading.findings],
        "candidates": list(reading.candidates),
    }


def _field_json(field: dict[str, Any]) -> dict[str, Any]:
    field.pop("address")
    field["value"], field["issued"] = to_json(field["value"]), to_json(field["issued"])
    field["status"], field["origin"] = field["status"].value, field["origin"].value
    return {key: value for key, value in field.items() if value not in (None, "") or key == "value"}
