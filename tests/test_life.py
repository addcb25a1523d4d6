"""The life of a case, row by row of the policy, driven through the commands; and the table of its events."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from icalendar import Calendar as ICalendar

from cmforms.cli.main import cli
from cmforms.definitions.citing import POLICY_IDS
from cmforms.store import Store
from cmforms.workflow.viewer import answer
from cmforms.workflow.workspace import Workspace
from cmforms.yamlfile import load_yaml
from tests.conftest import ROOT

LIFE = ROOT / "samples" / "life"
TODAY = "2026-11-24"


@dataclass(frozen=True)
class Step:
    """An event as typed, its day, the state after it, and a duty that is open then; or the code of the refusal."""

    typed: str
    on: str
    state: str
    duty: str = ""
    refused: str = ""
    says: str = ""


def no(typed: str, on: str, code: str, says: str) -> Step:
    return Step(typed, on, "", refused=code, says=says)


MEETING = "contact kind=meeting person='Student and mother' by='Renata Quispe' outcome=kept"
PHONE = "contact kind=phone person='Parent Uncalled' by='Renata Quispe' outcome=reached"
GOOD = "attendance_satisfactory=yes academics_satisfactory=yes discipline_satisfactory=yes"
QUARTER_1, QUARTER_2 = "period='Quarter 1, 2026-2027'", "period='Quarter 2, 2026-2027'"

STORIES: dict[str, Sequence[Step]] = {
    "A-1": [
        no(PHONE, "2026-09-03", "event-impossible", "What is missing: face-sheet-sent (CMS B-1-a)."),
        no("refusal by=X", "2026-09-03", "event-impossible", "missing: face-sheet-sent (CMS B-1-a), then contact"),
        Step("face-sheet-sent", "2026-09-03", "intake", "first-contact"),
    ],
    "A-2": [
        no("reassigned", "2026-10-02", "event-unknown-value", "Transferred on (transfers.on)"),
        no("transfer to=0999", "2026-10-01", "rule-not-held", "CMS A-2"),
        Step("transfer to=0211", "2026-10-01", "monitoring", "reassign"),
        no("reassigned", "2026-09-30", "event-too-early", "before Oct 1, 2026"),
        Step("reassigned", "2026-10-02", "monitoring", "follow-up"),
    ],
    "A-3": [
        no("needs-assessed by=X", "2026-09-01", "rule-not-held", "CMS A-3"),
        Step("needs-assessed by='Renata Quispe' behavior='Needs a quiet place.'", "2026-09-10", "monitoring"),
        Step("service-referral kind=pst to='Problem Solving Team'", "2026-09-14", "monitoring"),
        no("service-referral kind=pst to='Problem Solving Team'", "2026-09-14", "event-already", "the same entry"),
        no("service-referral kind=psd to=X", "2026-09-14", "event-field-unclear", "did you mean 'pst'?"),
        Step("incident level=2 code=DEF title=Defiance", "2026-09-21", "monitoring", "follow-up"),
    ],
    "A-4": [
        no("referral-back-begun basis=level_3 with_name='Imogen Castellane'", "2026-10-15", "rule-not-held", "Level 3"),
        Step("incident level=3 code=FIT title=Fighting", "2026-10-14", "monitoring", "consider-referral-back"),
        no("referral-back-begun basis=level_3", "2026-10-15", "event-field-missing", "with_name"),
        Step(
            "referral-back-begun basis=level_3 with_name='Imogen Castellane'", "2026-10-15", "consulted",
            "discuss-with-director",
        ),
    ],
    "A-5": [
        no("refusal by=Somebody", "2026-09-08", "rule-not-held", "CMS A-5"),
        Step("refusal by='Parent Nothanks' reason=No", "2026-09-08", "refused", "notify-dspc-social-worker"),
    ],
    "B-1-a": [
        Step("placement-letter-sent", "2026-09-03", "referred", "face-sheet"),
        no("placement-letter-sent", "2026-09-04", "event-already", "stands already: 2026-09-03"),
        no("face-sheet-sent", "2026-09-01", "rule-not-held", "CMS B-1-a"),
        Step("face-sheet-sent", "2026-09-03", "intake", "first-contact"),
        no("packet-sent", "2026-09-04", "event-unknown-value", "Expulsion packet requested on"),
        Step("packet-requested", "2026-09-04", "intake", "packet-copy"),
        Step("packet-sent", "2026-09-08", "intake", "first-contact"),
    ],
    "B-1-b": [
        no("refusal by='Parent Uncalled'", "2026-09-04", "event-impossible", "missing: contact (CMS B-1-b, B-1-c)."),
        Step(PHONE.replace("reached", "no_answer at=9:30"), "2026-09-04", "intake", "first-contact"),
        no(PHONE.replace("reached", "no_answer at='9:30 am'"), "2026-09-04", "event-already", "what tells them apart"),
        Step(PHONE, "2026-09-08", "contacted", "meeting"),
        Step("consultation with_name='Imogen Castellane' purpose=refusal", "2026-09-09", "contacted"),
        Step("refusal by='Parent Uncalled'", "2026-09-09", "refused", "notify-placement-specialist"),
        no("placement-specialist-notified", "2026-09-08", "rule-not-held", "CMS B-1-b"),
        Step("placement-specialist-notified", "2026-09-10", "refused", "notify-dspc-social-worker"),
        Step("dspc-social-worker-notified", "2026-09-10", "terminated"),
        no(PHONE, "2026-09-11", "event-impossible", "a new referral by DSPC is a new case"),
    ],
    "B-1-c": [
        no("contracts-offered", "2026-09-10", "rule-not-held", "met with the student and the parents"),
        no("student-contract-signed by=X", "2026-09-10", "rule-not-held", "Explain the contract"),
        Step(MEETING, "2026-09-10", "contacted", "needs"),
        Step("contracts-offered", "2026-09-10", "contacted", "parent-contract"),
        Step("student-contract-signed by='Hal Unsigned'", "2026-09-10", "contacted", "parent-contract"),
        no(f"period-reviewed {QUARTER_1} {GOOD}", "2026-10-12", "event-impossible", "missing: parent-contract-signed"),
        no("parent-contract-signed by=Somebody", "2026-09-10", "rule-not-held", "who may sign"),
        Step("parent-contract-signed by='Parent Unsigned'", "2026-09-10", "monitoring", "countersign"),
        Step("contracts-countersigned", "2026-09-10", "monitoring", "follow-up"),
    ],
    "B-1-d": [
        no(f"period-reviewed {QUARTER_1}", "2026-10-12", "event-field-missing", "attendance_satisfactory"),
        no(f"period-reviewed {QUARTER_1} {GOOD}", "2026-10-08", "event-too-early", "before Oct 9, 2026"),
        no(f"period-reviewed period=Autumn {GOOD}", "2026-10-12", "event-unknown-value", "calendar"),
        no("discontinued-satisfactory evidence=Good", "2026-10-12", "rule-not-held", "CMS B-1-d"),
        Step(f"period-reviewed {QUARTER_1} {GOOD} absences=1 gpa=3.1", "2026-10-12", "monitoring", "consider-ending"),
        no(f"period-reviewed {QUARTER_1} {GOOD}", "2026-10-12", "event-already", "the same entry stands already"),
        no(f"period-reviewed {QUARTER_1} {GOOD} absences=2", "2026-10-13", "rule-not-held", "reviewed twice"),
        no(f"period-reviewed {QUARTER_2} {GOOD}", "2026-12-21", "event-future", "still to come"),
    ],
    "B-2": [
        no("committee-notified-dspc", "2026-09-01", "event-impossible", "What is missing: committee-met (CMS B-2)"),
        no("committee-met kind=iep need=Monitoring not_already_available=no", "2026-08-31", "rule-not-held", "CMS B-2"),
        Step(
            "committee-met kind=504 need=Monitoring not_already_available=yes", "2026-08-31", "committee",
            "committee-notifies",
        ),
        no("face-sheet-sent", "2026-09-03", "event-impossible", "committee-notified-dspc (CMS B-2)"),
        Step("committee-notified-dspc", "2026-09-01", "referred", "face-sheet"),
        Step("face-sheet-sent", "2026-09-03", "intake", "first-contact"),
    ],
    "C-1": [
        no("discontinued-satisfactory evidence=Good", "2026-10-08", "rule-not-held", "grading period"),
        Step("discontinued-satisfactory evidence=Good", "2026-10-12", "discontinued", "discontinuation-notice"),
        no("appeal-requested by='Parent Didwell'", "2026-10-14", "event-unknown-value", "agenda"),
    ],
    "C-2": [
        no("discontinued-withdrawn evidence=Form", "2026-10-12", "rule-not-held", "withdrew to"),
        Step(
            "discontinued-withdrawn evidence=Form withdrawn_to='Academy of Nowhere'", "2026-10-12", "discontinued",
            "discontinuation-notice",
        ),
    ],
    "C-3": [
        no("discontinued-satisfactory evidence=Good", "2026-10-26", "event-impossible", "submitted"),
        no("discontinued-referred-back evidence=X", "2026-10-22", "rule-not-held", "CMS C"),
        Step("discontinued-referred-back evidence='Sent to DSPC'", "2026-10-26", "discontinued"),
    ],
    "D-1": [
        no("director-approved", "2026-10-16", "event-impossible", "What is missing: director-discussed (CMS D-1)"),
        no("director-discussed", "2026-10-14", "rule-not-held", "Consult the school administrator"),
        Step("director-discussed", "2026-10-16", "discussed", "approve"),
        Step("director-declined", "2026-10-19", "monitoring", "follow-up"),
        Step("referral-back-begun basis=level_3 with_name='Imogen Castellane'", "2026-10-20", "consulted"),
        Step("director-discussed", "2026-10-21", "discussed"),
        Step("director-approved", "2026-10-22", "approved", "send-packet"),
        no("packet-received", "2026-10-21", "event-too-early", "CMS D-1"),
        Step("packet-received", "2026-10-23", "approved", "consult-on-packet"),
    ],
    "D-2": [
        no("family-informed by='Renata Quispe'", "2026-10-21", "event-field-missing", "designee"),
        no("packet-submitted", "2026-10-21", "event-impossible", "family-informed (CMS D-2)"),
        Step("family-informed by='Renata Quispe' designee=Standin", "2026-10-21", "informed", "submit-packet"),
    ],
    "D-3": [
        no("packet-submitted", "2026-10-23", "rule-not-held", "CMS D-3"),
        Step("narrative-written incident='A fight.' author='Renata Quispe'", "2026-10-22", "informed"),
        Step("narrative-written incident='A fight, in full.' author='Renata Quispe'", "2026-10-22", "informed"),
        no("packet-submitted", "2026-10-23", "rule-not-held", "enter the consultation"),
        Step("consultation with_name='Imogen Castellane' purpose=packet", "2026-10-22", "informed"),
        Step("packet-submitted", "2026-10-23", "submitted", "schedule-presentation"),
    ],
    "D-4": [
        Step("bring-along-ready cum_folder=yes", "2026-10-26", "submitted", "student-system-records"),
        Step("presentation-scheduled meeting=2026-10-28", "2026-10-26", "scheduled", "present"),
        Step("presentation-scheduled meeting=2026-12-02", "2026-10-27", "scheduled", "present"),
    ],
    "D-5": [
        no("appeal-scheduled hearing=2026-11-04", "2026-10-29", "event-impossible", "appeal-requested (CMS D-5)"),
        Step("results-advised by='Renata Quispe'", "2026-10-27", "scheduled", "inform-of-results"),
        no("appeal-requested by='Parent Appealing'", "2026-10-27", "event-too-early", "CMS D-5"),
        Step("results-informed result='Alternate school'", "2026-10-29", "decided", "end-after-referral-back"),
        Step("appeal-requested by='Parent Appealing'", "2026-10-30", "appeal-requested", "schedule-appeal"),
        no("appeal-scheduled hearing=2026-10-29", "2026-11-02", "rule-not-held", "CMS D-5"),
        Step("appeal-scheduled hearing=2026-11-11", "2026-11-02", "appeal-scheduled", "hear-appeal"),
        Step("appeal-heard result='The decision stands.'", "2026-11-11", "decided"),
    ],
    "D-N": [
        no("presentation-scheduled meeting=2026-11-11", "2026-11-06", "rule-not-held", "CMS D-N"),
        no("presentation-scheduled meeting=2026-11-12", "2026-11-06", "rule-not-held", "every Wednesday"),
        no("presentation-scheduled meeting=11/12/26", "2026-11-06", "event-field-unclear", "read in two ways"),
        Step("presentation-scheduled meeting=2026-12-02", "2026-11-06", "scheduled", "present"),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the sample cases of the policy's rows."""
    folder = tmp_path_factory.mktemp("life") / "office"
    assert run("init", folder).exit_code == 0
    assert run("--workspace", folder, "cases", "save", LIFE).exit_code == 0
    return folder


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def in_office(office: Path, *words: object) -> Any:
    done = run("--workspace", office, *words, "--json")
    return json.loads(done.stdout)


