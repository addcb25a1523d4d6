"""Count how often readings of crops are right, and write the table by which cmforms says how far to trust them.

    python -m benchmarks.reading.calibrate DIR... [--held-out] [--workers 2]

Each DIR is what `make` wrote with development seeds; their documents are read, a second a page, and every crop that
the readers of `cmforms/read/ocr` are asked about, and every box and line that is judged by its ink alone, is held
against the truth. The counts become steps that rise with the score and are written to
`cmforms/read/ocr/calibration.json`. With `--held-out` nothing is written: the table that is there is held against
those documents instead, and what it says is printed beside what was right.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import cv2

from benchmarks.reading.fitting import Counted, as_json, fitted, reliability
from benchmarks.reading.truth import DocumentTruth, FieldTruth, truths
from cmforms.issue.identity import verify_mark
from cmforms.read.compare import Evidence
from cmforms.read.documents import read_file
from cmforms.read.ocr import Recognised
from cmforms.read.ocr.calibration import TABLE
from cmforms.read.scan.page import SIGNED, Asked, ScanPage, ink_witness
from cmforms.values.kinds import CHECKED, Kind
from cmforms.workflow.redrawing import draw_again
from cmforms.workflow.workspace import Workspace


class _Seen(NamedTuple):
    """What one crop was said to show, by whom, and how good that looked."""

    source: str
    question: Asked
    text: str
    witnesses: str
    score: float


def main(words: Sequence[str] | None = None) -> None:
    """Write the table, or hold the one that is there against documents that it was not made from."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args(words)
    with ProcessPoolExecutor(given.workers) as pool:
        documents = chain.from_iterable(pool.map(partial(read, folder), truths(folder)) for folder in given.folders)
        counted = list(chain.from_iterable(documents))
    if given.held_out:
        print("\n".join(reliability(counted)))
    else:
        TABLE.write_text(as_json(fitted(counted)), encoding="utf-8")


def read(folder: Path, truth: DocumentTruth) -> list[Counted]:
    """Read a document of a folder, and return what became of each crop and line of it."""
    cv2.setNumThreads(1)
    workspace = Workspace(folder / "office")
    verify = partial(verify_mark, key=workspace.key)
    redraw = partial(draw_again, workspace.library, workspace.key)
    seen: list[_Seen] = []
    with workspace.open_store() as store, _listening(seen):
        for name in truth.files:
            read_file(folder / name, workspace.library, store.issued, verify, redraw=redraw)
    return list(_counted(truth, seen))


@contextmanager
def _listening(seen: list[_Seen]) -> Iterator[None]:
    """Note whatever is read or judged on a picture while this lasts."""
    own_read, own_by_ink = ScanPage._read, ScanPage._by_ink

    def read(page: ScanPage, question: Asked, answer: Recognised) -> Evidence:
        seen.append(_Seen(page.kind, question, answer.text, answer.witnesses, answer.score))
        return own_read(page, question, answer)

    def by_ink(page: ScanPage, question: Asked, method: str, raw: str, doubt: str) -> Evidence:
        found = own_by_ink(page, question, method, raw, doubt)
        seen.append(_Seen(page.kind, question, raw, ink_witness(found), 1.0))
        return found

    with patch.object(ScanPage, "_read", read), patch.object(ScanPage, "_by_ink", by_ink):
        yield


def _counted(truth: DocumentTruth, seen: Sequence[_Seen]) -> Iterator[Counted]:
    fields = {field.address: field for field in truth.fields}
    for one in seen:
        if field := fields.get(one.question.address):
            right = _plain(one.text) == _plain(_shown(field, one.question))
            yield Counted(one.source, one.question.spec.type.value, one.witnesses, one.score, right)


def _shown(field: FieldTruth, question: Asked) -> str:
    """Return what a reader should find; of a box or a line that nobody can tell about, `?`, which none finds."""
    match field.state:
        case "signed":
            return SIGNED
        case "unclear":
            return "?"
        case "printed":
            return question.wanted
        case "marked" if field.printed:
            return CHECKED if question.spec.type is Kind.CHECK else str(field.issued)
        case _:
            return field.text


def _plain(text: str) -> str:
    return "".join(text.casefold().split())


if __name__ == "__main__":
    main()
