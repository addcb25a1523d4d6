"""The picture of one place of a returned file: what a person must look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2

from cmforms.errors import InputError
from cmforms.read.faults import pdf_trouble
from cmforms.read.identify import PDF, PICTURE, identify
from cmforms.read.pdf_file import PdfFile
from cmforms.read.scan.opening import Sheet, count_frames, open_frame
from cmforms.values.documents import Box

MARGIN = 6.0
"""Points around the place that are shown too."""

Spot = tuple[int, Box]
"""A page, from 1, and a box on it in points."""


def crops(path: Path, spots: Sequence[Spot]) -> Iterator[bytes]:
    """Yield a PNG of each spot of a PDF or picture file, a margin around it.

    Raises InputError as reading does, and `crop-none` for a page that the file does not have, or another kind of file.
    """
    found = identify(path)
    if found.kind == PICTURE:
        frames = count_frames(found.data, str(path))
        for page, box in spots:
            _check(page, frames, path)
            yield _cut(open_frame(found.data, page - 1, str(path)), box, (0.0, 0.0))
    elif found.kind == PDF:
        with pdf_trouble(str(path)), PdfFile(found.data, str(path)) as file:
            for page, box in spots:
                _check(page, len(file), path)
                own = file.pages[page - 1]
                yield _cut(own.sheet(), box, (0.0, 0.0) if own.is_picture else own.picture.origin)
    else:
        _check(1, 0, path)


def _check(page: int, pages: int, path: Path) -> None:
    if not 1 <= page <= pages:
        raise InputError.because(
            "crop-none", f"has no picture of page {page}", source=str(path), fix="Name a page of a PDF or picture file."
        )


def _cut(sheet: Sheet, box: Box, origin: tuple[float, float]) -> bytes:
    scale, (height, width) = sheet.dpi / 72, sheet.pixels.shape
    left, right = (round((side - origin[0]) * scale) for side in (box[0] - MARGIN, box[2] + MARGIN))
    top, bottom = (round(height - (side - origin[1]) * scale) for side in (box[3] + MARGIN, box[1] - MARGIN))
    left, top = min(max(left, 0), width - 1), min(max(top, 0), height - 1)
    part = sheet.pixels[top : max(bottom, top + 1), left : max(right, left + 1)]
    return bytes(cv2.imencode(".png", part)[1])
