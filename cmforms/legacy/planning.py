"""What a sheet's columns are taken for, why, and what has to be asked, before one value is taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from cmforms.errors import Finding, Severity, error
from cmforms.legacy.headers import Header, find_header, header_at
from cmforms.legacy.matching import NEAR, SURE, Matcher
from cmforms.legacy.profile import IGNORE, NOTE, OPEN, ColumnRule, SheetRule
from cmforms.legacy.sheets import Sheet, letter
from cmforms.legacy.targets import Target, required, target

OF_PROFILE = "the profile"


@dataclass(frozen=True)
class Planned:
    """A column: its number from 0, the key of its line in the profile, its header, where it goes and why."""

    index: int
    key: str
    header: str
    rule: ColumnRule
    reason: str

    @property
    def targets(self) -> tuple[Target, ...]:
        """The values that it gives; none for a column that is left out or kept as a note."""
        return tuple(found for path in self.rule.to if (found := target(path)))

    def as_rule(self) -> ColumnRule:
        """Return the rule of the column with the reason for it."""
        return self.rule if self.reason == OF_PROFILE else self.rule.model_copy(update={"reason": self.reason})


@dataclass(frozen=True)
class Question:
    """What has to be decided before a sheet can be read: the finding, how it is asked, and the answers.

    The answer goes under `setting` of the profile, of the column `key`, or of the sheet where there is none.
    """

    finding: Finding
    asks: str
    setting: str
    choices: tuple[str, ...]
    key: str | None = None


@dataclass(frozen=True)
class Plan:
    """How a sheet is going to be read. It can be followed when no finding blocks."""

    sheet: Sheet
    rule: SheetRule
    header: Header
    columns: tuple[Planned, ...]
    findings: tuple[Finding, ...] = ()
    questions: tuple[Question, ...] = ()

    @cached_property
    def lacking(self) -> tuple[Target, ...]:
        """What a new case needs and neither a column nor the profile gives."""
        given = {path for column in self.columns for path in column.rule.to} | set(self.rule.fill)
        given |= {f"student.{part}" for part in ("given_name", "family_name") if "student.full_name" in given}
        return tuple(each for each in required() if each.path not in given)

    @cached_property
    def listing(self) -> bool:
        """Whether rows add entries to lists, so that several may be about one case."""
        return any(goal.listing for column in self.columns for goal in column.targets)

    @cached_property
    def adds_only(self) -> bool:
        """Whether the rows say nothing of a case but which one it is."""
        goals = [goal for column in self.columns for goal in column.targets]
        return self.listing and all(goal.listing or goal.path in ("id", "student.id") for goal in goals)

    @property
    def empty(self) -> bool:
        """Whether no column gives anything."""
        return not any(column.targets for column in self.columns)

    def as_rule(self) -> SheetRule:
        """Return the plan as the rule that a profile holds."""
        columns = {column.key: column.as_rule() for column in self.columns}
        return self.rule.model_copy(update={"header_rows": self.header.rows, "columns": columns})


def plan_sheet(sheet: Sheet, rule: SheetRule, matcher: Matcher) -> Plan | Finding:
    """Plan one sheet; a finding where its headers cannot be told."""
    header = find_header(sheet, matcher) if rule.header_rows is None else header_at(sheet, rule.header_rows)
    if header is None:
        return error(
            "header-missing",
            "no row holds headers that are known",
            source=sheet.source,
            sheet=sheet.name,
            fix="Say `header_rows: [3]`, or `header_rows: []` and `column A: ...` for each column, in the profile.",
        )
    keys = header.keys()
    columns = [_planned(index, keys[index], label, rule, matcher) for index, label in header.labels.items()]
    columns = _one_each(columns)
    questions = tuple(_asked(sheet, columns, header))
    findings = [
        *(question.finding for question in questions), *_repeated(sheet, columns, header), *_absent(sheet, rule, keys),
        *_not_taken(sheet, columns, header),
    ]  # fmt: skip
    return Plan(sheet, rule, header, tuple(columns), tuple(findings), questions)


def _planned(index: int, key: str, label: str, rule: SheetRule, matcher: Matcher) -> Planned:
    known: Mapping[str, ColumnRule] = rule.columns
    said = known.get(key) or known.get(f"column {letter(index)}") or known.get(label)
    if said:
        return Planned(index, key, label, said, said.reason or OF_PROFILE)
    if label.startswith("column "):
        return Planned(index, key, label, ColumnRule(to=(IGNORE,)), "has no header")
    match = matcher.match(label)
    paths = tuple(each.path for each in match.targets)
    if match.sure:
        return Planned(index, key, label, ColumnRule(to=paths), match.reason)
    if match.score >= SURE:
        return Planned(index, key, label, ColumnRule(to=(OPEN,), maybe=paths), match.reason)
    maybe = paths if match.score >= NEAR else ()
    return Planned(index, key, label, ColumnRule(to=(IGNORE,), maybe=maybe), match.reason)


def _one_each(columns: list[Planned]) -> list[Planned]:
    """Ask where two columns go by the same path; a profile's or an exact name goes before the others."""
    takers = Counter(path for column in columns for path in column.rule.to if target(path))
    certain = {path for column in columns if _certain(column) for path in column.rule.to}
    decided = []
    for column in columns:
        shared = [path for path in column.rule.to if takers[path] > 1]
        if shared and not _certain(column):
            rule = ColumnRule(to=(IGNORE,) if shared[0] in certain else (OPEN,), maybe=tuple(shared))
            column = replace(column, rule=rule, reason=f"another column is {shared[0]} too")
        decided.append(column)
    return decided


