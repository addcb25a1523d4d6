"""Pictures of all that waits for a person, cut from the returned files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from cmforms.contain import Crew, Limits, Line
from cmforms.errors import Finding, Severity
from cmforms.files import make_folder, write_whole
from cmforms.values.documents import Box, Reading, Status


class Wanted(NamedTuple):
    """One picture to cut: its file's name, and the page and the box that it shows."""

    name: str
    page: int
    box: Box


def write_crops(readings: Sequence[Reading], folder: Path, limits: Limits) -> list[Finding]:
    """Write a PNG for each field in review and each finding that has a place; return what could not be cut.

    They are named by the issue (or the file's hash) and the field's address or the page: nothing of a student.
    Raises OutputError when the folder cannot be written.
    """
    make_folder(folder)
    wanted: dict[str, list[Wanted]] = {}
    for reading in readings:
        for source, one in _wanted(reading):
            wanted.setdefault(source, []).append(one)
    findings: list[Finding] = []
    with Crew(_cut, limits) as crew:
        for outcome in crew.run((source, (source, found)) for source, found in wanted.items()):
            findings += outcome.findings
            for one, data in zip(wanted[outcome.source], outcome.result or (), strict=False):
                write_whole(folder / one.name, data)
    return findings


def _wanted(reading: Reading) -> Iterator[tuple[str, Wanted]]:
    stem = reading.issue or reading.sha256[:10]
    for field in reading.fields:
        if field.status is Status.REVIEW and field.page and field.box:
            yield field.source or reading.source, Wanted(f"{stem}.{field.address}.png", field.page, field.box)
    beside = [finding for finding in reading.findings if finding.where.box and not finding.where.path]
    for number, finding in enumerate(beside, 1):
        where = finding.where
        if where.page and where.box and finding.severity is not Severity.ERROR:
            name = f"{stem}.page{where.page}.{number}.png"
            yield where.source or reading.source, Wanted(name, where.page, where.box)


def _cut(line: Line, item: tuple[str, Sequence[Wanted]]) -> list[bytes]:
    """Cut the pictures of one file, being a child process."""
    from cmforms.read.crops import crops

    source, wanted = item
    line.begin_pages(len(wanted))
    return list(crops(Path(source), [(one.page, one.box) for one in wanted]))
