"""Count how often readings of crops are right, and write the table by which cmforms says how far to trust them.

    python -m benchmarks.reading.calibrate DIR... [--held-out]

Each DIR is what `make` wrote with development seeds; their documents are read in this process, a second a page, and
every crop that the readers of `cmforms/read/ocr` are asked about is held against the truth. The counts become steps
that rise with the score and are written to `cmforms/read/ocr/calibration.json`. With `--held-out` nothing is written:
the table that is there is held against those documents instead, and what it says is printed beside what was right.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.reading.fitting import Counted, as_json, fitted, reliability
from benchmarks.reading.truth import DocumentTruth, FieldTruth, truths
from cmforms.issue.identity import verify_mark
from cmforms.read.documents import read_file
from cmforms.read.ocr import Recognised
from cmforms.read.ocr.calibration import TABLE
from cmforms.read.scan.page import Asked, ScanPage
from cmforms.workflow.redrawing import draw_again
from cmforms.workflow.workspace import Workspace


def main(words: Sequence[str] | None = None) -> None:
    """Write the table, or hold the one that is there against documents that it was not made from."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--held-out", action="store_true")
    given = parser.parse_args(words)
    counted = [one for folder in given.folders for one in read(folder)]
    if given.held_out:
        print("\n".join(reliability(counted)))
    else:
        TABLE.write_text(as_json(fitted(counted)), encoding="utf-8")


def read(folder: Path) -> Iterator[Counted]:
    """Read all documents of a folder, and yield what became of each crop that was read."""
    workspace = Workspace(folder / "office")
    verify = partial(verify_mark, key=workspace.key)
    redraw = partial(draw_again, workspace.library, workspace.key)
    with workspace.open_store() as store:
        for truth in truths(folder):
            seen: list[tuple[str, Asked, Recognised]] = []
            with patch.object(ScanPage, "_read", _listening(seen)):
                for name in truth.files:
                    read_file(folder / name, workspace.library, store.issued, verify, redraw=redraw)
            yield from _counted(truth, seen)


def _listening(seen: list[tuple[str, Asked, Recognised]]) -> Any:
    own = ScanPage._read

    def listen(page: ScanPage, question: Asked, answer: Recognised) -> Any:
        seen.append((page.kind, question, answer))
        return own(page, question, answer)

    return listen


def _counted(truth: DocumentTruth, seen: Sequence[tuple[str, Asked, Recognised]]) -> Iterator[Counted]:
    fields = {field.address: field for field in truth.fields}
    for source, question, answer in seen:
        if field := fields.get(question.address):
            right = _plain(answer.text) == _plain(_shown(field, question))
            yield Counted(source, question.spec.type.value, answer.witnesses, answer.score, right)


def _shown(field: FieldTruth, question: Asked) -> str:
    return question.wanted if field.state == "printed" else field.text


def _plain(text: str) -> str:
    return "".join(text.casefold().split())


if __name__ == "__main__":
    main()
