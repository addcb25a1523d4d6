"""The expression language: missing stays missing, and nothing reaches Python."""

from __future__ import annotations

import pytest

from cmforms.definitions.expressions import Expressions, Missing, context_of
from cmforms.definitions.names import ROOTS
from cmforms.errors import DefinitionError
from cmforms.model import case_from

PLAIN = {
    "id": "T-1",
    "student": {"id": "0012", "given_name": "Ada", "family_name": "Muster", "dob": "2011-03-04", "grade": "09"},
    "schools": {"zoned": {"number": "0101"}, "receiving": {"number": "0101"}},
    "referral": {"dspc_date": "2026-09-02", "basis": "Level 4", "placement": "zoned_school"},
    "contacts": [
        {"on": "2026-09-05", "kind": "phone", "person": "A", "by": "B"},
        {"on": "2026-09-03", "kind": "letter", "person": "C", "by": "B"},
    ],
}
CONTEXT = context_of(case=case_from(PLAIN, "test"))
EXPRESSIONS = Expressions()


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("case.student.full_name", "Ada Muster"),
        ("case.contacts|length", 2),
        ("first_by(case.contacts, 'on').person", "C"),
        ("(case.contacts|last_by('on')).person", "A"),
        ("case.committee is defined", False),
        ("days_between(case.referral.dspc_date, day('2026-09-09'))", 7),
        ("is_wednesday(case.referral.dspc_date)", True),
        ("case.appeal.result if case.appeal is defined else 'none'", "none"),
    ],
)
def test_value(expression: str, value: object) -> None:
    assert EXPRESSIONS.value(expression, CONTEXT) == value


@pytest.mark.parametrize(
    ("expression", "path"),
    [
        ("case.student.middle_name", "case.student.middle_name"),
        ("case.student.middle_name ~ '.'", "case.student.middle_name"),
        ("not case.notes", "case.notes"),
        ("case.referral_back.consulted_on <= day('2026-01-01')", "case.referral_back.consulted_on"),
        ("case.guardians[0].name", "case.guardians[0].name"),
        ("case.contacts[7].on > day('2026-01-01')", "case.contacts[7].on"),
    ],
)
def test_missing_is_neither_false_nor_blank(expression: str, path: str) -> None:
    missing = EXPRESSIONS.truth(expression, CONTEXT)
    assert isinstance(missing, Missing)
    assert missing.path == path


@pytest.mark.parametrize(
    "expression",
    ["''.__class__.__mro__", "case.student.__class__", "().__class__", "case._private"],
)
def test_python_internals_are_out_of_reach(expression: str) -> None:
    codes = {fault.code for fault in EXPRESSIONS.faults(expression, ROOTS["case"], "bind")}
    assert "expression-unsafe" in codes
    assert isinstance(EXPRESSIONS.value(expression, CONTEXT), Missing)


def test_methods_are_out_of_reach() -> None:
    assert isinstance(EXPRESSIONS.value("case.contacts.append(1)", CONTEXT), Missing)
    assert EXPRESSIONS.value("case.contacts|length", CONTEXT) == 2


@pytest.mark.parametrize("expression", ["1 / 0", "case.id + 1"])
def test_failing_expression_is_a_definition_error(expression: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        EXPRESSIONS.value(expression, CONTEXT)
    assert caught.value.findings[0].code == "expression-faulty"


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("case.student.dbo", "did you mean 'dob'"),
        ("cas.id", "did you mean 'case'"),
        ("case.id |", "expected token"),
        ("case.id | shoutt", "no filter 'shoutt'"),
        ("guardian.name", "not known"),
    ],
)
def test_faults_are_found_before_any_case(expression: str, said: str) -> None:
    messages = [fault.message for fault in EXPRESSIONS.faults(expression, ROOTS["case"], "bind")]
    assert any(said in message for message in messages), messages
