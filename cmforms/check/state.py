"""What is known about one copy of a document: as it was issued, and as it came back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cmforms.errors import Finding, Severity
from cmforms.values.documents import FieldReading, Issued, Reading, Status
from cmforms.values.kinds import Value


@dataclass(frozen=True, slots=True)
class DocumentState:
    """One copy of a document, from the ledger and from every reading of it.

    `recipient` is the position of the guardian it was made for. `pages` are those that came back, counted
    from 1; `expected_pages` is None where nobody can say (a word processor pages its own). `fields` are the
    newest readings by address, `values` what was printed with what people added. `concerns` are findings
    about the document as a whole that a person must look at.
    """

    form: str
    revision: str | None
    issue: str | None = None
    issued_on: dt.date | None = None
    recipient: int | None = None
    draft: bool = False
    sources: tuple[str, ...] = ()
    pages: tuple[int, ...] = ()
    expected_pages: int | None = None
    fields: Mapping[str, FieldReading] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)
    concerns: tuple[Finding, ...] = ()

    @property
    def returned(self) -> bool:
        """Whether it came back."""
        return bool(self.sources)


def states_of(issued: Iterable[Issued], readings: Iterable[Reading]) -> tuple[DocumentState, ...]:
    """Return a state for each copy: issued, returned or both, in the order of the ledger, then of return.

    An issue made as PDF and as Word is one copy. Several files may bring parts of one copy; the newest
    reading of a field counts, but for a blank one that tells less than what was there. Readings of unknown
    forms are left out: they are no document of ours.
    """
    lines: dict[str, Issued] = {}
    for line in issued:
        lines.setdefault(line.issue, line)
    mine: dict[str, list[Reading]] = {issue: [] for issue in lines}
    blanks: list[Reading] = []
    for reading in readings:
        if reading.form and reading.issue:
            mine.setdefault(reading.issue, []).append(reading)
        elif reading.form:
            blanks.append(reading)
    states = [_state(lines.get(issue), found) for issue, found in mine.items()]
    return (*states, *(_state(None, [reading]) for reading in blanks))


def _state(issued: Issued | None, readings: Sequence[Reading]) -> DocumentState:
    last = readings[-1] if readings else None
    fields = _merged(readings)
    return DocumentState(
        form=issued.form if issued else (last.form or "") if last else "",
        revision=(last.revision if last else None) or (issued.revision if issued else None),
        issue=issued.issue if issued else last.issue if last else None,
        issued_on=issued.issued_at.date() if issued and issued.issued_at else None,
        recipient=issued.recipient if issued else None,
        draft=bool(issued and issued.draft),
        sources=tuple(dict.fromkeys(reading.source for reading in readings)),
        pages=tuple(sorted({page for reading in readings for page in reading.pages})),
        expected_pages=next((r.expected_pages for r in reversed(readings) if r.expected_pages), None),
        fields=fields,
        values={**(issued.values if issued else {}), **_accepted(fields)},
        concerns=tuple(finding for reading in readings for finding in reading.findings if _concerns(finding)),
    )


def _merged(readings: Sequence[Reading]) -> dict[str, FieldReading]:
    merged: dict[str, FieldReading] = {}
    for reading in readings:
        for found in reading.fields:
            if found.status is not Status.BLANK or found.address not in merged:
                merged[found.address] = found
    return merged


def _accepted(fields: Mapping[str, FieldReading]) -> dict[str, Value]:
    return {
        address: found.value for address, found in fields.items() if found.status is Status.ACCEPTED
    }


_TOLD_OTHERWISE = {"page-missing", "edition-old", "document-draft"}
"""Findings that the requirements on pages, edition and presence tell in their own words."""


def _concerns(finding: Finding) -> bool:
    about_the_whole = finding.where.path is None and finding.code not in _TOLD_OTHERWISE
    return about_the_whole and finding.severity is not Severity.NOTE
