"""Which document a Word file is: by its properties, its QR picture, and the issue id in its footer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import zxingcpp
from rapidfuzz import fuzz, utils

from cmforms.definitions.library import Library
from cmforms.errors import Finding, error
from cmforms.ooxml import CORE_PROPERTIES, CUSTOM_PROPERTIES, Package, W
from cmforms.png import png_pixels
from cmforms.read.reference import Origin, PageMark, Reference

PREFIX = "cmforms."
MOST_CANDIDATES = 3
_NEAR = 75.0
_TEXT_LOOKED_AT = 4000
_LARGEST_PICTURE = 1 << 20
_QR: Any = zxingcpp.BarcodeFormat.QRCode
_PROPERTY = "{http://schemas.openxmlformats.org/officeDocument/2006/custom-properties}property"
_IDENTIFIER = "{http://purl.org/dc/elements/1.1/}identifier"
_SHOWN_ISSUE = re.compile(r"\b([0-9A-HJKMNP-TV-Z]{5})-?([0-9A-HJKMNP-TV-Z]{5})\b")
_DIFFERS = "Do not use the document; report it."


class Identifier:
    """Finds the origin of one document. After `run`, `findings` says what speaks against it."""

    def __init__(self, package: Package, reference: Reference) -> None:
        self._package = package
        self._reference = reference
        self.findings: list[Finding] = []

    def run(self) -> Origin | None:
        """Return the document's origin, or None when nothing in the file tells it for certain."""
        marks = self._marks()
        stated = self._stated()
        marked = [Origin(mark.issue, mark.form, mark.revision, mark.lang) for mark in marks]
        origins = list(dict.fromkeys([*([stated] if stated else []), *marked]))
        if len(origins) > 1:
            self._say("mark-differs", "its properties and its QR code name different documents", _DIFFERS)
            return None
        return origins[0] if origins else self._by_footer()

    def _stated(self) -> Origin | None:
        """Return what the properties say; a blank template says its form, and no issue."""
        said = properties(self._package)
        names = ("form", "revision", "lang")
        if not all(said.get(name) for name in names):
            return None
        return Origin(said.get("issue") or None, *(said[name] for name in names))

    def _marks(self) -> list[PageMark]:
        found: dict[str, PageMark] = {}
        for text in _codes(self._package):
            mark = self._reference.verify(text)
            if not isinstance(mark, Finding):
                found[mark.issue] = mark
            elif mark.code == "mark-foreign":
                self._say(mark.code, mark.message, mark.fix)
        return list(found.values())

    def _by_footer(self) -> Origin | None:
        """Return the issue whose id the footer shows, for editors that drop properties and pictures."""
        text = " ".join(_footers(self._package))
        known = {
            issued.issue: issued
            for first, second in _SHOWN_ISSUE.findall(text)
            if (issued := self._reference.ledger(first + second))
        }
        if len(known) != 1:
            return None
        issued = known.popitem()[1]
        return Origin(issued.issue, issued.form, issued.revision, issued.lang)

    def _say(self, code: str, message: str, fix: str) -> None:
        self.findings.append(error(code, message, source=self._package.source, fix=fix))


def properties(package: Package) -> dict[str, str]:
    """Return the toolkit's own properties of a document; the core properties repeat the issue."""
    said: dict[str, str] = {}
    if CUSTOM_PROPERTIES in package:
        for entry in package.xml(CUSTOM_PROPERTIES).iter(_PROPERTY):
            name = entry.get("name") or ""
            if name.startswith(PREFIX):
                said[name.removeprefix(PREFIX)] = "".join(map(str, entry.itertext())).strip()
    if CORE_PROPERTIES in package and not said.get("issue") and said:
        said["issue"] = (package.xml(CORE_PROPERTIES).findtext(_IDENTIFIER) or "").strip()
    return said


def nearest_forms(package: Package, names: set[str], library: Library) -> tuple[str, ...]:
    """Return up to three form ids that an unknown document comes near to, by title, number, control names."""
    root = package.xml(package.main)
    text = utils.default_process("".join(map(str, root.itertext(f"{W}t")))[:_TEXT_LOOKED_AT])
    scores: dict[str, float] = {}
    for form in library.forms():
        titles = [fuzz.partial_ratio(utils.default_process(title), text) for title in form.title.values()]
        number = 100.0 if form.number and form.number.lower() in text.split() else 0.0
        known = 100.0 * sum(form.spec(name) is not None for name in names) / max(len(names), 1)
        scores[form.id] = max(*(titles if text else [0.0]), number, known)
    near = [form_id for form_id, score in scores.items() if score >= _NEAR]
    return tuple(sorted(near, key=lambda form_id: -scores[form_id])[:MOST_CANDIDATES])


def _codes(package: Package) -> Iterator[str]:
    for part in _related(package, "image"):
        size = next((info.file_size for info in package.members if info.filename == part), 0)
        pixels = png_pixels(package.read(part)) if 0 < size <= _LARGEST_PICTURE else None
        if pixels is not None:
            for code in zxingcpp.read_barcodes(pixels, formats=_QR):
                yield code.text


def _footers(package: Package) -> Iterator[str]:
    for part in _related(package, "footer"):
        for paragraph in package.xml(part).iter(f"{W}p"):
            yield "".join(text.text or "" for text in paragraph.iter(f"{W}t"))


def _related(package: Package, kind: str) -> list[str]:
    """Return the parts of a kind that the document, its headers or its footers use."""
    direct = package.relations(package.main)
    frames = [link.target for link in direct if link.kind in ("header", "footer")]
    links = direct + [link for part in frames for link in package.relations(part)]
    return list(dict.fromkeys(link.target for link in links if link.kind == kind and link.target in package))
