"""The records: cases with their editions, the ledger, what came back, every value read, and the log of it all."""

from cmforms.store.access import Access
from cmforms.store.batches import Batch, BatchInfo, Given, Row
from cmforms.store.editions import Edition
from cmforms.store.log import Event
from cmforms.store.store import LIFE, Store

__all__ = ["LIFE", "Access", "Batch", "BatchInfo", "Edition", "Event", "Given", "Row", "Store"]
