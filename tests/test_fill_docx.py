"""Filling Word templates: equal to docxtpl's result, every value as typed, faulty templates refused."""

from __future__ import annotations

import dataclasses
import io
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
import zxingcpp
from docxtpl import DocxTemplate
from lxml import etree

from cmforms.definitions.library import Library
from cmforms.errors import DefinitionError, InputError
from cmforms.fill.docx import check_template, fill_docx, open_template
from cmforms.fill.docx_program import Program, Values
from cmforms.fill.docx_values import BLANK, clean
from cmforms.issue.identity import MarkRead, verify_mark
from cmforms.ooxml import Package, W
from cmforms.png import png_pixels
from cmforms.values.documents import Bound
from cmforms.values.kinds import Kind
from tests.conftest import ROOT
from tests.docx_documents import KEY, VALUES, Document, changed, document, edited, sampler, template

CONTENT = '<w:p><w:r><w:t xml:space="preserve">{}</w:t></w:r></w:p>'
ENTITY = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
CELL = "<w:tc><w:tcPr><w:tcW w:w='900' w:type='dxa'/></w:tcPr>{}</w:tc>"
REAL_TEMPLATES = sorted((ROOT.parent / "shared" / "corpus" / "docx-templates").glob("*.docx"))


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory, library: Library) -> Path:
    """The sampler's English template."""
    return template(tmp_path_factory.mktemp("docx"), library)


@pytest.fixture(scope="module")
def issued(english: Path) -> Document:
    """The sampler filled in English."""
    return document(english)


@pytest.fixture
def own(tmp_path: Path) -> Callable[[str], Path]:
    """Make a district's own template: python-docx's plain document with this in its body."""

    def make(body: str) -> Path:
        path = tmp_path / "own.docx"
        plain = io.BytesIO()
        docx.Document().save(plain)
        path.write_bytes(edited(plain.getvalue(), "<w:sectPr", f"{body}<w:sectPr"))
        return path

    return make


