"""What really stands on a generated file, field by field: what reading it is held against."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

TRUTH = "truth.jsonl"


@dataclass
class FieldTruth:
    """One field of a document.

    `state` is what stands there: `printed` (as issued), `empty`, `written` (handwriting), `altered`, `signed`,
    `unsigned`, `marked`, `unmarked`, `unclear` (nobody can say what was meant: a person must look). `text` is the
    handwriting, or what an altered field now shows. `how` says by which pen or in which manner. `boxes` are
    (left, bottom, right, top) in points on `page`, which counts from 1 in the document.
    """

    address: str
    kind: str
    page: int
    boxes: list[tuple[float, float, float, float]]
    state: str
    issued: Any = None
    printed: str = ""
    text: str = ""
    how: str = ""


@dataclass
class DocumentTruth:
    """One document: the files that hold its pages in order, how it was degraded, and its fields."""

    name: str
    files: list[str]
    kind: str
    dpi: int
    seed: int
    form: str
    lang: str
    issue: str
    subject: str
    pages: int
    fields: list[FieldTruth]

    def as_line(self) -> str:
        """Return the document as a line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)


def truths(folder: Path) -> Iterator[DocumentTruth]:
    """Read the truth of a generated folder."""
    for line in (folder / TRUTH).read_text(encoding="utf-8").splitlines():
        data = json.loads(line)
        yield DocumentTruth(**data | {"fields": [FieldTruth(**field) for field in data["fields"]]})
