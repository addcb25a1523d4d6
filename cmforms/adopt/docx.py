"""Adopt an official Word form: its content controls and template tags into a definition, the file as the template."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from copy import deepcopy

from lxml import etree

from cmforms.adopt.adoption import Adoption, Names
from cmforms.adopt.docx_tags import tagged_names
from cmforms.adopt.naming import free, slug
from cmforms.adopt.suggesting import suggest
from cmforms.definitions.schema import Block, FieldSpec, Form, Official, OfficialField, Option, Section
from cmforms.errors import Finding, InputError, note
from cmforms.ooxml import CORE_PROPERTIES, W14, Package, W
from cmforms.values.kinds import Kind

_NOT_FIELDS = ("picture", "docPartObj", "docPartList", "group", "citation", "bibliography", "equation")
_CONTENTS = ("w:dataBinding", "w:placeholder", "w:showingPlcHdr")
_MARKED, _EMPTY = "☒", "☐"
_XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_DATE = re.compile(r">(\d{4})-(\d{2})-\d{2}T")
_TITLE = "{http://purl.org/dc/elements/1.1/}title"


def adopt_docx(data: bytes, names: Names, fallback_revision: str) -> Adoption:
    """Return the definition and the template of an official Word form.

    Each content control becomes a field, and so does each docxtpl tag `{{ v.name }}`. Raises InputError: those of
    `Package`, `docx-tag-foreign` for tags that ask for anything else, `docx-no-fields`.
    """
    package = Package(data, names.file)
    adopter = _Adopter(package, names)
    changed = adopter.parts()
    template = _repacked(package, changed)
    for name, kind in tagged_names(template, names.file).items():
        adopter.tag(name, kind)
    if not adopter.specs:
        raise InputError.because(
            "docx-no-fields", "has no content controls and no template tags", source=names.file,
            fix="Put content controls where values go (Word: Developer, Controls), or tags as {{ v.student_name }}.",
        )
    core = package.read(CORE_PROPERTIES) if CORE_PROPERTIES in package else b""
    found = _DATE.search(core.decode("utf-8", "replace"))
    heading = {names.lang: adopter.title or names.id.replace("-", " ").capitalize()}
    form = Form(
        id=names.id, revision=f"{found[1]}-{found[2]}" if found else fallback_revision, title=heading,
        languages=(names.lang,), language=f"'{names.lang}'", cites=(),
        sections=(Section(id="document", heading=heading, blocks=(Block(fields=tuple(adopter.specs)),)),),
        official=Official(kind="docx", file=names.file, sha256=hashlib.sha256(data).hexdigest()),
    )  # fmt: skip
    return Adoption(form, template, tuple(adopter.findings))


class _Adopter:
    """Turns the controls of one document into fields, each with a name of its own."""

    def __init__(self, package: Package, names: Names) -> None:
        self._package = package
        self._names = names
        self.specs: list[FieldSpec] = []
        self.findings: list[Finding] = []
        core = package.xml(CORE_PROPERTIES) if CORE_PROPERTIES in package else None
        self.title = " ".join((core.findtext(_TITLE) or "").split()) if core is not None else ""

    def parts(self) -> dict[str, bytes]:
        """Return the changed parts: document, headers and footers whose controls now hold template tags."""
        kinds = ("header", "footer")
        linked = [link.target for link in self._package.relations(self._package.main) if link.kind in kinds]
        changed = {}
        for part in (self._package.main, *linked):
            root = self._package.xml(part)
            if sum(self._control(holder) for holder in list(root.iter(f"{W}sdt"))):
                changed[part] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
        return changed

    def tag(self, name: str, kind: Kind) -> None:
        """Add the field of a template tag, unless it stands in a control already."""
        if all(spec.name != name for spec in self.specs):
            self._add(name, f"v.{name}", name.replace("_", " ").capitalize(), kind)

    def _add(self, name: str, official: str, label: str, kind: Kind, options: tuple[Option, ...] = ()) -> FieldSpec:
        bind = suggest(label, official, kind, None)
        spec = FieldSpec(
            name=name, label={self._names.lang: label}, type=kind, bind=bind, suggested=bind is not None,
            options=options, official=OfficialField(field=official),
        )  # fmt: skip
        self.specs.append(spec)
        return spec

    def _control(self, holder: etree._Element) -> bool:
        properties, content = holder.find(f"{W}sdtPr"), holder.find(f"{W}sdtContent")
        if properties is None or content is None or holder.find(f".//{W}sdtContent//{W}sdt") is not None:
            return False
        kinds = {etree.QName(child).localname for child in properties}
        said = _said(properties, "tag") or _said(properties, "alias") or ""
        if any("{{" in text or "{%" in text for text in map(str, content.itertext())):
            return False
        if kinds & {*_NOT_FIELDS, "repeatingSection", "repeatingSectionItem"}:
            self.findings.append(
                note("field-skipped", "is a control that holds no single value", source=self._names.file, path=said)
            )
            return False
        label = " ".join((_said(properties, "alias") or _before(holder) or said).split())[:160] or "Field"
        name = free(slug(said or label, "field"), {spec.name for spec in self.specs})
        options = _options(properties, self._names.lang)
        spec = self._add(name, said or name, label, _kind(properties, kinds, holder), options)
        _make_tag(holder, properties, content, spec)
        return True


def _kind(properties: etree._Element, kinds: set[str], holder: etree._Element) -> Kind:
    if "checkbox" in kinds:
        return Kind.CHECK
    if kinds & {"dropDownList", "comboBox"} and _items(properties):
        return Kind.CHOICE
    if "date" in kinds:
        return Kind.DATE
    plain = properties.find(f"{W}text")
    lines = plain is not None and plain.get(f"{W}multiLine") in ("1", "true", "on")
    block = plain is None and holder.getparent() is not None and holder.getparent().tag == f"{W}body"  # type: ignore[union-attr]
    return Kind.LONGTEXT if lines or block else Kind.TEXT


def _items(properties: etree._Element) -> list[tuple[str, str]]:
    items = [item for kind in ("dropDownList", "comboBox") for item in properties.iterfind(f"{W}{kind}/{W}listItem")]
    values = [(item.get(f"{W}value") or "", item.get(f"{W}displayText")) for item in items]
    pairs = [(value, shown or value) for value, shown in values]
    return [(value, shown) for value, shown in pairs if value.strip() and shown.strip()]


def _options(properties: etree._Element, lang: str) -> tuple[Option, ...]:
    made: list[Option] = []
    for value, shown in _items(properties):
        name = free(slug(value, "option"), {option.value for option in made})
        made.append(Option(value=name, label={lang: shown}, official=value))
    return tuple(made)


def _make_tag(
    holder: etree._Element, properties: etree._Element, content: etree._Element, spec: FieldSpec
) -> None:
    """Let the control hold the template tag of its field; what would overwrite it when opened goes."""
    for name in _CONTENTS:
        for child in properties.findall(f"{W}{name[2:]}"):
            properties.remove(child)
    tag = properties.find(f"{W}tag")
    if tag is None:
        tag = etree.Element(f"{W}tag")
        after = properties.find(f"{W}alias")
        properties.insert(0 if after is None else properties.index(after) + 1, tag)
    tag.set(f"{W}val", spec.name)
    if spec.type is Kind.CHECK:
        _make_box(holder, spec.name)
    else:
        _set_text(content, f"{{{{ v.{spec.name} }}}}")


def _make_box(holder: etree._Element, name: str) -> None:
    """Put a marked and an empty box there, of which the template shows one."""
    marked, empty = deepcopy(holder), holder
    for box, sign, state in ((marked, _MARKED, "1"), (empty, _EMPTY, "0")):
        checked = box.find(f"{W}sdtPr/{W14}checkbox/{W14}checked")
        if checked is not None:
            checked.set(f"{W14}val", state)
        inside = box.find(f"{W}sdtContent")
        if inside is not None:
            _set_text(inside, sign)
    number = marked.find(f"{W}sdtPr/{W}id")
    if number is not None:
        marked.find(f"{W}sdtPr").remove(number)  # type: ignore[union-attr]
    for element in (_run(f"{{%r if v.{name} %}}"), marked, _run("{%r else %}")):
        empty.addprevious(element)
    empty.addnext(_run("{%r endif %}"))


def _set_text(content: etree._Element, text: str) -> None:
    """Keep the first run's look, and the paragraph or cell around it; its text is the whole text."""
    runs = list(content.iter(f"{W}r"))
    if runs:
        first = runs[0]
        for other in runs[1:]:
            other.getparent().remove(other)  # type: ignore[union-attr]
        for child in list(first):
            if child.tag != f"{W}rPr":
                first.remove(child)
        for style in first.findall(f"{W}rPr/{W}rStyle"):
            if "placeholder" in (style.get(f"{W}val") or "").lower():
                style.getparent().remove(style)  # type: ignore[union-attr]
        first.append(_text(text))
    else:
        home = next(content.iter(f"{W}p"), content)
        home.append(_run(text))
    paragraphs = list(content.iter(f"{W}p"))
    for extra in paragraphs[1:]:
        if extra.getparent() is content:
            content.remove(extra)