def _part(data: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.read(name).decode()


def _shown(data: bytes, name: str = "word/document.xml") -> str:
    root = etree.fromstring(_part(data, name).encode())
    signs = {f"{W}br": "\n", f"{W}tab": "\t"}
    pieces = root.iter(f"{W}t", f"{W}br", f"{W}p", f"{W}tab")
    return "".join(signs.get(str(e.tag), "\n" if e.tag == f"{W}p" else e.text or "") for e in pieces)


def _canonical(xml: bytes) -> bytes:
    return bytes(etree.tostring(etree.fromstring(xml), method="c14n"))


def _differing(path: Path, context: dict[str, object]) -> list[str]:
    """Return the parts in which docxtpl's result differs from ours."""
    ours = Program(Package(path.read_bytes(), path.name)).render(context)
    theirs, saved = DocxTemplate(path), io.BytesIO()
    theirs.render(dict(context), autoescape=True)
    theirs.save(saved)
    with zipfile.ZipFile(saved) as package:
        return [name for name, part in ours.items() if _canonical(part) != _canonical(package.read(name))]


def _refusal(path: Path) -> DefinitionError:
    with pytest.raises(DefinitionError) as refused:
        document(path)
    return refused.value


def test_every_value_stands_as_typed(issued: Document) -> None:
    shown = _shown(issued.data)
    for address, text in issued.filled.printed.items():
        assert text in shown or sampler().spec(address).type is Kind.CHECK


@pytest.mark.parametrize("rows", [0, 3, 40])
@pytest.mark.parametrize("draft", [False, True])
def test_equal_to_docxtpl(english: Path, rows: int, draft: bool) -> None:
    values = {address: value for address, value in VALUES.items() if address != "summary"}
    made = document(english, values, rows=rows, draft=draft)
    context, _ = open_template(english, made.form).context("en").of(
        Bound(values, {"contacts": rows}), made.identity, draft=draft
    )
    assert _differing(english, context) == []


def test_equal_to_docxtpl_in_paragraphs_with_breaks_and_tabs(own: Callable[[str], Path]) -> None:
    run = "<w:r><w:rPr><w:b/></w:rPr><w:t>Say: {{ v.text }}</w:t></w:r>"
    path = own(f"<w:p><w:pPr><w:jc w:val='right'/></w:pPr>{run}{run}</w:p>" + CONTENT.format("plain"))
    for text in ("a\tb\nc", "\n", "\ta\a new & paragraph", "page\fbreak", "none"):
        assert _differing(path, {"v": Values(text=text)}) == []


def test_equal_to_docxtpl_where_columns_depend_on_the_values(own: Callable[[str], Path]) -> None:
    tags = ("{%tc for x in v.xs %}", "{{ x }}", "{%tc endfor %}")
    tagged = [CELL.format(CONTENT.format(text)) for text in tags]
    grid = "<w:tblGrid><w:gridCol w:w='900'/></w:tblGrid>"
    path = own(f"<w:tbl><w:tblPr/>{grid}<w:tr>{''.join(tagged)}</w:tr></w:tbl>" + CONTENT.format(""))
    for xs in (["a"], ["a", "b", "c"], ["<&>"]):
        assert _differing(path, {"v": Values(xs=xs)}) == []


def test_equal_to_docxtpl_where_a_condition_cuts_through_elements(own: Callable[[str], Path]) -> None:
    path = own(CONTENT.format("{% if v.a %}one") + CONTENT.format("two{% endif %}"))
    for a in (True, False):
        assert _differing(path, {"v": Values(a=a)}) == []


def test_marks_of_docxtpl_in_a_value_stay_as_typed(issued: Document) -> None:
    assert "{{ v.x }} {_{ 100 % }_}" in _shown(issued.data)


def test_line_breaks_and_tabs_become_words_own(issued: Document) -> None:
    assert "First line\n\nThird\twith a tab,  two spaces" in _shown(issued.data)


def test_check_boxes_follow_the_values(issued: Document) -> None:
    xml = _part(issued.data, "word/document.xml")
    box = r'<w:tag w:val="([^"]+)"/>(?:<w:id [^>]*/>)?<w14:checkbox><w14:checked w14:val="(.)"'
    states = dict(re.findall(box, xml))
    assert (states["interpreter"], states["told"], states["decision:accept"]) == ("1", "0", "0")


def test_blank_fields_leave_room_to_type(issued: Document) -> None:
    control = re.search(r'w:val="needs"/>.*?</w:sdt>', _part(issued.data, "word/document.xml"))
    assert control
    assert f">{chr(0x2003) * 3}</w:t>" in control[0]


def test_blank_is_false_in_conditions(own: Callable[[str], Path]) -> None:
    path = own(CONTENT.format("{% if v.needs %}some{% else %}none{% endif %}, {{ v.needs == '' }}"))
    assert "none, True" in _shown(document(path).data)
    assert not BLANK


def test_group_has_its_least_rows_and_more_where_needed(english: Path) -> None:
    def rows(data: bytes) -> int:
        return _part(data, "word/document.xml").count('w:val="contacts.notes"')

    assert (rows(document(english).data), rows(document(english, rows=31).data)) == (8, 31)


def test_draft_is_said_on_every_page(english: Path, issued: Document) -> None:
    drafted = document(english, draft=True)
    for header in ("word/header1.xml", "word/header2.xml"):
        assert "DRAFT" in _shown(drafted.data, header)
        assert "DRAFT" not in _shown(issued.data, header)


def test_properties_and_footer_name_the_issue(issued: Document) -> None:
    identity = issued.identity
    custom = _part(issued.data, "docProps/custom.xml")
    for name in ("issue", "form", "revision", "lang", "subject", "check"):
        assert f'name="cmforms.{name}"><vt:lpwstr>{getattr(identity, name)}</vt:lpwstr>' in custom
    assert docx.Document(io.BytesIO(issued.data)).core_properties.identifier == identity.issue
    assert f"{identity.issue[:5]}-{identity.issue[5:]}" in _shown(issued.data, "word/footer1.xml")


def test_qr_code_is_the_documents_mark(issued: Document) -> None:
    with zipfile.ZipFile(io.BytesIO(issued.data)) as package:
        pixels = png_pixels(package.read("word/media/qr.png"))
    (code,) = zxingcpp.read_barcodes(pixels)
    mark = verify_mark(code.text, KEY)
    assert isinstance(mark, MarkRead)
    assert (mark.issue, mark.page, mark.pages) == (issued.identity.issue, 0, 0)


def test_students_name_is_in_no_property(issued: Document) -> None:
    assert "Søn" not in _part(issued.data, "docProps/core.xml") + _part(issued.data, "docProps/custom.xml")


def test_same_input_gives_same_bytes_with_fixed_times(english: Path, issued: Document) -> None:
    assert document(english).data == issued.data
    with zipfile.ZipFile(io.BytesIO(issued.data)) as package:
        assert package.testzip() is None
        assert {info.date_time for info in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert package.namelist()[0] == "[Content_Types].xml"


def test_result_opens_in_python_docx(issued: Document) -> None:
    assert docx.Document(io.BytesIO(issued.data)).tables


def test_control_characters_never_reach_the_xml(english: Path) -> None:
    made = document(english, {"student_name": "A\x00B\x0bC\ud800\ufffe"})
    assert made.filled.printed == {"student_name": "AB\nC"}
    assert [finding.code for finding in made.filled.findings] == ["control-character"]


def test_line_ends_are_one_kind() -> None:
    assert clean("a\r\nb\rc\u2028d") == "a\nb\nc\nd"


def test_own_template_without_controls(own: Callable[[str], Path]) -> None:
    loop = "{% for r in contacts %}{{ r.kind }};{% endfor %}"
    made = document(own(CONTENT.format("Dear {{ v.student_name }}: " + loop)))
    assert "Dear O'Neill & Søn <Jr.>: phone;home visit;letter;" in _shown(made.data)
    assert "cmforms.issue" in _part(made.data, "docProps/custom.xml")
    docx.Document(io.BytesIO(made.data))


def test_changed_template_is_compiled_again(own: Callable[[str], Path]) -> None:
    path = own(CONTENT.format("one"))
    document(path)
    path.write_bytes(edited(path.read_bytes(), ">one<", ">two<"))
    os.utime(path, ns=(1, 1))
    assert "two" in _shown(document(path).data)


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("{{ v.studnt_name }}", "template-name", "{{ v.studnt_name }} is not known; did you mean"),
        ("{{ v.studnt_name }}", "template-name", "did you mean 'student_name'?"),
        ("{{ v['grad'] }}", "template-name", "did you mean 'grade'?"),
        ("{{ doc.isue }}", "template-name", "did you mean 'issue'?"),
        ("{{ contact }}", "template-name", "did you mean 'contacts'?"),
        ("{% for r in contacts %}{{ r.note }}{% endfor %}", "template-name", "did you mean 'notes'?"),
        ("{% if v.grade %}x{% endif %}{% fro x in y %}", "template-tag", "did you mean 'for'?"),
        ("{{ v.grade | uper }}", "template-tag", "did you mean 'upper'?"),
        ("{% if v.grade %}", "template-syntax", "tag cannot be understood"),
        ("{{ v.__class__ }}", "template-unsafe", "'v.__class__' reaches for what is not allowed"),
        ("{{ ''.__class__.__mro__ }}", "template-unsafe", "reaches for"),
        ("{{ v['__init__'] }}", "template-unsafe", "reaches for"),
        ("{{ v|attr('__class__') }}", "template-name", "asks for what is not there"),
        ("{{ 'a'|attr('__class__') }}", "template-unsafe", "not allowed"),
        ("{% include 'x' %}", "template-unsafe", "loads other files"),
        ("{{ v.grade / 0 }}", "template-unsafe", "cannot be worked out"),
    ],
)
def test_faulty_templates_are_refused(own: Callable[[str], Path], text: str, code: str, said: str) -> None:
    refused = _refusal(own(CONTENT.format(text)))
    assert [finding.code for finding in refused.findings][:1] == [code]
    assert said in str(refused)
    assert refused.exit_code == 2


