"""A PDF file, page by page; pages that are pictures are read as such."""

from __future__ import annotations

from dataclasses import replace

from cmforms.errors import review
from cmforms.read.desk import read_pages
from cmforms.read.faults import pdf_trouble
from cmforms.read.pdf_file import PdfFile
from cmforms.read.scan.picture_page import PicturePage
from cmforms.read.sorting import Reference
from cmforms.values.documents import Reading


def read_pdf(data: bytes, source: str, reference: Reference) -> list[Reading]:
    """Return a reading for each document in the file, then one for the pages that belong to none, if any.

    Raises InputError: `pdf-encrypted`, `pdf-damaged`.
    """
    with pdf_trouble(source), PdfFile(data, source) as file:
        reference.admit(source, len(file))
        pages = [
            PicturePage(page.number, page.sheet) if page.is_picture else page
            for page in file.pages
        ]
        readings = read_pages(data, pages, source, reference)
        if not file.repaired:
            return readings
        mended = review(
            "pdf-repaired", "was damaged and had to be put together again; something may be lost",
            source=source, fix="Copy or download it again, and compare.",
        )
        return [replace(readings[0], findings=(mended, *readings[0].findings)), *readings[1:]]
