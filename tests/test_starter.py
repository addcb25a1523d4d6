"""The starter workbook: every value of the model has its place, with help, lists and formats."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from cmforms.model import plain
from cmforms.sources import read_cases
from cmforms.sources.starter import write_starter
from cmforms.values.columns import case_columns, column_for, dotted, known_headers, listings


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    path = tmp_path_factory.mktemp("starter") / "cases.xlsx"
    write_starter(path)
    return load_workbook(path)


def _headers(book: Workbook, sheet: str) -> dict[str, Any]:
    return {str(cell.value).removesuffix(" *"): cell for cell in book[sheet][1]}


def _paths(held: Any, path: str = "") -> Iterator[str]:
    if isinstance(held, dict):
        for key, value in held.items():
            yield from _paths(value, f"{path}.{key}".removeprefix("."))
    elif isinstance(held, list):
        for number, value in enumerate(held):
            yield from _paths(value, f"{path}[{number}]")
    else:
        yield path


def test_sheets_are_the_cases_and_every_list(starter: Workbook) -> None:
    assert starter.sheetnames == ["Read me", "Cases", *(listing.sheet for listing in listings())]
    assert {"Contacts", "Incidents", "Monitoring", "More guardians", "Witnesses"} <= set(starter.sheetnames)


def test_every_value_of_the_samples_has_a_column(samples: Path) -> None:
    paths = {path for found in read_cases([samples]).cases for path in _paths(plain(found.case))}
    assert len(paths) > 400
    assert [path for path in paths if column_for(path) is None] == []


def test_labels_are_all_different() -> None:
    assert len({header.casefold() for header in known_headers()}) == len(known_headers())
    assert all(column_for(column.label) == column_for(dotted(column.path)) for column in case_columns())


def test_needed_columns_are_marked(starter: Workbook) -> None:
    marked = [str(cell.value) for cell in starter["Cases"][1] if str(cell.value).endswith(" *")]
    assert "Student: Date of birth *" in marked
    assert len(marked) == 11


def test_every_header_has_help(starter: Workbook) -> None:
    for sheet in starter.worksheets[1:]:
        assert [cell.value for cell in sheet[1] if "Type: " not in cell.comment.text] == []
    grade = _headers(starter, "Cases")["Student: Grade"].comment.text
    assert grade.splitlines()[:2] == ["student.grade", "Type: one of the list"]
    assert "PK, K, 01" in grade
    assert "When empty: en" in _headers(starter, "Cases")["Guardian 2: Language"].comment.text


@pytest.mark.parametrize(
    ("sheet", "header", "number_format"),
    [
        ("Cases", "Student: District student number", "@"),
        ("Cases", "Student: Grade", "@"),
        ("Cases", "Guardian 1: Address: ZIP code", "@"),
        ("Cases", "Guardian 1: Phone", "@"),
        ("Cases", "Student: Date of birth", "yyyy-mm-dd"),
        ("Contacts", "Time", "hh:mm"),
        ("Incidents", "Level", "General"),
        ("Monitoring", "Grade point average", "General"),
    ],
)
def test_columns_keep_what_is_typed(starter: Workbook, sheet: str, header: str, number_format: str) -> None:
    letter = _headers(starter, sheet)[header].column_letter
    assert starter[sheet].column_dimensions[letter].number_format == number_format


def test_options_are_drop_down_lists(starter: Workbook) -> None:
    sheet = starter["Contacts"]
    letter = _headers(starter, "Contacts")["Kind of contact"].column_letter
    (rule,) = (r for r in sheet.data_validations.dataValidation if str(r.sqref).startswith(f"{letter}2:"))
    assert rule.formula1 == '"phone,home visit,school visit,meeting,letter,email"'
    rules = [r for book_sheet in starter.worksheets for r in book_sheet.data_validations.dataValidation]
    assert max(len(rule.formula1) for rule in rules) <= 257  # Excel takes 255 characters between the quotes


def test_headers_stay_in_sight(starter: Workbook) -> None:
    assert [sheet.freeze_panes for sheet in starter.worksheets[1:3]] == ["C2", "B2"]


def test_filled_in_as_a_clerk_does_it(starter: Workbook, tmp_path: Path) -> None:
    typed = {"Case id": "CM-1", "Student: District student number": "0007", "Student: Given name": "Ana"}
    typed |= {
        "Student: Family name": "Ejemplo",
        "Student: Date of birth": "2012-05-06",
        "Student: Grade": "08",
    }
    typed |= {"Schools: Zoned: School number": "0201", "Schools: Receiving: School number": "0201"}
    typed |= {"Referral: DSPC meeting date": "2026-09-02", "Referral: Basis of the referral": "x"}
    typed |= {"Referral: Placement": "zoned school", "Guardian 1: Name": "Eva", "Guardian 1: May sign": "No"}
    typed |= {"Guardian 1: Relationship to the student": "mother"}
    for header, text in typed.items():
        starter["Cases"].cell(2, _headers(starter, "Cases")[header].column, text)
    for column, text in enumerate(
        ("CM-1", "2026-09-03", "15:20", "phone", "Eva", "Hazel", "left message"), 1
    ):
        starter["Contacts"].cell(2, column, text)
    starter.save(tmp_path / "filled.xlsx")
    loaded = read_cases([tmp_path / "filled.xlsx"])
    case = loaded.cases[0].case
    assert loaded.findings == []
    assert (case.student.grade, case.guardians[0].may_sign) == ("08", False)
    assert case.contacts[0].outcome == "left_message"
