"""The ink that was added to a page, stroke by stroke: specks, streaks and the edge of the paper left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from cmforms.read.scan.difference import PAPER, SCATTER, Difference, Rect

FAINT = 1.0
"""The least weight of a difference that can be ink; it rises with the unrest of the paper."""

UNREST = 6.0
SPECK = 11
"""Strokes are longer than this, in pixels at 200 dpi (1.4 mm): what is smaller is dust."""

EDGE = 24
RULE_HEIGHT = 8
"""Pixels at 200 dpi: two lines of a standard fax, and what softening adds."""

SMEAR = 0.009
"""The part of print and its edges that added ink covers where print is doubled; what people add covers less."""

FADED = 0.08
"""The part of the form's own print that may be gone: a fax that lost some lines has up to 0.05."""

PALEST = 110.0
"""Grey levels of 255 between paper and print; where print is paler than that, a pencil's line may have gone."""

GREYS = 0.7
"""How dark the greys of print must still be; where they are paler than that, so is what was not black on the paper."""

BESIDE_RULE = 12.0
"""The weight that ink must have beside a printed rule; a rule that a fax moved has up to 9."""

_PLOT = 1 / 12  # of a letter's size: what of it is left is told plot by plot
_GONE = 0.3
_RULE_LENGTH = 60
_ALONG_RULE = 0.8
_HALF = 0.5
_STREAK = 0.5
_TINT = 0.12
_JOIN = 9
_SAMPLE = 8
_ROUND = 2  # samples


class Stroke(NamedTuple):
    """One connected piece of added ink: its box in pixels of the template, its area, and the part inside a field."""

    box: Rect
    area: int
    inside: float

    @property
    def length(self) -> int:
        """The longer side of its box."""
        left, top, right, bottom = self.box
        return max(right - left, bottom - top)


