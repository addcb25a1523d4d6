"""Where a case stands: its state follows from its dated facts, and is stored nowhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from cmforms.definitions.expressions import Expressions, context_of
from cmforms.definitions.life import Life, LifeState
from cmforms.definitions.names import DocumentFacts
from cmforms.definitions.schema import District, Rule
from cmforms.errors import Finding
from cmforms.model import Case

Objections = Callable[[Mapping[str, Any], Sequence[str]], list[Finding]]
"""What speaks against a case, by the rules of these ids: a finding for each that fails or cannot be judged."""


@dataclass(frozen=True)
class Policy:
    """What every case is held against on one day: the life of a case, the district, the rules, the expressions."""

    life: Life
    rules: Mapping[str, Rule]
    district: District
    expressions: Expressions
    objections: Objections
    today: dt.date

    @cached_property
    def _roots(self) -> dict[str, Any]:
        return context_of(district=self.district, today=self.today)

    def situation(self, case: Case) -> Situation:
        """Return where a case stands by its data alone; its schools must be completed from the directory."""
        return Situation(self, case, {**self._roots, **context_of(case=case)})


@dataclass(frozen=True)
class Situation:
    """One case under the policy; `context` is what expressions see."""

    policy: Policy
    case: Case
    context: Mapping[str, Any] = field(repr=False)

    def with_documents(self, facts: Mapping[str, DocumentFacts]) -> Situation:
        """Return the same with the facts about the documents of each form, for rules and duties that ask for them."""
        return replace(self, context={**self.context, **context_of(documents=facts)})

    @cached_property
    def state(self) -> LifeState:
        """The first state whose condition holds; a fact that nobody entered has not happened."""
        return next(state for state in self.policy.life.states if self.holds(state.when))

    def objections(self, rules: Sequence[str]) -> list[Finding]:
        """Return a finding for each of these rules that fails or cannot be judged."""
        return self.policy.objections(self.context, rules)

    def holds(self, expression: str, **more: Any) -> bool:
        """Tell whether an expression holds; one that touches a missing value does not."""
        return self.policy.expressions.truth(expression, {**self.context, **more}) is True

    def value(self, expression: str, **more: Any) -> Any:
        """Return an expression's value, or the `Missing` value that it touched."""
        return self.policy.expressions.value(expression, {**self.context, **more})
