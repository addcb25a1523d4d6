"""What a reader may look up, and what it can know of a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from cmforms.definitions.library import Library
from cmforms.errors import Finding
from cmforms.values.documents import Issued


class PageMark(Protocol):
    """What a genuine page mark says."""

    @property
    def issue(self) -> str: ...
    @property
    def form(self) -> str: ...
    @property
    def revision(self) -> str: ...
    @property
    def lang(self) -> str: ...
    @property
    def page(self) -> int: ...
    @property
    def pages(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Origin:
    """The document that a page is part of. `issue` is None for a blank form that was never issued."""

    issue: str | None
    form: str
    revision: str
    lang: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a page: its document, its number there and how many pages that has, where these are told."""

    origin: Origin
    page: int | None = None
    total: int | None = None


Ledger = Callable[[str], Issued | None]
Verify = Callable[[str], PageMark | Finding]
Whose = Callable[[Sequence[bytes], int], tuple[int, str] | None]
"""Tells the text of the one issued mark that one of some samples shows, and which sample (`issue.likeness`)."""

Redraw = Callable[[Issued], bytes | None]


def nobodys(_samples: Sequence[bytes], _side: int) -> None:
    """Know no mark by its likeness."""


def cannot_redraw(_issued: Issued) -> bytes | None:
    """Draw nothing: pictures are laid over blank forms."""
    return None


Outline = Callable[[Issued], Mapping[str, bytes]]


def no_outline(_issued: Issued) -> Mapping[str, bytes]:
    """Know no Word document."""
    return {}


def admit_all(_source: str, _pages: int) -> None:
    """Take a file of any number of pages."""


@dataclass(frozen=True)
class Reference:
    """What a reader may look up: the definitions, the ledger, and whether a page mark is genuine.

    Before it reads the pages of a file, it tells `admit` how many there are; that raises InputError for too many.
    `share`, where there is one, takes parts of a long file for others to read (`read.shares`).
    `redraw` gives the PDF of an issued document as it was handed out, None when that cannot be drawn again; `outline`
    gives the main part of one of Word with its values marked (see `values.outline`). `whose` knows marks too worn to
    be decoded.
    """

    library: Library
    ledger: Ledger
    verify: Verify
    admit: Callable[[str, int], None] = admit_all
    redraw: Redraw = cannot_redraw
    outline: Outline = no_outline
    whose: Whose = nobodys
    share: Callable[[Sequence[Any]], object] | None = None

    def known(self, issue: str) -> Known | None:
        """Return what the ledger says of the pages of an issue, None when it does not have it."""
        issued = self.ledger(issue)
        if issued is None:
            return None
        origin = Origin(issue, issued.form, issued.revision, issued.lang)
        return Known(origin, None, len(issued.pages) or None)