@dataclass(frozen=True, eq=False)
class Ink:
    """The added ink of one page; `fields` are its boxes and lines, where people are asked to add some."""

    difference: Difference
    fields: Sequence[Rect] = ()

    @cached_property
    def mask(self) -> NDArray[np.uint8]:
        """1 where ink was added."""
        weight = self.difference.weight
        quiet = float(np.median(np.abs(weight[::_SAMPLE, ::_SAMPLE]))) * 1.5
        faint = weight > max(FAINT, UNREST * quiet)
        mask = np.asarray(faint & ((self.near_print == 0) | (weight > SCATTER)), dtype=np.uint8)
        mask[(self._near_rule > 0) & (weight < BESIDE_RULE)] = 0
        drop_streaks(mask)
        return mask

    @cached_property
    def _near_rule(self) -> NDArray[np.uint8]:
        """1 on printed rules across the page and where a fax, a row too high or too low, may put them."""
        rules = cv2.morphologyEx(print_of(self.difference), cv2.MORPH_OPEN, np.ones((1, _RULE_LENGTH), dtype=np.uint8))
        return np.asarray(cv2.dilate(rules, np.ones((RULE_HEIGHT + 1, 1), dtype=np.uint8)), dtype=np.uint8)

    @cached_property
    def smeared(self) -> bool:
        """Whether much ink lies close to print all over the page, as where it was doubled or smeared.

        Print in and around fields is left out: marks go over the borders of their boxes.
        """
        near = self.near_print[::_SAMPLE, ::_SAMPLE] > 0
        for rect in self.fields:
            left, top, right, bottom = (max(0, side // _SAMPLE) for side in rect)
            near[max(0, top - _ROUND) : bottom + _ROUND + 1, max(0, left - _ROUND) : right + _ROUND + 1] = False
        return bool(near.any()) and float(self.mask[::_SAMPLE, ::_SAMPLE][near].mean()) > SMEAR

    @cached_property
    def faded(self) -> bool:
        """Whether print or its greys are pale, or much of it gone: what a person put there may be gone, too."""
        if self.difference.contrast < PALEST or self.difference.greys < GREYS:
            return True
        printed = print_of(self.difference)
        seen, wanted = (self._plots(side, printed) for side in (self.difference.seen, self.difference.expected))
        plots = wanted > np.median(wanted[wanted > 0]) if wanted.any() else wanted > 0
        left = seen[plots] / wanted[plots]
        return bool(left.size) and float((left < _GONE * np.percentile(left, 80)).mean()) > FADED

    def _plots(self, grey: NDArray[np.float32], printed: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return how dark a page is where there is print, plot by plot."""
        dark = (PAPER - grey) * printed
        return np.asarray(cv2.resize(dark, None, fx=_PLOT, fy=_PLOT, interpolation=cv2.INTER_AREA), dtype=np.float32)

    @cached_property
    def near_print(self) -> NDArray[np.uint8]:
        """1 on print and close to it, where thicker or thinner printing leaves more than on bare paper."""
        return np.asarray(cv2.dilate(print_of(self.difference), np.ones((3, 3), dtype=np.uint8)), dtype=np.uint8)

    @cached_property
    def _pieces(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        _, labels, stats, _ = cv2.connectedComponentsWithStats(self.mask, connectivity=8, ltype=cv2.CV_32S)
        return np.asarray(labels), np.asarray(stats)

    def within(self, rect: Rect) -> list[Stroke]:
        """Return the pieces of ink that reach into a rectangle, specks too, the largest first."""
        labels, stats = self._pieces
        left, top, right, bottom = rect
        counts = np.bincount(labels[max(0, top) : bottom, max(0, left) : right].ravel(), minlength=1)
        counts[0] = 0
        found = [_stroke(stats[label], int(counts[label])) for label in np.flatnonzero(counts)]
        return sorted((stroke for stroke in found if not self._is_rule(stroke)), key=lambda stroke: -stroke.area)

    def peak(self, rect: Rect) -> float:
        """Return the greatest weight of the ink in a rectangle."""
        left, top, right, bottom = rect
        part = (slice(max(0, top), bottom), slice(max(0, left), right))
        return float((self.difference.weight[part] * self.mask[part]).max(initial=0.0))

    def added(self, rect: Rect) -> NDArray[np.float32]:
        """Return by how many grey levels a rectangle is darker than the page as issued."""
        left, top, right, bottom = rect
        part = (slice(top, bottom), slice(left, right))
        return np.asarray(self.difference.expected[part] - self.difference.seen[part], dtype=np.float32)

    def dark(self, rect: Rect, percentile: float = 100.0) -> NDArray[np.uint8]:
        """Return 1 where ink in a rectangle is at least half as dark as its darkest: its true width, no halo.

        A lower `percentile` of the ink counts as its darkest where a speck may be darker than all strokes.
        """
        left, top, right, bottom = rect
        inked = self.mask[top:bottom, left:right]
        added = self.added(rect) * inked
        darkest = float(np.percentile(added[inked > 0], percentile)) if inked.any() else 0.0
        return np.asarray(added > max(1.0, _HALF * darkest), dtype=np.uint8)

    def _is_rule(self, stroke: Stroke) -> bool:
        """Tell the edge of a printed rule that a fax has put a row too high or too low."""
        left, top, right, bottom = stroke.box
        if bottom - top > RULE_HEIGHT or right - left < 2 * (bottom - top):
            return False
        around = self.near_print[max(0, top - RULE_HEIGHT) : bottom + RULE_HEIGHT, left:right]
        return float(around.any(axis=0).mean()) > _ALONG_RULE

    def beside(self, fields: list[Rect], margin: int) -> list[Rect]:
        """Return boxes of ink that lies outside all fields by `margin` pixels: notes, struck-out print."""
        rest = self.mask.copy()
        for left, top, right, bottom in fields:
            rest[max(0, top - margin) : bottom + margin, max(0, left - margin) : right + margin] = 0
        rest[:EDGE], rest[-EDGE:], rest[:, :EDGE], rest[:, -EDGE:] = 0, 0, 0, 0
        joined = cv2.dilate(rest, np.ones((_JOIN, 2 * _JOIN + 1), dtype=np.uint8))
        _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8, ltype=cv2.CV_32S)
        areas = np.bincount(labels[rest > 0], minlength=len(stats))
        return [_rect(row) for row, area in zip(stats[1:], areas[1:], strict=True) if _is_note(row, int(area))]


def print_of(difference: Difference) -> NDArray[np.uint8]:
    """Return 1 where the page as issued is clearly darker than its paper looks on this picture."""
    paper = float(difference.expected[::_SAMPLE, ::_SAMPLE].max())
    return np.asarray(difference.expected < paper - _TINT * difference.contrast, dtype=np.uint8)


def _stroke(row: Any, inside: int) -> Stroke:
    return Stroke(_rect(row), int(row[cv2.CC_STAT_AREA]), inside / max(1, int(row[cv2.CC_STAT_AREA])))


def _rect(row: Any) -> Rect:
    left, top, width, height = (int(value) for value in row[:4])
    return left, top, left + width, top + height


_LEAST_NOTE_AREA = 220
_LEAST_NOTE_SIDE = 40


def _is_note(row: Any, area: int) -> bool:
    return area >= _LEAST_NOTE_AREA and max(row[cv2.CC_STAT_WIDTH], row[cv2.CC_STAT_HEIGHT]) >= _LEAST_NOTE_SIDE


def drop_streaks(mask: NDArray[np.uint8]) -> None:
    """Take out the lines that a dirty scanner or a fax draws along or across the whole page."""
    height, width = mask.shape
    columns = np.flatnonzero(mask.sum(axis=0, dtype=np.int64) > _STREAK * height)
    rows = np.flatnonzero(mask.sum(axis=1, dtype=np.int64) > _STREAK * width)
    for reach in (-2, -1, 0, 1, 2):
        mask[:, np.clip(columns + reach, 0, width - 1)] = 0
        mask[np.clip(rows + reach, 0, height - 1)] = 0
