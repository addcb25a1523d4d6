"""Measure all on seeds that nothing was set on, and write the figures into docs/accuracy.md.

    python -m benchmarks.reading.run --out DIR [--seed 1000] [--pages 1700] [--workers 2] [--documents 4]

makes `--pages` pages of clean to medium scans and faxes and a quarter as many of all other kinds, reads them, the
look-alike forms and the peers, and writes the tables and the chart. Killed, it goes on where it was: what stands in
DIR is not made or read again. `--tables` only writes the tables of what is there.
"""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.reading import reliability
from benchmarks.reading.lookalikes import identified
from benchmarks.reading.make import HELD_OUT, KINDS, make
from benchmarks.reading.measure import PileResult, measure, results
from benchmarks.reading.peers import tables
from benchmarks.reading.report import SCANS, report
from benchmarks.reading.truth import truths

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE, CHART = ROOT / "docs" / "accuracy.md", ROOT / "docs" / "reliability.svg"
START, END = "<!-- measured: start -->\n", "<!-- measured: end -->\n"
ALIKE, PEERS = "alike.md", "peers.md"


def main(words: Sequence[str] | None = None) -> None:
    """Run what is not done yet, then write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=HELD_OUT)
    parser.add_argument("--pages", type=int, default=1700)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--documents", type=int, default=4, help="of each kind for the peers, which are slow")
    parser.add_argument("--tables", action="store_true", help="measure nothing, write what is there")
    given = parser.parse_args(words)
    if not given.tables:
        _read(given.out, given.seed, given.pages, given.workers)
        _beside(given.out, given.seed, given.documents)
    write(given.out)


def _read(out: Path, seed: int, pages: int, workers: int) -> None:
    others = [kind for kind in KINDS if kind not in SCANS]
    for kinds, count in ((SCANS, pages), (others, pages // 4)):
        for truth in make(out, seed, count, kinds, workers):
            print(truth.name, flush=True)
    for result in measure(out, list(truths(out)), workers):
        print(result.kind, round(result.cpu, 1), flush=True)


def _beside(out: Path, seed: int, documents: int) -> None:
    """Keep the tables of the look-alikes and of the peers, which are measured once."""
    if not (out / ALIKE).exists():
        counts = identified(out / "alike", seed, 144)
        rows = [f"| {kind} | {c['right']} | {c['unidentified']} | {c['mistaken']} |" for kind, c in counts.items()]
        head = ["| source | identified | left to a person | mistaken |", "|---|---:|---:|---:|"]
        (out / ALIKE).write_text("\n".join([*head, *rows, ""]), encoding="utf-8")
    if not (out / PEERS).exists():
        (out / PEERS).write_text("\n".join(tables(out, ("scan-medium", "fax-fine"), documents)), encoding="utf-8")


def write(out: Path) -> None:
    """Write the measured part of docs/accuracy.md and the chart."""
    piles = list(results(out))
    text = "\n".join(_text(out, piles))
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
    PAGE.write_text(f"{before}{START}{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    CHART.write_text(reliability.chart(reliability.curves(piles)), encoding="utf-8")


def _text(out: Path, piles: Sequence[PileResult]) -> Iterator[str]:
    seeds = sorted({one.name.partition("-")[0] for pile in piles for one in pile.documents}, key=int)
    libraries = ", ".join(f"{name} {version(name)}" for name in ("rapidocr", "opencv-python-headless", "pypdfium2"))
    yield (
        f"Seeds {', '.join(seeds)}; {sum(one.pages for pile in piles for one in pile.documents):,} pages; "
        f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, {libraries}.\n"
    )
    yield report(piles)
    for title, name in (("Twelve look-alike forms, single pages, without QR codes", ALIKE), ("Peers", PEERS)):
        if (out / name).exists():
            yield f"### {title}\n"
            yield (out / name).read_text(encoding="utf-8")
    yield "### Confidence\n"
    yield "![Confidence against the share of values that were right](reliability.svg)\n"
    for by in ("source", "type"):
        yield from reliability.table(reliability.curves(piles, by))
        yield ""


if __name__ == "__main__":
    main()
