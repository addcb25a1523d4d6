"""The case model: what it refuses, what it derives, and the sample cases that live by the policy."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cmforms.definitions.library import Library
from cmforms.errors import InputError
from cmforms.model import Case, case_from, plain, schema
from cmforms.sources import read_cases
from tests.conftest import ROOT

CASES = [sourced.case for sourced in read_cases([ROOT / "samples" / "cases"]).cases]
MINIMAL = plain(next(case for case in CASES if case.id == "CM-2026-0004"))
DAY = "2026-09-02"
ENDED = {"on": DAY, "reason": "satisfactory", "evidence": "x"}
CALL = {"on": DAY, "kind": "phone", "person": "x", "by": "y"}
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


def _with(path: str, value: Any) -> dict[str, Any]:
    """Return the minimal case with one value set."""
    data = case_from(MINIMAL, "x").model_dump(mode="python", exclude_none=True, exclude_computed_fields=True)
    *parts, last = path.split(".")
    place = data
    for part in parts:
        place = place.setdefault(part, {})
    place[last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("student.id", 900104, "in quotes"),
        ("student.given_name", "  ", "is blank"),
        ("student.given_name", "a\x00b", "U+0000"),
        ("student.dob", "6/30/2014", "year-month-day"),
        ("student.dob", "2014-02-30", "day value is outside"),
        ("student.dob", 20140630, "year-month-day"),
        ("student.dob", dt.datetime(2014, 6, 30, 12), "time of day"),
        ("student.famly_name", "x", "did you mean 'family_name'"),
        ("student.grade", "6", "'06'"),
        ("referral.placement", "home", "'zoned_school'"),
        ("discontinuation", {**ENDED, "withdrawn_to": "y"}, "withdrawn_to is given"),
        ("contracts.student", {"offered_on": DAY, "signed_on": "2026-09-01"}, "is before offered_on"),
        ("monitoring", [{"period": "Q1", "starts": DAY, "ends": "2026-09-01"}], "is before starts"),
        ("contacts", [{**CALL, "at": "25:00"}], "hour"),
        ("contacts", [{**CALL, "at": "noon"}], "as 14:05"),
    ],
)  # fmt: skip
def test_faults_are_refused_with_their_path(path: str, value: object, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)) as trouble:
        case_from(_with(path, value), "case.yaml")
    found = trouble.value.findings[0]
    assert found.where.case == "CM-2026-0004"
    assert str(found.where.path).startswith(path.split(".")[0])


def test_every_fault_is_named_at_once() -> None:
    with pytest.raises(InputError) as trouble:
        case_from({"id": "A", "student": {"id": "1"}}, "case.yaml")
    paths = {finding.where.path for finding in trouble.value.findings}
    assert {"student.given_name", "student.dob", "schools", "referral"} <= paths


def test_what_is_no_case() -> None:
    with pytest.raises(InputError, match="holds no case"):
        case_from(["a"], "case.yaml")


def test_refused_case_is_not_discontinued_too() -> None:
    data = _with("refusal", {"on": "2026-10-20", "by": "x"})
    data["discontinuation"] = {"on": "2026-10-21", "reason": "withdrawn", "evidence": "x"}
    with pytest.raises(InputError, match="CMS B-1-b"):
        case_from(data, "case.yaml")


def test_last_transfer_says_where_the_student_is() -> None:
    moved = next(case for case in CASES if case.id == "CM-2026-0007")
    assert (moved.schools.receiving.number, moved.current_school.number) == ("0201", "0211")


def test_time_that_yaml_reads_as_a_number_is_turned_back() -> None:
    called = case_from(_with("contacts", [{**CALL, "at": 14 * 60 + 5}]), "x")
    assert called.contacts[0].at == dt.time(14, 5)


def test_names_and_addresses_on_one_line() -> None:
    student = next(case for case in CASES if case.id == "CM-2026-0010").student
    assert student.full_name == "Avery Quinn Placeholder-Doe III"
    assert student.address
    assert student.address.one_line == "PO Box 555, Sawgrass Landing, FL 34997"


@each_case
def test_plain_data_is_the_same_case(case: Case) -> None:
    assert case_from(plain(case), "x") == case


def test_schema_names_every_field_and_no_other() -> None:
    student = schema()["$defs"]["Student"]
    assert student["additionalProperties"] is False
    assert set(student["properties"]) == set(type(CASES[0].student).model_fields)


@each_case
def test_samples_name_schools_and_periods_of_the_district(case: Case, library: Library) -> None:
    district = library.district
    numbers = {case.schools.zoned.number, case.schools.receiving.number, case.current_school.number}
    assert numbers <= {school.number for school in district.schools}
    periods = {(entry.period, str(entry.starts), str(entry.ends)) for entry in case.monitoring}
    assert periods <= {(period.name, period.starts, period.ends) for period in district.grading_periods}


@each_case
def test_samples_meet_on_open_wednesdays(case: Case, library: Library) -> None:
    agenda = case.referral_back.agenda_date if case.referral_back else None
    days = [day for day in (case.referral.dspc_date, agenda) if day]
    assert [day for day in days if day.weekday() != 2 or str(day) in library.district.holidays] == []


@each_case
def test_samples_keep_the_order_of_the_policy(case: Case) -> None:
    back = case.referral_back
    steps = [case.referral.dspc_date, case.referral.face_sheet_sent_on, case.contracts.student.signed_on]
    if back:
        steps += [back.consulted_on, back.director_discussed_on, back.director_approved_on]
        steps += [
            back.packet_received_on,
            back.parents_informed_on,
            back.packet_submitted_on,
            back.agenda_date,
        ]
    dates = [step for step in steps if step]
    assert dates == sorted(dates)


def test_samples_touch_every_row_of_the_policy() -> None:
    heads = [
        file.read_text(encoding="utf-8").splitlines()[0]
        for file in (ROOT / "samples" / "cases").glob("*.yaml")
    ]
    named = {row for head in heads for row in re.findall(r"\b[A-D](?:-[0-9N](?:-[a-d])?)?(?=[,.])", head)}
    rows = "A-1 A-2 A-3 A-4 A-5 B-1-a B-1-b B-1-c B-1-d B-2 C D-1 D-2 D-3 D-4 D-5 D-N"
    assert set(rows.split()) <= named


def test_sample_table_agrees_with_the_files(samples: Path) -> None:
    table = (samples / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"CM-\d{4}-\d{4}", table)) == {case.id for case in CASES}
    assert {file.stem for file in samples.glob("*.yaml")} == {case.id for case in CASES}


def _phones(held: Any) -> Iterator[str]:
    if isinstance(held, dict):
        yield from (value for key, value in held.items() if key.endswith("phone"))
        held = list(held.values())
    for inner in held if isinstance(held, list) else ():
        yield from _phones(inner)


def test_samples_reach_nobody(samples: Path) -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in samples.glob("*.yaml"))
    mail = re.findall(r"[\w.+-]+@[\w.-]+", text)
    assert [address for address in mail if not re.search(r"example\.(org|com)$", address)] == []
    phones = [phone for case in CASES for phone in _phones(plain(case))]
    assert len(phones) > 20
    assert [phone for phone in phones if "555-01" not in phone] == []
