"""Read thousands of spoilt files, and hold what is said of each against what can be true.

    python -m benchmarks.mutants [--files 2000] [--seed 1] [--corpus FOLDER] [--dir FOLDER] [--show CODE]

Documents are issued from the sample cases, as PDF, Word and pictures of pages; a workbook and the files of the corpus
come beside them. Each mutant must end in a reading or in a finding with a code, within the limits. No value may be
taken for the printed one that is not, no process and no temporary file may be left.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pypdfium2

from benchmarks.mutating import bombs, mutated
from cmforms.contain import Limits
from cmforms.resources import shipped
from cmforms.sources import read_cases
from cmforms.store import Store
from cmforms.values.documents import FieldReading, Issued, Reading, Source, Status
from cmforms.workflow import reading
from cmforms.workflow.filling import Filler, Order
from cmforms.workflow.workspace import Workspace

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
LIMITS = Limits(seconds=60, cpu_seconds=20, page_seconds=5, memory_mb=1024, pages=200)
_FORMS = ("face-sheet", "student-contract", "parent-contract", "placement-letter")


@dataclass
class Tally:
    """What became of the files."""

    ends: dict[str, list[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    slowest: float = 0.0
    files: int = 0


def main() -> None:
    """Read the files in a process of its own, and see what it leaves; exit 1 when anything was wrong."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--files", type=int, default=2000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--corpus", type=Path, default=CORPUS)
    asked.add_argument("--dir", type=Path, default=Path(tempfile.gettempdir()))
    asked.add_argument("--show", metavar="CODE", help="name the files that ended so")
    asked.add_argument("--in", dest="place", type=Path, help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.place:
        tally = run(given.place, given.corpus, given.files, given.seed)
        print(said(tally, given.show))
        sys.exit(bool(tally.wrong))
    with tempfile.TemporaryDirectory(dir=given.dir) as scratch:
        sys.exit(guarded(Path(scratch)))


def guarded(scratch: Path) -> int:
    """Run in a session of its own; return 1 when it found anything wrong, or leaves a process or a temporary file."""
    temporary = scratch / "temporary"
    temporary.mkdir()
    command = [sys.executable, "-m", "benchmarks.mutants", *sys.argv[1:], "--in", str(scratch)]
    ran = subprocess.Popen(command, env=os.environ | {"TMPDIR": str(temporary)}, start_new_session=True)
    failed = ran.wait()
    time.sleep(1)
    processes, files = of_session(ran.pid), [path.name for path in temporary.rglob("*")]
    print(f"left behind: {len(processes)} processes, {len(files)} temporary files", *processes, *files)
    return int(bool(failed or processes or files))


def run(folder: Path, corpus: Path, files: int, seed: int) -> Tally:
    """Read the corpus, the bombs and so many mutants."""
    workspace = Workspace.init(folder / "office")
    tally = Tally()
    with workspace.open_store() as store:
        originals = [*issued_files(workspace, store, folder), *corpus_files(corpus)]
        tried = Trial(workspace, store, folder / "mutant", tally)
        tried.read([(path.name, path.read_bytes()) for path in originals])
        tried.read(list(bombs().items()))
        for batch in mutants([path for path in originals if path.stat().st_size < 2_000_000], files, seed):
            tried.read(batch)
    return tally


@dataclass(frozen=True)
class Trial:
    """Reads batches of files, and judges what comes of each."""

    workspace: Workspace
    store: Store
    folder: Path
    tally: Tally
    limits: Limits = LIMITS

    def read(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Read files at once, each under a name of its own."""
        self.folder.mkdir(exist_ok=True)
        paths = []
        for number, (name, data) in enumerate(files):
            paths.append(self.folder / f"{number:03}-{name}")
            paths[-1].write_bytes(data)
        began = time.monotonic()
        found = reading.read(self.workspace, self.store, paths, reading.Conditions(self.limits))
        self.tally.slowest = max(self.tally.slowest, time.monotonic() - began)
        for path in paths:
            own = [one for one in found if path.name in [Path(source).name for source in sources(one)]]
            self.tally.files += 1
            self.tally.ends.setdefault(end_of(own), []).append(f"{path.name}: {message_of(own)}")
            self.tally.wrong += [f"{path.name}: {what}" for what in faults(own, self.store)]
            path.unlink()


def sources(one: Reading) -> list[str]:
    """Return the files that a reading comes from."""
    return [part.source for part in one.parts] or [one.source]


def end_of(readings: Sequence[Reading]) -> str:
    """Return the code that stands for what became of a file."""
    unread = [one for one in readings if one.kind == "unreadable"]
    if unread:
        return unread[0].findings[0].code if unread[0].findings else "no finding"
    return "read" if any(one.form for one in readings) else "document-unknown"


def message_of(readings: Sequence[Reading]) -> str:
    """Return the first words that were said."""
    return next((str(finding) for one in readings for finding in one.findings), "nothing")


def faults(readings: Sequence[Reading], store: Store) -> Iterator[str]:
    """Yield what cannot be right: nothing said of a file, or a value taken for the printed one that is not."""
    if not readings:
        yield "nothing was said of it"
    for one in readings:
        if not (one.form or one.findings):
            yield "neither a document nor a finding"
        issued = store.issued(one.issue) if one.issue else None
        for own in one.fields:
            if issued and own.status is Status.ACCEPTED and own.origin is Source.PRINTED:
                yield from _differs(own, issued)


def _differs(own: FieldReading, issued: Issued) -> Iterator[str]:
    if own.value != issued.values.get(own.address):
        yield f"{own.address} reads {own.value!r} and was issued as {issued.values.get(own.address)!r}"


def issued_files(workspace: Workspace, store: Store, folder: Path) -> Iterator[Path]:
    """Issue documents from the sample cases; yield some as PDF, some as Word files, some as pictures, a workbook."""
    cases = [sourced.case for sourced in read_cases([shipped("samples") / "cases"]).cases]
    for format_ in ("pdf", "docx"):
        order = Order(folder / format_, _FORMS, format_)
        made = [one.path for one in Filler(workspace, store, order).run(cases) if one.path]
        yield from (folder / format_ / str(path) for path in made[:: 3 if format_ == "pdf" else 6])
    for number, path in enumerate((folder / "pdf").rglob("*.pdf")):
        if number % 8 == 1:
            yield from pictures(path)


def pictures(path: Path) -> Iterator[Path]:
    """Draw the first page of a PDF in the formats that copiers and telephones make."""
    with pypdfium2.PdfDocument(path) as document:
        image = document[0].render(scale=150 / 72).to_pil().convert("L")
    for kind in ("png", "jpg", "tiff"):
        drawn = path.with_suffix(f".{kind}")
        image.save(drawn, dpi=(150, 150))
        yield drawn


def corpus_files(corpus: Path) -> list[Path]:
    """Return the real and hostile files that were not made here."""
    return sorted(path for path in corpus.rglob("*") if path.is_file() and path.suffix != ".md")


def mutants(originals: Sequence[Path], files: int, seed: int) -> Iterator[list[tuple[str, bytes]]]:
    """Yield mutants in batches, at most one of each original, so that no two are copies of one document."""
    contents = [(path.name, path.read_bytes()) for path in originals]
    others = [data for _, data in contents]
    for first in range(0, files, len(contents)):
        batch = []
        for number, (name, data) in enumerate(contents[: files - first], first):
            way, made = mutated(data, others, random.Random(f"{seed}-{number}"))
            batch.append((f"{way}-{name}", made))
        yield batch


def of_session(session: int) -> list[str]:
    """Return the commands of the living processes of a session (Linux)."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, own = stat.read_text().rpartition(") ")[2].split()[:4]
            if int(own) == session and state not in "ZX":
                found.append((stat.parent / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue  # it has just ended
    return found


def said(tally: Tally, show: str | None) -> str:
    """Return the report."""
    lines = [f"{tally.files:,} files on {os.cpu_count()} cores; the slowest batch took {tally.slowest:.1f} s"]
    lines += [f"{len(files):6,}  {end}" for end, files in sorted(tally.ends.items(), key=lambda kept: -len(kept[1]))]
    lines += [*tally.ends.get(show or "", ()), f"{len(tally.wrong)} wrong", *tally.wrong]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
