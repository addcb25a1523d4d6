"""A document's life as plain records: bound, issued, returned. The stages hand these to one another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from cmforms.errors import Finding
from cmforms.values.kinds import Value

Box = tuple[float, float, float, float]

_TRUTH = bytes.maketrans(b"01", b"\0\1")


@dataclass(frozen=True, slots=True)
class Bound:
    """The values of one document to be filled, by field address, and what was wrong with them."""

    values: Mapping[str, Value]
    rows: Mapping[str, int]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """What is printed in the footer of one page: the QR's payload, its modules a side, and its modules.

    `samples` has a bit for each module, the highest first and 1 for dark, row by row, each filled up to whole bytes.
    """

    payload: str
    size: int
    samples: bytes

    @property
    def rows(self) -> tuple[bytes, ...]:
        """The rows from the top: a byte a module."""
        width = len(self.samples) // self.size
        lines = (self.samples[start : start + width] for start in range(0, len(self.samples), width))
        digits = (format(int.from_bytes(line), f"0{8 * width}b")[: self.size] for line in lines)
        return tuple(line.encode().translate(_TRUTH) for line in digits)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a document is: the same data stand in its QR, its properties and the ledger."""

    issue: str
    form: str
    revision: str
    lang: str
    subject: str
    check: str
    mark: Callable[[int, int], Mark] = field(compare=False, repr=False)
    """`mark(page, pages)` gives the page's QR; page 0 of 0 stands for a document that a word processor pages."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled document: its bytes and, for PDF, the role of each page (`main:1`, `more:contacts`, `addendum`)."""

    data: bytes
    pages: tuple[str, ...]
    printed: Mapping[str, str]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Issued:
    """A line of the ledger: what was handed out, and every value that was printed on it."""

    issue: str
    form: str
    revision: str
    lang: str
    format: str
    subject: str
    recipient: int | None
    sha256: str
    pages: tuple[str, ...]
    values: Mapping[str, Value]
    printed: Mapping[str, str]
    draft: bool = False
    issued_at: dt.datetime | None = field(default=None, compare=False)
    """When it was entered in the ledger."""


class Status(StrEnum):
    """Accepted: sure. Review: a person must look. Blank: nothing there."""

    ACCEPTED = "accepted"
    REVIEW = "review"
    BLANK = "blank"


class Source(StrEnum):
    """Who put the value on the document: the toolkit, a person, or a person over the toolkit's value."""

    PRINTED = "printed"
    ADDED = "added"
    ALTERED = "altered"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class FieldReading:
    """One field as it was read: value, certainty, and where on the document the evidence lies.

    `source` is the file, for a document that came in several; else the reading names it. `page` counts from 1 in
    the file; `box` is (left, bottom, right, top) in points; for Word documents `control` is the content control's
    tag or the paragraph instead, for workbooks `sheet` and `cell` say where it stands. `issued` is the value in the
    ledger. On pictures `method` says what the reading rests on, `answers` what each reader of its text made of it,
    `residual` by how many points the picture misses the page that it was laid over.
    """

    address: str
    value: Value
    status: Status
    confidence: float
    reader: str
    origin: Source
    page: int | None = None
    box: Box | None = None
    control: str | None = None
    sheet: str | None = None
    cell: str | None = None
    raw: str = ""
    issued: Value = None
    doubt: str = ""
    source: str = ""
    method: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    residual: float | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What came of a document in one file: for each page its number in the file and, where known, in the document.

    A document that has no pages of its own, as one of Word, came whole.
    """

    source: str
    sha256: str
    pages: tuple[int, ...] = ()
    numbers: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One returned document: what it is, whose, which of its pages came, each field, what is wrong.

    `parts` are the files that it came in; `sha256` is then that of the file, or of the hashes of several. `addendum`
    are the continuations of long texts by their number, whether or not the page with the text's beginning came too.
    """

    source: str
    sha256: str
    kind: str
    form: str | None
    revision: str | None
    lang: str | None
    issue: str | None
    subject: str | None
    pages: tuple[int, ...]
    expected_pages: int | None
    fields: tuple[FieldReading, ...]
    findings: tuple[Finding, ...]
    candidates: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    addendum: Mapping[int, str] = field(default_factory=dict)

    def value(self, address: str) -> Value:
        """Return the accepted value of a field, or None."""
        for reading in self.fields:
            if reading.address == address and reading.status is Status.ACCEPTED:
                return reading.value
        return None


@dataclass(frozen=True, slots=True)
class RecordValue:
    """A value of a case record with its origin: nothing in the record is without one."""

    case: str
    path: str
    value: Value
    origin: Mapping[str, Any]
