"""One call of one function in a child of its own, for those who need no crew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from cmforms.contain.child import Line
from cmforms.contain.crew import Crew
from cmforms.contain.limits import Limits
from cmforms.errors import InputError

T = TypeVar("T")


def contained(function: Callable[..., T], *args: object, source: str, limits: Limits | None = None) -> T:
    """Return `function(*args)`, called in a child process within limits. The result must be plain data.

    The function must be importable by name. Raises its InputError as it is; else InputError naming the file
    `source`: `file-too-slow`, `file-needs-memory`, `file-breaks-reader`.
    """
    [result] = contained_stream(function, *args, source=source, limits=limits)
    return result  # type: ignore[no-any-return]


def contained_stream(
    function: Callable[..., Any], *args: object, source: str, limits: Limits | None = None
) -> Iterator[Any]:
    """Yield what an iterator that `function(*args)` returns yields in a child process, as `contained` does.

    The child is never far ahead. `Limits.seconds` then hold from one part to the next, `cpu_seconds` for the whole.
    """
    with Crew(_call, limits or Limits()) as crew:
        for outcome in crew.run([(source, (function, args))]):
            if outcome.findings:
                raise InputError(outcome.findings)
            yield outcome.result


def _call(_line: Line, call: tuple[Callable[..., Any], tuple[object, ...]]) -> Any:
    function, args = call
    return function(*args)
