"""Word packages: opened within limits, parsed without entities, refused with a reason (ECMA-376 part 2).

Whoever sent a file decides nothing here: sizes are checked before anything is unpacked, and no part may carry
a DTD.
"""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property

from lxml import etree

from cmforms.errors import InputError

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
CUSTOM_PROPERTIES = "docProps/custom.xml"
CORE_PROPERTIES = "docProps/core.xml"
CONTENT_TYPES = "[Content_Types].xml"
ROOT_RELATIONSHIPS = "_rels/.rels"

MOST_MEMBERS = 4_000
MOST_BYTES = 256 * 1024 * 1024
MOST_BYTES_OF_XML = 32 * 1024 * 1024

_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_MAIN_TYPES = (
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "application/vnd.ms-word.document.macroEnabled.main+xml",
)


@dataclass(frozen=True)
class Relation:
    """One relationship of a part: its id, the last word of its type (`header`), the part that it leads to."""

    id: str
    kind: str
    target: str


class Package:
    """A Word package.

    Raises InputError: `docx-damaged`, `docx-encrypted`, `docx-foreign` (another ZIP), `docx-too-large`.
    """

    def __init__(self, data: bytes, source: str) -> None:
        self.source = source
        self.data = data
        if data.startswith(_COMPOUND_FILE):
            raise self._refuse(
                "docx-encrypted", "is protected by a password, or is of the old .doc kind",
                "Open it in Word, take the password off, and save it as .docx.",
            )
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
            raise self._damaged("it is cut off or no Word document at all") from None
        self._check_size()

    @property
    def members(self) -> list[zipfile.ZipInfo]:
        """The members in the order of the file."""
        return self._zip.infolist()

    def __contains__(self, name: str) -> bool:
        return name in self._zip.NameToInfo

    def read(self, name: str) -> bytes:
        """Return a part, unpacked; its length was checked before."""
        try:
            return self._zip.read(name)
        except KeyError:
            raise self._damaged(f"its part {name} is missing") from None
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError):
            raise self._damaged(f"its part {name} cannot be unpacked") from None

    def xml(self, name: str) -> etree._Element:
        """Parse a part: no entities, no network, no DTD, at most 32 MB."""
        info = self._zip.NameToInfo.get(name)
        if info and info.file_size > MOST_BYTES_OF_XML:
            raise self._too_large()
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            root = etree.fromstring(self.read(name), parser)
        except (etree.XMLSyntaxError, ValueError):
            raise self._damaged(f"its part {name} is not whole") from None
        if getattr(root.getroottree().docinfo, "doctype", ""):
            raise self._damaged(f"its part {name} carries a DTD, which no Word document does")
        return root

    @cached_property
    def main(self) -> str:
        """The name of the main document part, by relationship and content type."""
        if CONTENT_TYPES not in self or ROOT_RELATIONSHIPS not in self:
            raise self._foreign()
        for relation in self.relations(""):
            if relation.kind == "officeDocument" and self._content_type(relation.target) in _MAIN_TYPES:
                return relation.target
        raise self._foreign()

    def relations(self, part: str) -> list[Relation]:
        """Return the relationships of a part (of the package for ''), external ones left out."""
        folder, name = posixpath.split(part)
        path = posixpath.join(folder, "_rels", f"{name}.rels")
        if path not in self:
            return []
        return [
            Relation(
                link.get("Id", ""),
                link.get("Type", "").rpartition("/")[2],
                posixpath.normpath(posixpath.join("/", folder, link.get("Target", ""))).lstrip("/"),
            )
            for link in self.xml(path).iter(_RELATION)
            if link.get("TargetMode") != "External"
        ]

    def _content_type(self, part: str) -> str | None:
        for entry in self.xml(CONTENT_TYPES):
            if (entry.get("PartName") or "").lstrip("/") == part:
                return entry.get("ContentType")
        return None

    def _check_size(self) -> None:
        sizes = [info.file_size for info in self.members]
        if len(sizes) > MOST_MEMBERS or sum(sizes) > MOST_BYTES:
            raise self._too_large()

    def _refuse(self, code: str, message: str, fix: str) -> InputError:
        return InputError.because(code, message, source=self.source, fix=fix)

    def _damaged(self, why: str) -> InputError:
        fix = "Ask for the document again, or save it anew in Word."
        return self._refuse("docx-damaged", f"cannot be opened: {why}", fix)

    def _foreign(self) -> InputError:
        fix = "Save it from Word as .docx."
        return self._refuse("docx-foreign", "is a ZIP file but no Word document", fix)

    def _too_large(self) -> InputError:
        limit = MOST_BYTES // (1024 * 1024)
        return self._refuse(
            "docx-too-large", f"unpacks to more than {limit} MB or to very many parts",
            "Take the pictures out of the document and send them apart.",
        )
