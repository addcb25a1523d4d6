"""The table of events, states and duties, and the calendar that they rest on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmforms.definitions.calendar import Calendar
from cmforms.definitions.checking_life import check_life
from cmforms.definitions.expressions import Expressions
from cmforms.definitions.library import Library
from cmforms.life import Policy, Situation
from cmforms.life.duties import duties
from cmforms.life.recording import Occurrence, Outcome, outcome
from cmforms.model import case_from, plain
from cmforms.values.columns import Column
from cmforms.values.kinds import Kind, Value
from cmforms.workflow.directory import completed
from cmforms.workflow.life import policy_of
from cmforms.workflow.workspace import Workspace
from cmforms.yamlfile import load_yaml
from tests.conftest import ROOT

LIFE = ROOT / "samples" / "life"
TODAY = dt.date(2026, 11, 24)


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    """The shipped policy on the day that the samples are looked at."""
    workspace = Workspace.init(tmp_path_factory.mktemp("policy") / "office")
    return policy_of(workspace, TODAY)


def start(name: str) -> dict[str, Any]:
    return dict(plain(case_from(load_yaml((LIFE / f"LIFE-{name}.yaml").read_bytes(), name), name)))


def at(policy: Policy, data: dict[str, Any]) -> Situation:
    return policy.situation(completed(case_from(data, "test"), policy.district))


DAYS = [dt.date(2026, 10, 14), dt.date(2026, 10, 28), dt.date(2026, 11, 18)]
SAMPLE: dict[Kind, Sequence[Value]] = {
    Kind.TEXT: ("0211", "Quarter 1, 2026-2027"), Kind.DATE: DAYS, Kind.TIME: (dt.time(9, 30),),
    Kind.CHECK: (True, False), Kind.INTEGER: (0, 2), Kind.DECIMAL: (3.5,),
}  # fmt: skip


def values(columns: Mapping[str, Column], name: str) -> st.SearchStrategy[dict[str, Value]]:
    """Values of the right types and of any sense; a text is often the parent's name."""
    samples = SAMPLE | {Kind.TEXT: (name, name, *SAMPLE[Kind.TEXT])}
    return st.fixed_dictionaries({
        field: st.sampled_from(column.options or samples[column.kind]) for field, column in columns.items()
    })  # fmt: skip


def after(policy: Policy, entered: dict[str, Any], occurrence: Occurrence) -> Outcome:
    return outcome(at(policy, entered), occurrence, lambda change: at(policy, change.applied(entered)))


@given(data=st.data())
@settings(max_examples=25, deadline=None, database=None)
def test_no_sequence_of_events_leaves_the_table(policy: Policy, data: st.DataObject) -> None:
    life = policy.life
    entered = start(data.draw(st.sampled_from(["A-1", "A-5", "B-1-c", "A-4", "D-1", "D-2", "D-4", "D-5"])))
    before, day = at(policy, entered), dt.date(2026, 9, 2)
    for _ in range(14):
        possible = [event for event in life.events if before.state.id in event.states] or life.events
        event = data.draw(st.sampled_from(possible) | st.sampled_from(life.events))
        day += dt.timedelta(data.draw(st.integers(0, 9)))
        given_values = data.draw(values(event.fields, entered["guardians"][0]["name"]))
        done = after(policy, entered, Occurrence(event, day, given_values))
        if done.change is None:
            assert (done.after.state, bool(done.findings)) == (before.state, True)
            continue
        assert before.state.id in event.states
        assert done.after.state.id in (before.state.id, *event.leads_to)
        entered, before = done.change.applied(entered), done.after
        assert not (before.state.final and duties(before))


def test_every_state_can_be_reached_and_left(policy: Policy) -> None:
    life = policy.life
    unreached = [state.id for state in life.states if life.way("referred", (state.id,)) is None]
    dead_ends = [s.id for s in life.states if not s.final and not any(s.id in e.states for e in life.events)]
    assert (unreached, dead_ends) == ([], [])


def test_event_that_later_facts_would_lead_astray(policy: Policy) -> None:
    data = start("A-4") | {"contacts": []}
    data["contracts"]["parent"] = {"offered_on": "2026-09-10"}
    signed = Occurrence(policy.life.event("contact"), dt.date(2026, 9, 4), SAID)
    event = signed.event.model_copy(update={"leads_to": ()})
    assert codes(after(policy, data, replace(signed, event=event))) == ["event-astray"]


def codes(done: Outcome) -> list[str]:
    return [finding.code for finding in done.findings]


SAID: dict[str, Value] = {"kind": "phone", "person": "X", "by": "Y", "outcome": "reached"}


