"""Handwriting from nothing but a seed: an alphabet of strokes, pens, signatures, and the marks that people make.

A stroke is a row of points that a smooth curve goes through; every hand slants, shakes and sizes it differently.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

# Points as column and row on a grid: 0 to 4 across, 0 to 8 up; letters stand on 2, small ones reach up to 5.
_ALPHABET = {
    "0": "2805224528", "1": "162822", "2": "074846240242", "3": "084825442203", "4": "380444 3832", "5": "480806364422",
    "6": "380513224335", "7": "084812", "8": "3718064322034637", "9": "4728062547", "-": "0535", "/": "0248",
    ".": "2223", ",": "2211", "'": "2826", "&": "4208183613223345", "a": "451503123345 4542", "b": "080212333415",
    "c": "3415031232", "d": "35150312333832", "e": "04342515031232", "f": "38281712 0525", "g": "35150312343120",
    "h": "080204253432", "i": "1512 1718", "j": "25211000 2728", "k": "0802 350432", "l": "181322",
    "m": "05020415222435", "n": "050204253432", "o": "150312332515", "p": "050004253422", "q": "351503123335 3530",
    "r": "05020425", "s": "351504332202", "t": "18132232 0626", "u": "050312333532", "v": "051235", "w": "0512243245",
    "x": "0532 3502", "y": "051333 351000", "z": "05350232", "A": "022842 1434", "B": "0802 0838250525443202",
    "C": "4728052243", "D": "080222452808", "E": "48080242 0535", "F": "480802 0535", "G": "472805224345 4525",
    "H": "0802 4842 0545", "I": "1812", "J": "38332203", "K": "0802 480542", "L": "080242", "M": "0208244842",
    "N": "02084248", "O": "2805224528", "P": "020838462505", "Q": "2805224528 2341", "R": "020838462505 2542",
    "S": "472806442203", "T": "0848 2822", "U": "0803224348", "V": "082248", "W": "0812253248", "X": "0842 4802",
    "Y": "0825 4825 2522", "Z": "08480242",
}  # fmt: skip

Stroke = np.ndarray
"""Points as rows of x and y, in units of the letters' height, y upwards."""


@dataclass(frozen=True)
class Pen:
    """What writes: its colour (blue, green, red), its width in points, how much of the paper it covers, 0 to 1."""

    name: str
    colour: tuple[int, int, int]
    width: float
    strength: float


PENS = (
    Pen("black pen", (30, 25, 25), 1.1, 0.95),
    Pen("blue pen", (150, 60, 25), 1.0, 0.9),
    Pen("pale blue pen", (215, 150, 90), 0.9, 0.75),
    Pen("pencil", (105, 105, 105), 0.9, 0.6),
    Pen("marker", (35, 30, 30), 2.2, 0.95),
)
WRITING = PENS[:4]


def pen(rng: np.random.Generator) -> Pen:
    """Return one of the pens and pencils that people write with."""
    return WRITING[rng.integers(len(WRITING))]


class Sheet:
    """A page that is written on; boxes and widths are in points, y upwards from the bottom."""

    def __init__(self, pixels: np.ndarray, dpi: float) -> None:
        self.pixels = pixels
        self.scale = dpi / 72

    def ink(self, strokes: Sequence[Stroke], with_: Pen, rng: np.random.Generator) -> None:
        """Draw strokes, given in points, with a pen that presses now more, now less."""
        cover = np.zeros(self.pixels.shape[:2], np.uint8)
        area = _bounds(strokes, self.scale, cover.shape)
        for stroke in strokes:
            self._stroke(cover, stroke, with_.width * rng.uniform(0.8, 1.2))
        x0, y0, x1, y1 = area
        some = cv2.GaussianBlur(cover[y0:y1, x0:x1], (0, 0), max(0.3, 0.12 * self.scale))
        grain = rng.uniform(0.45 if with_.name == "pencil" else 0.85, 1.0, some.shape)
        part = (some.astype(np.float32) / 255 * with_.strength * grain)[..., None]
        below = self.pixels[y0:y1, x0:x1].astype(np.float32)
        inked = np.minimum(below, below * (1 - part) + np.array(with_.colour, np.float32) * part)
        self.pixels[y0:y1, x0:x1] = inked.astype(np.uint8)

    def _stroke(self, cover: np.ndarray, stroke: Stroke, width: float) -> None:
        points = stroke * self.scale
        points[:, 1] = self.pixels.shape[0] - points[:, 1]
        path = np.round(points * 16).astype(np.int32).reshape(-1, 1, 2)
        thick = max(1, round(width * self.scale))
        cv2.polylines(cover, [path], False, 255, thick, cv2.LINE_AA, 4)


def _bounds(strokes: Sequence[Stroke], scale: float, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    points = np.concatenate(strokes) * scale
    points[:, 1] = shape[0] - points[:, 1]
    low, high = points.min(axis=0) - 4 * scale, points.max(axis=0) + 4 * scale
    x0, y0 = np.maximum(low, 0).astype(int)
    x1, y1 = np.minimum(high + 1, (shape[1], shape[0])).astype(int)
    return int(x0), int(y0), int(max(x1, x0 + 1)), int(max(y1, y0 + 1))


def smooth(points: np.ndarray, steps: int = 6) -> Stroke:
    """Return a Catmull-Rom curve through the points."""
    if len(points) < 3:
        return points
    ends = np.concatenate([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        pieces.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * (b - c) + d - a) * t**3))
    return np.concatenate([*pieces, points[-1:]])


