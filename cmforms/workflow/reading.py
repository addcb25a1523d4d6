"""From a pile of returned files to the documents in it, and from these to the record."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmforms.contain import Crew, Limits, cores, unenforced
from cmforms.errors import Finding, InputError, note
from cmforms.records.values import record_values
from cmforms.store import Store
from cmforms.values.documents import Reading, RecordValue, Status
from cmforms.values.kinds import to_json
from cmforms.workflow.gathering import Gathering
from cmforms.workflow.one_file import ISSUED, SHARE, WHOSE, Task, read_contained, read_own
from cmforms.workflow.preloading import preload_readers
from cmforms.workflow.workspace import Workspace

if TYPE_CHECKING:
    from cmforms.issue.likeness import Marks

__all__ = [
    "Conditions", "as_json", "files_in", "limits_missing", "read", "read_own", "save", "second_reader_missing",
    "summary",
]  # fmt: skip

_PICTURES = frozenset({"scan", "fax", "photo"})
_NOT_RETURNED = frozenset({"manifest.jsonl", "report.html", "Thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class Conditions:
    """How a pile is read: within which limits, by how many child processes (None: as many as are of use).

    `done` is called with 1 for each file that is done.
    """

    limits: Limits = field(default_factory=Limits)
    workers: int | None = None
    done: Callable[[int], None] = lambda _files: None


def files_in(places: Iterable[Path]) -> list[Path]:
    """Return the files named, and those in the folders named; hidden files and a run's own manifest are left out.

    Raises InputError for a folder without any.
    """
    files: list[Path] = []
    for place in places:
        found = sorted(filter(_may_be_returned, place.rglob("*"))) if place.is_dir() else [place]
        if not found:
            raise InputError.because("folder-empty", "holds no file to read", source=str(place))
        files += found
    return files


def _may_be_returned(path: Path) -> bool:
    return path.is_file() and path.name not in _NOT_RETURNED and not path.name.startswith(".")


def read(
    workspace: Workspace, store: Store, files: Sequence[Path], conditions: Conditions | None = None
) -> list[Reading]:
    """Read a pile: any number of files, each with any number of documents, whole or in parts.

    Each file is opened in a child process; the documents in a long one of pictures are shared out among all of them.
    The pages of one issue are put together whichever files they came in. What cannot be read comes as a reading with
    findings.
    """
    how = conditions or Conditions()
    preload_readers()
    work = partial(read_contained, workspace.folder, workspace.key, how.limits)
    size = how.workers or cores()
    gathering = Gathering(files, how.limits.pages)
    crew = Crew(work, how.limits, size, {
        ISSUED: store.issued, WHOSE: partial(_whose, cache(partial(_marks, workspace, store))),
        SHARE: lambda source, shares: crew.add(gathering.shares(source, shares)),
    })  # fmt: skip
    tasks = ((str(path), Task(path, alone=size == 1)) for path in files)
    with crew:
        for number, outcome in enumerate(crew.run(tasks)):
            gathering.take(outcome)
            how.done(int(number < len(files)))
    return _joined(workspace, store, gathering.readings())


def _marks(workspace: Workspace, store: Store) -> Marks:
    """Return all marks that were issued, for the first page that has a worn one."""
    from cmforms.issue.likeness import Line, Marks

    return Marks((Line(*line) for line in store.issue_lines()), workspace.key)


def _whose(marks: Callable[[], Marks], samples: Sequence[bytes], side: int) -> tuple[int, str] | None:
    """Tell a child whose mark a worn one is; the ledger itself stays here."""
    return marks().whose(samples, side)


def _joined(workspace: Workspace, store: Store, readings: list[Reading]) -> list[Reading]:
    issues = Counter(reading.issue for reading in readings if reading.issue)
    if max(issues.values(), default=0) < 2:
        return readings
    from cmforms.read.joining import joined

    return joined(readings, workspace.library, store.issued)


def limits_missing() -> list[Finding]:
    """Say which limits this system cannot keep."""
    missing = ", ".join(unenforced())
    said = f"this system cannot keep these limits on untrusted files: {missing}"
    return [note("limits-missing", said, fix="Read files from strangers on Linux.")] if missing else []


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


def second_reader_missing(readings: Iterable[Reading]) -> list[Finding]:
    """Say, where pictures came, that only one reader of printed text is installed."""
    if not any(reading.kind in _PICTURES for reading in readings):
        return []
    from cmforms.read.ocr import second_reader

    said = "Tesseract is not installed, so of pictures only what the issued values confirm is accepted"
    fix = "Run: pip install 'cmforms[tesseract]', and install Tesseract's data for English or Latin script."
    return [] if second_reader() else [note("second-reader-missing", said, fix=fix)]


def summary(readings: Sequence[Reading], files: int) -> str:
    """Say in a line what a pile held."""
    documents = [reading for reading in readings if reading.form]
    waiting = sum(field.status is Status.REVIEW for reading in documents for field in reading.fields)
    unread = sum(reading.kind == "unreadable" for reading in readings)
    said = f"{len(documents):,} documents in {files:,} files, {waiting:,} fields to look at"
    return f"{said}, {unread:,} files not read" if unread else said


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
        "parts": [asdict(part) for part in reading.parts],
        "expected_pages": reading.expected_pages,
        "fields": {field.address: _field_json(asdict(field)) for field in reading.fields},
        "findings": [finding.as_json() for finding in reading.findings],
        "candidates": list(reading.candidates),
    }


def _field_json(field: dict[str, Any]) -> dict[str, Any]:
    field.pop("address")
    field["value"], field["issued"] = to_json(field["value"]), to_json(field["issued"])
    field["status"], field["origin"] = field["status"].value, field["origin"].value
    return {key: value for key, value in field.items() if value not in (None, "", {}) or key == "value"}
