"""The package around a Word document: content types, relationships, properties (ECMA-376 part 2)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape, quoteattr

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
METADATA = "http://schemas.openxmlformats.org/package/2006/relationships/metadata"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
# A property set of the user's own (MS-OSHARED 2.3.3.2.3.1).
_CUSTOM_SET = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
_OTHER_TYPES = {
    "docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
    "docProps/app.xml": "application/vnd.openxmlformats-officedocument.extended-properties+xml",
    "docProps/custom.xml": "application/vnd.openxmlformats-officedocument.custom-properties+xml",
    "word/document.xml": f"{_WORD}.document.main+xml",
}


def zipped(parts: Mapping[str, bytes]) -> bytes:
    """Return a package of the parts in their order, the same bytes for the same parts."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        for name, data in parts.items():
            member = zipfile.ZipInfo(name, _LONG_AGO)
            package.writestr(member, data, zipfile.ZIP_DEFLATED, compresslevel=9)
    return packed.getvalue()


def content_types(word_parts: Mapping[str, str]) -> bytes:
    """Return `[Content_Types].xml`; `word_parts` gives each part of `word/` its kind: `styles`, `header`."""
    types = _OTHER_TYPES | {f"word/{name}.xml": f"{_WORD}.{kind}+xml" for name, kind in word_parts.items()}
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in types.items()
    )
    return (
        f'{_HEAD}<Types xmlns="{_TYPES}">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="png" ContentType="image/png"/>'
        f"{overrides}</Types>"
    ).encode()


def relationships(links: Iterable[tuple[str, str, str]]) -> bytes:
    """Return a relationships part; each link is id, type, target."""
    made = "".join(
        f'<Relationship Id="{name}" Type="{kind}" Target="{target}"/>' for name, kind, target in links
    )
    return f'{_HEAD}<Relationships xmlns="{_RELATIONSHIPS}">{made}</Relationships>'.encode()


def core_properties(title: str, creator: str, lang: str) -> bytes:
    """Return `docProps/core.xml` of a template (Dublin Core)."""
    return (
        f'{_HEAD}<cp:coreProperties'
        ' xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(title)}</dc:title><dc:creator>{escape(creator)}</dc:creator>"
        f"<dc:language>{escape(lang)}</dc:language></cp:coreProperties>"
    ).encode()


def app_properties() -> bytes:
    """Return `docProps/app.xml`."""
    return (
        f'{_HEAD}<Properties xmlns="{OFFICE}/extended-properties">'
        "<Application>cmforms</Application><DocSecurity>0</DocSecurity></Properties>"
    ).encode()


def custom_properties(values: Mapping[str, str]) -> bytes:
    """Return `docProps/custom.xml` with each value as text."""
    made = "".join(
        f'<property fmtid="{_CUSTOM_SET}" pid="{number}" name={quoteattr(name)}>'
        f"<vt:lpwstr>{escape(value)}</vt:lpwstr></property>"
        for number, (name, value) in enumerate(values.items(), 2)
    )
    return (
        f'{_HEAD}<Properties xmlns="{OFFICE}/custom-properties" xmlns:vt="{OFFICE}/docPropsVTypes">'
        f"{made}</Properties>"
    ).encode()
