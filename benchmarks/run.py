"""Measure filling against its peers: `python benchmarks/run.py` writes the tables of docs/performance.md.

Every peer fills the same template with the same values in a process of its own; the peers take turns, so that
whatever else the computer does hits all alike. `--quick` shows the tables of a tiny run and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from environments import environment  # noqa: E402
from report import Measured, report  # noqa: E402
from verify import verify  # noqa: E402

PAGE = ROOT / "docs" / "performance.md"
START, END = "<!-- measured: start -->\n", "<!-- measured: end -->\n"
PYPDFFORM = "PyPDFForm==6.0.1"
PEERS = ROOT / "benchmarks" / "peers.py"


@dataclass(frozen=True)
class Peer:
    """A peer's name, which part of the cases it fills in one round, and what it needs."""

    name: str
    share: float
    program: str = ""
    package: str = ""


PDF = (
    Peer("pdf-cmforms", 1), Peer("pdf-pypdf", 0.05), Peer("pdf-pikepdf", 0.25), Peer("pdf-floor", 1),
    Peer("pdf-write", 1), Peer("pdf-pypdfform", 0.05, package=PYPDFFORM), Peer("pdf-pdftk", 0.01, program="pdftk"),
    Peer("pdf-libreoffice", 0.1, program="soffice"),
)
WORD = tuple(
    Peer(f"word-{template}-{name}", share)
    for template in ("ours", "plain")
    for name, share in (("cmforms", 1), ("docxtpl", 0.05), ("floor", 1))
)


@dataclass(frozen=True)
class Settings:
    """How much is measured."""

    cases: int
    rounds: int
    quick: bool


def main(words: Sequence[str] | None = None) -> None:
    """Run what was asked for."""
    settings = _settings(words)
    with tempfile.TemporaryDirectory(prefix="cmforms-benchmark-") as folder:
        work = Path(folder)
        from inputs import lay_out

        lay_out(work, settings.cases * (settings.rounds + 1))
        measured = _measured(work, settings)
        from own import packets, steps

        text = report(measured, steps(settings), packets(work, settings), settings)
    print(text)
    if not settings.quick:
        _write(text)


def _settings(words: Sequence[str] | None) -> Settings:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tiny run with the installed Python peers only")
    parser.add_argument("--cases", type=int, help="cases in a round of the fastest peers (default 400)")
    parser.add_argument("--rounds", type=int, help="rounds, of which the median counts (default 7)")
    given = parser.parse_args(words)
    cases, rounds = (4, 1) if given.quick else (400, 7)
    return Settings(given.cases or cases, given.rounds or rounds, given.quick)


def _measured(work: Path, settings: Settings) -> dict[str, Measured]:
    """Return what each peer took for a document, after its files were found to hold the values."""
    times: dict[str, list[tuple[float, float]]] = {}
    with ExitStack() as running:
        asked = {}
        for peer in _present(settings.quick):
            count = max(1, round(settings.cases * peer.share))
            asked[peer.name] = (running.enter_context(_process(peer, work, (count, settings.rounds + 1))), count)
            verify(peer.name, work)
        for number in range(settings.rounds):
            names = list(asked)
            for name in names[number % len(names) :] + names[: number % len(names)]:
                process, count = asked[name]
                times.setdefault(name, []).append(_round(process, count))
    return {
        name: Measured(*(statistics.median(column) for column in zip(*rounds, strict=True)))
        for name, rounds in times.items()
    }


def _present(quick: bool) -> Iterator[Peer]:
    for peer in (*PDF, *WORD):
        if quick and (peer.program or peer.package):
            continue
        if peer.program and not shutil.which(peer.program):
            print(f"{peer.name}: {peer.program} is not installed", file=sys.stderr)
            continue
        yield peer


@contextmanager
def _process(peer: Peer, work: Path, amounts: tuple[int, int]) -> Iterator[subprocess.Popen[str]]:
    python = environment(peer.package) if peer.package else Path(sys.executable)
    command = [python, PEERS, peer.name, work, *map(str, amounts)]
    variables = {**os.environ, "PYTHONPATH": str(ROOT)} if not peer.package else dict(os.environ)
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=variables)
    try:
        if not process.stdout or not process.stdout.readline():
            raise SystemExit(f"{peer.name} cannot run")
        yield process
    finally:
        process.communicate()


def _round(process: subprocess.Popen[str], count: int) -> tuple[float, float]:
    assert process.stdin
    assert process.stdout
    process.stdin.write("\n")
    process.stdin.flush()
    said: Mapping[str, float] = json.loads(process.stdout.readline())
    return said["cpu"] / count, said["wall"] / count


def _write(text: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{START}{text}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