def test_every_row_of_the_policy_has_a_story_and_a_sample() -> None:
    rows = {row if row in POLICY_IDS else row[0] for row in STORIES}
    assert rows == POLICY_IDS
    assert {path.stem for path in LIFE.glob("*.yaml")} == {f"LIFE-{row}" for row in STORIES}


@pytest.mark.parametrize("row", STORIES)
def test_policy_row(office: Path, row: str) -> None:
    for step in STORIES[row]:
        event, *fields = shlex.split(step.typed)
        words = (f"LIFE-{row}", event, *fields, "--on", step.on, "--today", TODAY, "--json")
        done = run("--workspace", office, "cases", "record", *words)
        told = json.loads(done.stdout)
        if step.refused:
            assert [found["code"] for found in told["findings"]][:1] == [step.refused], step
            assert step.says in done.stderr, step
            assert (done.exit_code, told["before"]) == (1, told["after"])
            assert all(found["cites"] for found in told["findings"])
        else:
            assert (told["findings"], told["after"]) == ([], step.state), step
            assert step.duty in ["", *(duty["duty"] for duty in told["duties"])], step
            assert told["duties"] or step.state == "terminated", step


def test_agenda_lists_what_the_school_brings(office: Path, tmp_path: Path) -> None:
    made = in_office(office, "agenda", "2026-12-02", "--today", TODAY, "--out", tmp_path)
    assert {item["case"] for item in made["items"]} == {"LIFE-D-4", "LIFE-D-N"}
    [first] = [item for item in made["items"] if item["case"] == "LIFE-D-4"]
    ready = {thing["rule"]: thing["ready"] for thing in first["bring_along"]}
    assert ready == {"D4-CUM-FOLDER": True, "D4-RECORDS": False}
    assert first["presented_by"] == ["Imogen Castellane", "Renata Quispe"]
    assert [(tmp_path / path).is_file() for path in made["documents"]] == [True]
    assert "✔ The student's cum folder" in run("--workspace", office, "agenda", "2026-12-02").stdout


