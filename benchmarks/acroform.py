"""Measure reading filled-in PDF forms against pypdf: `python benchmarks/acroform.py [--rounds N]`.

The files are what the toolkit fills: its own forms for every sample case, and the official forms of the corpus, adopted
into a workspace. cmforms finds out which document each is, reads every field, and holds it against what was
issued; pypdf only lists the fields. Both are timed by the processor's time, in turns, in one run. Each reading is
checked: a value that is not the one that was issued ends the run.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import pypdf  # noqa: E402

from cmforms.definitions.schema import FieldSpec, Form  # noqa: E402
from cmforms.errors import CmformsError  # noqa: E402
from cmforms.fill.pdf import fill_pdf  # noqa: E402
from cmforms.issue.identity import identify, verify_mark  # noqa: E402
from cmforms.read.documents import read_file  # noqa: E402
from cmforms.sources import read_cases  # noqa: E402
from cmforms.values.documents import Bound, Issued, Reading, Source, Status  # noqa: E402
from cmforms.values.kinds import Kind, Value  # noqa: E402
from cmforms.workflow.adopting import adopt  # noqa: E402
from cmforms.workflow.filling import Filler, Order  # noqa: E402
from cmforms.workflow.workspace import Workspace  # noqa: E402

CORPUS = ROOT.parent / "shared" / "corpus" / "pdf-forms"


@dataclass(frozen=True)
class Measured:
    """Milliseconds of processor time for a file, by either reader, and how many fields were read in all."""

    files: int
    fields: int
    cmforms: float
    pypdf: float

    @property
    def ratio(self) -> float:
        """How many times faster cmforms is."""
        return self.pypdf / self.cmforms


@dataclass(frozen=True)
class Office:
    """A workspace and what it issued."""

    workspace: Workspace
    issues: dict[str, Issued]

    def read(self, path: Path) -> list[Reading]:
        """Read one file as `cmforms read` does."""
        return read_file(path, self.workspace.library, self.issues.get, partial(verify_mark, key=self.workspace.key))


def measure(corpus: Path = CORPUS, rounds: int = 5) -> dict[str, Measured]:
    """Return the figures for the toolkit's own documents, for official forms if there are any, and for both."""
    with tempfile.TemporaryDirectory(prefix="cmforms-benchmark-") as folder:
        workspace = Workspace.init(Path(folder) / "office")
        own, issues = _own(workspace, Path(folder) / "own")
        sets = {"own": (Office(workspace, issues), own)}
        if corpus.is_dir():
            official = Workspace.init(Path(folder) / "official")
            paths, issues = _official(official, corpus)
            # Opened anew, as the forms that a workspace has are listed once.
            sets["official"] = (Office(Workspace(official.folder), issues), paths)
        found = {name: _measured(office, paths, rounds) for name, (office, paths) in sets.items()}
        return {**found, "all": _together(list(found.values()))}


def _own(workspace: Workspace, out: Path) -> tuple[list[Path], dict[str, Issued]]:
    forms = tuple(form.id for form in workspace.library.forms() if form.scope != "agenda")
    cases = [sourced.case for sourced in read_cases([ROOT / "samples" / "cases"]).cases]
    with workspace.open_store() as store:
        outcomes = list(Filler(workspace, store, Order(out, forms, draft=True)).run(cases))
        issues = {made.issue: store.issued(made.issue) for made in outcomes if made.issue}
    return [out / made.path for made in outcomes if made.path], {key: line for key, line in issues.items() if line}


def _official(workspace: Workspace, corpus: Path) -> tuple[list[Path], dict[str, Issued]]:
    paths: list[Path] = []
    issues: dict[str, Issued] = {}
    for source in sorted(corpus.glob("*.pdf")):
        try:
            form_id = adopt(workspace.library, source, None, "en", None).form
        except CmformsError as refused:
            print(f"{source.name} is left out: {refused}", file=sys.stderr)
            continue
        library = Workspace(workspace.folder).library
        form, template = library.form(form_id), library.template(form_id, "en", "pdf")
        issued, data = _filled(form, template, workspace.key)
        path = workspace.folder / f"{form_id}.filled.pdf"
        path.write_bytes(data)
        paths.append(path)
        issues[issued.issue] = issued
    return paths, issues


