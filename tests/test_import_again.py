"""A list that comes again: what changed in the file, what a person changed meanwhile, and what both did."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from openpyxl import Workbook, load_workbook

from cmforms.cli.main import cli
from cmforms.definitions.library import Library
from cmforms.errors import Finding
from cmforms.legacy.profile import Profile, read_profile
from cmforms.store import Store
from cmforms.workflow.entering import Report
from cmforms.workflow.importing import Job, run
from cmforms.workflow.proposing import propose
from tests.test_importing import HEADERS, _csv, _row

LOG = ("Student ID", "Date of contact", "Type of contact", "Person contacted", "Contacted by", "Outcome")
VISIT = ("0001", "2019-11-02", "HV", "Pat Minimal", "Hazel Okonjo", "kept")
CALL = ("0001", "2019-11-09", "call", "Pat Minimal", "Hazel Okonjo", "")


class Office:
    """A store into which lists come again under the same name."""

    def __init__(self, store: Store, library: Library, folder: Path) -> None:
        self.store, self.library, self.folder = store, library, folder

    def list(self, *rows: Any, headers: Any = HEADERS) -> list[Finding]:
        """Import the list of cases."""
        return self.take(_csv(self.folder / "list.csv", *rows, headers=headers))

    def log(self, *rows: Any, comes: str = "") -> list[Finding]:
        """Import the log of contacts."""
        said = f"source: log\nsheets: {{table: {{comes: {comes}}}}}" if comes else "source: log"
        return self.take(_csv(self.folder / "log.csv", *rows, headers=LOG), read_profile(said.encode(), "p"))

    def take(self, path: Path, profile: Profile | None = None) -> list[Finding]:
        proposal = propose(path, self.library, profile)
        assert proposal.ready, [str(finding) for finding in proposal.findings]
        self.report = Report()
        return list(run(Job(proposal, self.library, keep_rejects=True), self.store, self.report))

    @property
    def case(self) -> dict[str, Any]:
        """The case as it is stored."""
        case = self.store.case("A-1")
        assert case
        return case

    @property
    def contacts(self) -> list[tuple[str, str, str | None]]:
        """Day, kind and outcome of each contact."""
        return [(entry["on"], entry["kind"], entry.get("outcome")) for entry in self.case["contacts"]]

    def edit(self, part: str, number: int, **values: Any) -> None:
        """Change an entry of the case by hand; None takes the whole entry out."""
        case = self.case
        case[part][number] |= values
        if None in values.values():
            del case[part][number]
        self.store.save_case("A-1", case)


@pytest.fixture
def office(tmp_path: Path, library: Library) -> Iterator[Office]:
    """A store that holds one case, from a list."""
    with Store.open(tmp_path / "records.sqlite") as store:
        made = Office(store, library, tmp_path)
        made.list(_row())
        yield made


def _codes(told: list[Finding]) -> list[str]:
    return [finding.code for finding in told]


def test_only_what_changed_in_the_list_changes_the_case(office: Office) -> None:
    told = office.list(_row(parent_phone="555-0199"))
    assert [finding.message for finding in told] == ["guardians[0].phone becomes '555-0199', which was '555-0131'"]
    assert office.case["guardians"][0]["phone"] == "555-0199"


def test_edit_by_hand_outlives_every_later_edition_of_the_list(office: Office) -> None:
    office.edit("guardians", 0, phone="555-0150")
    for basis in ("Level 4", "Level 2"):
        assert _codes(office.list(_row(basis=basis))) == ["value-changed"]
        assert office.case["guardians"][0]["phone"] == "555-0150"
        assert office.case["referral"]["basis"] == basis


def test_what_both_changed_is_shown_from_all_sides_and_stays(office: Office) -> None:
    office.edit("guardians", 0, phone="555-0150")
    (told,) = office.list(_row(parent_phone="555-0160"))
    assert (told.code, told.severity) == ("edited-since", "review")
    assert told.message == (
        "guardians[0].phone was '555-0131' in this list, is '555-0160' there now, and is '555-0150' in the records, "
        "which stays"
    )
    assert (office.report.disputed, office.case["guardians"][0]["phone"]) == (1, "555-0150")
    assert [event.kind for event in office.store.disclosures("A-1")] == ["read"]
    assert office.list(_row(parent_phone="555-0160")) == []
    assert office.list(_row(parent_phone="555-0150")) == []


def test_value_left_out_is_told_and_kept(office: Office) -> None:
    (told,) = office.list(_row(parent_phone=""))
    assert (told.code, office.case["guardians"][0]["phone"]) == ("value-withdrawn", "555-0131")
    assert told.fix.endswith("cmforms cases set A-1 guardians[0].phone=")


def test_undone_import_says_nothing_any_more(office: Office) -> None:
    office.edit("guardians", 0, phone="555-0150")
    office.list(_row(basis="Level 4"))
    assert office.store.undo_batch(office.report.batch or 0) == []
    assert _codes(office.list(_row(basis="Level 4"))) == ["value-changed"]


def test_corrected_day_of_a_contact_adds_none(office: Office) -> None:
    office.log(VISIT, CALL)
    told = office.log(("0001", "2019-11-03", *VISIT[2:]), CALL)
    assert [finding.message for finding in told] == ["contacts[0].on becomes '2019-11-03', which was '2019-11-02'"]
    assert office.contacts == [("2019-11-03", "home_visit", "kept"), ("2019-11-09", "phone", None)]


def test_contact_gains_what_is_new_about_it(office: Office) -> None:
    office.log((*VISIT[:-1], ""))
    assert [finding.message for finding in office.log(VISIT)] == ["contacts[0].outcome becomes 'kept'"]


def test_correction_and_edit_of_one_contact_both_count(office: Office) -> None:
    office.log(VISIT, CALL)
    office.edit("contacts", 0, outcome="missed")
    office.log(("0001", "2019-11-03", *VISIT[2:]), CALL)
    assert office.contacts[0] == ("2019-11-03", "home_visit", "missed")
    (told,) = office.log(("0001", "2019-11-03", *VISIT[2:-1], "no_answer"), CALL)
    assert (told.code, office.contacts[0][2]) == ("edited-since", "missed")


def test_contact_taken_out_by_hand_stays_out(office: Office) -> None:
    office.log(VISIT, CALL)
    office.edit("contacts", 0, on=None)
    assert office.log(VISIT, (*CALL[:-1], "kept"))
    assert office.contacts == [("2019-11-09", "phone", "kept")]
    told = office.log(("0001", "2019-11-03", *VISIT[2:]), (*CALL[:-1], "kept"))
    assert [finding.message for finding in told] == [
        "contacts.on was '2019-11-02' in this list, is '2019-11-03' there now, and was taken out of the records by "
        "hand, which stays"
    ]


def test_contact_that_left_the_list_is_told_and_kept(office: Office) -> None:
    office.log(VISIT, CALL)
    (told,) = office.log(CALL)
    assert (told.code, len(office.contacts)) == ("value-withdrawn", 2)


def test_single_contact_on_another_day_is_asked(office: Office) -> None:
    office.log(VISIT)
    moved = ("0001", "2019-11-03", *VISIT[2:])
    (told,) = office.log(moved)
    assert (told.code, office.report.waiting, len(office.contacts)) == ("entry-unclear", 1, 1)
    office.log(moved, comes="whole")
    assert [day for day, _, _ in office.contacts] == ["2019-11-03"]
    office.log(VISIT, comes="parts")
    assert [day for day, _, _ in office.contacts] == ["2019-11-03", "2019-11-02"]


def test_several_that_could_be_meant_wait(office: Office) -> None:
    office.log(VISIT, CALL)
    days = [("0001", day, *VISIT[2:]) for day in ("2019-11-03", "2019-11-04")]
    assert set(_codes(office.log(*days, CALL))) == {"entry-unclear"}
    assert (office.report.waiting, len(office.contacts)) == (3, 2)


def test_two_calls_on_a_day_are_two(office: Office) -> None:
    office.log(CALL, (*CALL[:-1], "kept"))
    assert [outcome for _, _, outcome in office.contacts] == [None, "kept"]
    assert office.log(CALL, (*CALL[:-1], "kept")) == []


def test_rows_that_waited_only_add(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    path = _csv(tmp_path / "log.csv", VISIT, ("0001", "2019-11-99", *VISIT[2:]), headers=LOG)
    words = ["--workspace", str(folder), "import", "--yes"]
    CliRunner().invoke(cli, ["init", str(folder)])
    CliRunner().invoke(cli, [*words, str(_csv(tmp_path / "list.csv", _row()))])
    CliRunner().invoke(cli, [*words, str(path), "--rejects", str(tmp_path / "log.xlsx")])
    book = load_workbook(tmp_path / "log.xlsx")
    assert book.sheetnames[0] == "cmforms rows that wait"
    book["table"]["B2"] = "2019-11-12"
    book.save(tmp_path / "log.xlsx")
    done = CliRunner().invoke(cli, [*words, str(tmp_path / "log.xlsx")])
    assert "1 changed" in done.output, done.output


def test_notes_of_the_list_take_the_place_of_its_own_alone(office: Office) -> None:
    heads = (*HEADERS, "Remarks")
    office.list([*_row(), "first"], headers=heads)
    office.list([*_row(), "second"], headers=heads)
    assert office.case["notes"] == "second"
    office.store.save_case("A-1", {**office.case, "notes": "second\nby hand"})
    office.list([*_row(), "third"], headers=heads)
    assert office.case["notes"] == "second\nby hand\nthird"


def test_later_row_of_a_case_fills_what_the_first_leaves_blank(office: Office) -> None:
    heads = (*HEADERS, *LOG[1:])
    rows = [[*_row(case_no="A-1", parent_phone=""), *VISIT[1:]], [*_row(case_no="A-1"), *CALL[1:]]]
    office.list(*rows, headers=heads)
    assert (len(office.contacts), office.case["guardians"][0]["phone"]) == (2, "555-0131")


def test_guardian_in_columns_and_in_a_sheet_of_his_own_is_one(office: Office) -> None:
    profile = """