def test_agenda_and_duties_are_in_the_log_of_disclosures(office: Path, tmp_path: Path) -> None:
    def looks(*words: str | Path) -> list[str]:
        with Workspace(office).open_store() as store:
            before = len(list(store.disclosures("LIFE-D-4")))
            run("--workspace", office, *words, "--today", TODAY)
            return [event.kind for event in store.disclosures("LIFE-D-4")][before:]

    assert looks("agenda", "2026-12-02") == ["listed"]
    assert looks("agenda", "2026-12-02", "--out", tmp_path) == ["listed", "exported"]
    assert looks("due", "--ics", tmp_path / "due.ics")[0] == "listed"
    assert looks("due", "--ics", tmp_path / "due.ics")[-1] == "exported"


def test_case_is_shown_with_its_state(office: Path) -> None:
    told = in_office(office, "cases", "show", "LIFE-D-4")
    assert (told["id"], told["state"], [duty["case"] for duty in told["duties"]][:1]) == (
        "LIFE-D-4", "scheduled", ["LIFE-D-4"],
    )  # fmt: skip


def test_agenda_skips_holidays_and_names_who_waits(office: Path) -> None:
    made = in_office(office, "agenda", "--today", TODAY)
    assert made["meeting"] == "2026-12-02"  # November 25 is a Wednesday, and a holiday
    assert "LIFE-D-3" in made["waiting"]
    refused = run("--workspace", office, "agenda", "2026-11-25")
    assert (refused.exit_code, "the next one is 2026-12-02" in refused.stderr) == (2, True)
    assert "on no agenda yet" in run("--workspace", office, "agenda", "--today", TODAY).stdout


