"""Writing Word packages fast: what no case changes is packed once, the rest deflated for each document."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Mapping, Set

from cmforms.ooxml import Package

# Fixed, so that the same document has the same bytes: 1 January 1980, the first day that ZIP can tell.
_DATE, _TIME = 0x21, 0
_UTF8_NAMES = 0x800
_VERSION = 20
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
# Level 3 packs within a fifth of level 6 in a quarter of the time. Most of a small part's time goes
# into clearing zlib's memory, so that it gets as little as it can use.
_LEVEL = 3
_MEMORY = 5
_SMALL_WINDOW = 12


class Archive:
    """A package whose members are fixed but for some parts, which `pack` writes anew.

    `settled` are parts that differ from the template's, once for all documents.
    """

    def __init__(self, package: Package, settled: Mapping[str, bytes], changing: Set[str]) -> None:
        self._fixed = bytearray()
        self._directory = bytearray()
        self._count = 0
        for name, data in settled.items():
            self._add(name, zipfile.ZIP_DEFLATED, deflated(data), (zlib.crc32(data), len(data)))
        for info in package.members:
            if info.filename not in settled and info.filename not in changing and not info.is_dir():
                self._keep(info, package)

    def _keep(self, info: zipfile.ZipInfo, package: Package) -> None:
        """Copy a member as it is packed; the template was tested, so that the bytes are sound."""
        method, packed = info.compress_type, _packed(info, package.data)
        if method not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            method, packed = zipfile.ZIP_DEFLATED, deflated(package.read(info.filename))
        self._add(info.filename, method, packed, (info.CRC, info.file_size))

    def _add(self, part: str, method: int, packed: bytes, whole: tuple[int, int]) -> None:
        checksum, size = whole
        name, sizes = part.encode(), (checksum, len(packed), size)
        self._directory += _entry(name, method, sizes, len(self._fixed))
        self._fixed += _local(name, method, sizes) + packed
        self._count += 1

    def pack(self, parts: Mapping[str, bytes]) -> bytes:
        """Return the whole package with these parts in the place of the changing ones."""
        body, directory = [bytes(self._fixed)], [bytes(self._directory)]
        offset = len(self._fixed)
        for part, data in parts.items():
            name, packed = part.encode(), deflated(data)
            sizes = (zlib.crc32(data), len(packed), len(data))
            body += (_local(name, zipfile.ZIP_DEFLATED, sizes), packed)
            directory.append(_entry(name, zipfile.ZIP_DEFLATED, sizes, offset))
            offset += _LOCAL.size + len(name) + len(packed)
        entries = b"".join(directory)
        count = self._count + len(parts)
        end = _END.pack(b"PK\x05\x06", 0, 0, count, count, len(entries), offset, 0)
        return b"".join((*body, entries, end))


def deflated(data: bytes) -> bytes:
    """Return a part as a package holds it: raw deflate (RFC 1951)."""
    window = _SMALL_WINDOW if len(data) <= 1 << _SMALL_WINDOW else zlib.MAX_WBITS
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -window, _MEMORY)
    return packer.compress(data) + packer.flush()


def _packed(info: zipfile.ZipInfo, data: bytes) -> bytes:
    """Return a member as it lies in the file, behind its local header (PKWARE APPNOTE 4.3.7)."""
    name_length, extra_length = struct.unpack_from("<2H", data, info.header_offset + 26)
    start = info.header_offset + _LOCAL.size + name_length + extra_length
    return data[start : start + info.compress_size]


def _local(name: bytes, method: int, sizes: tuple[int, int, int]) -> bytes:
    return (
        _LOCAL.pack(b"PK\x03\x04", _VERSION, _UTF8_NAMES, method, _TIME, _DATE, *sizes, len(name), 0) + name
    )


def _entry(name: bytes, method: int, sizes: tuple[int, int, int], offset: int) -> bytes:
    head = (_VERSION, _VERSION, _UTF8_NAMES, method, _TIME, _DATE)
    return _CENTRAL.pack(b"PK\x01\x02", *head, *sizes, len(name), 0, 0, 0, 0, 0, offset) + name
