"""Packets judged: each rule fails on a case that breaks it, a missing value is never a failure nor a pass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cmforms.check.checklist import checklist
from cmforms.check.judging import Standard, judge
from cmforms.check.state import DocumentState, states_of
from cmforms.check.verdict import Overall, Result, Standing, Verdict
from cmforms.definitions.checking import check_rules
from cmforms.definitions.expressions import Expressions
from cmforms.definitions.library import Library
from cmforms.definitions.schema import FieldSpec, Form, Rule, Writer
from cmforms.errors import DefinitionError, review
from cmforms.model import Case, case_from
from cmforms.values.documents import FieldReading, Issued, Reading, Source, Status
from cmforms.values.kinds import Kind, Value
from cmforms.workflow.directory import completed, school_of
from cmforms.yamlfile import load_yaml

TODAY = dt.date(2026, 11, 23)
DAY = dt.date(2026, 10, 7)
COMPLETE = ("CM-2026-0002", "CM-2026-0010", "CM-2026-0016")
Change = Callable[[dict[str, Any]], None]

STANDINGS = {
    "pass": Standing.PASS, "fail": Standing.FAIL, "n/a": Standing.NOT_APPLICABLE, "?": Standing.UNKNOWN,
}


@pytest.fixture(scope="module")
def expressions(library: Library) -> Expressions:
    """The expression language with the district's schools."""
    return Expressions(school=school_of(library.district))


@pytest.fixture(scope="module")
def judged(library: Library, samples: Path, expressions: Expressions) -> Callable[..., Verdict]:
    """Judge a packet of a sample case, changed if need be; all documents are complete when none are given."""

    def run(
        packet: str, case_id: str, change: Change | None = None, states: Sequence[DocumentState] | None = None
    ) -> Verdict:
        case = sample(library, samples, case_id, change)
        wanted = standard(library, packet)
        found = everything(library, packet, case) if states is None else states
        return judge(wanted, case, found, expressions, TODAY)

    return run


def sample(library: Library, samples: Path, case_id: str, change: Change | None = None) -> Case:
    data = load_yaml((samples / f"{case_id}.yaml").read_bytes(), case_id)
    if change:
        change(data)
    return completed(case_from(data, case_id), library.district)


def standard(library: Library, packet: str) -> Standard:
    forms = {form.id: form for form in library.forms()}
    return Standard(library.packet(packet), library.rules(), forms, library.district)


def everything(library: Library, packet: str, case: Case) -> list[DocumentState]:
    """Each document of a packet: issued, signed, dated and back, one for each guardian who may sign."""
    states: list[DocumentState] = []
    for wanted in library.packet(packet).documents:
        form = library.form(wanted.form)
        signers = [n for n, guardian in enumerate(case.guardians) if guardian.may_sign]
        recipients: list[int | None] = [*signers] if form.scope == "guardian" else [None]
        states += [document(form, recipient) for recipient in recipients]
    return states


def document(form: Form, recipient: int | None = None, **changed: Any) -> DocumentState:
    answers = {name: answer(spec) for name, spec in form.fields.items()}
    people = {name for name, spec in form.fields.items() if spec.by is not Writer.TOOLKIT}
    whole = DocumentState(
        form=form.id, revision=form.revision, issue="ABCDE12345", recipient=recipient, sources=("back.pdf",),
        pages=(1, 2), expected_pages=2, values=answers,
        fields={name: added(name, answers[name]) for name in people},
    )
    return replace(whole, **changed)


def answer(spec: FieldSpec) -> Value:
    if spec.type is Kind.CHOICE:
        return spec.options[0].value
    return {Kind.DATE: DAY, Kind.CHECK: True}.get(spec.type, "x")


def added(address: str, value: Value, status: Status = Status.ACCEPTED, doubt: str = "") -> FieldReading:
    return FieldReading(
        address, value, status, 1.0, "pdf-form", Source.ADDED, 2, (1.0, 2.0, 3.0, 4.0), raw="x", doubt=doubt
    )


def of(verdict: Verdict, rule: str) -> Result:
    [result] = [result for result in verdict.results if result.rule == rule]
    return result


def test_shipped_rules_have_no_fault(library: Library, expressions: Expressions) -> None:
    rules = library.rules()
    assert len(rules) > 50
    assert check_rules(rules, library, expressions) == []


