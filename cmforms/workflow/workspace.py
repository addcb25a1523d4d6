"""A workspace: the folder with a district's own forms, its key, and its records."""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from cmforms.contain import Limits
from cmforms.definitions.library import Library
from cmforms.errors import InputError
from cmforms.files import make_folder, read_bytes, write_whole
from cmforms.store import Access, Store

SETTINGS = "cmforms.toml"
KEY = "issue.key"
_LIMITS = "\n".join(f"# {field.name} = {field.default:g}" for field in fields(Limits))
_TEMPLATE = f"""\
# A cmforms workspace. Files in forms/ and templates/ replace the shipped ones of the same name.
# The key beside this file signs the marks on issued documents: keep it, and keep it private.
# The records: a file beside this one, or an office's server, as "postgresql://user@host/database".
store = "records.sqlite"
# Why this office works with students' records, as the log says where nobody gives another --purpose.
purpose = "case management services"
# How many years after its end a case is kept; ask your records officer, then take away the mark.
# retention_years = 5

# What reading one file may take, as shipped.
# [limits]
{_LIMITS}
"""

_SETTINGS: dict[str, type] = {"store": str, "purpose": str, "retention_years": int, "limits": dict}


@dataclass(frozen=True)
class Workspace:
    """Where one office works. `folder` holds cmforms.toml, the key, the store and own definitions.

    `store` names other records than the settings do; `person` and `purpose` go into the log of all that is done.
    """

    folder: Path
    store: str = ""
    person: str = ""
    purpose: str = ""

    @classmethod
    def init(cls, folder: Path) -> Workspace:
        """Make a workspace. Raises InputError where one exists, OutputError (exit 3) where it cannot be written."""
        if (folder / SETTINGS).exists():
            raise InputError.because(
                "workspace-exists", "is a workspace already", source=str(folder),
                fix="Use it as it is, or choose another folder.",
            )
        private(make_folder(folder))
        for name in ("forms/packets", "forms/rules", "forms/life", "templates"):
            make_folder(folder / name)
        write_whole(folder / KEY, secrets.token_hex(32).encode())
        write_whole(folder / SETTINGS, _TEMPLATE.encode())
        workspace = cls(folder)
        workspace.open_store().close()
        return workspace

    @classmethod
    def find(cls, given: Path | None, fallback: Path) -> Workspace:
        """Return the workspace given, else the one around the current folder, else the user's own, made when new.

        Raises InputError when the given folder is none.
        """
        if given:
            return cls._existing(given)
        for folder in (Path.cwd(), *Path.cwd().parents):
            if (folder / SETTINGS).is_file():
                return cls(folder)
        return cls(fallback) if (fallback / SETTINGS).is_file() else cls.init(fallback)

    @classmethod
    def _existing(cls, folder: Path) -> Workspace:
        if not (folder / SETTINGS).is_file():
            raise InputError.because(
                "workspace-missing", f"is no workspace: it has no {SETTINGS}", source=str(folder),
                fix=f"Make one with: cmforms init {folder}",
            )
        return cls(folder)

    @cached_property
    def library(self) -> Library:
        """The workspace's definitions over the shipped ones."""
        return Library.default(self.folder)

    @cached_property
    def key(self) -> bytes:
        """The secret that signs the marks on issued documents."""
        return bytes.fromhex(read_bytes(self.folder / KEY).decode().strip())

    def open_store(self) -> Store:
        """Open the records, migrating them when they are of an older edition. Raises StoreError (exit 4)."""
        place = self.store or str(self._settings["store"])
        access = Access.of(self.person, self.purpose or str(self._settings.get("purpose", "")))
        return Store.open(place if "://" in place else self.folder / place, self.key, access)

    @property
    def retention_years(self) -> int | None:
        """How many years after its end a case is kept, None where the office has not said."""
        years = self._settings.get("retention_years")
        return int(years) if years is not None else None

    def limits(self, given: Mapping[str, object] | None = None) -> Limits:
        """Return what reading one file may take: as given, else by the settings, else as shipped.

        Raises InputError for a limit that does not exist or is no number above 0.
        """
        wanted = {**self._settings.get("limits", {}), **(given or {})}
        return replace(Limits(), **{name: self._limit(name, value) for name, value in wanted.items()})

    def _limit(self, name: str, value: object) -> Any:
        known = {field.name: field.default for field in fields(Limits)}
        if name not in known:
            raise InputError.because(
                "limit-unknown", f"{name!r} is no limit; there are {', '.join(known)}", source=str(self._file)
            )
        whole = isinstance(known[name], int)
        number = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
        if not (number and value > 0):  # type: ignore[operator]
            what = "a whole number" if whole else "a number"
            raise InputError.because("limit-faulty", f"{name} must be {what} above 0", source=str(self._file))
        return value

    @property
    def _file(self) -> Path:
        return self.folder / SETTINGS

    @cached_property
    def _settings(self) -> dict[str, Any]:
        path = self._file
        try:
            settings = tomllib.loads(read_bytes(path).decode())
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
            raise InputError.because("settings-broken", f"is not valid TOML: {broken}", source=str(path)) from None
        faulty = [key for key, value in settings.items() if not isinstance(value, _SETTINGS.get(key, ()))]
        if faulty or "store" not in settings:
            allowed = "store and purpose (texts), retention_years (a number), the table [limits]"
            raise InputError.because(
                "settings-faulty", f"needs store; faulty or unknown: {sorted(faulty)}", source=str(path),
                fix=f"What it may say: {allowed}.",
            )
        return settings


def private(folder: Path) -> None:
    """Let nobody but the owner into a folder that holds students' data."""
    folder.chmod(0o700)
