"""What people wrote becomes values with an origin, and never more than they wrote."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cmforms.definitions.library import Library
from cmforms.errors import InputError
from cmforms.records.places import Place, place_of
from cmforms.records.values import overlay, record_values
from cmforms.values.documents import FieldReading, Issued, Part, Reading, RecordValue, Source, Status
from cmforms.values.kinds import Value
from cmforms.yamlfile import load_yaml

THOMAS = "Thomas Sampleworth"
AT = dt.datetime(2026, 9, 15, 14, 30, tzinfo=dt.UTC)
SIGNED = dt.date(2026, 9, 12)


@pytest.fixture
def case(samples: Path) -> dict[str, Any]:
    """Two guardians, both contracts offered."""
    return sample(samples, "CM-2026-0001")


def sample(folder: Path, case_id: str) -> dict[str, Any]:
    return load_yaml((folder / f"{case_id}.yaml").read_bytes(), case_id)


def issued(form: str, **values: Value) -> Issued:
    return Issued(
        issue="ABCDE12345", form=form, revision="2026-07", lang="en", format="pdf", subject="CM-2026-0001",
        recipient=1, sha256="a" * 64, pages=("main",), printed={},
        values={address.replace("__", "."): value for address, value in values.items()},
    )


def added(address: str, value: Value, status: Status = Status.ACCEPTED) -> FieldReading:
    return FieldReading(
        address, value, status, 0.97, "pdf-form", Source.ADDED, 2, (1.0, 2.0, 3.0, 4.0), raw="ink"
    )


def reading(form: str, *fields: FieldReading) -> Reading:
    return Reading(
        source="/tmp/scans/back.pdf", sha256="b" * 64, kind="pdf-form", form=form, revision="2026-07",
        lang="en", issue="ABCDE12345", subject="CM-2026-0001", pages=(1, 2), expected_pages=2, fields=fields,
        findings=(),
    )


def recorded(
    library: Library, form: str, *fields: FieldReading, **values: Value
) -> tuple[dict[str, Value], list[str]]:
    found, findings = record_values(reading(form, *fields), library.form(form), issued(form, **values), AT)
    return {value.path: value.value for value in found}, [finding.code for finding in findings]


SIGNATURE = added("guardian_signature", "ink")
DATE = added("guardian_signed_on", SIGNED)


def test_signature_with_date_tells_who_signed_and_when(library: Library) -> None:
    values, codes = recorded(library, "parent-contract", SIGNATURE, DATE, guardian_printed=THOMAS)
    assert values == {"contracts.parent.signed_by": THOMAS, "contracts.parent.signed_on": SIGNED}
    assert codes == []


def test_value_carries_its_origin(library: Library) -> None:
    line = issued("parent-contract", guardian_printed=THOMAS)
    found, _ = record_values(
        reading("parent-contract", SIGNATURE, DATE), library.form("parent-contract"), line, AT
    )
    assert found[1].origin == {
        "document": "b" * 64, "source": "back.pdf", "form": "parent-contract", "issue": "ABCDE12345",
        "address": "guardian_signed_on", "page": 2, "box": [1.0, 2.0, 3.0, 4.0], "reader": "pdf-form",
        "confidence": 0.97, "raw": "ink", "time": "2026-09-15T14:30:00+00:00", "block": "guardian",
    }


def test_value_of_a_document_in_several_files_names_its_own(library: Library) -> None:
    line = issued("parent-contract", guardian_printed=THOMAS)
    fields = [replace(field, source="pile/two.pdf") for field in (SIGNATURE, DATE)]
    parts = (Part("pile/one.pdf", "1" * 64), Part("pile/two.pdf", "2" * 64))
    whole = replace(reading("parent-contract", *fields), parts=parts)
    found, _ = record_values(whole, library.form("parent-contract"), line, AT)
    origin = found[1].origin
    assert (origin["source"], origin["file"], origin["document"]) == ("two.pdf", "2" * 64, "b" * 64)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ([SIGNATURE], "signature-undated"),
        ([DATE], "signature-missing"),
        ([SIGNATURE, DATE], "signer-unknown"),
        ([SIGNATURE, replace(DATE, status=Status.REVIEW)], "value-not-recorded"),
    ],
)
def test_half_a_signature_is_a_finding_and_no_value(
    library: Library, fields: list[FieldReading], code: str
) -> None:
    assert recorded(library, "parent-contract", *fields) == ({}, [code])


def test_social_worker_signs_without_being_the_signer(library: Library) -> None:
    fields = (added("social_worker_signature", "stamp"), added("social_worker_signed_on", SIGNED))
    assert recorded(library, "parent-contract", *fields) == (
        {"contracts.parent.social_worker_signed_on": SIGNED}, []
    )


def test_signer_is_whoever_wrote_the_name(library: Library) -> None:
    name = added("student_printed", "Mateo M.")
    fields = (name, added("student_signature", "ink"), added("student_signed_on", SIGNED))
    values, _ = recorded(library, "student-contract", *fields, student_printed="Mateo Muestra")
    assert values["contracts.student.signed_by"] == "Mateo M."


def test_printed_and_blank_fields_are_not_recorded_again(library: Library) -> None:
    same = replace(added("dob", dt.date(2012, 3, 19)), origin=Source.PRINTED)
    blank = FieldReading("grade", None, Status.BLANK, 1.0, "pdf-form", Source.NONE)
    assert recorded(library, "student-contract", same, blank) == ({}, [])


def test_altered_value_waits_for_a_person(library: Library) -> None:
    altered = replace(added("dob", dt.date(2012, 3, 9), Status.REVIEW), origin=Source.ALTERED)
    assert recorded(library, "student-contract", altered) == ({}, ["value-not-recorded"])


def test_draft_gives_nothing(library: Library) -> None:
    line = replace(issued("parent-contract", guardian_printed="T."), draft=True)
    values, findings = record_values(
        reading("parent-contract", SIGNATURE, DATE), library.form("parent-contract"), line, AT
    )
    assert (values, [finding.code for finding in findings]) == ([], ["draft-returned"])


def test_document_of_no_known_case_gives_nothing(library: Library) -> None:
    stray = replace(reading("parent-contract", SIGNATURE, DATE), subject=None)
    values, findings = record_values(stray, library.form("parent-contract"), None, AT)
    assert (values, [finding.code for finding in findings]) == ([], ["case-unnamed"])


def test_places(library: Library) -> None:
    sheet, contract = library.form("face-sheet"), library.form("parent-contract")
    values: dict[str, Value] = {"contacts[0].date": SIGNED, "guardian_name": THOMAS}
    line = replace(issued("face-sheet"), values=values)
    assert place_of(sheet, "dob", line) == Place("student.dob")
    assert place_of(sheet, "student_name", line) is None
    assert place_of(sheet, "contacts[0].notes", line) == Place("contacts[0].notes", {"on": "2026-09-12"})
    assert place_of(sheet, "contacts[7].notes", line) == Place("contacts[+ABCDE12345-7].notes")
    assert place_of(contract, "guardian_phone", line) == Place(
        "guardians[1].phone", {"name": THOMAS}
    )
    assert place_of(contract, "no_such_field", line) is None


def value(path: str, content: Value, **origin: Any) -> RecordValue:
    return RecordValue("CM-2026-0001", path, content, {"document": "b" * 64, "source": "back.pdf", **origin})


def signed_pair(day: dt.date, who: str, **origin: Any) -> list[RecordValue]:
    origin = {"block": "guardian", "issue": who, **origin}
    return [
        value("contracts.parent.signed_by", who, **origin), value("contracts.parent.signed_on", day, **origin)
    ]


def test_overlay_of_nothing_is_the_case(case: dict[str, Any]) -> None:
    assert overlay(case, []) == (case, [])


def test_newest_signature_is_in_force_with_its_signer(case: dict[str, Any]) -> None:
    values = signed_pair(SIGNED, "Rosa") + signed_pair(dt.date(2026, 9, 14), "Thomas")
    applied, findings = overlay(case, values)
    assert findings == []
    assert applied["contracts"]["parent"]["signed_by"] == "Thomas"
    assert applied["contracts"]["parent"]["signed_on"] == "2026-09-14"
    assert applied["contracts"]["student"] == case["contracts"]["student"]


def test_value_that_makes_the_case_invalid_is_said_and_its_pair_left_out(case: dict[str, Any]) -> None:
    values = signed_pair(SIGNED, "Rosa") + signed_pair(dt.date(2026, 1, 2), "Thomas")
    applied, findings = overlay(case, values)
    assert applied["contracts"]["parent"]["signed_by"] == "Rosa"
    assert [finding.code for finding in findings] == ["record-unfit"]
    assert "is before offered_on 2026-09-10" in findings[0].message


def test_corrected_value_is_not_applied(case: dict[str, Any]) -> None:
    values = signed_pair(SIGNED, "Rosa", corrected_on="2026-09-20T08:00:00+00:00")
    assert overlay(case, values) == (case, [])


def test_spare_row_becomes_a_new_entry_once(case: dict[str, Any]) -> None:
    row = {"on": SIGNED, "at": dt.time(9, 5), "kind": "phone", "person": "Rosa", "by": "Hazel Okonjo"}
    values = [value(f"contacts[+ABCDE12345-6].{column}", content) for column, content in row.items()]
    applied, findings = overlay(case, values)
    assert findings == []
    assert len(applied["contacts"]) == len(case["contacts"]) + 1
    assert applied["contacts"][-1]["at"] == "09:05"
    assert overlay(applied, values) == (applied, [])


def test_spare_row_half_filled_is_said_and_left_out(case: dict[str, Any]) -> None:
    applied, findings = overlay(case, [value("contacts[+ABCDE12345-6].on", SIGNED)])
    assert applied == case
    assert "kind is missing" in findings[0].message


def test_blank_cell_of_a_printed_row(case: dict[str, Any]) -> None:
    added_notes = value("contacts[4].notes", "On time.", entry={"on": "2026-09-24", "kind": "school_visit"})
    applied, findings = overlay(case, [added_notes])
    assert (applied["contacts"][4]["notes"], findings) == ("On time.", [])


@pytest.mark.parametrize("path", ["contacts[4].notes", "contacts[99].notes"])
def test_row_that_is_another_one_by_now_is_left_alone(case: dict[str, Any], path: str) -> None:
    applied, findings = overlay(case, [value(path, "On time.", entry={"on": "2025-01-01"})])
    assert applied == case
    assert "has changed since the document was printed" in findings[0].message


def test_list_that_lost_the_entry(case: dict[str, Any]) -> None:
    applied, findings = overlay(case, [value("guardians[7].phone", "555-0199")])
    assert applied == case
    assert "no such entry any more" in findings[0].message


def test_confirmed_alteration_replaces_what_was_printed_and_nothing_else(case: dict[str, Any]) -> None:
    good = value("student.dob", dt.date(2012, 3, 9), issued="2012-03-19")
    late = value("student.phone", "555-0190", issued="555-0111")
    applied, findings = overlay(case, [good, late])
    assert (applied["student"]["dob"], applied["student"]["phone"]) == ("2012-03-09", "555-0101")
    assert "the value that it replaces has changed" in findings[0].message


def test_yes_on_paper_is_true_in_the_case(samples: Path) -> None:
    case = sample(samples, "CM-2026-0013")
    applied, findings = overlay(case, [value("referral_back.director_approved", "yes")])
    assert (applied["referral_back"]["director_approved"], findings) == (True, [])


def test_case_that_is_invalid_by_itself_is_an_error(case: dict[str, Any]) -> None:
    del case["student"]["dob"]
    with pytest.raises(InputError):
        overlay(case, [value("student.phone", "555-0190")])