def test_names_of_one_loop_are_not_those_of_another(own: Callable[[str], Path]) -> None:
    body = "{% for r in contacts %}{{ r.kind }}{% endfor %}{% for r in [1] %}{{ r.kind }}{% endfor %}"
    path = own(CONTENT.format(body + "{% for r in contacts|sort(attribute='kind') %}{{ r.kid }}{% endfor %}"))
    assert [str(finding.message) for finding in _refusal(path).findings] == [
        "{{ r.kid }} is not known; did you mean 'kind'?"
    ]


def test_a_value_is_never_run_as_a_template(english: Path) -> None:
    assert "{{ 7 * 7 }}" in _shown(document(english, {"student_name": "{{ 7 * 7 }}"}).data)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda data: data[: len(data) // 2], "docx-damaged"),
        (lambda data: data[:4] + b"\0" * 200, "docx-damaged"),
        (lambda data: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + data, "docx-encrypted"),
        (lambda data: changed(data, {"[Content_Types].xml": None}), "docx-foreign"),
        (lambda data: changed(data, {"word/document.xml": None}), "docx-damaged"),
        (lambda data: changed(data, {"word/styles.xml": None}), "docx-damaged"),
        (lambda data: changed(data, {"word/header1.xml": b"<w:hdr"}), "docx-damaged"),
        (lambda data: changed(data, {"word/x.xml": ENTITY}), "docx-damaged"),
    ],
)
def test_damaged_templates_are_refused(
    english: Path, tmp_path: Path, spoil: Callable[[bytes], bytes], code: str
) -> None:
    path = tmp_path / "spoilt.docx"
    path.write_bytes(spoil(english.read_bytes()))
    assert [finding.code for finding in _refusal(path).findings] == [code]


