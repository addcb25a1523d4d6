"""Legacy spreadsheets into the records: the messy sample, coming again, corrections, refusals, undoing."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook, load_workbook

from cmforms.cli.main import cli
from cmforms.definitions.library import Library
from cmforms.errors import Finding
from cmforms.legacy.facesheets import as_sheet, read_face_sheet
from cmforms.legacy.profile import Profile, read_profile
from cmforms.store import Store
from cmforms.workflow.entering import Report
from cmforms.workflow.importing import Job, run
from cmforms.workflow.proposing import Proposal, files_of, propose
from cmforms.workflow.workspace import Workspace
from tests.conftest import ROOT

SAMPLE = ROOT / "samples" / "legacy" / "intake-2019.xlsx"
PROFILE = SAMPLE.with_suffix(".profile.yaml")
EXPECTED = SAMPLE.with_suffix(".expected.json")
HEADERS = (
    "Case No", "Student ID", "First Name", "Last Name", "DOB", "Grade", "Zoned School", "Receiving School", "DSPC Date",
    "Basis", "Placement", "Parent/Guardian", "Relationship", "Parent Phone",
)  # fmt: skip
ROW = (
    "A-1", "0001", "Max", "Minimal", "2006-06-30", "08", "0211", "0901", "2019-10-14", "Level 3", "Alternate",
    "Pat Minimal", "mother", "555-0131",
)  # fmt: skip


def _row(**changed: Any) -> list[Any]:
    return [changed.get(header.lower().replace(" ", "_"), value) for header, value in zip(HEADERS, ROW, strict=True)]


def _csv(path: Path, *rows: Sequence[Any], headers: Sequence[str] = HEADERS) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([headers, *rows])
    return path


def _book(path: Path, *rows: Sequence[Any]) -> Path:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(path)
    return path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    with Store.open(tmp_path / "records.sqlite") as opened:
        yield opened


def _import(path: Path, store: Store, library: Library, profile: Profile | None = None) -> tuple[Report, list[Finding]]:
    proposal = propose(path, library, profile)
    assert proposal.ready, [str(finding) for finding in proposal.findings]
    report = Report()
    return report, list(run(Job(proposal, library, keep_rejects=True), store, report))


def _codes(proposal: Proposal) -> set[str]:
    return {finding.code for finding in proposal.findings}


def _cli(folder: Path, *words: str | Path) -> Result:
    return CliRunner().invoke(cli, ["--workspace", str(folder), *map(str, words)])


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A workspace."""
    CliRunner().invoke(cli, ["init", str(tmp_path / "office")])
    return tmp_path / "office"


def test_messy_sample_gives_what_stands_beside_it(office: Path, tmp_path: Path) -> None:
    done = _cli(office, "import", SAMPLE, "--profile", PROFILE, "--rejects", tmp_path / "waiting.xlsx", "--json")
    assert done.exit_code == 1, done.output
    told = json.loads(done.stdout)
    shown = {key: told[key] for key in ("begun", "changed", "same", "waiting", "sheets")}
    shown["findings"] = [
        f"{each['where'].get('cell', '')} {each['code']}: {each['message']}" for each in told["findings"]
    ]
    assert shown == json.loads(EXPECTED.read_text(encoding="utf-8"))
    shown_case = json.loads(_cli(office, "cases", "show", "CM-2019-0900201", "--json").stdout)
    assert json.dumps(shown_case).count("Rosa Muestra") == 3
    again = _cli(office, "import", SAMPLE, "--profile", PROFILE, "--json")
    assert [json.loads(again.stdout)[key] for key in ("begun", "changed", "same")] == [0, 0, 3]


