"""The whole loop on the sample cases: fill, read back, people's answers, records, check."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cmforms.definitions.schema import Form, Writer
from cmforms.errors import Finding, InputError, error
from cmforms.files import make_folder
from cmforms.resources import shipped
from cmforms.sources import read_cases
from cmforms.store import Store
from cmforms.values.documents import Reading, Source, Status
from cmforms.values.kinds import Kind
from cmforms.workflow import checking, reading
from cmforms.workflow.filling import Filler, Order, Outcome
from cmforms.workflow.verifying import held_against_ledger, not_as_issued
from cmforms.workflow.viewer import answer, flatten, scan
from cmforms.workflow.workspace import Workspace

SIGNED_CASE = "CM-2026-0001"
COMPLETE_CASE = "CM-2026-0002"
INCOMPLETE_CASE = "CM-2026-0012"


@dataclass(frozen=True)
class Step:
    """What one stage did, in a sentence, and what went wrong in it."""

    title: str
    said: str
    findings: tuple[Finding, ...] = ()


def run(out: Path) -> Iterator[Step]:
    """Run each stage into the folder `out`, yielding what it did.

    Raises InputError when the folder is not empty and holds something else than an earlier demo.
    """
    _clear(out)
    workspace = Workspace.init(out / "office")
    with workspace.open_store() as store:
        tour = _Tour(out, workspace, store)
        stages: tuple[Callable[[], Step], ...] = (
            tour.fill, tour.read_back, tour.flattened, tour.word, tour.scanned, tour.answers, tour.complete,
            tour.incomplete,
        )  # fmt: skip
        for stage in stages:
            yield stage()


def _clear(out: Path) -> None:
    if not out.exists() or not any(out.iterdir()):
        return
    if not (out / "office" / "cmforms.toml").is_file():
        raise InputError.because(
            "folder-in-use", "is not empty and is no earlier demo", source=str(out),
            fix="Choose another folder with --out.",
        )
    for name in ("office", "documents", "word", "returned"):
        shutil.rmtree(out / name, ignore_errors=True)


class _Tour:
    """The stages of the demo, each working on what the one before left on disk."""

    def __init__(self, out: Path, workspace: Workspace, store: Store) -> None:
        self.out, self.workspace, self.store = out, workspace, store
        self.cases = [sourced.case for sourced in read_cases([shipped("samples") / "cases"]).cases]
        self.filled: list[Outcome] = []

    def fill(self) -> Step:
        """Every form that applies to each sample case."""
        self.filled, refused = self._fill("documents", "pdf")
        pages = sum(outcome.pages or 0 for outcome in self.filled)
        said = (
            f"{len(self.cases)} cases, {len(self.filled)} documents, {pages} pages in documents/; "
            f"{len(refused)} refused because required data is missing, each saying what and by which rule"
        )
        lost = () if self.filled and refused else (error("demo-fill", "no document was filled or refused"),)
        return Step("Fill", said, lost)

    def _fill(self, folder: str, format_: str) -> tuple[list[Outcome], list[Outcome]]:
        forms = tuple(self.workspace.library.form_ids)
        order = Order(self.out / folder, forms, format_)
        outcomes = list(Filler(self.workspace, self.store, order).run(self.cases))
        return (
            [outcome for outcome in outcomes if outcome.status == "filled"],
            [outcome for outcome in outcomes if outcome.status == "refused"],
        )

    def read_back(self) -> Step:
        """Each filled PDF, held against the ledger."""
        return self._compare("Read back", "documents", self.filled, lambda path: path)

    def flattened(self) -> Step:
        """One case's documents printed to PDF: only the text layer and the marks are left."""
        folder = make_folder(self.out / "returned")
        mine = [outcome for outcome in self.filled if outcome.case == COMPLETE_CASE]
        return self._compare(
            "Read the same, printed flat", "documents", mine, lambda path: flatten(path, folder / f"flat-{path.name}")
        )

    def word(self) -> Step:
        """The same documents as Word files."""
        filled, _refused = self._fill("word", "docx")
        return self._compare("Read the Word files", "word", filled, lambda path: path)

    def scanned(self) -> Step:
        """Both contracts of one case as pictures: what is not sure waits for a person, and nothing is wrong."""
        folder = make_folder(self.out / "returned")
        mine = [outcome for outcome in self.filled if outcome.case == COMPLETE_CASE and outcome.form in _CONTRACTS]
        paths = [self.out / "documents" / str(outcome.path) for outcome in mine]
        pile = [scan(path, folder / f"scan-{path.stem}.tif") for path in paths]
        readings = reading.read(self.workspace, self.store, pile)
        fields = [field for found in readings for field in found.fields]
        waiting = sum(field.status is Status.REVIEW for field in fields)
        wrong = [
            finding for found, outcome in zip(readings, mine, strict=True)
            for finding in not_as_issued(found, self.store.issued(outcome.issue or ""))
        ]
        said = (
            f"{len(fields)} fields of {len(mine)} documents: {len(fields) - waiting} as issued, "
            f"{waiting} for a person to look at, {len(wrong) or 'none'} wrong"
        )
        return Step("Read the contracts from a copier's scan", said, tuple(wrong))

    def _compare(
        self, title: str, folder: str, outcomes: list[Outcome], prepare: Callable[[Path], Path]
    ) -> Step:
        equal = 0
        wrong: list[Finding] = []
        for outcome in outcomes:
            held = held_against_ledger(self.workspace, self.store, prepare(self.out / folder / str(outcome.path)))
            equal += held.equal
            wrong += held.findings
        said = f"{equal} fields of {len(outcomes)} documents, every one as it was issued"
        return Step(title, said if not wrong else f"{len(wrong)} fields differ", tuple(wrong))

    def _read(self, path: Path) -> list[Reading]:
        return reading.read_own(self.workspace, self.store, path)

    def answers(self) -> Step:
        """People sign and date a contract on screen; what they wrote goes into the record."""
        added, findings = 0, []
        for outcome in self.filled:
            if (outcome.case, outcome.form) in _TO_SIGN:
                path = self._signed(outcome)
                [found] = self._read(path)
                added += sum(field.origin is Source.ADDED for field in found.fields)
                findings += [*found.findings, *reading.save(self.workspace, self.store, found)]
        values = len(self.store.record_values(SIGNED_CASE))
        said = f"{added} answers that people added were read; {values} went into the record of {SIGNED_CASE}"
        return Step("Read what people added", said, tuple(findings))

    def _signed(self, outcome: Outcome) -> Path:
        form = self.workspace.library.form(outcome.form)
        path = make_folder(self.out / "returned") / f"{outcome.case}-{Path(str(outcome.path)).name}"
        return answer(self.out / "documents" / str(outcome.path), path, _answers(form))

    def complete(self) -> Step:
        """The expulsion packet of a case that has everything."""
        return self._check(COMPLETE_CASE, wanted=True)

    def incomplete(self) -> Step:
        """The expulsion packet of a case that lacks something."""
        return self._check(INCOMPLETE_CASE, wanted=False)

    def _check(self, case: str, *, wanted: bool) -> Step:
        verdict = checking.check(self.workspace, self.store, case, "expulsion")
        said = f"{case}, expulsion packet: {checking.checklist(verdict).summary.rstrip('.')}"
        wrong = () if verdict.complete is wanted else (error("demo-check", "the verdict is not the expected one"),)
        return Step("Check", said, wrong)


_CONTRACTS = ("student-contract", "parent-contract")

_TO_SIGN = {
    (case, form)
    for case in (SIGNED_CASE, COMPLETE_CASE)
    for form in ("student-contract", "parent-contract", "expulsion-cover-sheet", "offense-narrative")
}


def _answers(form: Form) -> dict[str, str]:
    """What the signers write: a signature and a date on every line, and a mark in every box."""
    answers: dict[str, str] = {}
    for name, spec in form.fields.items():
        if spec.by is Writer.TOOLKIT:
            continue
        if spec.type is Kind.SIGNATURE:
            answers[name] = "/s/"
        elif spec.type is Kind.DATE:
            answers[name] = "2026-10-07"
        elif spec.type is Kind.CHECK:
            answers[name] = "Yes"
        elif spec.type is Kind.CHOICE:
            answers[name] = spec.options[0].value
        elif name.endswith("_printed"):
            answers[name] = "Sample Signer"
    return answers
