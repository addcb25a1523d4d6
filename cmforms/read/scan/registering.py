"""Laying a picture over its page: from the page mark or from features, then patch by patch, finer and finer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from cmforms.read.scan import RECTIFIED_DPI
from cmforms.read.scan.bending import bend
from cmforms.read.scan.locating import Located
from cmforms.read.scan.opening import Pixels, Sheet
from cmforms.read.scan.prior import COARSE, FINE, MIDDLE, PATCH, Prior, shrunk, sift
from cmforms.read.scan.warping import Warp, projected

Points = NDArray[np.float64]
Array = NDArray[Any]

LIKE = 0.5
"""The correlation that a patch must reach to count as found."""

SHARE = 0.6
"""The part of all patches that must be found in their places; less, and the picture is not of this page."""

UNEVEN = 0.35
"""Points that patches may miss their places by, in the mean square, before the paper counts as not flat."""

PIXEL = 72 / RECTIFIED_DPI
_GROWTH = (0.3, 0.5, 0.75, 2.0)
_REACH = {COARSE: 10, MIDDLE: 10, FINE: 6}
_FEW = 8
_SIFT_SIDE = 1500.0
_SIFT_RATIO = 0.8
_SIFT_FEWEST = 25


class Found(NamedTuple):
    """Patches that were found: places on the template, places on the sheet, both n x 2, and how alike, n."""

    template: Array
    sheet: Array
    scores: Array

    @property
    def alike(self) -> NDArray[np.bool_]:
        """Which patches correlate well enough."""
        return self.scores >= LIKE


@dataclass(frozen=True, eq=False)
class Registration:
    """How a sheet lies over its page. `residual` is the root mean square miss of its patches in points.

    `share` is the part of all patches that was found in its place, 0 to 1; `bent` tells that the paper was
    not flat.
    """

    warp: Warp
    share: float
    residual: float
    bent: bool

    @property
    def certain(self) -> bool:
        """Whether the place of the fields is known well enough to accept what stands in them."""
        return self.share >= SHARE and self.residual <= 1.0


def register(sheet: Sheet, prior: Prior, codes: Sequence[Located]) -> Registration:
    """Return how the sheet lies over the page; one that is not `certain` when it does not look like it."""
    best = Registration(Warp(np.eye(3), prior.size), 0.0, float("inf"), bent=False)
    for seed in _seeds(sheet, prior, codes):
        found = refined(sheet, prior, seed)
        if found and found.certain:
            return found
        if found and found.share > best.share:
            best = found
    return best


def refined(sheet: Sheet, prior: Prior, seed: Warp) -> Registration | None:
    """Improve a first guess scale by scale; None when the sheet does not look like the page there."""
    warp = seed
    for scale in (MIDDLE, FINE):
        found = _look(sheet, prior, warp, scale)
        if found.alike.sum() < _FEW:
            return None
        warp = _fitted(found, warp, 3.0 / scale)
    found = _look(sheet, prior, warp, FINE)
    if _miss(found, warp) > UNEVEN:
        warp, found = _unbent(sheet, prior, warp, found)
    good = found.alike & (np.abs(_off(found, warp)).max(axis=1) * PIXEL <= 1.0)
    return Registration(warp, float(good.mean()) if len(good) else 0.0, _miss(found, warp), warp.shift is not None)


def _unbent(sheet: Sheet, prior: Prior, warp: Warp, found: Found) -> tuple[Warp, Found]:
    """Follow paper that was not flat: shift its places smoothly, twice coarse and twice fine."""
    for scale in (COARSE, COARSE, COARSE, MIDDLE, MIDDLE, FINE, FINE):
        found = _look(sheet, prior, warp, scale)
        good = found.alike
        warp = bend(warp, found.template[good], found.sheet[good])
    return warp, _look(sheet, prior, warp, FINE)


def _off(found: Found, warp: Warp) -> Points:
    """Return by how many pixels of the template each patch misses its place."""
    missed = found.sheet - warp.points(found.template)
    return missed / warp.magnification


def _miss(found: Found, warp: Warp) -> float:
    """Return the root mean square miss of the patches that were found, in points, one in twenty left out."""
    off = np.hypot(*_off(found, warp)[found.alike].T)
    if not len(off):
        return float("inf")
    kept = np.sort(off)[: max(1, int(len(off) * 0.95))]
    return float(np.sqrt(np.mean(kept**2))) * PIXEL


def _look(sheet: Sheet, prior: Prior, warp: Warp, scale: float, near: tuple[Points, float] | None = None) -> Found:
    """Look for the patches of one scale around their places; `near` limits them to a circle on the template."""
    sites = prior.sites[scale]
    if near is not None:
        middle, radius = near
        sites = sites[np.hypot(*((sites / scale) - middle).T) <= radius]
    seen = _seen(sheet, warp, scale)
    shifts, scores = _matched(prior.scaled[scale], seen, sites, PATCH[scale] // 2, _REACH[scale])
    template = (sites + 0.5) / scale - 0.5
    return Found(template, warp.points(template + shifts / scale), scores)


def _seen(sheet: Sheet, warp: Warp, scale: float) -> Pixels:
    """Return the sheet in the template's place at a scale; drawn at twice that and averaged when it is finer."""
    finer = FINE if scale == FINE or warp.magnification * scale > 1 else 2 * scale
    return np.asarray(shrunk(warp.rectified(sheet.pixels, finer), scale / finer), dtype=np.uint8)


