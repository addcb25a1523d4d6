"""From cases to issued documents: the orders that people give, and the runs that carry them out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from cmforms.definitions.library import Library, Root
from cmforms.errors import Where
from cmforms.model import Case
from cmforms.sources import SourcedCase
from cmforms.store import Store
from cmforms.workflow.batch import Batch, Progress, Settings
from cmforms.workflow.chunk import Job
from cmforms.workflow.making import Order, Outcome
from cmforms.workflow.targets import MANIFEST, whole_place
from cmforms.workflow.workspace import Workspace

__all__ = ["MANIFEST", "Filler", "Order", "Outcome", "Progress", "Settings", "forms_of_packet"]


def forms_of_packet(library: Library, packet_id: str) -> tuple[str, ...]:
    """Return the forms of a packet in its order. Raises DefinitionError for an unknown packet."""
    return tuple(wanted.form for wanted in library.packet(packet_id).documents)


class Filler:
    """Fills documents for one order."""

    def __init__(
        self, workspace: Workspace, store: Store, order: Order, settings: Settings | None = None
    ) -> None:
        """Take the order. Raises InputError or DefinitionError when it cannot be carried out at all."""
        roots = (Root(root.forms.absolute(), root.templates.absolute()) for root in workspace.library.roots)
        job = Job(replace(order, out=whole_place(order.out)), workspace.key, tuple(roots))
        self._batch = Batch(store, job, settings or Settings(workers=1))

    def run(self, cases: Iterable[Case]) -> Iterator[Outcome]:
        """Fill every document of every case, a manifest line each. One that cannot be made stops no other.

        Raises OutputError or StoreError when nothing more can be written.
        """
        for progress in self.follow(SourcedCase(case, Where()) for case in cases):
            yield from progress.outcomes

    def follow(self, cases: Iterable[SourcedCase]) -> Iterator[Progress]:
        """Do the same for cases with their places, yielding what was committed, many documents at a time."""
        yield from self._batch.run(cases)
