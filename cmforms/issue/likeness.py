"""Whose mark it is that is too worn to be decoded: it is held against all marks that were issued.

A code that has lost half of its ink still shows the other half, far too little for its own correction, yet plenty to
tell one of some thousand known codes. Only those modules are compared that an issue's id and the check change, about
390: those of a foreign mark agree by chance, so their correlation scatters around 0 by a twentieth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from itertools import groupby
from operator import or_
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cmforms.issue.identity import CHECK_LENGTH, ISSUE_LENGTH, ISSUE_START, payload_of
from cmforms.issue.qr import Basis, basis

ALIKE = 0.36
"""The correlation that a mark must reach, seven times what it scatters by: none of 10^11 foreign marks does."""

CHECKED = 0.3
"""The same for the part that the check alone changes: only the office's key makes it."""

APART = 0.1
"""By how much the next mark must be less alike."""

_AT_ONCE = 4096

Samples = NDArray[np.float32]


class Line(NamedTuple):
    """A document of the ledger; of 0 pages when the word processor paged it."""

    issue: str
    form: str
    revision: str
    lang: str
    pages: int


class Whose(NamedTuple):
    """A mark that one of some samples shows: which of them, and the text of the mark."""

    sample: int
    payload: str


class Marks:
    """All marks that were issued."""

    def __init__(self, lines: Iterable[Line], key: bytes) -> None:
        payloads = sorted((text for line in lines for text in _payloads(line, key)), key=len)
        self._groups = [_Group(list(group)) for _, group in groupby(payloads, key=len)]

    def whose(self, samples: Sequence[bytes], size: int) -> Whose | None:
        """Return the one mark that one of some samples shows, None unless it is certain.

        A sample has a signed byte for each of size x size modules, row by row, the higher the darker.
        """
        if not samples or not all(isinstance(one, bytes) and len(one) == size * size for one in samples):
            return None
        stack = np.frombuffer(b"".join(samples), dtype=np.int8).reshape(len(samples), -1).astype(np.float32)
        found = [score for group in self._groups if group.size == size for score in group.best(stack)]
        found.sort(key=lambda score: -score.like)
        if not found or found[0].like < ALIKE or found[0].checked < CHECKED:
            return None
        if len(found) > 1 and found[0].like - found[1].like < APART:
            return None
        return Whose(found[0].sample, found[0].payload)


class _Score(NamedTuple):
    """How like a mark its best sample is, as a whole and in the part of the check."""

    like: float
    checked: float
    sample: int
    payload: str


class _Group:
    """The marks whose payloads are equally long."""

    def __init__(self, payloads: Sequence[str]) -> None:
        length = len(payloads[0])
        made = basis(length)
        self.size = made.size
        self._payloads = payloads
        self._codes = _codes(payloads, made)
        issue = range(ISSUE_START, ISSUE_START + ISSUE_LENGTH)
        check = range(length - CHECK_LENGTH, length)
        self._own = _changed(made, [*issue, *check])
        self._check = _changed(made, check)

    def best(self, samples: Samples) -> list[_Score]:
        """Return the two marks that are most alike."""
        like = self._like(samples, self._own)
        most = like.max(axis=1)
        best = np.argsort(most)[-2:]
        checked = self._like(samples, self._check, best)
        return [
            _Score(float(most[at]), float(checked[row, sample := int(like[at].argmax())]), sample, self._payloads[at])
            for row, at in enumerate(best)
        ]

    def _like(self, samples: Samples, places: NDArray[np.intp], which: Any = slice(None)) -> Samples:
        """Return the correlation of each mark with each sample at some modules, marks x samples."""
        seen = samples[:, places] - samples[:, places].mean(axis=1, keepdims=True)
        seen /= np.maximum(np.linalg.norm(seen, axis=1, keepdims=True), 1e-6) * np.sqrt(len(places))
        codes = self._codes[which]
        parts = [_signs(codes[at : at + _AT_ONCE], self.size)[:, places] for at in range(0, len(codes), _AT_ONCE)]
        return np.concatenate([part @ seen.T for part in parts])


def _payloads(line: Line, key: bytes) -> Iterator[str]:
    for page in range(1, line.pages + 1) if line.pages else (0,):
        yield payload_of(line.issue, line.form, line.revision, line.lang, (page, line.pages), key)


def _codes(payloads: Sequence[str], made: Basis) -> NDArray[np.uint8]:
    """Return the modules of each payload, packed, a row of bytes each."""
    texts = np.frombuffer("".join(payloads).encode("ascii"), dtype=np.uint8).reshape(len(payloads), -1)
    codes = np.tile(_bytes(made.zero, made), (len(payloads), 1))
    for at, effects in enumerate(made.effects):
        codes ^= np.stack([_bytes(effect, made) for effect in effects])[texts[:, at]]
    return codes


def _changed(made: Basis, places: Iterable[int]) -> NDArray[np.intp]:
    """Return which modules some bytes of the payload change."""
    effects = reduce(or_, (effect for place in places for effect in made.effects[place]))
    return np.flatnonzero(_signs(_bytes(effects, made)[None], made.size)[0] > 0)


def _bytes(code: int, made: Basis) -> NDArray[np.uint8]:
    return np.frombuffer(code.to_bytes(made.size * -(-made.size // 8)), dtype=np.uint8)


def _signs(codes: NDArray[np.uint8], size: int) -> Samples:
    """Return the modules of packed codes, row by row: 1 for dark, -1 for light."""
    bits = np.unpackbits(codes.reshape(len(codes), size, -1), axis=2)[:, :, :size]
    return bits.reshape(len(codes), -1).astype(np.float32) * 2 - 1
