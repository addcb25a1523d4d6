"""The PDF templates that `forms build` makes: their fields, pages, tags and appearance."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pypdfium2
import pytest

from cmforms.build.pdf import build_pdf, pdf_template
from cmforms.build.prose import prose_html
from cmforms.definitions.layout import read_layout
from cmforms.definitions.library import Library, load
from cmforms.definitions.schema import Form
from cmforms.errors import DefinitionError
from cmforms.yamlfile import load_yaml

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(scope="module")
def sampler() -> Form:
    """A form with every feature of a definition: all kinds, group, signatures, boxes, long texts."""
    return load(FIXTURES / "sampler.yaml", Form)


@pytest.fixture(scope="module")
def english(sampler: Form, library: Library) -> bytes:
    """The sampler's English template."""
    return pdf_template(sampler, library.district, "en")


@pytest.fixture
def pdf(english: bytes) -> Iterator[pikepdf.Pdf]:
    """The English template, open."""
    with pikepdf.open(io.BytesIO(english)) as opened:
        yield opened


def _elements(element: Any) -> Iterator[Any]:
    yield element
    for kid in element.K:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield from _elements(kid)


def _widgets(pdf: pikepdf.Pdf) -> list[Any]:
    return [widget for page in pdf.pages for widget in page.obj.Annots]


def test_same_definition_gives_same_bytes(sampler: Form, library: Library, english: bytes) -> None:
    assert pdf_template(sampler, library.district, "en") == english


def test_another_reader_finds_every_field(sampler: Form, english: bytes) -> None:
    fields = pypdf.PdfReader(io.BytesIO(english)).get_fields() or {}
    names = {name.removeprefix("sampler.") for name in fields}
    assert set(sampler.fields) <= names
    assert {"contacts[0]/on", "contacts[7]/notes", "contacts[+14]/at", "addendum"} <= names


def test_all_fields_hang_on_one_root_named_after_the_form(pdf: pikepdf.Pdf) -> None:
    (root,) = pdf.Root.AcroForm.Fields
    assert str(root.T) == "sampler"
    assert {kid.Parent.objgen for kid in root.Kids} == {root.objgen}
    assert "/NeedAppearances" not in pdf.Root.AcroForm


def test_pages_state_their_roles_and_stamps(pdf: pikepdf.Pdf) -> None:
    private = [page.obj.PieceInfo.cmforms.Private for page in pdf.pages]
    roles = [str(entry.Role) for entry in private]
    assert roles == ["/main", "/main", "/main", "/more:contacts", "/addendum"]
    first = [page.obj.Contents[0].objgen for page in pdf.pages]
    assert first == [entry.Stamp.objgen for entry in private]


def test_every_widget_is_complete(pdf: pikepdf.Pdf) -> None:
    for widget in _widgets(pdf):
        left, bottom, right, top = (float(edge) for edge in widget.Rect)
        assert 54 <= left < right <= 558
        assert 80 <= bottom < top <= 742
        assert widget.F == 4
        assert str(widget.DA) == "0 g /Helv 10 Tf"
        assert str(widget.TU)
        assert "/N" in widget.AP


def test_no_two_fields_of_a_page_overlap(tmp_path: Path, english: bytes) -> None:
    (tmp_path / "sampler.pdf").write_bytes(english)
    for page in read_layout(tmp_path / "sampler.pdf").pages:
        boxes = sorted(place.box for place in page.places)
        for index, (_, bottom, right, top) in enumerate(boxes):
            assert not [b for b in boxes[index + 1 :] if b[0] < right and b[1] < top and bottom < b[3]]


def test_heights_follow_the_lines_of_the_definition(tmp_path: Path, english: bytes) -> None:
    (tmp_path / "sampler.pdf").write_bytes(english)
    pages = read_layout(tmp_path / "sampler.pdf").pages
    heights = {p.address: round(p.box[3] - p.box[1], 1) for page in pages for p in page.places}
    assert [heights[name] for name in ("student_name", "summary", "narrative")] == [18, 84, 591]


def test_boxes_of_a_choice_are_one_field_with_an_on_state_each(pdf: pikepdf.Pdf) -> None:
    (decision,) = (field for field in pdf.Root.AcroForm.Fields[0].Kids if str(field.T) == "decision")
    states = [set(kid.AP.N.keys()) for kid in decision.Kids]
    assert states == [{"/accept", "/Off"}, {"/refuse", "/Off"}]
    assert str(decision.Kids[0].TU) == "I have read this form, and: I accept services"


def test_kinds_of_fields(pdf: pikepdf.Pdf) -> None:
    fields = {str(field.T): field for field in pdf.Root.AcroForm.Fields[0].Kids}
    assert pikepdf.Name.Btn == fields["told"].FT
    assert pikepdf.Name.Tx == fields["program"].FT
    assert pikepdf.Name.Tx == fields["parent_signature"].FT
    assert fields["summary"].Ff == 1 << 12


