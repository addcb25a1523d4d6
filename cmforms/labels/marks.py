"""Boxes that are marked by a character: `☒ Yes ☐ No`, `[x] Yes [ ] No`."""

from __future__ import annotations

import re

_FULL = "☒☑✓✔✗✘■"
_EMPTY = "☐□"
_BOX = re.compile(rf"([{_FULL}{_EMPTY}]|\[\s*[xX]?\s*\]|\(\s*[xX]?\s*\))\s*")


def boxes(text: str) -> list[tuple[bool, str]]:
    """Return each box with whether it is marked and the words behind it; nothing where there is no box."""
    found = list(_BOX.finditer(text))
    if not found:
        return []
    ends = [box.start() for box in found[1:]] + [len(text)]
    return [
        (_is_marked(box[1]), text[box.end() : end].strip(" \t\n,;/|"))
        for box, end in zip(found, ends, strict=True)
    ]


def without_boxes(text: str) -> str:
    """Return a text without the boxes at its start and end."""
    return _BOX.sub(" ", text).strip()


def _is_marked(box: str) -> bool:
    return box in _FULL or "x" in box.lower()