def _run(text: str) -> etree._Element:
    made = etree.Element(f"{W}r")
    made.append(_text(text))
    return made


def _text(text: str) -> etree._Element:
    made = etree.Element(f"{W}t")
    made.set(_XML_SPACE, "preserve")
    made.text = text
    return made


def _said(properties: etree._Element, name: str) -> str | None:
    found = properties.find(f"{W}{name}")
    return None if found is None else found.get(f"{W}val")


def _before(holder: etree._Element) -> str:
    """Return the words before a control in its paragraph, else those of the cell before its own."""
    for home in holder.iterancestors(f"{W}p", f"{W}tc"):
        words = "".join(_texts_until(home, holder)).strip(" :._\t")
        cell = home.getprevious() if home.tag == f"{W}tc" else None
        if not words and cell is not None:
            words = "".join(text.text or "" for text in cell.iter(f"{W}t")).strip(" :._\t")
        if words:
            return words
    return ""


def _texts_until(home: etree._Element, holder: etree._Element) -> Iterator[str]:
    for element in home.iter():
        if element is holder:
            return
        if element.tag == f"{W}t":
            yield element.text or ""


def _repacked(package: Package, changed: dict[str, bytes]) -> bytes:
    """Return the package with some parts changed; the same input gives the same bytes."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as out:
        for member in package.members:
            entry = zipfile.ZipInfo(member.filename, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(entry, changed.get(member.filename) or package.read(member.filename))
    return held.getvalue()
