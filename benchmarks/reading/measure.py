"""Read generated files as `cmforms read` does and write what became of every field.

    python -m benchmarks.reading.measure DIR [--kinds scan-medium,...] [--documents 100] [--workers 2] [--report]

DIR is what `make` wrote. Documents are read in small piles, each of one kind; their results go to `DIR/results.jsonl`,
a line for each pile. A further run goes on where the last one ended; `--fresh` begins anew. `--report` prints the
tables of what is there. `--without-ledger` reads as an office that did not issue the documents, so that nothing is
known of what was printed.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from benchmarks.reading.judging import outcome, says_nothing, suggests_right
from benchmarks.reading.truth import DocumentTruth, truths
from cmforms.contain import Limits
from cmforms.store import Store
from cmforms.values.documents import FieldReading, Issued, Reading
from cmforms.values.kinds import to_json
from cmforms.workflow import reading
from cmforms.workflow.workspace import Workspace

RESULTS = "results.jsonl"
PILE = 5
"""Documents read together."""

LIMITS = replace(Limits(), seconds=1800.0)
"""The limits as shipped, but for the clock: a benchmark may share its computer with others."""


@dataclass
class FieldResult:
    """One field: what it is (of `FieldTruth`), what became of it, and what was read with which confidence."""

    address: str
    kind: str
    page: int
    state: str
    how: str
    outcome: str
    confidence: float | None = None
    right: bool | None = None
    """Whether the value, accepted or only suggested, is the one on the paper."""
    read: Any = None
    doubt: str = ""


@dataclass
class DocumentResult:
    """One document; `mistaken` counts the readings of its files that say it is another form or issue."""

    name: str
    form: str
    dpi: int
    pages: int
    mistaken: int
    findings: list[str]
    fields: list[FieldResult]


@dataclass
class PileResult:
    """Documents of one kind that were read together: CPU seconds of all processes, and seconds by the clock."""

    kind: str
    cpu: float
    wall: float
    documents: list[DocumentResult] = field(default_factory=list)


class _NoLedger(Store):
    """The records of an office that issued nothing."""

    def issued(self, issue: str) -> Issued | None:  # noqa: ARG002
        """Know no issue."""
        return None


def main(words: Sequence[str] | None = None) -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kinds", default="")
    parser.add_argument("--documents", type=int, default=10**9, help="at most so many")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--without-ledger", action="store_true")
    given = parser.parse_args(words)
    if given.fresh:
        (given.folder / RESULTS).unlink(missing_ok=True)
    wanted = [one for one in truths(given.folder) if not given.kinds or one.kind in given.kinds.split(",")]
    for result in measure(given.folder, wanted[: given.documents], given.workers, ledger=not given.without_ledger):
        print(_line(result), flush=True)
    if given.report:
        from benchmarks.reading.report import report

        print(report(list(results(given.folder))))


def results(folder: Path) -> Iterator[PileResult]:
    """Read what was measured."""
    path = folder / RESULTS
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        data = json.loads(line)
        for one in data["documents"]:
            one["fields"] = [FieldResult(**found) for found in one["fields"]]
        yield PileResult(**data | {"documents": [DocumentResult(**one) for one in data["documents"]]})


def measure(
    folder: Path, wanted: Sequence[DocumentTruth], workers: int | None = None, *, ledger: bool = True
) -> Iterator[PileResult]:
    """Read the documents that have no result yet, and yield each pile once its line is written."""
    done = {one.name for pile in results(folder) for one in pile.documents}
    piles = _piles([one for one in wanted if one.name not in done])
    with (folder / RESULTS).open("a", encoding="utf-8") as lines:
        for result in (read_pile(folder, pile, workers, ledger=ledger) for pile in piles):
            lines.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")
            lines.flush()
            yield result


def _piles(left: Sequence[DocumentTruth]) -> list[Sequence[DocumentTruth]]:
    """Return piles of one kind each, the kinds in turn, so that a run that is stopped has something of all."""
    kinds = [[one for one in left if one.kind == kind] for kind in dict.fromkeys(one.kind for one in left)]
    turns = zip_longest(*([some[at : at + PILE] for at in range(0, len(some), PILE)] for some in kinds))
    return [pile for turn in turns for pile in turn if pile]


def read_pile(
    folder: Path, pile: Sequence[DocumentTruth], workers: int | None = None, *, ledger: bool = True
) -> PileResult:
    """Read the files of some documents of one kind together, by as many child processes as `read` chooses."""
    workspace = Workspace(folder / "office")
    paths = [folder / name for truth in pile for name in truth.files]
    cpu, wall = cpu_seconds(), time.perf_counter()
    with workspace.open_store() as store:
        if not ledger:
            store.__class__ = _NoLedger
        found = reading.read(workspace, store, paths, reading.Conditions(LIMITS, workers))
    result = PileResult(pile[0].kind, cpu_seconds() - cpu, time.perf_counter() - wall)
    result.documents = [_document(truth, found) for truth in pile]
    return result


def _document(truth: DocumentTruth, found: Sequence[Reading]) -> DocumentResult:
    own = [one for one in found if _is_of(one, truth)]
    right = [one for one in own if one.issue == truth.issue]
    fields = {field.address: field for one in right for field in one.fields}
    mistaken = sum((one.issue or truth.issue) != truth.issue or (one.form or truth.form) != truth.form for one in own)
    return DocumentResult(
        truth.name, truth.form, truth.dpi, truth.pages, mistaken,
        sorted({finding.code for one in own for finding in one.findings}),
        [_field(field, fields.get(field.address)) for field in truth.fields],
    )  # fmt: skip


def _is_of(one: Reading, truth: DocumentTruth) -> bool:
    """Tell whether some page of a reading came from this document's files."""
    return not sources(one).isdisjoint(truth.files)


def sources(one: Reading) -> set[str]:
    """Return the names of the files that a reading was put together from."""
    return {Path(part.source).name for part in one.parts} or {Path(one.source).name}


def _field(truth: Any, read: FieldReading | None) -> FieldResult:
    result = FieldResult(truth.address, truth.kind, truth.page, truth.state, truth.how, outcome(truth, read))
    if read is not None:
        result.confidence = round(read.confidence, 4)
        result.doubt = read.doubt
        if not says_nothing(read):
            result.read = to_json(read.value)
            result.right = suggests_right(truth, read)
    return result


def _line(result: PileResult) -> str:
    pages = sum(one.pages for one in result.documents)
    counts: dict[str, int] = {}
    for one in result.documents:
        for found in one.fields:
            counts[found.outcome] = counts.get(found.outcome, 0) + 1
    return f"{result.kind}: {pages} pages, {result.cpu / pages:.2f} s CPU a page, {counts}"


def cpu_seconds() -> float:
    """Return the CPU seconds of this process and of all its descendants, those that ended included (Linux)."""
    ticks = os.sysconf("SC_CLK_TCK")
    total, pids = 0, [os.getpid()]
    while pids:
        pid = pids.pop()
        try:
            parts = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        except OSError:
            continue
        total += sum(int(part) for part in parts[11:15])
        pids += [int(child) for child in children]
    return total / ticks


if __name__ == "__main__":
    main()