def test_corrected_rejects_do_the_rest(office: Path, tmp_path: Path) -> None:
    waiting = tmp_path / "waiting.xlsx"
    _cli(office, "import", SAMPLE, "--profile", PROFILE, "--rejects", waiting)
    book = load_workbook(waiting)
    sheet = book["Intake 2019-20"]
    assert "Heron Creek" in str(sheet["J10"].comment.text)
    assert sheet["A6"].number_format == "0000000"
    assert book["cmforms findings"]["D2"].value == "school-unknown"
    sheet["J10"] = "Heron Creek Elementary"
    sheet["J14"] = "0211"
    book.save(waiting)
    done = _cli(office, "import", waiting, "--profile", PROFILE, "--json")
    told = json.loads(done.stdout)
    assert (told["begun"], told["same"], told["waiting"]) == (2, 3, 4), done.output


def test_same_file_twice_changes_nothing(tmp_path: Path, store: Store, library: Library) -> None:
    path = _csv(tmp_path / "a.csv", _row(), _row(case_no="A-2", student_id="0002", first_name="Mia"))
    first, _ = _import(path, store, library)
    second, _ = _import(path, store, library)
    assert (first.begun, second.begun, second.changed, second.same) == (2, 0, 0, 2)
    assert [len(store.history(case)) for case in store.cases()] == [1, 1]
    assert len(store.batches()) == 1


def test_possible_duplicates_are_shown_side_by_side(tmp_path: Path, store: Store, library: Library) -> None:
    twin = _row(case_no="A-2", student_id="0002", parent_phone="555-0140")
    report, told = _import(_csv(tmp_path / "a.csv", _row(), twin), store, library)
    assert report.begun == 2
    assert [finding.message for finding in told] == [
        "may be the same student as case A-1: the same name and birth date, guardian, school; "
        "but student number 0002 / 0001"
    ]
    later = _row(case_no="A-3", student_id="0003")
    _, told = _import(_csv(tmp_path / "b.csv", later), store, library)
    assert [finding.code for finding in told] == ["student-twice"]


def test_id_twice_in_a_file_waits_at_both_places(tmp_path: Path, store: Store, library: Library) -> None:
    report, told = _import(_csv(tmp_path / "a.csv", _row(), _row(first_name="Mia")), store, library)
    assert (report.begun, report.waiting) == (0, 2)
    assert {finding.where.line for finding in told} == {2, 3}


def test_all_faults_of_a_row_are_told(tmp_path: Path, store: Store, library: Library) -> None:
    bad = _row(dob="soon", grade="13", parent_phone="call mother", zoned_school="Nowhere", placement="moon")
    report, told = _import(_csv(tmp_path / "a.csv", bad), store, library)
    assert report.waiting == 1
    assert [finding.where.column for finding in told] == [5, 6, 7, 11, 14]


def test_batch_is_undone(tmp_path: Path, store: Store, library: Library) -> None:
    report, _ = _import(_csv(tmp_path / "a.csv", _row()), store, library)
    assert report.batch
    assert store.undo_batch(report.batch) == []
    assert store.cases() == []


def test_rows_of_contacts_find_their_stored_case(tmp_path: Path, store: Store, library: Library) -> None:
    _import(_csv(tmp_path / "a.csv", _row()), store, library)
    headers = ("Student ID", "Date of contact", "Type of contact", "Person contacted", "Contacted by")
    log = _csv(
        tmp_path / "log.csv", ("0001", "2019-11-02", "HV", "Pat Minimal", "Hazel Okonjo"),
        ("0001", "2019-11-09", "call", "Pat Minimal", "Hazel Okonjo"), ("0009", "2019-11-09", "call", "x", "y"),
        headers=headers,
    )  # fmt: skip
    report, told = _import(log, store, library)
    case = store.case("A-1")
    assert case
    assert [entry["kind"] for entry in case["contacts"]] == ["home_visit", "phone"]
    assert (report.changed, report.waiting) == (1, 1)
    assert [finding.message for finding in told if finding.code == "row-without-case"] == [
        "no case is stored or in this file for '0009'"
    ]
    assert _import(log, store, library)[0].changed == 0


