"""Form-shaped sheets: values beside, below or behind their labels, and what is not certain goes to a person."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cmforms.definitions.checking import check_labels
from cmforms.definitions.library import Library, Root
from cmforms.errors import InputError
from cmforms.labels.grid import Grid, GridCell, shown
from cmforms.labels.reading import FormSheet, Labelled, read_labelled
from cmforms.labels.typed import typed_value
from cmforms.labels.vocabulary import Vocabulary, vocabulary_of
from cmforms.labels.workbook import MOST_CELLS, open_grids

Rows = list[list[Any]]
FILLED = [["School", "Lincoln"], ["Grade", "09"]]


@pytest.fixture(scope="module")
def vocabulary(library: Library) -> Vocabulary:
    return vocabulary_of(library.form("face-sheet"), library.labels("face-sheet"))


def grid(rows: Rows, merged: dict[tuple[int, int], tuple[int, int]] | None = None) -> Grid:
    """Make a sheet; `merged` maps the first (row, column) of an area to its last."""
    return Grid.of("Sheet", [
        GridCell(row, column, raw, shown(raw), *(merged or {}).get((row, column), (row, column)))
        for row, cells in enumerate(rows, 1)
        for column, raw in enumerate(cells, 1)
        if raw is not None
    ])  # fmt: skip


def read(vocabulary: Vocabulary, rows: Rows, merged: dict[tuple[int, int], tuple[int, int]] | None = None) -> FormSheet:
    return read_labelled([grid(rows, merged)], vocabulary)


def sure(found: FormSheet) -> dict[str, Any]:
    """Return what may be relied on."""
    return {value.address: value.text for value in found.values if not value.doubt and value.text}


def doubts(found: FormSheet) -> dict[str, str]:
    return {value.address: value.doubt for value in found.values if value.doubt}


@pytest.mark.parametrize(
    ("rows", "merged"),
    [
        ([["Student name:", "Ana Muestra"]], {}),
        ([["STUDENT  NAME", "Ana Muestra"], ["Grade", "09"]], {}),
        ([["Name of student:", None, "Ana Muestra"], ["Grade"]], {(1, 1): (1, 2)}),
        ([["Student name: Ana Muestra"]], {}),
        ([["DOB: 2010-05-04\nStudent name: Ana Muestra"]], {}),
        ([["Student name", "Date of birth"], ["Ana Muestra", dt.date(2010, 5, 4)]], {}),
        ([["Student name", None, "Grade"], ["Ana Muestra", None, "09"]], {(1, 1): (1, 2), (2, 1): (2, 2)}),
        ([["Student", None], ["Name:", "Ana Muestra"]], {}),
    ],
)
def test_a_value_stands_where_people_put_it(vocabulary: Vocabulary, rows: Rows, merged: dict[Any, Any]) -> None:
    assert sure(read(vocabulary, rows, merged))["student_name"] == "Ana Muestra"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["Studnet name:", "Ana Muestra"]], "only like 'Student name'"),
        ([["Student name", "Bus no", "Grade"], ["Ana Muestra", "12", "09"]], "both B1 and A2"),
        ([["Student name", "Bus no", "Grade"]], "no label itself"),
        ([["Student name", None], ["Bus no", None]], "not certain that A2"),
        ([["Student name", None], ["Bus no", 12]], "not certain that A2"),
        ([["Student name", "Dte of birth", "Grade"]], "no label itself"),
        ([["Student name:", "Ana"], ["Pupil:", "Eva"]], "several places, which differ"),
        ([["Student name", "Grade", "DOB"], ["Ana Muestra", None, None], ["Pupil"]], ""),
    ],
)
def test_what_could_be_otherwise_is_in_doubt(vocabulary: Vocabulary, rows: Rows, said: str) -> None:
    found = read(vocabulary, rows)
    assert said in doubts(found).get("student_name", "")
    assert bool(said) is ("student_name" not in sure(found))


def test_boxes_to_mark(vocabulary: Vocabulary) -> None:
    found = read(vocabulary, [
        ["Placement:", "☒ Zoned school", "☐ Alternate school"],
        ["In lieu of expulsion?", "[ ] Yes [x] No"],
        ["Committee", "☐", "IEP", "☒", "504 review"],
        ["Conduct a manifestation of the disability", "☒ Yes ☒ No"],
    ])  # fmt: skip
    assert sure(found) == {
        "placement": "Zoned school", "in_lieu_of_expulsion": "No", "committee_kind": "504 review",
        "manifestation": "Yes / No",
    }  # fmt: skip
    typed = {value.address: typed_value(value) for value in found.values}
    assert typed["placement"].value == "zoned_school"
    assert typed["manifestation"].doubt


def test_the_section_tells_labels_apart_that_are_alike(vocabulary: Vocabulary) -> None:
    found = read(vocabulary, [
        ["Emergency contact outside the household"], ["Name:", "Old Aunt"], ["Telephone:", "(850) 555-0101"], [],
        ["Parents"], ["Name:", "Ruth Muestra"], ["Relationship:", "mother"],
    ])  # fmt: skip
    assert sure(found) == {
        "emergency_name": "Old Aunt", "emergency_phone": "(850) 555-0101",
        "guardians[0].name": "Ruth Muestra", "guardians[0].relationship": "mother",
    }  # fmt: skip
    twice = read(vocabulary, [["Parents"], ["Name:", "Ruth"], ["Relationship:", "mother"], ["Name:", "Tom"]])
    assert "several entries" in doubts(twice)["guardians[1].name"]
    nowhere = read(vocabulary, [["Signed by:", "Ana"]])
    assert nowhere.values == ()
    assert [cell.name for _, cell in nowhere.unread] == ["B1"]


LOG = [["Date", "Time", "Kind", "Person contacted", "Weather", "Notes"],
       [dt.date(2026, 9, 2), dt.time(10, 5), "Phone", "Ruth", "sunny", "Left a message"],
       [dt.date(2026, 9, 9), None, "Meeting", "Ruth", None, None]]  # fmt: skip


def test_a_table_is_read_to_its_blank_row(vocabulary: Vocabulary) -> None:
    found = read(vocabulary, [["Contact log"], *LOG, [], ["9/16/2026", "10:00"]])
    values = sure(found)
    assert (values["contacts[0].kind"], values["contacts[1].kind"]) == ("Phone", "Meeting")
    assert (values["contacts[0].date"], values["contacts[0].notes"]) == ("2026-09-02", "Left a message")
    assert [cell.name for _, cell in found.unread] == ["E2", "E3", "A6", "B6"]


def test_a_table_of_common_labels_needs_its_heading(vocabulary: Vocabulary) -> None:
    rows = [["Date", "Kind"], [dt.date(2026, 9, 2), "Phone"]]
    assert not [address for address in sure(read(vocabulary, rows)) if "[" in address]
    assert sure(read(vocabulary, [["Contacts"], *rows]))["contacts[0].kind"] == "Phone"


@pytest.mark.parametrize(
    ("label", "raw", "value", "doubt"),
    [
        ("DOB", dt.datetime(2010, 5, 4), dt.date(2010, 5, 4), ""),
        ("DOB", "5/4/2010", dt.date(2010, 5, 4), ""),
        ("DOB", "soon", "soon", "not a date"),
        ("Student ID", "00412", "00412", ""),
        ("Student ID", 412, "412", "leading zeros"),
        ("Grade", 9, "9", "leading zeros"),
        ("Student telephone", 8505550101, "8505550101", ""),
    ],
)
def test_values_are_typed(vocabulary: Vocabulary, label: str, raw: Any, value: Any, doubt: str) -> None:
    [found] = read(vocabulary, [[f"{label}:", raw]]).values
    got = typed_value(found)
    assert (got.value, doubt in got.doubt, bool(got.doubt)) == (value, True, bool(doubt))


def test_times_lose_their_milliseconds(library: Library) -> None:
    [spec] = [spec for spec in library.form("face-sheet").groups["contacts"].fields if spec.name == "time"]
    found = Labelled("contacts[0].time", spec, "en", "Sheet", "A1", "10:04", dt.time(10, 4, 59, 999_000), "Time")
    assert typed_value(found).value == dt.time(10, 5)


def saved(*cells: tuple[str, Any], merge: str = "") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for name, value in cells:
        sheet[name] = value
    if merge:
        sheet.merge_cells(merge)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def test_a_workbook_gives_formulas_and_merged_areas(vocabulary: Vocabulary) -> None:
    data = saved(("A1", "Student name:"), ("C1", "Ana"), ("A2", "School"), ("B2", "=1+1"), merge="A1:B1")
    book = open_grids(data, "sheet.xlsx")
    assert (book.grids[0].cells[0].name, book.grids[0].cells[0].last_column) == ("A1", 2)
    found = read_labelled(book.grids, vocabulary)
    assert sure(found) == {"student_name": "Ana"}
    assert "never worked out" in doubts(found)["current_school"]


@pytest.mark.parametrize(
    ("data", "code"), [(b"PK\3\4 and no more", "workbook-damaged"), (saved(("A1", "x"))[:900], "workbook-damaged")]
)
def test_damaged_workbooks(data: bytes, code: str) -> None:
    with pytest.raises(InputError) as refused:
        open_grids(data, "sheet.xlsx")
    assert refused.value.findings[0].code == code


def test_tables_of_cases_are_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(("A1", "x"), ("A2", "y"))
    for name in ("MOST_CELLS", "MOST_UNPACKED"):
        with monkeypatch.context() as patch:
            patch.setattr(f"cmforms.labels.workbook.{name}", 1)
            with pytest.raises(InputError, match="holds more than"):
                open_grids(data, "sheet.xlsx")
    assert MOST_CELLS > 2


@pytest.mark.parametrize(
    ("raw", "number_format", "text"),
    [
        (412, "00000", "00412"), (0.925, "0.0%", "92.5%"), (7.0, "General", "7"), (True, "General", "TRUE"),
        (dt.datetime(2026, 9, 2, 10, 5), "General", "2026-09-02 10:05"), (dt.time(9, 5), "h:mm", "09:05"),
        (3.25, "General", "3.25"), (None, "General", ""),
    ],
)  # fmt: skip
def test_cells_show_their_value(raw: Any, number_format: str, text: str) -> None:
    assert shown(raw, number_format) == text


def test_label_files_are_checked(library: Library, tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "face-sheet.yaml").write_text("fields: {student_nam: {en: [Name]}, 'contacts[0].on': {}}")
    (tmp_path / "labels" / "nobody.yaml").write_text("headings: {}")
    own = Library([Root(tmp_path, tmp_path), *library.roots])
    codes = [[fault.code for fault in check_labels(form_id, own)] for form_id in own.labelled_ids]
    assert codes == [["name-unknown", "name-unknown"], ["form-unknown"]]
    assert check_labels("face-sheet", library) == []
