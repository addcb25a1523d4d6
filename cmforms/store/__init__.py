"""The records: cases with their editions, the ledger of issues, what came back, every value read."""

from cmforms.store.store import Edition, Store

__all__ = ["Edition", "Store"]
