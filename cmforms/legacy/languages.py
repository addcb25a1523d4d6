"""Languages by the names that people give them, as their codes (BCP 47)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from rapidfuzz import fuzz, process

_WORDS = {"no", "na", "so", "or", "as", "is", "am"}
"""Codes that are words too: No in a column of languages hardly means Norwegian."""


class Languages:
    """English names from CLDR, and the district's own words."""

    def __init__(self, own: Mapping[str, Sequence[str]]) -> None:
        self._own = own

    def code(self, text: str) -> str:
        """Return the code of a language by its name or code; blank when it is none."""
        key = " ".join(text.casefold().split())
        return self._names.get(key, "")

    def near(self, text: str) -> str:
        """Return the name most like a text, or blank."""
        found = process.extractOne(text.casefold(), self._names.keys(), scorer=fuzz.ratio, score_cutoff=75)
        return found[0].title() if found else ""

    @cached_property
    def _names(self) -> dict[str, str]:
        from babel import Locale

        found: dict[str, str] = {}
        for code, name in Locale("en").languages.items():
            if len(code) in (2, 3) and code.isalpha():
                found.setdefault(name.casefold(), code)
                if code not in _WORDS:
                    found.setdefault(code, code)
        for code, words in self._own.items():
            found.update((word.casefold(), code) for word in words)
        return found
