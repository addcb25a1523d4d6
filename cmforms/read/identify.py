"""Which reader takes a file: told by its content, never by its name."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cmforms.errors import InputError
from cmforms.files import read_bytes

PDF = "pdf"
DOCX = "docx"
XLSX = "xlsx"
PICTURE = "picture"
_HEAD = 1024
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CONTENT_TYPES = "[Content_Types].xml"
_SHEET_TYPES = (b"spreadsheetml.sheet.main+xml", b"ms-excel.sheet.macroEnabled.main+xml")
_WORD_TYPES = (b"wordprocessingml.document.main+xml", b"ms-word.document.macroEnabled.main+xml")
_LARGEST_TYPES_PART = 1 << 20


@dataclass(frozen=True)
class Identified:
    """A file's bytes and the reader that takes it: `pdf`, `docx`, `xlsx` or `picture`."""

    kind: str
    data: bytes


def identify(path: Path) -> Identified:
    """Return the file and its kind.

    Raises InputError: `file-missing`, `file-empty`, `file-type-unknown` when no reader takes it, and
    `file-type-ambiguous` when two do, because then which of them is right would be a guess.
    """
    data = read_bytes(path)
    kinds = [kind for kind, takes in _READERS.items() if takes(data)]
    if len(kinds) == 1:
        return Identified(kinds[0], data)
    if kinds:
        raise InputError.because(
            "file-type-ambiguous", f"is at once {' and '.join(kinds)}: nobody can say which is meant",
            source=str(path), fix="Open it in the program that made it and save it anew.",
        )
    raise InputError.because(
        "file-type-unknown", f"is {_described(data)}, which no reader takes", source=str(path),
        fix="Readable are PDF files, pictures of pages, Word documents (.docx) and workbooks (.xlsx).",
    )


def _is_pdf(data: bytes) -> bool:
    return b"%PDF-" in data[:_HEAD]


def _is_docx(data: bytes) -> bool:
    """Tell Word packages: whole ones, torn ones by their first members, locked ones by stream names."""
    if data.startswith(_COMPOUND):
        return any(name.encode("utf-16-le") in data for name in ("EncryptedPackage", "WordDocument"))
    if not data.startswith(b"PK\x03\x04"):
        return False
    types = _content_types(data)
    if types is None:
        return b"word/" in data or (_CONTENT_TYPES.encode() in data[:_HEAD] and b"xl/" not in data)
    return any(word in types for word in _WORD_TYPES)


def _is_xlsx(data: bytes) -> bool:
    """Tell Excel workbooks: whole ones by their type, torn ones by their members."""
    if not data.startswith(b"PK\x03\x04"):
        return False
    types = _content_types(data)
    if types is None:
        return b"xl/" in data and b"word/" not in data
    return any(sheet in types for sheet in _SHEET_TYPES)


def _is_picture(data: bytes) -> bool:
    """Tell JPEG, PNG, TIFF, WebP and BMP by their first bytes."""
    return data.startswith(_PICTURE_STARTS) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def _content_types(data: bytes) -> bytes | None:
    """Return the part that says what the package is; b'' when there is none, None when the ZIP is torn."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            if _CONTENT_TYPES not in package.namelist():
                return b""
            with package.open(_CONTENT_TYPES) as part:
                return part.read(_LARGEST_TYPES_PART)
    except Exception:
        return None


def _described(data: bytes) -> str:
    if data.startswith(b"PK\x03\x04"):
        return "a ZIP archive without a document or workbook in it"
    for start, name in _KNOWN_STARTS.items():
        if data.startswith(start):
            return name
    return "a text file" if _is_text(data[:_HEAD]) else "of an unknown kind"


def _is_text(head: bytes) -> bool:
    return b"\0" not in head and sum(byte < 9 for byte in head) == 0


_PICTURE_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"II*\0", b"MM\0*", b"BM")

_KNOWN_STARTS = {
    _COMPOUND: "an old Office file that is no Word document",
    b"{\\rtf": "an RTF text",
}

_READERS: dict[str, Callable[[bytes], bool]] = {PDF: _is_pdf, DOCX: _is_docx, XLSX: _is_xlsx, PICTURE: _is_picture}
