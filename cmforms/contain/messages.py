"""What a child says to its parent: plain data, so that a file that takes a child over can at most make it lie."""

from __future__ import annotations

import io
import pickle
from collections.abc import Mapping
from dataclasses import is_dataclass
from enum import Enum, StrEnum
from typing import Any

_PLAIN: Mapping[str, frozenset[str]] = {
    "builtins": frozenset({"set", "frozenset", "complex", "bytearray"}),
    "datetime": frozenset({"date", "datetime", "time", "timedelta", "timezone"}),
    "decimal": frozenset({"Decimal"}),
    "pathlib": frozenset({"PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath"}),
}


class Say(StrEnum):
    """The kinds of message, with what each carries."""

    READY = "ready"  # nothing: the child has started
    ASK = "ask"  # the name of a question and its arguments
    PAGES = "pages"  # how many pages the file has
    SOME = "some"  # a list of results, more to come
    END = "end"  # nothing: there are no more results
    DONE = "done"  # the result
    REFUSED = "refused"  # the findings of a CmformsError
    MEMORY = "memory"  # nothing: the file needs more than it may take
    BROKEN = "broken"  # the kind of another exception, and where it came from


def packed(say: Say, content: object = None) -> bytes:
    """Return a message as bytes."""
    return pickle.dumps((say.value, content), pickle.HIGHEST_PROTOCOL)


def unpacked(data: bytes) -> tuple[Say, Any]:
    """Return the message. Raises pickle.UnpicklingError, or whatever crooked bytes raise."""
    say, content = _Plain(io.BytesIO(data)).load()
    return Say(say), content


class _Plain(pickle.Unpickler):
    """Makes records, enumerations and plain values of the standard library; calls nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if name in _PLAIN.get(module, ()):
            return super().find_class(module, name)
        if module.startswith("cmforms.") and name.isidentifier():
            found = super().find_class(module, name)
            if isinstance(found, type) and (is_dataclass(found) or issubclass(found, (Enum, tuple))):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no plain data")
