"""Reading returned Word documents: what was issued, what a person added, altered, took out."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest
from lxml import etree

from cmforms.definitions.library import Library
from cmforms.definitions.schema import Form
from cmforms.errors import InputError
from cmforms.issue.identity import verify_mark
from cmforms.ooxml import W
from cmforms.png import modules_png, png_pixels
from cmforms.read.docx import READER, read_docx
from cmforms.read.docx_controls import text_of
from cmforms.read.docx_rows import aligned
from cmforms.read.reference import Reference
from cmforms.values.documents import Issued, Reading, Source, Status
from tests.docx_documents import KEY, VALUES, Document, changed, document, edited, sampler, template

CUSTOM = "docProps/custom.xml"


class _Library:
    """Only the sampler, in the revision given."""

    def __init__(self, revision: str = "2026-07") -> None:
        self._form = sampler().model_copy(update={"revision": revision})

    def form(self, _form_id: str) -> Form:
        return self._form

    def forms(self) -> list[Form]:
        return [self._form]


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory, library: Library) -> Path:
    """The sampler's English template."""
    return template(tmp_path_factory.mktemp("docx"), library)


@pytest.fixture(scope="module")
def issued(english: Path) -> Document:
    """The sampler filled in English."""
    return document(english)


def _read(data: bytes, *ledger: Issued, key: bytes = KEY, revision: str = "2026-07") -> Reading:
    known = {line.issue: line for line in ledger}
    reference = Reference(_Library(revision), known.get, partial(verify_mark, key=key))  # type: ignore[arg-type]
    (reading,) = read_docx(data, "back.docx", reference)
    return reading


def _codes(reading: Reading) -> list[str]:
    return [finding.code for finding in reading.findings]


