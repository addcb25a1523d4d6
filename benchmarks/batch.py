"""A run over many cases from one workbook: two workers against one, memory against a tenth of the cases.

    python benchmarks/batch.py [--cases 10000] [--rounds 3] [--dir FOLDER]

Each run is a process of its own. Written are, as JSON: seconds, cases a second, CPU seconds of all processes, and
the peak memory of the run's own process and of its largest worker, in MiB.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from cmforms.model import Case, case_from, plain
from cmforms.resources import shipped
from cmforms.sources import read_cases, write_cases
from cmforms.workflow.filling import Filler, Order, Settings
from cmforms.workflow.stream import Stream
from cmforms.workflow.workspace import Workspace

FORMS = ("student-contract", "parent-contract", "placement-letter")


def main() -> None:
    """Run all, or with --one a single run."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--cases", type=int, default=10_000)
    asked.add_argument("--dir", type=Path, default=Path(tempfile.gettempdir()))
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--one", nargs=3, metavar=("WORKBOOK", "WORKERS", "OUT"))
    given = asked.parse_args()
    if given.one:
        print(json.dumps(one(Path(given.one[0]), int(given.one[1]), Path(given.one[2]))))
    else:
        compare(given.cases, given.dir, given.rounds)


def compare(count: int, folder: Path, rounds: int) -> None:
    """Time two workers and one in turn, `rounds` times, and both once on a tenth of the cases.

    Of the seconds the fastest round of each counts, as for `timeit`: what else the computer does only ever makes a
    round longer. The medians are told, too. Nothing is deleted until the end: ext4 gives the numbers of files deleted
    lately to no new ones, and seeks long.
    """
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        many, few = Path(scratch) / "many.xlsx", Path(scratch) / "few.xlsx"
        write_cases(many, _cases(count))
        write_cases(few, _cases(count // 10))
        runs = [("few", few, 2), ("few-one", few, 1), *[("two", many, 2), ("one", many, 1)] * rounds]
        found: dict[str, list[dict[str, float]]] = {}
        for number, (name, book, workers) in enumerate(runs):
            out = Path(scratch) / f"{name}-{number}"
            done = subprocess.run(
                [sys.executable, __file__, "--one", book, str(workers), out], check=True, stdout=subprocess.PIPE
            )
            found.setdefault(name, []).append(json.loads(done.stdout))
            print(name, found[name][-1], flush=True)
    for name, of in (("fastest rounds", min), ("medians", statistics.median)):
        print(f"two workers are faster by, {name}:", _ratio(found["one"], found["two"], "seconds", of))
    for many_runs, few_runs in (("two", "few"), ("one", "few-one")):
        print(f"memory of {many_runs} against {few_runs}:", _ratio(found[many_runs], found[few_runs], "own_mib"))


def _ratio(
    some: Sequence[dict[str, float]], others: Sequence[dict[str, float]], key: str,
    of: Callable[[list[float]], float] = statistics.median,
) -> float:
    first, second = (of([run[key] for run in runs]) for runs in (some, others))
    return round(first / second, 3)


def one(book: Path, workers: int, out: Path) -> dict[str, float]:
    """Fill once and measure."""
    workspace = Workspace.init(out / "office")
    began = time.perf_counter()
    with workspace.open_store() as store:
        filler = Filler(workspace, store, Order(out / "documents", FORMS), Settings(workers))
        done, theirs = 0, _Processes()
        for progress in filler.follow(Stream([str(book)], store)):
            done += progress.cases
            theirs.look()
    took = time.perf_counter() - began
    own = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "cases": done, "seconds": round(took, 1), "cases_a_second": round(done / took, 1),
        "own_cpu": round(own.ru_utime + own.ru_stime, 1), "workers_cpu": round(theirs.cpu, 1),
        "own_mib": own.ru_maxrss // 1024, "worker_mib": theirs.peak // 2**20,
    }  # fmt: skip


class _Processes:
    """What the processes below this one have used, as of the last look: CPU seconds, and the most bytes of one."""

    def __init__(self) -> None:
        self.cpu = 0.0
        self.peak = 0

    def look(self) -> None:
        """Ask all that live."""
        used = 0.0
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                used += times.user + times.system
                self.peak = max(self.peak, process.memory_info().rss)
        self.cpu = max(self.cpu, used)


def _cases(count: int) -> Iterator[Case]:
    """The sample cases over and over, each with an id and a name of its own, and one guardian."""
    samples = [plain(item.case) for item in read_cases([shipped("samples") / "cases"]).cases]
    samples = [data for data in samples if "refusal" not in data]
    for number in range(count):
        data = samples[number % len(samples)]
        student = data["student"] | {"preferred_name": f"Sample {number}"}
        changed = {"id": f"CM-{number:06}", "student": student, "guardians": data["guardians"][:1]}
        yield case_from(data | changed, "benchmark")


if __name__ == "__main__":
    main()
