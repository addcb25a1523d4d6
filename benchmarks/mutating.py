"""Files that are almost right: real ones with a few things wrong, each told by its seed."""

from __future__ import annotations

import io
import random
import zipfile
import zlib
from collections.abc import Callable, Sequence

import pikepdf

LARGEST = 4_000_000
"""No mutant is longer, in bytes."""


def mutated(data: bytes, others: Sequence[bytes], chance: random.Random) -> tuple[str, bytes]:
    """Return the name of what was done to a file, and the file after it."""
    ways = [flipped, cut, spliced, peppered, blanked, repeated]
    if data.startswith(b"PK\x03\x04"):
        ways += [swapped, inside] * 3
    if b"%PDF-" in data[:1024]:
        ways += [plain_flipped, pages_moved] * 3
    way = chance.choice(ways)
    try:
        made = way(data, others, chance)
    except Exception:  # a damaged file of the corpus cannot be taken apart
        made = flipped(data, others, chance)
    return way.__name__, made[:LARGEST]


Way = Callable[[bytes, Sequence[bytes], random.Random], bytes]


def flipped(data: bytes, _others: Sequence[bytes], chance: random.Random) -> bytes:
    """Flip 1 to 64 bits."""
    changed = bytearray(data)
    for _ in range(2 ** chance.randint(0, 6)):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def cut(data: bytes, _others: Sequence[bytes], chance: random.Random) -> bytes:
    """Lose the end."""
    return data[: chance.randrange(1, len(data))]


