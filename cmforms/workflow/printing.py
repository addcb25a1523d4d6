"""A run's documents put together for the printer: a file for each case, for each school, or one for all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from cmforms.errors import InputError
from cmforms.files import make_folder, write_whole
from cmforms.fill.merging import Piece, merge
from cmforms.store import Store
from cmforms.workflow.cases import stored_case
from cmforms.workflow.directory import completed
from cmforms.workflow.targets import MANIFEST
from cmforms.workflow.workspace import Workspace

FOLDER = "merged"


@dataclass(frozen=True)
class Print:
    """What to put together: by `case`, `school` or `all`, in which order, with a sheet before each school."""

    by: str
    order: str = "source"
    separators: bool = False


@dataclass(frozen=True)
class _Sheet:
    """A piece with what it is sorted by."""

    piece: Piece
    number: str
    student: str


def merge_run(workspace: Workspace, store: Store, out: Path, wanted: Print) -> Iterator[Path]:
    """Merge the PDF documents that a run's manifest names; yield each merged file.

    Raises InputError when the run made no PDF.
    """
    sheets = sorted(_sheets(workspace, store, out), key=_SORTED[wanted.order])
    if not sheets:
        raise InputError.because(
            "merge-empty", "there is no PDF document to merge", source=str(out), fix="Fill as PDF first."
        )
    folder = make_folder(out / FOLDER)
    if wanted.by == "school":
        sheets = sorted(sheets, key=lambda sheet: sheet.number)
    for name, group in groupby(sheets, key=_NAMED[wanted.by]):
        path = folder / f"{name}.pdf"
        write_whole(path, merge([sheet.piece for sheet in group], separators=wanted.separators))
        yield path


def _sheets(workspace: Workspace, store: Store, out: Path) -> Iterator[_Sheet]:
    """Yield the newest edition of each document, cases in the order of the run, each case's together."""
    documents: dict[str, dict[str, str]] = {}
    for line in (out / MANIFEST).read_text(encoding="utf-8").splitlines():
        data = json.loads(line)
        if data["path"] and data["path"].endswith(".pdf"):
            documents.setdefault(data["case"], {})[data["path"]] = data["form"]
    for case_id, paths in documents.items():
        number, school, student = _about(workspace, store, case_id)
        for path, form_id in paths.items():
            form = workspace.library.form(form_id)
            piece = Piece(out / path, case_id, form.text(form.title, "en"), school)
            yield _Sheet(piece, number, student)


def _about(workspace: Workspace, store: Store, subject: str) -> tuple[str, str, str]:
    """Return the number and name of the case's school and the student's family name; an agenda has none."""
    if store.case(subject) is None:
        return "", "District", ""
    case = completed(stored_case(subject, store)[0], workspace.library.district)
    school = case.current_school
    return school.number, school.name or school.number, f"{case.student.family_name} {case.student.given_name}"


_SORTED: dict[str, Callable[[_Sheet], tuple[str, ...]]] = {
    "source": lambda _sheet: (),
    "school": lambda sheet: (sheet.number,),
    "student": lambda sheet: (sheet.student.casefold(), sheet.piece.case),
}
_NAMED: dict[str, Callable[[_Sheet], str]] = {
    "case": lambda sheet: sheet.piece.case,
    "school": lambda sheet: f"school-{sheet.number or 'none'}",
    "all": lambda _sheet: "all",
}
