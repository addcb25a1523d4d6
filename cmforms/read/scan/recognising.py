"""The words by which a picture without a mark can be known: its head and foot, read once it stands upright.

The page of a form that shares most features with the picture shows how it lies. It need not be the right one: forms
that look alike have their heads and feet in the same places, and only the words there tell which it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import cv2
import numpy as np

from cmforms.read.ocr import Request, recognise
from cmforms.read.scan import RECTIFIED_DPI
from cmforms.read.scan.opening import Pixels, Sheet
from cmforms.read.scan.prior import Prior, shrunk
from cmforms.read.scan.registering import Registration, plausible, refined
from cmforms.read.scan.warping import Array, Warp
from cmforms.values.documents import Box
from cmforms.values.kinds import Kind

SKETCHED = 1000
"""Features of a sketch (ORB, a fifth of the work of SIFT): enough to tell what a picture may be of, few enough to try
every page of every form."""

_SKETCH_SIDE = 900.0
_STEP, _STEPS = 1.2, 6
_RATIO = 0.8
_FEWEST = 20
_TRIED = 3
_HEAD_HEIGHT = 150.0
_FEET: tuple[Box, ...] = ((50.0, 54.0, 300.0, 68.5), (50.0, 41.0, 300.0, 55.5), (300.0, 54.0, 455.0, 68.5))


class Sketch(NamedTuple):
    """A page's strongest features: their places in pixels of the whole picture, descriptors (None: no features).

    `size` is the picture's width and height in pixels.
    """

    places: Array
    descriptors: Array | None
    size: tuple[int, int]


class Known(Protocol):
    """A page of a form that a picture may be of."""

    @property
    def sketch(self) -> Sketch: ...
    @property
    def prior(self) -> Prior: ...


def sketch(pixels: Pixels) -> Sketch:
    """Return the strongest features of a picture."""
    scale = min(1.0, _SKETCH_SIDE / max(pixels.shape))
    find: Any = cv2.ORB_create(SKETCHED, _STEP, _STEPS)  # type: ignore[attr-defined]
    found, descriptors = find.detectAndCompute(shrunk(pixels, scale), None)
    places = np.array([point.pt for point in found], dtype=np.float64).reshape(-1, 2)
    return Sketch((places + 0.5) / scale - 0.5, descriptors, (pixels.shape[1], pixels.shape[0]))


def upright(sheet: Sheet, pages: Sequence[Known]) -> Registration | None:
    """Return how a sheet lies over that of some pages which it lies over best; None when it lies over none."""
    own = sketch(sheet.pixels)
    guesses = [(guess, page) for page in pages if (guess := _guess(page.sketch, own))]
    guesses.sort(key=lambda pair: -pair[0].votes)
    tried = [refined(sheet, page.prior, guess.warp) for guess, page in guesses[:_TRIED]]
    lying = [found for found in tried if found and found.certain]
    return max(lying, key=lambda found: found.share, default=None)


def words(sheet: Sheet, lying: Registration) -> list[str]:
    """Return what each reader reads at the head and the foot of a page."""
    seen = lying.warp.rectified(sheet.pixels)
    width, height = (side * 72 / RECTIFIED_DPI for side in lying.warp.size)
    boxes = (*_FEET, (40.0, height - _HEAD_HEIGHT, width - 40.0, height - 20.0))
    answers = recognise([Request(_crop(seen, box, height), RECTIFIED_DPI, Kind.TEXT, "en") for box in boxes])
    readers = sorted({reader for answer in answers for reader in answer.answers})
    return ["\n".join(answer.answers.get(reader, "") for answer in answers) for reader in readers]


class _Guess(NamedTuple):
    """How a page may lie, and how many features say so."""

    votes: int
    warp: Warp


def _guess(known: Sketch, own: Sketch) -> _Guess | None:
    if known.descriptors is None or own.descriptors is None or len(own.places) < 2:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(known.descriptors, own.descriptors, k=2)
    kept = [pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < _RATIO * pair[1].distance]
    if len(kept) < _FEWEST:
        return None
    template = known.places[[match.queryIdx for match in kept]]
    places = own.places[[match.trainIdx for match in kept]]
    homography, agree = cv2.findHomography(template, places, cv2.USAC_MAGSAC, 12.0, maxIters=3000)
    if homography is None or int(agree.sum()) < _FEWEST or not plausible(homography, known.size):
        return None
    return _Guess(int(agree.sum()), Warp(homography, known.size))


def _crop(seen: Pixels, box: Box, height: float) -> Pixels:
    left, bottom, right, top = (round(side * RECTIFIED_DPI / 72) for side in box)
    down = round(height * RECTIFIED_DPI / 72)
    return np.ascontiguousarray(seen[max(0, down - top) : down - bottom, max(0, left) : right])