def _certain(column: Planned) -> bool:
    return column.reason in (OF_PROFILE, "the exact name")


def _asked(sheet: Sheet, columns: list[Planned], header: Header) -> Iterator[Question]:
    for column in columns:
        if column.rule.open:
            maybe = " or ".join(column.rule.maybe)
            finding = Finding(
                "column-ambiguous",
                Severity.ERROR,
                f"{column.header!r} could be {maybe} ({column.reason})",
                sheet.where(header.last or 1, column.index),
                fix=f"Decide it in the profile: {column.key!r}: PATH, or {IGNORE}.",
            )
            choices = (*column.rule.maybe, NOTE, IGNORE)
            yield Question(finding, f"Where does {column.header!r} go", "to", choices, column.key)


def _repeated(sheet: Sheet, columns: list[Planned], header: Header) -> Iterator[Finding]:
    twice = Counter(path for column in columns if _certain(column) for path in column.rule.to if target(path))
    for column in columns:
        if _certain(column) and any(twice[path] > 1 for path in column.rule.to):
            yield Finding(
                "column-repeated",
                Severity.ERROR,
                f"{column.header!r} and another column are both {column.rule.to[0]}",
                sheet.where(header.last or 1, column.index),
                fix="Leave one of them out in the profile.",
            )


def _absent(sheet: Sheet, rule: SheetRule, keys: Mapping[int, str]) -> Iterator[Finding]:
    there = {*keys.values(), *(f"column {letter(index)}" for index in keys)}
    for key, said in rule.columns.items():
        if key not in there and said.to != (IGNORE,):
            yield error(
                "column-missing",
                f"has no column {key!r}, which the profile takes for {', '.join(said.to)}",
                source=sheet.source,
                sheet=sheet.name,
                fix="Look whether the header was changed; else take its line out of the profile.",
            )


def _not_taken(sheet: Sheet, columns: list[Planned], header: Header) -> Iterator[Finding]:
    for column in columns:
        if column.rule.to == (IGNORE,) and column.reason not in (OF_PROFILE, "has no header"):
            hint = f"; it is like {' and '.join(column.rule.maybe)}" if column.rule.maybe else ""
            yield Finding(
                "column-unread",
                Severity.NOTE,
                f"{column.header!r} is not taken: {column.reason}{hint}",
                sheet.where(header.last or 1, column.index),
                fix=f"To keep it, give it a path or {NOTE!r} in the profile: {column.key!r}.",
            )