source: both
sheets:
  More:
    columns: {Id: id, Who: "guardians[].name", How: "guardians[].relationship", Mail: "guardians[].email"}
    header_rows: [1]
"""
    for mail in ("pat@example.org", "minimal@example.org"):
        book = Workbook()
        book.create_sheet("More")
        for row in (HEADERS, _row(case_no="A-2", student_id="0002")):
            book.worksheets[0].append(row)
        pat, lee = ("A-2", "Pat Minimal", "mother", mail), ("A-2", "Lee", "uncle", "")
        for entry in (("Id", "Who", "How", "Mail"), pat, lee):
            book.worksheets[1].append(entry)
        book.save(office.folder / "b.xlsx")
        told = office.take(office.folder / "b.xlsx", read_profile(profile.encode(), "p"))
    assert [finding.code for finding in told if finding.code != "student-twice"] == ["value-changed"]
    case = office.store.case("A-2")
    assert case
    assert [(each["name"], each.get("email")) for each in case["guardians"]] == [
        ("Pat Minimal", "minimal@example.org"), ("Lee", None),
    ]  # fmt: skip


def test_guardian_of_another_source_is_no_second_one(office: Office) -> None:
    path = _csv(office.folder / "other.csv", _row(**{"parent/guardian": "Patricia Minimal"}))
    (told,) = office.take(path)
    assert (told.code, len(office.case["guardians"])) == ("value-conflict", 1)
