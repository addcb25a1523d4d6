"""An incremental update (ISO 32000-1, 7.5.6): objects appended to a PDF that stays as it is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, pairwise


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
        objects = (*sorted(self._changed.items()), *enumerate(self._new, self.trunk.size))
        chunks = [b"%d 0 obj\n%b\nendobj\n" % numbered for numbered in objects]
        *offsets, xref = accumulate(map(len, chunks), initial=len(self.trunk.data))
        table = _table(tuple(number for number, _ in objects)) % tuple(offsets)
        return b"".join((self.trunk.data, *chunks, table, self._tail(xref, seed)))

    def _tail(self, xref: int, seed: bytes) -> bytes:
        trunk = self.trunk
        own_id = hashlib.blake2b(seed, key=trunk.first_id, digest_size=16).hexdigest().encode()
        return b"trailer\n<<%b/Size %d/Prev %d/ID[<%b><%b>]>>\nstartxref\n%d\n%%%%EOF\n" % (
            trunk.trailer, self.next, trunk.xref, trunk.first_id.hex().encode(), own_id, xref,
        )


@lru_cache(256)
def _table(numbers: tuple[int, ...]) -> bytes:
    """Return the cross-reference table (7.5.4) of objects with these numbers, with a place for each offset."""
    starts = [at for at, number in enumerate(numbers) if at == 0 or number != numbers[at - 1] + 1]
    sections = (
        b"%d %d\n" % (numbers[start], end - start) + b"%010d 00000 n \n" * (end - start)
        for start, end in pairwise([*starts, len(numbers)])
    )
    return b"xref\n" + b"".join(sections)
