"""The parent's side: children that do one thing to many untrusted files, each replaced when a file has ended it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from multiprocessing import connection, forkserver
from types import ModuleType, TracebackType
from typing import Any, Self

from cmforms.contain.child import Work, serve
from cmforms.contain.limits import Limits
from cmforms.contain.messages import Say, unpacked
from cmforms.errors import CmformsError, Finding, error

_FILES_EACH = 200
"""After so many files a child is replaced: what a library leaks goes with it."""

_GRACE = 5.0
_LARGEST_MESSAGE = 1 << 29
_SPLIT = "Split it or scan it again, or raise the limit under [limits] in cmforms.toml."
_AGAIN = "Copy, download or scan it again; if it opens in its own program, save or print it anew from there."

Questions = Mapping[str, Callable[..., Any]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: the result, or findings that say why there is none."""

    source: str
    result: Any = None
    findings: tuple[Finding, ...] = ()


def warm_up(preload: Sequence[str]) -> None:
    """Begin to load modules in the process that children are forked from, and go on meanwhile (not on Windows).

    Raises CmformsError (`reader-not-started`), as where the path of the folder for temporary files is so long that
    no socket can lie in it (unix(7): 107 characters in all).
    """
    if sys.platform != "win32":
        forkserver.set_forkserver_preload(list(preload))
        try:
            with without_main():
                forkserver.ensure_running()
        except OSError as trouble:
            raise _not_started(str(trouble)) from None