def test_rules_ask_for_forms_that_exist(library: Library) -> None:
    from cmforms.check.rules import _chains

    known = {form_id.replace("-", "_") for form_id in library.form_ids}
    named = {
        chain[1] for rule in library.rules() for text in (rule.when, rule.require) for chain in _chains(text)
        if chain[0] == "documents"
    }
    assert named <= known


@pytest.mark.parametrize(("expression", "said"), [
    ("documents.face_sheet.returned", ""),
    ("documents.parent_contract.copies[0].values.decision == 'refuse'", ""),
    ("documents.face_sheet.retuned", "did you mean 'returned'"),
    ("document.face_sheet.returned", "did you mean 'documents'"),
])
def test_names_of_rules_are_checked_before_any_case(
    library: Library, expressions: Expressions, expression: str, said: str
) -> None:
    rule = Rule(id="X-1", title="x", cites=("A-1",), packets=("intake",), require=expression, fix="x")
    faults = check_rules([rule], library, expressions)
    assert (said in faults[0].message) if said else faults == []


@pytest.mark.parametrize("case_id", COMPLETE)
def test_complete_case_with_all_its_documents(judged: Callable[..., Verdict], case_id: str) -> None:
    verdict = judged("expulsion", case_id)
    assert [result for result in verdict.results if result.status in (Standing.FAIL, Standing.UNKNOWN)] == []
    assert (verdict.overall, verdict.complete, verdict.exit_code) == (Overall.COMPLETE, True, 0)


@pytest.mark.parametrize("case_id", ["CM-2026-0012", "CM-2026-0013"])
def test_incomplete_case(judged: Callable[..., Verdict], case_id: str) -> None:
    verdict = judged("expulsion", case_id)
    assert (verdict.overall, verdict.exit_code) == (Overall.INCOMPLETE, 1)
    assert of(verdict, "D2-STUDENT").status is Standing.UNKNOWN


@pytest.mark.parametrize("case_id", ["CM-2026-0001", "CM-2026-0005", "CM-2026-0007", "CM-2026-0009"])
def test_contract_packet_of_a_case_in_order(judged: Callable[..., Verdict], case_id: str) -> None:
    assert judged("contract", case_id).overall is Overall.COMPLETE


def test_intake_packet_of_an_ese_student(judged: Callable[..., Verdict]) -> None:
    verdict = judged("intake", "CM-2026-0005")
    assert verdict.overall is Overall.COMPLETE
    assert of(verdict, "B2-DSPC-NOTIFIED").status is Standing.PASS


def test_refused_case_needs_no_contracts(judged: Callable[..., Verdict]) -> None:
    verdict = judged("contract", "CM-2026-0003")
    assert verdict.complete
    for rule in ("student-contract/present", "parent-contract/present", "B1C-PARENT-SIGNED", "A3-NEEDS"):
        assert of(verdict, rule).status is Standing.NOT_APPLICABLE


def test_expulsion_packet_of_a_case_that_was_not_referred_back(judged: Callable[..., Verdict]) -> None:
    verdict = judged("expulsion", "CM-2026-0001")
    assert (verdict.overall, verdict.exit_code) == (Overall.UNKNOWN, 2)
    assert of(verdict, "D-BASIS").message == "'Basis' is not known (referral_back.basis)"
    assert of(verdict, "offense-narrative/present").status is Standing.NOT_APPLICABLE


def put(path: str, value: Any) -> Change:
    """Make a change: set the value at a path, or take it out when it is None."""

    def change(data: dict[str, Any]) -> None:
        *way, last = path.split(".")
        part: Any = data
        for step in way:
            part = part[int(step)] if step.isdigit() else part.setdefault(step, {})
        if value is None:
            del part[last]
        else:
            part[last] = value

    return change


BACK = "referral_back."


