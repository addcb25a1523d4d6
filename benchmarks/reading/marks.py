"""Judge thousands of boxes and signature lines in minutes: pages of nothing else, through the same machines.

    python -m benchmarks.reading.marks [--seed 60] [--pages 20] [--kinds scan-medium,...] [--workers 2]

A page of boxes has 80 of them, a page of lines 20; people mark and sign them, machines degrade the page, it is laid
over the page as printed, and every place is judged as reading a form does. Printed is, by kind of source and by what
stands there, how often that was right, how often it went to review and how often it was wrong without a word: a mark
or signature found where there is none (`false`), one not seen (`lost`), a crossed-out mark taken for one (`wrong`).
Lines bear more of what is no signature than any pile of forms does: dots, stamps with a frame and without.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
import segno
from PIL import Image, ImageDraw, ImageFont

from benchmarks.reading.camera import PHOTOGRAPHS
from benchmarks.reading.copier import FAX, SCANNERS
from benchmarks.reading.judging import FALSE, LOST, REVIEW, RIGHT, UNREAD, WRONG
from benchmarks.reading.make import KINDS, Task, degraded
from benchmarks.reading.strokes import Sheet, mark, pen, signature
from benchmarks.reading.wear import stamped_over
from cmforms.read.scan import RECTIFIED_DPI
from cmforms.read.scan.difference import Rect, difference
from cmforms.read.scan.ink import Ink
from cmforms.read.scan.locating import locate
from cmforms.read.scan.marks import Level, Marks
from cmforms.read.scan.opening import FAX as FAXED
from cmforms.read.scan.opening import PHOTO, SCAN, Pixels, sheet
from cmforms.read.scan.opening import Sheet as Opened
from cmforms.read.scan.prior import Prior
from cmforms.read.scan.registering import register
from cmforms.read.scan.traces import Traces

Box = tuple[float, float, float, float]
"""Left, bottom, right, top in points."""

WIDTH, HEIGHT = 612, 792
FINE, DRAWN = 600, 300
"""Dots per inch: of the print, and of the paper that people write on."""

_SIDE, _BORDER = 9.2, 1.0
"""Points: the inside of a box as the shipped forms have it, and its border around that."""

_BOXES: list[Box] = [(x, y, x + _SIDE, y + _SIDE) for y in np.arange(90, 730, 32.0) for x in (56, 186, 316, 446)]
_LINES: list[Box] = [(x, y, x + 200, y + 30) for y in np.arange(110, 700, 61.4) for x in (54.0, 330.0)]
PLACES = {"boxes": _BOXES, "lines": _LINES}
_INSET = {"boxes": 3, "lines": 2}
_FONT = "cmforms/fonts/NotoSans-Regular.ttf"
_WORDS = (
    "cum", "folder", "items", "grade", "school", "student", "phone", "date", "case", "other", "none", "year", "plan",
    "notes", "home", "aide",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """What stands in a box or on a line: `state` as in `FieldTruth`, and by which pen or in which manner."""

    box: Box
    state: str
    how: str


@dataclass(frozen=True)
class Laid:
    """A page that was made and laid over its print; no pixels where that failed."""

    task: Task
    places: list[Place]
    pixels: Pixels | None


def main(words: Sequence[str] | None = None) -> None:
    """Make pages, judge them and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=60)
    parser.add_argument("--pages", type=int, default=20, help="of each kind, half of them with boxes")
    parser.add_argument("--kinds", default=",".join(KINDS[:-1]))
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args(words)
    tasks = tasks_of(given.seed, given.pages, given.kinds.split(","))
    counts: Counter[tuple[str, str, str, str]] = Counter()
    with ProcessPoolExecutor(given.workers) as pool:
        for task, found in zip(tasks, pool.map(_outcomes, tasks), strict=True):
            counts.update((task.kind, *one) for one in found)
    print(table(counts))


