"""Binding: a case's values by field address, and clear words for what is missing or does not fit."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from cmforms.definitions.expressions import Expressions, context_of
from cmforms.definitions.schema import Form
from cmforms.errors import Severity
from cmforms.fill.binding import bind
from cmforms.values.documents import Bound

CASE: dict[str, Any] = {
    "id": "CM-1",
    "student": {"name": "Søn", "dob": dt.date(2010, 5, 4), "nickname": None, "level": 3, "half": 2.5},
    "contacts": [{"on": dt.date(2026, 1, 5), "who": "Ana"}, {"on": None, "who": "Luz"}],
    "refusal": None,
}


def _form(*fields: dict[str, Any], group: tuple[dict[str, Any], ...] = ()) -> Form:
    named = [{"label": {"en": spec["name"].title()}, **spec} for spec in fields]
    blocks: list[dict[str, Any]] = [{"fields": named}] if named else []
    if group:
        columns = [{"label": {"en": spec["name"].title()}, **spec} for spec in group]
        blocks.append({"group": {"name": "log", "each": "case.contacts", "rows": 1, "fields": columns}})
    return Form.model_validate(
        {
            "id": "tiny", "revision": "2026-01", "title": {"en": "Tiny"}, "languages": ["en"],
            "cites": ["A-1"], "sections": [{"id": "all", "blocks": blocks}],
        }
    )


def _bind(form: Form, *, draft: bool = False, case: dict[str, Any] = CASE) -> Bound:
    return bind(form, context_of(case=case), "en", Expressions(), draft=draft)


def test_values_are_typed() -> None:
    form = _form(
        {"name": "name", "bind": "case.student.name"},
        {"name": "dob", "type": "date", "bind": "case.student.dob"},
        {"name": "adult", "type": "check", "bind": "case.student.level > 2"},
        {"name": "half", "type": "decimal", "bind": "case.student.half"},
    )
    assert _bind(form).values == {"name": "Søn", "dob": dt.date(2010, 5, 4), "adult": True, "half": 2.5}


def test_text_takes_numbers_and_dates_as_printed() -> None:
    specs = ({"name": "level", "bind": "case.student.level"}, {"name": "born", "bind": "case.student.dob"})
    assert _bind(_form(*specs)).values == {"level": "3", "born": "May 4, 2010"}


def test_what_is_missing_stays_blank() -> None:
    specs = ({"name": "on", "bind": "case.refusal.on"}, {"name": "n", "bind": "case.student.nickname"})
    assert _bind(_form(*specs)) == Bound({}, {})


def test_fields_of_people_stay_blank() -> None:
    assert _bind(_form({"name": "name", "bind": "case.student.name", "by": "parent"})).values == {}


def test_rows_reach_the_item_by_its_keys_by_row_and_by_number() -> None:
    form = _form(
        group=(
            {"name": "on", "type": "date", "bind": "on"},
            {"name": "who", "bind": "row.who"},
            {"name": "line", "type": "integer", "bind": "number"},
        )
    )
    bound = _bind(form)
    assert bound.rows == {"log": 2}
    assert bound.values == {
        "log[0].on": dt.date(2026, 1, 5), "log[0].who": "Ana", "log[0].line": 1,
        "log[1].who": "Luz", "log[1].line": 2,
    }


def test_a_required_value_that_is_missing_is_an_error_that_says_where() -> None:
    spec = {"name": "on", "type": "date", "bind": "case.refusal.on", "required": True, "cites": ["A-5"]}
    [finding] = _bind(_form(spec)).findings
    assert (finding.code, finding.severity, finding.cites) == ("required-missing", Severity.ERROR, ("A-5",))
    assert (finding.where.case, finding.where.path) == ("CM-1", "on")
    assert "'On'" in finding.message
    assert "case.refusal.on" in finding.message
    assert finding.fix == "Enter it in the case as refusal.on."


@pytest.mark.parametrize(
    ("required", "codes"),
    [
        ("case.student.level == 3", ["required-missing"]),
        ("case.student.level == 4", []),
        ("case.refusal.on", ["required-missing"]),
    ],
)
def test_required_may_be_an_expression(required: str, codes: list[str]) -> None:
    form = _form({"name": "n", "bind": "case.student.nickname", "required": required})
    assert [finding.code for finding in _bind(form).findings] == codes


def test_required_that_is_itself_unknown_says_so() -> None:
    form = _form({"name": "n", "bind": "case.student.nickname", "required": "case.refusal.on"})
    assert "depends on case.refusal.on, which is missing too" in _bind(form).findings[0].message


def test_a_draft_turns_errors_into_notes() -> None:
    form = _form({"name": "n", "bind": "case.student.nickname", "required": True})
    assert [finding.severity for finding in _bind(form, draft=True).findings] == [Severity.NOTE]


@pytest.mark.parametrize(
    ("spec", "code", "says"),
    [
        ({"type": "date", "bind": "case.student.name"}, "value-type", "a date, and the case gives text"),
        ({"type": "integer", "bind": "case.student.half"}, "value-type", "takes a whole number"),
        ({"type": "check", "bind": "case.student.level"}, "value-type", "takes yes or no"),
        ({"type": "time", "bind": "case.student.dob"}, "value-type", "gives a date"),
        ({"bind": "case.contacts"}, "value-type", "takes text, and the case gives a list"),
        ({"bind": "case.student.name ~ '\x07'"}, "control-character", "U+0007"),
        (
            {"type": "choice", "bind": "case.id", "options": [{"value": "a", "label": {"en": "A"}}]},
            "value-option", "takes one of a",
        ),
    ],
)
def test_a_value_that_does_not_fit_is_refused_without_being_told(
    spec: dict[str, Any], code: str, says: str
) -> None:
    bound = _bind(_form({"name": "f", **spec}))
    assert [finding.code for finding in bound.findings] == [code]
    assert says in bound.findings[0].message
    assert "Søn" not in str(bound.findings[0])
    assert bound.values == {}


def test_line_ends_of_any_system_become_one() -> None:
    case = {**CASE, "note": "one\r\ntwo\rthree\u2028four"}
    bound = _bind(_form({"name": "note", "bind": "case.note"}), case=case)
    assert bound.values == {"note": "one\ntwo\nthree\nfour"}


@pytest.mark.parametrize("path", ["case.student.name", "case.student.nickname", "case.refusal.on"])
def test_plain_paths_give_what_the_expression_gives(path: str) -> None:
    evaluated = Expressions().value(path, context_of(case=CASE))
    bound = _bind(_form({"name": "f", "bind": path}))
    assert bound.values == ({"f": evaluated} if isinstance(evaluated, str) else {})
