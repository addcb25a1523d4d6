"""Eight writers at once on one store: no update may be lost, and nobody may wait for ever.

    python benchmarks/store_writers.py [--store URL] [--writers 8] [--times 200] [--dir FOLDER]

Each writer is a process that reads one of four cases, counts in it, and saves it with the version that it read; when
somebody was quicker it reads again. Between, it enters cases of its own. At the end the counts must add up, and the
records must verify. Without --store, an SQLite file is made.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import tempfile
import time
from pathlib import Path

from cmforms.errors import StaleError
from cmforms.store import Store

SHARED = 4
SECRET = b"of the benchmark"


def main() -> None:
    """Let them write, and say what was found."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--store")
    asked.add_argument("--writers", type=int, default=8)
    asked.add_argument("--times", type=int, default=200)
    asked.add_argument("--dir", type=Path, default=Path(tempfile.gettempdir()))
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(dir=given.dir) as scratch:
        print(write_at_once(given.store or Path(scratch) / "records.sqlite", given.writers, given.times))


def write_at_once(place: str | Path, writers: int, times: int) -> str:
    """Return a sentence on what was done. Raises AssertionError when an update was lost."""
    shared = [f"W-{number}" for number in range(SHARED)]
    with Store.open(place, SECRET) as store:
        store.save_cases({case_id: {"id": case_id, "count": 0} for case_id in shared})
    apart = multiprocessing.get_context("spawn")
    stale = apart.Value("i", 0)
    began = time.monotonic()
    running = [apart.Process(target=write, args=(place, number, times, stale)) for number in range(writers)]
    for writer in running:
        writer.start()
    for writer in running:
        writer.join()
    took = time.monotonic() - began
    assert [writer.exitcode for writer in running] == [0] * writers
    with Store.open(place, SECRET) as store:
        assert sum((store.case(case_id) or {})["count"] for case_id in shared) == writers * times
        assert len([case_id for case_id in store.cases() if case_id.startswith("OWN-")]) == writers * times
        assert store.verify() == []
    return (
        f"{writers} writers, {writers * times * 2:,} saves in {took:.1f} s: no update lost, no deadlock; "
        f"{stale.value:,} stale edits were refused and made again; the chain is whole"
    )


def write(place: str | Path, number: int, times: int, stale: object) -> None:
    """Count in the shared cases, and save own ones."""
    chance = random.Random(number)
    with Store.open(place, SECRET) as store:
        for turn in range(times):
            while not _count(store, f"W-{chance.randrange(SHARED)}"):
                with stale.get_lock():  # type: ignore[attr-defined]
                    stale.value += 1  # type: ignore[attr-defined]
            store.save_case(f"OWN-{number}-{turn}", {"id": f"OWN-{number}-{turn}"})


def _count(store: Store, case_id: str) -> bool:
    edition = store.head(case_id)
    assert edition
    try:
        store.save_case(case_id, {"id": case_id, "count": edition.data["count"] + 1}, read=edition.version)
    except StaleError:
        return False
    return True


if __name__ == "__main__":
    main()