STEPS = [
    ("consulted_on", "2026-10-01", "A4-CONSULTED", "fail"),
    ("consulted_on", None, "A4-CONSULTED", "?"),
    ("consulted_with", None, "A4-CONSULTED-WITH", "?"),
    ("director_discussed_on", "2026-10-01", "D1-DISCUSSED", "fail"),
    ("director_approved", False, "D1-APPROVED", "fail"),
    ("director_approved", None, "D1-APPROVED", "?"),
    ("packet_received_on", "2026-09-29", "D1-PACKET", "fail"),
    ("packet_received_on", "2026-10-09", "D1-PACKET", "fail"),
    ("packet_submitted_on", "2026-10-02", "D1-COMPLETED-WITH", "fail"),
    ("parents_informed_on", "2026-10-09", "D2-PARENTS", "fail"),
    ("parents_informed_on", None, "D2-PARENTS", "?"),
    ("student_informed_on", "2026-10-09", "D2-STUDENT", "fail"),
    ("school_designee", None, "D2-BY", "?"),
    ("narrative", None, "D3-NARRATIVE", "?"),
    ("narrative.author", None, "D3-AUTHOR", "?"),
    ("agenda_date", "2026-10-15", "D4-AGENDA-DATE", "fail"),
    ("agenda_date", "2026-11-11", "D4-AGENDA-DATE", "fail"),
    ("agenda_date", None, "D4-AGENDA-DATE", "n/a"),
    ("agenda_date", "2026-10-07", "D4-AGENDA-AFTER", "fail"),
    ("packet_submitted_on", None, "D4-AGENDA-AFTER", "n/a"),
    ("packet_submitted_on", None, "D2-PARENTS", "pass"),
    ("bring_along.cum_folder", False, "D4-CUM-FOLDER", "fail"),
    ("bring_along.pst_notes", False, "D4-PST-NOTES", "fail"),
    ("bring_along.testing_referrals", False, "D4-TESTING", "n/a"),
    ("bring_along.discipline_export", False, "D4-RECORDS", "fail"),
    ("results_advised_on", "2026-10-15", "D5-ADVISED", "fail"),
    ("results_advised_by", None, "D5-ADVISED-BY", "?"),
    ("basis", "level_4", "D-LEVEL", "fail"),
    ("basis", "excessive_discipline", "D-LEVEL", "n/a"),
]


@pytest.mark.parametrize(("path", "value", "rule", "standing"), STEPS)
def test_referral_back(
    judged: Callable[..., Verdict], path: str, value: Any, rule: str, standing: str
) -> None:
    found = of(judged("expulsion", "CM-2026-0002", put(BACK + path, value)), rule)
    assert found.status is STANDINGS[standing], found


