"""A Word document's properties: the same identity that its footer and its QR show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from cmforms.fill.docx_program import Part
from cmforms.ooxml import CONTENT_TYPES, CORE_PROPERTIES, CUSTOM_PROPERTIES, ROOT_RELATIONSHIPS, Package

PREFIX = "cmforms."
_CORE = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
_DC = "http://purl.org/dc/elements/1.1/"
_CUSTOM = "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"
_VARIANT = "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"
_NAMESPACES: Any = {None: _CUSTOM, "vt": _VARIANT}
_LINKS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_SET = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
_LINK_KINDS = {
    CORE_PROPERTIES: f"{_LINKS}/metadata/core-properties",
    CUSTOM_PROPERTIES: "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties",
}
_CONTENT = {
    CORE_PROPERTIES: "application/vnd.openxmlformats-package.core-properties+xml",
    CUSTOM_PROPERTIES: "application/vnd.openxmlformats-officedocument.custom-properties+xml",
}
# Dublin Core has a place for most of the identity; the custom properties hold all of it.
_CORE_NAMES = {
    f"{{{_DC}}}title": "title",
    f"{{{_DC}}}subject": "subject",
    f"{{{_DC}}}identifier": "issue",
    f"{{{_DC}}}language": "lang",
    f"{{{_CORE}}}category": "form",
    f"{{{_CORE}}}version": "revision",
}
_CUSTOM_NAMES = ("issue", "form", "revision", "lang", "subject", "check")


def property_parts(package: Package) -> tuple[Part, ...]:
    """Return the property parts as templates over `doc`; what else the author wrote there stays."""
    return (
        Part(CORE_PROPERTIES, _source(_core(package)), str.encode),
        Part(CUSTOM_PROPERTIES, _source(_custom(package)), str.encode),
    )


def linked_parts(package: Package) -> Mapping[str, bytes]:
    """Return the package's directory parts, changed so that they name both property parts."""
    links = package.xml(ROOT_RELATIONSHIPS)
    types = package.xml(CONTENT_TYPES)
    taken = {link.get("Id") for link in links}
    for number, (part, kind) in enumerate(_LINK_KINDS.items()):
        if not any(link.get("Type") == kind for link in links):
            name = next(name for n in range(1, 999) if (name := f"rIdCm{number}{n}") not in taken)
            etree.SubElement(links, f"{{{_LINKS}}}Relationship", Id=name, Type=kind, Target=part)
        if not any(entry.get("PartName") == f"/{part}" for entry in types):
            override = f"{{{_TYPES}}}Override"
            etree.SubElement(types, override, PartName=f"/{part}", ContentType=_CONTENT[part])
    return {
        name: etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
        for name, root in ((CONTENT_TYPES, types), (ROOT_RELATIONSHIPS, links))
    }


def _core(package: Package) -> etree._Element:
    if CORE_PROPERTIES in package:
        root = package.xml(CORE_PROPERTIES)
    else:
        root = etree.Element(f"{{{_CORE}}}coreProperties", nsmap={"cp": _CORE, "dc": _DC})
    for tag, name in _CORE_NAMES.items():
        place = root.find(tag)
        if place is None:
            place = etree.SubElement(root, tag)
        place.text = f"{{{{ doc.{name} }}}}"
    return root


def _custom(package: Package) -> etree._Element:
    if CUSTOM_PROPERTIES in package:
        root = package.xml(CUSTOM_PROPERTIES)
    else:
        root = etree.Element(f"{{{_CUSTOM}}}Properties", nsmap=_NAMESPACES)
    for old in list(root):
        if (old.get("name") or "").startswith(PREFIX):
            root.remove(old)
    first = max((int(other.get("pid") or 1) for other in root), default=1) + 1
    for number, name in enumerate(_CUSTOM_NAMES, first):
        names = {"fmtid": _SET, "pid": str(number), "name": PREFIX + name}
        made = etree.SubElement(root, f"{{{_CUSTOM}}}property", names)
        etree.SubElement(made, f"{{{_VARIANT}}}lpwstr").text = f"{{{{ doc.{name} }}}}"
    return root


def _source(root: etree._Element) -> str:
    body = etree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{body}'