def _filled_in(data: bytes, tag: str, new: str) -> bytes:
    """Put XML in the place of the content of the first control with this tag."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        xml = package.read("word/document.xml").decode()
    pattern = rf'(<w:tag w:val="{re.escape(tag)}"/>.*?<w:sdtContent>).*?(</w:sdtContent>)'
    made, count = re.subn(pattern, lambda found: found[1] + new + found[2], xml, count=1, flags=re.DOTALL)
    assert count
    return changed(data, {"word/document.xml": made.encode()})


def _typed(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def _field(reading: Reading, address: str) -> tuple[object, Status, Source]:
    (field,) = [field for field in reading.fields if field.address == address]
    return field.value, field.status, field.origin


@pytest.mark.parametrize("lang", ["en", "es"])
def test_round_trip(tmp_path: Path, library: Library, lang: str) -> None:
    made = document(template(tmp_path, library, lang), lang=lang)
    reading = _read(made.data, made.issued)
    assert {address: reading.value(address) for address in VALUES} == VALUES
    others = [field for field in reading.fields if field.address not in VALUES]
    assert {field.status for field in others} == {Status.BLANK}
    assert _codes(reading) == []


def test_reading_says_what_it_is(issued: Document) -> None:
    reading = _read(issued.data, issued.issued)
    assert (reading.kind, reading.form, reading.lang) == (READER, "sampler", "en")
    assert (reading.issue, reading.subject) == (issued.identity.issue, "C-1001")
    assert (reading.fields[0].control, reading.fields[0].reader) == ("student_name", READER)


def test_rows_are_numbered_as_they_stand(english: Path) -> None:
    values = {f"contacts[{row}].kind": f"call {row}" for row in range(12)}
    made = document(english, values, rows=12)
    reading = _read(made.data, made.issued)
    assert [reading.value(address) for address in values] == list(values.values())


def test_added_value(issued: Document) -> None:
    reading = _read(_filled_in(issued.data, "parent_signed_on", _typed("Sep 14, 2026")), issued.issued)
    assert _field(reading, "parent_signed_on") == (dt.date(2026, 9, 14), Status.ACCEPTED, Source.ADDED)


def test_altered_value(issued: Document) -> None:
    reading = _read(_filled_in(issued.data, "grade", _typed("11")), issued.issued)
    assert _field(reading, "grade") == (11, Status.REVIEW, Source.ALTERED)
    (finding,) = reading.findings
    assert (finding.code, finding.where.path) == ("value-altered", "grade")
    assert "printed was '8', now it reads '11'" in finding.message


def test_doubtful_value(issued: Document) -> None:
    reading = _read(_filled_in(issued.data, "parent_signed_on", _typed("the other day")), issued.issued)
    assert _field(reading, "parent_signed_on")[1] is Status.REVIEW
    assert _codes(reading) == ["value-doubtful"]


def test_typed_signature(issued: Document) -> None:
    reading = _read(_filled_in(issued.data, "parent_signature", _typed("A. Person")), issued.issued)
    assert _field(reading, "parent_signature") == ("typed: A. Person", Status.ACCEPTED, Source.ADDED)


def test_drawn_signature(issued: Document) -> None:
    picture = "<w:r><w:pict/></w:r>"
    reading = _read(_filled_in(issued.data, "parent_signature", picture), issued.issued)
    assert _field(reading, "parent_signature") == ("picture", Status.ACCEPTED, Source.ADDED)


def test_runs_split_by_word_are_one_text(issued: Document) -> None:
    bold = "<w:r><w:rPr><w:b/></w:rPr><w:t>26</w:t></w:r>"
    runs = f"<w:r><w:t>20</w:t></w:r><w:proofErr w:type='spellStart'/>{bold}"
    reading = _read(_filled_in(issued.data, "needs", runs), issued.issued)
    assert reading.value("needs") == "2026"


def test_tracked_changes_are_taken_as_accepted(issued: Document) -> None:
    runs = (
        "<w:del w:id='1' w:author='a'><w:r><w:delText>8</w:delText></w:r></w:del>"
        "<w:ins w:id='2' w:author='a'><w:r><w:t>9</w:t></w:r></w:ins>"
    )
    reading = _read(_filled_in(issued.data, "grade", runs), issued.issued)
    assert _field(reading, "grade") == (9, Status.REVIEW, Source.ALTERED)
    assert _codes(reading) == ["docx-changes", "value-altered"]


def test_paragraphs_breaks_and_tabs() -> None:
    xml = (
        "<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>a</w:t><w:br/><w:t>b</w:t><w:tab/></w:r></w:p>"
        "<w:p><w:r><w:t>c</w:t><w:noBreakHyphen/></w:r><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>"
    )
    content = etree.fromstring(f"<w:sdtContent xmlns:w='{W[1:-1]}'>{xml}</w:sdtContent>")
    assert text_of(content) == "a\nb\t\nc\u2011"


def test_deleted_paragraph_mark_joins_the_paragraphs() -> None:
    first = "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>a</w:t></w:r></w:p>"
    content = etree.fromstring(f"<w:x xmlns:w='{W[1:-1]}'>{first}<w:p><w:r><w:t>b</w:t></w:r></w:p></w:x>")
    assert text_of(content) == "ab"


def test_placeholder_of_an_emptied_control_is_no_value(issued: Document) -> None:
    shown = edited(issued.data, '<w:tag w:val="needs"/>', '<w:tag w:val="needs"/><w:showingPlcHdr/>')
    reading = _read(_filled_in(shown, "needs", _typed("Click or tap here to enter text.")), issued.issued)
    assert _field(reading, "needs") == (None, Status.BLANK, Source.NONE)


@pytest.mark.parametrize("name", ["told", "copy_given"])
def test_ticked_box(issued: Document, name: str) -> None:
    ticked = _box(issued.data, name, state=True, shown="☒")
    assert _field(_read(ticked, issued.issued), name) == (True, Status.ACCEPTED, Source.ADDED)


def test_box_that_shows_another_state_than_it_has(issued: Document) -> None:
    reading = _read(_box(issued.data, "told", state=True, shown="☐"), issued.issued)
    assert _field(reading, "told")[1] is Status.REVIEW


def test_box_without_its_kind_is_read_by_its_picture(issued: Document) -> None:
    plain = re.sub(r"<w14:checkbox>.*?</w14:checkbox>", "", _document(issued.data))
    data = changed(issued.data, {"word/document.xml": plain.encode()})
    reading = _read(_filled_in(data, "told", _typed("☑")), issued.issued)
    assert _field(reading, "told") == (True, Status.ACCEPTED, Source.ADDED)
    assert reading.value("interpreter") is True


def test_chosen_option(issued: Document) -> None:
    chosen = _box(issued.data, "decision:refuse", state=True, shown="☒")
    assert _field(_read(chosen, issued.issued), "decision") == ("refuse", Status.ACCEPTED, Source.ADDED)


def test_two_chosen_options_are_in_doubt(issued: Document) -> None:
    one = _box(issued.data, "decision:refuse", state=True, shown="☒")
    reading = _read(_box(one, "decision:accept", state=True, shown="☒"), issued.issued)
    assert _field(reading, "decision")[1] is Status.REVIEW
    assert "2 options are marked" in reading.findings[0].message


def test_altered_choice(english: Path) -> None:
    made = document(english, {"decision": "accept"})
    turned = _box(made.data, "decision:accept", state=False, shown="☐")
    reading = _read(_box(turned, "decision:refuse", state=True, shown="☒"), made.issued)
    assert _field(reading, "decision") == ("refuse", Status.REVIEW, Source.ALTERED)


def test_control_that_is_gone(issued: Document) -> None:
    without = edited(issued.data, '<w:tag w:val="student_name"/>', "")
    reading = _read(without, issued.issued)
    assert _codes(reading) == ["control-missing"]
    assert "'Student name'" in str(reading.findings[0])


def test_row_that_is_gone_shifts_no_other(issued: Document) -> None:
    reading = _read(_rows(issued.data, lambda rows: rows[:2] + rows[3:]), issued.issued)
    assert reading.value("contacts[0].kind") == "phone"
    assert reading.value("contacts[2].kind") == "letter"
    assert [finding.where.path for finding in reading.findings] == ["contacts[1]"]


def test_row_put_in_between_is_a_new_row(issued: Document) -> None:
    def insert(rows: list[str]) -> list[str]:
        return [*rows[:2], rows[2].replace("home visit", "e-mail"), *rows[2:]]

    reading = _read(_rows(issued.data, insert), issued.issued)
    assert reading.value("contacts[1].kind") == "home visit"
    assert _field(reading, "contacts[8].kind") == ("e-mail", Status.ACCEPTED, Source.ADDED)


def test_rows_align_by_what_they_say() -> None:
    issued = [("a",), ("b",), ("",), ("",)]
    assert aligned([("a",), ("x",), ("",), ("",)], issued, str) == [0, 1, 2, 3]
    assert aligned([("b",), ("",), ("",)], issued, str) == [1, 2, 3]
    assert aligned([("a",), ("n",), ("b",), ("",), ("",)], issued, str) == [0, 4, 1, 2, 3]


def test_old_edition(issued: Document) -> None:
    assert _codes(_read(issued.data, issued.issued, revision="2027-01")) == ["edition-old"]


def test_issue_that_the_ledger_does_not_know(issued: Document) -> None:
    reading = _read(issued.data)
    assert "issue-unknown" in _codes(reading)
    assert reading.value("student_name") == VALUES["student_name"]


def test_draft_is_said(english: Path) -> None:
    made = document(english, draft=True)
    assert _codes(_read(made.data, made.issued)) == ["document-draft"]


def test_mark_of_another_office(issued: Document) -> None:
    assert "mark-foreign" in _codes(_read(issued.data, issued.issued, key=b"other"))


def test_footer_of_another_document(english: Path, issued: Document) -> None:
    other = document(english, {"student_name": "Somebody Else"})
    with zipfile.ZipFile(io.BytesIO(other.data)) as package:
        mixed = changed(issued.data, {"word/media/qr.png": package.read("word/media/qr.png")})
    reading = _read(mixed, issued.issued, other.issued)
    assert (reading.kind, _codes(reading)) == ("unknown", ["mark-differs", "document-unknown"])


def test_lost_properties_leave_the_mark(issued: Document) -> None:
    bare = changed(issued.data, {CUSTOM: None, "docProps/core.xml": None})
    assert _read(bare, issued.issued).issue == issued.identity.issue


def test_lost_properties_and_picture_leave_the_footer(issued: Document) -> None:
    white = modules_png([[False] * 33] * 33)
    bare = changed(issued.data, {CUSTOM: None, "word/media/qr.png": white})
    assert _read(bare, issued.issued).issue == issued.identity.issue


def test_document_of_somebody_else(issued: Document) -> None:
    bare = {CUSTOM: None, "word/media/qr.png": b"", "word/footer1.xml": None, "word/footer2.xml": None}
    reading = _read(changed(issued.data, bare))
    assert (reading.kind, reading.candidates) == ("unknown", ("sampler",))
    assert _codes(reading) == ["document-unknown"]


def test_blank_template(english: Path) -> None:
    reading = _read(english.read_bytes())
    assert (reading.form, reading.issue, reading.fields) == ("sampler", None, ())
    assert _codes(reading) == ["issue-missing"]


def test_document_that_lost_its_controls(issued: Document) -> None:
    plain = re.sub(r"<w:tag [^>]*/>", "", _document(issued.data))
    reading = _read(changed(issued.data, {"word/document.xml": plain.encode()}), issued.issued)
    assert _codes(reading) == ["controls-missing"]


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"word/document.xml": None}, "docx-damaged"),
        ({"word/document.xml": b"<w:document"}, "docx-damaged"),
        ({"word/document.xml": b"<!DOCTYPE x><x/>"}, "docx-damaged"),
        ({"_rels/.rels": None}, "docx-foreign"),
        ({"[Content_Types].xml": None}, "docx-foreign"),
    ],
)
def test_damaged_documents(issued: Document, parts: Mapping[str, bytes | None], code: str) -> None:
    with pytest.raises(InputError) as refused:
        _read(changed(issued.data, parts), issued.issued)
    assert [finding.code for finding in refused.value.findings] == [code]


def test_external_entity_is_never_fetched(issued: Document, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    head = f'<!DOCTYPE x [<!ENTITY s SYSTEM "file://{tmp_path}/secret">]>'
    body = _document(issued.data).partition("?>")[2].replace("O'Neill", "&s;")
    with pytest.raises(InputError, match="DTD"):
        _read(changed(issued.data, {"word/document.xml": (head + body).encode()}), issued.issued)


@pytest.mark.parametrize("length", [30, 500, 5000, -40])
def test_truncated_documents(issued: Document, length: int) -> None:
    with pytest.raises(InputError, match="cut off"):
        _read(issued.data[:length], issued.issued)


def test_flipped_byte_is_noticed(issued: Document) -> None:
    with zipfile.ZipFile(io.BytesIO(issued.data)) as package:
        info = package.getinfo("word/document.xml")
    at = info.header_offset + 30 + len(info.filename) + info.compress_size // 2
    with pytest.raises(InputError, match="unpacked"):
        _read(issued.data[:at] + bytes([issued.data[at] ^ 0xFF]) + issued.data[at + 1 :], issued.issued)


def test_pictures_that_are_not_ours_have_no_pixels() -> None:
    assert png_pixels(b"") is None
    assert png_pixels(b"\x89PNG\r\n\x1a\n" + b"\0" * 40) is None
    assert png_pixels(modules_png([[True, False]])[:60]) is None


def _document(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.read("word/document.xml").decode()


def _box(data: bytes, tag: str, *, state: bool, shown: str) -> bytes:
    """Set the first box with this tag to a state and a picture, each its own."""
    pattern = rf'(w:val="{re.escape(tag)}"/>(?:<w:id [^>]*/>)?<w14:checkbox><w14:checked w14:val=)"."'
    made, count = re.subn(pattern, rf'\1"{int(state)}"', _document(data), count=1)
    assert count
    return _filled_in(changed(data, {"word/document.xml": made.encode()}), tag, _typed(shown))


def _rows(data: bytes, change: object) -> bytes:
    """Change the list of rows, header first, of the contact log."""
    xml = _document(data)
    tables = re.findall(r"<w:tbl>.*?</w:tbl>", xml, re.DOTALL)
    table = next(found for found in tables if "w:tblCaption" in found)
    rows = re.findall(r"<w:tr>.*?</w:tr>", table, re.DOTALL)
    made = table.replace("".join(rows), "".join(change(rows)))  # type: ignore[operator]
    assert made != table
    return changed(data, {"word/document.xml": xml.replace(table, made).encode()})
