"""The Word templates that `forms build` makes: their parts, controls, tags and schema order."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from pathlib import Path

import docx
import pytest
from lxml import etree

from cmforms.build.docx import build_docx, docx_template
from cmforms.build.docx_prose import Lists, prose
from cmforms.build.docx_xml import part, plain
from cmforms.definitions.library import Library, load
from cmforms.definitions.schema import FieldSpec, Form
from cmforms.errors import DefinitionError, OutputError
from cmforms.ooxml import W14, Package, W

FIXTURES = Path(__file__).parent / "fixtures"
SDT_ORDER = ["rPr", "alias", "tag", "id", "richText", "text", "date", "dropDownList", "checkbox"]


@pytest.fixture(scope="module")
def sampler() -> Form:
    """A form with every feature of a definition."""
    return load(FIXTURES / "sampler.yaml", Form)


@pytest.fixture(scope="module")
def english(sampler: Form, library: Library) -> bytes:
    """The sampler's English template."""
    return docx_template(sampler, library.district, "en")


@pytest.fixture(scope="module")
def package(english: bytes) -> Package:
    """The English template, open."""
    return Package(english, "sampler.en.docx")


def _document(package: Package) -> etree._Element:
    return package.xml("word/document.xml")


def _text(element: etree._Element) -> str:
    return "".join(element.itertext(f"{W}t"))


def _tags(package: Package) -> list[str]:
    return [str(tag.get(f"{W}val")) for tag in _document(package).iter(f"{W}tag")]


def _styled(package: Package, style: str) -> list[str]:
    return [
        _text(paragraph)
        for paragraph in _document(package).iter(f"{W}p")
        if paragraph.find(f"{W}pPr/{W}pStyle[@{W}val='{style}']") is not None
    ]


def test_same_definition_gives_same_bytes(sampler: Form, library: Library, english: bytes) -> None:
    assert docx_template(sampler, library.district, "en") == english


def test_template_opens_in_python_docx(english: bytes) -> None:
    document = docx.Document(io.BytesIO(english))
    assert document.core_properties.title == "Sampler of Every Field"
    assert document.core_properties.language == "en-US"


def test_every_field_has_a_control(sampler: Form, package: Package) -> None:
    names = {tag.partition(":")[0] for tag in _tags(package)}
    rows = {f"{group.name}.{spec.name}" for group in sampler.groups.values() for spec in group.fields}
    assert names == {*sampler.fields, *rows}


def test_controls_hold_the_tags_as_text(package: Package) -> None:
    control = next(
        sdt for sdt in _document(package).iter(f"{W}sdt")
        if sdt.find(f"{W}sdtPr/{W}tag").get(f"{W}val") == "student_name"
    )
    assert _text(control) == "{{ v.student_name }}"


def test_options_are_check_boxes_for_both_states(package: Package) -> None:
    assert Counter(_tags(package))["decision:accept"] == 2
    checked = [box.get(f"{W14}val") for box in _document(package).iter(f"{W14}checked")]
    assert Counter(checked) == {"1": 6, "0": 6}


def test_control_properties_stand_in_schema_order(package: Package) -> None:
    for properties in _document(package).iter(f"{W}sdtPr"):
        names = [etree.QName(child).localname for child in properties]
        assert names == sorted(names, key=SDT_ORDER.index)


def test_control_ids_are_unique_and_absent_in_loops(package: Package) -> None:
    ids = [entry.get(f"{W}val") for entry in _document(package).iter(f"{W}id")]
    assert len(ids) == len(set(ids))
    for properties in _document(package).iter(f"{W}sdtPr"):
        in_loop = "contacts." in str(properties.find(f"{W}tag").get(f"{W}val"))
        assert (properties.find(f"{W}id") is None) is in_loop


def test_headings_are_real_headings(package: Package) -> None:
    assert _styled(package, "Title") == ["Sampler of Every Field"]
    assert _styled(package, "Heading1") == ["Student", "Terms", "Contact log", "Signatures", "Narrative"]