def test_template_that_unpacks_too_large(english: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cmforms.ooxml.MOST_BYTES", 10_000)
    os.utime(english)
    assert "docx-too-large" in [finding.code for finding in _refusal(english).findings]


def test_renamed_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "archive.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("holiday.txt", "sun")
    assert "no Word document" in str(_refusal(path))


def test_missing_template(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        document(tmp_path / "none.docx")


def test_check_says_what_a_template_lacks(own: Callable[[str], Path], english: Path) -> None:
    assert check_template(english, sampler()) == []
    lacking = check_template(own(CONTENT.format("{{ v.student_name }}")), sampler())
    assert {finding.code for finding in lacking} == {"template-field", "template-mark"}
    assert "shows no 'grade'" in "".join(map(str, lacking))


def test_template_is_compiled_once(english: Path) -> None:
    form = sampler()
    assert open_template(english, form) is open_template(english, form)


def test_form_that_changed_is_checked_again(english: Path, issued: Document) -> None:
    form = sampler()
    fewer = form.model_copy(update={"sections": form.sections[1:]})
    with pytest.raises(DefinitionError, match="student_name"):
        fill_docx(english, fewer, Bound({}, {}), dataclasses.replace(issued.identity), lang="en")


@pytest.mark.corpus
@pytest.mark.skipif(not REAL_TEMPLATES, reason="the corpus of real templates is not beside the project")
@pytest.mark.parametrize("path", REAL_TEMPLATES, ids=lambda path: path.stem)
def test_equal_to_docxtpl_on_real_templates(path: Path) -> None:
    program = Program(Package(path.read_bytes(), path.name))
    from jinja2 import meta

    names = {name for tree in program.trees() for name in meta.find_undeclared_variables(tree)}
    assert _differing(path, {name: _Anything(name) for name in names}) == []


class _Anything:
    """Stands for whatever a foreign template asks for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> object:
        if name.startswith("__") or name in ("unsafe_callable", "alters_data"):
            raise AttributeError(name)
        return _Anything(name)

    def __getitem__(self, key: object) -> object:
        return _Anything(f"{self._name} & {key}")

    def __call__(self, *_: object, **__: object) -> object:
        return _Anything("a < b\nc\td")

    def __gt__(self, other: object) -> bool:
        return len(str(other)) % 2 == 0

    def __str__(self) -> str:
        return self._name

    def __iter__(self) -> object:
        return iter([_Anything("one"), _Anything("two")])

    def __len__(self) -> int:
        return 2