@contextmanager
def without_main() -> Iterator[None]:
    """Start processes that run nothing of the program which they are started from: a child would import it again."""
    program = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = program


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Crew:
    """Up to `size` children for one kind of work. Use it with `with`: no child outlives the block.

    `work(line, item)` is called in a child, so it must be importable there, or a `partial` of that. `questions` are
    what a child may ask by name (`Line.ask`); the answers are made in this process.
    """

    def __init__(self, work: Work, limits: Limits, size: int = 1, questions: Questions | None = None) -> None:
        self._work = work
        self._limits = limits
        self._size = size
        self._questions = questions or {}
        self._children: list[_Child] = []
        self._added: deque[tuple[str, Any]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        for child in self._children:
            child.end()
        self._children.clear()

    def add(self, items: Iterable[tuple[str, Any]]) -> None:
        """Take more items while `run` is at work: they come after all others."""
        self._added.extend(items)

    def run(self, items: Iterable[tuple[str, Any]]) -> Iterator[Outcome]:
        """Do the work on each (source, item); yield what became of them in their order.

        What a child gives in parts comes as one outcome for each part, with others of it in between only for the
        first file that is not done yet. Raises CmformsError when no child can be started.
        """
        waiting: dict[int, list[Outcome]] = {}
        ended: set[int] = set()
        queue = iter(items)
        numbers = count()
        turn = 0
        while self._staff(queue, numbers):
            for child in self._ready():
                for outcome in self._hear(child):
                    waiting.setdefault(child.number, []).append(outcome)
                if not child.busy:
                    ended.add(child.number)
            while turn in waiting or turn in ended:
                yield from waiting.pop(turn, ())
                if turn not in ended:
                    break
                turn += 1

    def _staff(self, queue: Iterator[tuple[str, Any]], numbers: Iterator[int]) -> bool:
        """Give each free child its next file, starting children as they are needed; tell whether any is busy."""
        while (busy := sum(child.busy for child in self._children)) < self._size:
            following = next(queue, None) or (self._added.popleft() if self._added else None)
            if following is None:
                break
            self._free().give(next(numbers), following)
        return busy > 0

    def _free(self) -> _Child:
        for child in self._children:
            if not child.busy:
                if child.files < _FILES_EACH:
                    return child
                self._dismiss(child)
                break
        self._children.append(child := _Child(self._work, self._limits))
        return child

    def _dismiss(self, child: _Child) -> None:
        child.end()
        self._children.remove(child)

    def _ready(self) -> list[_Child]:
        """Wait until a child has something to say, has ended, or has had its time."""
        busy = [child for child in self._children if child.busy]
        left = min(child.deadline for child in busy) - time.monotonic()
        heard = connection.wait([child.line for child in busy], max(0.0, left))
        if heard:
            return [child for child in busy if child.line in heard]
        for child in busy:
            if child.deadline <= time.monotonic():
                child.kill()
        return []

    def _hear(self, child: _Child) -> Iterator[Outcome]:
        """Take one message of a child, or its end."""
        try:
            say, content = unpacked(child.line.recv_bytes(_LARGEST_MESSAGE))
        except Exception:  # the line has ended, or what came over it is no message of ours
            self._children.remove(child)
            child.busy = False
            yield Outcome(child.source, findings=(child.autopsy(),))
            return
        child.heard(say)
        match say:
            case Say.ASK:
                question, args = content
                child.answer(self._questions[question](*args))
            case Say.PAGES:
                child.allow(min(content, self._limits.pages) * self._limits.page_seconds)
            case Say.SOME:
                yield from (Outcome(child.source, one) for one in content)
            case Say.END | Say.DONE | Say.REFUSED | Say.MEMORY | Say.BROKEN:
                child.busy = False
                if say in (Say.MEMORY, Say.BROKEN):
                    self._dismiss(child)
                if say is not Say.END:
                    yield self._outcome(child.source, say, content)

    def _outcome(self, source: str, say: Say, content: Any) -> Outcome:
        if say is Say.DONE:
            return Outcome(source, content)
        if say is Say.REFUSED:
            return Outcome(source, findings=tuple(content))
        if say is Say.MEMORY:
            return Outcome(source, findings=(_greedy(source, self._limits),))
        return Outcome(source, findings=(_broken(source, f"cannot be read ({content})"),))


class _Child:
    """One child process as its parent sees it. `busy` with the file `number`, named `source`, until `deadline`."""

    def __init__(self, work: Work, limits: Limits) -> None:
        context: Any = multiprocessing.get_context("spawn" if sys.platform == "win32" else "forkserver")
        self._limits = limits
        self._ready = self._late = False
        self.busy, self.number, self.source, self.files = False, -1, "", 0
        self.deadline = 0.0
        try:
            self.line, theirs = context.Pipe()
            self._process = context.Process(target=serve, args=(theirs, work, limits), daemon=True)
            with without_main():
                self._process.start()
            theirs.close()
        except (OSError, EOFError) as trouble:
            raise _not_started(type(trouble).__name__) from None

    def give(self, number: int, item: tuple[str, Any]) -> None:
        """Let it begin with a file."""
        self.number, (self.source, content) = number, item
        self.busy, self.files = True, self.files + 1
        self.deadline = time.monotonic() + self._limits.seconds + _GRACE
        with suppress(OSError):  # that it has ended is heard on the line
            self.line.send(content)

    def heard(self, say: Say) -> None:
        """Note that it lives."""
        self._ready = True
        if say in (Say.READY, Say.SOME):
            self.deadline = time.monotonic() + self._limits.seconds + _GRACE

    def answer(self, content: object) -> None:
        """Answer its question."""
        with suppress(OSError):
            self.line.send(content)

    def allow(self, seconds: float) -> None:
        """Give it more time."""
        self.deadline += seconds

    def kill(self) -> None:
        """End it in the midst of its work, since its time is over."""
        self._late = True
        self._process.kill()

    def end(self) -> None:
        """Let it go: at once when it is at work, else by closing its line."""
        if self.busy:
            self._process.kill()
        self.line.close()
        self._process.join(_GRACE)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
        self._process.close()

    def autopsy(self) -> Finding:
        """Say what ended it. Raises CmformsError when it never came to life."""
        self.line.close()
        self._process.join(_GRACE)
        if self._process.exitcode is None:  # it lives, but what it says is no message
            self._process.kill()
            self._process.join()
        code = self._process.exitcode or 0
        self._process.close()
        if not self._ready:
            raise _not_started(_named(code))
        if self._late or -code in _TIMEOUTS:
            return _slow(self.source, self._limits)
        if -code == _KILLED:  # by the system, which does that when its memory is short
            return _greedy(self.source, self._limits)
        # A library that is refused memory often ends its process by SIGABRT, and says so to nobody.
        memory = f", as a need for more than {self._limits.memory_mb:,} MB would" if -code == signal.SIGABRT else ""
        return _broken(self.source, f"broke the process that read it ({_named(code)}{memory})")


_TIMEOUTS = {getattr(signal, name) for name in ("SIGALRM", "SIGXCPU") if hasattr(signal, name)}
_KILLED = getattr(signal, "SIGKILL", -1)


def _named(code: int) -> str:
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"exit code {code}"


def _slow(source: str, limits: Limits) -> Finding:
    return error(
        "file-too-slow",
        f"was not read within {limits.seconds:g} seconds, or {limits.cpu_seconds:g} of the processor, "
        f"and {limits.page_seconds:g} more for each page", source=source, fix=_SPLIT,
    )


def _greedy(source: str, limits: Limits) -> Finding:
    return error(
        "file-needs-memory", f"needs more than {limits.memory_mb:,} MB of memory to read", source=source, fix=_SPLIT
    )


def _broken(source: str, said: str) -> Finding:
    return error("file-breaks-reader", said, source=source, fix=_AGAIN)


def _not_started(why: str) -> CmformsError:
    return CmformsError.because(
        "reader-not-started", f"the process that opens untrusted files cannot be started ({why})",
        fix="Free memory, processes and space for temporary files, or name a folder for these with a shorter path by "
        "TMPDIR, and try again.",
    )