SERVICES = [
    ("intake", "CM-2026-0005", "referral.dspc_date", "2026-04-16", "A1-DSPC-DATE", "fail"),
    ("intake", "CM-2026-0005", "referral.dspc_date", "2026-03-18", "A1-DSPC-DATE", "fail"),
    ("intake", "CM-2026-0001", "schools.receiving", {"number": "9999"}, "A1-SOCIAL-WORKER", "?"),
    ("intake", "CM-2026-0005", "referral.placement", "alternate_school", "A1-SCHOOL", "fail"),
    ("intake", "CM-2026-0005", "referral.face_sheet_sent_on", "2026-04-14", "B1A-FACE-SHEET", "fail"),
    ("intake", "CM-2026-0005", "referral.face_sheet_sent_on", None, "B1A-FACE-SHEET", "?"),
    ("intake", "CM-2026-0005", "referral.placement_letter_on", None, "B1A-PLACEMENT-LETTER", "?"),
    ("intake", "CM-2026-0002", "referral.packet_requested_on", "2026-01-02", "B1A-PACKET-REQUEST", "fail"),
    ("intake", "CM-2026-0004", "guardians", [], "B1A-GUARDIAN", "fail"),
    ("intake", "CM-2026-0005", "committee.met_on", "2026-04-16", "B2-COMMITTEE-MET", "fail"),
    ("intake", "CM-2026-0005", "committee.not_already_available", False, "B2-NOT-AVAILABLE", "fail"),
    ("intake", "CM-2026-0005", "committee.dspc_notified_on", "2026-04-20", "B2-DSPC-NOTIFIED", "fail"),
    ("intake", "CM-2026-0005", "committee.dspc_notified_on", None, "B2-DSPC-NOTIFIED", "?"),
    ("contract", "CM-2026-0007", "transfers.0.reassigned_on", "2026-10-01", "A2-REASSIGNED", "fail"),
    ("contract", "CM-2026-0007", "transfers.0.to.social_worker", "Somebody Else", "A2-DESIGNATED", "fail"),
    ("contract", "CM-2026-0007", "transfers.0.to", {"number": "9999"}, "A2-DESIGNATED", "?"),
    ("contract", "CM-2026-0001", "transfers", [], "A2-REASSIGNED", "n/a"),
    ("contract", "CM-2026-0001", "needs", None, "A3-NEEDS", "?"),
    ("contract", "CM-2026-0001", "contacts", [], "B1B-PARENTS-CONTACTED", "fail"),
    ("contract", "CM-2026-0001", "contacts", [], "B1C-MEETING", "fail"),
    ("contract", "CM-2026-0001", "consultations.0.on", "2026-09-01", "B1B-CONSULTED", "fail"),
    ("contract", "CM-2026-0001", "contracts.student.signed_on", None, "B1C-STUDENT-SIGNED", "?"),
    ("contract", "CM-2026-0001", "contracts.parent.signed_by", "A Neighbour", "B1C-PARENT-SIGNER", "fail"),
    ("contract", "CM-2026-0001", "guardians.0.may_sign", False, "B1C-PARENT-SIGNER", "fail"),
    ("contract", "CM-2026-0001", "contracts.parent.offered_on", None, "B1C-PARENT-OFFERED", "?"),
    ("contract", "CM-2026-0001", "contracts.student.offered_on", None, "B1C-STUDENT-OFFERED", "?"),
    ("contract", "CM-2026-0001", "contracts.student.social_worker_signed_on", "2026-09-09",
     "B1C-SOCIAL-WORKER-SIGNED", "fail"),
    ("contract", "CM-2026-0003", "refusal.by", "A Neighbour", "B1B-REFUSED-BY", "fail"),
    ("contract", "CM-2026-0003", "refusal.dspc_social_worker_notified_on", None, "B1B-REFUSAL-DSPC", "?"),
    ("contract", "CM-2026-0003", "refusal.placement_specialist_notified_on", "2026-02-17",
     "B1B-REFUSAL-PLACEMENT", "fail"),
    ("contract", "CM-2026-0008", "discontinuation.withdrawn_to", None, "C2-WITHDRAWN", "?"),
    ("contract", "CM-2026-0011", "monitoring.1.period", "Quarter 1, 2026-2027", "B1D-PERIOD-ONCE", "fail"),
    ("contract", "CM-2026-0009", "discontinuation.on", "2026-03-12", "C1-PERIOD", "fail"),
    ("contract", "CM-2026-0009", "referral.dspc_date", "2027-05-26", "C1-PERIOD", "?"),
    ("contract", "CM-2026-0009", "monitoring.0.discipline_satisfactory", False, "C1-SATISFACTORY", "fail"),
    ("contract", "CM-2026-0009", "monitoring.0.discipline_satisfactory", None, "C1-SATISFACTORY", "?"),
    ("contract", "CM-2026-0009", "monitoring.0.period", "Some weeks", "C1-SATISFACTORY", "fail"),
    ("contract", "CM-2026-0002", "discontinuation.on", "2026-10-07", "C3-REFERRED-BACK", "fail"),
    ("contract", "CM-2026-0002", "discontinuation.on", "2026-09-27", "C-CONSULTED", "fail"),
    ("expulsion", "CM-2026-0016", "incidents", [], "D-EXCESSIVE", "fail"),
    ("expulsion", "CM-2026-0010", "appeal.scheduled_for", "2026-02-20", "D5-APPEAL-SCHEDULED", "fail"),
    ("expulsion", "CM-2026-0002", "appeal", None, "D5-APPEAL", "?"),
    ("expulsion", "CM-2026-0012", "service_referrals",
     [{"on": "2026-06-01", "kind": "testing", "to": "School psychologist"}], "D4-TESTING", "fail"),
    ("expulsion", "CM-2026-0002", "contracts.parent.signed_on", None, "B1C-PARENT-SIGNED", "?"),
]


@pytest.mark.parametrize(("packet", "case_id", "path", "value", "rule", "standing"), SERVICES)
def test_referral_and_services(
    judged: Callable[..., Verdict], packet: str, case_id: str, path: str, value: Any, rule: str, standing: str
) -> None:  # fmt: skip
    found = of(judged(packet, case_id, put(path, value)), rule)
    assert found.status is STANDINGS[standing], found