def test_structure_tree_holds_each_widget_once_in_reading_order(pdf: pikepdf.Pdf) -> None:
    document = pdf.Root.StructTreeRoot.K[0]
    forms = [element for element in _elements(document) if element.S == "/Form"]
    assert [form.K[0].Obj.objgen for form in forms] == [widget.objgen for widget in _widgets(pdf)]
    numbers = list(pdf.Root.StructTreeRoot.ParentTree.Nums)
    parents = dict(zip(map(int, numbers[::2]), numbers[1::2], strict=True))
    assert all(parents[int(f.K[0].Obj.StructParent)].objgen == f.objgen for f in forms)


def test_structure_tree_says_what_things_are(pdf: pikepdf.Pdf) -> None:
    kinds = Counter(str(element.S) for element in _elements(pdf.Root.StructTreeRoot.K[0]))
    assert kinds["/H1"] == 1
    assert kinds["/H2"] == 7
    assert (kinds["/LI"], kinds["/Table"], kinds["/TH"]) == (4, 2, 10)
    assert not {"/Div", "/NonStruct", "/Span"} & set(kinds)


def test_optional_page_is_one_part_of_the_tree(pdf: pikepdf.Pdf) -> None:
    more = pdf.pages[3].obj.objgen
    parts = [
        {e.Pg.objgen for e in _elements(part) if "/Pg" in e} for part in pdf.Root.StructTreeRoot.K[0].K
    ]
    assert [pages for pages in parts if more in pages] == [{more}]


def test_document_says_what_it_is(pdf: pikepdf.Pdf) -> None:
    metadata = pdf.Root.Metadata.read_bytes().decode()
    assert str(pdf.docinfo.Title) == "Sampler of Every Field"
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert "<cmforms:revision>2026-07</cmforms:revision>" in metadata
    assert str(pdf.Root.Lang) == "en"


def test_only_shipped_fonts_are_embedded(pdf: pikepdf.Pdf) -> None:
    fonts = {str(font.BaseFont)[8:] for font in pdf.pages[0].obj.Resources.Font.values()}
    assert fonts == {"Form-Sans", "Form-Sans-Bold", "Form-Sans-Oblique", "NotoSans-Regular"}


def test_text_of_the_page_in_the_language(sampler: Form, library: Library, tmp_path: Path) -> None:
    build_pdf(sampler, library.district, "es", tmp_path / "sampler.es.pdf")
    with pypdfium2.PdfDocument(tmp_path / "sampler.es.pdf") as document:
        text = document[0].get_textpage().get_text_bounded()
    for said in ("Muestra de todos los campos", "Formulario 2009999", "Página 1 de 3", "<pronto>"):
        assert said in text


def test_marked_box_is_an_x_that_flattening_keeps(pdf: pikepdf.Pdf) -> None:
    (told,) = (field for field in pdf.Root.AcroForm.Fields[0].Kids if str(field.T) == "told")
    told.AS = told.V = pikepdf.Name.Yes
    pdf.flatten_annotations("all")
    out = io.BytesIO()
    pdf.save(out)
    with pypdfium2.PdfDocument(out.getvalue()) as document:
        box = [float(edge) for edge in told.Rect]
        assert document[0].get_textpage().get_text_bounded(*box) == "X"


def test_too_many_rows_on_a_continuation_page_are_refused(library: Library) -> None:
    data = load_yaml((FIXTURES / "sampler.yaml").read_bytes(), "sampler.yaml")
    data["sections"][2]["blocks"][0]["group"]["more_rows"] = 30
    with pytest.raises(DefinitionError, match="more_rows to 17 or less"):
        pdf_template(Form.model_validate(data), library.district, "en")


def test_character_of_no_shipped_font_is_refused(sampler: Form, library: Library) -> None:
    strange = sampler.model_copy(update={"title": {"en": "Form \u1401 of every field"}})
    with pytest.raises(DefinitionError) as refusal:
        pdf_template(strange, library.district, "en")
    assert refusal.value.findings[0].code == "glyph-missing"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a <b> & *c*", "<p>a &lt;b&gt; &amp; <em>c</em></p>"),
        ("**D**:\n- one\n  more\n- two", "<p><strong>D</strong>:</p><ul><li>one more</li><li>two</li></ul>"),
        ("1. a\n2. b\n\nc", "<ol><li>a</li><li>b</li></ol>\n<p>c</p>"),
        ("2 * 3 * 4", "<p>2 * 3 * 4</p>"),
    ],
)
def test_prose_marks(text: str, html: str) -> None:
    assert prose_html(text) == html