def _matched(
    prior: Pixels, seen: Pixels, sites: NDArray[np.int32], half: int, reach: int
) -> tuple[Points, Points]:
    """Return for each site how far its patch has moved, n x 2, below a pixel, and its correlation, n."""
    shifts, scores = np.zeros((len(sites), 2)), np.full(len(sites), -1.0)
    height, width = seen.shape
    for number, (x, y) in enumerate(sites.tolist()):
        left, top = max(0, x - half - reach), max(0, y - half - reach)
        window = seen[top : min(height, y + half + reach), left : min(width, x + half + reach)]
        patch = prior[y - half : y + half, x - half : x + half]
        like = cv2.matchTemplate(window, patch, cv2.TM_CCOEFF_NORMED)
        _, score, _, (column, row) = cv2.minMaxLoc(like)
        if 0 < column < like.shape[1] - 1 and 0 < row < like.shape[0] - 1:
            across = _peak(like[row, column - 1], like[row, column], like[row, column + 1])
            down = _peak(like[row - 1, column], like[row, column], like[row + 1, column])
            shifts[number] = left + column + half - x + across, top + row + half - y + down
            scores[number] = score
    return shifts, scores


def _peak(before: float, at: float, after: float) -> float:
    """Return where a parabola through three neighbouring values has its top, -0.5 to 0.5."""
    bow = before - 2 * at + after
    return 0.0 if bow >= 0 else float(np.clip(0.5 * (before - after) / bow, -0.5, 0.5))


def _fitted(found: Found, warp: Warp, tolerance: float) -> Warp:
    """Return the homography that most patches agree on, within `tolerance` pixels of the template."""
    good = found.alike
    reach = tolerance * max(warp.magnification, 0.2)
    homography, _ = cv2.findHomography(
        found.template[good], found.sheet[good], cv2.USAC_MAGSAC, reach, maxIters=2000, confidence=0.999
    )
    return warp if homography is None else Warp(homography, warp.size)


def _seeds(sheet: Sheet, prior: Prior, codes: Sequence[Located]) -> Iterator[Warp]:
    """Yield first guesses, the best and cheapest first."""
    for code in codes:
        for own in prior.codes:
            if code.text == own.text and (grown := _grown(sheet, prior, own.corners, code.corners)):
                yield grown
    if (matched := _by_features(sheet, prior)) is not None:
        yield matched
    if (whole := _as_scanned(sheet, prior)) is not None:
        yield whole


def _grown(sheet: Sheet, prior: Prior, template: Points, corners: Points) -> Warp | None:
    """Start from the page mark alone and take in the rest of the page ring by ring."""
    affine, _ = cv2.estimateAffinePartial2D(template, corners, method=cv2.LMEDS)
    if affine is None:
        return None
    warp = Warp(np.vstack((affine, (0.0, 0.0, 1.0))), prior.size)
    diagonal = float(np.hypot(*prior.size))
    for part in _GROWTH:
        found = _look(sheet, prior, warp, COARSE, (template.mean(axis=0), part * diagonal))
        good = found.alike
        if good.sum() < _FEW:
            continue
        warp = _fitted(found, warp, 3.0 / COARSE) if part >= 0.5 else _affine(found, warp)
    return warp


def _affine(found: Found, warp: Warp) -> Warp:
    good = found.alike
    affine, _ = cv2.estimateAffine2D(
        found.template[good], found.sheet[good], method=cv2.RANSAC,
        ransacReprojThreshold=3.0 / COARSE * warp.magnification,
    )
    return warp if affine is None else Warp(np.vstack((affine, (0.0, 0.0, 1.0))), warp.size)


def _by_features(sheet: Sheet, prior: Prior) -> Warp | None:
    """Return a first guess from SIFT features, at any turn and size; None when too few agree."""
    scale = min(1.0, _SIFT_SIDE / max(sheet.pixels.shape))
    there, known = prior.features
    here, seen = sift(shrunk(sheet.pixels, scale), scale)
    if known is None or seen is None or len(here) < 2:
        return None
    pairs = cv2.BFMatcher().knnMatch(known, seen, k=2)
    kept = [pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < _SIFT_RATIO * pair[1].distance]
    if len(kept) < _SIFT_FEWEST:
        return None
    template = there[[match.queryIdx for match in kept]]
    places = here[[match.trainIdx for match in kept]]
    homography, agree = cv2.findHomography(template, places, cv2.USAC_MAGSAC, 4.0 / scale, maxIters=5000)
    if homography is None or agree.sum() < _SIFT_FEWEST or not plausible(homography, prior.size):
        return None
    return Warp(homography, prior.size)


def _as_scanned(sheet: Sheet, prior: Prior) -> Warp | None:
    """Take the sheet for the page, upright as a scanner gives it, where its coarse patches are there."""
    height, width = sheet.pixels.shape
    across, down = width / prior.size[0], height / prior.size[1]
    warp = Warp(np.diag((across, down, 1.0)), prior.size)
    found = _look(sheet, prior, warp, COARSE)
    return _fitted(found, warp, 3.0 / COARSE) if found.alike.sum() >= _FEW else None


def plausible(homography: Array, size: tuple[int, int]) -> bool:
    """Tell whether a homography keeps the page's corners convex and in their order: no mirror, no fold."""
    width, height = size
    corners = projected(homography, np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64))
    shape = corners.astype(np.float32)
    return bool(cv2.isContourConvex(shape)) and float(cv2.contourArea(shape, oriented=True)) > 0
