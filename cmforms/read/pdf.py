"""A PDF file, page by page; pages that are pictures are read as such."""

from __future__ import annotations

from dataclasses import replace

from cmforms.errors import review
from cmforms.read.desk import read_pages, read_share
from cmforms.read.faults import pdf_trouble
from cmforms.read.pdf_file import PdfFile, PdfPage
from cmforms.read.reference import Reference
from cmforms.read.scan.picture_page import PicturePage
from cmforms.read.shares import Share
from cmforms.values.documents import Reading


def read_pdf(data: bytes, source: str, reference: Reference) -> list[Reading]:
    """Return a reading for each document in the file, then one for the pages that belong to none, if any.

    Raises InputError: `pdf-encrypted`, `pdf-damaged`.
    """
    with pdf_trouble(source), PdfFile(data, source) as file:
        reference.admit(source, len(file))
        pages = [
            page if _is_official(page, reference) or not page.is_picture else PicturePage(page.number, page.sheet)
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


def share_of_pdf(data: bytes, source: str, reference: Reference, share: Share) -> list[Reading]:
    """Return the readings of a share of a file of pictures. Raises InputError as `read_pdf` does."""
    with pdf_trouble(source), PdfFile(data, source) as file:
        return read_share(data, [PicturePage(page.number, page.sheet) for page in file.pages], source, reference, share)


def _is_official(page: PdfPage, reference: Reference) -> bool:
    """Tell a page of an official form by the file's properties: one without fields may well be a picture."""
    issued = reference.ledger(page.said["issue"]) if "issue" in page.said and not page.widgets else None
    if issued is None or issued.form not in reference.library.form_ids:
        return False
    return page.number <= len(issued.pages) and reference.library.form(issued.form).official is not None
