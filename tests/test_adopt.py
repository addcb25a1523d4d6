"""Official forms adopted: every field with its limits, place and label; what cannot be filled is refused."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
from click.testing import CliRunner
from pikepdf import Array, Dictionary, Name, Stream

from cmforms.adopt.adoption import Adoption, Names
from cmforms.adopt.carrying import carry_over
from cmforms.adopt.pdf import adopt_pdf
from cmforms.adopt.suggesting import suggest
from cmforms.adopt.writing import definition_yaml
from cmforms.cli.main import cli
from cmforms.definitions.checking import check_form
from cmforms.definitions.expressions import Expressions, context_of
from cmforms.definitions.library import load
from cmforms.definitions.schema import Form
from cmforms.errors import InputError
from cmforms.fill.binding import bind
from cmforms.sources import read_cases
from cmforms.values.kinds import Kind
from tests.official_forms import OfficialForm, one_of_each

CASE = Path(__file__).parent.parent / "samples" / "cases" / "CM-2026-0001.yaml"


def adopted(form: OfficialForm, **options: object) -> Adoption:
    return adopt_pdf(form.data(**options), Names("official", "en", "official.pdf"), "2026-01")


@pytest.fixture(scope="module")
def each() -> Adoption:
    return adopted(one_of_each())


def codes(adoption: Adoption) -> set[str]:
    return {finding.code for finding in adoption.findings}


def refusal(data: bytes) -> str:
    with pytest.raises(InputError) as refused:
        adopt_pdf(data, Names("official", "en", "official.pdf"), "2026-01")
    return refused.value.findings[0].code


def test_each_field_has_its_type_limits_and_place(each: Adoption) -> None:
    fields = each.form.fields
    kinds = {name: spec.type.value for name, spec in fields.items()}
    assert kinds == {
        "name": "text", "dob": "text", "zip": "text", "story": "longtext", "agree": "check", "sex": "choice",
        "state": "choice", "list": "choice", "sign": "signature", "upright": "text", "copy": "text",
    }  # fmt: skip
    dob = fields["dob"].official
    assert dob
    assert (dob.max_length, dob.comb, dob.page, dob.box) == (8, True, 1, (130, 695, 290, 713))
    assert fields["agree"].official
    assert fields["agree"].official.on == "On_1"
    assert fields["copy"].official
    assert fields["copy"].official.field == "form1.copy"
    assert [option.official for option in fields["sex"].options] == ["A#20B", "S#c3#ad", "#231#28x#29"]
    assert [(option.value, option.official) for option in fields["state"].options] == [("fl", "FL"), ("ga", "GA")]
    assert [section.id for section in each.form.sections] == ["page_1", "page_2"]


def test_labels_are_tooltips_or_the_nearest_words(each: Adoption) -> None:
    labels = {name: spec.label["en"] for name, spec in each.form.fields.items()}
    assert labels["story"] == "What happened"
    assert (labels["name"], labels["dob"], labels["zip"], labels["agree"]) == (
        "Student name", "Date of birth", "Zip", "I agree"
    )  # fmt: skip


def test_what_is_left_out_is_said(each: Adoption) -> None:
    said = {finding.code: finding for finding in each.findings}
    assert said["field-skipped"].where.path == "print"
    assert "page 2" in said["mark-no-room"].message


def test_suggestions_fill_nothing_until_the_mark_is_removed(each: Adoption) -> None:
    spec = each.form.fields["dob"]
    assert (spec.bind, spec.suggested) == ("case.student.dob.strftime('%m%d%Y')", True)
    assert spec.record_path is None
    [sourced] = read_cases([CASE]).cases
    context = context_of(case=sourced.case)
    assert bind(each.form, context, "en", Expressions()).values == {}
    sure = each.form.model_dump()
    for field in sure["sections"][0]["blocks"][0]["fields"]:
        field["suggested"] = False
    values = bind(Form.model_validate(sure), context, "en", Expressions()).values
    assert values["dob"] == f"{sourced.case.student.dob:%m%d%Y}"
    assert values["name"] == sourced.case.student.full_name


def test_definition_is_valid_and_lists_its_suggestions(each: Adoption, tmp_path: Path) -> None:
    path = tmp_path / "official.yaml"
    path.write_bytes(definition_yaml(each.form))
    form = load(path, Form)
    assert form.model_dump() == each.form.model_dump()
    found = check_form(form, Expressions())
    assert {finding.code for finding in found} == {"binding-suggested"}
    assert len(found) == sum(spec.suggested for spec in form.fields.values()) >= 2


@pytest.mark.parametrize(
    ("label", "kind", "limit", "path"),
    [
        ("Student's Date of Birth", Kind.DATE, None, "case.student.dob"),
        ("Date of birth", Kind.TEXT, 10, "case.student.dob.strftime('%m/%d/%Y')"),
        ("Date of birth", Kind.TEXT, 4, None),
        ("Spouse's date of birth", Kind.DATE, None, None),
        ("Parent phone", Kind.TEXT, None, "case.guardians[0].phone"),
        ("IP address", Kind.TEXT, None, None),
        ("Gross income", Kind.TEXT, None, None),
    ],
)
def test_suggestions(label: str, kind: Kind, limit: int | None, path: str | None) -> None:
    assert suggest(label, "f1", kind, limit) == path


def test_template_is_plain_and_the_same_each_time(each: Adoption) -> None:
    assert adopted(one_of_each()).template == each.template
    with pikepdf.open(io.BytesIO(each.template)) as pdf:
        assert "/NeedAppearances" not in pdf.Root.AcroForm
        assert pdf.check_pdf_syntax() == []
        marks = [kid.AP.N["/Sí"].read_bytes() for kid in pdf.Root.AcroForm.Fields[5].Kids if "/Sí" in kid.AP.N]
    assert b"ZaDb" not in marks[0]


def test_xfa_beside_fields_is_dropped_and_said() -> None:
    form = one_of_each()
    form.pdf.Root.AcroForm.XFA = Stream(form.pdf, b"<xdp/>")
    made = adopted(form)
    assert "xfa-dropped" in codes(made)
    with pikepdf.open(io.BytesIO(made.template)) as pdf:
        assert "/XFA" not in pdf.Root.AcroForm


def test_encrypted_without_a_password_is_opened_and_said() -> None:
    made = adopted(one_of_each(), encryption=pikepdf.Encryption(owner="secret", user=""), static_id=False)
    assert "pdf-decrypted" in codes(made)
    with pikepdf.open(io.BytesIO(made.template)) as pdf:
        assert not pdf.is_encrypted


def test_broken_cross_references_are_repaired_and_said() -> None:
    data = one_of_each().data()
    at = data.rindex(b"startxref")
    made = adopt_pdf(data[:at] + b"startxref\n7\n%%EOF\n", Names("official", "en", "x.pdf"), "2026-01")
    assert "pdf-repaired" in codes(made)
    assert len(made.form.fields) == 11


def test_fields_in_object_streams_and_preset_values() -> None:
    form = one_of_each()
    form.text("preset", (40, 200, 100, 215), V="0.00")
    made = adopted(form, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    assert "value-cleared" in codes(made)
    assert "preset" in made.form.fields


def test_refusals() -> None:
    pure = OfficialForm()
    pure.page()
    assert refusal(pure.data()) == "pdf-no-fields"
    pure.pdf.Root.AcroForm.XFA = Stream(pure.pdf, b"<xdp/>")
    assert refusal(pure.data()) == "pdf-xfa-only"
    locked = one_of_each().data(encryption=pikepdf.Encryption(owner="a", user="b"), static_id=False)
    assert refusal(locked) == "pdf-encrypted"
    assert refusal(one_of_each().data()[:400]) == "pdf-damaged"
    assert refusal(b"PK\x03\x04") == "file-type-unknown"


@pytest.mark.filterwarnings("ignore::pikepdf.PageCopyWarning")
def test_orphans_parents_in_a_loop_and_direct_widgets_do_no_harm() -> None:
    form = OfficialForm()
    form.page()
    looped = form.text("looped", (40, 700, 100, 720))
    looped.Parent = looped
    form.pdf.pages[0].obj.Annots.append(
        Dictionary(Type=Name.Annot, Subtype=Name.Widget, T="direct", FT=Name.Tx, Rect=Array([40, 600, 100, 620]))
    )
    form.pdf.pages[0].obj.Annots.append(Dictionary(Subtype=Name.Widget, Rect=Array([0, 0, 0, 0])))
    assert "direct" in adopted(form).form.fields


def _edited(form: Form) -> Form:
    """Return the form as a person left it: two bindings are sure."""
    data = form.model_dump()
    for field in data["sections"][0]["blocks"][0]["fields"]:
        if field["name"] in ("name", "story", "zip"):
            field |= {"bind": "case.notes", "suggested": False}
        if field["name"] == "zip":
            field["name"] = "postcode"
    return Form.model_validate(data)


def test_new_edition_takes_bindings_over_by_name_label_and_place(each: Adoption) -> None:
    new = OfficialForm()
    new.page((40, 742, "Student name:"), (400, 742, "Postal code of home"))
    new.text("name", (130, 735, 380, 753))
    new.text("f_77", (430, 735, 480, 753), MaxLen=9)
    new.text("tale", (40, 100, 500, 200), Ff=1 << 12, TU="What happened")
    new.text("brand_new", (40, 20, 90, 30), TU="Entirely new thing")
    made = adopted(new)
    form, findings = carry_over(made.form, _edited(each.form))
    bound = {name: spec.bind for name, spec in form.fields.items() if not spec.suggested and spec.bind}
    assert bound == {"name": "case.notes", "postcode": "case.notes", "story": "case.notes"}
    assert form.fields["story"].official
    assert form.fields["story"].official.field == "tale"
    assert form.revision > each.form.revision
    said = {(finding.code, finding.where.path) for finding in findings}
    assert {("field-carried", "postcode"), ("field-carried", "story"), ("field-new", "brand_new")} <= said
    assert {("field-changed", "postcode"), ("field-gone", "agree")} <= said


def test_command_writes_definition_and_template(tmp_path: Path) -> None:
    def run(*words: object) -> int:
        return CliRunner().invoke(cli, [str(word) for word in words]).exit_code

    office, source = tmp_path / "office", tmp_path / "Official Form.pdf"
    source.write_bytes(one_of_each().data())
    assert run("init", office) == 0
    assert run("--workspace", office, "forms", "adopt", source) == 0
    assert (office / "forms" / "official-form.yaml").is_file()
    assert (office / "templates" / "official-form.en.pdf").is_file()
    assert run("--workspace", office, "forms", "check") == 0
    assert run("--workspace", office, "forms", "adopt", source) == 2
    assert run("--workspace", office, "forms", "adopt", source, "--from", "official-form") == 0
