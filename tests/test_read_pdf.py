"""Reading PDFs that came back: filled in, flattened, merged, marked, altered, incomplete, foreign."""

from __future__ import annotations

import datetime as dt
import io
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pypdfium2
import pypdfium2.raw as pdfium_c
import pytest
from pikepdf import Array, Dictionary, Name, String

from cmforms.build.pdf import build_pdf
from cmforms.definitions.layout import pages_from_roles, read_layout
from cmforms.definitions.library import Library, Root
from cmforms.fill.pdf import fill_pdf
from cmforms.issue.identity import identify, verify_mark
from cmforms.read.documents import read_file
from cmforms.values.documents import Bound, Box, FieldReading, Issued, Reading, Source, Status
from cmforms.values.kinds import Value

KEY = b"key of the test"
LONG = " ".join(f"On day {day} the school called home & wrote down what was said." for day in range(1, 120))
SCRIPTS: dict[str, Value] = {
    "latin": "O'Neill & Søn <Jr.>", "vietnamese": "Nguyễn Thị Ánh", "arabic": "عمر المثالي (Omar) 12/03",
    "hebrew": "דוגמה ישראלי", "devanagari": "हिन्दी नमूना कुमारी", "bengali": "উদাহরণ নমুনা", "thai": "ตัวอย่าง นี้ที่ปู่",
    "ethiopic": "ምሳሌ ናሙና", "chinese": "王美丽", "korean": "한국어 시험", "cyrillic": "Ёж Пример",
}  # fmt: skip
VALUES: dict[str, Value] = {
    "student_name": "Ana Muestra", "student_number": "S-0042", "date_of_birth": dt.date(2010, 5, 4),
    "grade": 7, "average": 3.5, "arrival": dt.time(9, 5), "program": "504", "interpreter": True,
    "copy_given": False, "summary": "First line.\n\nSecond line, after a blank one.", "phone": None,
}


@dataclass
class Office:
    """Issues the sampler and reads what comes back."""

    library: Library
    folder: Path
    issues: dict[str, Issued] = field(default_factory=dict)

    def issue(
        self, values: Mapping[str, Value], rows: int = 0, lang: str = "en", draft: bool = False
    ) -> bytes:
        form, template = self.library.form("sampler"), self.library.template("sampler", lang, "pdf")
        identity = identify(form, lang, "CM-1", None, values, KEY, draft)
        bound = Bound(values, {"contacts": rows})
        filled = fill_pdf(template, form, bound, identity, lang=lang, draft=draft)
        assert not filled.findings
        self.issues[identity.issue] = Issued(
            identity.issue, form.id, form.revision, lang, "pdf", "CM-1", None, "", filled.pages, values,
            filled.printed, draft,
        )
        return filled.data

    def read(self, data: bytes, verify: Callable[..., Any] = verify_mark) -> list[Reading]:
        path = self.folder / "returned.pdf"
        path.write_bytes(data)
        return self.read_from(path, verify)

    def read_from(self, path: Path, verify: Callable[..., Any] = verify_mark) -> list[Reading]:
        return read_file(path, self.library, self.issues.get, partial(verify, key=KEY))

    def box(self, address: str, page: int = 1) -> Box:
        form = self.library.form("sampler")
        layout = read_layout(self.library.template("sampler", "en", "pdf"))
        [leaf] = pages_from_roles(layout, form, ["main"] * page)[page - 1 :]
        return next(place.box for place in leaf.places if place.address == address)


