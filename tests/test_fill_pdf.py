"""Filled PDFs: every value whole, inside its box, in every script; pages, tags and marks in order."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pikepdf
import pypdf
import pypdfium2
import pytest
import zxingcpp
from hypothesis import given as having
from hypothesis import strategies as st
from PIL import Image, ImageChops

from cmforms.build.pdf import build_pdf
from cmforms.definitions.layout import Place, pages_from_roles, read_layout
from cmforms.definitions.library import Library, load
from cmforms.definitions.schema import Form
from cmforms.errors import DefinitionError
from cmforms.fill.addendum import Item, flow
from cmforms.fill.pdf import fill_pdf
from cmforms.fill.placing import Setter, TextBox
from cmforms.fill.syntax import text_string
from cmforms.issue.identity import identify, shown, verify_mark
from cmforms.typeset import FontStack
from cmforms.values.documents import Bound, Filled, Identity
from cmforms.values.kinds import Value

KEY = b"a key for tests"
FOOTER = 144  # pixels of the footer's height in `_picture`
NAMES = {
    "arabic": "يوسف المثالي",
    "hebrew": "דוגמה ישראלי",
    "devanagari": "उदाहरण नमूना",
    "bengali": "উদাহরণ নমুনা",
    "thai": "ตัวอย่าง นี้ที่ปู่",
    "ethiopic": "ምሳሌ ናሙና",
    "chinese": "王美丽",
    "korean": "한국어 시험",
    "cyrillic": "Ёж Пример",
    "vietnamese": "Nguyễn Thị Ánh Ẫ",
    "markup": "O'Neill & Søn <Jr.> (a\\b)",
}
Fill = Callable[..., Filled]


@pytest.fixture(scope="module")
def form() -> Form:
    """The form that shows every feature of a definition once."""
    return load(Path(__file__).parent / "fixtures" / "sampler.yaml", Form)


@pytest.fixture(scope="module")
def template(form: Form, library: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("templates") / "sampler.en.pdf"
    build_pdf(form, library.district, "en", path)
    return path


def _identity(form: Form, values: Mapping[str, Value], draft: bool = False) -> Identity:
    return identify(form, "en", "CM-1", None, values, KEY, draft)


@pytest.fixture(scope="module")
def fill(form: Form, template: Path) -> Fill:
    """Fill the sampler with values by address; `rows` of the contact log."""

    def run(values: Mapping[str, Value], rows: int = 0, draft: bool = False) -> Filled:
        bound = Bound(values, {"contacts": rows})
        return fill_pdf(template, form, bound, _identity(form, values, draft), lang="en", draft=draft)

    return run


def _values(data: bytes) -> dict[str, str]:
    """Read the fields as an independent library sees them, by their names under the root."""
    fields = pypdf.PdfReader(io.BytesIO(data)).get_fields() or {}
    named = ((name.partition(".")[2], field.get("/V")) for name, field in fields.items())
    return {name.replace("/", "."): str(value) for name, value in named if value is not None}


def _places(form: Form, template: Path, filled: Filled) -> dict[str, tuple[int, Place]]:
    pages = pages_from_roles(read_layout(template), form, filled.pages)
    return {place.address: (number, place) for number, page in enumerate(pages) for place in page.places}


def _picture(data: bytes, page: int) -> Image.Image:
    """Draw a page with its fields, two pixels to the point."""
    pdf = pypdfium2.PdfDocument(data)
    pdf.init_forms()
    drawn: Image.Image = pdf[page].render(scale=2).to_pil()
    return drawn.convert("L")


def _appearance(data: bytes, name: str) -> str:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        kids = {str(kid.T): kid for kid in pdf.Root.AcroForm.Fields[0].Kids}
        return kids[name].AP.N.read_bytes().decode("latin-1")


def test_every_kind_of_field_holds_its_value(fill: Fill) -> None:
    given: dict[str, Value] = {
        "student_name": "Ana (A\\B)", "date_of_birth": dt.date(2010, 5, 4), "arrival": dt.time(9, 5),
        "grade": 7, "average": 3.5, "program": "504", "decision": "refuse", "interpreter": True,
        "summary": "one\n\ntwo",
    }
    filled = fill(given)
    assert {key: value for key, value in _values(filled.data).items() if value != "/Off"} == {
        "student_name": "Ana (A\\B)", "date_of_birth": "May 4, 2010", "arrival": "9:05 AM", "grade": "7",
        "average": "3.5", "program": "Section 504 plan", "decision": "/refuse", "interpreter": "/Yes",
        "summary": "one\n\ntwo",
    }
    assert filled.printed["program"] == "Section 504 plan"
    assert filled.printed["interpreter"] == "X"


@pytest.mark.parametrize("script", NAMES)
def test_each_script_is_shown_inside_its_box_and_nowhere_else(
    script: str, fill: Fill, form: Form, template: Path
) -> None:
    plain, filled = fill({}), fill({"student_name": NAMES[script], "needs": NAMES[script]})
    ink = ImageChops.difference(_picture(plain.data, 0), _picture(filled.data, 0))
    ink.paste(0, (0, ink.height - FOOTER, ink.width, ink.height))
    for name in ("student_name", "needs"):
        left, bottom, right, top = (round(2 * edge) for edge in _places(form, template, filled)[name][1].box)
        box = (left, ink.height - top, right, ink.height - bottom)
        assert ink.crop(box).getbbox()
        ink.paste(0, box)
    assert ink.getbbox() is None
    assert _values(filled.data)["student_name"] == NAMES[script]


def test_same_input_gives_same_bytes(fill: Fill) -> None:
    values = {"student_name": NAMES["arabic"], "summary": "word " * 900}
    assert fill(values).data == fill(values).data


def test_a_text_set_before_gives_the_same_bytes(fill: Fill) -> None:
    values = {"student_name": "Zoë Onlyhere", "strengths": f"Zoë {NAMES['arabic']}"}
    new = fill(values).data
    fill({"student_name": "Zoë Onlyhere", "summary": "word " * 900})
    assert fill(values).data == new


def test_the_file_is_sound_and_only_appended_to(fill: Fill) -> None:
    one, other = fill({"student_name": "Ana"}).data, fill({"student_name": "Luz"}).data
    same = next(at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    assert b"%%EOF" in one[:same]
    with pikepdf.open(io.BytesIO(one)) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert "/NeedAppearances" not in pdf.Root.AcroForm


def test_a_single_line_shrinks_before_it_is_continued(fill: Fill) -> None:
    name = "Maximiliana Constanza de la Santísima Trinidad Ejemplo"
    size = re.search(r"/CMF0 ([\d.]+) Tf", _appearance(fill({"student_name": name}).data, "student_name"))
    assert size is not None
    assert 7 <= float(size[1]) < 10


def test_what_fits_no_box_goes_on_in_the_addendum(fill: Fill) -> None:
    text = "\n\n".join(f"Paragraph {number}: " + "the facts as they were seen, " * 12 for number in range(25))
    filled = fill({"summary": text, "phone": "555-0100 " * 9})
    values = _values(filled.data)
    pages = filled.pages.count("addendum")
    assert values["summary"] == text
    assert values["addendum[0]"].startswith("A1 · Telephone\n555-0100")
    assert "\nA2 · Summary\n" in values["addendum[0]"]
    continued = "\n".join(values[f"addendum[{page}]"] for page in range(pages)).partition("A2 · Summary")[2]
    assert pages > 1
    assert " ".join(text.split()).endswith(" ".join(continued.split()))


def test_each_head_of_an_extra_page_repeats_who_it_is_about(fill: Fill) -> None:
    filled = fill({"student_name": "Ana", "contacts[8].kind": "call"}, rows=9)
    values = _values(filled.data)
    assert values[f"student_name@{len(filled.pages)}"] == "Ana"
    assert values["contacts[8].kind"] == "call"


def test_rows_run_over_as_many_pages_as_they_need(fill: Fill, form: Form, template: Path) -> None:
    filled = fill({f"contacts[{row}].kind": f"kind {row}" for row in range(40)}, rows=40)
    assert filled.pages.count("more:contacts") == 3
    values = _values(filled.data)
    assert all(values[f"contacts[{row}].kind"] == f"kind {row}" for row in range(40))
    assert _places(form, template, filled)["contacts[23].kind"][0] + 1 == len(filled.pages) - 1


@pytest.mark.parametrize("rows", [0, 40])
def test_every_widget_stays_in_the_structure_tree(fill: Fill, rows: int) -> None:
    with pikepdf.open(io.BytesIO(fill({"summary": "x " * 2000}, rows=rows).data)) as pdf:
        pairs = list(pdf.Root.StructTreeRoot.ParentTree.Nums)
        parents = {int(key): held for key, held in zip(pairs[::2], pairs[1::2], strict=True)}
        for page in pdf.pages:
            for widget in page.obj.Annots:
                element = parents.pop(int(widget.StructParent))
                kids = element.K if isinstance(element.K, pikepdf.Array) else [element.K]
                assert (str(element.S), kids[0].Obj.objgen) == ("/Form", widget.objgen)
                assert widget.P.objgen == page.obj.objgen
            marked = parents.pop(int(page.obj.StructParents))
            assert all(held is None or held.Pg.objgen == page.obj.objgen for held in marked)
        assert parents == {}


def test_every_page_bears_its_mark(fill: Fill, form: Form) -> None:
    filled = fill({"student_name": "Ana"}, rows=10)
    issue = _identity(form, {"student_name": "Ana"}).issue
    pdf = pypdfium2.PdfDocument(filled.data)
    for number, page in enumerate(pdf, 1):
        [code] = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
        read = verify_mark(code.text, KEY)
        assert (read.issue, read.page, read.pages) == (issue, number, len(filled.pages))  # type: ignore[union-attr]
        footer = page.get_textpage().get_text_bounded(top=70)
        assert f"Document {shown(issue)}" in footer
        assert f"Page {number} of {len(filled.pages)}" in footer


def test_the_properties_say_who_the_document_is(fill: Fill, form: Form) -> None:
    identity = _identity(form, {"student_name": "Ana"})
    with pikepdf.open(io.BytesIO(fill({"student_name": "Ana"}).data)) as pdf:
        assert str(pdf.Root.AcroForm.Fields[0].T) == identity.issue
        assert str(pdf.docinfo["/CmformsIssue"]) == identity.issue
        with pdf.open_metadata() as meta:
            said = {name: meta[f"{{urn:cmforms:document:1}}{name}"] for name in ("issue", "subject", "check")}
            assert meta["pdfuaid:part"] == "1"
            assert meta["dc:title"] == "Sampler of Every Field"
    assert said == {"issue": identity.issue, "subject": "CM-1", "check": identity.check}


def test_a_draft_says_so_on_every_page(fill: Fill) -> None:
    filled = fill({"student_name": "Ana"}, rows=10, draft=True)
    for page in pypdfium2.PdfDocument(filled.data):
        assert "DRAFT" in page.get_textpage().get_text_bounded(top=70)
        head = page.render(scale=1).to_pil().convert("L").crop((250, 5, 362, 35))
        assert head.getextrema()[0] < 128


def test_characters_that_no_font_has_refuse_the_document(fill: Fill) -> None:
    filled = fill({"student_name": "Ana 🜚"})
    assert filled.data == b""
    assert [(f.code, f.where.path) for f in filled.findings] == [("glyph-missing", "student_name")]
    assert "U+1F71A" in filled.findings[0].message


def test_a_value_without_a_field_is_never_dropped_silently(fill: Fill) -> None:
    with pytest.raises(DefinitionError, match="no field 'shoe_size'"):
        fill({"shoe_size": "12"})


def test_borders_of_a_template_are_drawn_again(form: Form, template: Path, tmp_path: Path) -> None:
    with pikepdf.open(template) as pdf:
        widget = next(kid for kid in pdf.Root.AcroForm.Fields[0].Kids if kid.T == "student_name")
        widget.MK = pikepdf.Dictionary(BG=[1, 1, 0], BC=[0])
        pdf.save(tmp_path / "bordered.pdf", object_stream_mode=pikepdf.ObjectStreamMode.disable)
    bound = Bound({"student_name": "Ana"}, {})
    filled = fill_pdf(tmp_path / "bordered.pdf", form, bound, _identity(form, bound.values), lang="en")
    looks = _appearance(filled.data, "student_name")
    assert re.search(r"1 1 0 rg\n0 0 [\d.]+ [\d.]+ re f\n0 G\n", looks)


def test_a_template_without_an_addendum_page_is_refused_when_one_is_needed(
    form: Form, template: Path, tmp_path: Path
) -> None:
    with pikepdf.open(template) as pdf:
        del pdf.pages[-1]
        pdf.save(tmp_path / "short.pdf", object_stream_mode=pikepdf.ObjectStreamMode.disable)
    bound = Bound({"summary": "word " * 900}, {})
    with pytest.raises(DefinitionError, match="no page 'addendum'"):
        fill_pdf(tmp_path / "short.pdf", form, bound, _identity(form, bound.values), lang="en")


def test_a_changed_template_is_read_again(form: Form, template: Path, tmp_path: Path) -> None:
    copy = tmp_path / "sampler.en.pdf"
    copy.write_bytes(template.read_bytes())
    bound = Bound({}, {})
    fill_pdf(copy, form, bound, _identity(form, {}), lang="en")
    copy.write_bytes(b"%PDF-1.7 broken")
    with pytest.raises(DefinitionError):
        fill_pdf(copy, form, bound, _identity(form, {}), lang="en")


@having(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"))))
def test_strings_of_any_text_read_back(text: str) -> None:
    assert str(pikepdf.Object.parse(text_string(text))) == text


WORDS = st.lists(st.text("abc éñ\n-/Ж王", min_size=1, max_size=30), max_size=40).map(" ".join)


@having(WORDS, st.floats(40, 400), st.sampled_from([18.0, 32.0, 84.0]))
def test_nothing_is_lost_between_box_and_addendum(text: str, width: float, height: float) -> None:
    setter = Setter(FontStack.default())
    box = TextBox(width, height, multiline=height > 20)
    lines, rest = setter.set(text, box, lambda: ("A1", "continued: A1"))
    marks = ("[continued: A1]", "[A1]")
    texts = [line.text for line in lines if line.text not in marks]
    assert all(line.x + setter.stack.width(line.text.rstrip(), line.size) <= width for line in lines)
    assert all(0 < line.y < height for line in lines)
    assert bool(rest) == any(line.text in marks for line in lines)
    sheets = flow([Item("A1", "Label", rest)], TextBox(300, 60, True), setter) if rest else []
    texts += [line.text for sheet in sheets for line in sheet.lines if not line.bold]
    assert "".join("".join(texts).split()) == "".join(text.split())
