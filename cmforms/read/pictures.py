"""A picture file, page by page: JPEG, PNG, TIFF with any number of pages, WebP, BMP."""

from __future__ import annotations

from functools import partial

from cmforms.read.desk import read_pages, read_share
from cmforms.read.reference import Reference
from cmforms.read.scan.opening import count_frames, open_frame
from cmforms.read.scan.picture_page import PicturePage
from cmforms.read.shares import Share
from cmforms.values.documents import Reading


def read_pictures(data: bytes, source: str, reference: Reference) -> list[Reading]:
    """Return a reading for each document in the file, then one for the pages that belong to none, if any.

    Raises InputError: `picture-damaged`, `picture-too-large`.
    """
    frames = count_frames(data, source)
    reference.admit(source, frames)
    return read_pages(data, _pages(data, frames, source), source, reference)


def share_of_pictures(data: bytes, source: str, reference: Reference, share: Share) -> list[Reading]:
    """Return the readings of a share of the file. Raises InputError as `read_pictures` does."""
    return read_share(data, _pages(data, count_frames(data, source), source), source, reference, share)


def _pages(data: bytes, frames: int, source: str) -> list[PicturePage]:
    return [PicturePage(index + 1, partial(open_frame, data, index, source)) for index in range(frames)]
