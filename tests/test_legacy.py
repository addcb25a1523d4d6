"""Sheets that nobody made for us: what stands in them comes out as it is, or is asked about."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Font

from cmforms.definitions.library import Library
from cmforms.errors import InputError
from cmforms.legacy.cells import Doubt
from cmforms.legacy.dates import readings
from cmforms.legacy.delimited import open_text
from cmforms.legacy.headers import find_header
from cmforms.legacy.matching import Matcher
from cmforms.legacy.opening import open_book
from cmforms.legacy.planning import Plan, plan_sheet
from cmforms.legacy.profile import ColumnRule, SheetRule, read_profile
from cmforms.legacy.reading import Reading
from cmforms.legacy.schools import School
from cmforms.legacy.sheets import HeldRows, Sheet, Struck, Unreadable
from cmforms.legacy.survey import surveyed
from cmforms.legacy.tables import Table, merged_question
from cmforms.legacy.targets import target
from cmforms.legacy.workbooks import open_workbook
from tests.conftest import ROOT
from tests.xlsb_workbook import PADDED, STRUCK, Note, Styled, write_xlsb

LIBRARY = Library.default()
WORDS = LIBRARY.legacy_words
MATCHER = Matcher(WORDS)
SCHOOLS = tuple(School(each.number, each.name) for each in LIBRARY.district.schools)


def _read(path: str, raw: Any, date1904: bool | None = None, **rule: Any) -> Any:
    goal = target(path)
    assert goal
    return Reading(WORDS, SCHOOLS, date1904).reader(goal, ColumnRule(to=(path,), **rule))(raw)


def _plan(sheet: Sheet, rule: SheetRule | None = None) -> Plan:
    plan = plan_sheet(sheet, rule or SheetRule(), MATCHER)
    assert isinstance(plan, Plan), plan
    return surveyed(plan, WORDS.totals)


def _sheet(*rows: list[Any], **more: Any) -> Sheet:
    return Sheet("a.xlsx", "Sheet1", HeldRows(rows), **more)


@pytest.mark.parametrize(
    ("path", "raw", "value"),
    [
        ("student.dob", "2012-03-19", dt.date(2012, 3, 19)),
        ("student.dob", "3/19/2012", dt.date(2012, 3, 19)),
        ("student.dob", "19.03.2012", dt.date(2012, 3, 19)),
        ("student.dob", "19-Mar-12", dt.date(2012, 3, 19)),
        ("student.dob", "Mon, March 19, 2012", dt.date(2012, 3, 19)),
        ("student.dob", "20120319", dt.date(2012, 3, 19)),
        ("student.dob", 20120319.0, dt.date(2012, 3, 19)),
        ("student.dob", "03192012", dt.date(2012, 3, 19)),
        ("student.dob", "2012-03-19 00:00:00", dt.date(2012, 3, 19)),
        ("student.dob", dt.datetime(2012, 3, 19), dt.date(2012, 3, 19)),
        ("student.dob", "N/A", None),
        ("student.dob", "--", None),
        ("student.grade", "K", "K"),
        ("student.grade", "9th", "09"),
        ("student.grade", 9.0, "09"),
        ("student.grade", "Grade 10", "10"),
        ("student.grade", "Pre-K", "PK"),
        ("student.gender", "female", "F"),
        ("student.id", "00123", "00123"),
        ("student.id", 900101.0, "900101"),
        ("student.home_language", "Haitian Creole", "ht"),
        ("student.home_language", "español", "es"),
        ("student.home_language", "vi", "vi"),
        ("student.address.zip", 34999.0, "34999"),
        ("student.address.zip", "349991234", "34999-1234"),
        ("student.address.state", "Florida", "FL"),
        ("student.phone", 8505550131.0, "(850) 555-0131"),
        ("student.phone", "850.555.0131 ext 12", "(850) 555-0131 x12"),
        ("student.phone", "555-0131", "555-0131"),
        ("student.phone", "+509 5555 0131", "+509 5555 0131"),
        ("schools.zoned.number", "201", "0201"),
        ("schools.zoned.number", "Egret Point MS", "0201"),
        ("schools.zoned.number", 201.0, "0201"),
        ("referral.in_lieu_of_expulsion", "Y", True),
        ("referral.in_lieu_of_expulsion", 0.0, False),
        ("referral.in_lieu_of_expulsion", True, True),
        ("referral.placement", "Alt", "alternate_school"),
        ("terms.attendance_target", "92 %", 92),
        ("monitoring[].gpa", "2.5", 2.5),
        ("contacts[].at", "2:05 PM", dt.time(14, 5)),
        ("contacts[].at", "14:05:00", dt.time(14, 5)),
        ("contacts[].at", dt.time(14, 5), dt.time(14, 5)),
        ("contacts[].at", "2 pm", dt.time(14)),
        ("contacts[].kind", "HV", "home_visit"),
        ("student.full_name", "Muestra, Ana", {"family_name": "Muestra", "given_name": "Ana"}),
        ("student.address.one_line", "12 Sample Lane, Sawgrass Landing, FL 34999",
         {"street": "12 Sample Lane", "city": "Sawgrass Landing", "state": "FL", "zip": "34999"}),
        ("guardians[0].email", "a@example.org", "a@example.org"),
        ("notes", 12.0, "12"),
    ],
)  # fmt: skip
def test_cells_give_their_value(path: str, raw: Any, value: Any) -> None:
    assert _read(path, raw) == value


@pytest.mark.parametrize(
    ("path", "raw", "said"),
    [
        ("student.dob", "3/4/2012", "2012-03-04 or 2012-04-03"),
        ("student.dob", "soon", "no date"),
        ("student.dob", "30/30/2012", "no date"),
        ("student.dob", True, "no date"),
        ("student.dob", "41000", "of which calendar"),
        ("student.dob", "2012-03-19 14:00", "time of day"),
        ("student.dob", dt.datetime(2012, 3, 19, 14), "time of day"),
        ("student.grade", "13", "not an option"),
        ("student.id", "12/3", "letters, digits"),
        ("student.id", 1.5, "is no student: district student number"),
        ("student.address.zip", 1234.0, "zeros"),
        ("student.address.state", "Somewhere", "no state"),
        ("student.phone", "call her", "no telephone number"),
        ("student.phone", "555-0131; 555-0132", "several numbers"),
        ("student.home_language", "Engish", "did you mean 'English'"),
        ("schools.zoned.number", "Heron Crek Elementary", "did you mean Heron Creek"),
        ("referral.in_lieu_of_expulsion", "maybe", "neither yes nor no"),
        ("terms.attendance_target", 92.5, "no whole number"),
        ("terms.attendance_target", "many", "no number"),
        ("contacts[].at", "noon", "no time"),
        ("student.full_name", "Ana Muestra", "which is the family name"),
        ("student.full_name", "Muestra, ", "which is the family name"),
        ("student.address.one_line", "12 Sample Lane", "not street"),
        ("guardians[0].email", "a@b; c@d", "no e-mail address"),
        ("student.dob", Unreadable("#N/A", "holds the error #N/A"), "error"),
    ],
)
def test_what_is_not_sure_is_said(path: str, raw: Any, said: str) -> None:
    doubt = _read(path, raw)
    assert isinstance(doubt, Doubt), doubt
    assert said in doubt.message


def test_profiles_decide_what_cells_leave_open() -> None:
    assert _read("student.dob", "3/4/2012", order="day-first") == dt.date(2012, 4, 3)
    assert isinstance(_read("student.dob", "3/19/2012", order="day-first"), Doubt)
    assert _read("student.dob", "41000", serials="1900") == dt.date(2012, 4, 1)
    assert _read("student.dob", 39538.0, date1904=True) == dt.date(2012, 4, 1)
    assert _read("student.dob", dt.date(2012, 4, 3), real_dates="swapped") == dt.date(2012, 3, 4)
    assert _read("student.dob", "2012-03-19 14:00", time="drop") == dt.date(2012, 3, 19)
    assert _read("student.id", 12.0, digits=5) == "00012"
    assert isinstance(_read("student.id", 123456.0, digits=5), Doubt)
    assert _read("schools.zoned.number", "Egret", values={"egret": "0201"}) == "0201"
    assert _read("student.full_name", "Ana Muestra", names="given-first")["given_name"] == "Ana"


def test_years_of_two_digits_lie_near() -> None:
    assert readings("3-Mar-75").month_first == dt.date(1975, 3, 3)
    assert readings("13/3/12").day_first == dt.date(2012, 3, 13)


def test_headers_stand_below_titles_and_over_two_rows() -> None:
    rows = [
        ["District list"], [], ["Student", "", "", "Parent 2", ""],
        ["Last Nmae", "First\nName", "D.O.B.", "Name", "Phone"], ["a", "b", "c", "d", "e"],
    ]  # fmt: skip
    header = find_header(_sheet(*rows), MATCHER)
    assert header
    assert header.rows == (3, 4)
    matches = [MATCHER.match(label).sure for label in header.labels.values()]
    assert [found.path for found in matches if found] == [
        "student.family_name", "student.given_name", "student.dob", "guardians[1].name", "guardians[1].phone",
    ]  # fmt: skip
    assert find_header(_sheet(["1", "2"], ["x", "y"]), MATCHER) is None


def test_two_columns_for_one_value_are_asked() -> None:
    plan = _plan(_sheet(["Student ID", "Last Name", "Surname"], ["1", "a", "b"]))
    assert [finding.code for finding in plan.findings if finding.severity == "error"] == ["column-ambiguous"] * 2


def test_rows_that_are_no_cases_are_left_out_and_said() -> None:
    heads = ["Student ID", "Last Name", "Grade"]
    sheet = _sheet(heads, ["1", "a", "8"], [], heads, ["Total", 1, ""])
    table = Table(_plan(sheet), Reading(WORDS))
    (rows,) = table.blocks()
    assert [row.data["student"]["id"] for row in rows] == ["1"]
    assert table.left_out == {"hold the headers again": [4], "hold totals": [5]}


def test_struck_text_and_comments_become_notes() -> None:
    sheet = _sheet(
        ["Student ID", "Last Name", "Phone Number"], ["1", "a", Struck("555-0131")], [Struck("2"), Struck("b"), ""],
        comments={(2, 2): "old"},
    )
    (rows,) = Table(_plan(sheet), Reading(WORDS)).blocks()
    assert rows[0].notes == ["Comment on Phone Number (C2): old", "Struck through in Phone Number (C2): 555-0131"]
    assert [fault.doubt.code for fault in rows[1].faults] == ["row-struck"]
    skip = _plan(sheet, SheetRule(struck_rows="skip"))
    assert len(next(Table(skip, Reading(WORDS)).blocks())) == 1
    take = _plan(sheet, SheetRule(struck_rows="take"))
    assert next(Table(take, Reading(WORDS)).blocks())[1].data["student"]["family_name"] == "b"


def test_merged_rows_are_asked_and_filled() -> None:
    sheet = _sheet(["Student ID", "Last Name"], ["1", "a"], ["2", ""], merged=("B2:B3",))
    (question,) = merged_question(_plan(sheet))
    assert "B2:B3" in question.finding.message
    (rows,) = Table(_plan(sheet, SheetRule(merged="fill")), Reading(WORDS)).blocks()
    assert [row.data["student"]["family_name"] for row in rows] == ["a", "a"]


def test_cells_of_several_values_are_taken_apart_as_the_profile_says() -> None:
    text = b"""
