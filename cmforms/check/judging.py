"""From a packet's definition, a case and its documents to a verdict."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cmforms.check.copies import ASPECTS
from cmforms.check.documents import Desk, facts_of
from cmforms.check.rules import judged, part_of, part_titles
from cmforms.check.state import DocumentState
from cmforms.check.verdict import Result, Standing, Verdict
from cmforms.definitions.expressions import Expressions, context_of
from cmforms.definitions.schema import District, DocumentRequirement, Form, Packet, Rule
from cmforms.definitions.wording import shown
from cmforms.errors import DefinitionError, Finding, error, review
from cmforms.model import Case
from cmforms.model.decisions import Waiver
from cmforms.model.loading import nearest


@dataclass(frozen=True)
class Standard:
    """What a packet is held against: its definition, all rules, all forms by id, the district's calendar."""

    packet: Packet
    rules: Sequence[Rule]
    forms: Mapping[str, Form]
    district: District


def judge(
    standard: Standard,
    case: Case,
    documents: Sequence[DocumentState],
    expressions: Expressions,
    today: dt.date,
) -> Verdict:
    """Judge a packet of a case, its documents first, then the rules of the policy.

    `expressions` know the function `school`. A rule that touches a missing value is unknown and names it. A
    waiver sets aside what failed or is unknown, never what passed; one that names no rule is a finding.
    Raises DefinitionError for a faulty expression or an unknown form.
    """
    context = context_of(case=case, district=standard.district, today=today)
    desk = Desk(context, documents, expressions)
    facts = facts_of(standard.forms, standard.forms.__getitem__, desk)
    inside = {**context, **context_of(documents=facts)}
    rules = [rule for rule in standard.rules if standard.packet.id in rule.packets]
    results: list[Result] = []
    for wanted in standard.packet.documents:
        results += desk.judged(wanted, _form(standard, wanted))
    results += [judged(rule, inside, expressions) for rule in sorted(rules, key=_place)]
    return Verdict(
        case=case.id,
        packet=standard.packet.id,
        title=standard.packet.title.get("en") or standard.packet.id,
        groups=_groups(standard),
        results=tuple(_waived(result, case.waivers) for result in results),
        findings=tuple(_unknown_waivers(standard, case)),
    )


def objections(
    rules: Mapping[str, Rule], context: Mapping[str, Any], names: Sequence[str], expressions: Expressions
) -> list[Finding]:
    """Return a finding for each of the named rules that fails or cannot be judged; one that is waived does neither.

    `context` has `case`, `documents`, `district` and `today`. Raises DefinitionError for a rule that there is not.
    """
    unknown = [name for name in names if name not in rules]
    if unknown:
        raise DefinitionError.because(
            "rule-unknown", f"asks for the rule {unknown[0]!r}, which there is not", source="life",
            fix="Run: cmforms forms check",
        )
    waived = {entry["rule"] for entry in context["case"]["waivers"]}
    results = (judged(rules[name], context, expressions) for name in names if name not in waived)
    return [_objection(result, context["case"]["id"]) for result in results if result.status in _AGAINST]


_AGAINST = {Standing.FAIL: "does not hold", Standing.UNKNOWN: "cannot be told"}


def _objection(result: Result, case: str) -> Finding:
    said = f"; {result.message}" if result.message else ""
    return error(
        "rule-not-held", f"{_AGAINST[result.status]}: {result.title}{said}", case=case, cites=result.cites,
        fix=result.fix,
    )


def _form(standard: Standard, wanted: DocumentRequirement) -> Form:
    if wanted.form in standard.forms:
        return standard.forms[wanted.form]
    raise DefinitionError.because(
        "form-unknown", f"the packet asks for {wanted.form!r}, which is no form",
        source=f"packets/{standard.packet.id}.yaml", fix="Run: cmforms forms check",
    )


def _place(rule: Rule) -> int:
    return list(part_titles()).index(part_of(rule))


def _groups(standard: Standard) -> dict[str, str]:
    forms = [standard.forms[wanted.form] for wanted in standard.packet.documents]
    return {form.id: form.text(form.title, "en") for form in forms} | part_titles()


def _waived(result: Result, waivers: Iterable[Waiver]) -> Result:
    if result.status not in (Standing.FAIL, Standing.UNKNOWN):
        return result
    names = (result.rule, result.rule.partition("/")[0])
    waiver = next((waiver for waiver in waivers if waiver.rule in names), None)
    if waiver is None:
        return result
    message = f"waived by {waiver.by} on {shown(waiver.on)}: {waiver.reason}"
    return replace(result, status=Standing.WAIVED, message=message, fix="")


def _unknown_waivers(standard: Standard, case: Case) -> Iterable[Finding]:
    rules = [rule.id for rule in standard.rules]
    asked = [f"{form}/{aspect}" for form in standard.forms for aspect in ASPECTS]
    known = [*rules, *standard.forms, *asked]
    for index, waiver in enumerate(case.waivers):
        if waiver.rule not in known:
            near = nearest(waiver.rule, known)
            hint = f"; did you mean {near!r}?" if near else ""
            yield review(
                "waiver-unknown", f"waives {waiver.rule!r}, which is no rule{hint}", case=case.id,
                path=f"waivers[{index}].rule", fix="Name the rule as `cmforms check --json` does.",
            )
