"""An incremental update (ISO 32000-1, 7.5.6): objects appended to a PDF that stays as it is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Trunk:
    """The PDF that is updated: whole, with a classic cross-reference table.

    `size` is one more than its highest object number, `xref` the offset of its table, `trailer` what its
    trailer says of /Root and /Info, `first_id` the lasting half of its /ID.
    """

    data: bytes
    size: int
    xref: int
    trailer: bytes
    first_id: bytes


@dataclass(slots=True)
class Increment:
    """Collects the objects of one update. `put` replaces an object of the trunk, `add` makes a new one."""

    trunk: Trunk
    _changed: dict[int, bytes] = field(default_factory=dict)
    _new: list[bytes] = field(default_factory=list)

    @property
    def next(self) -> int:
        """The number that the next new object gets."""
        return self.trunk.size + len(self._new)

    def put(self, number: int, body: bytes) -> None:
        """Replace the object with this number."""
        self._changed[number] = body

    def add(self, body: bytes) -> int:
        """Add an object and return its number."""
        self._new.append(body)
        return self.trunk.size + len(self._new) - 1

    def finish(self, seed: bytes) -> bytes:
        """Return the whole updated PDF; `seed` tells this content from any other, for its /ID (14.4)."""
        offset, following = len(self.trunk.data), -1
        chunks = [self.trunk.data]
        sections: list[tuple[int, list[int]]] = []
        for number, body in (*sorted(self._changed.items()), *enumerate(self._new, self.trunk.size)):
            if number != following:
                offsets: list[int] = []
                sections.append((number, offsets))
            offsets.append(offset)
            following = number + 1
            chunk = b"%d 0 obj\n%b\nendobj\n" % (number, body)
            chunks.append(chunk)
            offset += len(chunk)
        return b"".join((*chunks, b"xref\n", *map(_table_section, sections), self._tail(offset, seed)))

    def _tail(self, xref: int, seed: bytes) -> bytes:
        trunk = self.trunk
        own_id = hashlib.blake2b(seed, key=trunk.first_id, digest_size=16).hexdigest().encode()
        return b"trailer\n<<%b/Size %d/Prev %d/ID[<%b><%b>]>>\nstartxref\n%d\n%%%%EOF\n" % (
            trunk.trailer, self.next, trunk.xref, trunk.first_id.hex().encode(), own_id, xref,
        )


def _table_section(section: tuple[int, list[int]]) -> bytes:
    first, offsets = section
    count = len(offsets)
    return b"%d %d\n" % (first, count) + b"%010d 00000 n \n" * count % tuple(offsets)
