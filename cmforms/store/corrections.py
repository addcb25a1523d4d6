"""Which value is the newest word: the one that a document brought, or a later correction by hand."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from cmforms.values.documents import RecordValue
from cmforms.values.kinds import to_json

Editions = Sequence[tuple[dt.datetime, Mapping[str, Any]]]

_STEP = re.compile(r"([a-z_]+)|\[(\d+)\]")


def with_corrections(value: RecordValue, recorded_at: dt.datetime, editions: Editions) -> RecordValue:
    """Return the value; `corrected_on` joins its origin when somebody entered another value afterwards.

    `editions` are the case's, with the time of saving, oldest first. Saving an old file once more is no
    correction: only a value that the case never had before counts.
    """
    before = [_at(data, value.path) for saved_at, data in editions if saved_at <= recorded_at]
    stale = [None, to_json(value.value), *before]
    for saved_at, data in editions:
        if saved_at > recorded_at and _at(data, value.path) not in stale:
            moment = saved_at.isoformat(timespec="seconds")
            return replace(value, origin={**value.origin, "corrected_on": moment})
    return value


def _at(data: Any, path: str) -> Any:
    """Return what stands at a path such as `guardians[1].phone`, or None."""
    for key, index in _STEP.findall(path):
        if isinstance(data, Mapping):
            data = data.get(key)
        elif isinstance(data, list) and index and int(index) < len(data):
            data = data[int(index)]
        else:
            return None
    return data
