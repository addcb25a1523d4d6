"""How a value is told apart from the text around it, in a document made only to compare another with.

The marks are private-use characters (Unicode 23.5), which no value that is printed holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_START, _MIDDLE, _END = "\ue0a0", "\ue0a1", "\ue0a2"
_VALUE = re.compile(f"{_START}([^{_MIDDLE}]*){_MIDDLE}([^{_END}]*){_END}")


class Piece(NamedTuple):
    """A piece of a text: `address` is that of the value, '' for text that stands in the template."""

    address: str
    text: str


def marked(address: str, text: str) -> str:
    """Return a value between marks that say which field's it is."""
    return f"{_START}{address}{_MIDDLE}{text}{_END}"


def pieces(text: str) -> Iterator[Piece]:
    """Yield the pieces of a text with marked values, in order; texts between them may be empty."""
    done = 0
    for found in _VALUE.finditer(text):
        yield Piece("", text[done : found.start()])
        yield Piece(found[1], found[2])
        done = found.end()
    yield Piece("", text[done:])
