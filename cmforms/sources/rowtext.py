"""Rows of a sheet's XML as nearly every program writes them, found by pattern: sooner than a parser of XML can.

The patterns admit only what they understand whole. Whatever is written another way (rich text, formulas, comments,
prefixes, another encoding) is `Unusual`, and whoever reads turns to a parser.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import IO

_PART = 2**18
_LONGEST = 2**24
_TEXT = r"[^<&\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]*"
_REFERENCE = r"&(amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});"
_CONTENT = rf"({_TEXT}(?:{_REFERENCE.replace('(', '(?:')}{_TEXT})*)"
_CELL = re.compile(
    r'<c r="([A-Z]{1,3})\d{1,7}"(?: s="(\d{1,6})")?(?: t="([A-Za-z]{1,9})")?(?:/>|>'
    rf'(?:<v>{_CONTENT}</v>|<v ?/>|<is><t(?: xml:space="preserve")?>{_CONTENT}</t></is>)?</c>)|(\S)'
)
_ROW = re.compile(rb'\s*<row((?:\s+[\w:.]+="[^"<&]*")*)\s*(/?)>')
_NUMBER = re.compile(rb'\sr="(\d{1,7})"')
_HEAD = re.compile(
    rb'(?:\xef\xbb\xbf)?(?:<\?xml version="1\.0"(?: encoding="(?:UTF|utf)-8")?(?: standalone="\w+")? ?\?>)?\s*'
    rb'<worksheet(?=[^>]*\sxmlns="http://(?:schemas\.openxmlformats\.org/spreadsheetml/2006|'
    rb'purl\.oclc\.org/ooxml/spreadsheetml)/main")[^>]*>'
)
_END = re.compile(rb"\s*</sheetData>")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_ODD = itemgetter(5)
_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

Parts = tuple[str, str, str, str, str, str]
"""Of a cell: its column's letters, its style, its type, what `v` holds, what `is` holds, and the sign of an odd one."""


class UnusualError(Exception):
    """A sheet, or the rest of it, is written in a way that only a parser of XML understands."""


def written_rows(stream: IO[bytes]) -> Iterator[tuple[int, Sequence[Parts]]]:
    """Yield the number, from 1, and the cells of each row; texts still hold their references.

    The stream is read to its end: an archive's checksum is looked at there. Raises UnusualError.
    """
    number = 0
    for said, body in _row_bytes(stream):
        named = _NUMBER.search(said)
        number = int(named[1]) if named else number + 1
        text = body.decode("utf-8")
        if "\r" in text or "]]>" in text:
            raise UnusualError
        cells = _CELL.findall(text)
        if any(map(_ODD, cells)):
            raise UnusualError
        yield number, cells
    while stream.read(_PART):
        pass


def resolved(text: str) -> str:
    """Return a text with its references resolved (XML 1.0, 4.1 and 4.6). Raises UnusualError for no character."""
    return re.sub(_REFERENCE, _character, text) if "&" in text else text


def _character(found: re.Match[str]) -> str:
    name = found[1]
    if name in _NAMED:
        return _NAMED[name]
    number = int(name[2:], 16) if name[1] == "x" else int(name[1:])
    if number > 0x10FFFF or _NO_CHARACTER.match(chr(number)):
        raise UnusualError
    return chr(number)


def _row_bytes(stream: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the attributes and the inside of each row."""
    buffer, at = _after_head(stream), 0
    while True:
        row = _ROW.match(buffer, at)
        end = row.end() if row and row[2] else buffer.find(b"</row>", at)
        if row and end >= 0:
            yield row[1], buffer[row.end() : end]
            at = end if row[2] else end + len(b"</row>")
        elif end >= 0:
            raise UnusualError
        elif not row and _END.match(buffer, at):
            return
        else:
            buffer, at = buffer[at:] + _more(stream, len(buffer) - at), 0


def _after_head(stream: IO[bytes]) -> bytes:
    """Return what was read already behind the start of the rows."""
    buffer = b""
    while (start := buffer.find(b"<sheetData>")) < 0:
        buffer += _more(stream, len(buffer))
    if not _HEAD.match(buffer) or b"<!" in buffer[:start]:
        raise UnusualError
    return buffer[start + len(b"<sheetData>") :]


def _more(stream: IO[bytes], held: int) -> bytes:
    """Read on. Raises UnusualError at the end, or when so much is held already that no row is as long."""
    if held > _LONGEST or not (more := stream.read(_PART)):
        raise UnusualError
    return more
