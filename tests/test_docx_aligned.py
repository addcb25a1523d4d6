"""Word forms with plain tags and no content controls: read by holding them against what was issued."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import docx
import pytest

from cmforms.definitions.schema import Form
from cmforms.fill.docx import fill_docx
from cmforms.issue.identity import identify
from cmforms.store import Store
from cmforms.values.documents import Bound, FieldReading, Issued, Reading, Source, Status
from cmforms.values.kinds import Value
from cmforms.values.outline import Piece, marked, pieces
from cmforms.workflow.adopting import adopt
from cmforms.workflow.reading import read_own
from cmforms.workflow.workspace import Workspace

TEXTS = (
    "Agreement",
    "Student: {{ v.student }}, number {{ v.number }}.",
    "{{ v.first }} {{ v.last }}",
    "{{ v.notes }}",
    "{% if v.agree %}☒{% else %}☐{% endif %} I agree    {% if v.copy %}☒{% else %}☐{% endif %} Send me a copy",
    "{% if v.agree %}Thank you, {{ v.student }}.{% endif %}",
    "The school will call within five days.",
)
VALUES: dict[str, Value] = {
    "student": "Zoë & <Söhne> 王", "number": "00412", "first": "Ana Maria", "last": "Muestra", "agree": True,
    "notes": "one\ntwo", "phone": "(850) 555-0101",
}  # fmt: skip


class Office:
    """A workspace that adopted the form and issued it once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        Workspace.init(folder / "office")
        (folder / "agreement.docx").write_bytes(_official())
        adopt(Workspace(folder / "office").library, folder / "agreement.docx", None, "en", None)
        self.workspace = Workspace(folder / "office")
        self.form: Form = self.workspace.library.form("agreement")

    def issue(self, store: Store, values: Mapping[str, Value] = VALUES) -> bytes:
        identity = identify(self.form, "en", "CM-1", None, values, self.workspace.key)
        template = self.workspace.library.template("agreement", "en", "docx")
        filled = fill_docx(template, self.form, Bound(values, {}), identity, lang="en")
        digest = hashlib.sha256(filled.data).hexdigest()
        store.save_issues([Issued(
            identity.issue, "agreement", self.form.revision, "en", "docx", "CM-1", None, digest, (), values,
            filled.printed,
        )])  # fmt: skip
        return filled.data

    def read(self, data: bytes, store: Store) -> Reading:
        (self.folder / "back.docx").write_bytes(data)
        [reading] = read_own(self.workspace, store, self.folder / "back.docx")
        return reading


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("aligned"))


def _official() -> bytes:
    document = docx.Document()
    for text in TEXTS:
        document.add_paragraph(text)
    row = document.add_table(rows=1, cols=2).rows[0]
    row.cells[0].text, row.cells[1].text = "Telephone", "{{ v.phone }}"
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def edited(data: bytes, changes: Mapping[str, str | None]) -> bytes:
    """Return the document with paragraphs, found by how they begin, that say something else or are gone."""
    document = docx.Document(io.BytesIO(data))
    cells = [paragraph for table in document.tables for cell in table._cells for paragraph in cell.paragraphs]
    for start, text in changes.items():
        paragraph = next(one for one in (*document.paragraphs, *cells) if one.text.startswith(start))
        if text is None:
            paragraph._p.getparent().remove(paragraph._p)
        else:
            paragraph.text = text
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def field(reading: Reading, address: str) -> FieldReading:
    return next(one for one in reading.fields if one.address == address)


def codes(reading: Reading) -> set[str]:
    return {finding.code for finding in reading.findings}


@pytest.mark.parametrize("values", [VALUES, {"student": "Ana"}, {}])
def test_what_was_issued_comes_back(office: Office, values: dict[str, Value]) -> None:
    with office.workspace.open_store() as store:
        reading = office.read(office.issue(store, values), store)
    assert {one.address: one.value for one in reading.fields if one.origin is Source.PRINTED} == values
    assert reading.findings == ()
    assert {one.address for one in reading.fields} == set(office.form.fields)


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_changes_nothing(office: Office, tmp_path: Path) -> None:
    with office.workspace.open_store() as store:
        (tmp_path / "sent.docx").write_bytes(office.issue(store))
        profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
        command = ["soffice", profile, "--headless", "--convert-to", "docx", "--outdir", tmp_path / "out"]
        subprocess.run([*command, tmp_path / "sent.docx"], check=True, capture_output=True, timeout=100)
        reading = office.read((tmp_path / "out" / "sent.docx").read_bytes(), store)
    assert {one.address: one.value for one in reading.fields if one.origin is Source.PRINTED} == VALUES
    assert reading.findings == ()


@pytest.mark.parametrize(
    ("issued", "changes", "address", "expected"),
    [
        ({"student": "Ana"}, {"Student": "Student: Ana, number 00413."}, "number", ("00413", "accepted", "added")),
        (VALUES, {"Student": "Student: Eva, number 00412."}, "student", ("Eva", "review", "altered")),
        ({}, {"\u2003": "Ana Muestra"}, "last", ("Muestra", "accepted", "added")),
        ({}, {"\u2003": "Ana Maria Muestra"}, "last", ("Maria Muestra", "review", "added")),
        ({"number": "1"}, {"☐": "☒ I agree    ☐ Send me a copy"}, "agree", (True, "accepted", "added")),
        (VALUES, {"☒": "☒ I agree ☒ Send me a copy"}, "copy", (True, "accepted", "added")),
        (VALUES, {"Ana Maria": "Eva Maria Muestra"}, "first", ("Eva", "review", "altered")),
        (VALUES, {"Student": "Pupil: Zoë & <Söhne> 王, number 00412."}, "number", (None, "review", "none")),
        (VALUES, {"(850)": "(850) 555-0199"}, "phone", ("(850) 555-0199", "review", "altered")),
    ],
)
def test_what_a_person_changed_is_told(
    office: Office, issued: dict[str, Value], changes: dict[str, str | None], address: str, expected: tuple[object, ...]
) -> None:
    with office.workspace.open_store() as store:
        reading = office.read(edited(office.issue(store, issued), changes), store)
    one = field(reading, address)
    assert (one.value, one.status.value, one.origin.value) == expected


def test_fixed_text_that_was_changed_is_a_finding(office: Office) -> None:
    said = "The school will call within fifty days."
    with office.workspace.open_store() as store:
        changed = office.read(edited(office.issue(store), {"The school": said}), store)
        gone = office.read(edited(office.issue(store), {"The school": None}), store)
        renamed = office.read(edited(office.issue(store), {"Student": "Pupil nobody knows"}), store)
    assert codes(changed) == {"text-altered"}
    assert codes(gone) == {"text-missing"}
    assert codes(renamed) == {"text-altered", "value-doubtful"}
    assert {one.status for one in gone.fields if one.address != "copy"} <= {Status.ACCEPTED, Status.REVIEW}


def test_marks_part_values_from_text() -> None:
    assert list(pieces(f"a {marked('x', '1')}{marked('y', '')} b")) == [
        Piece("", "a "), Piece("x", "1"), Piece("", ""), Piece("y", ""), Piece("", " b"),
    ]  # fmt: skip
