"""Kill imports at random moments, and hold the records that they leave against all or nothing.

    python benchmarks/import_kills.py [--kills 200] [--rows 1000]

Each import adds the same file to a store that holds other cases, and is killed (SIGKILL) after a random part of the
time that a whole one takes. Afterwards the store must open, its chain of events must be whole, and of the file either
every case must be there, with its batch, or none.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from importing import ROOT, write_csv

sys.path.insert(0, str(ROOT))

from cmforms.store import Store

SCRIPT = Path(__file__).with_name("importing.py")


def main() -> None:
    """Kill as often as was asked for; the first store that is not whole ends it with exit 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--rows", type=int, default=1000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cmforms-import-kills-") as folder:
        outcomes = _outcomes(Path(folder), given.kills, given.rows)
    print(f"{given.kills} kills: {outcomes['none']} left nothing of the file, {outcomes['all']} all of it")


def _outcomes(folder: Path, kills: int, rows: int) -> Counter[str]:
    before, file = folder / "before.sqlite", folder / "cases.csv"
    write_csv(file, rows // 10)
    _run(file, before)
    there = len(_cases(before))
    write_csv(folder / "more.csv", rows)
    whole = folder / "whole.sqlite"
    shutil.copy(before, whole)
    started = time.perf_counter()
    _run(folder / "more.csv", whole)
    took = time.perf_counter() - started
    outcomes: Counter[str] = Counter()
    for number in range(kills):
        store = folder / "killed.sqlite"
        for left in folder.glob("killed.sqlite*"):
            left.unlink()
        shutil.copy(before, store)
        _killed(folder / "more.csv", store, random.uniform(0.3, 1.05) * took)
        found = len(_cases(store))
        if found not in (there, rows):
            raise SystemExit(f"kill {number}: {found} cases, neither {there} nor {rows}")
        outcomes["none" if found == there else "all"] += 1
        if number % 20 == 19:
            print(f"{number + 1} kills: {dict(outcomes)}", flush=True)
    return outcomes


def _cases(path: Path) -> list[str]:
    """Return the ids of the cases of a store whose chain is whole."""
    with Store.open(path) as store:
        if findings := [finding for finding in store.verify() if finding.severity == "error"]:
            raise SystemExit("\n".join(map(str, findings)))
        batches = sum(batch.cases for batch in store.batches())
        cases = store.cases()
        if batches != len(cases):
            raise SystemExit(f"{len(cases)} cases, and batches of {batches}")
        return cases


def _run(file: Path, store: Path) -> None:
    subprocess.run([sys.executable, SCRIPT, "--one", file, store], check=True, capture_output=True)


def _killed(file: Path, store: Path, seconds: float) -> None:
    process = subprocess.Popen(
        [sys.executable, SCRIPT, "--one", file, store], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()


if __name__ == "__main__":
    main()
