"""Kill runs at random moments, go on with them, and hold what they leave against a run that nobody killed.

    python benchmarks/kills.py [--kills 100] [--dir FOLDER]

A run is killed (SIGKILL) again and again, each time after a random part of the time that a whole run takes, and
gone on with by `--resume` until it comes to its end; then a new one begins, until there were enough kills. After
each kill every document must be whole, and each line of the manifest true.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from cmforms.model import plain
from cmforms.resources import shipped
from cmforms.sources import read_cases
from cmforms.workflow.filling import Filler, Order, Settings
from cmforms.workflow.stream import Stream
from cmforms.workflow.targets import STAGE
from cmforms.workflow.workspace import Workspace

FORMS = ("student-contract", "parent-contract")
CASES = 24


def main() -> None:
    """Kill as often as asked, and say what was found."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kills", type=int, default=100)
    asked.add_argument("--dir", type=Path, default=Path(tempfile.gettempdir()))
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(dir=given.dir) as scratch:
        print(kill_runs(Path(scratch), given.kills, random.Random(1)))


def kill_runs(folder: Path, wanted: int, chance: random.Random) -> str:
    """Return a sentence on what was done. Raises AssertionError when a run left what it must not."""
    Workspace.init(folder / "office")
    source = _source(folder / "cases.jsonl")
    began = time.monotonic()
    _end(folder, source, "whole", False)
    took = time.monotonic() - began
    whole = _files(folder / "whole")
    kills = runs = 0
    while kills < wanted:
        shutil.rmtree(folder / "out", ignore_errors=True)
        for resumed in range(1000):
            run = _begin(folder, source, "out", resumed > 0, 1 + resumed % 2)
            run.join(chance.uniform(0, took))
            if run.exitcode is not None:
                break
            run.kill()
            run.join()
            kills += 1
            print(f"\r{kills} kills", end="", file=sys.stderr, flush=True)
            _check(folder / "out", whole)
        assert run.exitcode == 0
        assert _files(folder / "out") == whole
        runs += 1
    return f"{kills} kills in {runs} runs of {len(whole) - 1} documents: each ended like a run that nobody killed"


def _begin(folder: Path, source: Path, out: str, resume: bool, workers: int) -> Any:
    apart = multiprocessing.get_context("forkserver")
    apart.set_forkserver_preload(["cmforms.workflow.stream", "cmforms.workflow.filling"])
    begun = apart.Event()
    words = (folder / "office", source, folder / out, Settings(workers, resume, chunk=2), begun)
    run = apart.Process(target=_run, args=words)
    run.start()
    begun.wait(60)
    return run


def _end(folder: Path, source: Path, out: str, resume: bool) -> None:
    run = _begin(folder, source, out, resume, 1)
    run.join()
    assert run.exitcode == 0


def _run(office: Path, source: Path, out: Path, settings: Settings, begun: Any) -> None:
    workspace = Workspace(office)
    with workspace.open_store() as store:
        filler = Filler(workspace, store, Order(out, FORMS), settings)
        begun.set()
        for _ in filler.follow(Stream([str(source)], store)):
            pass


def _source(path: Path) -> Path:
    samples = [plain(item.case) for item in read_cases([shipped("samples") / "cases"]).cases]
    lines = (json.dumps(samples[n % len(samples)] | {"id": f"CM-{n:05}"}) + "\n" for n in range(CASES))
    path.write_text("".join(lines), encoding="utf-8")
    return path


def _files(out: Path) -> dict[str, bytes]:
    found = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    if "manifest.jsonl" in found:
        found["manifest.jsonl"] = b"".join(sorted(found["manifest.jsonl"].splitlines(keepends=True)))
    return found


def _check(out: Path, whole: dict[str, bytes]) -> None:
    files = _files(out) if out.exists() else {}
    for name, data in files.items():
        assert name.startswith(STAGE) or name == "manifest.jsonl" or data == whole[name], name
    for line in files.get("manifest.jsonl", b"").splitlines(keepends=True):
        if line.endswith(b"\n"):
            assert json.loads(line)["path"] in files


if __name__ == "__main__":
    main()