def test_every_rule_is_broken_above(library: Library) -> None:
    broken = {row[-2] for row in (*STEPS, *SERVICES) if row[-1] in ("fail", "?")}
    elsewhere = {"D-BASIS", "B1B-NOT-REFUSED"}
    kept_by_the_model = {"B2-NEED"}
    assert {rule.id for rule in library.rules()} - broken == elsewhere | kept_by_the_model


def test_failed_rule_shows_what_it_saw_and_what_to_do(judged: Callable[..., Verdict]) -> None:
    change = put(BACK + "parents_informed_on", "2026-10-09")
    found = of(judged("expulsion", "CM-2026-0002", change), "D2-PARENTS")
    assert found.message == "Parents informed on: Oct 9, 2026; Packet sent to the director on: Oct 8, 2026"
    assert found.fix == "Inform the parents together with the school designee, before the packet goes out."
    assert found.cites == ("D-2",)
    assert found.evidence[0].path == "case.referral_back.parents_informed_on"


def test_unknown_rule_names_the_value_and_where_to_enter_it(judged: Callable[..., Verdict]) -> None:
    change = put("contracts.parent.signed_on", None)
    found = of(judged("contract", "CM-2026-0001", change), "B1C-PARENT-SIGNED")
    assert found.message == "'Contracts, Parent, Signed on' is not known (contracts.parent.signed_on)"
    assert found.fix.endswith("Its place in the case is contracts.parent.signed_on.")


def with_one(library: Library, case: Case, form: str, **changed: Any) -> list[DocumentState]:
    """All documents of the contract packet, with one of them changed."""
    whole = everything(library, "contract", case)
    return [replace(state, **changed) if state.form == form else state for state in whole]


SHEET, STUDENT = "face-sheet", "student-contract"


@pytest.mark.parametrize(("form", "changed", "aspect", "standing", "said"), [
    (SHEET, {"draft": True}, "present", "fail", "only a draft was made"),
    (SHEET, {"revision": "2019-01"}, "edition", "fail", "is edition 2019-01"),
    (SHEET, {"sources": (), "pages": ()}, "edition", "pass", ""),
    (SHEET, {"values": {}}, "fields", "fail", "not filled in: Student name"),
    (STUDENT, {"sources": ()}, "returned", "fail", "has not come back"),
    (STUDENT, {"pages": (1,)}, "pages", "fail", "lacks page 2 of 2"),
    (STUDENT, {"pages": (), "expected_pages": 4}, "pages", "fail", "lacks pages 1, 2, 3, 4 of 4"),
    (STUDENT, {"concerns": (review("page-misplaced", "lies askew"),)}, "review", "?", "lies askew"),
])
def test_document(
    judged: Callable[..., Verdict], library: Library, samples: Path,
    form: str, changed: dict[str, Any], aspect: str, standing: str, said: str,
) -> None:  # fmt: skip
    case = sample(library, samples, "CM-2026-0001")
    verdict = judged("contract", "CM-2026-0001", None, with_one(library, case, form, **changed))
    found = of(verdict, f"{form}/{aspect}")
    assert found.status is STANDINGS[standing]
    assert said in found.message


def student_contract(library: Library, *fields: FieldReading) -> DocumentState:
    """A returned student contract whose answers are changed."""
    whole = document(library.form(STUDENT))
    changed = {found.address: found for found in fields}
    return replace(
        whole,
        fields={**whole.fields, **changed},
        values={**whole.values, **{address: found.value for address, found in changed.items()}},
    )


@pytest.mark.parametrize(("field", "aspect", "standing", "said"), [
    (added("student_signature", None, Status.BLANK), "signed", "fail", "Student has not signed"),
    (added("guardian_signed_on", None, Status.BLANK), "signed", "fail", "guardian signed without a date"),
    (added("administrator_signature", None, Status.BLANK), "signed", "pass", "Student: Oct 7, 2026"),
    (added("goals_understood", False, Status.BLANK), "fields", "fail", "(not ticked), page 2"),
    (added("student_signed_on", DAY, Status.REVIEW, "smudged"), "review", "?", "signed, page 2: smudged"),
    (added("student_signed_on", DAY, Status.REVIEW, "smudged"), "signed", "pass", ""),
])
def test_answers_on_a_returned_document(
    judged: Callable[..., Verdict], library: Library,
    field: FieldReading, aspect: str, standing: str, said: str,
) -> None:  # fmt: skip
    verdict = judged("contract", "CM-2026-0001", None, [student_contract(library, field)])
    found = of(verdict, f"{STUDENT}/{aspect}")
    assert found.status is STANDINGS[standing], found
    assert said in found.message


