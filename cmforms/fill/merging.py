"""Filled documents put together for the printer: each starts on a front side, and can be found by its bookmark."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pikepdf
from pikepdf import Dictionary, OutlineItem

from cmforms.errors import InputError
from cmforms.typeset import FontStack, Subset

LETTER = (612.0, 792.0)
_SEPARATOR_SIZE = 28.0


@dataclass(frozen=True)
class Piece:
    """One filled document: where it lies, and under what it is found in the merged file."""

    path: Path
    case: str
    title: str
    school: str


def merge(pieces: Sequence[Piece], *, separators: bool = False) -> bytes:
    """Return one PDF with the pieces in their order, ready for duplex printing.

    A piece with an odd number of pages is followed by a blank page. Bookmarks lead to each case and document; with
    `separators` a sheet with the school's name comes before the first piece of each school. Fields stay apart: each
    document has a root field named by its issue, and names that meet all the same are renamed by pikepdf. Tags for
    screen readers stay with the single documents: the merged file is for paper.
    Raises InputError for a piece that cannot be opened.
    """
    merged = pikepdf.new()
    outline: list[OutlineItem] = []
    for school, of_school in groupby(pieces, key=lambda piece: piece.school):
        if separators:
            outline.append(OutlineItem(school, len(merged.pages)))
            _separator(merged, school)
        for case, of_case in groupby(of_school, key=lambda piece: piece.case):
            outline.append(_case(merged, case, of_case))
    with merged.open_outline() as root:
        root.root.extend(outline)
    stream = io.BytesIO()
    merged.save(stream, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)
    return stream.getvalue()


def _case(merged: pikepdf.Pdf, case: str, pieces: Iterable[Piece]) -> OutlineItem:
    item = OutlineItem(case, len(merged.pages))
    for piece in pieces:
        item.children.append(OutlineItem(piece.title, len(merged.pages)))
        _append(merged, piece)
    return item


def _append(merged: pikepdf.Pdf, piece: Piece) -> None:
    try:
        with pikepdf.open(piece.path) as document:
            merged.add_pages_from(document, outlines="ignore")
    except (pikepdf.PdfError, OSError) as trouble:
        raise InputError.because(
            "merge-unreadable", f"cannot be merged ({type(trouble).__name__})", source=str(piece.path),
            fix="Fill it again; `--resume` makes what is missing.",
        ) from None
    if len(merged.pages) % 2:
        merged.add_blank_page(page_size=LETTER)


def _separator(merged: pikepdf.Pdf, text: str) -> None:
    """Append a sheet, front and blank back, with one line in large type."""
    page = merged.add_blank_page(page_size=LETTER)
    stack = FontStack.default()
    subset = Subset(stack)
    width = stack.width(text, _SEPARATOR_SIZE, bold=True)
    size = _SEPARATOR_SIZE * min(1.0, (LETTER[0] - 108) / width)
    page.Contents = merged.make_stream(subset.show(text, size, 54, LETTER[1] / 2, bold=True))
    page.Resources = Dictionary(Font=Dictionary(dict(_fonts(merged, subset))))
    merged.add_blank_page(page_size=LETTER)


def _fonts(merged: pikepdf.Pdf, subset: Subset) -> Iterator[tuple[str, pikepdf.Object]]:
    """Bring the subset's own serialised objects into the file."""
    first = 1
    bodies, numbers = subset.objects(first)
    carrier = _carrier(bodies, first)
    with pikepdf.open(io.BytesIO(carrier)) as document:
        for name, number in numbers.items():
            yield f"/{name}", merged.copy_foreign(document.get_object(number, 0))


def _carrier(bodies: Sequence[bytes], first: int) -> bytes:
    """Return a file that holds serialised objects and nothing else (PDF 32000-1, 7.5)."""
    catalog, pages = first + len(bodies), first + len(bodies) + 1
    objects = [*bodies, b"<</Type/Catalog/Pages %d 0 R>>" % pages, b"<</Type/Pages/Kids[]/Count 0>>"]
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, first):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, catalog, start)
    return bytes(out)