@dataclass(frozen=True)
class _Hand:
    """How somebody writes: how far letters lean, how wide they are, how much they shake, parts of their height."""

    slant: float
    spread: float
    shake: float


def written(text: str, box: tuple[float, float, float, float], rng: np.random.Generator) -> list[Stroke]:
    """Return the strokes of a text written into a box by one hand; accents are left out, as many people do."""
    left, bottom, right, top = box
    height = min(rng.uniform(9, 13), (top - bottom) * 0.95)
    hand = _Hand(rng.uniform(-0.1, 0.45), rng.uniform(0.62, 0.8), rng.uniform(0.02, 0.06))
    rise = rng.uniform(-0.015, 0.02)
    strokes, end = _lettered(text, hand, rng)
    scale = min(height * 0.72, (right - left) * 0.96 / max(end, 0.1))
    foot = bottom + (top - bottom) * 0.28 + rng.uniform(-1, 1)
    start = left + rng.uniform(2, 5)
    return [
        np.stack([start + s[:, 0] * scale, foot + s[:, 1] * scale + s[:, 0] * scale * rise], axis=1) for s in strokes
    ]


def _lettered(text: str, hand: _Hand, rng: np.random.Generator) -> tuple[list[Stroke], float]:
    """Return the strokes of a text that starts at 0, in units of the letters' height, and where it ends."""
    strokes, at = [], 0.0
    for letter in unicodedata.normalize("NFD", text):
        glyph = _ALPHABET.get(letter, "" if letter == " " else None)
        if glyph is None:
            continue
        widest = 2
        for part in glyph.split():
            grid = np.array([(int(part[i]), int(part[i + 1])) for i in range(0, len(part), 2)], float)
            widest = max(widest, int(grid[:, 0].max()))
            grid = (grid - (0, 2)) / 6 + rng.normal(0, hand.shake, grid.shape)
            grid[:, 0] = grid[:, 0] * hand.spread * 1.3 + grid[:, 1] * hand.slant + at
            strokes.append(smooth(grid))
        at += (widest / 6 + 0.22) * hand.spread * 1.25 + rng.normal(0, 0.02)
    return strokes, at


def signature(box: tuple[float, float, float, float], rng: np.random.Generator, initials: bool) -> list[Stroke]:
    """Return a flowing line with loops, and for most people a flourish; initials are two or three letters."""
    left, bottom, right, top = box
    if initials:
        letters = "".join(rng.choice(list("ABCDEGHJKLMNPRSTVW"), size=rng.integers(2, 4)))
        wide = min(right - left, 45.0)
        return written(letters, (left + rng.uniform(2, 20), bottom, left + 20 + wide, top), rng)
    room = right - left
    long, high = min(room * rng.uniform(0.5, 0.95), rng.uniform(70, 150)), (top - bottom) * rng.uniform(0.5, 1.1)
    count = int(rng.integers(9, 22))
    along = np.sort(rng.uniform(0, 1, count)) * long
    up = np.where(np.arange(count) % 2, rng.uniform(0.35, 0.75, count), rng.uniform(-0.05, 0.2, count)) * high
    up[0], up[1] = 0.1 * high, high
    along[1:] -= rng.uniform(0, long / count, count - 1)
    start = np.array([left + rng.uniform(2, max(3, room - long)), bottom + (top - bottom) * 0.15])
    strokes = [smooth(np.stack([along, up], axis=1), 8) + start]
    if rng.random() < 0.5:
        x = np.linspace(0, long, 5)
        strokes.append(smooth(np.stack([x, rng.normal(0.05, 0.08, 5) * high], axis=1)) + start)
    return strokes


def mark(style: str, box: tuple[float, float, float, float], rng: np.random.Generator) -> list[Stroke]:
    """Return a tick, cross, fill, circle, scribble (something crossed out) or dot on the square of a box."""
    left, bottom, right, top = box
    side = min(right - left, top - bottom)
    middle = np.array([(left + right) / 2, (bottom + top) / 2]) + rng.normal(0, 0.06 * side, 2)

    def at(*points: tuple[float, float]) -> Stroke:
        shaken = np.array(points, float) + rng.normal(0, 0.05, (len(points), 2))
        return smooth(shaken * side / 2 + middle)

    if style == "tick":
        size = rng.uniform(0.8, 1.5)
        return [at((-0.8 * size, 0.0), (-0.2 * size, -0.8 * size), (1.1 * size, 1.2 * size))]
    if style == "cross":
        size = rng.uniform(0.7, 1.25)
        return [at((-size, -size), (size, size)), at((-size, size), (size, -size))]
    if style == "circle":
        turn = np.linspace(0, 2 * np.pi * 1.05, 12)
        return [at(*((1.75 * np.cos(a), 1.6 * np.sin(a)) for a in turn))]
    if style == "dot":
        return [at((0, 0), (0.08, 0.05))]
    rows = np.linspace(-0.85, 0.85, 9) if style == "fill" else np.linspace(-1.3, 1.3, 6)
    wide = 0.85 if style == "fill" else 1.5
    return [at(*((wide if i % 2 else -wide, y) for i, y in enumerate(rows)))]
