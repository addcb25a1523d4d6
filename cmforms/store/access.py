"""Who uses the records and why, as every event of the log says it (34 CFR 99.32(a))."""

from __future__ import annotations

import getpass
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Access:
    """The person who acts, and the interest in the records that the person has."""

    actor: str
    purpose: str = ""

    @classmethod
    def of(cls, name: str = "", purpose: str = "") -> Self:
        """Return the access of this computer's user; a name given instead stands beside the account's."""
        account = _account()
        return cls(f"{name} (account {account})" if name else account, purpose)


def _account() -> str:
    """Return the account that the system knows; what the environment says of it anybody could set."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):
        with suppress(OSError, KeyError, ImportError):
            return getpass.getuser()
        return "unknown"
