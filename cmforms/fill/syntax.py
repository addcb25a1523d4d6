"""PDF syntax as bytes: strings, streams (ISO 32000-1, 7.3)."""

from __future__ import annotations

import re

_ESCAPES = {
    ord("\\"): "\\\\", ord("("): "\\(", ord(")"): "\\)",
    ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t",
}
# PDFDocEncoding (Annex D.2) above ASCII: Latin-1 but for its control and soft-hyphen positions, and these.
_PDF_DOC = {
    ord(char): 0x80 + index
    for index, char in enumerate("•†‡…—–ƒ⁄‹›−‰„“”‘’‚™ŁŒŠŸŽıłœšž".replace("ŁŒ", "ﬁﬂŁŒ"))
} | {ord("€"): 0xA0}
_NOT_PDF_DOC = re.compile("[\x7f-\xa0\xad]")
_SPECIAL = re.compile(r"[\\()\n\r\t]")
_ESCAPED = re.compile(rb"[\\()\n\r]")
_BYTE_ORDER_MARKS = (b"\xfe\xff", b"\xff\xfe", b"\xef\xbb\xbf")


def text_string(text: str) -> bytes:
    """Return a text string object: a literal in PDFDocEncoding when that has every character, else UTF-16."""
    if text.isascii():
        return b"(%b)" % (text.translate(_ESCAPES) if _SPECIAL.search(text) else text).encode("ascii")
    encoded = _pdf_doc(text)
    if encoded is None or encoded.startswith(_BYTE_ORDER_MARKS):
        encoded = b"\xfe\xff" + text.encode("utf-16-be")
    return b"(" + _escaped(encoded) + b")"


def stream(entries: bytes, data: bytes) -> bytes:
    """Return the body of a stream object; `entries` are the dictionary's, but for /Length."""
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (entries, len(data), data)


def _pdf_doc(text: str) -> bytes | None:
    if _NOT_PDF_DOC.search(text):
        return None
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        text = text.translate(_PDF_DOC)
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return None


def _escaped(data: bytes) -> bytes:
    if not _ESCAPED.search(data):
        return data
    escaped = data.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    return escaped.replace(b"\n", b"\\n").replace(b"\r", b"\\r")
