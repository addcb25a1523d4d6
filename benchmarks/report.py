"""The tables of docs/performance.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from own import Run, Steps
    from run import Settings

NAMES = {
    "cmforms": "**cmforms**",
    "docxtpl": "docxtpl loop",
    "pypdf": "pypdf loop",
    "pikepdf": "pikepdf loop",
    "pypdfform": "PyPDFForm",
    "pdftk": "pdftk-java, a process for each document",
    "libreoffice": "LibreOffice, Word to PDF, one process for all",
    "floor": "floor: deflate what changed, write the file",
    "write": "floor: only write the file",
}
TABLES = {
    "pdf": "PDF: the student contract, 3 pages, 24 values",
    "word-ours": "Word: the student contract as shipped, with content controls",
    "word-plain": "Word: a template as typed in Word, without content controls",
}
MILLION = 1_000_000


class Measured(NamedTuple):
    """Seconds for one document."""

    cpu: float
    wall: float


def report(
    measured: Mapping[str, Measured], steps: Sequence[Steps], runs: Sequence[Run], settings: Settings
) -> str:
    """Return the measured part of the page."""
    parts = [_machine(settings)]
    parts += [_table(title, prefix, measured) for prefix, title in TABLES.items()]
    parts.append(_steps(steps))
    if runs:
        parts += [_runs(runs), _million(runs)]
    return "\n".join(parts)


def _machine(settings: Settings) -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in ("pikepdf", "pypdf", "docxtpl", "lxml"))
    load = " / ".join(f"{number:.1f}" for number in os.getloadavg())
    return (
        f"Measured on {_processor()}, {os.cpu_count()} cores, {platform.system()}, "
        f"{platform.python_implementation()} {platform.python_version()}, {libraries}; load average (1, 5, 15 minutes) "
        f"at the end {load}; {settings.cases} cases in a round, median of {settings.rounds} rounds.\n"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def _table(title: str, prefix: str, measured: Mapping[str, Measured]) -> str:
    own = measured[f"{prefix}-cmforms"].cpu
    rows = []
    for name, label in NAMES.items():
        if took := measured.get(f"{prefix}-{name}"):
            rows.append(f"| {label} | {took.cpu * 1000:.3f} | {took.wall * 1000:.3f} | {took.cpu / own:.2f} |")
    head = ["| | CPU ms a document | wall ms a document | CPU, cmforms = 1 |", "|---|---:|---:|---:|"]
    return "\n".join([f"### {title}\n", *head, *rows, ""])


def _steps(steps: Sequence[Steps]) -> str:
    columns = list(steps[0].seconds)
    names = {"pdf": "fill PDF", "docx": "fill Word"}
    head = " | ".join(names.get(column, column) for column in columns)
    rows = [
        f"| {one.form} | {one.pages} | "
        + " | ".join(f"{one.seconds[column] * 1000:.2f}" for column in columns)
        + f" | {one.pdf / 1000:.0f} | {one.docx / 1000:.0f} |"
        for one in steps
    ]
    table = [f"| form | pages | {head} | PDF kB | Word kB |", "|---|" + "---:|" * (len(columns) + 3), *rows]
    return "\n".join(["### The steps of a document, CPU ms\n", *table, ""])


def _runs(runs: Sequence[Run]) -> str:
    rows = [
        f"| {run.workers} | {run.cases[0]} and {run.cases[1]} | {run.documents:.2f} | {run.size / 1000:.0f} "
        f"| {f'{run.cpu * 1000:.2f}' if run.workers == 1 else '–'} | {run.slope * 1000:.2f} |"
        for run in runs
    ]
    head = "| workers | cases | documents a case | kB a case | CPU ms for one more case | wall ms for one more case |"
    return "\n".join(
        ["### `cmforms fill --packet contract`, from JSONL to folder, ledger and manifest\n", head,
         "|---:|---|---:|---:|---:|---:|", *rows, ""]
    )


def _million(runs: Sequence[Run]) -> str:
    return "\n".join(["### 1,000,000 packets\n", *_arithmetic(runs), ""])


def _arithmetic(runs: Sequence[Run]) -> Iterator[str]:
    # With two workers the command's own process only reads and keeps; what the workers use is not counted in it.
    whole, writer = runs[0].cpu, min(runs[1].cpu, runs[0].cpu)
    worker = whole - writer
    total = runs[0].size * MILLION
    yield (
        f"One more packet costs {whole * 1000:.2f} ms of CPU. Of these, the one process that reads the source, keeps "
        f"the ledger and names the files spends s = {writer * 1000:.2f} ms (its own CPU beside two workers); the rest, "
        f"w = {worker * 1000:.2f} ms, is shared among N workers that each have a core, beside one for that process. A "
        "packet then takes s or w / N, whichever is longer.\n"
    )
    yield "| workers | 1,000,000 × max(s, w / N) | packets a second |"
    yield "|---:|---:|---:|"
    for workers in (1, 2, 8, 32, 128):
        seconds = max(writer, worker / workers)
        yield f"| {workers} | {_span(seconds * MILLION)} | {1 / seconds:,.0f} |"
    yield ""
    yield (
        f"The packets are {runs[0].size / 1000:.0f} kB each: {total / 1e9:,.0f} GB, in "
        f"{runs[0].documents * MILLION:,.0f} files."
    )


def _span(seconds: float) -> str:
    return f"{seconds / 60:,.0f} min" if seconds < 7200 else f"{seconds / 3600:,.1f} h"
