"""Picture files, frame by frame, as grey sheets of bounded size."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from cmforms.errors import CmformsError, InputError
from cmforms.read.scan.lost_lines import lost_lines, mended

Pixels = NDArray[np.uint8]

MOST_PIXELS = 170_000_000
"""A picture of more pixels than this is not opened: no camera or scanner of an office makes one."""

MOST_FRAMES = 2000
LONGEST_SIDE = 4200
"""Larger pictures are made smaller: a Letter page is then still seen at 300 dpi and more."""

SHORTEST_SIDE = 200
USUAL_DPI = 200.0
_CREDIBLE_DPI = (90.0, 1300.0)
_MAKE, _MODEL = 0x010F, 0x0110
_FORMATS = ("JPEG", "PNG", "TIFF", "WEBP", "BMP", "MPO")

SCAN, FAX, PHOTO = "scan", "fax", "photo"
PICTURES = (SCAN, FAX, PHOTO)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page as a picture: grey, 8 bits, rows from the top, `dpi` pixels an inch both ways.

    `kind` is `scan`, `fax` (black and white) or `photo`; `measured` tells whether the file states the dpi. `lost` are
    the first and the last row, exclusive, of what a fax lost on the way and was drawn again.
    """

    pixels: Pixels
    dpi: float
    kind: str
    measured: bool
    lost: tuple[tuple[float, float], ...] = ()

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in points."""
        height, width = self.pixels.shape
        return width * 72 / self.dpi, height * 72 / self.dpi


def count_frames(data: bytes, source: str) -> int:
    """Return how many pages a picture file has. Raises InputError: `picture-damaged`, `picture-too-large`."""
    with _opened(data, source) as image:
        frames = 1 if image.format == "MPO" else int(getattr(image, "n_frames", 1))
    if frames > MOST_FRAMES:
        raise InputError.because(
            "picture-too-large", f"holds {frames} pages; {MOST_FRAMES} is the most", source=source,
            fix="Split it into smaller files.",
        )
    return frames


def open_frame(data: bytes, index: int, source: str) -> Sheet:
    """Return one page of a picture file, upright as its EXIF orientation says.

    Raises InputError: `picture-damaged`, `picture-too-large`.
    """
    with _opened(data, source) as image:
        image.seek(index)
        _check_size(image, source, index)
        dpi, kind, width = _resolution(image), _kind(image), image.width
        if image.format == "JPEG":
            image.draft("L", (LONGEST_SIDE // 2, LONGEST_SIDE // 2))
        shrink = image.width / width
        drawn = np.asarray(_grey(image), dtype=np.uint8)
    return sheet(drawn, dpi and (dpi[0] * shrink, dpi[1] * shrink), kind)


def sheet(pixels: Pixels, dpi: tuple[float, float] | None, kind: str) -> Sheet:
    """Return a sheet with square pixels and sides within bounds; `dpi` is across and down, None when unknown."""
    lost = lost_lines(pixels) if kind == FAX else []
    pixels = mended(pixels, lost)
    across, down = dpi or (USUAL_DPI, USUAL_DPI)
    height, width = pixels.shape
    finest = max(across, down)
    shrink = min(1.0, LONGEST_SIDE / max(width * finest / across, height * finest / down))
    size = max(1, round(width * finest / across * shrink)), max(1, round(height * finest / down * shrink))
    if size != (width, height):
        how = cv2.INTER_AREA if shrink < 1 else cv2.INTER_LINEAR
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=how), dtype=np.uint8)
    step = size[1] / height
    drawn = tuple(((above + 0.5) * step, (below + 0.5) * step) for above, below in lost)
    return Sheet(pixels, finest * shrink, kind, dpi is not None, drawn)


@contextmanager
def _opened(data: bytes, source: str) -> Iterator[Any]:
    """Open a picture; whatever Pillow raises on an odd file becomes one typed error.

    Other users of Pillow (WeasyPrint for one) tell it to fill up torn files, which here would be to make things up.
    """
    lenient, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
                yield image
    except CmformsError:
        raise
    except Image.DecompressionBombError:
        raise _too_large(source, "more pixels than can be opened") from None
    except UnidentifiedImageError:
        raise _damaged(source, "no picture") from None
    except Exception as trouble:
        raise _damaged(source, type(trouble).__name__) from None
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = lenient


def _check_size(image: Any, source: str, index: int) -> None:
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise _too_large(source, f"{width} x {height} pixels on page {index + 1}")


def _grey(image: Any) -> Any:
    """Return the picture in grey on white, upright."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layered = image.convert("RGBA")
        white = Image.new("RGBA", layered.size, "white")
        image = Image.alpha_composite(white, layered)
    elif image.mode.startswith(("I;16", "I", "F")):
        image = Image.fromarray(_eight_bits(np.asarray(image, dtype=np.float32)))
    return ImageOps.exif_transpose(image.convert("L"))


def _eight_bits(values: NDArray[np.float32]) -> Pixels:
    top = 65535.0 if values.max(initial=0.0) > 255 else 255.0
    return np.asarray(np.clip(values * (255.0 / top), 0, 255), dtype=np.uint8)


def _resolution(image: Any) -> tuple[float, float] | None:
    """Return the dots an inch across and down as the upright picture has them, None unless credible."""
    try:
        across, down = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    low, high = _CREDIBLE_DPI
    if not (low <= across <= high and low <= down <= high):
        return None
    turned = image.getexif().get(0x0112, 1) >= 5
    return (down, across) if turned else (across, down)


def _kind(image: Any) -> str:
    if image.mode == "1":
        return FAX
    exif = image.getexif()
    return PHOTO if exif.get(_MAKE) or exif.get(_MODEL) else SCAN


def _too_large(source: str, what: str) -> InputError:
    return InputError.because(
        "picture-too-large", f"is too large to be a page: {what}", source=source,
        fix="Scan it again at 200 to 300 dpi.",
    )


def _damaged(source: str, what: str) -> InputError:
    return InputError.because(
        "picture-damaged", f"is damaged and cannot be read ({what})", source=source,
        fix="Copy it again, or scan it again.",
    )
