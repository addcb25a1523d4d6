"""Names for definitions out of whatever an official form calls its fields."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

_INDEX = re.compile(r"\[\d+\]")
_LONGEST = 40


def slug(text: str, least: str) -> str:
    """Return a name of small letters, digits and underscores, or `least` where no letter is left to begin it."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", plain)
    name = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")[:_LONGEST].rstrip("_")
    if not name:
        return least
    return name if name[0].isalpha() else f"{least}_{name}"[:_LONGEST].rstrip("_")


def field_name(full_name: str, taken: Container[str]) -> str:
    """Return a name that is not taken, from the last part of the field's full name."""
    last = _INDEX.sub("", full_name.rpartition(".")[2])
    return free(slug(last, "field"), taken)


def free(name: str, taken: Container[str]) -> str:
    """Return the name, numbered when it is taken."""
    number, found = 2, name
    while found in taken:
        found = f"{name}_{number}"
        number += 1
    return found