def test_change_that_makes_no_valid_case(policy: Policy) -> None:
    said: dict[str, Value] = {"level": 7, "code": "X", "title": "Y"}
    done = after(policy, start("A-4"), Occurrence(policy.life.event("incident"), dt.date(2026, 9, 20), said))
    assert [finding.where.path for finding in done.findings] == ["incidents[0].level"]


def test_no_way_back(policy: Policy) -> None:
    done = after(policy, start("A-4"), Occurrence(policy.life.event("face-sheet-sent"), dt.date(2026, 9, 4), {}))
    assert "No event leads there any more" in done.findings[0].fix


FAULTS: Sequence[tuple[str, dict[str, Any], str]] = [
    ("states", {"when": "case.refusel"}, "'refusel' is not known here; did you mean 'refusal'?"),
    ("states", {"cites": ("B-9",)}, "'B-9' is no id of the policy page"),
    ("states", {"id": "refused"}, "the id stands 2 times"),
    ("events", {"states": ("terminated",)}, "is final, but an event is possible in it"),
    ("events", {"leads_to": ("gone",)}, "'gone' is not known"),
    ("events", {"rules": ("B2-NEDE",)}, "did you mean 'B2-NEED'?"),
    ("events", {"needs": ("whom",)}, "'whom' is not known"),
    ("events", {"writes": {"committee.kin": "kind"}}, "'committee.kin' is no value of a case"),
    ("events", {"writes": {"committee.chair": "case"}}, "'case' names a part of what expressions see"),
    ("events", {"clears": ("comittee",)}, "did you mean 'committee'?"),
    ("events", {"after": "case.referral.dspc"}, "did you mean 'dspc_date'?"),
    ("duties", {"who": "nobody"}, "'nobody' is not known"),
    ("duties", {"event": "refusal"}, "'refusal' is not possible in 'committee'"),
    ("duties", {"form": "no-form", "event": None}, "'no-form' is not known"),
    ("duties", {"returned": "student-contrat", "event": None}, "did you mean 'student-contract'?"),
]


@pytest.mark.parametrize(("part", "changed", "says"), FAULTS)
def test_faults_of_the_table(library: Library, part: str, changed: dict[str, Any], says: str) -> None:
    life = library.life
    first, *rest = getattr(life, part)
    faulty = replace(life, **{part: (type(first).model_validate(first.model_dump() | changed), *rest)})
    expressions = Expressions(school=str, **Calendar(library.district).functions())
    found = check_life(faulty, [rule.id for rule in library.rules()], library.form_ids, expressions)
    assert any(says in fault.message for fault in found), [fault.message for fault in found]


def test_last_state_holds_for_every_case(library: Library) -> None:
    life = replace(library.life, states=library.life.states[:1])
    found = check_life(life, [], [], Expressions(school=str, **Calendar(library.district).functions()))
    assert "state-none" in {fault.code for fault in found}


@pytest.mark.parametrize(("changed", "says"), [
    ({"rule": None}, "either a rule, or a title"), ({"event": None}, "one of event, form and returned"),
])  # fmt: skip
def test_duty_is_whole(library: Library, changed: dict[str, Any], says: str) -> None:
    duty = library.life.duties[0]
    with pytest.raises(ValueError, match=says):
        type(duty).model_validate(duty.model_dump() | changed)


def test_calendar_of_the_district(library: Library) -> None:
    calendar = Calendar(library.district)
    eve = dt.date(2026, 11, 24)
    assert calendar.school_days_after(eve, 1) == dt.date(2026, 11, 30)
    assert calendar.next_meeting(eve) == dt.date(2026, 12, 2)
    assert calendar.open_day(dt.date(2026, 11, 30)) == dt.date(2026, 11, 30)


@pytest.mark.parametrize(("referred", "due"), [("2026-08-05", dt.date(2026, 10, 16)), ("9999-12-29", None)])
def test_duty_whose_day_cannot_be_told_is_told_without(policy: Policy, referred: str, due: dt.date | None) -> None:
    data = start("A-4")
    data["referral"]["dspc_date"] = referred
    assert {duty.id: duty.due for duty in duties(at(policy, data))}["review-period"] == due


def test_review_that_was_begun_is_completed(policy: Policy) -> None:
    begun = {"period": "Quarter 1, 2026-2027", "starts": "2026-08-10", "ends": "2026-10-09", "absences": 2}
    data = start("A-4") | {"monitoring": [begun]}
    assert "complete-review" in {duty.id for duty in duties(at(policy, data))}
    event = policy.life.event("review-completed")
    judged = Occurrence(event, dt.date(2026, 10, 12), dict.fromkeys(event.fields, True))
    done = after(policy, data, judged)
    assert done.change
    assert done.change.applied(data)["monitoring"] == [begun | dict(judged.values)]
    assert "complete-review" not in {duty.id for duty in duties(done.after)}
    assert codes(after(policy, start("A-4"), judged)) == ["event-unknown-value"]
