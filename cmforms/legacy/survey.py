"""What whole columns say about their cells before any is read: the order of dates, the zeros that numbers lost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cmforms.errors import Finding, Severity
from cmforms.legacy.dates import Votes
from cmforms.legacy.planning import Plan, Planned
from cmforms.legacy.sheets import blocks, letter
from cmforms.legacy.sieve import Sieve
from cmforms.legacy.targets import Rule


@dataclass
class Numbers:
    """How many digits the numbers of a column have: those that are numbers, and those that are text."""

    real: set[int] = field(default_factory=set)
    text: set[int] = field(default_factory=set)
    example: str = ""

    def add(self, raw: Any, place: str) -> None:
        """Count a cell."""
        if isinstance(raw, (int, float)) and not isinstance(raw, bool):
            self.real.add(len(str(int(raw))))
            self.example = self.example or f"{int(raw)} in {place}"
        elif isinstance(raw, str) and raw.strip().isdigit():
            self.text.add(len(raw.strip()))


def surveyed(plan: Plan, totals: Sequence[str]) -> Plan:
    """Go through the sheet once: return the plan with what its columns prove, and the questions that stay."""
    tallies: dict[int, Votes | Numbers] = {
        column.index: Votes() if _rule(column) is Rule.DATE else Numbers()
        for column in plan.columns
        if _rule(column) in (Rule.DATE, Rule.IDENTIFIER)
    }
    for numbers, rows in blocks(_body(plan, Sieve(plan, totals))):
        for index, tally in tallies.items():
            _count(tally, index, numbers, rows)
    columns, findings = [], list(plan.findings)
    for column in plan.columns:
        counted = tallies.get(column.index)
        if isinstance(counted, Votes):
            column = _dated(column, counted)
            findings += _date_questions(plan, column, counted)
        elif counted:
            findings += _number_questions(plan, column, counted)
        columns.append(column)
    return replace(plan, columns=tuple(columns), findings=tuple(findings))


def _body(plan: Plan, sieve: Sieve) -> Iterator[tuple[int, Any]]:
    last = plan.header.last
    return ((number, row) for number, row in plan.sheet.rows if number > last and sieve.wanted(number, row) is not None)


def _rule(column: Planned) -> Rule | None:
    return column.targets[0].rule if column.targets else None


def _count(tally: Votes | Numbers, index: int, numbers: list[int], rows: list[Any]) -> None:
    """Count each different cell of a block once."""
    held = [row[index] if index < len(row) else None for row in rows]
    seen: dict[Any, int] = {}
    for number, raw in zip(numbers, held, strict=True):
        seen.setdefault(raw, number)
    for raw, number in seen.items():
        tally.add(raw, f"{letter(index)}{number}")


def _dated(column: Planned, votes: Votes) -> Planned:
    if column.rule.order or not votes.order:
        return column
    reason = f"{column.reason}; {votes.order}, as {votes.example[votes.order]} proves"
    return replace(column, rule=column.rule.model_copy(update={"order": votes.order}), reason=reason)


def _date_questions(plan: Plan, column: Planned, votes: Votes) -> Iterator[Finding]:
    if votes.asked and not column.rule.order and not any(votes.proofs.values()):
        yield _question(
            plan,
            column,
            "dates-ambiguous",
            f"nothing in {column.header!r} tells the day from the month: {'; '.join(votes.asking)}",
            f"Say under {column.key!r} in the profile `order: month-first` or `order: day-first`.",
        )
    if votes.swapped and not column.rule.real_dates:
        yield _question(
            plan,
            column,
            "dates-swapped",
            f"every real date of {column.header!r} has a day up to 12, and those with a higher day are text "
            f"({votes.example['day-first']}): a program seems to have taken days for months",
            f"Say under {column.key!r} in the profile `real_dates: swapped` or `real_dates: as shown`.",
        )


def _number_questions(plan: Plan, column: Planned, numbers: Numbers) -> Iterator[Finding]:
    """Ask where numbers may have lost zeros in front: of different lengths, beside longer texts, of unseen formats."""
    lengths = sorted(numbers.real | numbers.text)
    if numbers.real and column.rule.digits is None and (len(lengths) > 1 or plan.sheet.formats_unseen):
        yield _question(
            plan,
            column,
            "ids-zeros",
            f"{column.header!r} holds numbers of {_span(lengths)} digits ({numbers.example}): "
            "zeros in front may have been lost",
            f"Say under {column.key!r} in the profile `digits: {lengths[-1]}`, or `digits: as shown`.",
        )


def _span(lengths: list[int]) -> str:
    return f"{lengths[0]} to {lengths[-1]}" if len(lengths) > 1 else str(lengths[0])


def _question(plan: Plan, column: Planned, code: str, message: str, fix: str) -> Finding:
    where = plan.sheet.where(plan.header.last or 1, column.index)
    return Finding(code, Severity.ERROR, re.sub(r"\s+", " ", message), where, fix=fix)
