"""What whole columns say about their cells before any is read: the order of dates, the zeros that numbers lost."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cmforms.errors import Finding, Severity
from cmforms.legacy.dates import DAY_FIRST, MONTH_FIRST, Votes
from cmforms.legacy.planning import Plan, Planned, Question
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
    columns, questions = [], list[Question]()
    for column in plan.columns:
        counted = tallies.get(column.index)
        if isinstance(counted, Votes):
            column = _dated(column, counted)
            questions += _date_questions(plan, column, counted)
        elif counted:
            questions += _number_questions(plan, column, counted)
        columns.append(column)
    findings = (*plan.findings, *(question.finding for question in questions))
    return replace(plan, columns=tuple(columns), findings=findings, questions=(*plan.questions, *questions))


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


def _date_questions(plan: Plan, column: Planned, votes: Votes) -> Iterator[Question]:
    if votes.asked and not column.rule.order and not any(votes.proofs.values()):
        yield _question(
            plan,
            column,
            "dates-ambiguous",
            f"nothing in {column.header!r} tells the day from the month: {'; '.join(votes.asking)}",
            ("order", MONTH_FIRST, DAY_FIRST),
        )
    if votes.swapped and not column.rule.real_dates:
        yield _question(
            plan,
            column,
            "dates-swapped",
            f"every real date of {column.header!r} has a day up to 12, and those with a higher day are text "
            f"({votes.example['day-first']}): a program seems to have taken days for months",
            ("real_dates", "swapped", "as shown"),
        )


def _number_questions(plan: Plan, column: Planned, numbers: Numbers) -> Iterator[Question]:
    """Ask where numbers may have lost zeros in front: of different lengths, beside longer texts, of unseen formats."""
    lengths = sorted(numbers.real | numbers.text)
    if numbers.real and column.rule.digits is None and (len(lengths) > 1 or plan.sheet.formats_unseen):
        yield _question(
            plan,
            column,
            "ids-zeros",
            f"{column.header!r} holds numbers of {_span(lengths)} digits ({numbers.example}): "
            "zeros in front may have been lost",
            ("digits", str(lengths[-1]), "as shown"),
        )


def _span(lengths: list[int]) -> str:
    return f"{lengths[0]} to {lengths[-1]}" if len(lengths) > 1 else str(lengths[0])


def _question(plan: Plan, column: Planned, code: str, message: str, answers: tuple[str, ...]) -> Question:
    """Make a question about a column; `answers` are the setting and what it may be."""
    setting, *choices = answers
    where = plan.sheet.where(plan.header.last or 1, column.index)
    fix = f"Say under {column.key!r} in the profile {' or '.join(f'`{setting}: {choice}`' for choice in choices)}."
    said = re.sub(r"\s+", " ", message)
    finding = Finding(code, Severity.ERROR, said, where, fix=fix)
    return Question(finding, f"{said[0].upper()}{said[1:]}. {_ASKS[setting]}", setting, tuple(choices), column.key)


_ASKS = {
    "order": "Which comes first",
    "real_dates": "Are they to be swapped back",
    "digits": "How many digits has each",
}
