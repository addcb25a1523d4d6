"""Cases: from files and the store, and back out to workbooks; what stands about each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmforms.definitions.library import Library
from cmforms.errors import Finding, InputError
from cmforms.files import write_whole
from cmforms.model import Case, case_from, plain
from cmforms.records.values import overlay
from cmforms.sources import read_cases, write_cases
from cmforms.sources.starter import write_starter
from cmforms.store import LIFE, Event, Store
from cmforms.values.kinds import to_json
from cmforms.workflow.directory import completed

__all__ = ["Loaded", "cases_from", "current", "export_to", "save_all", "shown", "story", "write_starter"]


@dataclass(frozen=True)
class Loaded:
    """Cases ready to be worked on, and what was wrong with those that are not here."""

    cases: list[Case]
    findings: list[Finding]


def cases_from(sources: Iterable[str], store: Store) -> Loaded:
    """Load cases from files, folders or stored case ids.

    Raises InputError when a source is neither a file nor a stored case, or cannot be read at all.
    """
    paths, cases, findings = [], [], []
    for source in sources:
        if Path(source).exists() or Path(source).suffix:
            paths.append(Path(source))
        else:
            case, said = stored_case(source, store)
            cases.append(case)
            findings += said
    if paths:
        loaded = read_cases(paths)
        cases += [sourced.case for sourced in loaded.cases]
        findings += loaded.findings
    return Loaded(cases, findings)


def stored_case(case_id: str, store: Store) -> tuple[Case, list[Finding]]:
    """Return a stored case with the values that documents brought. Raises InputError for an unknown id."""
    data, findings = current(case_id, store)
    return case_from(data, f"store:{case_id}"), findings


def shown(case_id: str, store: Store) -> tuple[dict[str, Any], list[Finding]]:
    """Return a stored case as `current` does, in the order of a case file, for a person to look at: that is logged."""
    data, findings = current(case_id, store)
    store.disclose("read", [case_id])
    return plain(case_from(data, f"store:{case_id}")), findings


def current(case_id: str, store: Store) -> tuple[dict[str, Any], list[Finding]]:
    """Return a stored case as plain data, returned values applied, and what could not be applied."""
    data = store.case(case_id)
    if data is None:
        raise InputError.because(
            "case-unknown", f"there is no file and no stored case {case_id!r}",
            fix="`cmforms cases list` names the stored ones.",
        )
    return overlay(data, store.record_values(case_id))


def save_all(sources: Sequence[str], store: Store, library: Library) -> tuple[list[str], list[Finding]]:
    """Store the cases of the sources; return their ids and the findings."""
    loaded = cases_from(sources, store)
    for case in loaded.cases:
        store.save_case(case.id, plain(completed(case, library.district)), {"source": "case file"})
    return [case.id for case in loaded.cases], loaded.findings


def story(case_id: str, store: Store) -> list[dict[str, Any]]:
    """Return the case's saved editions, what happened to it, and the values that documents brought, oldest first."""
    if store.head(case_id):
        store.disclose("read", [case_id])
    rows: list[dict[str, Any]] = [
        {"at": edition.saved_at.isoformat(timespec="seconds"), "what": f"edition {edition.version} saved"}
        for edition in store.history(case_id)
    ]
    rows += [_happened(event) for event in store.events(case_id) if event.kind.startswith(LIFE)]
    for value in store.record_values(case_id):
        origin = dict(value.origin)
        what = f"{value.path} = {to_json(value.value)} from {origin.get('source')}, page {origin.get('page')}"
        rows.append({"at": str(origin.get("time")), "what": what, "origin": origin})
    return sorted(rows, key=lambda row: str(row["at"]))


def _happened(event: Event) -> dict[str, Any]:
    """Return the line of an event of the case's life: its name, day, fields, and who recorded it."""
    told = event.data or {"on": "a day that was removed from the records", "values": {}}
    fields = "".join(f", {name}: {value}" for name, value in told["values"].items())
    what = f"{event.kind.removeprefix(LIFE)} on {told['on']}{fields} (recorded by {event.actor})"
    return {"at": event.at.isoformat(timespec="seconds"), "what": what}


def export_to(out: Path, case_ids: Sequence[str], store: Store) -> int:
    """Write stored cases to XLSX or JSON lines; return how many. Raises InputError for another suffix."""
    cases = [stored_case(case_id, store)[0] for case_id in case_ids or store.cases()]
    store.disclose("exported", [case.id for case in cases])
    if out.suffix == ".xlsx":
        write_cases(out, cases)
    elif out.suffix == ".jsonl":
        lines = (json.dumps(plain(case), ensure_ascii=False) + "\n" for case in cases)
        write_whole(out, "".join(lines).encode())
    else:
        raise InputError.because(
            "export-format", f"cannot write {out.suffix!r}", source=str(out), fix="End the name in .xlsx or .jsonl."
        )
    return len(cases)
