"""Is a packet complete? For a stored case, a case file, a folder of what came back, or a single document."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cmforms.check.checklist import Checklist, checklist
from cmforms.check.judging import Standard, judge
from cmforms.check.state import states_of
from cmforms.check.verdict import Verdict
from cmforms.errors import Finding, InputError
from cmforms.model import Case
from cmforms.sources import read_cases
from cmforms.store import Store
from cmforms.values.documents import Issued, Reading
from cmforms.workflow.cases import stored_case
from cmforms.workflow.directory import completed, expressions_of
from cmforms.workflow.reading import read
from cmforms.workflow.workspace import Workspace

__all__ = ["Checklist", "check", "checklist"]

CASE_FILES = frozenset({".yaml", ".yml", ".json"})


@dataclass(frozen=True)
class Material:
    """What a packet is judged by: the case, what was issued for it, what came back, what could not be used."""

    case: Case
    issued: Sequence[Issued]
    readings: Sequence[Reading]
    findings: tuple[Finding, ...]


def check(
    workspace: Workspace, store: Store, target: str, packet_id: str, today: dt.date | None = None
) -> Verdict:
    """Judge a packet. Raises InputError where the target names no case, or more than one."""
    library = workspace.library
    packet = library.packet(packet_id)
    path = Path(target)
    material = _of_files(workspace, store, path) if path.exists() or path.suffix else _of_record(store, target)
    standard = Standard(packet, library.rules(), {form.id: form for form in library.forms()}, library.district)
    verdict = judge(
        standard,
        completed(material.case, library.district),
        states_of(material.issued, material.readings),
        expressions_of(library.district),
        today or dt.date.today(),
    )
    return replace(verdict, findings=(*material.findings, *verdict.findings))


def _of_record(store: Store, case_id: str) -> Material:
    case, findings = stored_case(case_id, store)
    store.disclose("read", [case_id])
    return Material(case, store.issues_for(case_id), store.readings_for(case_id), tuple(findings))


def _of_files(workspace: Workspace, store: Store, path: Path) -> Material:
    """A case file is judged with the record's documents; documents in a folder are all that count there."""
    files = sorted(found for found in path.rglob("*") if found.is_file()) if path.is_dir() else [path]
    case_files = [file for file in files if file.suffix in CASE_FILES]
    documents = [file for file in files if file.suffix not in {*CASE_FILES, ".jsonl"}]
    readings = read(workspace, store, documents)
    findings = [finding for reading in readings if not reading.issue for finding in reading.findings]
    if path.is_file() and not documents:
        loaded = read_cases([path])
        case_id = _only_case([sourced.case.id for sourced in loaded.cases], path)
        record = (store.issues_for(case_id), store.readings_for(case_id))
        return Material(loaded.cases[0].case, *record, (*loaded.findings,))
    loaded = read_cases(case_files)
    named = [sourced.case for sourced in loaded.cases]
    case_id = _only_case([case.id for case in named] or [r.subject for r in readings if r.subject], path)
    case, said = (named[0], []) if named else stored_case(case_id, store)
    issues = {reading.issue for reading in readings}
    issued = [line for line in store.issues_for(case_id) if line.issue in issues]
    mine = [reading for reading in readings if reading.subject in (case_id, None)]
    foreign = [_foreign(reading, case_id) for reading in readings if reading.subject not in (case_id, None)]
    return Material(case, issued, mine, (*loaded.findings, *findings, *said, *foreign))


def _only_case(ids: Sequence[str], path: Path) -> str:
    known = sorted(set(ids))
    if len(known) == 1:
        return known[0]
    message = f"holds several cases: {', '.join(known)}" if known else "holds no document of a known case"
    raise InputError.because(
        "case-unclear", message, source=str(path),
        fix="Put the documents of one case in a folder, with its case file or after saving the case.",
    )


def _foreign(reading: Reading, case_id: str) -> Finding:
    return InputError.because(
        "document-foreign", f"belongs to case {reading.subject}, not to {case_id}", source=reading.source,
        fix="Take it out of this packet.",
    ).findings[0]
