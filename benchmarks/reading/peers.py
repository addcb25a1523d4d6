"""Reading against its peers, in one run on the same files.

    python -m benchmarks.reading.peers DIR [--kinds scan-medium,fax-fine] [--documents 4]

DIR is what `make` wrote. Pages that are pictures: full-page OCR by rapidocr, by the command tesseract and by OCRmyPDF.
These give the text of a page, not fields; a printed field counts as found where its text occurs anywhere on its page,
spaces aside, which is more than any of them could tell by itself. Figures are CPU seconds of all processes, so that
the number of cores says nothing. Models and templates are loaded once in a run: the peers are warm, and of cmforms both
the whole run and each further page are shown. Fillable files are compared by `benchmarks/acroform.py`.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image, ImageOps, ImageSequence

from benchmarks.reading.judging import RIGHT, SILENT
from benchmarks.reading.measure import cpu_seconds, read_pile
from benchmarks.reading.truth import DocumentTruth, truths


@dataclass
class Took:
    """What one peer took for some pages, how many printed fields it found, and how many it got wrong in silence."""

    name: str
    cpu: float
    pages: int
    found: int
    fields: int
    silent: str = "–"


def main(words: Sequence[str] | None = None) -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kinds", default="scan-medium,fax-fine")
    parser.add_argument("--documents", type=int, default=4, help="of each kind")
    given = parser.parse_args(words)
    for line in tables(given.folder, given.kinds.split(","), given.documents):
        print(line, flush=True)


def tables(folder: Path, kinds: Sequence[str], documents: int) -> Iterator[str]:
    """Yield the tables of the comparison, line by line."""
    every = list(truths(folder))
    for kind in kinds:
        pile = [one for one in every if one.kind == kind][:documents]
        yield from _table(kind, list(_compared(folder, pile)))


def _table(kind: str, rows: Sequence[Took]) -> Iterator[str]:
    own = max(rows[1].cpu / rows[1].pages, 1e-3)
    yield f"#### {kind}, {rows[0].pages} pages, {rows[0].fields} printed fields\n"
    yield "| | CPU s a page | pages a second of CPU | cmforms = 1 | fields exact or found | silent errors |"
    yield "|---|---:|---:|---:|---:|---:|"
    for row in rows:
        each = max(row.cpu / row.pages, 1e-3)
        share = f"{100 * row.found / row.fields:.1f} %"
        yield f"| {row.name} | {each:.2f} | {1 / each:.2f} | {each / own:.1f} | {share} | {row.silent} |"
    yield ""


def _compared(folder: Path, pile: Sequence[DocumentTruth]) -> Iterator[Took]:
    first, result = read_pile(folder, pile[:1], 1), read_pile(folder, pile, 1)
    fields = [found for one in result.documents for found in one.fields if found.state == "printed"]
    pages = sum(one.pages for one in result.documents)
    right, silent = (sum(found.outcome in wanted for found in fields) for wanted in ((RIGHT,), SILENT))
    yield Took("**cmforms**, the whole run", result.cpu, pages, right, len(fields), str(silent))
    more = pages - pile[0].pages
    yield Took("**cmforms**, each further page", (result.cpu - first.cpu) / more * pages, pages, right, len(fields))
    with tempfile.TemporaryDirectory(prefix="cmforms-peers-") as scratch:
        pictures = list(_pictures(folder, pile, Path(scratch)))
        for name, peer in _PEERS.items():
            peer(pictures[:1])
            begun = cpu_seconds()
            texts = peer(pictures)
            took = cpu_seconds() - begun
            yield Took(name, took, pages, sum(_found(pile, texts)), len(fields))


def _pictures(folder: Path, pile: Sequence[DocumentTruth], scratch: Path) -> Iterator[Path]:
    """Write each page as a picture with its resolution, upright and with square pixels, as these programs want it."""
    for one in pile:
        number = 0
        for name in one.files:
            for page in opened(folder / name, one.dpi):
                number += 1
                path = scratch / f"{one.name}-{number}.png"
                page.save(path, dpi=(one.dpi, one.dpi))
                yield path


def opened(path: Path, dpi: int) -> Iterator[Image.Image]:
    """Yield the pages of a file as upright grey pictures with square pixels."""
    if path.suffix == ".pdf":
        document = pypdfium2.PdfDocument(path)
        for page in document:
            yield page.render(scale=dpi / 72, grayscale=True).to_pil()
        document.close()
        return
    for frame in ImageSequence.Iterator(Image.open(path)):
        across, down = frame.info.get("dpi", (dpi, dpi))
        upright = ImageOps.exif_transpose(frame.convert("L")) or frame
        yield upright.resize((upright.width, round(upright.height * across / down))) if across != down else upright


def _rapidocr(pictures: Sequence[Path]) -> list[str]:
    engine = _rapid_engine()
    return [" ".join(engine(str(picture)).txts or ()) for picture in pictures]


@cache
def _rapid_engine() -> Any:
    from rapidocr import RapidOCR

    return RapidOCR()


def _tesseract(pictures: Sequence[Path]) -> list[str]:
    return [_run("tesseract", picture, "-", "-l", _LANGUAGE) for picture in pictures]


def _ocrmypdf(pictures: Sequence[Path]) -> list[str]:
    texts = []
    for picture in pictures:
        said, out = picture.with_suffix(".txt"), picture.with_suffix(".pdf")
        _run("ocrmypdf", "-q", "-l", _LANGUAGE, "--output-type", "pdf", "--jobs", "1", "--sidecar", said, picture, out)
        texts.append(said.read_text(encoding="utf-8"))
    return texts


_LANGUAGE = "Latin"


def _run(*command: str | Path) -> str:
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    return done.stdout.decode("utf-8", "replace")


_PEERS: dict[str, Callable[[Sequence[Path]], list[str]]] = {
    "rapidocr, full page": _rapidocr, "tesseract, full page": _tesseract, "OCRmyPDF": _ocrmypdf,
}  # fmt: skip


def _found(pile: Sequence[DocumentTruth], texts: Sequence[str]) -> Iterator[bool]:
    """Tell of each printed field whether its text occurs on its page."""
    at = 0
    for one in pile:
        pages = [_tight(text) for text in texts[at : at + one.pages]]
        at += one.pages
        for field in one.fields:
            if field.state == "printed":
                yield _tight(field.printed) in pages[field.page - 1]


def _tight(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFC", text))


if __name__ == "__main__":
    main()
