"""Canonical JSON: equal data make equal text, which can be stored, hashed and sealed as it is."""

from __future__ import annotations

import json
from typing import Any

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


class Encoded(str):
    """Canonical JSON, ready to be stored and sealed as it is."""

    __slots__ = ()


def canonical(data: Any) -> str:
    """Return plain data as canonical JSON: keys sorted, no spaces; equal data make equal text."""
    return data if type(data) is Encoded else _ENCODER.encode(data)
