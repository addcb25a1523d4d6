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
    next: int = 0
    _numbers: list[int] = field(default_factory=list)
    _bodies: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Number new objects after those of the trunk."""
        self.next = self.trunk.size

    def put(self, number: int, body: bytes) -> None:
        """Replace the object with this number."""
        self._numbers.append(number)
        self._bodies.append(body)

    def add(self, body: bytes) -> int:
        """Add an object and return its number."""
        number = self.next
        self.next += 1
        self._numbers.append(number)
        self._bodies.append(body)
        return number

    def finish(self, seed: bytes) -> bytes:
        """Return the whole updated PDF; `seed` tells this content from any other, for its /ID (14.4)."""
        offset = len(self.trunk.data)
        chunks, offsets = [self.trunk.data], {}
        for number, body in zip(self._numbers, self._bodies, strict=True):
            chunk = b"%d 0 obj\n%b\nendobj\n" % (number, body)
            offsets[number] = offset
            offset += len(chunk)
            chunks.append(chunk)
        chunks += (self._table(offsets), self._tail(offset, seed))
        return b"".join(chunks)

    def _table(self, offsets: dict[int, int]) -> bytes:
        parts = ["xref\n"]
        entries: list[str] = []
        start = following = -1
        for number in sorted(offsets):
            if number != following:
                if entries:
                    parts += (f"{start} {len(entries)}\n", *entries)
                    entries = []
                start = number
            entries.append(f"{offsets[number]:010d} 00000 n \n")
            following = number + 1
        return "".join((*parts, f"{start} {len(entries)}\n", *entries)).encode("ascii")

    def _tail(self, xref: int, seed: bytes) -> bytes:
        trunk = self.trunk
        own_id = hashlib.blake2b(seed, key=trunk.first_id, digest_size=16).hexdigest().encode()
        return b"trailer\n<<%b/Size %d/Prev %d/ID[<%b><%b>]>>\nstartxref\n%d\n%%%%EOF\n" % (
            trunk.trailer, self.next, trunk.xref, trunk.first_id.hex().encode(), own_id, xref,
        )
