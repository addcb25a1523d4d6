"""The Unicode bidirectional algorithm (UAX #9) for one line: character levels and visual order.

The line is taken as a paragraph of its own; its base direction may be given from outside.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

Item = TypeVar("Item")

_MAX_DEPTH = 125
_INITIATORS = frozenset({"LRI", "RLI", "FSI"})
_EMBEDDINGS = frozenset({"LRE", "RLE", "LRO", "RLO"})
_REMOVED = _EMBEDDINGS | {"PDF", "BN"}
_NEUTRALS = frozenset({"B", "S", "WS", "ON", "PDI"}) | _INITIATORS
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"}) | _EMBEDDINGS | _INITIATORS
# Brackets whose partner is not the next code point (BidiBrackets.txt).
_FAR_PARTNERS = {
    "[": "]",
    "{": "}",
    "\N{FULLWIDTH LEFT SQUARE BRACKET}": "\N{FULLWIDTH RIGHT SQUARE BRACKET}",
    "\N{FULLWIDTH LEFT CURLY BRACKET}": "\N{FULLWIDTH RIGHT CURLY BRACKET}",
    "\u298d": "\u2990",
    "\u298f": "\u298e",
}


def needs_order(text: str) -> bool:
    """Tell whether any character could make the visual order differ from the logical one."""
    return not text.isascii() and any(unicodedata.bidirectional(c) in _RIGHT_TO_LEFT for c in text)


def base_level(text: str) -> int:
    """Return 1 for a right-to-left text, else 0, by its first strong character (rules P2 and P3)."""
    kinds = _kinds(text)
    return _first_strong(kinds, _matching(kinds), 0, len(kinds))


def levels(text: str, base: int) -> list[int]:
    """Return the embedding level of each character of a line; odd is right to left."""
    original = _kinds(text)
    matches = _matching(original)
    explicit = _Explicit(list(original), matches, base)
    explicit.run()
    for sequence in _sequences(explicit, original, matches, base):
        sequence.resolve(text, original)
        for index, kind in zip(sequence.indices, sequence.kinds, strict=True):
            explicit.levels[index] += _implicit_step(explicit.levels[index], kind)
    _settle_removed(explicit.levels, original, base)
    _reset_whitespace(explicit.levels, original, base)
    return explicit.levels


def visual(items: Sequence[Item], item_levels: Sequence[int]) -> list[Item]:
    """Order items from left to right by their levels (rule L2)."""
    order = list(range(len(items)))
    odd = [level for level in item_levels if level % 2]
    for threshold in range(max(item_levels, default=0), min(odd, default=1) - 1, -1):
        start = 0
        while start < len(order):
            end = start
            while end < len(order) and item_levels[order[end]] >= threshold:
                end += 1
            order[start:end] = order[start:end][::-1]
            start = end + 1
    return [items[index] for index in order]


def _kinds(text: str) -> list[str]:
    return [unicodedata.bidirectional(char) or "L" for char in text]


def _matching(kinds: Sequence[str]) -> dict[int, int]:
    """Pair the isolate initiators with their PDI (BD9)."""
    stack: list[int] = []
    pairs: dict[int, int] = {}
    for index, kind in enumerate(kinds):
        if kind in _INITIATORS:
            stack.append(index)
        elif kind == "PDI" and stack:
            pairs[stack.pop()] = index
        elif kind == "B":
            stack.clear()
    return pairs


def _first_strong(kinds: Sequence[str], matches: dict[int, int], start: int, end: int) -> int:
    index = start
    while index < end:
        kind = kinds[index]
        if kind in ("L", "R", "AL"):
            return int(kind != "L")
        if kind in _INITIATORS:
            index = matches.get(index, end)
        index += 1
    return 0


@dataclass
class _Explicit:
    """Rules X1 to X8: the levels that embeddings, overrides and isolates ask for."""

    kinds: list[str]
    matches: dict[int, int]
    base: int
    levels: list[int] = field(default_factory=list)

    def run(self) -> None:
        self.levels = [self.base] * len(self.kinds)
        self._stack: list[tuple[int, str, bool]] = [(self.base, "", False)]
        self._lost_isolates = self._lost_embeddings = self._isolates = 0
        for index, kind in enumerate(tuple(self.kinds)):
            if kind in _EMBEDDINGS:
                self._embed(kind)
            elif kind in _INITIATORS:
                self._isolate(index, kind)
            elif kind == "PDI":
                self._end_isolate(index)
            elif kind == "PDF":
                self._end_embedding()
            elif kind not in ("B", "BN"):
                self._place(index)

    def _place(self, index: int) -> None:
        level, override, _ = self._stack[-1]
        self.levels[index] = level
        self.kinds[index] = override or self.kinds[index]

    def _next_level(self, odd: bool) -> int:
        level = self._stack[-1][0] + 1
        return level + (level % 2 != odd)

    def _embed(self, kind: str) -> None:
        level = self._next_level(kind[0] == "R")
        if level <= _MAX_DEPTH and not self._lost_isolates and not self._lost_embeddings:
            self._stack.append((level, {"RLO": "R", "LRO": "L"}.get(kind, ""), False))
        elif not self._lost_isolates:
            self._lost_embeddings += 1

    def _isolate(self, index: int, kind: str) -> None:
        if kind == "FSI":
            end = self.matches.get(index, len(self.kinds))
            odd = bool(_first_strong(self.kinds, self.matches, index + 1, end))
        else:
            odd = kind == "RLI"
        self._place(index)
        level = self._next_level(odd)
        if level <= _MAX_DEPTH and not self._lost_isolates and not self._lost_embeddings:
            self._isolates += 1
            self._stack.append((level, "", True))
        else:
            self._lost_isolates += 1

    def _end_isolate(self, index: int) -> None:
        if self._lost_isolates:
            self._lost_isolates -= 1
        elif self._isolates:
            self._lost_embeddings = 0
            while not self._stack.pop()[2]:
                pass
            self._isolates -= 1
        self._place(index)

    def _end_embedding(self) -> None:
        if self._lost_isolates:
            return
        if self._lost_embeddings:
            self._lost_embeddings -= 1
        elif not self._stack[-1][2] and len(self._stack) > 1:
            self._stack.pop()


@dataclass
class _Sequence:
    """An isolating run sequence (BD13) and rules W1 to N2 on it."""

    indices: list[int]
    kinds: list[str]
    level: int
    start: str
    end: str

    def resolve(self, text: str, original: Sequence[str]) -> None:
        self._weak_marks_and_numbers()
        self._weak_separators()
        self._weak_terminators()
        self._brackets(text, original)
        self._neutrals()

    def _weak_marks_and_numbers(self) -> None:
        """W1 to W3."""
        before, strong = self.start, self.start
        for at, kind in enumerate(self.kinds):
            if kind == "NSM":
                kind = "ON" if before in _INITIATORS or before == "PDI" else before
            before = kind
            if kind in ("L", "R", "AL"):
                strong = kind
            elif kind == "EN" and strong == "AL":
                kind = "AN"
            self.kinds[at] = kind
        self.kinds = ["R" if kind == "AL" else kind for kind in self.kinds]

    def _weak_separators(self) -> None:
        """W4."""
        for at in range(1, len(self.kinds) - 1):
            left, kind, right = self.kinds[at - 1 : at + 2]
            same = left == right
            if same and ((kind == "ES" and left == "EN") or (kind == "CS" and left in ("EN", "AN"))):
                self.kinds[at] = left

    def _weak_terminators(self) -> None:
        """W5 to W7."""
        at = 0
        while at < len(self.kinds):
            end = at
            while end < len(self.kinds) and self.kinds[end] == "ET":
                end += 1
            if end > at:
                beside = self.kinds[max(at - 1, 0)], self.kinds[min(end, len(self.kinds) - 1)]
                self.kinds[at:end] = ["EN" if "EN" in beside else "ON"] * (end - at)
            at = max(end, at + 1)
        strong = self.start
        for at, kind in enumerate(self.kinds):
            if kind in ("ES", "CS"):
                self.kinds[at] = "ON"
            elif kind in ("L", "R"):
                strong = kind
            elif kind == "EN" and strong == "L":
                self.kinds[at] = "L"

    def _strong(self, at: int) -> str:
        """The direction that a character counts as beside neutrals, or nothing."""
        if at < 0:
            return self.start
        if at >= len(self.kinds):
            return self.end
        return {"L": "L", "R": "R", "EN": "R", "AN": "R"}.get(self.kinds[at], "")

    def _brackets(self, text: str, original: Sequence[str]) -> None:
        """N0."""
        own = "R" if self.level % 2 else "L"
        for opening, closing in self._bracket_pairs(text):
            inside = {self._strong(at) for at in range(opening + 1, closing)} - {""}
            if not inside:
                continue
            kind = own
            if own not in inside:
                before = opening - 1
                while before >= 0 and not self._strong(before):
                    before -= 1
                kind = self._strong(before)
            for at in (opening, closing):
                self._set_with_marks(at, kind, original)

    def _set_with_marks(self, at: int, kind: str, original: Sequence[str]) -> None:
        self.kinds[at] = kind
        for after in range(at + 1, len(self.kinds)):
            if original[self.indices[after]] != "NSM":
                break
            self.kinds[after] = kind

    def _bracket_pairs(self, text: str) -> list[tuple[int, int]]:
        """BD16."""
        stack: list[tuple[str, int]] = []
        pairs = []
        for at, index in enumerate(self.indices):
            if self.kinds[at] != "ON":
                continue
            char = unicodedata.normalize("NFC", text[index])
            if closing := _partner(char):
                if len(stack) == 63:
                    return []
                stack.append((closing, at))
                continue
            open_at = next((n for n in range(len(stack) - 1, -1, -1) if stack[n][0] == char), None)
            if open_at is not None:
                pairs.append((stack[open_at][1], at))
                del stack[open_at:]
        return sorted(pairs)

    def _neutrals(self) -> None:
        """N1 and N2."""
        own, at = "R" if self.level % 2 else "L", 0
        while at < len(self.kinds):
            end = at
            while end < len(self.kinds) and self.kinds[end] in _NEUTRALS:
                end += 1
            if end > at:
                left, right = self._strong(at - 1), self._strong(end)
                self.kinds[at:end] = [left if left == right else own] * (end - at)
            at = max(end, at + 1)


def _partner(char: str) -> str:
    """Return the closing bracket of an opening one, else an empty string."""
    if unicodedata.category(char) != "Ps" or not unicodedata.mirrored(char):
        return ""
    closing = _FAR_PARTNERS.get(char) or chr(ord(char) + 1)
    return closing if unicodedata.category(closing) == "Pe" else ""


def _sequences(
    explicit: _Explicit, original: Sequence[str], matches: dict[int, int], base: int
) -> list[_Sequence]:
    """Rule X10: split the kept characters into isolating run sequences."""
    kept = [i for i, kind in enumerate(original) if kind not in _REMOVED]
    runs = _level_runs(kept, explicit.levels)
    by_start = {run[0]: run for run in runs}
    closers = set(matches.values())
    position = {index: at for at, index in enumerate(kept)}
    sequences = []
    for run in runs:
        if original[run[0]] == "PDI" and run[0] in closers:
            continue
        indices = list(run)
        while (after := matches.get(indices[-1])) in by_start:
            indices += by_start[after]
        sequences.append(_bounded(indices, kept, position, explicit, (original, matches, base)))
    return sequences


def _level_runs(kept: Sequence[int], at_levels: Sequence[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for index in kept:
        if runs and at_levels[runs[-1][-1]] == at_levels[index]:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def _bounded(
    indices: list[int],
    kept: Sequence[int],
    position: dict[int, int],
    explicit: _Explicit,
    context: tuple[Sequence[str], dict[int, int], int],
) -> _Sequence:
    """Give a sequence the directions that hold just before and just after it."""
    original, matches, base = context
    level = explicit.levels[indices[0]]
    first, last = position[indices[0]], position[indices[-1]]
    before = explicit.levels[kept[first - 1]] if first else base
    open_ended = original[indices[-1]] in _INITIATORS and indices[-1] not in matches
    at_end = open_ended or last + 1 == len(kept)
    after = base if at_end else explicit.levels[kept[last + 1]]
    start, end = ("R" if max(level, beside) % 2 else "L" for beside in (before, after))
    return _Sequence(indices, [explicit.kinds[i] for i in indices], level, start, end)


def _implicit_step(level: int, kind: str) -> int:
    """Rules I1 and I2."""
    if level % 2:
        return int(kind != "R")
    return {"L": 0, "R": 1}.get(kind, 2)


def _settle_removed(at_levels: list[int], original: Sequence[str], base: int) -> None:
    """Give the characters that rule X9 removes the level of their neighbour before."""
    for index, kind in enumerate(original):
        if kind in _REMOVED:
            at_levels[index] = at_levels[index - 1] if index else base


def _reset_whitespace(at_levels: list[int], original: Sequence[str], base: int) -> None:
    """Rule L1: separators, and white space before them or at the end, get the base level."""
    trailing = True
    for index in range(len(original) - 1, -1, -1):
        kind = original[index]
        if kind in ("B", "S"):
            trailing = True
            at_levels[index] = base
        elif kind == "WS" or kind == "PDI" or kind in _INITIATORS or kind in _REMOVED:
            at_levels[index] = base if trailing else at_levels[index]
        else:
            trailing = False
