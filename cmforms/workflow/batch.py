"""A run over many cases: chunks to workers, the ledger first, then the documents, then the manifest.

What is on disk is true at any moment. A chunk's documents are staged under hidden names by the worker; then this
process alone enters them in the ledger, gives them their names, and adds their lines to the manifest, each step
durable before the next. Chunks that are ready together are committed together. Killed between two steps, the
run leaves at most documents that the manifest does not name yet; the next run makes those again, byte for byte.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, islice

from cmforms.contain import cores
from cmforms.errors import Where, error
from cmforms.model import Case
from cmforms.sources import SourcedCase
from cmforms.store import Store
from cmforms.workflow.chunk import Finished, Job, Piece, Task, Worker
from cmforms.workflow.making import Done, Outcome, failed_case
from cmforms.workflow.manifest import LocalManifest, Past, RemoteManifest, line_of, open_manifest
from cmforms.workflow.pools import InProcess, Pool, WorkerDiedError, open_pool
from cmforms.workflow.targets import open_target

CHUNK = 50
SMALL = 2 * CHUNK
"""Up to so many cases, no further process is worth its start, unless it is asked for."""

_AHEAD = 3


@dataclass(frozen=True, slots=True)
class Progress:
    """What was just committed: how many cases, how many documents were there before, and the new outcomes."""

    cases: int
    kept: int
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run works: `workers` is their number, a scheduler's address, or None to choose."""

    workers: int | str | None = None
    resume: bool = False
    chunk: int = CHUNK


class Batch:
    """One run. It alone writes to the store and to the manifest."""

    def __init__(self, store: Store, job: Job, settings: Settings) -> None:
        """Take the run. Raises InputError or DefinitionError when the order cannot be carried out at all."""
        Worker(job)
        self._store = store
        self._job = job
        self._settings = settings
        self._target = open_target(job.order.out)
        self._manifest: LocalManifest | RemoteManifest = open_manifest(self._target)
        self._past = Past()
        self._agenda: list[str] = []
        self._pool: Pool = InProcess(job)

    def run(self, cases: Iterable[SourcedCase]) -> Iterator[Progress]:
        """Fill everything, yielding what was committed. One document that cannot be made stops no other.

        Raises OutputError or StoreError when nothing more can be written, InputError when another run is
        writing to the same place.
        """
        self._target.begin()
        try:
            if self._settings.resume:
                self._take_up()
            yield from self._chunks(iter(cases))
            yield from self._agendas()
            self._manifest.close()
        finally:
            self._pool.close()
            self._target.end()

    def _take_up(self) -> None:
        """Learn what is there; documents keep the day of the run that is gone on with."""
        self._past = self._manifest.past()
        if self._past.dated:
            self._job = replace(self._job, order=replace(self._job.order, today=self._past.dated))

    def _chunks(self, cases: Iterator[SourcedCase]) -> Iterator[Progress]:
        cases, size = self._staff(cases)
        begun: deque[tuple[Task, Future[Finished]]] = deque()
        for task in self._tasks(cases, size):
            begun.append((task, self._pool.submit(task)))
            if len(begun) > self._pool.size * _AHEAD:
                yield self._commit(self._ready(begun))
        while begun:
            yield self._commit(self._ready(begun))

    def _staff(self, cases: Iterator[SourcedCase]) -> tuple[Iterator[SourcedCase], int]:
        """Choose the workers by looking at how many cases there are at least; return also the chunk's size."""
        wanted = self._settings.workers
        if wanted is not None:
            self._pool = open_pool(wanted, self._job)  # they get ready while the first cases are read
        first = list(islice(cases, SMALL + 1))
        if wanted is None:
            wanted = cores() if len(first) > SMALL else 1
            self._pool = open_pool(wanted, self._job)
        size = self._settings.chunk
        if isinstance(wanted, int):
            size = max(1, min(size, -(-len(first) // wanted)))
        return chain(first, cases), size

    def _tasks(self, cases: Iterator[SourcedCase], size: int) -> Iterator[Task]:
        number = 0
        while some := list(islice(cases, size)):
            number += 1
            texts = tuple((_json(item), item.origin) for item in some)
            done = {item.case.id: self._there(item.case.id) for item in some} if self._past.done else {}
            yield Task(str(number), texts, done)

    def _there(self, case_id: str) -> Done:
        """Return the documents of a case that the manifest names and that are really there."""
        named = self._past.done.get(case_id, {})
        return {path: issue for path, issue in named.items() if self._target.present(path)}

    def _ready(self, begun: deque[tuple[Task, Future[Finished]]]) -> list[Finished]:
        """Wait for the oldest chunk; take along those after it that are done too."""
        finished: list[Finished] = []
        while begun and (not finished or begun[0][1].done()):
            try:
                finished.append(self._pool.result(begun[0][1]))
            except WorkerDiedError:
                lost = [task for task, _ in begun]
                begun.clear()
                return [*finished, *self._again(lost)]
            begun.popleft()
        return finished

    def _again(self, lost: Sequence[Task]) -> list[Finished]:
        """Do chunks one at a time in new workers, then the cases of one that fails again: one of them kills."""
        finished: list[Finished] = []
        for task in lost:
            self._pool.renew()
            with suppress(WorkerDiedError):
                finished.append(self._pool.result(self._pool.submit(task)))
                continue
            finished += [self._alone(task, at) for at in range(len(task.cases))]
        self._pool.renew()
        return finished

    def _alone(self, task: Task, at: int) -> Finished:
        text, origin = task.cases[at]
        try:
            self._pool.renew()
            alone = replace(task, cases=((text, origin),), label=f"{task.label}.{at}")
            return self._pool.result(self._pool.submit(alone))
        except WorkerDiedError:
            return self._lost(text, origin)

    def _lost(self, text: str, origin: Where) -> Finished:
        case = Case.model_validate_json(text)
        reason = error(
            "worker-died", "the process that worked on this case died twice", case=case.id, source=origin.source,
            sheet=origin.sheet, cell=origin.cell, line=origin.line,
            fix="Fill this case alone; if that fails too, please report it.",
        )
        order = self._job.order
        return Finished(tuple(Piece(outcome) for outcome in failed_case(case.id, order.forms, order.today, reason)))

    def _agendas(self) -> Iterator[Progress]:
        if self._agenda:
            yield self._commit([Worker(self._job).agendas(self._agenda, self._past.done)])

    def _commit(self, finished: Sequence[Finished]) -> Progress:
        """Enter in the ledger, name the documents, add to the manifest: in this order, each durable."""
        pieces = [piece for chunk in finished for piece in chunk.pieces]
        cases: dict[str, str] = {}
        for chunk in finished:
            cases |= chunk.cases
            self._agenda += chunk.agenda
        if cases:
            self._store.save_cases(cases)
        if issued := [piece.issued for piece in pieces if piece.issued]:
            self._store.save_issues(issued)
        if made := [(piece.staged, str(piece.outcome.path)) for piece in pieces if piece.staged]:
            self._target.promote(made)
        outcomes = tuple(piece.outcome for piece in pieces)
        lines = [(outcome, line_of(outcome)) for outcome in outcomes]
        self._manifest.append([line for outcome, line in lines if outcome.path or not self._past.is_said(line)])
        return Progress(len(cases), sum(chunk.kept for chunk in finished), outcomes)


def _json(item: SourcedCase) -> str:
    return item.case.model_dump_json(exclude_none=True, exclude_computed_fields=True)