def test_group_table_repeats_its_header_and_loops(package: Package) -> None:
    captioned = _document(package).iter(f"{W}tblCaption")
    table = next(next(captioned).iterancestors(f"{W}tbl"))
    rows = table.findall(f"{W}tr")
    assert [row.find(f"{W}trPr/{W}tblHeader") is not None for row in rows] == [True, False, False, False]
    assert [_text(rows[1]), _text(rows[3])] == ["{%tr for r in contacts %}", "{%tr endfor %}"]


def test_table_columns_add_up_to_the_text_width(package: Package) -> None:
    for table in _document(package).iter(f"{W}tbl"):
        widths = [int(str(column.get(f"{W}w"))) for column in table.find(f"{W}tblGrid")]
        assert sum(widths) == 504 * 20


def test_footer_says_form_revision_page_and_issue(package: Package) -> None:
    for name in ("word/footer1.xml", "word/footer2.xml"):
        footer = package.xml(name)
        assert "Form 2009999 · Rev. 2026-07" in _text(footer)
        assert "Document {{ doc.issue_text }}" in _text(footer)
        assert [code.text.strip() for code in footer.iter(f"{W}instrText")] == ["PAGE", "NUMPAGES"]


def test_letterhead_names_the_district(library: Library, package: Package) -> None:
    assert library.district.name in _text(package.xml("word/header1.xml"))
    assert library.district.phone in _text(package.xml("word/header1.xml"))


def test_spanish_template_is_spanish(sampler: Form, library: Library) -> None:
    package = Package(docx_template(sampler, library.district, "es"), "sampler.es.docx")
    assert _styled(package, "Heading1")[0] == "Estudiante"
    assert package.xml("word/styles.xml").find(f".//{W}lang").get(f"{W}val") == "es-US"
    assert "Página" in _text(package.xml("word/footer1.xml"))


def test_parts_are_all_declared_and_related(english: bytes, package: Package) -> None:
    names = set(zipfile.ZipFile(io.BytesIO(english)).namelist())
    types = package.xml("[Content_Types].xml")
    declared = {str(entry.get("PartName"))[1:] for entry in types if entry.get("PartName")}
    assert declared <= names
    assert {link.target for link in package.relations("word/document.xml")} <= names


def test_prose_becomes_paragraphs_and_lists() -> None:
    lists = Lists()
    made = list(prose("One **bold**\ntwo.\n\n- a\n- b\n\n1. c\n\n1. d", lists))
    assert [_text(paragraph) for paragraph in made] == ["One bold two.", "a", "b", "c", "d"]
    assert lists.count == 2


def test_a_line_before_a_list_stays_with_it() -> None:
    first, *_ = prose("I will:\n\n- come", Lists())
    assert first.find(f"{W}pPr/{W}keepNext") is not None


def test_definitions_cannot_smuggle_tags_in() -> None:
    assert plain("{{ v.x }} and {% if %}") == "{_{ v.x }_} and {_% if %_}"


def test_names_too_long_for_word_are_refused(sampler: Form, library: Library) -> None:
    spec = FieldSpec(name="n" * 65, label={"en": "Long"})
    section = sampler.sections[0].model_copy(
        update={"blocks": (sampler.sections[0].blocks[0].model_copy(update={"fields": (spec,)}),)}
    )
    with pytest.raises(DefinitionError, match="64 characters"):
        docx_template(sampler.model_copy(update={"sections": (section,)}), library.district, "en")


def test_folder_that_cannot_be_written(sampler: Form, library: Library, tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        build_docx(sampler, library.district, "en", tmp_path / "none" / "x.docx")


def test_parts_carry_no_unused_namespaces(package: Package) -> None:
    assert b"xmlns:pic" not in part(package.xml("word/header1.xml"))


def test_every_shipped_form_builds(library: Library) -> None:
    for form in library.forms():
        for lang in form.languages:
            docx.Document(io.BytesIO(docx_template(form, library.district, lang)))