source: a
sheets:
  Sheet1:
    columns:
      When: {to: ["contacts[].on", "contacts[].at"]}
      Phones: {to: ["guardians[0].phone", "guardians[0].other_phone"], split: "/"}
    fill: {"contacts[].kind": phone, id: "A-{student.id}"}
"""
    sheet = _sheet(
        ["Student ID", "When", "Phones"], ["1", "1/17/2019 8:22", "555-0131 / 555-0132"],
        ["2", dt.datetime(2019, 1, 18, 9, 0), "555-0131 / 555-0132 / 555-0133"],
    )
    (rows,) = Table(_plan(sheet, read_profile(text, "p").sheet("Sheet1")), Reading(WORDS)).blocks()
    assert rows[0].entries["contacts"] == {"on": dt.date(2019, 1, 17), "at": dt.time(8, 22), "kind": "phone"}
    assert rows[0].data["guardians"] == [{"phone": "555-0131", "other_phone": "555-0132"}]
    assert rows[0].data["id"] == "A-1"
    assert [fault.doubt.code for fault in rows[1].faults] == ["cell-several"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("source: a\nsheets: {x: {columns: {A: student.nme}}}", "no value of a case"),
        ("source: a\nsheets: {x: {columns: {A: [student.dob, notes]}}}", "must belong to one part"),
        ("source: a\nsheet: {}", "Extra inputs"),
    ],
)
def test_faults_of_a_profile_are_named(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_profile(text.encode(), "p.yaml")


@pytest.mark.parametrize(
    ("data", "rows", "codes"),
    [
        ("a,b\n1,é\n".encode(), [["a", "b"], ["1", "é"]], []),
        ("a;b\n1;é\n".encode("cp1252"), [["a", "b"], ["1", "é"]], ["csv-encoding", "csv-delimiter"]),
        ("a\tb\n1\té\n".encode("utf-16"), [["a", "b"], ["1", "é"]], ["csv-encoding", "csv-delimiter"]),
        (b"\xef\xbb\xbfa,b\n1,2\n", [["a", "b"], ["1", "2"]], []),
        (b'a,b\n"x \\"y\\" z",2\n', [["a", "b"], ['x "y" z', "2"]], ["csv-escape"]),
    ],
)
def test_text_is_read_and_what_was_found_is_said(tmp_path: Path, data: bytes, rows: Any, codes: list[str]) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    book = open_text(path)
    assert [row for _, row in book.sheets[0].rows] == rows
    assert [finding.code for finding in book.findings] == codes


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.csv", b"a\0b", "not a text file"),
        ("a.pdf", b"%PDF-1.7", "is a PDF"),
        ("a.doc", b"x", "no spreadsheet has"),
        ("a.xlsx", b"PK\x03\x04 broken", "damaged"),
        ("a.csv", b"", "0 bytes"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "damaged"),
    ],
)
def test_files_that_are_no_sheets(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=said):
        open_book(tmp_path / name, open_workbook)


def test_quotation_mark_that_is_not_closed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,2\n"3,4\n')
    with pytest.raises(InputError, match="line 3"):
        list(open_text(path).sheets[0].rows)


def test_workbook_tells_what_no_value_shows(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Id", "Formula", "Error", "Share", "Struck"])
    sheet.append([123, "=1+1", "#N/A", 0.925, "old"])
    sheet["A2"].number_format, sheet["D2"].number_format = "000-00", "0%"
    sheet["E2"].font = Font(strike=True)
    sheet["A2"].comment = Comment("look", "Office")
    sheet["B2"].comment = Comment("own", "cmforms")
    sheet.merge_cells("A4:B4")
    sheet.row_dimensions[2].hidden = sheet.column_dimensions["C"].hidden = True
    sheet.auto_filter.ref = "A1:E2"
    book.create_sheet("Other").sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    first, second = open_workbook(tmp_path / "a.xlsx").sheets
    assert list(first.rows)[1][1][:5] == [
        "001-23", Unreadable("=1+1", "holds a formula that was never calculated"),
        Unreadable("#N/A", "holds the error #N/A"), "92.5%", Struck("old"),
    ]  # fmt: skip
    assert (first.comments, first.merged, first.date1904, second.hidden) == ({(2, 0): "look"}, ("A4:B4",), False, True)
    assert {finding.code for finding in first.findings} == {"rows-hidden", "columns-hidden", "cells-merged"}


def test_text_of_a_cell_struck_in_part_or_whole(tmp_path: Path) -> None:
    book = Workbook()
    struck = TextBlock(InlineFont(strike=True), "old")
    book.worksheets[0].append([CellRichText("new ", struck), CellRichText(struck), CellRichText("so ", "it is")])
    book.save(tmp_path / "a.xlsx")
    (sheet,) = open_workbook(tmp_path / "a.xlsx").sheets
    partly = Unreadable("text", "holds text of which a part is struck through")
    assert list(sheet.rows) == [(1, [partly, Struck("old"), "so it is"])]


def test_marks_that_nobody_looked_at_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    path = ROOT / "samples" / "legacy" / "intake-2003.xls"
    monkeypatch.setattr("cmforms.legacy.workbooks.find_xls_markings", lambda _: {})
    book = open_workbook(path)
    assert [finding.code for finding in book.findings] == ["marks-unseen"]
    assert book.sheets[0].formats_unseen


def test_open_document_tells_what_no_value_shows() -> None:
    (sheet, other) = open_workbook(ROOT / "tests" / "fixtures" / "marks.ods").sheets
    partly = Unreadable("text", "holds text of which a part is struck through")
    errors = [Unreadable(text, f"holds the error {text}") for text in ("#N/A", "#DIV/0!")]
    assert [row for _, row in sheet.rows][2:] == [
        ["00012", "904-555-0101", "50%", errors[0], Struck("old"), errors[1], partly, dt.date(2011, 2, 3)],
        ["00007", "904-555-0102", "25%", "fine", Struck("new"), 2.0, Struck("all"), ""],
        ["00008", "904-555-0103", "100%", "fine", "new", 8.0, "z", ""],
    ]
    assert (sheet.comments[4, 0], sheet.merged) == ("Moved away in May\nsee file", ("A1:C1",))
    told = [finding.message.partition(", and")[0] for finding in sheet.findings[:2]]
    assert told == ["rows are hidden, by the filter on A2:H5", "columns are hidden: C:D"]
    assert (sheet.date1904, sheet.formats_unseen, other.findings) == (False, False, ())


NAMES = "urn:oasis:names:tc:opendocument:xmlns"
ODS = (
    f'<office:document-content xmlns:office="{NAMES}:office:1.0" xmlns:table="{NAMES}:table:1.0" '
    f'xmlns:text="{NAMES}:text:1.0" xmlns:style="{NAMES}:style:1.0" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    '<office:automatic-styles><style:style style:name="old"><style:text-properties '
    'style:text-line-through-style="solid"/></style:style><style:style style:name="heir" '
    'style:parent-style-name="old"/></office:automatic-styles><office:body><office:spreadsheet>'
    '<table:calculation-settings><table:null-date table:date-value="1904-01-01"/></table:calculation-settings>'
    '<table:table table:name="Ann\'s"><table:table-column table:number-columns-repeated="2" '
    'table:default-cell-style-name="heir"/><table:table-column/><table:table-row table:number-rows-repeated="2">'
    '<table:table-cell office:value-type="string" table:number-columns-repeated="2"><text:p>a</text:p>'
    "<office:annotation><dc:creator>cmforms</dc:creator><text:p>our own</text:p></office:annotation>"
    '</table:table-cell><table:table-cell office:value-type="float" office:value="1200"><text:p>1,200</text:p>'
    "</table:table-cell></table:table-row></table:table><table:database-ranges>"
    "<table:database-range table:target-range-address=\"'Ann''s'.A1:'Ann''s'.C2\" "
    'table:display-filter-buttons="true"/><table:database-range table:target-range-address="x"/>'
    "</table:database-ranges></office:spreadsheet></office:body></office:document-content>"
)
MANIFEST = """<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>"""


def test_open_document_with_styles_of_columns_and_cells_that_repeat(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        archive.writestr("content.xml", ODS)
    (sheet,) = open_book(tmp_path / "a.ods", open_workbook).sheets
    assert [row for _, row in sheet.rows] == [[Struck("a"), Struck("a"), 1200.0]] * 2
    assert (sheet.date1904, sheet.comments) == (True, {})
    assert [finding.message for finding in sheet.findings] == ["has a filter on A1:C2, which hides no row now"]


def test_binary_workbook_tells_what_no_value_shows(tmp_path: Path) -> None:
    rows = [["title"], ["Id", "Error", "Struck"], [Styled(12, PADDED), "#N/A", Styled("old", STRUCK)], [1.5, "x"]]
    comments = [Note(2, 1, "Ms. Rivera", "Call first"), Note(3, 0, "cmforms", "our own")]
    write_xlsb(tmp_path / "a.xlsb", rows, hidden=(4,), date1904=True, comments=comments)
    (sheet,) = open_workbook(tmp_path / "a.xlsb").sheets
    assert list(sheet.rows)[2][1] == ["0000012", Unreadable("#N/A", "holds the error #N/A"), Struck("old")]
    assert (sheet.date1904, sheet.merged, sheet.formats_unseen) == (True, ("A1:C1",), False)
    assert (sheet.findings[0].code, sheet.comments) == ("rows-hidden", {(3, 1): "Call first"})
    assert "by the filter on A2:C4" in sheet.findings[0].message


def test_old_binary_workbook_tells_what_no_value_shows() -> None:
    (sheet,) = open_workbook(ROOT / "samples" / "legacy" / "intake-2003.xls").sheets
    rows = [row for _, row in sheet.rows]
    assert (rows[3][1], rows[4][13], rows[5][4]) == (
        "0300301", Struck("555-0102"), Unreadable("#N/A", "holds the error #N/A"),
    )  # fmt: skip
    assert (sheet.date1904, sheet.merged, sheet.formats_unseen) == (False, ("A1:C1",), False)
    assert [finding.code for finding in sheet.findings] == ["rows-hidden", "cells-merged"]


def test_number_of_unseen_format_is_asked_as_an_id() -> None:
    rows = [["Student ID", "Last Name"], [900301, "a"], [900302, "b"]]
    assert "ids-zeros" not in {finding.code for finding in _plan(_sheet(*rows)).findings}
    assert "ids-zeros" in {finding.code for finding in _plan(_sheet(*rows, formats_unseen=True)).findings}


def test_totals_prove_nothing() -> None:
    rows = [["Student ID", "Last Name"], [900301, "a"], ["Total", 1]]
    assert "ids-zeros" not in {finding.code for finding in _plan(_sheet(*rows)).findings}
