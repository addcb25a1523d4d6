"""Adopt an official PDF form: its fields into a definition, its pages as the template."""

from __future__ import annotations

import hashlib
import io
import re

import pdfplumber
from pikepdf import Pdf

from cmforms.adopt.adoption import Adoption, Names
from cmforms.adopt.corners import blank_corners
from cmforms.adopt.fields import adopt_fields
from cmforms.adopt.labels import Phrase, phrases
from cmforms.adopt.opening import official_pdf
from cmforms.adopt.template import make_template, make_whole
from cmforms.definitions.schema import Block, FieldSpec, Form, Official, Section
from cmforms.errors import Finding, note

_DATE = re.compile(r"D:(\d{4})(\d{2})")


def adopt_pdf(data: bytes, names: Names, fallback_revision: str) -> Adoption:
    """Return the definition and the template of an official PDF form; the same file gives the same of both.

    `fallback_revision` is taken when the file has no date. Raises InputError: see `official_pdf`.
    """
    with official_pdf(data, names.file) as (pdf, findings):
        revision = _revision(pdf) or fallback_revision
        title = _title(pdf) or names.id.replace("-", " ").capitalize()
        make_whole(pdf)
        plain = _plain_copy(pdf)
        adopted = adopt_fields(pdf, _printed(plain), names.lang, names.file)
        corners = blank_corners(plain, pdf)
        template, said = make_template(pdf, corners, names.file)
    form = Form(
        id=names.id, revision=revision, title={names.lang: title}, languages=(names.lang,),
        language=f"'{names.lang}'", cites=(), sections=tuple(_sections(adopted.pages, names.lang)),
        official=Official(kind="pdf", file=names.file, sha256=hashlib.sha256(data).hexdigest()),
    )  # fmt: skip
    found = (*findings, *said, *adopted.findings, *_about_marks(corners, names.file))
    return Adoption(form, template, found)


def _plain_copy(pdf: Pdf) -> bytes:
    """Return the file whole and open, for the libraries that look at its pages."""
    if "/XFA" in pdf.Root.AcroForm:
        del pdf.Root.AcroForm.XFA
    held = io.BytesIO()
    pdf.save(held, encryption=False)
    return held.getvalue()


def _printed(data: bytes) -> list[list[Phrase]]:
    """Return the phrases of each page; a bold print that sets each letter twice counts once."""
    with pdfplumber.open(io.BytesIO(data)) as document:
        return [phrases(page.dedupe_chars()) for page in document.pages]


def _sections(pages: tuple[tuple[FieldSpec, ...], ...], lang: str) -> list[Section]:
    word = {"es": "Página", "ht": "Paj"}.get(lang, "Page")
    return [
        Section(id=f"page_{number}", heading={lang: f"{word} {number}"}, blocks=(Block(fields=specs),))
        for number, specs in enumerate(pages, 1)
        if specs
    ]


def _revision(pdf: Pdf) -> str:
    for key in ("/ModDate", "/CreationDate"):
        if found := _DATE.match(str(pdf.docinfo.get(key, ""))):
            return f"{found[1]}-{found[2]}"
    return ""


def _title(pdf: Pdf) -> str:
    said = " ".join(str(pdf.docinfo.get("/Title", "")).split())
    return "" if said.lower().endswith((".pdf", ".doc", ".docx", ".indd")) else said


def _about_marks(corners: list[tuple[float, float] | None], source: str) -> list[Finding]:
    without = [str(number) for number, corner in enumerate(corners, 1) if corner is None]
    if not without:
        return []
    return [note(
        "mark-no-room", f"no corner is blank for the QR code on page {', '.join(without)}", source=source,
        fix="A filled PDF is known by its properties; a print of such a page must be told apart by a person.",
    )]  # fmt: skip