def test_due_by_person_school_and_day(office: Path) -> None:
    everything = in_office(office, "due", "--today", TODAY)["duties"]
    assert [duty["due"] for duty in everything if duty["due"]] == sorted(d["due"] for d in everything if d["due"])
    mine = in_office(office, "due", "--person", "beauvoir", "--school", "0211")["duties"]
    assert {duty["case"] for duty in mine} == {"LIFE-A-2"}
    soon = in_office(office, "due", "--until", "2026-10-01")["duties"]
    assert 0 < len(soon) < len(everything)
    director = in_office(office, "due", "--person", "director")["duties"]
    assert {duty["person"] for duty in director} == {"Marguerite Olafsen"}
    assert "overdue" in run("--workspace", office, "due", "--today", TODAY).stdout


def test_calendar_file_names_cases_only(office: Path, tmp_path: Path) -> None:
    path = tmp_path / "duties.ics"
    assert run("--workspace", office, "due", "--today", TODAY, "--ics", path).exit_code == 0
    entries = ICalendar.from_ical(path.read_bytes()).walk("VEVENT")
    dated = [duty for duty in in_office(office, "due", "--today", TODAY)["duties"] if duty["due"]]
    assert len(entries) == len(dated) == len({str(entry["UID"]) for entry in entries})
    assert [entry.decoded("DTSTART").isoformat() for entry in entries] == [duty["due"] for duty in dated]
    text = path.read_text()
    names = [load_yaml(sample.read_bytes(), "")["student"]["family_name"] for sample in LIFE.glob("*.yaml")]
    assert [name for name in names if name in text] == []


