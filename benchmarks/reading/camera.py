"""A phone's photograph of a page on a desk, from a seed: flat or curled."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Photograph:
    """How bad a photograph is: `tilt` is how far corners move, a part of the page's side; `high` its rows."""

    tilt: float
    turn: float
    high: int
    blur: float
    shade: float
    noise: float
    jpeg: int
    curl: float = 0.0


PHOTOGRAPHS = {
    "photo-mild": Photograph(0.025, 2.0, 3000, 0.8, 0.12, 3.0, 85),
    "photo-strong": Photograph(0.09, 6.0, 2700, 1.3, 0.35, 6.0, 70),
    "photo-curl": Photograph(0.04, 3.0, 3000, 1.0, 0.2, 4.0, 80, curl=0.014),
}
"""By kind of source."""


def photograph(page: np.ndarray, how: Photograph, rng: np.random.Generator) -> np.ndarray:
    """Return a colour picture, rows x columns x (blue, green, red), of a page lying on a desk."""
    if page.ndim == 2:
        page = cv2.cvtColor(page, cv2.COLOR_GRAY2BGR)
    bent, shade = _curled(page, how.curl, rng) if how.curl else (page, None)
    high = round(how.high * rng.uniform(0.9, 1.1))
    wide = round(high * 0.76)
    matrix = _view(page, (wide, high), how, rng)
    seen = cv2.warpPerspective(_softened(bent, high), matrix, (wide, high), flags=cv2.INTER_LINEAR)
    here = cv2.warpPerspective(np.full(bent.shape[:2], 255, np.uint8), matrix, (wide, high))
    part = (cv2.GaussianBlur(here, (0, 0), 1.0).astype(np.float32) / 255)[..., None]
    whole = _desk((high, wide), rng) * (1 - part) + seen * part
    if shade is not None:
        whole *= np.where(part > 0.5, cv2.warpPerspective(shade, matrix, (wide, high))[..., None], 1.0)
    whole *= _light((high, wide), how.shade, rng)[..., None]
    whole *= rng.uniform([0.86, 0.93, 0.93], [1.0, 1.0, 1.0]).astype(np.float32)
    whole = cv2.GaussianBlur(whole, (0, 0), how.blur * rng.uniform(0.7, 1.2))
    if how.blur > 1.2 and rng.random() < 0.5:
        whole = cv2.blur(whole, (3, 1) if rng.random() < 0.5 else (1, 3))
    tile = rng.normal(0, how.noise, (512, 512, 1)).astype(np.float32)
    whole += np.tile(tile, (high // 512 + 1, wide // 512 + 1, 1))[:high, :wide]
    return np.clip(whole, 0, 255).astype(np.uint8)


def _softened(page: np.ndarray, high: int) -> np.ndarray:
    ratio = high * 0.85 / page.shape[0]
    return cv2.GaussianBlur(page, (0, 0), 0.4 / ratio) if ratio < 0.9 else page


def _view(page: np.ndarray, size: tuple[int, int], how: Photograph, rng: np.random.Generator) -> np.ndarray:
    """Return the homography from the page to the picture: turned, and each corner moved on its own."""
    rows, columns = page.shape[:2]
    wide, high = size
    fit = min(wide / columns, high / rows) * rng.uniform(0.84, 0.92)
    corners = (np.array([(0, 0), (columns, 0), (columns, rows), (0, rows)]) - (columns / 2, rows / 2)) * fit
    angle = np.deg2rad(rng.uniform(-how.turn, how.turn))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = corners @ turn.T * (1 + rng.uniform(-how.tilt, 0.2 * how.tilt, (4, 2))) + (wide / 2, high / 2)
    there = np.clip(moved, (4, 4), (wide - 5, high - 5)).astype(np.float32)
    plain = np.array([(0, 0), (columns, 0), (columns, rows), (0, rows)], np.float32)
    return cv2.getPerspectiveTransform(plain, there)


def _curled(page: np.ndarray, most: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Bend the page like a sheet that was rolled or folded: heights move, and light falls on the slopes."""
    rows, columns = page.shape[:2]
    x = np.linspace(0, 1, columns, dtype=np.float32)[None, :]
    y = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    waves, start, slope = rng.uniform(0.8, 1.6), rng.uniform(0, 2 * np.pi), rng.uniform(-0.6, 0.6)
    phase = np.pi * waves * (x + slope * y) + start
    lift = most * rows * rng.uniform(0.5, 1.0) * np.sin(phase)
    across = most * columns * 0.5 * rng.uniform(0.3, 1.0) * np.cos(phase * 0.8)
    grid_x = (np.arange(columns, dtype=np.float32)[None, :] + across).astype(np.float32)
    grid_y = (np.arange(rows, dtype=np.float32)[:, None] + lift).astype(np.float32)
    bent = cv2.remap(page, grid_x, grid_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return bent, (1 + 0.12 * np.cos(phase)).astype(np.float32)


def _desk(size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Return a desk: a colour with a grain along it."""
    high, wide = size
    grain = cv2.resize(rng.normal(0, 1, (high // 8, wide // 160)).astype(np.float32), (wide, high))
    colour = rng.uniform([30, 40, 60], [120, 140, 170]).astype(np.float32)
    return np.clip(colour + grain[..., None] * rng.uniform(4, 14), 0, 255)


def _light(size: tuple[int, int], most: float, rng: np.random.Generator) -> np.ndarray:
    """Return the light on the scene: falling off to one side, with the soft shadow of a hand or a phone."""
    small = np.ones((64, 64), np.float32)
    y, x = np.mgrid[0:64, 0:64].astype(np.float32) / 63
    angle = rng.uniform(0, 2 * np.pi)
    small -= most * (0.5 + 0.5 * ((x - 0.5) * np.cos(angle) + (y - 0.5) * np.sin(angle)))
    if rng.random() < 0.5:
        at, wide = rng.uniform(0, 1, 2), rng.uniform(0.15, 0.35)
        small -= most * 0.6 * np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / wide**2)
    return cv2.resize(small, size[::-1], interpolation=cv2.INTER_LINEAR)
