"""Seals: keyed hashes that show whether a row, or the chain of events, is as cmforms wrote it.

A plain hash finds an accident; who alters a row on purpose can compute the hash anew, and all that follow. A seal
is an HMAC-SHA256 (RFC 2104) under the workspace's key, which is not in the database: whoever has the database alone,
such as the keeper of a shared server, cannot make one. It also says nothing about the data to anybody without the key.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass


def digest(text: str) -> str:
    """Return the SHA-256 of a text (hexadecimal)."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Sealer:
    """Makes seals with one key."""

    key: bytes

    @classmethod
    def of(cls, secret: bytes) -> Sealer:
        """Return the sealer of a workspace's secret; its key is for seals alone."""
        return cls(hmac.digest(secret, b"cmforms event log", "sha256"))

    def seal(self, text: str) -> str:
        """Return the seal of a text: 64 hexadecimal digits."""
        return hmac.digest(self.key, text.encode(), "sha256").hex()

    @property
    def name(self) -> str:
        """What tells this key from another, and gives nothing of it away."""
        return self.seal("the name of this key")[:16]