@pytest.fixture(scope="module")
def made(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Library:
    """A library of the sampler alone, built for this test."""
    root = tmp_path_factory.mktemp("library")
    (root / "forms").mkdir()
    shutil.copy(Path(__file__).parent / "fixtures" / "sampler.yaml", root / "forms")
    own = Library([Root(root / "forms", root), *library.roots])
    for lang in ("en", "es"):
        build_pdf(own.form("sampler"), library.district, lang, root / f"sampler.{lang}.pdf")
    return Library([Root(root / "forms", root)])


@pytest.fixture
def office(made: Library, tmp_path: Path) -> Office:
    return Office(made, tmp_path)


def as_is(data: bytes, _folder: Path) -> bytes:
    return data


def by_pdfium(data: bytes, _folder: Path) -> bytes:
    """Flatten as PDFium's viewers print."""
    pdf, out = pypdfium2.PdfDocument(data), io.BytesIO()
    pdf.init_forms()
    for page in pdf:
        assert pdfium_c.FPDFPage_Flatten(page, pdfium_c.FLAT_PRINT) == pdfium_c.FLATTEN_SUCCESS
    pdf.save(out)
    return out.getvalue()


def by_cairo(data: bytes, folder: Path) -> bytes:
    return _by_tool(data, folder, "pdftocairo", "-pdf")


def by_qpdf(data: bytes, folder: Path) -> bytes:
    return _by_tool(data, folder, "qpdf", "--generate-appearances", "--flatten-annotations=all")


def _by_tool(data: bytes, folder: Path, *command: str) -> bytes:
    (folder / "in.pdf").write_bytes(data)
    subprocess.run([*command, folder / "in.pdf", folder / "out.pdf"], check=True, capture_output=True)
    return (folder / "out.pdf").read_bytes()


FLATTENED = [by_pdfium, by_cairo, by_qpdf]
PRINTERS = [as_is, *FLATTENED]
Printer = Callable[[bytes, Path], bytes]


def edit(data: bytes, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        change(pdf)
        pdf.save(out)
    return out.getvalue()


def type_in(data: bytes, typed: Mapping[str, str]) -> bytes:
    """Fill fields as a viewer does: value, appearance, mark."""

    def change(pdf: pikepdf.Pdf) -> None:
        for page in pdf.pages:
            for widget in page.get("/Annots", ()):
                owner = widget if "/T" in widget else widget.Parent
                text = typed.get(str(owner.T))
                if text is None:
                    continue
                if str(owner.FT) == "/Btn":
                    state = f"/{text}" if f"/{text}" in widget.AP.N else "/Off"
                    owner.V, widget.AS = Name(f"/{text}"), Name(state)
                else:
                    owner.V = String(text)
                    widget.AP = Dictionary(N=_appearance(pdf, widget, text))

    return edit(data, change)


def _appearance(pdf: pikepdf.Pdf, widget: pikepdf.Object, text: str) -> pikepdf.Object:
    left, bottom, right, top = (float(side) for side in widget.Rect)
    look = pdf.make_stream(b"/Tx BMC BT /Helv 10 Tf 3 5 Td (%b) Tj ET EMC" % text.encode())
    look.Type, look.Subtype, look.Resources = Name.XObject, Name.Form, pdf.Root.AcroForm.DR
    look.BBox = Array([0, 0, right - left, top - bottom])
    return look


def by_address(reading: Reading) -> dict[str, FieldReading]:
    return {read.address: read for read in reading.fields}


def codes(reading: Reading) -> list[str]:
    return [finding.code for finding in reading.findings]


def unequal(reading: Reading, values: Mapping[str, Value]) -> Iterator[str]:
    """Yield what did not come back as it was issued."""
    for address, read in by_address(reading).items():
        value = values.get(address)
        if value is None or value is False:
            right = read.status is Status.BLANK
        else:
            right = (read.value, read.origin, read.status) == (value, Source.PRINTED, Status.ACCEPTED)
        if not right:
            yield f"{address}: {read}"
    yield from map(str, reading.findings)


@pytest.mark.parametrize("printer", PRINTERS)
@pytest.mark.parametrize("lang", ["en", "es"])
def test_every_kind_of_field_comes_back(office: Office, printer: Printer, lang: str) -> None:
    data = printer(office.issue(VALUES, lang=lang), office.folder)
    [reading] = office.read(data)
    assert (reading.form, reading.lang, reading.subject) == ("sampler", lang, "CM-1")
    assert reading.kind == ("pdf-form" if printer is as_is else "pdf-text")
    assert reading.pages == tuple(range(1, len(reading.pages) + 1))
    assert set(VALUES) <= set(by_address(reading))
    assert list(unequal(reading, VALUES)) == []


@pytest.mark.parametrize("printer", PRINTERS)
@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_comes_back(office: Office, printer: Printer, script: str) -> None:
    text = SCRIPTS[script]
    values = {"student_name": text, "summary": f"{text}: {text}", "program": "general"}
    [reading] = office.read(printer(office.issue(values), office.folder))
    assert list(unequal(reading, values)) == []


@pytest.mark.parametrize("printer", PRINTERS)
def test_long_texts_come_back_whole(office: Office, printer: Printer) -> None:
    values = {"summary": LONG, "strengths": LONG[:900] + "\n\nEnd.", "needs": "王美丽" * 150}
    [reading] = office.read(printer(office.issue(values), office.folder))
    assert "addendum" in office.issues[str(reading.issue)].pages
    assert list(unequal(reading, values)) == []


@pytest.mark.parametrize("printer", PRINTERS)
def test_rows_continue_on_further_pages(office: Office, printer: Printer) -> None:
    values: dict[str, Value] = {"student_name": "Ana Muestra", "student_number": "S-0042"}
    for row in range(40):
        values[f"contacts[{row}].on"] = dt.date(2026, 1, 1 + row % 28)
        values[f"contacts[{row}].kind"] = f"call {row}"
        values[f"contacts[{row}].reached"] = row % 2 == 0
    [reading] = office.read(printer(office.issue(values, rows=40), office.folder))
    assert len(reading.pages) == reading.expected_pages
    assert reading.value("contacts[39].kind") == "call 39"
    assert list(unequal(reading, values)) == []


@pytest.mark.parametrize("printer", PRINTERS)
def test_what_a_person_added_is_told_from_what_was_printed(office: Office, printer: Printer) -> None:
    data = type_in(office.issue(VALUES), {
        "phone": "305 555 0199", "decision": "accept", "told": "Yes", "parent_signature": "Ana M.",
        "parent_signed_on": "March 5, 2026", "strengths": "She draws well and helps others.",
    })  # fmt: skip
    [reading] = office.read(printer(data, office.folder))
    added = {read.address: read.value for read in reading.fields if read.origin is Source.ADDED}
    assert added == {
        "phone": "305 555 0199", "decision": "accept", "told": True, "parent_signature": "typed: Ana M.",
        "parent_signed_on": dt.date(2026, 3, 5), "strengths": "She draws well and helps others.",
    }  # fmt: skip
    assert all(by_address(reading)[address].status is Status.ACCEPTED for address in added)
    assert codes(reading) == []


@pytest.mark.parametrize("printer", PRINTERS)
@pytest.mark.parametrize(("address", "text"), [
    ("student_name", "Ana Ejemplo"), ("date_of_birth", "May 5, 2010"), ("summary", ""),
    ("interpreter", "Off"), ("arrival", "9:06 AM"),
])  # fmt: skip
def test_altered_printed_values_are_findings(
    office: Office, printer: Printer, address: str, text: str
) -> None:
    data = type_in(office.issue(VALUES), {address: text})
    [reading] = office.read(printer(data, office.folder))
    altered = by_address(reading)[address]
    assert (altered.origin, altered.status, altered.issued) == (
        Source.ALTERED, Status.REVIEW, VALUES[address],
    )  # fmt: skip
    assert codes(reading) == ["value-altered"]
    assert reading.value(address) is None


def test_the_same_date_typed_differently_is_not_altered(office: Office) -> None:
    [reading] = office.read(type_in(office.issue(VALUES), {"date_of_birth": "05/04/2010"}))
    assert list(unequal(reading, VALUES)) == []


@pytest.mark.parametrize("printer", PRINTERS)
def test_a_doubtful_answer_waits_for_a_person(office: Office, printer: Printer) -> None:
    data = type_in(office.issue(VALUES), {"parent_signed_on": "last Tuesday"})
    [reading] = office.read(printer(data, office.folder))
    read = by_address(reading)["parent_signed_on"]
    assert (read.status, read.raw, read.page) == (Status.REVIEW, "last Tuesday", 2)
    assert codes(reading) == ["value-doubtful"]


def test_two_marked_options_are_never_decided(office: Office) -> None:
    def mark_all(pdf: pikepdf.Pdf) -> None:
        for widget in pdf.pages[0].Annots:
            if "/T" not in widget and str(widget.Parent.T) == "decision":
                widget.AS = Name(next(key for key in widget.AP.N.keys() if key != "/Off"))  # noqa: SIM118

    [reading] = office.read(edit(office.issue(VALUES), mark_all))
    assert by_address(reading)["decision"].status is Status.REVIEW
    assert "2 options are marked" in by_address(reading)["decision"].doubt


def annotate(data: bytes, page: int, box: Box, **entries: Any) -> bytes:
    def change(pdf: pikepdf.Pdf) -> None:
        note = Dictionary(Type=Name.Annot, Rect=Array(list(box)), F=4, **entries)
        pdf.pages[page - 1].Annots.append(pdf.make_indirect(note))

    return edit(data, change)


def draw(data: bytes, page: int, operators: bytes) -> bytes:
    """Draw into the page's content, as tools do that flatten ink at once."""

    def change(pdf: pikepdf.Pdf) -> None:
        pdf.pages[page - 1].contents_add(pdf.make_stream(b"q"), prepend=True)
        pdf.pages[page - 1].contents_add(pdf.make_stream(b"Q q 0 0 1 RG 1.2 w " + operators + b" Q"))

    return edit(data, change)


def scribble(box: Box) -> bytes:
    left, bottom, right, top = box
    return b"%d %d m %d %d %d %d %d %d c %d %d l S" % (
        left + 10, bottom + 4, left + 30, top + 6, left + 50, bottom - 8, left + 70, top - 3,
        right - 60, bottom + 5,
    )  # fmt: skip


@pytest.mark.parametrize(("entries", "value"), [
    ({"Subtype": Name.Ink, "InkList": Array([Array([1, 2, 3, 4])])}, "ink"),
    ({"Subtype": Name.Stamp, "Name": Name.Approved}, "stamp"),
    ({"Subtype": Name.FreeText, "Contents": String("Ana M."), "DA": String("/Helv 9 Tf")}, "typed: Ana M."),
])  # fmt: skip
def test_what_lies_on_a_signature_line_signs(office: Office, entries: dict[str, Any], value: str) -> None:
    data = annotate(office.issue(VALUES), 2, office.box("parent_signature", 2), **entries)
    [reading] = office.read(data)
    assert reading.value("parent_signature") == value
    assert codes(reading) == []


@pytest.mark.filterwarnings("ignore::pikepdf.PageCopyWarning")
def test_a_digital_signature_signs(office: Office) -> None:
    data = annotate(
        office.issue(VALUES), 2, office.box("parent_signature", 2), Subtype=Name.Widget, FT=Name.Sig,
        T=String("Signature1"), V=Dictionary(Type=Name.Sig, Filter=Name("/Adobe.PPKLite")),
    )  # fmt: skip
    [reading] = office.read(data)
    assert reading.value("parent_signature") == "digital"


@pytest.mark.parametrize("printer", PRINTERS)
def test_ink_drawn_into_the_page_signs(office: Office, printer: Printer) -> None:
    signed = draw(office.issue(VALUES), 2, scribble(office.box("parent_signature", 2)))
    [reading] = office.read(printer(signed, office.folder))
    assert reading.value("parent_signature") == "ink"
    assert by_address(reading)["social_worker_signature"].status is Status.BLANK


def test_a_mark_drawn_in_a_box_is_seen(office: Office) -> None:
    left, bottom, right, top = office.box("told")
    cross = b"%f %f m %f %f l %f %f m %f %f l S" % (left, bottom, right, top, left, top, right, bottom)
    [reading] = office.read(by_pdfium(draw(office.issue(VALUES), 1, cross), office.folder))
    assert reading.value("told") is True
    assert by_address(reading)["copy_given"].status is Status.BLANK


def test_drawing_in_a_field_for_text_waits_for_a_person(office: Office) -> None:
    data = draw(office.issue(VALUES), 1, scribble(office.box("phone")))
    [reading] = office.read(by_pdfium(data, office.folder))
    assert by_address(reading)["phone"].status is Status.REVIEW
    assert codes(reading) == ["value-doubtful"]


def test_text_laid_over_a_field_waits_for_a_person(office: Office) -> None:
    over = {"Subtype": Name.FreeText, "Contents": String("moved away"), "DA": String("/Helv 9 Tf")}
    [reading] = office.read(annotate(office.issue(VALUES), 1, office.box("student_name"), **over))
    read = by_address(reading)["student_name"]
    assert (read.status, read.origin) == (Status.REVIEW, Source.ALTERED)
    assert "moved away" in read.doubt


@pytest.mark.parametrize("printer", PRINTERS)
def test_a_printed_value_struck_out_waits_for_a_person(office: Office, printer: Printer) -> None:
    box, data = office.box("student_name"), printer(office.issue(VALUES), office.folder)
    data = edit(data, lambda pdf: pdf.pages[0].__setitem__("/Annots", pdf.pages[0].get("/Annots", Array())))
    [reading] = office.read(annotate(data, 1, box, Subtype=Name.StrikeOut, QuadPoints=Array([0] * 8)))
    assert by_address(reading)["student_name"].status is Status.REVIEW
    assert codes(reading) == ["value-doubtful"]


@pytest.mark.filterwarnings("ignore::pikepdf.PageCopyWarning")
def test_a_field_that_a_person_added_is_told(office: Office) -> None:
    own = {"Subtype": Name.Widget, "FT": Name.Tx, "T": String("mine"), "V": String("call me at noon")}
    [reading] = office.read(annotate(office.issue(VALUES), 1, (2, 700, 20, 718), **own))
    assert codes(reading) == ["field-strange"]
    assert "call me at noon" in reading.findings[0].message


@pytest.mark.parametrize("printer", PRINTERS)
def test_a_draft_is_told(office: Office, printer: Printer) -> None:
    [reading] = office.read(printer(office.issue(VALUES, draft=True), office.folder))
    assert codes(reading) == ["document-draft"]
    assert [read for read in reading.fields if read.status is Status.REVIEW] == []


def test_a_note_beside_the_fields_is_told(office: Office) -> None:
    note = {"Subtype": Name.Text, "Contents": String("please call")}
    [reading] = office.read(annotate(office.issue(VALUES), 1, (2, 700, 20, 718), **note))
    assert codes(reading) == ["annotation"]
    assert "please call" in reading.findings[0].message


@pytest.mark.parametrize("value", [
    b"(plain)", b"<FEFF0070006C00610069006E>", b"<EFBBBF706C61696E>", b"/plain",
    b"<FFFE70006C00610069006E00>",
])  # fmt: skip
def test_values_in_any_encoding(office: Office, value: bytes) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        phone = next(w for w in pdf.pages[0].Annots if str(w.get("/T", "")) == "phone")
        phone.V = pikepdf.Object.parse(value)

    [reading] = office.read(edit(office.issue(VALUES), change))
    assert reading.value("phone") == "plain"


def test_values_in_a_stream_and_on_a_parent(office: Office) -> None:
    def change(pdf: pikepdf.Pdf) -> None:
        widgets = {str(w.get("/T", "")): w for w in pdf.pages[0].Annots}
        widgets["phone"].V = pdf.make_stream("línea 1\r\nlínea 2".encode("utf-16"))
        widget = widgets["student_name"]
        parent = pdf.make_indirect(Dictionary(T=widget.T, FT=Name.Tx, V=widget.V, Parent=widget.Parent))
        for key in ("/T", "/V", "/FT"):
            del widget[key]
        widget.Parent = parent

    [reading] = office.read(edit(office.issue(VALUES), change))
    assert by_address(reading)["phone"].value == "línea 1\nlínea 2"
    assert reading.value("student_name") == "Ana Muestra"


def merged_by_pikepdf(one: bytes, other: bytes, _folder: Path) -> bytes:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.pages.extend(second.pages)

    with pikepdf.open(io.BytesIO(other)) as second:
        return edit(one, change)


def merged_by_pypdf(one: bytes, other: bytes, _folder: Path) -> bytes:
    writer, out = pypdf.PdfWriter(), io.BytesIO()
    for data in (one, other):
        writer.append(io.BytesIO(data))
    writer.write(out)
    return out.getvalue()


def _merged(one: bytes, other: bytes, folder: Path, *command: str) -> bytes:
    (folder / "1.pdf").write_bytes(one)
    (folder / "2.pdf").write_bytes(other)
    names = {"1": folder / "1.pdf", "2": folder / "2.pdf", "OUT": folder / "both.pdf"}
    subprocess.run([str(names.get(part, part)) for part in command], check=True, capture_output=True)
    return (folder / "both.pdf").read_bytes()


def merged_by_qpdf(one: bytes, other: bytes, folder: Path) -> bytes:
    return _merged(one, other, folder, "qpdf", "--empty", "--pages", "1", "2", "--", "OUT")


def merged_by_poppler(one: bytes, other: bytes, folder: Path) -> bytes:
    return _merged(one, other, folder, "pdfunite", "1", "2", "OUT")


MERGERS = [merged_by_pikepdf, merged_by_pypdf, merged_by_qpdf, merged_by_poppler]


@pytest.mark.filterwarnings("ignore::pikepdf.PageCopyWarning")
@pytest.mark.parametrize("merge", MERGERS)
@pytest.mark.parametrize("printer", [as_is, by_pdfium])
def test_two_of_the_same_form_in_one_file(
    office: Office, merge: Callable[..., bytes], printer: Printer
) -> None:
    other = VALUES | {"student_name": "Beto Ejemplo", "interpreter": False, "summary": LONG}
    parts = [printer(office.issue(values), office.folder) for values in (VALUES, other)]
    first, second = office.read(merge(*parts, office.folder))
    assert list(unequal(first, VALUES)) == []
    assert list(unequal(second, other)) == []
    assert second.pages[0] == len(first.pages) + 1


@pytest.mark.filterwarnings("ignore::pikepdf.PageCopyWarning")
@pytest.mark.parametrize("merge", MERGERS)
def test_the_same_document_twice_in_one_file(office: Office, merge: Callable[..., bytes]) -> None:
    data = office.issue(VALUES)
    [reading] = office.read(merge(data, data, office.folder))
    assert set(codes(reading)) == {"page-duplicate"}
    assert [read for read in reading.fields if read.status is Status.REVIEW] == []


@pytest.mark.filterwarnings("ignore::pikepdf.PageCopyWarning")
def test_copies_that_differ_are_never_decided(office: Office) -> None:
    data = office.issue(VALUES)
    [reading] = office.read(merged_by_pikepdf(data, type_in(data, {"phone": "555-0100"}), office.folder))
    assert by_address(reading)["phone"].status is Status.REVIEW
    assert "555-0100" in by_address(reading)["phone"].doubt


def test_fields_that_a_tool_renamed_are_known_by_their_place(office: Office) -> None:
    def rename(pdf: pikepdf.Pdf) -> None:
        for page in pdf.pages:
            for number, widget in enumerate(page.get("/Annots", ())):
                (widget if "/T" in widget else widget.Parent).T = String(f"Text{number}")

    [reading] = office.read(edit(office.issue(VALUES), rename))
    assert list(unequal(reading, VALUES)) == []


@pytest.mark.parametrize("printer", PRINTERS)
def test_a_missing_page_is_named(office: Office, printer: Printer) -> None:
    def drop(pdf: pikepdf.Pdf) -> None:
        del pdf.pages[1]

    [reading] = office.read(edit(printer(office.issue(VALUES), office.folder), drop))
    assert codes(reading) == ["page-missing"]
    assert "page 2 of 3" in reading.findings[0].message
    assert "parent_signature" not in by_address(reading)


@pytest.mark.parametrize("printer", PRINTERS)
def test_pages_in_any_order(office: Office, printer: Printer) -> None:
    data = edit(printer(office.issue(VALUES), office.folder), lambda pdf: pdf.pages.reverse())
    [reading] = office.read(data)
    assert list(unequal(reading, VALUES)) == []
    assert reading.value("student_name") == "Ana Muestra"
    assert by_address(reading)["student_name"].page == 3


def placed(data: bytes, matrix: str, size: tuple[float, float]) -> bytes:
    """Print every page scaled, shifted or turned onto another paper."""

    def change(pdf: pikepdf.Pdf) -> None:
        for page in pdf.pages:
            page.contents_add(pdf.make_stream(f"q {matrix} cm".encode()), prepend=True)
            page.contents_add(pdf.make_stream(b"Q"))
            page.MediaBox = Array([0, 0, *size])

    return edit(data, change)


@pytest.mark.parametrize("printer", FLATTENED)
@pytest.mark.parametrize(("matrix", "size"), [
    ("0.9722 0 0 0.9722 0 36", (595, 842)), ("1 0 0 1 -8 25", (595, 842)),
    ("0.92 0 0 0.92 24 32", (612, 792)),
    ("0 0.75 -0.75 0 600 60", (792, 612)), ("-1 0 0 -1 612 792", (612, 792)),
])  # fmt: skip
def test_prints_scaled_shifted_and_turned(
    office: Office, printer: Printer, matrix: str, size: tuple[float, float]
) -> None:
    values = VALUES | {"summary": LONG}
    signed = type_in(office.issue(values), {"decision": "refuse", "phone": "305 555 0199"})
    [reading] = office.read(placed(printer(signed, office.folder), matrix, size))
    added = {read.address: read.value for read in reading.fields if read.origin is Source.ADDED}
    assert added == {"decision": "refuse", "phone": "305 555 0199"}
    assert {address: reading.value(address) for address in values if values[address]} == {
        address: value for address, value in values.items() if value
    }
    assert codes(reading) == []


def test_a_turned_page_is_read_as_it_lies(office: Office) -> None:
    def turn(pdf: pikepdf.Pdf) -> None:
        for page in pdf.pages:
            page.Rotate = 90

    [reading] = office.read(edit(by_pdfium(office.issue(VALUES), office.folder), turn))
    assert list(unequal(reading, VALUES)) == []


def test_a_page_that_lies_over_no_blank_is_not_trusted(office: Office) -> None:
    data = placed(by_pdfium(office.issue(VALUES), office.folder), "1 0 0.2 1 -40 0", (612, 792))
    [reading] = office.read(data)
    assert "page-misplaced" in codes(reading)
    assert by_address(reading)["phone"].status is Status.REVIEW


def test_boxes_are_given_in_points_of_the_returned_page(office: Office) -> None:
    data = placed(by_pdfium(office.issue(VALUES), office.folder), "1 0 0 1 10 20", (640, 840))
    [reading] = office.read(data)
    read, box = by_address(reading)["student_name"], office.box("student_name")
    assert read.box == pytest.approx([box[0] + 10, box[1] + 20, box[2] + 10, box[3] + 20], abs=0.3)


def test_a_picture_of_an_unknown_issue_is_not_read_silently(office: Office) -> None:
    pdf = pypdfium2.PdfDocument(office.issue(VALUES))
    pdf.init_forms()
    drawn = [page.render(scale=2).to_pil() for page in pdf]
    out = io.BytesIO()
    drawn[0].save(out, "PDF", save_all=True, append_images=drawn[1:], resolution=144)
    [reading] = office.read(out.getvalue())
    assert (reading.form, reading.kind) == ("sampler", "scan")
    read = by_address(reading)
    assert read["phone"].status is Status.BLANK
    assert not [one for one in reading.fields if one.status is Status.ACCEPTED and one.value != VALUES[one.address]]


def test_a_foreign_mark_is_refused(office: Office) -> None:
    data = by_pdfium(office.issue(VALUES), office.folder)
    office.issues.clear()
    [reading] = office.read(data, lambda text, key: verify_mark(text, key + b"!"))
    assert reading.kind == "unknown"
    assert codes(reading).count("mark-foreign") == len(reading.pages)


@pytest.mark.parametrize("printer", PRINTERS)
def test_an_issue_that_the_ledger_does_not_know(office: Office, printer: Printer) -> None:
    data = printer(office.issue(VALUES | {"summary": LONG}), office.folder)
    office.issues.clear()
    [reading] = office.read(data)
    assert codes(reading)[0] == "issue-unknown"
    assert (reading.form, reading.subject) == ("sampler", None)
    assert by_address(reading)["student_name"].value == "Ana Muestra"
    assert by_address(reading)["summary"].value == LONG


@pytest.mark.parametrize("printer", PRINTERS)
def test_an_old_edition_is_told(office: Office, printer: Printer, made: Library) -> None:
    data = printer(office.issue(VALUES), office.folder)
    office.library = Library(made.roots)
    newer = made.form("sampler").model_copy(update={"revision": "2027-01"})
    office.library._forms["sampler"] = newer
    [reading] = office.read(data)
    assert "edition-old" in codes(reading)
    assert reading.revision == "2026-07"
    assert (reading.value("student_name") == "Ana Muestra") is (printer is as_is)


def test_a_page_without_its_mark_is_known_by_its_text(office: Office) -> None:
    data = by_pdfium(office.issue(VALUES), office.folder)
    for page in (1, 2, 3):
        data = draw(data, page, b"1 g 500 10 70 70 re f")
    [reading] = office.read(data)
    assert list(unequal(reading, VALUES)) == []


@pytest.mark.parametrize("printer", PRINTERS)
def test_a_blank_form_that_was_never_issued(office: Office, printer: Printer) -> None:
    blank = office.library.template("sampler", "es", "pdf").read_bytes()
    data = printer(type_in(blank, {"student_name": "Ana Muestra"}), office.folder)
    [reading] = office.read(data)
    assert (reading.form, reading.revision, reading.lang, reading.issue) == ("sampler", "2026-07", "es", None)
    assert "issue-missing" in codes(reading)
    assert by_address(reading)["student_name"].origin is Source.ADDED


def test_a_blank_sheet_is_told(office: Office) -> None:
    def add(pdf: pikepdf.Pdf) -> None:
        pdf.add_blank_page(page_size=(612, 792))

    [reading] = office.read(edit(office.issue(VALUES), add))
    assert codes(reading) == ["page-blank"]


def test_strays_are_told_with_the_nearest_forms(office: Office) -> None:
    def add(pdf: pikepdf.Pdf) -> None:
        page = pdf.add_blank_page(page_size=(612, 792))
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
        page.Resources = Dictionary(Font=Dictionary(F=font))
        page.Contents = pdf.make_stream(b"BT /F 18 Tf 72 700 Td (A Sampler of Every Field, copied) Tj ET")

    known, stray = office.read(edit(office.issue(VALUES), add))
    assert list(unequal(known, VALUES)) == []
    assert (stray.kind, stray.pages, stray.candidates) == ("unknown", (4,), ("sampler",))
    assert codes(stray) == ["document-unknown"]


def test_a_page_with_fields_of_another_document_is_refused(office: Office) -> None:
    first = office.issue(VALUES)
    other = replace(next(iter(office.issues.values())), issue="ZZZZZZZZZZ")

    def swap(pdf: pikepdf.Pdf) -> None:
        pdf.Root.AcroForm.Fields[0].T = String(other.issue)

    readings = office.read(edit(first, swap))
    assert "page-mixed" in codes(readings[0])
    assert readings[0].kind == "unknown"


def test_text_written_on_the_addendum_is_told(office: Office) -> None:
    data = office.issue(VALUES | {"summary": LONG})
    with pikepdf.open(io.BytesIO(data)) as pdf:
        value = str(next(w for w in pdf.pages[-1].Annots if str(w.get("/T", "")).startswith("addendum")).V)
    [reading] = office.read(type_in(data, {"addendum[0]": value + "\nand I do not agree"}))
    assert "addendum-altered" in codes(reading)
    assert "and I do not agree" in reading.findings[0].message