def test_row_lacks_a_required_column(judged: Callable[..., Verdict], library: Library) -> None:
    form = library.form(SHEET)
    sheet = document(form, values={**document(form).values, "guardians[1].phone": "555-0100"})
    found = of(judged("contract", "CM-2026-0001", None, [sheet]), f"{SHEET}/fields")
    assert (found.status, found.message) == (Standing.FAIL, "not filled in: Name (row 2)")


def test_need_for_a_document_that_cannot_be_told(
    library: Library, samples: Path, expressions: Expressions
) -> None:
    wanted = standard(library, "intake")
    asked = wanted.packet.documents[0].model_copy(update={"when": "case.appeal.result == 'x'"})
    packet = wanted.packet.model_copy(update={"documents": (asked,)})
    case = sample(library, samples, "CM-2026-0001")
    verdict = judge(replace(wanted, packet=packet), case, [], expressions, TODAY)
    assert of(verdict, f"{SHEET}/present").status is Standing.UNKNOWN
    assert "appeal.result" in of(verdict, f"{SHEET}/present").message


def test_one_signed_parent_contract_is_enough(judged: Callable[..., Verdict], library: Library) -> None:
    form = library.form("parent-contract")
    states = [document(form, 0, sources=()), document(form, 1)]
    verdict = judged("contract", "CM-2026-0001", None, states)
    assert of(verdict, "parent-contract/signed").status is Standing.PASS


def test_letter_is_needed_for_each_parent(judged: Callable[..., Verdict], library: Library) -> None:
    verdict = judged("intake", "CM-2026-0001", None, [document(library.form("placement-letter"), 1)])
    present = [result for result in verdict.results if result.rule == "placement-letter/present"]
    found = {result.title: result.status for result in present}
    assert sorted(found.values()) == [Standing.FAIL, Standing.PASS]
    assert any("Rosa María" in title for title, status in found.items() if status is Standing.FAIL)


def test_nobody_may_sign(judged: Callable[..., Verdict]) -> None:
    found = of(judged("contract", "CM-2026-0004", put("guardians", []), []), "parent-contract/present")
    assert (found.status, "nobody is entered" in found.message) == (Standing.UNKNOWN, True)


def test_copy_in_order_stands_for_the_document(judged: Callable[..., Verdict], library: Library) -> None:
    form = library.form(STUDENT)
    torn = document(form, pages=(1,))
    for states in ([torn, document(form)], [document(form), torn]):
        verdict = judged("contract", "CM-2026-0001", None, states)
        assert of(verdict, f"{STUDENT}/pages").status is Standing.PASS


def test_copy_that_came_back_goes_before_another(judged: Callable[..., Verdict], library: Library) -> None:
    form = library.form(STUDENT)
    states = [document(form, pages=(1,), revision="2019-01"), document(form, sources=())]
    verdict = judged("contract", "CM-2026-0001", None, states)
    assert of(verdict, f"{STUDENT}/returned").status is Standing.PASS


def test_parent_who_marks_refusal_is_heard(judged: Callable[..., Verdict], library: Library) -> None:
    form = library.form("parent-contract")
    refused = document(form, 1, values={**document(form).values, "decision": "refuse"})
    verdict = judged("contract", "CM-2026-0001", None, [document(form, 0), refused])
    assert of(verdict, "B1B-NOT-REFUSED").status is Standing.FAIL


def waive(rule: str) -> Change:
    return put("waivers", [{"rule": rule, "by": "M. Olafsen", "on": "2026-10-02", "reason": "Court order"}])


@pytest.mark.parametrize("named", ["student-contract/returned", "student-contract"])
def test_waiver_sets_aside(judged: Callable[..., Verdict], library: Library, named: str) -> None:
    states = [document(library.form(STUDENT), sources=())]
    found = of(judged("contract", "CM-2026-0001", waive(named), states), "student-contract/returned")
    assert found.status is Standing.WAIVED
    assert found.message == "waived by M. Olafsen on Oct 2, 2026: Court order"


def test_waiver_of_what_passes_changes_nothing(judged: Callable[..., Verdict]) -> None:
    assert of(judged("expulsion", "CM-2026-0002", waive("D2-PARENTS")), "D2-PARENTS").status is Standing.PASS


