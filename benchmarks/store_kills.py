"""Kill whoever saves to an SQLite store at random moments, and hold what is left against what was acknowledged.

    python benchmarks/store_kills.py [--kills 200] [--dir FOLDER]

A process saves single cases and imports of many cases in turn, and tells each one that was acknowledged. It is killed
(SIGKILL) after a random while; then every acknowledged save must be there, every import whole or not there at all, and
the chain of events and all rows must verify. The next process goes on in the same store;
after every twenty kills a new one is begun.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import tempfile
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

from cmforms.store import Row, Store

IMPORT = 40
A_STORE = 20
SECRET = b"of the benchmark"


def main() -> None:
    """Kill as often as asked, and say what was found."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--kills", type=int, default=200)
    asked.add_argument("--dir", type=Path, default=Path(tempfile.gettempdir()))
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(dir=given.dir) as scratch:
        print(kill_savers(Path(scratch), given.kills, random.Random(1)))


def kill_savers(folder: Path, kills: int, chance: random.Random) -> str:
    """Return a sentence on what was done. Raises AssertionError when a kill left what it must not."""
    found = Counter[str]()
    for first in range(0, kills, A_STORE):
        some = min(A_STORE, kills - first)
        found += kill_in(folder / f"records-{first}.sqlite", some, chance)
        print(f"\r{first + some} kills", end="", file=sys.stderr, flush=True)
    return (
        f"{kills} kills: {found['saves']:,} acknowledged saves and {found['imports']:,} acknowledged imports of "
        f"{IMPORT} cases are all there; {found['unheard']} imports were whole and not acknowledged yet; no half "
        "import; the chain is whole"
    )


def kill_in(place: Path, kills: int, chance: random.Random) -> Counter[str]:
    """Kill savers of one store; count what was acknowledged, and the imports that nobody was told about."""
    apart = multiprocessing.get_context("forkserver")
    apart.set_forkserver_preload(["cmforms.store"])
    acknowledged: dict[str, int] = {}
    imports: set[int] = set()
    unheard = 0
    for number in range(kills):
        ours, theirs = apart.Pipe(duplex=False)
        saver = apart.Process(target=save_on, args=(place, number, theirs))
        saver.start()
        theirs.close()
        assert ours.recv() == "begun"
        saver.join(chance.uniform(0, 0.3))
        assert saver.exitcode is None
        saver.kill()
        saver.join()
        for case_id, version, batch in acknowledgements(ours):
            acknowledged[case_id] = version
            imports |= {batch} - {0}
        unheard = check(place, acknowledged, imports)
    saves = sum(case_id.startswith("S-") for case_id in acknowledged)
    return Counter(saves=saves, imports=len(imports), unheard=unheard)


def save_on(place: Path, number: int, told: Connection) -> None:
    """Save until killed, and tell each save once it is acknowledged."""
    with Store.open(place, SECRET) as store:
        told.send("begun")
        for turn in range(1_000_000):
            case_id = f"S-{number}-{turn}"
            told.send((case_id, store.save_case(case_id, {"id": case_id, "turn": turn}), 0))
            with store.importing("sheet", "0" * 64, {}) as batch:
                batch.save([_row(f"I-{number}-{turn}-{row}") for row in range(IMPORT)])
            told.send((f"I-{number}-{turn}-0", 1, batch.id))


def _row(case_id: str) -> Row:
    return Row(case_id, "0" * 64, case_id, {"id": case_id})


def acknowledgements(pipe: Connection) -> list[tuple[str, int, int]]:
    """Return what the dead process had told."""
    found = []
    try:
        while True:
            found.append(pipe.recv())
    except EOFError:
        return found


def check(place: Path, acknowledged: dict[str, int], imports: set[int]) -> int:
    """Hold the store against what was acknowledged; return how many batches nobody was told about."""
    with Store.open(place, SECRET) as store:
        assert store.verify() == []
        stored = set(store.cases())
        assert acknowledged.keys() <= stored
        batches = {batch.id: batch.cases for batch in store.batches()}
        assert imports <= batches.keys()
        assert set(batches.values()) <= {IMPORT}
        sizes = Counter(case_id.rpartition("-")[0] for case_id in stored if case_id.startswith("I-"))
        assert set(sizes.values()) <= {IMPORT}
        assert len(sizes) == len(batches)
    return len(batches) - len(imports)


if __name__ == "__main__":
    main()
