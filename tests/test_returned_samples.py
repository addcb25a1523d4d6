"""The returned documents of samples/returned, each held against the expected file beside it."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cmforms.definitions.library import Library
from cmforms.issue.identity import verify_mark
from cmforms.read.documents import read_file
from cmforms.store.encoding import decoded_map
from cmforms.values.documents import Issued
from cmforms.workflow.reading import as_json

SAMPLES = Path(__file__).resolve().parent.parent / "samples" / "returned"
LEDGER = SAMPLES / "ledger.jsonl"
SECRET = b"the key of the samples"
EXPECTED = ".expected.json"
_NO_SAMPLES = ("README.md", LEDGER.name)


def samples() -> list[Path]:
    """Return the returned documents."""
    return [
        path for path in sorted(SAMPLES.iterdir()) if not path.name.endswith(EXPECTED) and path.name not in _NO_SAMPLES
    ]


def expected_path(sample: Path) -> Path:
    """Return the file that says what a sample must read as."""
    return sample.with_name(sample.name + EXPECTED)


def read_sample(path: Path) -> list[dict[str, Any]]:
    """Return what is read from a sample, without its place on this computer."""
    library = Library.default()
    readings = read_file(path, library, _ledger().get, partial(verify_mark, key=SECRET))
    text = json.dumps([as_json(reading) for reading in readings], ensure_ascii=False)
    found: list[dict[str, Any]] = json.loads(text.replace(json.dumps(str(path))[1:-1], path.name))
    return found


def _ledger() -> dict[str, Issued]:
    lines = [json.loads(line) for line in LEDGER.read_text(encoding="utf-8").splitlines()]
    return {
        line["issue"]: Issued(**{**line, "pages": tuple(line["pages"]), "values": decoded_map(line["values"])})
        for line in lines
    }


@pytest.mark.parametrize("path", samples(), ids=lambda path: path.name)
def test_a_returned_document_reads_as_expected(path: Path) -> None:
    expected = expected_path(path)
    assert expected.is_file(), f"{path.name} is read, and nothing says what it must read as"
    assert read_sample(path) == json.loads(expected.read_text(encoding="utf-8"))


def test_every_expected_file_has_its_sample() -> None:
    expected = {path.name.removesuffix(EXPECTED) for path in SAMPLES.glob(f"*{EXPECTED}")}
    assert expected == {path.name for path in samples()}


def test_every_kind_has_a_sample() -> None:
    kinds = {reading["kind"] for path in samples() for reading in json.loads(expected_path(path).read_text())}
    assert kinds >= {"pdf-form", "pdf-text", "docx-control", "xlsx-label"}
