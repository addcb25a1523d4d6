"""Who does the chunks: this process, processes of this computer, or a Dask cluster. The chunks are the same."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
import sys
import threading
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Protocol

from cmforms.contain import without_main
from cmforms.errors import CmformsError, InputError
from cmforms.workflow import chunk
from cmforms.workflow.chunk import Finished, Job, Task

_PRELOAD = ["cmforms.workflow.chunk"]


class WorkerDiedError(Exception):
    """A worker died over a chunk, or could not even be given it; nothing of the chunk was kept."""


class Pool(Protocol):
    """What a run asks of its workers."""

    size: int

    def submit(self, task: Task) -> Future[Finished]:
        """Begin a chunk."""

    def result(self, begun: Future[Finished]) -> Finished:
        """Wait for a chunk. Raises WorkerDiedError, or the CmformsError that ends the run."""

    def renew(self) -> None:
        """Replace workers after one has died."""

    def close(self) -> None:
        """Let the workers go; chunks that were not begun are dropped."""


def open_pool(workers: int | str, job: Job) -> Pool:
    """Return workers: their number, or the address of a Dask scheduler.

    Raises InputError when the cluster cannot be reached.
    """
    if isinstance(workers, str):
        return Cluster(workers, job)
    return Processes(workers, job) if workers > 1 else InProcess(job)


class InProcess:
    """No workers: each chunk is done when it is begun."""

    size = 0

    def __init__(self, job: Job) -> None:
        self._job = job

    def submit(self, task: Task) -> Future[Finished]:
        """Do the chunk."""
        done: Future[Finished] = Future()
        done.set_result(chunk.do(self._job, task))
        return done

    def result(self, begun: Future[Finished]) -> Finished:
        """Return what was done."""
        return begun.result()

    def renew(self) -> None:
        """Nobody can have died."""

    def close(self) -> None:
        """Nobody to let go."""


class Processes:
    """Processes of this computer; they end when this one does, however it ends."""

    def __init__(self, size: int, job: Job) -> None:
        self.size = size
        self._job = job
        self._pool = self._begin()

    def _begin(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn" if sys.platform == "win32" else "forkserver")
        if sys.platform != "win32":
            context.set_forkserver_preload(_PRELOAD)
        pool = ProcessPoolExecutor(self.size, context, _begin_worker, (self._job,))
        with without_main():
            for _ in range(self.size):
                pool.submit(_ready)
        return pool

    def submit(self, task: Task) -> Future[Finished]:
        """Hand the chunk to the next free process."""
        try:
            with without_main():
                return self._pool.submit(_do, task)
        except BrokenProcessPool:
            died: Future[Finished] = Future()
            died.set_exception(WorkerDiedError())
            return died

    def result(self, begun: Future[Finished]) -> Finished:
        """Wait for the chunk."""
        try:
            return begun.result()
        except BrokenProcessPool:
            raise WorkerDiedError from None

    def renew(self) -> None:
        """Begin a new pool: one that lost a process takes no more work."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = self._begin()

    def close(self) -> None:
        """Wait for what was begun, drop the rest."""
        self._pool.shutdown(wait=True, cancel_futures=True)


_job: Job


def _begin_worker(job: Job) -> None:
    """Prepare a process of the pool. Ctrl-C is the parent's business; its death is ours too."""
    global _job
    _job = job
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)


def _ready() -> None:
    """Do nothing: a process is started by the first thing that it is given to do."""


def _do(task: Task) -> Finished:
    return chunk.do(_job, task)


class Cluster:
    """The workers of a Dask scheduler, at `tcp://host:port` or `tls://host:port`."""

    def __init__(self, address: str, job: Job) -> None:
        try:
            distributed: Any = importlib.import_module("distributed")
        except ImportError:
            raise InputError.because(
                "extra-missing", "the packages that talk to a cluster are not installed", source=address,
                fix="Run: pip install 'cmforms[cluster]'",
            ) from None
        try:
            self._client: Any = distributed.Client(address, timeout="10s", set_as_default=False)
            self._client.wait_for_workers(1, timeout=60)
        except (OSError, ValueError, TimeoutError) as trouble:
            raise InputError.because(
                "cluster-unreachable", f"no scheduler with workers answers ({type(trouble).__name__})",
                source=address, fix="Check the address, and that workers have joined it.",
            ) from None
        self.size = max(1, sum(self._client.nthreads().values()))
        self._executor = self._client.get_executor(pure=False)
        self._job = self._client.scatter(job.packed(), broadcast=True)

    def submit(self, task: Task) -> Future[Finished]:
        """Send the chunk; the job lies with the workers already."""
        begun: Future[Finished] = self._executor.submit(chunk.do, self._job, task)
        return begun

    def result(self, begun: Future[Finished]) -> Finished:
        """Wait for the chunk; Dask itself has tried it on other workers when one died."""
        try:
            return begun.result()
        except CmformsError:
            raise
        except Exception:
            raise WorkerDiedError from None

    def renew(self) -> None:
        """The scheduler replaces its workers itself."""

    def close(self) -> None:
        """Leave the cluster as it was."""
        self._executor.shutdown(wait=False)
        self._client.close()
