"""Official Word forms adopted: content controls become fields, are filled, read back, and found on paper."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import shutil
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml

from cmforms.adopt.adoption import Names
from cmforms.adopt.docx import adopt_docx
from cmforms.errors import InputError
from cmforms.fill.binding import bind
from cmforms.fill.docx import fill_docx
from cmforms.issue.identity import identify
from cmforms.values.documents import Bound, Issued, Source
from cmforms.values.kinds import Value
from cmforms.workflow import geometry
from cmforms.workflow.adopting import adopt
from cmforms.workflow.reading import read
from cmforms.workflow.workspace import Workspace

NAMES = Names("official", "en", "official.docx")
SPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
)
DROP_DOWN = (
    '<w:dropDownList><w:listItem w:displayText="Florida" w:value="FL"/>'
    '<w:listItem w:displayText="Georgia" w:value="GA"/></w:dropDownList>'
)
CONTROLS = {
    "Student name: ": '<w:alias w:val="Student name"/><w:tag w:val="Stu Name"/><w:showingPlcHdr/><w:text/>',
    "Date of birth: ": '<w:date><w:dateFormat w:val="M/d/yyyy"/></w:date>',
    "State: ": DROP_DOWN,
    "Story: ": '<w:tag w:val="story"/><w:text w:multiLine="1"/>',
    "I agree ": '<w:tag w:val="agree"/><w14:checkbox><w14:checked w14:val="0"/></w14:checkbox>',
}
VALUES: dict[str, Value] = {
    "stu_name": "Zoë & <Söhne> 王", "date_of_birth": dt.date(2010, 5, 4), "state": "ga", "story": "one\ntwo",
    "agree": True, "notes": "by a tag",
}  # fmt: skip


def official(*paragraphs: str) -> bytes:
    document = docx.Document()
    for label, properties in CONTROLS.items() if not paragraphs else ():
        inside = "<w:sdtContent><w:r><w:t>Click here</w:t></w:r></w:sdtContent>"
        control = parse_xml(f"<w:sdt {SPACES}><w:sdtPr>{properties}</w:sdtPr>{inside}</w:sdt>")
        document.add_paragraph(label)._p.append(control)
    for text in paragraphs or ("Notes: {{ v.notes }}",):
        document.add_paragraph(text)
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def test_controls_and_tags_become_fields() -> None:
    form = adopt_docx(official(), NAMES, "2026-01").form
    assert {name: spec.type.value for name, spec in form.fields.items()} == {
        "stu_name": "text", "date_of_birth": "date", "state": "choice", "story": "longtext", "agree": "check",
        "notes": "text",
    }  # fmt: skip
    assert [option.official for option in form.fields["state"].options] == ["FL", "GA"]
    assert form.fields["stu_name"].official
    assert form.fields["stu_name"].official.field == "Stu Name"
    assert {name: spec.bind for name, spec in form.fields.items() if spec.suggested} == {
        "stu_name": "case.student.full_name", "date_of_birth": "case.student.dob"
    }  # fmt: skip


def test_filled_form_is_read_back(tmp_path: Path) -> None:
    workspace = Workspace.init(tmp_path / "office")
    (tmp_path / "official.docx").write_bytes(official())
    adopt(workspace.library, tmp_path / "official.docx", None, "en", None)
    workspace = Workspace(tmp_path / "office")
    form = workspace.library.form("official")
    identity = identify(form, "en", "CM-1", None, VALUES, workspace.key)
    template = workspace.library.template("official", "en", "docx")
    filled = fill_docx(template, form, Bound(VALUES, {}), identity, lang="en")
    path = tmp_path / "returned.docx"
    path.write_bytes(filled.data)
    with workspace.open_store() as store:
        store.save_issues([Issued(
            identity.issue, "official", form.revision, "en", "docx", "CM-1", None,
            hashlib.sha256(filled.data).hexdigest(), (), VALUES, filled.printed,
        )])  # fmt: skip
        [reading] = read(workspace, store, [path])
    got = {field.address: field.value for field in reading.fields if field.origin is Source.PRINTED}
    assert got == VALUES
    assert "by a tag" in "".join(p.text for p in docx.Document(str(path)).paragraphs)
    assert bind(form, {}, "en", None).values == {}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "code"),
    [("{{ landlord.name }}", "docx-tag-foreign"), ("{% for %}", "docx-tag-broken"), ("no field", "docx-no-fields")],
)
def test_refusals(text: str, code: str) -> None:
    with pytest.raises(InputError) as refused:
        adopt_docx(official(text), NAMES, "2026-01")
    assert refused.value.findings[0].code == code


def test_places_are_those_of_paper() -> None:
    made = adopt_docx(official(), NAMES, "2026-01")
    found = geometry.located(made, "en")
    if not shutil.which("soffice"):
        assert found.findings[-1].code == "places-unknown"
        return
    boxes = [spec.official.box for name, spec in found.form.fields.items() if spec.official and name != "agree"]
    assert all(boxes)
    assert boxes == sorted(boxes, key=lambda box: -box[1] if box else 0)


def test_without_libreoffice_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    found = geometry.located(adopt_docx(official(), NAMES, "2026-01"), "en")
    assert found.findings[-1].code == "places-unknown"