def test_dates_that_prove_no_order_are_asked(tmp_path: Path, store: Store, library: Library) -> None:
    path = _csv(tmp_path / "a.csv", _row(dob="3/4/2006"), _row(case_no="A-2", student_id="0002", dob="5/6/2006"))
    assert "dates-ambiguous" in _codes(propose(path, library))
    profile = read_profile(b"source: a\nsheets: {table: {columns: {DOB: {to: student.dob, order: day-first}}}}", "p")
    _import(path, store, library, profile)
    case = store.case("A-1")
    assert case
    assert case["student"]["dob"] == "2006-04-03"


def test_days_taken_for_months_are_noticed(tmp_path: Path, library: Library) -> None:
    days = [dt.date(2006, 4, 3), dt.date(2006, 6, 5), dt.date(2006, 8, 7), "13/04/2006", "25/12/2005"]
    rows = [_row(case_no=f"A-{at}", student_id=f"000{at}", dob=day) for at, day in enumerate(days)]
    assert "dates-swapped" in _codes(propose(_book(tmp_path / "a.xlsx", HEADERS, *rows), library))


def test_numbers_that_may_have_lost_zeros_are_asked(tmp_path: Path, store: Store, library: Library) -> None:
    rows = [_row(case_no=f"A-{number}", student_id=number) for number in (12, 34567)]
    path = _book(tmp_path / "a.xlsx", HEADERS, *rows)
    assert "ids-zeros" in _codes(propose(path, library))
    text = b"source: a\nsheets: {Sheet: {columns: {Student ID: {to: student.id, digits: 5}}}}"
    _import(path, store, library, read_profile(text, "p"))
    case = store.case("A-12")
    assert case
    assert case["student"]["id"] == "00012"


def test_new_profile_is_written_and_replays(office: Path, tmp_path: Path) -> None:
    path, profile = _csv(tmp_path / "a.csv", _row()), tmp_path / "p.yaml"
    assert _cli(office, "import", path, "--yes", "--profile", profile).exit_code == 0
    assert "# How this kind of file is imported" in profile.read_text(encoding="utf-8")
    done = _cli(office, "import", path, "--profile", profile, "--json")
    assert (done.exit_code, json.loads(done.stdout)["same"]) == (0, 1)
    missing = _csv(tmp_path / "b.csv", _row()[:-1], headers=HEADERS[:-1])
    assert "has no column 'Parent Phone'" in _cli(office, "import", missing, "--profile", profile).output


def test_nothing_is_stored_before_the_mapping_is_agreed(office: Path, tmp_path: Path) -> None:
    done = _cli(office, "import", _csv(tmp_path / "a.csv", _row()))
    assert (done.exit_code, "Nothing is stored" in done.output) == (1, True)
    assert _cli(office, "cases", "list").stdout == ""
    dry = _cli(office, "import", tmp_path / "a.csv", "--dry-run")
    assert "1 cases would be begun" in dry.output
    assert _cli(office, "cases", "list").stdout == ""


CORPUS = ROOT.parent / "shared" / "corpus" / "sheets"
ASKED = {
    "51626_contact.xlsx": {"key-missing", "column-ambiguous"},
    "ed_plans_fixture.csv": {"column-ambiguous"},
    "fake_behavior_export.csv": {"column-ambiguous"},
    "fake_no_headers.csv": {"header-missing"},
    "fake_students_export.csv": {"column-ambiguous"},
    "mtss_referral_fixture.csv": {"key-missing"},
    "restricted_notes_form_fixture.csv": set(),
}


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.exists(), reason="the folder of real files is not here")
@pytest.mark.parametrize("name", ASKED)
def test_real_sheets_ask_what_a_careful_person_would(name: str, library: Library) -> None:
    proposal = propose(CORPUS / name, library)
    assert {finding.code for finding in proposal.findings if finding.severity == "error"} == ASKED[name]


FACE_SHEET = ROOT / "samples" / "returned" / "face-sheet.xlsx"
FACE_PROFILE = b"""
source: face sheets
sheets:
  face sheet:
    columns: {student.full_name: {to: student.full_name, names: given-first}}
    fill: {id: "FS-{student.id}", schools.zoned.number: "0201", schools.receiving.number: "0901",
           referral.dspc_date: "2026-09-02", referral.basis: Level 3}
"""