def test_notice_that_was_issued_is_no_duty(office: Path, tmp_path: Path) -> None:
    case = ("fill", "LIFE-C-2", "--form")
    assert run("--workspace", office, *case, "discontinuation-notice", "--out", tmp_path, "--draft").exit_code == 0
    assert "discontinuation-notice" in duties_of(office, "LIFE-C-2")  # a draft is no notice
    assert run("--workspace", office, *case, "discontinuation-notice", "--out", tmp_path).exit_code == 0
    assert duties_of(office, "LIFE-C-2") == []


def duties_of(office: Path, case: str) -> list[str]:
    return [duty["duty"] for duty in in_office(office, "due", "--today", TODAY)["duties"] if duty["case"] == case]


def test_state_is_shown_wherever_cases_are(office: Path) -> None:
    listed = {row["id"]: row for row in in_office(office, "cases", "list")}
    assert (listed["LIFE-B-1-b"]["state"], listed["LIFE-B-1-b"]["next"]) == ("terminated", None)
    assert "nothing to do" in run("--workspace", office, "cases", "list").stdout
    shown = run("--workspace", office, "cases", "show", "LIFE-A-5").stdout
    assert "# state: refused (Services refused) [CMS A-5, CMS B-1-b]" in shown
    assert load_yaml(shown.encode(), "shown")["id"] == "LIFE-A-5"
    history = run("--workspace", office, "cases", "history", "LIFE-A-5").stdout
    assert "to do by 2026-09-09: Send the refusal notice" in history


def test_history_tells_what_happened(office: Path) -> None:
    told = [row["what"] for row in in_office(office, "cases", "history", "LIFE-A-1")]
    assert told[:2] == ["edition 1 saved", "edition 2 saved"]
    assert told[2].startswith("face-sheet-sent on 2026-09-03 (recorded by ")


