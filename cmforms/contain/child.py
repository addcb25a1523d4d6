"""The life of a child process: it does what its parent sends, within limits, and ends with the parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from cmforms.contain.limits import Limits, Restraint
from cmforms.contain.messages import Say, packed
from cmforms.errors import CmformsError

if sys.platform != "win32":
    import fcntl
    import resource

Work = Callable[["Line", Any], Any]
_AT_ONCE = 500


class Line:
    """A child's line to its parent, for what it may not do or decide by itself."""

    def __init__(self, connection: Connection, restraint: Restraint) -> None:
        self._connection = connection
        self._restraint = restraint

    def ask(self, question: str, *args: object) -> Any:
        """Return the parent's answer to one of the questions that it takes, by name."""
        with self._waiting():
            self._connection.send_bytes(packed(Say.ASK, (question, args)))
            return self._connection.recv()

    def begin_pages(self, pages: int) -> None:
        """Tell how many pages the file has: each gets its time."""
        self._restraint.extend(pages)
        self.say(Say.PAGES, pages)

    def say(self, say: Say, content: object = None) -> None:
        """Send a message; the clock stands still while the parent is busy."""
        data = packed(say, content)
        with self._waiting():
            self._connection.send_bytes(data)

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        left = self._restraint.pause()
        try:
            yield
        finally:
            self._restraint.resume(left)


def serve(connection: Connection, work: Work, limits: Limits) -> None:
    """Do one thing after another until the parent closes the line or a failure may have harmed this process."""
    _settle()
    restraint = Restraint(limits)
    line = Line(connection, restraint)
    try:
        line.say(Say.READY)
        while _do(line, restraint, work, connection.recv()):
            pass
    except (EOFError, OSError):
        return  # the parent has closed the line


def _do(line: Line, restraint: Restraint, work: Work, item: object) -> bool:
    """Do one thing and tell what became of it. Return whether this process is fit for the next."""
    told: tuple[Say, object]
    restraint.begin()
    try:
        told = _told(line, work(line, item))
    except CmformsError as refused:
        told = (Say.REFUSED, refused.findings)
    except MemoryError:
        told = (Say.MEMORY, None)
    except BaseException as trouble:  # a panic of a Rust library derives from BaseException
        told = (Say.BROKEN, _place(trouble))
    restraint.end()
    line.say(*told)
    return told[0] not in (Say.MEMORY, Say.BROKEN)


def _told(line: Line, result: object) -> tuple[Say, object]:
    """Return the last message about a result, after sending the parts of one that comes in parts."""
    if not isinstance(result, Iterator):
        return Say.DONE, result
    while some := list(islice(result, _AT_ONCE)):
        line.say(Say.SOME, some)
    return Say.END, None


def _place(trouble: BaseException) -> str:
    """Name the kind and the place of a failure; its text may quote the file, so it is left out."""
    trace = trouble.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f" in {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return type(trouble).__name__ + place


def _settle() -> None:
    """Make this process end with its parent, leave no file behind, and keep the words of libraries to itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    sys.dont_write_bytecode = True
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    if sys.platform != "win32":
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    _end_with_parent()


def _end_with_parent() -> None:
    """End when the parent does, even in the midst of a library that never returns.

    The sentinel is a pipe that only the parent holds open. Where it closes, Linux sends SIGIO, which ends the
    process whatever it is doing; elsewhere a thread waits for it.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    if sys.platform == "linux":
        signal.signal(signal.SIGIO, signal.SIG_DFL)
        fcntl.fcntl(parent.sentinel, fcntl.F_SETOWN, os.getpid())
        flags = fcntl.fcntl(parent.sentinel, fcntl.F_GETFL)
        fcntl.fcntl(parent.sentinel, fcntl.F_SETFL, flags | os.O_ASYNC)
    else:
        threading.Thread(target=_wait_for, args=(parent,), daemon=True).start()


def _wait_for(parent: Any) -> None:
    parent.join()
    os._exit(1)
