"""What the children of a pile give, file by file: also of a long file that several of them read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cmforms.contain import Outcome
from cmforms.values.documents import Reading
from cmforms.workflow.one_file import Task, unreadable

if TYPE_CHECKING:
    from cmforms.read.shares import Share


class Gathering:
    """The readings of each file, in the order of the files."""

    def __init__(self, files: Iterable[Path], most: int) -> None:
        """Take at most `most` shares of a file: no page is in two."""
        self._readings: dict[str, list[Reading]] = {str(path): [] for path in files}
        self._shared: dict[str, int] = {}
        self._most = most

    def shares(self, source: str, shares: Sequence[Share]) -> Iterator[tuple[str, Task]]:
        """Yield the tasks that a child would leave to others; it is not trusted to name only what it was given."""
        for share in shares if source in self._readings else ():
            if self._shared.setdefault(source, 0) < self._most:
                self._shared[source] += 1
                yield source, Task(Path(source), alone=True, share=share)

    def take(self, outcome: Outcome) -> None:
        """Take what became of a file or of a share; of several failures of one file, the first is told."""
        found = self._readings[outcome.source]
        if outcome.result:
            found += outcome.result
        elif not (outcome.source in self._shared and any(not reading.sha256 for reading in found)):
            found.append(unreadable(outcome.source, outcome.findings))

    def readings(self) -> list[Reading]:
        """Return the readings, those of a long file in the order of its pages, what belongs to no document last."""
        for source in self._shared:
            self._readings[source].sort(key=lambda reading: (reading.form is None, reading.pages))
        return [reading for found in self._readings.values() for reading in found]