def test_folder_of_face_sheets_is_read_by_labels(tmp_path: Path, store: Store, library: Library) -> None:
    (tmp_path / "sheets").mkdir()
    book = load_workbook(FACE_SHEET)
    sheet = book.worksheets[0]
    sheet["A5"], sheet["C17"] = "Student's telephone", "home visit"
    book.save(tmp_path / "sheets" / "ana.xlsx")
    (path,) = files_of([tmp_path / "sheets"])
    report, told = _import(path, store, library, read_profile(FACE_PROFILE, "p"))
    assert report.begun == 1, [str(finding) for finding in told]
    case = store.case(store.cases()[0])
    assert case
    assert (case["student"]["given_name"], len(case["guardians"]), len(case["contacts"])) == ("Ana", 2, 2)


def test_faults_of_a_face_sheet_keep_their_place(office: Path, tmp_path: Path) -> None:
    done = _cli(office, "import", FACE_SHEET, "--dry-run", "--rejects", tmp_path / "waiting.xlsx")
    assert "sheet Face sheet, B5: is not sure: its label reads" in done.output
    assert load_workbook(tmp_path / "waiting.xlsx")["Face sheet"]["B5"].comment.author == "cmforms"
    (tmp_path / "none").mkdir()
    assert "holds no spreadsheets" in _cli(office, "import", tmp_path / "none").output
    assert "one sheet at a time" in _cli(office, "import", SAMPLE, FACE_SHEET, "--rejects", "x.xlsx").output


def test_rows_of_contacts_with_the_case_in_each(tmp_path: Path, store: Store, library: Library) -> None:
    headers = (*HEADERS, "Date of contact", "Type of contact", "Person contacted", "Contacted by")
    rows = [
        [*_row(), "2019-11-02", "HV", "Pat Minimal", "Hazel Okonjo"],
        [*_row(basis="Level 4"), "2019-11-09", "call", "Pat Minimal", "Hazel Okonjo"],
    ]
    path = _csv(tmp_path / "a.csv", *rows, headers=headers)
    report, told = _import(path, store, library)
    case = store.case("A-1")
    assert case
    assert (report.begun, len(case["contacts"]), case["referral"]["basis"]) == (1, 2, "Level 3")
    assert [finding.code for finding in told] == ["rows-disagree"]


def test_what_the_model_refuses_waits_with_its_cell(tmp_path: Path, store: Store, library: Library) -> None:
    headers = (*HEADERS, "Date refused", "Date closed")
    path = _csv(tmp_path / "a.csv", [*_row(), "2019-11-02", "2019-12-02"], headers=headers)
    report, told = _import(path, store, library)
    assert report.waiting == 1
    assert {(finding.code, finding.where.column) for finding in told} == {
        ("case-field-missing", 15), ("case-field-missing", 16),
    }  # fmt: skip


def test_new_cases_need_what_a_case_needs(tmp_path: Path, store: Store, library: Library) -> None:
    path = _csv(tmp_path / "a.csv", ["0007", "Mia"], headers=("Student ID", "First Name"))
    report, told = _import(path, store, library)
    assert report.waiting == 1
    assert "to begin one this sheet lacks: Case id (id)" in told[-1].message


def test_hidden_and_other_sheets_are_named(tmp_path: Path, library: Library) -> None:
    book = Workbook()
    for row in (HEADERS, ROW):
        book.worksheets[0].append(row)
    book.create_sheet("Lunch menu").append(["Monday", "Soup"])
    book.create_sheet("Old").append(HEADERS)
    book["Old"].sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    proposal = propose(tmp_path / "a.xlsx", library)
    assert {(finding.code, finding.where.sheet) for finding in proposal.findings} >= {
        ("sheet-unread", "Lunch menu"), ("sheet-hidden", "Old"),
    }  # fmt: skip


