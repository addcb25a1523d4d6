"""Hostile and spoilt files: each ends in a finding with a code or in a right reading, and nothing is left behind.

`python -m benchmarks.mutants` does the same with thousands.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks import mutants
from benchmarks.mutating import bombs, mutated
from cmforms.contain import Limits
from tests.conftest import ROOT
from tests.test_cli import CASE, in_office, office

__all__ = ["office"]

CORPUS = ROOT.parent / "shared" / "corpus"
HOSTILE = sorted(path for path in (CORPUS / "hostile").glob("*") if path.suffix != ".md")
BOMBS = ("pages.pdf", "paper.pdf", "picture.pdf", "picture.png", "words.docx", "cells.xlsx")


def test_bombs_are_refused_and_the_pile_goes_on(office: Path, tmp_path: Path) -> None:
    files = bombs(BOMBS)
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    filled = in_office(office, "fill", CASE, "--form", "face-sheet", "--out", tmp_path / "out", "--json")
    good = tmp_path / "out" / json.loads(filled.stdout)["path"]
    done = in_office(office, "read", *(tmp_path / name for name in files), good, "--limit", "memory_mb=700")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 2
    assert [Path(reading["source"]).name for reading in found] == [*files, good.name]
    assert all(reading["findings"] for reading in found[:-1])
    assert (found[-1]["form"], found[-1]["findings"]) == ("face-sheet", [])


@pytest.mark.corpus
@pytest.mark.skipif(not HOSTILE, reason="the corpus of hostile files is not beside the project")
def test_sample_of_what_the_benchmark_reads(tmp_path: Path) -> None:
    workspace = mutants.Workspace.init(tmp_path / "office")
    tally = mutants.Tally()
    with workspace.open_store() as store:
        small = [path for path in mutants.corpus_files(CORPUS) if path.stat().st_size < 100_000]
        trial = mutants.Trial(workspace, store, tmp_path / "files", tally, Limits(cpu_seconds=2, page_seconds=0.5))
        trial.read([(path.name, path.read_bytes()) for path in HOSTILE])
        [batch] = mutants.mutants(small[::2], len(small[::2]), 3)
        trial.read(batch)
    assert tally.files >= len(HOSTILE) + 10
    assert tally.wrong == []
    assert "no finding" not in tally.ends


def test_every_way_to_spoil_a_file_spoils_it() -> None:
    pdf = (ROOT / "templates" / "refusal-notice.en.pdf").read_bytes()
    docx = (ROOT / "templates" / "refusal-notice.en.docx").read_bytes()
    made = [mutated(data, [pdf, docx], random.Random(seed)) for data in (pdf, docx) for seed in range(60)]
    assert len({way for way, _ in made}) == 10
    assert all(data not in (pdf, docx) for _, data in made)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_reading_that_is_broken_off_leaves_nothing(
    office: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, number: signal.Signals
) -> None:
    temporary = tmp_path_factory.mktemp("t")  # short: the path of a socket in it may have 107 characters (unix(7))
    os.mkfifo(tmp_path / "never.pdf")
    command = [sys.executable, "-c", "from cmforms.cli.main import run; run()"]
    words = ["--workspace", str(office), "read", str(tmp_path / "never.pdf")]
    with subprocess.Popen(
        [*command, *words], cwd=ROOT, env=os.environ | {"TMPDIR": str(temporary)},
        start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=_heeds_interrupts,
    ) as running:  # fmt: skip
        _wait(lambda: len(mutants.of_session(running.pid)) > 3)
        running.send_signal(number)
        assert running.wait(60) != 0
    _wait(lambda: not mutants.of_session(running.pid))
    assert list(temporary.iterdir()) == []


def _heeds_interrupts() -> None:
    """Undo what a shell does to programs that it starts in the background, as a build may be."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _wait(for_what: object) -> None:
    until = time.monotonic() + 60
    while not for_what():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.05)
