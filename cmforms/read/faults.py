"""Whatever a library raises on an odd file, as one typed error that names the file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pikepdf

from cmforms.errors import CmformsError, InputError


@contextmanager
def pdf_trouble(source: str) -> Iterator[None]:
    """Turn every failure inside into InputError: `pdf-encrypted` or `pdf-damaged`.

    pikepdf and pdfium raise their own errors, and on hostile files KeyError, TypeError, AssertionError or
    RecursionError besides; what they say can quote the document, so it is not passed on. A lack of memory is no fault
    of the file alone, and passes.
    """
    try:
        yield
    except (CmformsError, MemoryError):
        raise
    except pikepdf.PasswordError:
        raise InputError.because(
            "pdf-encrypted", "is protected by a password", source=source,
            fix="Open it with the password, save it without one, and read it again.",
        ) from None
    except Exception as trouble:
        raise InputError.because(
            "pdf-damaged", f"is damaged and cannot be read ({type(trouble).__name__})", source=source,
            fix="Copy, download or scan it again; if it opens in a viewer, print it to PDF and read that.",
        ) from None
