"""From files and folders to cases: each file goes to the reader of its kind, told by content and name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path

from cmforms.errors import Finding, InputError, Severity, Where, blocks, review
from cmforms.files import read_bytes
from cmforms.sources.delimited import iter_csv
from cmforms.sources.jsoncase import iter_json, iter_jsonl
from cmforms.sources.results import Item, Items, Loaded, SourcedCase
from cmforms.sources.workbook import iter_workbook
from cmforms.sources.yamlcase import iter_yaml

READERS: dict[str, Callable[[Path], Items]] = {
    ".yaml": iter_yaml,
    ".yml": iter_yaml,
    ".json": iter_json,
    ".jsonl": iter_jsonl,
    ".ndjson": iter_jsonl,
    ".xlsx": iter_workbook,
    ".xlsm": iter_workbook,
    ".csv": iter_csv,
    ".tsv": iter_csv,
}
"""The reader of each suffix; files of a folder with other suffixes are none of ours."""

_ZIP = b"PK\x03\x04"
_FOREIGN = {
    b"%PDF": ("is a PDF", "Read returned documents by `cmforms read`."),
    b"\xd0\xcf\x11\xe0": (
        "is an old or a password-protected Office file",
        "Save it as .xlsx without a password.",
    ),
    b"\x89PNG": ("is a picture", "Read returned documents by `cmforms read`."),
    b"\xff\xd8\xff": ("is a picture", "Read returned documents by `cmforms read`."),
}


def read_cases(paths: Iterable[Path]) -> Loaded:
    """Read all cases of files and folders, in their order.

    A faulty row, line or file of a folder is a finding; a case id that stands twice is held back at both
    places. Raises InputError, with the findings of all sources, when a file that was named cannot be used at
    all or when not one case could be read.
    """
    found: list[Item] = []
    done: set[Path] = set()
    unusable = False
    for path in paths:
        try:
            found.extend(_items(path, done))
        except InputError as trouble:
            found.extend(trouble.findings)
            unusable = True
    loaded = _loaded(found)
    if unusable or (not loaded.cases and blocks(loaded.findings)):
        raise InputError(loaded.findings)
    return loaded


def iter_cases(path: Path) -> Items:
    """Yield the cases of one file or folder and the findings about it, one at a time.

    Of CSV the text is held in memory, of JSON lines one line, of a workbook one row. A later
    case with an id that came before is a finding. Raises InputError for a file that cannot be used at all.
    """
    seen: dict[str, Where] = {}
    for item in _items(path, set()):
        if isinstance(item, Finding):
            yield item
        elif item.case.id in seen:
            yield _twin(item, seen[item.case.id])
        else:
            seen[item.case.id] = item.origin
            yield item


def _items(path: Path, done: set[Path]) -> Items:
    """Yield what a file or the files of a folder give; those in `done` were named before and are left out."""
    if not path.is_dir():
        yield from _file_items(path, done)
        return
    files = [
        file for file in sorted(path.rglob("*")) if file.suffix.lower() in READERS and _visible(file, path)
    ]
    if not files:
        raise InputError.because(
            "folder-empty",
            "holds no case files",
            source=str(path),
            fix=f"Their names end in {', '.join(READERS)}.",
        )
    for file in files:
        try:
            yield from _file_items(file, done)
        except InputError as trouble:
            yield from trouble.findings


def _visible(file: Path, folder: Path) -> bool:
    """Leave out hidden files and the lock files that Office programs put beside an open one."""
    return not any(part.startswith((".", "~$")) for part in file.relative_to(folder).parts)


def _file_items(path: Path, done: set[Path]) -> Items:
    if path.resolve() in done:
        return
    done.add(path.resolve())
    items = _reader(path)(path)
    first = next(items, None)
    if first is None:
        fix = "Fill in a row for each case." if path.suffix.lower() in (".xlsx", ".csv") else ""
        first = review("no-cases", "holds no case", source=str(path), fix=fix)
    yield from chain([first], items)


def _reader(path: Path) -> Callable[[Path], Items]:
    """Tell the kind of a file: by content where that is unmistakable, else by the suffix.

    Raises InputError for a file that is missing, empty, unreadable or of no known kind.
    """
    head = _head(path)
    suffix = path.suffix.lower()
    for mark, (what, fix) in _FOREIGN.items():
        if head.startswith(mark):
            raise InputError.because("source-type", f"{what}, not a file of cases", source=str(path), fix=fix)
    if head.startswith(_ZIP):
        return iter_workbook
    reader = READERS.get(suffix)
    if reader is None:
        message = (
            f"ends in {suffix!r}, which no reader takes" if suffix else "has no suffix that says what it is"
        )
        fix = f"Case files end in {', '.join(READERS)}."
        raise InputError.because("source-type", message, source=str(path), fix=fix)
    if reader is iter_workbook:
        message = "is no workbook, although its name says so"
        raise InputError.because("source-type", message, source=str(path), fix="Save it anew as .xlsx.")
    return reader


def _head(path: Path) -> bytes:
    with suppress(OSError), path.open("rb") as stream:
        if head := stream.read(8):
            return head
    return read_bytes(path)  # says what is wrong


def _loaded(found: list[Item]) -> Loaded:
    cases = [item for item in found if isinstance(item, SourcedCase)]
    counts = Counter(item.case.id for item in cases)
    loaded = Loaded(findings=[item for item in found if isinstance(item, Finding)])
    for item in cases:
        if counts[item.case.id] == 1:
            loaded.cases.append(item)
        else:
            other = next(c.origin for c in cases if c.case.id == item.case.id and c is not item)
            loaded.findings.append(_twin(item, other))
    return loaded


def _twin(item: SourcedCase, other: Where) -> Finding:
    where = replace(item.origin, case=item.case.id)
    message = f"the case id stands twice; see also {other}"
    return Finding("case-id-twice", Severity.ERROR, message, where, fix="Give each case an id of its own.")