def test_ambiguous_column_is_asked_on_a_terminal(
    office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = [*HEADERS[:-1], "Phone"]
    path = _csv(tmp_path / "a.csv", _row(), headers=headers)
    monkeypatch.setattr("cmforms.cli.importing._on_terminal", lambda: True)
    words = ["--workspace", str(office), "import", str(path)]
    done = CliRunner().invoke(cli, words, input="guardians[0].phone\ny\n")
    assert "Where does 'Phone' go" in done.output
    assert done.exit_code == 0, done.output


def test_orders_of_dates_digits_and_merged_cells_are_asked_on_a_terminal(
    office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [_row(case_no=f"A-{at}", student_id=number, dob="3/4/2006") for at, number in enumerate((12, 345))]
    path, profile = _book(tmp_path / "a.xlsx", HEADERS, *rows), tmp_path / "p.yaml"
    book = load_workbook(path)
    book.worksheets[0].merge_cells("L2:L3")
    book.save(path)
    monkeypatch.setattr("cmforms.cli.importing._on_terminal", lambda: True)
    words = ["--workspace", str(office), "import", str(path), "--profile", str(profile), "--json"]
    done = CliRunner().invoke(cli, words, input="3\nday-first\nfill\ny\n")
    assert "Which comes first (month-first, day-first)" in done.output, done.output
    assert json.loads(done.stdout.splitlines()[-1])["begun"] == 2
    with Store.open(office / "records.sqlite", Workspace(office).key) as opened:
        cases = list(opened.all_cases())
    assert [(case["student"]["id"], case["student"]["dob"]) for case in cases] == [
        ("012", "2006-04-03"), ("345", "2006-04-03"),
    ]  # fmt: skip
    assert "merged: fill" in profile.read_text(encoding="utf-8")


def test_rejects_of_text_hold_headers_and_the_rows_that_wait(office: Path, tmp_path: Path) -> None:
    bad = _row(case_no="A-2", student_id="0002", grade="13", basis="=1+1")
    path, waiting = _csv(tmp_path / "a.csv", _row(), bad), tmp_path / "waiting.xlsx"
    _cli(office, "import", path, "--yes", "--rejects", waiting)
    sheet = load_workbook(waiting)["table"]
    assert [cell.value for cell in sheet[1]] == list(HEADERS)
    assert (sheet["A2"].value, sheet["J2"].data_type, sheet["F2"].comment.author) == ("A-2", "s", "cmforms")
    book = load_workbook(waiting)
    book["table"]["F2"], book["table"]["J2"] = "09", "Level 4"
    book.save(waiting)
    told = json.loads(_cli(office, "import", waiting, "--yes", "--json").stdout)
    assert (told["begun"], told["waiting"]) == (1, 0), told["findings"]


def test_face_sheet_gives_paths_and_places(library: Library) -> None:
    found, unread = read_face_sheet(FACE_SHEET, library.roots)
    held = {each.path: (each.cell, each.raw) for each in found}
    assert held["student.full_name"] == ("B3", "Ana Muestra")
    assert {"guardians[1].phone", "contacts[0].on", "referral.placement"} <= set(held)
    assert as_sheet("a.xlsx", found, unread).place(2, 0)[0] == "Face sheet"


@pytest.mark.parametrize("name", ["intake-2003.xls", "intake-2008.xlsb", "intake-2012.ods"])
def test_old_workbooks_give_what_stands_beside_them(office: Path, name: str) -> None:
    path = SAMPLE.with_name(name)
    done = _cli(office, "import", path, "--yes", "--json")
    told = json.loads(done.stdout)
    shown = {key: told[key] for key in ("begun", "waiting")}
    shown["findings"] = [
        f"{each['where'].get('cell', '')} {each['code']}: {each['message']}" for each in told["findings"]
    ]
    with Store.open(office / "records.sqlite", Workspace(office).key) as opened:
        cases = list(opened.all_cases())
    shown["cases"] = [
        {key: case[key] for key in ("id", "student", "guardians", "referral", "notes") if key in case} for case in cases
    ]
    assert shown == json.loads(path.with_name(f"{name}.expected.json").read_text(encoding="utf-8"))
