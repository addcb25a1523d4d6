"""What cmforms itself takes: each step of a document, and whole runs of the command on growing numbers of cases."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inputs import KEY, LANG, ROOT, Inputs

from cmforms.fill.binding import bind
from cmforms.fill.docx import fill_docx
from cmforms.fill.pdf import fill_pdf
from cmforms.issue.identity import identify

if TYPE_CHECKING:
    from run import Settings

FORMS = ("student-contract", "parent-contract", "face-sheet")
STEPS = ("context", "bind", "identify", "pdf", "docx")
PACKET = "contract"


@dataclass(frozen=True)
class Steps:
    """One form: CPU seconds of each step, the file sizes, and the pages of a PDF."""

    form: str
    seconds: dict[str, float]
    pdf: int
    docx: int
    pages: int


@dataclass(frozen=True)
class Run:
    """The command with some workers: documents, bytes and CPU seconds of a case, and seconds for each more case."""

    workers: int
    cases: tuple[int, int]
    documents: float
    size: float
    cpu: float
    slope: float


def steps(settings: Settings) -> list[Steps]:
    """Time each step over many cases; the fastest of some rounds counts, as nothing else is to be compared."""
    inputs = Inputs()
    return [_steps_of(inputs, form, settings) for form in FORMS]


def _steps_of(inputs: Inputs, form_id: str, settings: Settings) -> Steps:
    form = inputs.library.form(form_id)
    count = min(settings.cases, 100)
    paths = {kind: inputs.library.template(form_id, LANG, kind) for kind in ("pdf", "docx")}
    best: dict[str, float] = {}

    def timed(step: str, make: Callable[..., Any], *columns: list[Any]) -> list[Any]:
        start = time.process_time()
        made = [make(*row) for row in zip(*columns, strict=True)]
        best[step] = min(best.get(step, 1e9), (time.process_time() - start) / len(made))
        return made

    for turn in range(settings.rounds + 1):
        cases = [inputs.case(number) for number in range(turn * count, (turn + 1) * count)]
        contexts = timed("context", lambda case: inputs.context(case, form), cases)
        bounds = timed("bind", lambda context: bind(form, context, LANG, inputs.expressions), contexts)
        named = timed(
            "identify", lambda case, bound: identify(form, LANG, case.id, 0, bound.values, KEY), cases, bounds
        )
        pdfs = timed("pdf", lambda b, i: fill_pdf(paths["pdf"], form, b, i, lang=LANG), bounds, named)
        words = timed("docx", lambda b, i: fill_docx(paths["docx"], form, b, i, lang=LANG), bounds, named)
    return Steps(form_id, best, len(pdfs[0].data), len(words[0].data), len(pdfs[0].pages))


def packets(work: Path, settings: Settings) -> list[Run]:
    """Run `cmforms fill` on few and on many cases, by one worker and by two; a quick run leaves it out."""
    if settings.quick:
        return []
    few, many = 100, 400
    inputs = Inputs()
    for count in (few, many):
        lines = (inputs.case(n).model_dump_json(exclude_computed_fields=True) + "\n" for n in range(count))
        (work / f"{count}.jsonl").write_text("".join(lines), encoding="utf-8")
    counts, repeats = (1, 2), 2
    taken: dict[tuple[int, int], list[_Taken]] = {}
    for repeat in range(repeats):
        for workers in counts:
            for count in (few, many):
                place = work / f"run-{repeat}-{workers}-{count}"
                taken.setdefault((workers, count), []).append(_fill(work, place, count, workers))
    return [_run(workers, (few, many), taken) for workers in counts]


@dataclass(frozen=True)
class _Taken:
    wall: float
    cpu: float
    documents: int
    size: int


def _fill(work: Path, place: Path, count: int, workers: int) -> _Taken:
    start = "from cmforms.cli.main import run; run()"
    command = [sys.executable, "-c", start, "--workspace", place / "office"]
    subprocess.run([*command[:3], "init", place / "office"], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    order = ["fill", work / f"{count}.jsonl", "--packet", PACKET, "--workers", str(workers), "--out", place / "out"]
    before, wall = _children(), time.perf_counter()
    subprocess.run([*command, *order], check=True, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall, cpu = time.perf_counter() - wall, _children() - before
    lines = (place / "out" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    filled = [line for line in map(json.loads, lines) if line.get("status") == "filled"]
    size = sum((place / "out" / line["path"]).stat().st_size for line in filled)
    return _Taken(wall, cpu, len(filled), size)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _run(workers: int, cases: tuple[int, int], taken: dict[tuple[int, int], list[_Taken]]) -> Run:
    few, many = cases
    low, high = taken[workers, few], taken[workers, many]
    more = many - few

    def slope(what: str) -> float:
        return (_median(high, what) - _median(low, what)) / more

    return Run(workers, cases, high[0].documents / many, high[0].size / many, slope("cpu"), slope("wall"))


def _median(taken: list[_Taken], what: str) -> float:
    return statistics.median(getattr(one, what) for one in taken)
