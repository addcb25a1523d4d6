"""Read one pile in this process, in one child process and in one for each core, in turn, and give the ratios.

    python -m benchmarks.pile [--times 4] [--rounds 3] [--dir FOLDER]

The pile are the documents of the sample cases as PDF, `--times` over under names of their own. The first round is not
counted: children then load what they need.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cmforms.contain import cores
from cmforms.resources import shipped
from cmforms.sources import read_cases
from cmforms.store import Store
from cmforms.workflow import reading
from cmforms.workflow.filling import Filler, Order
from cmforms.workflow.workspace import Workspace

_FORMS = ("face-sheet", "student-contract", "parent-contract", "placement-letter")


def main() -> None:
    """Measure, and print a line for each way of reading."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--times", type=int, default=4)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--dir", type=Path, default=Path(tempfile.gettempdir()))
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(dir=given.dir) as scratch:
        workspace = Workspace.init(Path(scratch) / "office")
        with workspace.open_store() as store:
            files = _pile(workspace, store, Path(scratch), given.times)
            took = _measured(workspace, store, files, given.rounds)
    own = statistics.median(took["in this process"])
    print(f"{len(files)} files, {given.rounds} rounds, median")
    for way, seconds in took.items():
        print(f"{way:>20}: {statistics.median(seconds):6.2f} s, {own / statistics.median(seconds):5.2f} times as fast")


def _pile(workspace: Workspace, store: Store, folder: Path, times: int) -> list[Path]:
    cases = [sourced.case for sourced in read_cases([shipped("samples") / "cases"]).cases]
    made = Filler(workspace, store, Order(folder / "made", _FORMS)).run(cases)
    files = [folder / "made" / str(one.path) for one in made if one.path]
    for number in range(1, times):
        for path in files:
            shutil.copy(path, path.with_name(f"{number}-{path.name}"))
    return sorted(folder.rglob("*.pdf"))


def _measured(workspace: Workspace, store: Store, files: list[Path], rounds: int) -> dict[str, list[float]]:
    def in_children(workers: int) -> Callable[[], object]:
        return lambda: reading.read(workspace, store, files, reading.Conditions(workers=workers))

    ways: dict[str, Callable[[], object]] = {
        "in this process": lambda: [reading.read_own(workspace, store, path) for path in files],
        "one child": in_children(1),
        f"{cores()} children": in_children(cores()),
    }
    took: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(rounds + 1):
        for way, read in ways.items():
            began = time.perf_counter()
            read()
            if number:
                took[way].append(time.perf_counter() - began)
    return took


if __name__ == "__main__":
    main()
