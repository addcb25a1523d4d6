"""Documents whose pages came in several files: put together again, and never more than is certain.

Only an issue's id joins pages. Blank forms that were never issued stay file by file, since nothing says which of
them belong together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

from cmforms.definitions.library import Library
from cmforms.definitions.schema import Form
from cmforms.errors import Finding, Where, note, review
from cmforms.read.compare import DOUBTFUL, Evidence, alterations, compare, issued_text, same_text
from cmforms.read.page_count import COPIES_DIFFER, missing_pages, numbers_of, repeated_pages
from cmforms.read.pdf_text import completed
from cmforms.read.reference import Ledger
from cmforms.values.documents import FieldReading, Issued, Part, Reading, Status

_COUNTED_ANEW = frozenset({"page-missing", "page-duplicate"})


def joined(readings: Iterable[Reading], library: Library, ledger: Ledger) -> list[Reading]:
    """Return the readings with those of one issue as one, at the place of the first of them."""
    groups: dict[object, list[Reading]] = {}
    for reading in readings:
        known = reading.issue and reading.form in library.form_ids
        key = (reading.issue, reading.form, reading.revision, reading.lang) if known else id(reading)
        groups.setdefault(key, []).append(reading)
    return [
        group[0] if len(group) == 1 else _Joint(group, library.form(str(group[0].form)), ledger).run()
        for group in groups.values()
    ]


class _Joint:
    """Makes one reading of several of the same document. A file that came twice counts once."""

    def __init__(self, readings: Sequence[Reading], form: Form, ledger: Ledger) -> None:
        self._form = form
        self._first = readings[0]
        self._lang = self._first.lang or ""
        self._issued: Issued | None = ledger(self._first.issue or "")
        first: dict[str, Reading] = {}
        self._again = [reading for reading in readings if first.setdefault(reading.sha256, reading) is not reading]
        self._readings = list(first.values())
        self._parts = [part for reading in self._readings for part in _parts(reading)]
        self._changed: set[str] = set()

    def run(self) -> Reading:
        """Return the document."""
        fields = self._fields()
        parts = tuple(self._parts)
        hashes = sorted(part.sha256 for part in parts)
        return replace(
            self._first,
            sha256=hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest(),
            pages=tuple(page for part in parts for page in part.pages),
            fields=tuple(fields), findings=tuple(self._findings(fields)), parts=parts, addendum=self._addendum(),
        )  # fmt: skip

    def _addendum(self) -> dict[int, str]:
        """Return the continuations of long texts; one that two copies tell differently is as good as missing."""
        found: dict[int, set[str]] = {}
        for reading in self._readings:
            for number, text in reading.addendum.items():
                found.setdefault(number, set()).add(text)
        return {number: texts.pop() for number, texts in found.items() if len(texts) == 1}

    def _fields(self) -> list[FieldReading]:
        """Return the fields in the order of the document's pages, each with the file that it stands in."""
        numbers = numbers_of(self._parts)
        items = self._addendum()
        copies: dict[str, list[FieldReading]] = {}
        for reading in self._readings:
            for field in reading.fields:
                own = replace(self._continued(field, items), source=reading.source)
                copies.setdefault(field.address, []).append(own)
        fields = [self._one(address, own) for address, own in copies.items()]
        last = max(numbers.values(), default=0) + 1
        return sorted(fields, key=lambda field: numbers.get((field.source, field.page or 0), last))

    def _continued(self, field: FieldReading, items: Mapping[int, str]) -> FieldReading:
        """Give a long text its continuation, which may have come in another file."""
        spec = self._form.spec(field.address)
        evidence = _evidence(field)
        missing = completed(replace(evidence, doubt=""), "", {}).doubt
        if spec is None or not missing or missing != field.doubt:
            return field
        wanted = issued_text(field.address, spec, self._issued, self._lang)
        whole = completed(replace(evidence, doubt=""), wanted, items)
        if whole.doubt:
            return field
        self._changed.add(field.address)
        return compare(field.address, spec, whole, self._issued, self._lang)

    def _one(self, address: str, copies: Sequence[FieldReading]) -> FieldReading:
        """Return what the copies of a field agree on; where they do not, a person must look."""
        chosen = max(copies, key=lambda field: field.status is Status.REVIEW)
        other = next((field for field in copies if not _agree(chosen, field)), None)
        if other is None:
            return chosen
        self._changed.add(address)
        said = " and ".join(f"{field.raw!r} ({PurePath(field.source).name})" for field in (chosen, other))
        return replace(
            chosen, status=Status.REVIEW, confidence=min(DOUBTFUL, chosen.confidence), doubt=f"{COPIES_DIFFER}: {said}"
        )

    def _findings(self, fields: Sequence[FieldReading]) -> Iterator[Finding]:
        told: set[Finding] = set()
        for reading in self._readings:
            of_fields = set(alterations(reading.fields, self._form, self._lang, reading.source))
            for finding in reading.findings:
                if finding not in of_fields and finding.code not in _COUNTED_ANEW and _general(finding) not in told:
                    told.add(_general(finding))
                    yield finding
        yield from self._about_pages()
        yield from repeated_pages(self._parts, fields)
        for reading in self._again:
            yield note("file-twice", f"is the same file as {PurePath(self._same(reading)).name}", source=reading.source)
        yield from self._about_fields(fields)

    def _about_pages(self) -> Iterator[Finding]:
        totals = sorted({reading.expected_pages for reading in self._readings if reading.expected_pages})
        if len(totals) > 1:
            yield review(
                "page-count-differs", f"one file says {totals[0]} pages, another {totals[-1]}",
                source=self._first.source, fix="Look whether two printings were mixed.",
            )
        if all(part.pages for part in self._parts):  # else a Word document holds the whole
            yield from missing_pages(self._parts, max(totals, default=None))

    def _about_fields(self, fields: Sequence[FieldReading]) -> Iterator[Finding]:
        """Yield what the files said of their fields, and what came to light by joining."""
        told = {finding for reading in self._readings for finding in reading.findings}
        for field in fields:
            for finding in alterations([field], self._form, self._lang, field.source):
                if field.address in self._changed or finding in told:
                    yield finding

    def _same(self, reading: Reading) -> str:
        return next(other.source for other in self._readings if other.sha256 == reading.sha256)


def _parts(reading: Reading) -> tuple[Part, ...]:
    return reading.parts or (Part(reading.source, reading.sha256),)


def _general(finding: Finding) -> Finding:
    """Return a finding about a whole document as it is the same for each of its files."""
    about_file = finding.where == Where(source=finding.where.source)
    return replace(finding, where=Where()) if about_file else finding


def _agree(one: FieldReading, other: FieldReading) -> bool:
    if (one.value, one.status, one.origin) == (other.value, other.status, other.origin):
        return True
    return same_text(one.raw, other.raw)


def _evidence(field: FieldReading) -> Evidence:
    return Evidence(
        field.raw, field.reader, field.page, field.box, field.control, field.sheet, field.cell, field.confidence,
        field.doubt,
    )
