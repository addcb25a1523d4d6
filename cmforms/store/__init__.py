"""The records: cases with their editions, the ledger, what came back, every value read, and the log of it all."""

from cmforms.store.access import Access
from cmforms.store.archive_files import read_archive, write_archive
from cmforms.store.batches import Batch, BatchInfo, Given, Row
from cmforms.store.editions import Edition
from cmforms.store.log import Event
from cmforms.store.store import LIFE, Store
from cmforms.store.verify import Head

__all__ = [
    "LIFE", "Access", "Batch", "BatchInfo", "Edition", "Event", "Given", "Head", "Row", "Store", "read_archive",
    "write_archive",
]  # fmt: skip
