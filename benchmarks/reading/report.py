"""The tables of docs/accuracy.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.reading.judging import FALSE, LOST, REVIEW, RIGHT, SILENT, UNREAD, WRONG
from benchmarks.reading.make import KINDS
from benchmarks.reading.measure import DocumentResult, FieldResult, PileResult

SCANS = ("scan-clean", "scan-light", "scan-medium", "fax-fine", "fax-standard")
FLAT = ("photo-mild", "photo-strong")
HEAVY, CURLED, AUGRAPHY = "scan-heavy", "photo-curl", "augraphy"
_BOXED = ("marked", "unmarked", "unclear")
_UNREAD_SAID = {"document-unknown", "page-missing", "page-misplaced", "page-reduced", "page-two-marks", "mark-foreign"}
"""Findings that leave a whole page to a person."""


@dataclass(frozen=True)
class Group:
    """What was measured of some kinds of sources."""

    piles: Sequence[PileResult]

    @property
    def documents(self) -> list[DocumentResult]:
        """All documents."""
        return [one for pile in self.piles for one in pile.documents]

    @property
    def pages(self) -> int:
        """How many pages were read."""
        return sum(one.pages for one in self.documents)

    def fields(self, *states: str, kind: str = "") -> list[FieldResult]:
        """Return the fields in these states, of one kind of field (`box`, `date`) or of all."""
        return [
            found
            for one in self.documents
            for found in one.fields
            if found.state in states and (not kind or found.kind == kind)
        ]


def group(piles: Iterable[PileResult], *kinds: str) -> Group:
    """Return the piles of these kinds."""
    return Group([pile for pile in piles if pile.kind in kinds])


def report(piles: Sequence[PileResult]) -> str:
    """Return all tables as Markdown."""
    parts = (_printed(piles), _others(piles), _must_hold(piles))
    return "\n".join(line for part in parts for line in (*part, ""))


def _present(piles: Sequence[PileResult]) -> list[str]:
    return [kind for kind in KINDS if any(pile.kind == kind for pile in piles)]


def _count(fields: Sequence[FieldResult], *outcomes: str) -> int:
    return sum(found.outcome in outcomes for found in fields)


def _share(part: int, whole: int, digits: int = 2) -> str:
    return f"{100 * part / whole:.{digits}f} %" if whole else "–"


def _printed(piles: Sequence[PileResult]) -> Iterator[str]:
    yield "### Printed values that nobody touched\n"
    yield "| source | pages | fields | exact | silent errors | to review | not read | mistaken pages | CPU s a page |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for kind in _present(piles):
        some = group(piles, kind)
        fields = some.fields("printed")
        yield (
            f"| {kind} | {some.pages} | {len(fields):,} | {_share(_count(fields, RIGHT), len(fields))} "
            f"| {_count(fields, *SILENT)} | {_share(_count(fields, REVIEW), len(fields))} "
            f"| {_share(_count(fields, UNREAD), len(fields))} | {sum(one.mistaken for one in some.documents)} "
            f"| {sum(pile.cpu for pile in some.piles) / max(some.pages, 1):.2f} |"
        )


def _others(piles: Sequence[PileResult]) -> Iterator[str]:
    yield "### What people added or changed\n"
    yield (
        "| source | boxes | wrong | review | signatures | missed | review | unsigned lines | called signed | review "
        "| altered | missed | handwriting | missed or accepted | empty boxes | invented | review |"
    )
    yield "|---|" + "---:|" * 16
    for kind in _present(piles):
        yield f"| {kind} | {' | '.join(map(str, _cells(group(piles, kind))))} |"


def _cells(some: Group) -> Iterator[int]:
    boxes = some.fields(*_BOXED, kind="box")
    yield from (len(boxes), _count(boxes, *SILENT), _count(boxes, REVIEW))
    signed, unsigned = some.fields("signed"), some.fields("unsigned")
    yield from (len(signed), _count(signed, LOST), _count(signed, REVIEW))
    yield from (len(unsigned), _count(unsigned, FALSE), _count(unsigned, REVIEW))
    altered, written, empty = some.fields("altered"), some.fields("written"), some.fields("empty")
    yield from (len(altered), _count(altered, *SILENT), len(written), _count(written, LOST, WRONG))
    yield from (len(empty), _count(empty, FALSE), _count(empty, REVIEW))


@dataclass(frozen=True)
class Line:
    """One line of what must hold: what it asks, what was measured, whether it is met; None: too few fields to tell."""

    asked: str
    measured: str
    met: bool | None


def _must_hold(piles: Sequence[PileResult]) -> Iterator[str]:
    yield "### What must hold\n"
    yield "| asked | measured | met |"
    yield "|---|---|---|"
    for line in lines(piles):
        met = "too few to tell" if line.met is None else "yes" if line.met else "**no**"
        yield f"| {line.asked} | {line.measured} | {met} |"


def lines(piles: Sequence[PileResult]) -> Iterator[Line]:
    """Yield each line that the fields answer."""
    scans, heavy = group(piles, *SCANS), group(piles, HEAVY)
    flat, curled = group(piles, *FLAT), group(piles, CURLED)
    fields = scans.fields("printed")
    yield _least("clean to medium scans and faxes: at least 99.5 % exact", fields, (RIGHT,), 0.995)
    silent = _count(fields, *SILENT)
    clean = silent == 0 and (len(fields) >= 20_000 or None)
    yield Line("there, no silent error in 20,000 fields", f"{silent} in {len(fields):,}", clean)
    yield _most("there, at most 2 % to review", fields, (REVIEW, UNREAD), 0.02)
    fields = heavy.fields("printed")
    yield _least("heavy scans: at least 97 % exact or in review", fields, (RIGHT, REVIEW), 0.97)
    yield _most("there, silent errors at most 1 in 10,000", fields, SILENT, 1e-4)
    yield _least("flat photographs: at least 98 % exact", flat.fields("printed"), (RIGHT,), 0.98)
    fields = curled.fields("printed")
    yield _least("curled photographs: at least 90 % exact or in review", fields, (RIGHT, REVIEW), 0.9)
    yield _most("there, no silent error", fields, SILENT, 0)
    yield from _marks(piles)


def _marks(piles: Sequence[PileResult]) -> Iterator[Line]:
    every = Group(piles)
    boxes = group(piles, *SCANS, HEAVY, "scan-worn", "scan-copy").fields(*_BOXED, kind="box")
    yield _most("boxes on scans: at most 1 error in 20,000", boxes, SILENT, 1 / 20_000)
    boxes = group(piles, *FLAT, CURLED, AUGRAPHY).fields(*_BOXED, kind="box")
    asked = "boxes on photographs and augraphy: at least 99.5 % right or in review"
    yield _least(asked, boxes, (RIGHT, REVIEW), 0.995)
    asked = "the same, boxes on pages that a finding leaves to a person counted as in review"
    yield _least(asked, boxes, (RIGHT, REVIEW, UNREAD), 0.995)
    unread = [one for one in every.documents if _count(one.fields, UNREAD)]
    unsaid = sum(not _UNREAD_SAID & set(one.findings) for one in unread)
    yield Line("of a document with a page that was not read, a finding says so", f"{unsaid} without", unsaid == 0)
    signed = every.fields("signed")
    yield _least("signatures: at least 99.5 % found", signed, (RIGHT,), 0.995)
    yield _least("signatures: at least 99.5 % found or in review", signed, (RIGHT, REVIEW), 0.995)
    yield _most("no unsigned line called signed", every.fields("unsigned"), (FALSE,), 0)
    yield _most("altered values: each in review", every.fields("altered"), SILENT, 0)
    yield _most("handwriting: each in review", every.fields("written"), SILENT, 0)
    mistaken = sum(one.mistaken for one in every.documents)
    yield Line("no page mistaken for another document's", f"{mistaken} in {every.pages:,} pages", mistaken == 0)


def _least(asked: str, fields: Sequence[FieldResult], good: Sequence[str], share: float) -> Line:
    count = _count(fields, *good)
    met = bool(fields) and count >= share * len(fields)
    return Line(asked, f"{_share(count, len(fields), 3)} of {len(fields):,}", met)


def _most(asked: str, fields: Sequence[FieldResult], bad: Sequence[str], share: float) -> Line:
    count = _count(fields, *bad)
    few = count == 0 and len(fields) * share < 1 and share > 0
    met = None if few or not fields else count <= share * len(fields)
    return Line(asked, f"{count} in {len(fields):,}", met)
