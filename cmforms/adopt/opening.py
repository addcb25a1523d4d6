"""Open an official PDF form: refuse what cannot be filled, say what had to be put right."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import pikepdf
from pikepdf import Dictionary, Name, Pdf

from cmforms.acroform import form_fields
from cmforms.errors import CmformsError, Finding, InputError, note

_HEAD = 1024


@contextmanager
def official_pdf(data: bytes, source: str) -> Iterator[tuple[Pdf, list[Finding]]]:
    """Open the form, with notes on what was put right: `pdf-decrypted`, `pdf-repaired`, `xfa-dropped`.

    Raises InputError: `file-type-unknown`, `pdf-encrypted`, `pdf-damaged`, `pdf-xfa-only`, `pdf-no-fields`.
    """
    if b"%PDF-" not in data[:_HEAD]:
        raise InputError.because(
            "file-type-unknown", "is no PDF", source=source, fix="Give the official form as PDF or DOCX."
        )
    try:
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
            yield pdf, [*_about(pdf, source)]
    except CmformsError:
        raise
    except pikepdf.PasswordError:
        raise InputError.because(
            "pdf-encrypted", "is protected by a password", source=source,
            fix="Ask who publishes the form for a copy without a password.",
        ) from None
    except Exception as trouble:
        # Odd files make libraries raise KeyError, TypeError, RecursionError and more; all mean the same here.
        raise InputError.because(
            "pdf-damaged", f"is damaged and cannot be adopted ({type(trouble).__name__})", source=source,
            fix="Download the form again; if a viewer opens it, save it from there under a new name.",
        ) from None


def _about(pdf: Pdf, source: str) -> Iterator[Finding]:
    form = pdf.Root.get("/AcroForm")
    has_xfa = isinstance(form, Dictionary) and "/XFA" in form
    fields = form_fields(pdf) if isinstance(form, Dictionary) else []
    if has_xfa and (not fields or bool(pdf.Root.get("/NeedsRendering", False))):
        raise InputError.because(
            "pdf-xfa-only", "is an XFA form (Adobe LiveCycle): it has no fields that other programs could fill",
            source=source, fix="Ask who publishes it for an AcroForm or Word edition.",
        )
    if not fields:
        raise InputError.because(
            "pdf-no-fields", "has no fields to fill", source=source,
            fix="Let Acrobat or LibreOffice add fields, or write a definition by hand.",
        )
    if has_xfa:
        yield note(
            "xfa-dropped", "holds an XFA form beside the fields; it is left out, for it would hide their values",
            source=source, fix="Compare the template with the original in a viewer.",
        )
    if pdf.is_encrypted:
        yield note(
            "pdf-decrypted", "is encrypted without a password; the template is not", source=source,
            fix="See that the publisher allows the form to be filled by a program.",
        )
    if any("damaged" in str(said) or "reconstruct" in str(said) for said in pdf.get_warnings()):
        yield note(
            "pdf-repaired", "was damaged and was put together again", source=source,
            fix="Compare the template with the original, page by page.",
        )
    if any(field.kind == "Sig" and _signed(field.holders) for field in fields) or Name.Perms in pdf.Root:
        yield note(
            "signature-dropped", "carries a digital signature or usage rights, which end with any change",
            source=source,
        )


def _signed(holders: list[pikepdf.Object]) -> bool:
    return any("/V" in holder for holder in holders)
