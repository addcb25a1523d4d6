"""Millions of cells are no garbage: looking at them again and again would take a third of the time."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 200_000


@contextmanager
def settled() -> Iterator[None]:
    """Leave what is there already out of garbage collection, and collect seldom meanwhile."""
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
