"""The schools of the district's directory, as sheets name them: by number, by name, by a name cut short."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz import fuzz, process

from cmforms.legacy.cells import Doubt


@dataclass(frozen=True)
class School:
    """A school of the directory."""

    number: str
    name: str


class Directory:
    """The schools by number and by name, as they are shortened."""

    def __init__(self, schools: Sequence[School], shortened: Mapping[str, str]) -> None:
        self._schools = schools
        self._shortened = shortened
        self._names = {self._key(school.name): school for school in schools}
        self._numbers = {school.number: school for school in schools}

    def number(self, text: str) -> Any:
        """Return the number of the school that a cell names, or why it is none; without a directory, the text."""
        if not self._schools:
            return text
        bare = [each.number for each in self._schools if text.isdigit() and each.number.lstrip("0") == text.lstrip("0")]
        if text in self._numbers or len(bare) == 1:
            return text if text in self._numbers else bare[0]
        number, _, name = text.partition(" ")
        if number in self._numbers and self._key(name) == self._key(self._numbers[number].name):
            return number
        key = self._key(text)
        named = [each for name, each in self._names.items() if key == name or (f"{key} school" == name)]
        if len(named) == 1:
            return named[0].number
        near = process.extractOne(key, self._names.keys(), scorer=fuzz.token_sort_ratio, score_cutoff=72)
        hint = f"; did you mean {self._names[near[0]].name} ({self._names[near[0]].number})?" if near else ""
        return Doubt(
            "school-unknown",
            f"{text!r} is no school of the directory{hint}",
            "Write the school's number, or `values` in the profile.",
        )

    def _key(self, name: str) -> str:
        words = re.findall(r"[^\W_]+", name.casefold())
        return " ".join(self._shortened.get(word, word) for word in words)
