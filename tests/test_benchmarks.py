"""The benchmarks run; what they measure is not for a test."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.reading import office
from benchmarks.reading.fitting import steps
from benchmarks.reading.judging import FALSE, LOST, REVIEW, RIGHT, UNREAD, WRONG, outcome
from benchmarks.reading.make import make
from benchmarks.reading.measure import measure, results
from benchmarks.reading.reliability import Bin, chart
from benchmarks.reading.report import report
from benchmarks.reading.truth import FieldTruth, truths
from cmforms.values.documents import FieldReading, Source, Status
from tests.conftest import ROOT

KINDS = ("scan-medium", "fax-fine", "photo-mild")


def test_quick_run_shows_every_table() -> None:
    command = [sys.executable, ROOT / "benchmarks" / "run.py", "--quick", "--cases", "2"]
    shown = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
    rows = ("| **cmforms** |", "| pypdf loop |", "| pikepdf loop |", "| docxtpl loop |", "| face-sheet | 5 |")
    assert [row for row in rows if row not in shown] == []


def test_reading_is_measured_from_a_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "CASES", 1)
    monkeypatch.setattr(office, "LANGUAGES", ("en",))
    made = list(make(tmp_path / "one", 1, 3, KINDS))
    assert [one.kind for one in made] == list(KINDS)
    assert {field.state for one in made for field in one.fields} >= {"printed", "empty", "unmarked"}
    again = make(tmp_path / "two", 1, 1, KINDS[:1])
    assert [_bytes(tmp_path / "two", one.files) for one in again] == [_bytes(tmp_path / "one", made[0].files)]
    assert list(make(tmp_path / "one", 1, 3, KINDS)) == []
    shortest = min(truths(tmp_path / "one"), key=lambda one: one.pages)
    [found] = measure(tmp_path / "one", [shortest], 1)
    assert [one.name for pile in results(tmp_path / "one") for one in pile.documents] == [shortest.name]
    assert f"| {shortest.kind} |" in report([found])


def _bytes(folder: Path, names: list[str]) -> list[bytes]:
    return [(folder / name).read_bytes() for name in names]


@pytest.mark.parametrize(
    ("state", "status", "value", "wanted"),
    [
        ("printed", Status.ACCEPTED, "Ana", RIGHT), ("printed", Status.ACCEPTED, "Ena", WRONG),
        ("printed", Status.BLANK, None, LOST), ("printed", Status.REVIEW, "Ana", REVIEW),
        ("altered", Status.REVIEW, "Bo", RIGHT), ("altered", Status.ACCEPTED, "Ana", WRONG),
        ("written", Status.BLANK, None, LOST), ("unsigned", Status.ACCEPTED, "ink", FALSE),
        ("signed", Status.BLANK, None, LOST), ("unclear", Status.REVIEW, None, RIGHT),
        ("empty", Status.BLANK, None, RIGHT),
    ],
)  # fmt: skip
def test_a_field_is_judged_by_what_stands_on_the_paper(
    state: str, status: Status, value: str | None, wanted: str
) -> None:
    truth = FieldTruth("name", "text", 1, [], state, issued="Ana", printed="Ana")
    read = FieldReading("name", value, status, 1.0, "a reader", Source.PRINTED)
    assert outcome(truth, read) == wanted
    assert outcome(truth, None) == UNREAD


def test_an_honest_confidence_is_drawn_on_the_diagonal() -> None:
    drawn = chart({"scan": [Bin(4, 0.5, 2)]})
    assert '<circle cx="216.0" cy="180.0"' in drawn


def test_readings_of_one_score_are_counted_as_one() -> None:
    found = [(1.0, right) for right in [False] * 50 + [True] * 150] + [(0.2, False)] * 40
    assert [edge for edge, _ in steps(found, 0.75)] == [0.2, 1.0]
    assert steps(found, 0.75)[-1][1] == pytest.approx(0.75, abs=0.01)
