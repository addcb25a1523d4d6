"""Twelve forms that look alike, their pages alone and without QR codes: none may be taken for another.

    python -m benchmarks.reading.lookalikes --out DIR [--seed 1] [--pages 144]

makes the forms (six numbers, two revisions each, a sentence or two of difference), fills them, blanks the QR code of
every page, degrades it, and reads each page by itself. It prints how many pages were identified rightly, left to a
person, and mistaken. Building the forms needs the extra `build`.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import yaml

from benchmarks.reading.cases import invented
from benchmarks.reading.make import Task, degraded, write_files
from benchmarks.reading.measure import LIMITS, sources
from benchmarks.reading.office import TODAY, Office
from cmforms.fill.stamp import MARGIN, QR_BOTTOM, QR_SIDE
from cmforms.resources import shipped
from cmforms.workflow import reading
from cmforms.workflow.filling import Filler, Order
from cmforms.workflow.templates import build_all
from cmforms.workflow.workspace import Workspace

NUMBERS = ("2004301", "2004302", "2004303", "2004308", "2004380", "2004381")
REVISIONS = ("2026-08", "2026-09")
KINDS = ("scan-clean", "scan-light", "scan-medium", "scan-heavy", "fax-fine", "fax-standard", "photo-mild")
_BASE = "student-contract"
_TURNS = (
    ("one grading period", "two grading periods"), ("on time for every class", "on time for each class"),
    ("ask for help when I need it", "ask for help"), ("treat me with respect", "respect me"),
    ("They have the right to appeal", "They may appeal"), ("come to school every day", "come to school daily"),
)  # fmt: skip


def main(words: Sequence[str] | None = None) -> None:
    """Make, read, and print what became of the pages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pages", type=int, default=144)
    given = parser.parse_args(words)
    for kind, counts in sorted(identified(given.out, given.seed, given.pages).items()):
        print(f"{kind}: {dict(counts)}")


def identified(out: Path, seed: int, pages: int) -> dict[str, Counter[str]]:
    """Return, by kind of source, how many pages were `right`, `unidentified` or `mistaken`."""
    workspace = _office(out).workspace
    made = list(_pages(out, seed, pages))
    with workspace.open_store() as store:
        readings = reading.read(workspace, store, [path for path, _, _ in made], reading.Conditions(LIMITS))
    said: dict[str, set[str]] = {}
    for one in readings:
        for name in sources(one) if one.form else ():
            said.setdefault(name, set()).add(str(one.form))
    found: dict[str, Counter[str]] = {}
    for path, form, kind in made:
        forms = said.get(path.name, set())
        outcome = "unidentified" if not forms else "right" if forms == {form} else "mistaken"
        found.setdefault(kind, Counter())[outcome] += 1
        if outcome == "mistaken":
            print(f"mistaken: {path.name} of {form} for {', '.join(sorted(forms))}")
    return found


def _office(out: Path) -> Office:
    office = Office(out / "office")
    folder = office.workspace.folder
    for number, form in enumerate(_forms()):
        path = folder / "forms" / f"{form}.yaml"
        if not path.exists():
            path.write_text(_definition(form, number), encoding="utf-8")
    library = Workspace(folder).library
    missing = [form for form in _forms() if not (folder / "templates" / f"{form}.en.pdf").exists()]
    for built in build_all(library, missing, None):
        print(f"built {built.name}", flush=True)
    return Office(out / "office")


def _forms() -> list[str]:
    return [f"alike-{number}-{revision[-2:]}" for number in NUMBERS for revision in REVISIONS]


def _definition(form: str, number: int) -> str:
    """Return the student contract under another number and revision, with one or two sentences changed."""
    text = (shipped("forms") / f"{_BASE}.yaml").read_text(encoding="utf-8")
    turns = {number // 2, number // 2 + number % 2}
    for old, new in (_TURNS[turn % len(_TURNS)] for turn in turns):
        text = text.replace(old, new)
    data = yaml.safe_load(text)
    data |= {"id": form, "number": NUMBERS[number // 2], "revision": REVISIONS[number % 2], "languages": ["en"]}
    return yaml.safe_dump(data | {"language": "'en'"}, allow_unicode=True, sort_keys=False)


def _pages(out: Path, seed: int, count: int) -> Iterator[tuple[Path, str, str]]:
    """Yield the file, the form and the kind of source of each page."""
    office = _office(out)
    cases = list(islice(invented(seed), 1 + count // (3 * len(_forms()))))
    order = Order(out / "office" / "issued" / str(seed), tuple(_forms()), today=TODAY)
    with office.workspace.open_store() as store:
        outcomes = [one for one in Filler(office.workspace, store, order).run(cases) if one.path and one.issue]
    number = 0
    for outcome in outcomes:
        paper = office.paper(seed, str(outcome.path), str(outcome.issue))
        for page in range(len(paper.pages)):
            if number == count:
                return
            task = Task(seed, number, KINDS[number % len(KINDS)], str(outcome.path), str(outcome.issue))
            rng = np.random.default_rng([seed, number, 77])
            drawn = degraded(_without_mark(paper.drawn(page, 200), 200), 200, task, rng)
            name = next(write_files([drawn], task, out, rng))
            yield out / name, outcome.form, task.kind
            number += 1


def _without_mark(page: np.ndarray, dpi: int) -> np.ndarray:
    """Blank the QR code in the footer."""
    scale = dpi / 72
    right, foot = page.shape[1] - (MARGIN - 4) * scale, page.shape[0] - (QR_BOTTOM - 4) * scale
    side = (QR_SIDE + 8) * scale
    cv2.rectangle(page, (round(right - side), round(foot - side)), (round(right), round(foot)), (255, 255, 255), -1)
    return page


if __name__ == "__main__":
    main()
