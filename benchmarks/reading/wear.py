"""What happens to paper on desks and in folders: stamps, punch holes, staples, coffee, streaks of a dirty copier."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

Page = np.ndarray
"""Rows x columns x (blue, green, red), 8 bits; `scale` below is pixels per point."""


def _darken(page: Page, cover: np.ndarray, colour: tuple[int, int, int], strength: float) -> None:
    part = (cover.astype(np.float32) / 255 * strength)[..., None]
    page[:] = np.minimum(page, page * (1 - part) + np.array(colour, np.float32) * part).astype(np.uint8)


def stamp(page: Page, scale: float, rng: np.random.Generator) -> None:
    """Stamp RECEIVED with a date somewhere, askew, in red, blue or black."""
    wide, high = round(150 * scale), round(46 * scale)
    plate = np.zeros((high, wide), np.uint8)
    cv2.rectangle(plate, (4, 4), (wide - 5, high - 5), 255, max(2, round(1.5 * scale)))
    for row, text in enumerate((str(rng.choice(["RECEIVED", "COPY", "FILED"])), "NOV 1" + str(rng.integers(10)))):
        size = 0.35 * scale * (1 - 0.25 * row)
        at = (round(14 * scale), round((20 + 18 * row) * scale))
        cv2.putText(plate, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, 255, max(1, round(scale)), cv2.LINE_AA)
    plate = (plate * rng.uniform(0.4, 1.0, plate.shape)).astype(np.uint8)
    x, y = rng.uniform(0.1, 0.6) * page.shape[1], rng.uniform(0.05, 0.85) * page.shape[0]
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), rng.uniform(-12, 12), 1.0)
    turn[:, 2] += (x, y)
    cover = cv2.warpAffine(plate, turn, page.shape[1::-1])
    colours = ((40, 40, 190), (160, 60, 40), (60, 60, 60))
    _darken(page, cover, colours[rng.integers(3)], rng.uniform(0.5, 0.85))


def punch_holes(page: Page, scale: float, rng: np.random.Generator) -> None:
    """Punch two or three holes at the left edge; the scanner sees its dark lid through them."""
    rows = (90, 396, 702) if rng.random() < 0.6 else (282, 510)
    dark = int(rng.integers(20, 90))
    for row in rows:
        at = (round(rng.uniform(20, 24) * scale), round((row + rng.uniform(-3, 3)) * scale))
        cv2.circle(page, at, round(10.5 * scale), (dark, dark, dark), -1, cv2.LINE_AA)


def staple(page: Page, scale: float, rng: np.random.Generator) -> None:
    """Leave a staple with its shadow in a corner that was folded."""
    x, y = rng.uniform(14, 40) * scale, rng.uniform(14, 34) * scale
    step = np.array([rng.uniform(8, 12), rng.uniform(-6, 6)]) * scale
    for shift, grey, wide in ((1.5, 170, 3.0), (0.0, 70, 1.2)):
        start = np.array([x, y]) + shift * scale
        ends = np.round([start, start + step]).astype(np.int32).reshape(-1, 1, 2)
        cv2.polylines(page, [ends], False, (grey,) * 3, round(wide * scale))
    fold = rng.uniform(40, 75) * scale
    crease = np.array([(0, fold), (fold, 0)]).astype(np.int32)
    cover = np.zeros(page.shape[:2], np.uint8)
    cv2.line(cover, tuple(crease[0].tolist()), tuple(crease[1].tolist()), 200, round(4 * scale))
    _darken(page, cv2.GaussianBlur(cover, (0, 0), 2 * scale), (120, 120, 120), 0.5)


def coffee(page: Page, scale: float, rng: np.random.Generator) -> None:
    """Put a cup down: a brown ring, and a few drops."""
    cover = np.zeros(page.shape[:2], np.uint8)
    centre = (round(rng.uniform(0.15, 0.85) * page.shape[1]), round(rng.uniform(0.15, 0.85) * page.shape[0]))
    wide = rng.uniform(95, 120) * scale
    axes, start, arc = (round(wide), round(wide * 0.97)), rng.uniform(0, 360), rng.uniform(200, 350)
    cv2.ellipse(cover, centre, axes, start, 0, arc, 200, round(4 * scale))
    cv2.circle(cover, centre, round(wide), 45, -1)
    for _ in range(rng.integers(1, 6)):
        at = np.array(centre) + rng.normal(0, 1.6 * wide, 2)
        cv2.circle(cover, tuple(at.astype(int).tolist()), round(rng.uniform(2, 8) * scale), 170, -1)
    soft = cv2.GaussianBlur(cover, (0, 0), 1.5 * scale)
    _darken(page, soft, (60, 95, 140), rng.uniform(0.35, 0.65))


def streaks(page: Page, scale: float, rng: np.random.Generator) -> None:
    """Draw the lines that a speck on a copier's glass leaves down the whole page, dark and light ones."""
    for _ in range(rng.integers(2, 7)):
        x = int(rng.integers(0, page.shape[1] - 4))
        wide = max(1, round(rng.uniform(0.3, 1.2) * scale))
        strip = page[:, x : x + wide].astype(np.float32)
        dark = rng.random() < 0.6
        shade = strip * rng.uniform(0.45, 0.85) if dark else strip + rng.uniform(40, 110)
        page[:, x : x + wide] = np.clip(shade, 0, 255).astype(np.uint8)


WEAR: dict[str, Callable[[Page, float, np.random.Generator], None]] = {
    "stamp": stamp, "punch holes": punch_holes, "staple": staple, "coffee": coffee, "streaks": streaks,
}  # fmt: skip


_STAMPS = (
    "RECEIVED", "COPY", "FILED", "VOID", "DRAFT", "RECEIVED NOV 17", "NOV 17 2026", "ENTERED", "COPIA", "NOT VALID",
)  # fmt: skip
_TYPEFACES = ("DejaVuSans-Bold.ttf", "DejaVuSerif-Bold.ttf", "DejaVuSansMono.ttf", "DejaVuSans.ttf")


def stamped_over(page: Page, scale: float, box: Sequence[float], framed: bool, rng: np.random.Generator) -> None:
    """Stamp letters over a box (left, bottom, right, top in points), askew, with a frame or without."""
    text = str(rng.choice(_STAMPS))
    font = ImageFont.truetype(str(rng.choice(_TYPEFACES)), round(rng.uniform(9, 26) * scale))
    _, _, right, bottom = font.getbbox(text)
    edge = round(8 * scale)
    plate = Image.new("L", (right + 2 * edge, bottom + 2 * edge), 0)
    pen = ImageDraw.Draw(plate)
    pen.text((edge, edge), text, 255, font)
    if framed:
        pen.rectangle((2, 2, plate.width - 3, plate.height - 3), None, 255, round(rng.uniform(1, 2.2) * scale))
    cover = np.asarray(plate, dtype=np.float32) * rng.uniform(0.4, 1.0, plate.size[::-1])
    middle = rng.uniform(box[0] + 20, box[2] - 60), page.shape[0] / scale - rng.uniform(box[1] + 4, box[3] - 4)
    turn = cv2.getRotationMatrix2D((plate.width / 2, plate.height / 2), rng.uniform(-14, 14), 1.0)
    turn[:, 2] += np.array(middle) * scale - (plate.width / 2, plate.height / 2)
    colours = ((40, 40, 190), (160, 60, 40), (60, 60, 60))
    placed = cv2.warpAffine(cover.astype(np.uint8), turn, page.shape[1::-1])
    _darken(page, placed, colours[rng.integers(3)], rng.uniform(0.5, 0.85))
