"""Read a returned file, whatever it is: every document in it, every field with its evidence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cmforms.definitions.library import Library
from cmforms.read.docx import read_docx
from cmforms.read.identify import DOCX, PDF, PICTURE, XLSX, identify
from cmforms.read.pdf import read_pdf, share_of_pdf
from cmforms.read.pictures import read_pictures, share_of_pictures
from cmforms.read.reference import Ledger, Redraw, Reference, Verify, admit_all, cannot_redraw
from cmforms.read.shares import Share
from cmforms.read.sheet import read_sheet
from cmforms.values.documents import Reading


def read_file(
    path: Path, library: Library, ledger: Ledger, verify: Verify, admit: Callable[[str, int], None] = admit_all,
    redraw: Redraw = cannot_redraw,
) -> list[Reading]:
    """Return a reading for each document in the file.

    `ledger` gives the issue by its id, `verify` tells whether the text of a QR code is a genuine page mark, `admit`
    hears of the number of pages before they are read, and may refuse, `redraw` draws an issued document again.
    Raises InputError naming the file and what to do: `file-missing`, `file-empty`, `file-type-unknown`,
    `file-type-ambiguous`, `pdf-encrypted`, `pdf-damaged`, `picture-damaged`, `picture-too-large`, and those of the
    Word and workbook readers.
    """
    return read_with(path, Reference(library, ledger, verify, admit, redraw))


def read_with(path: Path, reference: Reference) -> list[Reading]:
    """Do the same with all that may be looked up."""
    found = identify(path)
    return _READERS[found.kind](found.data, str(path), reference)


def read_share_of(path: Path, share: Share, reference: Reference) -> list[Reading]:
    """Read some documents of a long file of pictures whose pages another process has sorted."""
    found = identify(path)
    return _SHARES[found.kind](found.data, str(path), reference, share)


_SHARES: dict[str, Callable[[bytes, str, Reference, Share], list[Reading]]] = {
    PDF: share_of_pdf, PICTURE: share_of_pictures,
}  # fmt: skip

_READERS: dict[str, Callable[[bytes, str, Reference], list[Reading]]] = {
    PDF: read_pdf, DOCX: read_docx, XLSX: read_sheet, PICTURE: read_pictures,
}  # fmt: skip
