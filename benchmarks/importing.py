"""Measure importing against its peers: `python benchmarks/importing.py [--rows 50000] [--memory] [--rounds 3]`.

The same invented workbook of 25 columns is, in turn, imported from end to end (opened in a contained process, mapped,
normalised, checked, stored), merely read by openpyxl in its read-only mode, and merely read by pandas with calamine,
which has an environment of its own. `--memory` imports CSV files of 100,000 and 1,000,000 rows and compares the peaks.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from environments import environment  # noqa: E402

PANDAS = ("pandas==2.3.3", "python-calamine==0.4.0")
HEADERS = (
    "Case No", "Student ID", "First Name", "MI", "Last Name", "DOB", "Grade", "Sex", "Home Language", "Street", "City",
    "State", "Zip", "Student Phone", "Parent/Guardian", "Relationship", "Parent Phone", "Parent Email", "Zoned School",
    "Receiving School", "DSPC Date", "Basis of Referral", "Placement", "Attendance Target", "Comments",
)  # fmt: skip
READ_OPENPYXL = """
import sys, time, openpyxl
started = time.perf_counter()
sheet = openpyxl.load_workbook(sys.argv[1], read_only=True).worksheets[0]
rows = sum(1 for _ in sheet.iter_rows(values_only=True))
print(time.perf_counter() - started)
"""
READ_PANDAS = """
import sys, time, pandas
started = time.perf_counter()
frame = pandas.read_excel(sys.argv[1], engine="calamine", dtype=object)
print(time.perf_counter() - started)
"""


def rows(count: int) -> Iterator[list[Any]]:
    """Yield invented rows under HEADERS, no two for one student."""
    given, family = ("Ana", "Bao", "Chloe", "Dario"), ("Samplewood", "Examplar", "Testerfield")
    for number in range(count):
        name = f"{family[number % 3]}-{number}"
        yield [
            f"CM-{number:07d}", f"{1000000 + number:08d}", given[number % 4], "ABC"[number % 3], name,
            dt.date(2008, 1, 1) + dt.timedelta(days=number % 2500), ("07", "08", "K", "9th")[number % 4],
            "FM"[number % 2], "English", f"{number} Sample Lane", "Sawgrass Landing", "FL", 34999,
            f"(850) 555-{number % 10000:04d}", f"Pat {name}", "mother", f"850.555.{number % 10000:04d}",
            "p@example.org", "0201", "Egret Point Middle School", dt.date(2026, 1, 7) + dt.timedelta(days=number % 280),
            "Level 3 violation", "Zoned school", 90, "An invented row",
        ]  # fmt: skip


def write_workbook(path: Path, count: int) -> None:
    """Write the workbook that all peers are given."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Cases")
    sheet.append(HEADERS)
    for row in rows(count):
        sheet.append(row)
    book.save(path)


def write_csv(path: Path, count: int) -> None:
    """Write the same rows as text."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADERS)
        writer.writerows(rows(count))


def import_one(path: Path, store: Path) -> None:
    """Import a file into an empty store; print seconds, peak memory in MiB and rows as JSON."""
    from cmforms.definitions.library import Library
    from cmforms.store import Store
    from cmforms.workflow.entering import Report
    from cmforms.workflow.importing import Job, run
    from cmforms.workflow.proposing import propose

    started = time.perf_counter()
    library = Library.default()
    with Store.open(store) as records:
        report = Report()
        findings = list(run(Job(propose(path, library), library), records, report))
    took = time.perf_counter() - started
    if findings or report.waiting:
        raise SystemExit(f"{len(findings)} findings in rows that are right")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"seconds": took, "peak": peak, "rows": report.begun}))


def main(words: Sequence[str] | None = None) -> None:
    """Run what was asked for and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", action="store_true", help="compare the peaks of two CSV files instead")
    parser.add_argument("--large", type=int, default=1_000_000, help="rows of the larger CSV file")
    parser.add_argument("--no-pandas", action="store_true")
    parser.add_argument("--one", nargs=2, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args(words)
    if given.one:
        import_one(*given.one)
        return
    with tempfile.TemporaryDirectory(prefix="cmforms-importing-") as folder:
        if given.memory:
            _memory(Path(folder), given.large)
        else:
            _speed(Path(folder), given)


def _speed(folder: Path, given: argparse.Namespace) -> None:
    book = folder / "cases.xlsx"
    write_workbook(book, given.rows)
    peers = {"openpyxl read_only, reading alone": [sys.executable, "-c", READ_OPENPYXL, str(book)]}
    if not given.no_pandas:
        peers["pandas with calamine, reading alone"] = [str(environment(*PANDAS)), "-c", READ_PANDAS, str(book)]
    times: dict[str, list[float]] = {}
    for number in range(given.rounds):
        times.setdefault("cmforms import, end to end", []).append(_ours(book, folder / f"{number}.sqlite")["seconds"])
        for name, command in peers.items():
            times.setdefault(name, []).append(float(subprocess.run(command, check=True, capture_output=True).stdout))
    ours = statistics.median(times["cmforms import, end to end"])
    print(f"| {given.rows:,} rows x {len(HEADERS)} columns | seconds | rows/s | import takes |")
    print("|---|---|---|---|")
    for name, took in times.items():
        median = statistics.median(took)
        print(f"| {name} | {median:.2f} | {given.rows / median:,.0f} | {ours / median:.2f} of it |")


def _memory(folder: Path, large: int) -> None:
    peaks = {}
    for count in (large // 10, large):
        write_csv(folder / "cases.csv", count)
        measured = _ours(folder / "cases.csv", folder / f"{count}.sqlite")
        peaks[count] = measured["peak"]
        print(f"{count:,} rows: {measured['peak']} MiB at most, {count / measured['seconds']:,.0f} rows/s", flush=True)
        (folder / f"{count}.sqlite").unlink()
    print(f"ratio of the peaks: {peaks[large] / peaks[large // 10]:.2f}")


def _ours(path: Path, store: Path) -> dict[str, Any]:
    command = [sys.executable, str(Path(__file__).resolve()), "--one", str(path), str(store)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


if __name__ == "__main__":
    main()
