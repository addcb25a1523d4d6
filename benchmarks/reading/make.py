"""Make returned documents as pictures, each with its truth: development seeds are 0 to 999, held-out ones 1000 up.

    python -m benchmarks.reading.make --out DIR [--seed 1] [--pages 60] [--kinds scan-medium,fax-fine,...] [--workers 2]

writes `DIR/office` (the workspace with the ledger of all that was issued), the files that came back (PDF, TIFF, JPEG,
PNG), and `DIR/truth.jsonl`: a line for each document, see `truth.py`. The same words give the same bytes. Another seed
or more pages may be made into the same folder. Read one back with

    python -m cmforms.cli.main --workspace DIR/office read DIR/0001-scan-medium-0003.pdf

or all of them, with figures, by `python -m benchmarks.reading.measure DIR`. Whoever sets thresholds may look at
development seeds alone. `--kinds` names what machines did (all by default): scan-clean, scan-light, scan-medium,
scan-heavy (150, 200 or 300 dpi), scan-worn (stamps, holes, staples, coffee, streaks), scan-copy (a copy of a
copy), fax-fine, fax-standard, photo-mild, photo-strong, photo-curl, and augraphy, which makes an environment of its
own with that package at the first run.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from benchmarks.reading.augment import augmented
from benchmarks.reading.camera import PHOTOGRAPHS, photograph
from benchmarks.reading.copier import FAX, SCANNERS, copied, fax, scan
from benchmarks.reading.office import Office, shuffled
from benchmarks.reading.people import Person
from benchmarks.reading.truth import TRUTH, DocumentTruth, truths
from benchmarks.reading.wear import WEAR

AUGRAPHY = "augraphy"
KINDS = (*SCANNERS, "scan-worn", "scan-copy", *FAX, *PHOTOGRAPHS, AUGRAPHY)
DPIS = (150, 200, 300)
_DAY = time.gmtime(0)
HELD_OUT = 1000
"""Seeds from here on are never looked at while something is set."""


@dataclass(frozen=True)
class Task:
    """One document to make: `number` counts all documents of the seed."""

    seed: int
    number: int
    kind: str
    path: str
    issue: str

    @property
    def name(self) -> str:
        """How its files are called."""
        return f"{self.seed:04}-{self.kind}-{self.number:04}"

    @property
    def dpi(self) -> int:
        """Dots per inch of the picture; a photograph has none of its own."""
        chosen = int(np.random.default_rng([self.seed, self.number]).choice(DPIS))
        return chosen if self.kind.startswith("scan") else 200


def main(words: Sequence[str] | None = None) -> None:
    """Make what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pages", type=int, default=60, help="of all kinds together; the last document is whole")
    parser.add_argument("--kinds", default=",".join(KINDS[:-1]))
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args(words)
    kinds = given.kinds.split(",")
    if unknown := set(kinds) - set(KINDS):
        parser.error(f"unknown kinds: {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    pages = sum(truth.pages for truth in make(given.out, given.seed, given.pages, kinds, given.workers))
    print(f"{pages} pages in {given.out}")


def make(out: Path, seed: int, pages: int, kinds: Sequence[str], workers: int = 1) -> Iterator[DocumentTruth]:
    """Make about so many pages in the folder, the kinds in turn; yield the truth of each document once it is there.

    A seed has some 500 documents; when they are used up, there are fewer pages.
    """
    out.mkdir(parents=True, exist_ok=True)
    office = Office(out / "office")
    there = {truth.name for truth in truths(out)} if (out / TRUTH).exists() else set()
    tasks = [task for task in _tasks(office, seed, pages, kinds) if task.name not in there]
    with (out / TRUTH).open("a", encoding="utf-8") as lines:
        for truth in _done(tasks, out, workers):
            lines.write(truth.as_line() + "\n")
            lines.flush()
            yield truth


def _tasks(office: Office, seed: int, pages: int, kinds: Sequence[str]) -> Iterator[Task]:
    documents = shuffled(office.fill(seed), seed)
    due = dict.fromkeys(kinds, pages / len(kinds))
    number = 0
    while any(left > 0 for left in due.values()) and number < len(documents):
        path, issue = documents[number]
        kind = max(due, key=lambda name: due[name])
        due[kind] -= len(office.paper(seed, path, issue).pages)
        yield Task(seed, number, kind, path, issue)
        number += 1


def _done(tasks: Sequence[Task], out: Path, workers: int) -> Iterator[DocumentTruth]:
    if workers == 1:
        yield from map(partial(returned, out=out), tasks)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(partial(returned, out=out), tasks)


def returned(task: Task, out: Path) -> DocumentTruth:
    """Make one document: people write on it, machines degrade it, and its files are written."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng([task.seed, task.number, KINDS.index(task.kind)])
    office = Office(out / "office")
    paper = office.paper(task.seed, task.path, task.issue)
    drawn = 300 if task.dpi in (150, 300) or task.kind in PHOTOGRAPHS else 200
    person = Person(office, paper, rng, drawn)
    pages = [degraded(person.page(number), drawn, task, rng) for number in range(len(paper.pages))]
    files = list(write_files(pages, task, out, rng))
    issued = paper.issued
    return DocumentTruth(
        task.name, files, task.kind, task.dpi, task.seed, issued.form, issued.lang, issued.issue, issued.subject,
        len(pages), person.truths,
    )  # fmt: skip


def degraded(page: np.ndarray, dpi: int, task: Task, rng: np.random.Generator) -> np.ndarray:
    """Return a page as it came back: grey, or (blue, green, red) for photographs."""
    kind = task.kind
    if kind in PHOTOGRAPHS:
        return photograph(page, PHOTOGRAPHS[kind], rng)
    if kind == AUGRAPHY:
        return augmented(page, int(rng.integers(2**31)))
    if kind == "scan-worn":
        for name in rng.choice(list(WEAR), size=rng.integers(1, 3), replace=False):
            WEAR[str(name)](page, dpi / 72, rng)
    grey = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
    if kind in FAX:
        return fax(grey, dpi, kind, rng)
    if kind == "scan-copy":
        grey, kind = copied(grey, dpi, rng), "scan-light"
    return scan(grey, (dpi, task.dpi), SCANNERS.get(kind, SCANNERS["scan-light"]), rng)


def write_files(pages: Sequence[np.ndarray], task: Task, out: Path, rng: np.random.Generator) -> Iterator[str]:
    """Write the files of a document, in the formats that its kind of source gives, and yield their names."""
    pictures = [Image.fromarray(page if page.ndim == 2 else page[..., ::-1]) for page in pages]
    if task.kind in PHOTOGRAPHS:
        for number, picture in enumerate(pictures, 1):
            yield _photo(picture, out, f"{task.name}-{number}.jpg", PHOTOGRAPHS[task.kind].jpeg, rng)
        return
    first, *rest = pictures
    if task.kind in FAX:
        bits = [picture.convert("1", dither=Image.Dither.NONE) for picture in pictures]
        name = f"{task.name}.tiff"
        bits[0].save(
            out / name, save_all=True, append_images=bits[1:], compression="group4", dpi=FAX[task.kind], format="TIFF"
        )
    else:
        quality = SCANNERS[task.kind].jpeg if task.kind in SCANNERS else 80
        name = f"{task.name}.pdf"
        first.save(
            out / name, save_all=True, append_images=rest, resolution=task.dpi, quality=quality, format="PDF",
            creationDate=_DAY, modDate=_DAY,
        )  # fmt: skip
    yield name


_ORIENTATION = 0x0112
_TURNED = {1: 0, 3: 180, 6: 90, 8: 270}
"""How many degrees against the clock a camera that says so (EXIF) holds its picture turned."""


def _photo(picture: Image.Image, out: Path, name: str, quality: int, rng: np.random.Generator) -> str:
    turned = int(rng.choice([1, 1, 1, 3, 6, 8]))
    said = Image.Exif()
    said[_ORIENTATION] = turned
    held = io.BytesIO()
    picture.rotate(_TURNED[turned], expand=True).save(held, "JPEG", quality=quality, exif=said)
    (out / name).write_bytes(held.getvalue())
    return name


if __name__ == "__main__":
    main()