def test_event_on_a_case_that_somebody_else_just_changed(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = Store.head
    read = head(Workspace(office).open_store(), "LIFE-A-4")
    assert read is not None
    monkeypatch.setattr(Store, "head", lambda _store, _case: replace(read, version=1))
    done = run("--workspace", office, "cases", "record", "LIFE-A-4", "director-discussed", "--on", "2026-10-16")
    assert (done.exit_code, "LIFE-A-4" in done.stderr) == (1, True)
    monkeypatch.undo()
    assert in_office(office, "cases", "list")[3]["state"] == "consulted"


def test_refusal_marked_on_a_returned_contract_becomes_a_duty(office: Path, tmp_path: Path) -> None:
    fill = ("fill", "LIFE-B-1-c", "--form", "parent-contract", "--out", tmp_path)
    assert run("--workspace", office, *fill).exit_code == 0
    [made] = (tmp_path / "LIFE-B-1-c").glob("*.pdf")
    back = answer(made, tmp_path / "back.pdf", {"decision": "refuse"})
    assert run("--workspace", office, "read", back, "--save").exit_code in (0, 1)
    assert "refusal-marked" in duties_of(office, "LIFE-B-1-c")


def test_contracts_signed_on_paper_bring_the_case_on(office: Path, tmp_path: Path) -> None:
    with Workspace(office).open_store() as store:
        store.save_case("LIFE-PAPER", {**(store.case("LIFE-A-5") or {}), "id": "LIFE-PAPER", "refusal": None})
    for form in ("student-contract", "parent-contract"):
        assert run("--workspace", office, "fill", "LIFE-PAPER", "--form", form, "--out", tmp_path).exit_code == 0
    assert "student-contract-back" in duties_of(office, "LIFE-PAPER")
    signed = {f"{who}_{what}": text for who in ("student", "guardian") for what, text in SIGNED.items()}
    back = [answer(made, made.with_suffix(".back.pdf"), signed) for made in (tmp_path / "LIFE-PAPER").glob("*.pdf")]
    assert run("--workspace", office, "read", *back, "--save").exit_code in (0, 1)
    assert [row["state"] for row in in_office(office, "cases", "list") if row["id"] == "LIFE-PAPER"] == ["monitoring"]
    assert "student-contract-back" not in duties_of(office, "LIFE-PAPER")


SIGNED = {"signature": "/s/", "signed_on": "2026-10-07"}


def test_events_are_listed_with_their_fields(office: Path) -> None:
    [refusal] = in_office(office, "cases", "events", "refusal")
    assert refusal["fields"] == {"by": "Refusal: Refused by: text (needed)", "reason": "Refusal: Reason given: text"}
    assert "kind=  Kind of contact: phone, home visit" in run("--workspace", office, "cases", "events").stdout


@pytest.mark.parametrize(("words", "code", "says"), [
    (("LIFE-NONE", "contact"), 2, "no stored case"),
    (("LIFE-A-1", "refusel"), 2, "did you mean 'refusal'"),
    (("LIFE-A-1", "face-sheet-sent", "soon"), 2, "write it as name=value"),
    (("LIFE-B-1-c", "contact", "kynd=phone"), 1, "did you mean 'kind'"),
])  # fmt: skip
def test_what_cannot_be_recorded(office: Path, words: Sequence[str], code: int, says: str) -> None:
    done = run("--workspace", office, "cases", "record", *words)
    assert (done.exit_code, says in done.stderr) == (code, True), done.output


def test_faulty_case_hides_no_other(office: Path) -> None:
    workspace = Workspace(office)
    with workspace.open_store() as store:
        store.save_case("BROKEN", {"id": "BROKEN"})
        store.save_case("STRANGE", {**(store.case("LIFE-D-3") or {}), "id": "STRANGE", "contacts": "none"})
    listed = run("--workspace", office, "due")
    assert (listed.exit_code, "LIFE-A-1" in listed.stdout) == (1, True)
    assert {row["id"]: row["state"] for row in in_office(office, "cases", "list")}["BROKEN"] is None
    assert in_office(office, "agenda")["findings"]
