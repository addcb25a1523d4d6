"""Keeping the records for years: proof that they are whole, archives, and their end."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from cmforms.errors import Finding, InputError, OutputError
from cmforms.files import read_bytes, write_whole
from cmforms.store import Head, Store, read_archive, write_archive
from cmforms.workflow.cases import current
from cmforms.workflow.workspace import Workspace

HEAD = "records.head"
"""Beside the settings: how far the log went when it was last found whole."""


def verify(workspace: Workspace, store: Store, noted: str = "") -> tuple[list[Finding], Head]:
    """Return all that was tampered with, and the head of the log.

    The head is held against the one of the last time (`noted`, as `NUMBER:HASH`, else the workspace's own note),
    and noted down when all is whole: so events that were cut off at the end are missed too.
    """
    path = workspace.folder / HEAD
    findings = store.verify(_head(noted or (read_bytes(path).decode() if path.exists() else "")))
    head = store.log_head()
    if not findings:
        write_whole(path, f"{head.seq}:{head.hash}".encode())
    return findings, head


def _head(text: str) -> Head | None:
    if not text:
        return None
    seq, _, said = text.strip().partition(":")
    if not seq.isdecimal() or len(said) != 64:
        raise InputError.because("head-unclear", f"{text!r} is not NUMBER:HASH", fix="Copy what `verify` printed.")
    return Head(int(seq), said)


def export_everything(store: Store, out: Path) -> int:
    """Write all records to JSON lines, a ZIP of CSV files or a workbook; return the number of rows."""
    with _appearing(out) as stream:
        return write_archive(stream, out.suffix, store.dump())


def back_up(store: Store, out: Path) -> None:
    """Copy an SQLite store to a file while others work with it."""
    store.back_up(out)


def restore(workspace: Workspace, store: Store, path: Path) -> None:
    """Take an archive or a backup into the workspace's records, which must be empty. Raises InputError."""
    read_bytes(path)  # says what is wrong
    if path.suffix == ".sqlite":
        with _opened_copy(workspace, path) as backup:
            store.load(backup.dump())
    else:
        store.load(read_archive(path))


@contextmanager
def _opened_copy(workspace: Workspace, path: Path) -> Iterator[Store]:
    """Open a copy of a backup, since opening brings an old one to the newest edition."""
    with tempfile.TemporaryDirectory(prefix=".cmforms-", dir=workspace.folder) as folder:
        copy = Path(shutil.copyfile(path, Path(folder) / path.name))
        with Store.open(copy, workspace.key) as opened:
            yield opened


@contextmanager
def _appearing(out: Path) -> Iterator[BinaryIO]:
    """Yield a file for its owner alone that gets its name once it is whole. Raises OutputError (exit 3)."""
    scratch = ""
    try:
        handle, scratch = tempfile.mkstemp(prefix=".cmforms-", suffix=".part", dir=out.parent)
        with os.fdopen(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        Path(scratch).replace(out)
    except OSError as trouble:
        raise OutputError.because(
            "output-not-writable", f"cannot be written: {trouble.strerror}", source=str(out),
            fix="Free some space or choose a folder that you may write to; nothing half-written was left.",
        ) from None
    finally:
        Path(scratch or out.parent / ".cmforms-none").unlink(missing_ok=True)


@dataclass(frozen=True)
class Due:
    """A case whose time has come: when it ended, since when it may be destroyed, and the reason of a hold."""

    case: str
    closed_on: dt.date
    due_on: dt.date
    held: str | None


def due(workspace: Workspace, store: Store, years: int | None, today: dt.date) -> list[Due]:
    """Return the cases that ended at least `years` ago, by id; else as many years as the settings say.

    A case ends with its refusal or discontinuation (CMS B-1-b, C). Raises InputError when nobody has said how many.
    """
    kept = workspace.retention_years if years is None else years
    if kept is None:
        raise InputError.because(
            "retention-unknown", "nobody has said how many years a case is kept after its end",
            fix="Ask your records officer; then set retention_years in cmforms.toml, or give --years.",
        )
    store.disclose("listed", [])
    holds = store.held()
    found = []
    for data in store.all_cases():
        closed_on = closed(current(data["id"], store)[0]) if closed(data) else None
        if closed_on and (due_on := _years_later(closed_on, kept)) <= today:
            hold = holds.get(data["id"])
            found.append(Due(data["id"], closed_on, due_on, str(hold.payload["reason"]) if hold else None))
    return found


def closed(data: Mapping[str, Any]) -> dt.date | None:
    """Return the day on which a case ended, None for one that goes on."""
    days = [data[ending]["on"] for ending in ("refusal", "discontinuation") if data.get(ending)]
    return max(map(dt.date.fromisoformat, days), default=None)


def _years_later(day: dt.date, years: int) -> dt.date:
    leap_day = (day.month, day.day) == (2, 29)
    return dt.date(day.year + years, 3, 1) if leap_day else day.replace(year=day.year + years)


def destroy(store: Store, cases: Sequence[Due]) -> list[Finding]:
    """Destroy the records of cases whose time has come; those under hold stay."""
    facts = {case.case: {"closed_on": case.closed_on.isoformat()} for case in cases if case.held is None}
    return store.purge(facts)
