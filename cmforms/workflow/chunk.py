"""One chunk of a batch, as a worker does it: cases in, staged documents and lines for the ledger out."""

from __future__ import annotations

import atexit
import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from cmforms import __version__
from cmforms.canonical import canonical
from cmforms.definitions.library import Library, Root
from cmforms.errors import DefinitionError, InputError, Where
from cmforms.files import read_bytes
from cmforms.model import Case, plain
from cmforms.values.documents import Issued
from cmforms.workflow.making import Done, Made, Maker, Order, Outcome, located
from cmforms.workflow.targets import LocalTarget, RemoteTarget, open_target


@dataclass(frozen=True)
class Job:
    """What every worker of a run must know.

    Workers of this computer read definitions and templates at `roots`; others get them in `files`. The key that
    signs the marks travels in it, so a cluster must be one that may hold students' data.
    """

    order: Order
    key: bytes = field(repr=False)
    roots: tuple[Root, ...]
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    version: str = __version__

    @cached_property
    def token(self) -> str:
        """What tells this job from any other."""
        text = repr((self.order, self.roots, self.version, sorted(self.files))).encode()
        return hashlib.sha256(b"\0".join((self.key, text, *self.files.values()))).hexdigest()

    def packed(self) -> Job:
        """Return the job with all that a worker needs which sees none of this computer's files."""
        library = Library(self.roots)
        return replace(self, roots=(), files=dict(_files(library, self.order)))


@dataclass(frozen=True, slots=True)
class Task:
    """A chunk: cases as JSON with the place that each came from, and what is there already of each.

    No two chunks of a run have the same label: what each stages lies in a folder of that name, so that workers do not
    wait for each other's folder.
    """

    label: str
    cases: tuple[tuple[str, Where], ...]
    done: Mapping[str, Done]


@dataclass(frozen=True, slots=True)
class Piece:
    """What became of one document: the outcome, and when it was made its ledger line and its staged name."""

    outcome: Outcome
    issued: Issued | None = None
    staged: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    """A chunk that is done: its pieces, its cases by id as canonical JSON, how many documents were there before.

    `agenda` are the cases, as JSON, that an agenda of the order must name.
    """

    pieces: tuple[Piece, ...] = ()
    cases: Mapping[str, str] = field(default_factory=dict)
    kept: int = 0
    agenda: tuple[str, ...] = ()


class Worker:
    """Does chunks of one job; made once in each process."""

    def __init__(self, job: Job) -> None:
        """Take the job. Raises DefinitionError or InputError when its order cannot be carried out."""
        if job.version != __version__:
            raise InputError.because(
                "worker-version", f"the worker has cmforms {__version__}, the run needs {job.version}",
                fix="Install the same edition on every worker.",
            )
        library = Library(job.roots) if job.roots else _unpacked(job.files)
        self.maker = Maker(library, job.key, job.order)
        self._target = open_target(job.order.out)

    def do(self, task: Task) -> Finished:
        """Make all documents of the chunk and stage them. Raises OutputError when that cannot be done."""
        pieces: list[Piece | None] = []
        files: dict[str, bytes] = {}
        cases: dict[str, str] = {}
        agenda = []
        for text, origin in task.cases:
            case = self.maker.completed(Case.model_validate_json(text))
            cases[case.id] = canonical(plain(case))
            agenda += [case.model_dump_json(exclude_computed_fields=True)] if self.maker.on_agenda(case) else []
            made = self.maker.of_case(case, task.done.get(case.id, {}))
            pieces += _pieces(made, origin, task.label, files)
        stage(self._target, files)
        there = tuple(piece for piece in pieces if piece)
        return Finished(there, cases, len(pieces) - len(there), tuple(agenda))

    def agendas(self, cases: Iterable[str], done: Mapping[str, Done]) -> Finished:
        """Make the agendas of all cases that must be on one."""
        known = {path: issue for paths in done.values() for path, issue in paths.items()}
        files: dict[str, bytes] = {}
        held = [Case.model_validate_json(text) for text in cases]
        pieces = list(_pieces(self.maker.agendas(held, known), Where(), "agenda", files))
        stage(self._target, files)
        there = tuple(piece for piece in pieces if piece)
        return Finished(there, {}, len(pieces) - len(there))


_workers: dict[str, Worker] = {}


def do(job: Job, task: Task) -> Finished:
    """Do a chunk in whichever process this is; what the job needs is prepared at the first one."""
    token = job.token
    if token not in _workers:
        _workers.clear()
        _workers[token] = Worker(job)
    return _workers[token].do(task)


def stage(target: LocalTarget | RemoteTarget, files: Mapping[str, bytes]) -> None:
    """Stage files when there are any."""
    if files:
        target.stage(files)


def _pieces(
    made: Iterable[Made | None], origin: Where, prefix: str, files: dict[str, bytes]
) -> Iterator[Piece | None]:
    for one in made:
        if one is None:
            yield None
        elif one.issued is None:
            yield Piece(located(one.outcome, origin))
        else:
            name = f"{prefix}/{len(files)}.part"
            files[name] = one.data
            yield Piece(located(one.outcome, origin), one.issued, name)


def _files(library: Library, order: Order) -> Iterator[tuple[str, bytes]]:
    """Yield the definition files and templates of an order under the names that a library has."""
    wanted = {*order.forms, "district"}
    for path, _ in library.files():
        if path.parent.name == "forms" and path.stem in wanted:
            yield f"forms/{path.name}", read_bytes(path)
    for form_id in order.forms:
        form = library.form(form_id)
        for lang in [order.lang] if order.lang else form.languages:
            try:
                path = library.template(form_id, lang, order.format)
            except DefinitionError:
                continue  # each document that needs it says so
            yield f"templates/{path.name}", read_bytes(path)


def _unpacked(files: Mapping[str, bytes]) -> Library:
    """Lay definitions and templates, which hold no personal data, into a folder that goes with the process."""
    folder = Path(tempfile.mkdtemp(prefix="cmforms-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in ("forms", "templates"):
        (folder / name).mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return Library([Root(folder / "forms", folder / "templates")])
