"""Cases from YAML, JSON, JSON lines, workbooks, CSV and folders; what is wrong is told with its place."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from cmforms.errors import Finding, InputError, OutputError
from cmforms.model import Case, plain
from cmforms.sources import Loaded, SourcedCase, iter_cases, read_cases, write_cases
from tests.conftest import ROOT

FILES = ROOT / "samples" / "cases"
CASES = {sourced.case.id: sourced.case for sourced in read_cases([FILES]).cases}
MINIMAL = (FILES / "CM-2026-0004.yaml").read_text(encoding="utf-8")
CORPUS = ROOT.parent / "shared" / "corpus"
ROW = {
    "Case id": "A-1",
    "student.id": "0001",
    "Student: Given name": "Max",
    "student.family_name": "Minimal",
    "Student: Date of birth": "2014-06-30",
    "student.grade": "06",
    "schools.zoned.number": "0211",
    "Schools: Receiving: School number *": "0901",
    "referral.dspc_date": "2026-10-14",
    "referral.basis": "x",
    "Referral: Placement": "Zoned school",
}
each_case = pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))


def _csv(path: Path, *rows: dict[str, str], encoding: str = "utf-8", delimiter: str = ",") -> Path:
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def _book(path: Path, **sheets: Sequence[Sequence[Any]]) -> Path:
    book = Workbook(write_only=True)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def _row_book(path: Path, **more: Any) -> Path:
    row = {**ROW, **more}
    return _book(path, Cases=[list(row), list(row.values())])


def _one(path: Path) -> Case:
    (found,) = read_cases([path]).cases
    return found.case


def _faults(path: Path) -> list[Finding]:
    with pytest.raises(InputError) as trouble:
        read_cases([path])
    return list(trouble.value.findings)


def _write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# YAML and JSON


def test_folder_gives_every_case_with_its_file() -> None:
    loaded = read_cases([FILES])
    assert loaded.findings == []
    assert [Path(str(found.origin.source)).stem for found in loaded.cases] == sorted(CASES)


def test_bare_words_times_and_numbers_stay_as_written(tmp_path: Path) -> None:
    text = MINIMAL.replace('"0900104"', "0100104").replace("family_name: Minimal", "family_name: No")
    text += "contacts:\n  - {on: 2026-10-15, at: 14:05, kind: phone, person: x, by: y}\n"
    case = _one(_write(tmp_path / "a.yaml", text))
    assert (case.student.id, case.student.family_name) == ("0100104", "No")
    assert (case.contacts[0].on, case.contacts[0].at) == (dt.date(2026, 10, 15), dt.time(14, 5))


@pytest.mark.parametrize(
    ("was", "now", "line", "said"),
    [
        ("given_name: Max", "gven_name: Max", 6, "did you mean 'given_name'"),
        ("dob: 2014-06-30", "dob: 2014-02-30", 8, "outside expected range"),
        ('id: "0900104"', "id: 900104", 5, "in quotes"),
        ('{number: "0211"}', "{nummer: x}", 11, "did you mean 'number'"),
        ("relationship: parent}", "relationship: null}", 18, "valid string"),
    ],
)
def test_faults_of_a_case_file_have_a_line(tmp_path: Path, was: str, now: str, line: int, said: str) -> None:
    assert was in MINIMAL
    found = _faults(_write(tmp_path / "a.yaml", MINIMAL.replace(was, now)))
    assert [f for f in found if said in f.message and f.where.line == line and f.where.column]


@pytest.mark.parametrize(
    ("name", "text", "code", "line"),
    [
        ("a.yaml", "id: [1\n b: 2", "yaml-broken", 2),
        ("a.yaml", "id: A\nid: B", "yaml-broken", 2),
        ("a.yaml", "id: !!python/object/apply:os.system [x]", "yaml-broken", None),
        ("a.yaml", "id: !own x", "yaml-broken", 1),
        ("a.yaml", "? [a]\n: b", "yaml-broken", 1),
        ("a.yaml", "id: A\n--- \nid: B", "yaml-broken", 2),
        ("a.yaml", "a: &a [*a]", None, None),
        ("a.yaml", "[" * 100_000, "yaml-broken", None),
        ("a.yaml", "a: &a x\nb: [" + "*a, " * 101 + "]", "yaml-aliases", None),
        ("a.yaml", b"id: \xff", "yaml-encoding", None),
        ("a.yaml", "id: \x00", "yaml-broken", None),
        ("a.yaml", "# nothing", "case-not-a-mapping", None),
        ("a.json", '{"id": "A",\n "x": }', "json-broken", 2),
        ("a.json", '{"id": "A", "id": "B"}', "json-broken", None),
        ("a.json", '{"id": NaN}', "json-broken", None),
        ("a.json", "[" * 100_000, "json-broken", None),
        ("a.json", b'{"id": "\xff"}', "json-encoding", None),
        ("a.json", '{"id": "A",\n"student": {"grade": "13"}}', None, 2),
        ("a.json", '{\t"id": "A"}', "case-field-missing", 1),
    ],
)
def test_broken_text(
    tmp_path: Path, name: str, text: str | bytes, code: str | None, line: int | None
) -> None:
    found = _faults(_write(tmp_path / name, text))
    assert code is None or found[0].code == code
    assert line is None or line in [finding.where.line for finding in found]


def test_no_alias_bomb_goes_off(tmp_path: Path) -> None:
    levels = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 11))
    assert _faults(_write(tmp_path / "a.yaml", "l0: &l0 [x]\n" + levels))


def test_json_holds_one_case_or_several(tmp_path: Path) -> None:
    many = [plain(case) for case in CASES.values()]
    assert _one(_write(tmp_path / "one.json", json.dumps(many[0]))) == CASES["CM-2026-0001"]
    loaded = read_cases([_write(tmp_path / "many.json", json.dumps([*many, {}]))])
    assert [found.case for found in loaded.cases] == list(CASES.values())
    assert {finding.code for finding in loaded.findings} == {"case-field-missing"}


def test_json_lines_go_on_after_a_bad_one(tmp_path: Path) -> None:
    good = json.dumps(plain(CASES["CM-2026-0014"]), ensure_ascii=False)
    items = list(iter_cases(_write(tmp_path / "a.jsonl", f'{{"id": \n\n{good}\n{{"id": "B"}}\n')))
    (found,) = (item for item in items if isinstance(item, SourcedCase))
    assert (found.case, found.origin.line) == (CASES["CM-2026-0014"], 3)
    assert {item.where.line for item in items if isinstance(item, Finding)} == {1, 4}


# Files and folders


@pytest.mark.parametrize(
    ("name", "data", "code", "said"),
    [
        ("a.yaml", None, "file-missing", "no such file"),
        ("a.yaml", b"", "file-empty", "0 bytes"),
        ("a.txt", b"x", "source-type", "'.txt'"),
        ("a", b"x", "source-type", "no suffix"),
        ("a.xlsx", b"x", "source-type", "no workbook"),
        ("a.yaml", b"%PDF-1.7", "source-type", "a PDF"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "source-type", "password-protected"),
        ("a.xlsx", b"PK\x03\x04 and no more", "workbook-unusable", "damaged"),
        ("a.csv", b"a\x00b", "csv-not-text", "not a text file"),
        ("a.csv", b"id\n\x81", "csv-encoding", "Windows-1252"),
        ("a.csv", b'id,student.id\n"A,1\n', "csv-broken", "unexpected end"),
    ],
)
def test_files_that_cannot_be_used(
    tmp_path: Path, name: str, data: bytes | None, code: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if data is not None:
        _write(Path(name), data)
    if code == "csv-broken":
        _csv(Path(name), ROW)
        _write(Path(name), Path(name).read_bytes() + b'"A,1\n')
    (found,) = _faults(Path(name))
    assert (found.code, found.where.source) == (code, name)
    assert said in found.message


def test_named_file_that_is_missing_stops_all(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_cases([FILES / "CM-2026-0001.yaml", tmp_path / "none.yaml"])


def test_bad_file_of_a_folder_is_a_finding(tmp_path: Path) -> None:
    shutil.copy(FILES / "CM-2026-0001.yaml", tmp_path)
    _write(tmp_path / "broken.yaml", "id: [")
    _write(tmp_path / "~$lock.xlsx", "x")
    _write(tmp_path / ".hidden.yaml", "x")
    loaded = read_cases([tmp_path])
    assert ([c.case.id for c in loaded.cases], [f.code for f in loaded.findings]) == (
        ["CM-2026-0001"],
        ["yaml-broken"],
    )


def test_folder_without_case_files(tmp_path: Path) -> None:
    assert _faults(tmp_path)[0].code == "folder-empty"


def test_case_id_that_stands_twice_is_held_back(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        shutil.copy(FILES / "CM-2026-0001.yaml", tmp_path / name)
    shutil.copy(FILES / "CM-2026-0003.yaml", tmp_path)
    loaded = read_cases([tmp_path / "a.yaml", tmp_path])
    assert [found.case.id for found in loaded.cases] == ["CM-2026-0003"]
    assert {f.code for f in loaded.findings} == {"case-id-twice"}
    assert "b.yaml" in str(loaded.findings[0])
    streamed = list(iter_cases(tmp_path))
    assert [isinstance(item, Finding) for item in streamed] == [False, False, True]


def test_workbook_is_known_by_its_content(tmp_path: Path) -> None:
    write_cases(tmp_path / "a.xlsx", CASES.values())
    assert len(read_cases([(tmp_path / "a.xlsx").rename(tmp_path / "a.csv")]).cases) == len(CASES)


# Workbooks


def test_every_sample_comes_back_from_a_workbook(tmp_path: Path) -> None:
    write_cases(tmp_path / "a.xlsx", CASES.values())
    loaded = read_cases([tmp_path / "a.xlsx"])
    assert loaded.findings == []
    assert [found.case for found in loaded.cases] == list(CASES.values())
    assert str(loaded.cases[1].origin).endswith("sheet Cases, A3")


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-x",
        "@a",
        "\t=a",
        "'=x",
        "_x000D_",
        "a_x005F_b",
        "#N/A",
        "TRUE",
        "12",
        " 1 ",
        "_x000D_\n",
        "_x005F_x0000_",
        "a\r\nb",
        "a\n\nb",
        "مثال",
    ],
)
def test_text_comes_back_as_typed_and_is_no_formula(tmp_path: Path, text: str) -> None:
    case = CASES["CM-2026-0004"].model_copy(update={"notes": text})
    write_cases(tmp_path / "a.xlsx", [case])
    assert _one(tmp_path / "a.xlsx").notes == text
    cells = [cell for row in load_workbook(tmp_path / "a.xlsx")["Cases"].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s", "d", "n"}
    assert [cell.value for cell in cells if cell.quotePrefix] == [text] * text.startswith(
        ("=", "+", "-", "@", "\t")
    )


def test_days_before_the_calendar_of_workbooks(tmp_path: Path) -> None:
    student = CASES["CM-2026-0004"].student.model_copy(update={"dob": dt.date(1899, 5, 1)})
    write_cases(tmp_path / "a.xlsx", [CASES["CM-2026-0004"].model_copy(update={"student": student})])
    assert _one(tmp_path / "a.xlsx").student.dob == dt.date(1899, 5, 1)


def test_text_too_long_for_a_cell_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"32,768 characters.*\.jsonl"):
        write_cases(tmp_path / "a.xlsx", [CASES["CM-2026-0004"].model_copy(update={"notes": "x" * 32_768})])
    assert list(tmp_path.iterdir()) == []


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OutputError):
        write_cases(tmp_path / "none" / "a.xlsx", [])


@pytest.mark.parametrize(
    ("header", "value", "path", "expected"),
    [
        ("student.dob", dt.datetime(2014, 6, 30), "student.dob", dt.date(2014, 6, 30)),
        ("student.dob", "Jun 30, 2014", "student.dob", dt.date(2014, 6, 30)),
        ("student.dob", "6/30/2014", "student.dob", dt.date(2014, 6, 30)),
        ("Contact 2: Time", dt.time(14, 5), "contacts.0.at", dt.time(14, 5)),
        ("contacts[1].at", "2:05 PM", "contacts.0.at", dt.time(14, 5)),
        ("terms.attendance_target", 92.0, "terms.attendance_target", 92),
        ("terms.attendance_target", "92 %", "terms.attendance_target", 92),
        ("referral.in_lieu_of_expulsion", False, "referral.in_lieu_of_expulsion", False),
        ("referral.in_lieu_of_expulsion", "no", "referral.in_lieu_of_expulsion", False),
        ("Student: Grade", 10, "student.grade", "10"),
        ("referral.placement", "alternate_school", "referral.placement", "alternate_school"),
    ],
)
def test_cells_are_read_as_their_column_says(
    tmp_path: Path, header: str, value: object, path: str, expected: object
) -> None:
    drop = {"student.dob": "Student: Date of birth", "Student: Grade": "student.grade"}
    drop["referral.placement"] = "Referral: Placement"
    row = {key: held for key, held in ROW.items() if key != drop.get(header)}
    row |= {"contacts[1].on": "2026-10-15", "contacts[1].kind": "home visit"}
    row |= {"contacts[1].person": "x", "Contact 2: Contact made by": "y", header: value}  # type: ignore[dict-item]
    held: Any = _one(_book(tmp_path / "a.xlsx", Cases=[list(row), list(row.values())]))
    for step in path.split("."):
        held = held[int(step)] if step.isdecimal() else getattr(held, step)
    assert held == expected


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("Student: Date of birth", "3/4/2014", "two ways"),
        ("Student: Date of birth", "3/14/14", "two ways"),
        ("Student: Date of birth", dt.datetime(2014, 3, 4, 12), "time of day"),
        ("Student: Date of birth", "2014-02-30", "not a day"),
        ("Student: Date of birth", 41000, "not a date"),
        ("Student: Date of birth", True, "not a date"),
        ("Student: Date of birth", dt.time(12), "not a date"),
        ("student.id", 1, "leading zeros"),
        ("student.id", dt.datetime(2014, 3, 4), "not a text"),
        ("student.grade", 6, "did you mean '06'"),
        ("Referral: Placement", "at home", "use one of zoned school"),
        ("Student: Given name", "=A1", "formula"),
        ("Student: Given name", "#REF!", "the error #REF!"),
        ("student.family_name", None, "is missing"),
        ("Schools: Receiving: School number *", "09 01", "pattern"),
        ("terms.attendance_target", 90.5, "whole number"),
        ("terms.attendance_target", "lots", "whole number"),
        ("referral.in_lieu_of_expulsion", "perhaps", "neither a mark"),
        ("referral.in_lieu_of_expulsion", 2, "not a check"),
        ("guardians[0].email", "x", "relationship"),
    ],
)
def test_faulty_cells_are_told_by_sheet_and_cell(
    tmp_path: Path, column: str, value: object, said: str
) -> None:
    path = _row_book(tmp_path / "a.xlsx", **{column: value})
    found = _faults(path)
    assert said in " ".join(f"{finding.where.path} {finding.message}" for finding in found)
    letter = (
        load_workbook(path)["Cases"].cell(1, list({**ROW, column: value}).index(column) + 1).column_letter
    )
    assert {finding.where.sheet for finding in found} == {"Cases"}
    assert value is None or f"{letter}2" in [finding.where.cell for finding in found]


def test_percent_format_and_fractions_of_a_second(tmp_path: Path) -> None:
    path = _row_book(tmp_path / "a.xlsx")
    book = load_workbook(path)
    entry = {
        "Grading period": "Q1",
        "Starts": "2026-08-10",
        "Ends": "2026-10-09",
        "Attendance, per cent": 0.915,
    }
    sheet = book.create_sheet("Monitoring")
    sheet.append(["Case id", *entry])
    sheet.append(["A-1", *entry.values()])
    sheet["E2"].number_format = "0.0%"
    book.save(path)
    assert _one(path).monitoring[0].attendance_percent == 91.5


def test_times_to_the_second_are_in_doubt(tmp_path: Path) -> None:
    contact = {"contacts[0].on": "2026-10-15", "contacts[0].kind": "phone", "contacts[0].person": "x"}
    path = _row_book(
        tmp_path / "a.xlsx", **contact, **{"contacts[0].by": "y", "contacts[0].at": dt.time(14, 5, 30)}
    )
    assert "has seconds" in _faults(path)[0].message


def test_good_rows_are_read_beside_bad_ones(tmp_path: Path) -> None:
    rows = [list(ROW), list(ROW.values()), [], ["A-2", 5, *list(ROW.values())[2:]]]
    loaded = read_cases([_book(tmp_path / "a.xlsx", Sheet1=rows)])
    assert [str(found.origin)[-16:] for found in loaded.cases] == ["sheet Sheet1, A2"]
    assert [(f.where.case, f.where.cell) for f in loaded.findings] == [("A-2", "B4")]


@pytest.mark.parametrize(
    ("headers", "code", "said"),
    [
        (["Studnt: Given name"], "column-unknown", "did you mean 'Student: Given name'"),
        (["Case id"], "column-repeated", "stands twice"),
        (["Contact 0: Date"], "column-unknown", "not a known column"),
    ],
)
def test_faulty_headers(tmp_path: Path, headers: list[str], code: str, said: str) -> None:
    found = _faults(_book(tmp_path / "a.xlsx", Cases=[[*ROW, *headers], [*ROW.values(), "x"]]))
    assert (found[0].code, found[0].where.cell) == (code, "L1")
    assert said in found[0].message


def test_columns_that_are_missing_are_named(tmp_path: Path) -> None:
    found = _faults(_book(tmp_path / "a.xlsx", Cases=[list(ROW)[:-1], list(ROW.values())[:-1]]))
    assert [finding.where.path for finding in found] == ["referral.placement"]


def test_foreign_table_is_no_table_of_cases(tmp_path: Path) -> None:
    assert [f.code for f in _faults(_book(tmp_path / "a.xlsx", Cases=[["x", "y"], [1, 2]]))] == [
        "header-missing"
    ]
    assert [f.code for f in _faults(_book(tmp_path / "b.xlsx", One=[], Two=[]))] == ["sheet-missing"]


def test_own_columns_are_left_unread_but_not_nameless_ones(tmp_path: Path) -> None:
    table = [[*ROW, "# my remark", None], [*ROW.values(), "x", None]]
    assert _one(_book(tmp_path / "a.xlsx", Cases=table)).id == "A-1"
    table[1][-1] = "y"
    assert _faults(_book(tmp_path / "b.xlsx", Cases=table))[0].where.cell == "M2"


def test_lists_join_their_case(tmp_path: Path) -> None:
    rows = [[*ROW, "Guardian 2: Name", "guardians[1].relationship"], [*ROW.values(), "B", "aunt"]]
    more = [["Case id", "Name", "relationship"], ["A-1", "C", "uncle"]]
    told = [["id", "Witnesses"], ["A-1", "x"]]
    faulty = [["case id", "Date", "Transferred on"], ["A-1", "x"]]
    path = _book(tmp_path / "a.xlsx", **{"Cases": rows, "More guardians": more})
    assert [guardian.name for guardian in _one(path).guardians] == ["B", "C"]
    path = _book(tmp_path / "b.xlsx", Cases=rows, Witnesses=told)
    assert "referral_back.basis" in [finding.where.path for finding in _faults(path)]
    assert _faults(_book(tmp_path / "c.xlsx", Cases=rows, Transfers=faulty))[0].where.sheet == "Transfers"


@pytest.mark.parametrize(("key", "said"), [("A-11", "did you mean 'A-1'"), (None, "which case")])
def test_entry_of_no_case(tmp_path: Path, key: str | None, said: str) -> None:
    agencies = [["Case id", "Agency"], ["A-1", "x"], [key, "y"], ["A-1", "z", "headless"]]
    loaded = read_cases(
        [_book(tmp_path / "a.xlsx", Cases=[list(ROW), list(ROW.values())], Agencies=agencies)]
    )
    assert [agency.name for agency in loaded.cases[0].case.agencies] == ["x"]
    assert {f.where.cell for f in loaded.findings} == {"A3", "C4"}
    assert [f for f in loaded.findings if said in f.message]


def test_lists_in_any_order_join_their_case(tmp_path: Path) -> None:
    ids = ["A-3", "A-1", "A-2"]
    table = [list(ROW), *([*{**ROW, "Case id": case_id}.values()] for case_id in ids)]
    agencies = [["Agency", "Case id"], *([f"{case_id} {n}", case_id] for n in "xy" for case_id in sorted(ids))]
    agencies += [["early", "B-7"], ["A-3 z", "A-3"], ["late", "B-8"]]
    loaded = read_cases([_book(tmp_path / "a.xlsx", Cases=table, Agencies=agencies)])
    joined = {found.case.id: [agency.name for agency in found.case.agencies] for found in loaded.cases}
    assert joined == {"A-3": ["A-3 x", "A-3 y", "A-3 z"], "A-1": ["A-1 x", "A-1 y"], "A-2": ["A-2 x", "A-2 y"]}
    assert [f.where.cell for f in loaded.findings] == ["A8", "A10"]


def test_sheets_that_are_not_read_are_told(tmp_path: Path) -> None:
    table = [list(ROW), list(ROW.values())]
    loaded = read_cases([_book(tmp_path / "a.xlsx", Cases=table, Contact=[["x"]], Budget=[["y"]])])
    assert [f.severity.value for f in loaded.findings] == ["review", "note"]
    assert "did you mean 'Contacts'" in loaded.findings[0].message


def test_entries_are_told_by_the_cell_of_their_sheet(tmp_path: Path) -> None:
    incidents = [["Case id", "Date", "Level", "Offense code"], ["A-1", "2026-10-01", 5, "x"]]
    found = _faults(_book(tmp_path / "a.xlsx", Cases=[list(ROW), list(ROW.values())], Incidents=incidents))
    assert {(f.where.path, f.where.sheet) for f in found} == {
        ("incidents[0].level", "Incidents"),
        ("incidents[0].title", "Incidents"),
    }


def test_workbook_that_unpacks_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cmforms.sources.workbook.MOST_UNPACKED", 100)
    assert "would unpack" in _faults(_row_book(tmp_path / "a.xlsx"))[0].message


def test_sheet_that_claims_endless_rows(tmp_path: Path) -> None:
    path = _row_book(tmp_path / "a.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(
                info, data.replace(b'<row r="2"', b'<row r="99999999"').replace(b'2" t=', b'99999999" t=')
            )
    assert "claims more than" in _faults(tmp_path / "b.xlsx")[0].message


# CSV


@pytest.mark.parametrize(
    ("encoding", "delimiter", "codes"),
    [
        ("utf-8", ",", []),
        ("utf-8-sig", ",", []),
        ("cp1252", ",", ["csv-encoding"]),
        ("utf-16", "\t", ["csv-delimiter"]),
        ("utf-8", ";", ["csv-delimiter"]),
        ("utf-8", "|", ["csv-delimiter"]),
    ],
)
def test_csv_as_programs_write_it(tmp_path: Path, encoding: str, delimiter: str, codes: list[str]) -> None:
    row = {**ROW, "notes": 'Søn, "x"; |\n\t=y'}
    loaded = read_cases([_csv(tmp_path / "a.csv", row, encoding=encoding, delimiter=delimiter)])
    assert [found.case.notes for found in loaded.cases] == [row["notes"]]
    assert [finding.code for finding in loaded.findings] == codes


def test_csv_takes_lists_as_numbered_columns(tmp_path: Path) -> None:
    row = {**ROW, "Incident 3: Level": "2", "incidents[2].on": "2026-10-01"}
    row |= {"incidents[2].code": "X", "Incident 3: Offense": "y", "referral_back.basis": "level 3"}
    row |= {"referral_back.narrative.incident": "z", "Referral back: Narrative: Witnesses 2": "w"}
    case = _one(_csv(tmp_path / "a.csv", row))
    assert (case.incidents[0].level, case.incidents[0].on) == (2, dt.date(2026, 10, 1))
    assert case.referral_back
    assert case.referral_back.narrative
    assert case.referral_back.narrative.witnesses == ["w"]


def test_csv_faults_have_the_line_where_the_row_begins(tmp_path: Path) -> None:
    first = {**ROW, "notes": "two\nlines"}
    second = {**first, "Case id": "A-2", "Student: Date of birth": "1/2/2014"}
    loaded = read_cases([_csv(tmp_path / "a.csv", first, second)])
    assert [(f.where.line, f.where.path, f.where.case) for f in loaded.findings] == [
        (4, "student.dob", "A-2")
    ]


def test_csv_row_with_a_separator_too_many(tmp_path: Path) -> None:
    path = _csv(tmp_path / "a.csv", ROW)
    path.write_bytes(path.read_bytes().rstrip() + b",x\r\n")
    assert _faults(path)[0].code == "cell-without-column"


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json"])
def test_source_without_a_case_is_said(tmp_path: Path, name: str) -> None:
    text = {"a.csv": ",".join(f'"{header}"' for header in ROW), "a.jsonl": "\n", "a.json": "[]"}
    loaded = read_cases([_write(tmp_path / name, text[name])])
    assert (loaded.cases, [finding.code for finding in loaded.findings]) == ([], ["no-cases"])


def test_many_rows_do_not_sit_in_memory(tmp_path: Path) -> None:
    line = json.dumps(plain(CASES["CM-2026-0004"]))
    path = _write(tmp_path / "a.jsonl", "\n".join(line.replace("CM-2026", f"N-{n}") for n in range(50)))
    items = iter_cases(path)
    first = next(items)
    assert isinstance(first, SourcedCase)
    assert first.case.id == "N-0-0004"


@pytest.mark.corpus
@pytest.mark.parametrize(
    "path", sorted([*CORPUS.glob("sheets/*"), *CORPUS.glob("hostile/*")]), ids=lambda p: p.name
)
def test_files_found_in_the_wild_are_refused_with_a_word(path: Path) -> None:
    assert all(finding.message for finding in _faults(path))


def test_nothing_named_gives_nothing() -> None:
    assert read_cases([]) == Loaded([], [])
