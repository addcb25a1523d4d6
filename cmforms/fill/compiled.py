"""Templates that were compiled once, kept for the next document while their files stay the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from cmforms.definitions.schema import Form
from cmforms.files import read_bytes

_KEPT = 64


class _Compiled(Protocol):
    @property
    def form(self) -> Form:
        """The form that it was compiled for."""


T = TypeVar("T", bound=_Compiled)


def kept(known: dict[Path, tuple[tuple[int, int], T]], path: Path, form: Form, compile_: Callable[[bytes], T]) -> T:
    """Return the compiled template of a file out of `known`, or compile it and keep it there.

    The file is looked at by its time and size. Raises InputError when it cannot be read, and what `compile_` raises.
    """
    try:
        status = path.stat()
        stamp = (status.st_mtime_ns, status.st_size)
    except OSError:
        stamp = (0, 0)  # reading says what is wrong
    found = known.get(path)
    if found and found[0] == stamp and found[1].form is form:
        return found[1]
    if len(known) >= _KEPT:
        known.clear()
    compiled = compile_(read_bytes(path))
    known[path] = stamp, compiled
    return compiled