def _filled(form: Form, template: Path, key: bytes) -> tuple[Issued, bytes]:
    """Fill every field that takes a short text, a mark or an option."""
    values = dict(_values(form.fields))
    while True:
        identity = identify(form, "en", "CM-1", None, values, key)
        filled = fill_pdf(template, form, Bound(values, {}), identity, lang="en")
        refused = {finding.where.path for finding in filled.findings}
        if not refused:
            break
        values = {name: value for name, value in values.items() if name not in refused}
    issued = Issued(
        identity.issue, form.id, form.revision, "en", "pdf", "CM-1", None, "", filled.pages, values, filled.printed
    )
    return issued, filled.data


def _values(fields: Mapping[str, FieldSpec]) -> Iterator[tuple[str, Value]]:
    for number, (name, spec) in enumerate(fields.items()):
        limit = spec.official.max_length if spec.official else None
        if spec.type is Kind.CHOICE:
            yield name, spec.options[number % len(spec.options)].value
        elif spec.type is Kind.CHECK:
            yield name, True
        elif spec.type in (Kind.TEXT, Kind.LONGTEXT, Kind.PHONE):
            yield name, f"Zoë {number}"[:limit]


def _measured(office: Office, paths: Sequence[Path], rounds: int) -> Measured:
    fields = sum(_checked(office, path) for path in paths)
    times: dict[str, list[float]] = {"cmforms": [], "pypdf": []}
    steps: dict[str, Callable[[Path], object]] = {"cmforms": office.read, "pypdf": _by_pypdf}
    for number in range(rounds):
        for name in sorted(steps, reverse=bool(number % 2)):
            start = time.process_time()
            for path in paths:
                steps[name](path)
            times[name].append((time.process_time() - start) / len(paths) * 1000)
    return Measured(len(paths), fields, *(statistics.median(times[name]) for name in ("cmforms", "pypdf")))


def _by_pypdf(path: Path) -> object:
    return pypdf.PdfReader(path).get_fields()


def _checked(office: Office, path: Path) -> int:
    """Return how many fields were read. Ends the run when one is not as it was issued."""
    [reading] = office.read(path)
    issued = office.issues[reading.issue or ""]
    got = {field.address: field.value for field in reading.fields if field.origin is Source.PRINTED}
    wanted = {name: value for name, value in issued.values.items() if value not in (None, "") and value is not False}
    doubtful = [field.address for field in reading.fields if field.status is Status.REVIEW]
    if reading.kind != "pdf-form" or doubtful or got != wanted:
        raise SystemExit(f"{path.name} was not read as it was issued: {doubtful or set(got) ^ set(wanted)}")
    return len(reading.fields)


def _together(parts: Sequence[Measured]) -> Measured:
    files = sum(part.files for part in parts)
    own, others = (sum(getattr(part, name) * part.files for part in parts) / files for name in ("cmforms", "pypdf"))
    return Measured(files, sum(part.fields for part in parts), own, others)


def table(found: Mapping[str, Measured]) -> str:
    """Return the figures as a Markdown table."""
    names = {"own": "our own documents", "official": "official forms, adopted", "all": "all"}
    lines = [
        f"| {names[name]} | {one.files} | {one.fields} | {one.cmforms:.2f} | {one.pypdf:.2f} | {one.ratio:.1f} |"
        for name, one in found.items()
    ]
    head = "| files | number | fields | cmforms, ms CPU a file | pypdf `get_fields`, ms CPU a file | times faster |"
    return "\n".join([head, "|---|---|---|---|---|---|", *lines])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    given = parser.parse_args()
    print(table(measure(given.corpus, given.rounds)))


if __name__ == "__main__":
    main()
