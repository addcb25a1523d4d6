"""The rules of the policy over one case: each passes, fails, does not apply, or waits for a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, nodes

from cmforms.check.verdict import Evidence, Result, Standing
from cmforms.definitions.expressions import Branch, Expressions, Missing
from cmforms.definitions.schema import Rule
from cmforms.definitions.wording import case_path, is_path, label_of, shown

_PARTS = {
    "A": "Case management as a whole",
    "B-1": "Referral and services",
    "B-2": "ESE and 504 students",
    "C": "Discontinuing the services",
    "D": "Referral back to DSPC",
}
_FURTHER = "Further rules"


def part_of(rule: Rule) -> str:
    """Return the part of the policy that a rule is from, by its first citation: `B-1` for `B-1-c`."""
    cite = rule.cites[0]
    return next((part for part in _PARTS if cite == part or cite.startswith(f"{part}-")), _FURTHER)


def part_titles() -> dict[str, str]:
    """Return the parts of the policy in their order, each as people know it."""
    return {part: f"{part}. {title}" for part, title in _PARTS.items()} | {_FURTHER: _FURTHER}


def judged(rule: Rule, context: Mapping[str, Any], expressions: Expressions) -> Result:
    """Judge one rule. Raises DefinitionError when its expressions are faulty."""
    applies = expressions.truth(rule.when, context)
    if isinstance(applies, Missing):
        return _result(rule, Standing.UNKNOWN, _unknown(applies), _enter(applies, rule))
    if not applies:
        return _result(rule, Standing.NOT_APPLICABLE, "does not apply to this case")
    holds = expressions.truth(rule.require, context)
    if isinstance(holds, Missing):
        return _result(rule, Standing.UNKNOWN, _unknown(holds), _enter(holds, rule))
    evidence = tuple(_evidence(rule.require, context))
    said = "; ".join(str(piece) for piece in evidence)
    if holds:
        return _result(rule, Standing.PASS, said, evidence=evidence)
    return _result(rule, Standing.FAIL, said, rule.fix, evidence)


def _result(
    rule: Rule, status: Standing, message: str, fix: str = "", evidence: tuple[Evidence, ...] = ()
) -> Result:
    return Result(rule.id, part_of(rule), rule.title, status, message, rule.cites, fix, evidence)


def _unknown(missing: Missing) -> str:
    if not is_path(missing.path):
        return "the district's calendar or directory has nothing that fits the case"
    return f"{label_of(missing.path)!r} is not known ({case_path(missing.path)})"


def _enter(missing: Missing, rule: Rule) -> str:
    if missing.path.startswith("case."):
        return f"{rule.fix} Its place in the case is {case_path(missing.path)}."
    return rule.fix


def _evidence(expression: str, context: Mapping[str, Any]) -> Iterator[Evidence]:
    """Yield the single values that an expression names."""
    for chain in _chains(expression):
        value: Any = context
        for step in chain:
            value = value.get(step) if isinstance(value, Branch) or value is context else None
        if value is not None and not isinstance(value, Missing) and (text := shown(value)):
            path = ".".join(chain)
            yield Evidence(label_of(path), text, path)


@cache
def _chains(expression: str) -> tuple[tuple[str, ...], ...]:
    """Return the chains of names in an expression, `case.student.dob` as its steps, each once."""
    tree = Environment(autoescape=True).parse("{{ (" + expression + ") }}")
    inner = {id(node.node) for node in tree.find_all(nodes.Getattr)}
    found = [_steps(node) for node in tree.find_all(nodes.Getattr) if id(node) not in inner]
    return tuple(dict.fromkeys(steps for steps in found if steps and steps[0] in ("case", "documents")))


def _steps(node: nodes.Node) -> tuple[str, ...]:
    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.Getattr):
        head = _steps(node.node)
        return (*head, node.attr) if head else ()
    return ()