@pytest.mark.parametrize(("rule", "codes"), [
    ("D2-PARENT", ["waiver-unknown"]), ("A1-DSPC-DATE", []), ("dspc-agenda", []), ("face-sheet/pages", []),
])
def test_waiver_of_an_unknown_rule_is_a_finding(
    judged: Callable[..., Verdict], rule: str, codes: list[str]
) -> None:
    findings = judged("expulsion", "CM-2026-0002", waive(rule)).findings
    assert [finding.code for finding in findings] == codes
    assert all("did you mean 'D2-PARENTS'" in finding.message for finding in findings)


def test_packet_that_names_no_form(library: Library, samples: Path, expressions: Expressions) -> None:
    wanted = standard(library, "intake")
    with pytest.raises(DefinitionError, match="'face-sheet', which is no form"):
        judge(replace(wanted, forms={}), sample(library, samples, "CM-2026-0001"), [], expressions, TODAY)


ISSUED = Issued(
    issue="ABCDE12345", form=STUDENT, revision="2026-07", lang="en", format="pdf", subject="T-1",
    recipient=None, sha256="a" * 64, pages=("main", "main"), values={"student_name": "Ada"}, printed={},
)


def returned(*fields: FieldReading, **changed: Any) -> Reading:
    whole = Reading(
        source="back.pdf", sha256="b" * 64, kind="pdf-form", form=STUDENT, revision="2026-07", lang="en",
        issue="ABCDE12345", subject="T-1", pages=(1,), expected_pages=2, fields=fields, findings=(),
    )
    return replace(whole, **changed)


def test_parts_of_a_document_in_two_files_are_one_copy() -> None:
    first = returned(added("student_signature", "ink"), added("student_words", "Yes"))
    second = returned(added("student_words", None, Status.BLANK), source="p2.pdf", pages=(2,))
    [state] = states_of([ISSUED, replace(ISSUED, format="docx", sha256="c" * 64)], [first, second])
    assert (state.pages, state.expected_pages, state.sources) == ((1, 2), 2, ("back.pdf", "p2.pdf"))
    assert state.values == {"student_name": "Ada", "student_signature": "ink", "student_words": "Yes"}


def test_issue_that_is_still_out() -> None:
    [state] = states_of([ISSUED], [])
    assert (state.returned, state.revision, state.values) == (False, "2026-07", {"student_name": "Ada"})


def test_blank_form_and_foreign_paper() -> None:
    blank = returned(issue=None, subject=None)
    paper = returned(form=None, issue=None)
    [state] = states_of([], [blank, paper])
    assert (state.form, state.issue, state.returned) == (STUDENT, None, True)


def test_checklist_is_in_order_and_says_what_to_do(judged: Callable[..., Verdict]) -> None:
    change = put(BACK + "parents_informed_on", "2026-10-09")
    shown = checklist(judged("expulsion", "CM-2026-0002", change))
    assert shown.title == "Expulsion referral packet, case CM-2026-0002"
    assert shown.summary.startswith("The packet is not complete. ")
    assert shown.next_steps == (
        "Inform the parents together with the school designee, before the packet goes out.",
    )
    headings = [section.heading for section in shown.sections]
    assert headings[0] == "Expulsion Referral Packet: Cover Sheet"
    assert headings[-1] == "D. Referral back to DSPC"
    [line] = [line for section in shown.sections for line in section.lines if line.mark == "✘"]
    assert line.text == "The parents were informed of the referral back before the packet was sent"
    assert shown.sections[0].lines[0].text == "Is on file"


def test_checklist_names_the_parent_of_a_letter(judged: Callable[..., Verdict]) -> None:
    [letter] = [
        section for section in checklist(judged("expulsion", "CM-2026-0002")).sections
        if section.heading.startswith("Referral Back to")
    ]
    assert letter.lines[0].text == "For Denise Specimen: is on file"


def test_verdict_as_json_is_plain(judged: Callable[..., Verdict]) -> None:
    import json

    data = json.loads(json.dumps(judged("expulsion", "CM-2026-0002").as_json()))
    assert (data["overall"], data["counts"]["fail"]) == ("complete", 0)
    assert data["results"][0]["rule"] == "expulsion-cover-sheet/present"