def tasks_of(seed: int, pages: int, kinds: Sequence[str]) -> list[Task]:
    """Return so many pages of each kind, boxes and lines in turn."""
    return [Task(seed, n, kind, ("boxes", "lines")[n % 2], "") for n in range(pages) for kind in kinds]


def table(counts: Counter[tuple[str, str, str, str]]) -> str:
    """Return the counts of (kind, state, how, outcome) as lines, a row for each kind of source and mark."""
    columns = (RIGHT, REVIEW, UNREAD, WRONG, LOST, FALSE)
    rows = sorted({key[:3] for key in counts})
    lines = ["| source | stands there | how | " + " | ".join(columns) + " |", "|---|---|---" + "|---:" * 6 + "|"]
    lines += [f"| {' | '.join(row)} | {' | '.join(str(counts[*row, each]) for each in columns)} |" for row in rows]
    return "\n".join(lines)


def _outcomes(task: Task) -> list[tuple[str, str, str]]:
    page = laid(task)
    return [(place.state, place.how, found) for place, found in zip(page.places, outcomes(page), strict=True)]


def laid(task: Task) -> Laid:
    """Make a page, let machines degrade it, and lay it over its print."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng([task.seed, task.number, KINDS.index(task.kind)])
    paper = Sheet(cv2.cvtColor(_printed(task.path, DRAWN), cv2.COLOR_GRAY2BGR), DRAWN)
    places = [_TREATED[task.path](paper, box, rng) for box in PLACES[task.path]]
    seen = _sheet(degraded(paper.pixels, DRAWN, task, rng), task)
    prior = _prior(task.path)
    found = register(seen, prior, locate(seen))
    return Laid(task, places, found.warp.rectified(seen.pixels) if found.certain else None)


def judge(page: Laid) -> Marks:
    """Return what judges the places of a page that was laid over its print."""
    rects = [rect(place.box, 0) for place in page.places]
    ink = Ink(difference(page.pixels, _prior(page.task.path).pixels, rects), rects)
    return Marks(ink, Traces(ink.difference), page.task.kind in FAX)


def outcomes(page: Laid) -> Iterator[str]:
    """Judge every place of a page; on a fax nothing is surely empty, as where forms are read."""
    if page.pixels is None:
        yield from (UNREAD for _ in page.places)
        return
    what = page.task.path
    marks = judge(page)
    for place in page.places:
        inside = rect(place.box, _INSET[what])
        level, doubt, _ = marks.box(inside) if what == "boxes" else marks.signature(inside)
        sure = not doubt and not (level is Level.EMPTY and page.task.kind in FAX)
        yield _outcome(place.state, level) if sure else RIGHT if place.state == "unclear" else REVIEW


def _outcome(state: str, level: Level) -> str:
    if state == "unclear":
        return WRONG if level is Level.MARKED else LOST
    there = state in ("marked", "signed")
    return RIGHT if there == (level is Level.MARKED) else LOST if there else FALSE


def _box(paper: Sheet, box: Box, rng: np.random.Generator) -> Place:
    """Mark a box, or leave it, or cross a mark out."""
    style = str(rng.choice(list(_STYLES), p=[share for _, share in _STYLES.values()]))
    state, with_ = _STYLES[style][0], pen(rng)
    for each in (str(rng.choice(["tick", "cross", "fill"])), "scribble") if style == "crossed out" else (style,):
        if each != "nothing":
            paper.ink(mark(each, box, rng), with_, rng)
    return Place(box, state, style if style == "nothing" else f"{style}, {with_.name}")


_STYLES = {
    "nothing": ("unmarked", 0.3), "dot": ("unmarked", 0.06), "tick": ("marked", 0.16), "cross": ("marked", 0.16),
    "fill": ("marked", 0.12), "circle": ("marked", 0.06), "crossed out": ("unclear", 0.14),
}  # fmt: skip


def _line(paper: Sheet, box: Box, rng: np.random.Generator) -> Place:
    """Sign a line, or leave it, or leave something on it that is no signature."""
    what, with_ = str(rng.choice(list(_LEFT), p=list(_LEFT.values()))), pen(rng)
    if what == "signed":
        initials = rng.random() < 0.35
        left, bottom, right, top = box
        paper.ink(signature((left + 1.5, bottom + 1, right - 1.5, top - 1), rng, initials), with_, rng)
        return Place(box, "signed", f"{with_.name}{', initials' if initials else ''}")
    if what == "dot":
        x, y = rng.uniform(box[0], box[2]), rng.uniform(box[1], box[3])
        paper.ink(mark("dot", (x - 4, y - 4, x + 4, y + 4), rng), with_, rng)
    elif what != "nothing":
        stamped_over(paper.pixels, paper.scale, box, what == "frame", rng)
    return Place(box, "unsigned", what)


_LEFT = {"signed": 0.5, "nothing": 0.15, "dot": 0.05, "frame": 0.1, "letters": 0.2}
_TREATED = {"boxes": _box, "lines": _line}


def _sheet(picture: np.ndarray, task: Task) -> Opened:
    """Return a degraded page as it is opened from the file that its kind of source makes."""
    if task.kind in FAX:
        return sheet(picture, FAX[task.kind], FAXED)
    photo = task.kind in PHOTOGRAPHS
    quality = PHOTOGRAPHS[task.kind].jpeg if photo else SCANNERS[task.kind].jpeg if task.kind in SCANNERS else 80
    packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    grey = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
    return sheet(grey, None if photo else (task.dpi, task.dpi), PHOTO if photo else SCAN)


@cache
def _prior(what: str) -> Prior:
    return Prior(_printed(what, RECTIFIED_DPI))


@cache
def _printed(what: str, dpi: int) -> Pixels:
    """Draw a page of boxes or lines with a few words beside each, and a mark in the corner."""
    scale = FINE / 72
    image = Image.new("L", (WIDTH * FINE // 72, HEIGHT * FINE // 72), 255)
    draw, rng = ImageDraw.Draw(image), np.random.default_rng(0)
    font = ImageFont.truetype(_FONT, round(8 * scale))
    draw.text((54 * scale, 30 * scale), " ".join(rng.permutation(_WORDS)), 0, font)
    for left, bottom, right, top in PLACES[what]:
        edges = [left * scale, (HEIGHT - top) * scale, right * scale, (HEIGHT - bottom) * scale]
        text = " ".join(rng.choice(_WORDS, 4 if what == "boxes" else 8))
        if what == "boxes":
            around = (-_BORDER * scale, -_BORDER * scale, _BORDER * scale, _BORDER * scale)
            draw.rectangle([edge + more for edge, more in zip(edges, around, strict=True)], None, 0, round(0.8 * scale))
            draw.text((edges[2] + 5 * scale, edges[1] - scale), text, 0, font)
        else:
            draw.line([edges[0], edges[3], edges[2], edges[3]], 0, round(0.75 * scale))
            draw.text((edges[0], edges[3] + 2 * scale), text, 0, font)
    code = np.array(segno.make("CM1 a page of the benchmark", error="m").matrix, dtype=np.uint8)
    code = np.kron(255 * (1 - code), np.ones((round(1.3 * scale),) * 2, dtype=np.uint8))
    image.paste(Image.fromarray(code), (round(540 * scale), round(740 * scale)))
    size = WIDTH * dpi // 72, HEIGHT * dpi // 72
    return np.asarray(cv2.resize(np.asarray(image), size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def rect(box: Box, inset: int) -> Rect:
    """Return a box in pixels of the rectified page, made smaller by `inset` on each side."""
    left, bottom, right, top = box
    edges = [round(edge * RECTIFIED_DPI / 72) for edge in (left, HEIGHT - top, right, HEIGHT - bottom)]
    return edges[0] + inset, edges[1] + inset, edges[2] - inset, edges[3] - inset


if __name__ == "__main__":
    main()