def spliced(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """Go on in the midst of another file."""
    other = chance.choice(others)
    return data[: chance.randrange(1, len(data))] + other[chance.randrange(len(other)) :]


def peppered(data: bytes, _others: Sequence[bytes], chance: random.Random) -> bytes:
    """Insert random bytes."""
    at = chance.randrange(len(data))
    return data[:at] + chance.randbytes(2 ** chance.randint(0, 12)) + data[at:]


def blanked(data: bytes, _others: Sequence[bytes], chance: random.Random) -> bytes:
    """Overwrite a stretch with zeros, as a bad disk does."""
    at, length = chance.randrange(len(data)), 2 ** chance.randint(4, 14)
    return data[:at] + bytes(len(data[at : at + length])) + data[at + length :]


def repeated(data: bytes, _others: Sequence[bytes], chance: random.Random) -> bytes:
    """Hold a stretch twice."""
    at, length = chance.randrange(len(data)), 2 ** chance.randint(4, 14)
    return data[: at + length] + data[at:]


def swapped(data: bytes, _others: Sequence[bytes], chance: random.Random) -> bytes:
    """Give two members of an archive each other's content, and lose one at times."""
    members = _members(data)
    one, other = chance.sample(range(len(members)), 2)
    members[one], members[other] = (members[one][0], members[other][1]), (members[other][0], members[one][1])
    if chance.random() < 0.3:
        del members[chance.randrange(len(members))]
    return _archive(members)


def inside(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """Spoil what is packed, in an archive that is whole."""
    members = [member for member in _members(data) if member[1]]
    at = chance.randrange(len(members))
    way = chance.choice((flipped, cut, peppered, repeated))
    members[at] = (members[at][0], way(members[at][1], others, chance))
    return _archive(members)


def plain_flipped(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """Unpack a PDF so that what is changed are its objects and not packed bytes."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        out = io.BytesIO()
        pdf.save(
            out, qdf=True, compress_streams=False, static_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )  # fmt: skip
    return chance.choice((flipped, peppered, blanked, repeated))(out.getvalue(), others, chance)


def pages_moved(data: bytes, _others: Sequence[bytes], chance: random.Random) -> bytes:
    """Lose, turn, repeat and mix the pages of a PDF."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pages = [chance.choice(list(pdf.pages)) for _ in range(chance.randint(1, 6))]
        del pdf.pages[:]
        pdf.pages.extend(pages)
        pdf.pages[chance.randrange(len(pages))].rotate(chance.choice((90, 180, 270)), relative=True)
        out = io.BytesIO()
        pdf.save(out, static_id=True)
    return out.getvalue()


def _members(data: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]


def _archive(members: Sequence[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


BOMBS: dict[str, Callable[[], bytes]] = {
    "pages.pdf": lambda: _many_pages(20_000),
    "stream.pdf": lambda: _one_page(b"/Filter /FlateDecode", zlib.compress(b"0 0 1 1 re f " * 40_000_000, 9)),
    "twice-packed.pdf": lambda: _one_page(
        b"/Filter [/FlateDecode /FlateDecode]", zlib.compress(zlib.compress(bytes(1 << 31), 9), 9)
    ),
    "paper.pdf": lambda: _one_page(b"", b"0 0 1 1 re f", b"[0 0 14000000 14000000]"),
    "picture.pdf": lambda: _huge_picture(40_000),
    "picture.png": lambda: _huge_png(40_000),
    "words.docx": lambda: _packed("word/document.xml", b"<w:t>" + b"a" * (1 << 28)),
    "cells.xlsx": lambda: _packed("xl/worksheets/sheet1.xml", b"<c>" + b"1" * (1 << 28)),
}
"""Small files that become huge when they are opened."""


def bombs(names: Sequence[str] = tuple(BOMBS)) -> dict[str, bytes]:
    """Return some of the bombs, by name."""
    return {name: BOMBS[name]() for name in names}


def _one_page(filters: bytes, content: bytes, paper: bytes = b"[0 0 612 792]", resources: bytes = b"<<>>") -> bytes:
    head = b"<< /Length %d %s >>" % (len(content), filters)
    return _pdf([
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox %s /Contents 4 0 R /Resources %s >>" % (paper, resources),
        head + b"\nstream\n" + content + b"\nendstream",
    ])  # fmt: skip


def _many_pages(count: int) -> bytes:
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>"
    kids = b" ".join(b"%d 0 R" % (number + 3) for number in range(count))
    tree = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count)
    return _pdf([b"<< /Type /Catalog /Pages 2 0 R >>", tree, *[page] * count])


def _huge_picture(side: int) -> bytes:
    """Return a page whose picture is a square of so many pixels, one bit each."""
    packed = zlib.compress(bytes(side * (side // 8)), 1)
    size = b"/Width %d /Height %d /Length %d" % (side, side, len(packed))
    look = b"/Type /XObject /Subtype /Image /BitsPerComponent 1 /ColorSpace /DeviceGray /Filter /FlateDecode"
    picture = b"<< %s %s >>\nstream\n%s\nendstream" % (look, size, packed)
    content = b"612 0 0 792 0 0 cm /P Do"
    return _pdf([
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
        b" /Resources << /XObject << /P 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content), picture,
    ])  # fmt: skip


def _pdf(objects: Sequence[bytes]) -> bytes:
    out, places = b"%PDF-1.7\n", []
    parts = [out]
    length = len(out)
    for number, body in enumerate(objects, 1):
        part = b"%d 0 obj\n%s\nendobj\n" % (number, body)
        places.append(length)
        parts.append(part)
        length += len(part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table))
    parts.append(b"trailer << /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, length))
    return b"".join(parts)


def _huge_png(side: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)

    head = side.to_bytes(4) * 2 + bytes((1, 0, 0, 0, 0))
    rows = zlib.compress(bytes((side // 8 + 1) * side), 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _packed(part: str, content: bytes) -> bytes:
    kind = "wordprocessingml.document" if part.startswith("word") else "spreadsheetml.sheet"
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/{part}" ContentType="application/vnd.openxmlformats-officedocument.{kind}.main+xml"/>'
        "</Types>"
    )
    return _archive([("[Content_Types].xml", types.encode()), (part, content)])
