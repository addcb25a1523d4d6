"""What a legacy spreadsheet is taken for, shown before anything is stored: sheets, columns, reasons, questions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cmforms.contain import Limits, contained
from cmforms.definitions.library import Library
from cmforms.errors import Finding, InputError, blocks, error, note
from cmforms.files import read_bytes, write_whole
from cmforms.legacy.collecting import settled
from cmforms.legacy.facesheets import as_sheet, read_face_sheet
from cmforms.legacy.headers import find_header
from cmforms.legacy.matching import Matcher
from cmforms.legacy.opening import SUFFIXES, open_book
from cmforms.legacy.planning import Plan, Question, plan_sheet
from cmforms.legacy.profile import Profile, SheetRule, read_profile, write_profile
from cmforms.legacy.rejects import SUMMARY, SUMMARY_OF_REST
from cmforms.legacy.sheets import Book, Sheet
from cmforms.legacy.survey import surveyed
from cmforms.legacy.tables import merged_question
from cmforms.legacy.twins import key_column

MOST_FORM_ROWS = 400
LIMITS = Limits(seconds=900, cpu_seconds=900, memory_mb=6144)


@dataclass(frozen=True)
class Proposal:
    """How a file is going to be imported; it can be, when no finding blocks.

    `further_rows_only` tells that the file holds the rows of another one that waited, and nothing that went in.
    """

    path: Path
    sha256: str
    plans: tuple[Plan, ...]
    findings: tuple[Finding, ...]
    source: str
    further_rows_only: bool = False

    @property
    def ready(self) -> bool:
        """Whether every question is answered."""
        return not blocks(self.findings)

    def open_question(self) -> tuple[Plan, Question] | None:
        """Return the first question that somebody has to answer."""
        asked = ((plan, question) for plan in self.plans for question in (*plan.questions, *merged_question(plan)))
        return next(asked, None)

    @property
    def profile(self) -> Profile:
        """The proposal as a profile that replays it."""
        return Profile(source=self.source, sheets={plan.sheet.name or "table": plan.as_rule() for plan in self.plans})


def propose(path: Path, library: Library, profile: Profile | None = None) -> Proposal:
    """Open a spreadsheet and plan its import. Raises InputError for a file that cannot be used."""
    book = open_book(path, _contained)
    said = profile or Profile(source=path.stem)
    matcher = Matcher(library.legacy_words)
    plans, findings = [], list(book.findings)
    for sheet in _face_sheet(path, book, library, matcher) or _worth_reading(book, said, findings):
        findings += sheet.findings
        plan = plan_sheet(sheet, said.sheet(sheet.name), matcher)
        if isinstance(plan, Finding):
            findings.append(plan)
            continue
        plans.append(surveyed(plan, library.legacy_words.totals))
    findings = _without_needless(findings, plans)
    planned = tuple(plan for plan in plans if not plan.empty or len(plans) == 1)
    for plan in planned:
        findings += [*plan.findings, *_lacking(plan), *_merged(plan), *_no_key(plan)]
    findings += _nothing(path, planned, findings)
    rest = any(sheet.name == SUMMARY_OF_REST for sheet in book.sheets)
    return Proposal(path, _sha256(path), planned, tuple(findings), said.source, rest)


def load_profile(path: Path) -> Profile:
    """Read a profile. Raises InputError with every fault of it."""
    return read_profile(read_bytes(path), path.name)


def _contained(path: Path) -> Book:
    from cmforms.legacy.workbooks import open_workbook

    with settled():
        return contained(open_workbook, path, source=str(path), limits=LIMITS)


def _face_sheet(path: Path, book: Book, library: Library, matcher: Matcher) -> list[Sheet]:
    """Return the one row of a form-shaped workbook; nothing for a table, which has a column of numbers."""
    small = sum(sum(1 for _ in sheet.rows) for sheet in book.sheets) <= MOST_FORM_ROWS
    if not small or path.suffix.lower() not in (".xlsx", ".xlsm"):
        return []
    headers = [header for sheet in book.sheets if (header := find_header(sheet, matcher))]
    named = {goal.path for header in headers for label in header.labels.values() if (goal := matcher.match(label).sure)}
    if named & {"id", "student.id"}:
        return []
    found, unread = contained(read_face_sheet, path, library.roots, source=str(path), limits=LIMITS)
    return [as_sheet(str(path), found, unread)] if found else []


def _worth_reading(book: Book, profile: Profile, findings: list[Finding]) -> Iterator[Sheet]:
    for sheet in book.sheets:
        is_own = sheet.name in (SUMMARY, SUMMARY_OF_REST)
        if is_own or profile.sheet(sheet.name).skip or not any(any(row) for _, row in sheet.rows):
            continue
        if sheet.hidden and (sheet.name or "") not in profile.sheets:
            findings.append(
                note(
                    "sheet-hidden",
                    "is hidden and is not read",
                    source=book.source,
                    sheet=sheet.name,
                    fix="To read it, name it under `sheets` in the profile, or unhide it.",
                )
            )
            continue
        yield sheet


def _without_needless(findings: Iterable[Finding], plans: list[Plan]) -> list[Finding]:
    """Where another sheet has headers, one without is said not to be read, and asks nothing."""
    if not any(not plan.empty for plan in plans):
        return list(findings)
    return [
        note(
            "sheet-unread",
            "holds no headers that are known, and is not read",
            source=each.where.source,
            sheet=each.where.sheet,
            fix="Name its rows of headers in the profile to read it.",
        )
        if each.code == "header-missing"
        else each
        for each in findings
    ]


def _lacking(plan: Plan) -> Iterator[Finding]:
    """Name what the sheet lacks to begin new cases; one that only adds to stored cases needs none of it."""
    if plan.lacking and not plan.adds_only:
        names = "; ".join(f"{each.label} ({each.path})" for each in plan.lacking)
        yield note(
            "column-missing",
            f"to begin new cases this sheet lacks: {names}",
            source=plan.sheet.source,
            sheet=plan.sheet.name,
            fix="Give each a column, or under `fill` in the profile a value for all rows.",
        )


def _merged(plan: Plan) -> Iterator[Finding]:
    return (question.finding for question in merged_question(plan))


def _no_key(plan: Plan) -> Iterator[Finding]:
    if key_column(plan) is None and not plan.empty:
        yield error(
            "key-missing",
            "no column tells which student or case a row is about",
            source=plan.sheet.source,
            sheet=plan.sheet.name,
            fix="Give the column with the number of the student or the case its path in the profile.",
        )


def _nothing(path: Path, plans: tuple[Plan, ...], findings: list[Finding]) -> Iterator[Finding]:
    if not plans and not blocks(findings):
        yield error(
            "no-cases",
            "holds nothing that could be imported",
            source=str(path),
            fix="Look whether it is the right file.",
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def answered(proposal: Proposal, sheet: str | None, question: Question, choice: str) -> Profile:
    """Return the proposal's profile with one question answered."""
    profile = proposal.profile
    rule = profile.sheet(sheet).model_dump(exclude_defaults=True)
    part = rule if question.key is None else rule["columns"][question.key]
    part[question.setting] = int(choice) if choice.isdecimal() else choice
    if question.setting == "to":
        part.pop("maybe", None)
        part.pop("reason", None)
    return profile.model_copy(update={"sheets": {**profile.sheets, sheet or "table": SheetRule.model_validate(rule)}})


def keep_profile(proposal: Proposal, path: Path) -> bool:
    """Write the proposal as a profile where there is none yet; tell whether it was written. Raises OutputError."""
    if path.exists():
        return False
    write_whole(path, write_profile(proposal.profile))
    return True


def files_of(paths: Iterable[Path]) -> list[Path]:
    """Return the files named, and of folders the spreadsheets in them. Raises InputError for a folder without any."""
    files: list[Path] = []
    for path in paths:
        inside = [
            file for file in sorted(path.rglob("*"))
            if file.suffix.lower() in SUFFIXES and not file.name.startswith((".", "~$"))
        ] if path.is_dir() else [path]  # fmt: skip
        if not inside:
            raise InputError.because(
                "folder-empty", "holds no spreadsheets", source=str(path),
                fix=f"Their names end in {', '.join(SUFFIXES)}.",
            )
        files += inside
    return files
