"""Cases one at a time from files, folders and the store, however many there are."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from cmforms.errors import Finding, InputError, Severity, Where
from cmforms.files import read_bytes
from cmforms.sources import SourcedCase, iter_cases
from cmforms.store import Store
from cmforms.workflow.cases import stored_case

STORED = "store:"
"""The source that means every stored case."""


class Stream:
    """The cases of some sources, read as they are asked for; `findings` grows meanwhile.

    `unusable` tells whether a source that was named could not be used at all.
    """

    def __init__(self, sources: Sequence[str], store: Store) -> None:
        """Take the sources. Raises InputError when one is neither there nor a stored case."""
        self.findings: list[Finding] = []
        self.unusable = False
        self.count = 0
        self._store = store
        self._places = [place for source in sources for place in self._named(source)]

    def _named(self, source: str) -> list[Path | str]:
        if source == STORED:
            return list(self._store.cases())
        path = Path(source)
        if path.exists() or path.suffix:
            if not path.exists():
                read_bytes(path)  # says what is wrong
            return [path]
        if self._store.case(source) is None:
            stored_case(source, self._store)  # says what is wrong
        return [source]

    def __iter__(self) -> Iterator[SourcedCase]:
        """Yield each case once; a further one with the same id is a finding for its place."""
        seen: dict[str, Where] = {}
        several = len(self._places) > 1  # of a single source the reader itself looks out for twins
        for place in self._places:
            for item in self._items(place):
                twin = seen.setdefault(item.case.id, item.origin) if several else item.origin
                if twin is item.origin:
                    self.count += 1
                    yield item
                else:
                    self.findings.append(_twin(item, twin))

    def _items(self, place: Path | str) -> Iterator[SourcedCase]:
        try:
            if isinstance(place, str):
                case, said = stored_case(place, self._store)
                self.findings += said
                yield SourcedCase(case, Where())
                return
            for item in iter_cases(place):
                if isinstance(item, Finding):
                    self.findings.append(item)
                else:
                    yield item
        except InputError as trouble:
            self.findings += trouble.findings
            self.unusable = True

    def estimate(self) -> int | None:
        """Return about how many cases there are, None when that would take as long as reading them."""
        counts = [1 if isinstance(place, str) else _estimate(place) for place in self._places]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None


def _twin(item: SourcedCase, other: Where) -> Finding:
    where = replace(item.origin, case=item.case.id)
    message = f"the case id stands twice; see also {other or 'the stored case'}"
    return Finding("case-id-twice", Severity.ERROR, message, where, fix="Give each case an id of its own.")


def _estimate(path: Path) -> int | None:
    try:
        if path.is_dir():
            return None
        match path.suffix.lower():
            case ".xlsx" | ".xlsm":
                return _rows_of_workbook(path)
            case ".jsonl" | ".ndjson":
                return _lines(path)
            case ".csv" | ".tsv":
                return max(0, _lines(path) - 1)
            case ".yaml" | ".yml":
                return 1
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, RuntimeError):
        return None  # the reader will say what is wrong
    return None


def _lines(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(part.count(b"\n") for part in iter(lambda: stream.read(2**20), b""))


_SHEET = re.compile(rb'<sheet [^>]*name="Cases"[^>]*r:id="([^"]+)"', re.IGNORECASE)


def _rows_of_workbook(path: Path) -> int | None:
    """Count the rows of the sheet of cases without reading their cells."""
    with zipfile.ZipFile(path) as archive:
        named = _SHEET.search(archive.read("xl/workbook.xml"))
        if not named:
            return None
        relations = archive.read("xl/_rels/workbook.xml.rels")
        target = _target(relations, named[1])
        rows, last = 0, b""
        with archive.open(target) as stream:
            for part in iter(lambda: stream.read(2**20), b""):
                both = last + part
                rows += both.count(b"<row ")
                last = both[-4:]
    return max(0, rows - 1)


def _target(relations: bytes, wanted: bytes) -> str:
    for relation in re.findall(rb"<Relationship [^>]*>", relations):
        if b'Id="%b"' % wanted in relation and (found := re.search(rb'Target="([^"]+)"', relation)):
            name = found[1].decode()
            return name.lstrip("/") if name.startswith("/") else f"xl/{name}"
    raise KeyError(wanted)
