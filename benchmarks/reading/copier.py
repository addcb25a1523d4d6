"""What scanners, copiers and fax machines do to a sheet of paper, from a seed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

A4 = (595.3, 841.9)
LETTER = (612.0, 792.0)


@dataclass(frozen=True)
class Scanner:
    """How bad a scan is. Lengths are in points, angles in degrees, light in grey levels of 255.

    `fit` and `through` are the chances that the page is fitted to another size, and that its back shows through.
    """

    skew: float
    shift: float
    blur: float
    noise: float
    light: float
    contrast: tuple[int, int]
    jpeg: int
    fit: float = 0.0
    through: float = 0.0
    specks: int = 0


SCANNERS = {
    "scan-clean": Scanner(0.2, 2, 0.12, 1.0, 1, (12, 252), 92),
    "scan-light": Scanner(0.6, 5, 0.16, 2.5, 4, (30, 248), 85, fit=0.1),
    "scan-medium": Scanner(1.6, 9, 0.25, 6.0, 14, (45, 238), 68, fit=0.2, through=0.3, specks=40),
    "scan-heavy": Scanner(3.0, 14, 0.40, 13.0, 34, (70, 215), 42, fit=0.25, through=0.6, specks=400),
}
"""By kind of source."""


def scan(page: np.ndarray, dpi: tuple[int, int], how: Scanner, rng: np.random.Generator) -> np.ndarray:
    """Return a page, drawn at `dpi[0]`, as a scanner sees it at `dpi[1]`."""
    placed = _placed(page, dpi, how, rng)
    blurred = cv2.GaussianBlur(placed, (0, 0), max(0.25, how.blur * dpi[1] / 72 * rng.uniform(0.8, 1.2)))
    seen = blurred.astype(np.float32)
    if rng.random() < how.through:
        seen = _shown_through(seen, rng)
    black, white = how.contrast[0] * rng.uniform(0.5, 1.2), how.contrast[1]
    seen = black + seen * ((white - black) / 255) + _uneven(seen.shape, how.light, rng)
    seen += _noise(seen.shape, how.noise, rng)
    grey = np.clip(seen, 0, 255).astype(np.uint8)
    _speck(grey, how.specks, rng)
    return grey


def _placed(page: np.ndarray, dpi: tuple[int, int], how: Scanner, rng: np.random.Generator) -> np.ndarray:
    """Lay the page on the glass a little askew; some machines fit it to A4, or shrink it to the printable part."""
    wide, high = (side / dpi[0] * 72 for side in page.shape[1::-1])
    size, scale = (wide, high), rng.normal(1, 0.002)
    if rng.random() < how.fit:
        size = A4 if rng.random() < 0.5 else (wide, high)
        scale = min(size[0] / wide, size[1] / high) * rng.uniform(0.93, 1.0)
    angle = np.deg2rad(rng.uniform(-how.skew, how.skew))
    ratio = dpi[1] / dpi[0] * scale
    turn = ratio * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    there = np.array(size) * dpi[1] / 144 + rng.uniform(-how.shift, how.shift, 2) * dpi[1] / 72
    middle = np.array(page.shape[1::-1]) / 2
    matrix = np.column_stack([turn, there - turn @ middle])
    if ratio < 0.9:
        page = cv2.GaussianBlur(page, (0, 0), 0.42 / ratio)
    to = (round(size[0] * dpi[1] / 72), round(size[1] * dpi[1] / 72))
    lid = (250,) * (1 if page.ndim == 2 else 3)
    return cv2.warpAffine(page, matrix, to, borderMode=cv2.BORDER_CONSTANT, borderValue=lid)


def _shown_through(seen: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    back = cv2.GaussianBlur(np.roll(seen[:, ::-1], rng.integers(-60, 60, 2), (0, 1)), (0, 0), 2.0)
    return np.minimum(seen, seen - (255 - back) * rng.uniform(0.04, 0.12))


def _uneven(shape: tuple[int, ...], most: float, rng: np.random.Generator) -> np.ndarray:
    """Return light that falls off to one side, and a darker edge at times."""
    high, wide = shape[:2]
    across = np.linspace(-1, 1, wide, dtype=np.float32)[None, :] * rng.uniform(-1, 1)
    down = np.linspace(-1, 1, high, dtype=np.float32)[:, None] * rng.uniform(-1, 1)
    fall = (across + down - abs(across).max() - abs(down).max()) * most / 2
    return fall if len(shape) == 2 else fall[..., None]


def _noise(shape: tuple[int, ...], sigma: float, rng: np.random.Generator) -> np.ndarray:
    """Return noise, fine and a little coarse; one tile is drawn and repeated, which no reader can tell."""
    tile = rng.normal(0, sigma, (512, 512)).astype(np.float32)
    tile = 0.75 * tile + 0.5 * cv2.GaussianBlur(tile, (0, 0), 1.0) * 2
    high, wide = shape[:2]
    whole = np.tile(tile, (high // 512 + 1, wide // 512 + 1))[:high, :wide]
    return whole if len(shape) == 2 else whole[..., None]


def _speck(page: np.ndarray, count: int, rng: np.random.Generator) -> None:
    for _ in range(count and rng.integers(0, count)):
        x, y = rng.integers(0, page.shape[1]), rng.integers(0, page.shape[0])
        page[y : y + rng.integers(1, 4), x : x + rng.integers(1, 4)] = rng.choice([20, 60, 235])


def copied(page: np.ndarray, dpi: int, rng: np.random.Generator) -> np.ndarray:
    """Return a copy of a copy: askew again, harder, with thinner or thicker strokes and the dirt of the drum."""
    once = scan(page, (dpi, dpi), SCANNERS["scan-light"], rng).astype(np.float32)
    hard = np.clip((once - rng.uniform(60, 95)) * rng.uniform(1.5, 2.0), 0, 255).astype(np.uint8)
    _speck(hard, 250, rng)
    return hard


FAX = {"fax-fine": (204, 196), "fax-standard": (204, 98)}
"""Dots per inch, across and down, by kind of source (ITU-T T.4)."""


def fax(page: np.ndarray, dpi: int, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Return the page as a fax machine sends it: black or white, 0 or 255, with lines lost on the way."""
    sent = scan(page, (dpi, 204), Scanner(0.8, 6, 0.16, 3.0, 6, (30, 245), 0), rng)
    wide, high = sent.shape[1], round(sent.shape[0] * FAX[kind][1] / 204)
    lines = cv2.resize(sent, (wide, high), interpolation=cv2.INTER_AREA)
    level = cv2.GaussianBlur(lines, (0, 0), 25).astype(np.float32) * rng.uniform(0.82, 0.9)
    black = np.where(lines < level, 0, 255).astype(np.uint8)
    _speck(black, 30, rng)
    for _ in range(rng.integers(0, 4)):
        row = int(rng.integers(1, high - 3))
        black[row : row + rng.integers(1, 3)] = 255 if rng.random() < 0.6 else black[row - 1]
    return np.where(black < 128, 0, 255).astype(np.uint8)
