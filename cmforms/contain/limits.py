"""How much the reading of one file may take, as the operating system enforces it."""

from __future__ import annotations

import math
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

if sys.platform != "win32":
    import resource

_MB = 1 << 20
_PAGE_TABLE = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take.

    `seconds` are by the clock, `cpu_seconds` of the processors, all threads together; each page of the file adds
    `page_seconds` to both. `memory_mb` is what may be taken beyond what the process holds already, in MiB.
    """

    seconds: float = 120.0
    cpu_seconds: float = 60.0
    page_seconds: float = 10.0
    memory_mb: int = 2048
    pages: int = 500


def unenforced() -> tuple[str, ...]:
    """Name the limits that this system cannot keep; the clock and the number of pages are always kept."""
    if sys.platform == "win32":
        return "cpu_seconds", "memory_mb"
    return () if _PAGE_TABLE.exists() else ("memory_mb",)


class Restraint:
    """The limits of the file that this process is at work on. The kernel keeps them, so a stuck library cannot.

    Passing the time ends the process by SIGALRM or SIGXCPU; more memory is refused, as if there were no more.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def begin(self) -> None:
        """Start counting for a file."""
        if sys.platform == "win32":
            return
        signal.setitimer(signal.ITIMER_REAL, self._limits.seconds)
        spent = resource.getrusage(resource.RUSAGE_SELF)
        _soften(resource.RLIMIT_CPU, math.ceil(spent.ru_utime + spent.ru_stime + self._limits.cpu_seconds))
        if _PAGE_TABLE.exists():
            held = int(_PAGE_TABLE.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
            _soften(resource.RLIMIT_AS, held + self._limits.memory_mb * _MB)

    def extend(self, pages: int) -> None:
        """Give the time for so many pages on top."""
        if sys.platform == "win32":
            return
        more = pages * self._limits.page_seconds
        signal.setitimer(signal.ITIMER_REAL, signal.getitimer(signal.ITIMER_REAL)[0] + more)
        now, _ = resource.getrlimit(resource.RLIMIT_CPU)
        _soften(resource.RLIMIT_CPU, math.ceil(now + more))

    def pause(self) -> float:
        """Stop the clock, while waiting for the parent; return the seconds that are left."""
        return 0.0 if sys.platform == "win32" else signal.setitimer(signal.ITIMER_REAL, 0)[0]

    def resume(self, left: float) -> None:
        """Let the clock run on."""
        if sys.platform != "win32":
            signal.setitimer(signal.ITIMER_REAL, left)

    def end(self) -> None:
        """Lift the limits between two files."""
        self.pause()
        if sys.platform != "win32":
            _soften(resource.RLIMIT_CPU, resource.RLIM_INFINITY)
            _soften(resource.RLIMIT_AS, resource.RLIM_INFINITY)


def _soften(kind: int, most: int) -> None:
    """Set the soft limit, which may be lifted again up to the hard one."""
    _, hard = resource.getrlimit(kind)
    within = most if hard == resource.RLIM_INFINITY else hard if most == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (within, hard))
