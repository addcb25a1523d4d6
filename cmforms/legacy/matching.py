"""From the words of a header to the values of a case that it may name, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz, process

from cmforms.definitions.legacy import LegacyWords
from cmforms.legacy.targets import Target, named_targets, numbered, target
from cmforms.values.columns import INLINE, column_for, dotted

SURE, NEAR, MARGIN = 88.0, 72.0, 5.0
GROUP = " / "
"""What stands between the name of a group of columns and the header below it."""
_STOP = {"the", "of", "a", "please", "enter", "eg"}


@dataclass(frozen=True, slots=True)
class Match:
    """What a header may name: the targets, best first, why, and how near (0 to 100). More than one is a question."""

    targets: tuple[Target, ...]
    reason: str
    score: float

    @property
    def sure(self) -> Target | None:
        """The target, when it is the only one and near enough."""
        return self.targets[0] if len(self.targets) == 1 and self.score >= SURE else None


NONE = Match((), "no value of a case is called so", 0)


class Matcher:
    """Knows what headers mean: by exact name, then synonym, then likeness."""

    def __init__(self, words: LegacyWords) -> None:
        self._words = words
        self._known: dict[str, Match] = {}

    def match(self, header: str) -> Match:
        """Say what a header may name."""
        if header not in self._known:
            self._known[header] = self._match(header)
        return self._known[header]

    def key(self, header: str) -> str:
        """Return a header in the words that are compared: lower case, no marks, short words written out."""
        spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"\b(?:[A-Za-z]\.){2,}", _undotted, header))
        words = re.findall(r"[^\W_]+|#", spaced.casefold())
        known = " ".join(self._words.abbreviations.get(word, word) for word in words)
        return " ".join(word for word in known.split() if word not in _STOP)

    def _match(self, header: str) -> Match:
        if column := column_for(header):
            found = target(dotted(column.path))
            return Match((found,), "the exact name", 100) if found else NONE
        keys = [self.key(text) for text in _forms(header)]
        named = [match for key in dict.fromkeys(filter(None, keys)) if (match := self._by_synonym(key))]
        if named:
            return next((match for match in named if len(match.targets) == 1), named[0])
        return max((self._by_likeness(key) for key in keys if key), key=lambda match: match.score, default=NONE)

    def _by_synonym(self, key: str) -> Match | None:
        if found := self._names.get(key):
            return Match(found, f"a synonym of {_called(found)}", 95)
        if number := re.search(r"(?:^| )([1-9])(?= |$)", key):
            bare = " ".join((key[: number.start()] + key[number.end() :]).split())
            entries = [
                numbered(each.generic, int(number[1]) - 1) for each in self._names.get(bare, ()) if "[" in each.path
            ]
            if targets := tuple(entry for entry in entries if entry):
                return Match(targets, f"a synonym of {_called(targets)}, with its number", 95)
        return None

    def _by_likeness(self, key: str) -> Match:
        near = process.extract(key, self._names.keys(), scorer=fuzz.ratio, processor=None, limit=6, score_cutoff=NEAR)
        if not near:
            return NONE
        best = near[0][1]
        close = [name for name, score, _ in near if score >= best - MARGIN]
        targets = tuple(dict.fromkeys(each for name in close for each in self._names[name]))
        return Match(targets, f"like {close[0]!r} ({best:.0f} of 100)", best)

    @cached_property
    def _names(self) -> Mapping[str, tuple[Target, ...]]:
        """Every known name with its targets: labels of the model, paths, synonyms of the word list."""
        names: dict[str, dict[Target, None]] = {}
        for each in named_targets():
            where = _standing(each)
            for name in (each.label, each.path.replace(".", " "), *self._words.headers.get(each.generic, ())):
                names.setdefault(self.key(name), {})[where] = None
        return {name: tuple(found) for name, found in names.items()}


def _forms(header: str) -> tuple[str, ...]:
    """Return what is compared of a header: without what stands in brackets, whole, and without its group's name."""
    bare = re.sub(r"\([^)]*\)", " ", header)
    return (bare, header, bare.rpartition(GROUP)[2])


def _undotted(letters: re.Match[str]) -> str:
    return letters[0].replace(".", "")


def _standing(each: Target) -> Target:
    """Let the first entry stand beside the case where the model has it so: a guardian's column is the first one's."""
    inline = {dotted(path) for path in INLINE}
    return numbered(each.generic, 0) or each if each.listing in inline else each


def _called(targets: tuple[Target, ...]) -> str:
    return " or ".join(each.path for each in targets)
