"""One returned file: read in this process when it is our own, in a child process when it came from outside.

The readers are imported when they are needed: the parent of child processes needs none of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from cmforms.contain import Limits, Line
from cmforms.definitions.library import Library
from cmforms.errors import CmformsError, Finding, InputError
from cmforms.issue.identity import verify_mark
from cmforms.store import Store
from cmforms.values.documents import Reading
from cmforms.workflow.workspace import Workspace

if TYPE_CHECKING:
    from cmforms.read.reference import Ledger, Reference
    from cmforms.read.shares import Share

ISSUED, WHOSE, SHARE = "issued", "whose", "share"
"""What a child asks its parent, which alone opens the ledger: the line of an issue, whose mark a worn one is; and to
let others read a part of its file."""


def read_own(workspace: Workspace, store: Store, path: Path) -> list[Reading]:
    """Read a file that this toolkit has just made: nothing in it need be feared, so no process is started."""
    from cmforms.read.documents import read_with

    try:
        return read_with(path, _reference(workspace.library, workspace.key, store.issued))
    except CmformsError as trouble:
        return [unreadable(str(path), trouble.findings)]


def unreadable(source: str, findings: tuple[Finding, ...]) -> Reading:
    """Return the reading of a file that gave nothing but findings."""
    return Reading(
        source=source, sha256="", kind="unreadable", form=None, revision=None, lang=None, issue=None,
        subject=None, pages=(), expected_pages=None, fields=(), findings=findings,
    )


@dataclass(frozen=True)
class Task:
    """A file to be read, or a share of a long one; `alone` when there is nobody to share it with."""

    path: Path
    alone: bool
    share: Share | None = None


def read_contained(folder: Path, key: bytes, limits: Limits, line: Line, task: Task) -> list[Reading]:
    """Read a file, being a child process; `folder` is the workspace's. Raises InputError as `read_file` does."""
    from cmforms.read.documents import read_share_of, read_with

    def admit(source: str, pages: int) -> None:
        if pages > limits.pages:
            raise InputError.because(
                "file-too-long", f"has {pages:,} pages, and at most {limits.pages:,} are read", source=source,
                fix="Split it, or raise the limit under [limits] in cmforms.toml.",
            )
        line.begin_pages(pages)

    reference = _reference(_library(folder), key, cache(partial(line.ask, ISSUED)))
    reference = replace(reference, admit=admit, whose=partial(line.ask, WHOSE))
    if task.share is not None:
        return read_share_of(task.path, task.share, reference)
    share = None if task.alone else partial(line.ask, SHARE, str(task.path))
    return read_with(task.path, replace(reference, share=share))


def _reference(library: Library, key: bytes, ledger: Ledger) -> Reference:
    """Return what a reader may look up, what was issued as it was drawn and written included."""
    from cmforms.read.reference import Reference
    from cmforms.workflow.redrawing import draw_again, outline_again

    return Reference(
        library, ledger, partial(verify_mark, key=key),
        redraw=partial(draw_again, library, key), outline=partial(outline_again, library, key),
    )  # fmt: skip


@lru_cache(maxsize=1)
def _library(folder: Path) -> Library:
    return Library.default(folder)
