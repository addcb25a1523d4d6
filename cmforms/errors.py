"""What can be wrong, said the same way everywhere.

A mistake in somebody's data is a value, a `Finding`. An exception is for "cannot go on": it carries the
finding that explains it and the exit code of the command that it ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self


class Severity(StrEnum):
    """How much a finding weighs: an error blocks, a review waits for a person, a note only informs."""

    ERROR = "error"
    REVIEW = "review"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a source: any of file, case, field path, page with box, sheet with cell, line with column.

    `page`, `line` and `column` count from 1; `box` is (left, bottom, right, top) in points.
    """

    source: str | None = None
    case: str | None = None
    path: str | None = None
    page: int | None = None
    box: tuple[float, float, float, float] | None = None
    sheet: str | None = None
    cell: str | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """Read as a clerk would say it: `pile.pdf, page 2, student_name`."""
        parts = [self.source, self.case, self.sheet and f"sheet {self.sheet}", self.cell, self.path]
        parts += [f"page {self.page}" if self.page else None]
        if self.line:
            parts += [f"line {self.line}" + (f", column {self.column}" if self.column else "")]
        return ", ".join(part for part in parts if part)


NOWHERE = Where()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that somebody should know: a stable code, what, where, by which rule, and what to do."""

    code: str
    severity: Severity
    message: str
    where: Where = NOWHERE
    cites: tuple[str, ...] = ()
    fix: str = ""

    def __str__(self) -> str:
        """Render as one line: severity, place, message, rule and remedy."""
        place = f"{self.where}: " if str(self.where) else ""
        cites = f" [{', '.join(f'CMS {cite}' for cite in self.cites)}]" if self.cites else ""
        stop = "" if self.message.endswith((".", "?", "!")) and not cites else "."
        fix = f"{stop} {self.fix}" if self.fix else ""
        return f"{self.severity.value}: {place}{self.message}{cites}{fix}"

    def as_json(self) -> dict[str, Any]:
        """Return plain data for `--json` and the manifest, without the empty parts."""
        data = asdict(self)
        data["severity"] = self.severity.value
        data["where"] = {key: value for key, value in data["where"].items() if value is not None}
        return {key: value for key, value in data.items() if value or key in {"code", "severity"}}


def error(code: str, message: str, *, fix: str = "", cites: Iterable[str] = (), **where: Any) -> Finding:
    """Make a blocking finding; `where` takes the fields of `Where`."""
    return Finding(code, Severity.ERROR, message, Where(**where), tuple(cites), fix)


def review(code: str, message: str, *, fix: str = "", cites: Iterable[str] = (), **where: Any) -> Finding:
    """Make a finding that waits for a person's decision; `where` takes the fields of `Where`."""
    return Finding(code, Severity.REVIEW, message, Where(**where), tuple(cites), fix)


def note(code: str, message: str, *, fix: str = "", cites: Iterable[str] = (), **where: Any) -> Finding:
    """Make a finding that only informs; `where` takes the fields of `Where`."""
    return Finding(code, Severity.NOTE, message, Where(**where), tuple(cites), fix)


def blocks(findings: Iterable[Finding]) -> bool:
    """Tell whether any of the findings stops the work that they speak of."""
    return any(finding.severity is Severity.ERROR for finding in findings)


class CmformsError(Exception):
    """Cannot go on. `findings` say what, where and what to do; `exit_code` ends the command."""

    exit_code = 2

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))

    def __reduce__(self) -> tuple[type[Self], tuple[tuple[Finding, ...]]]:
        """Keep the findings when the error comes from another process."""
        return type(self), (self.findings,)

    @classmethod
    def because(cls, code: str, message: str, *, fix: str = "", **where: Any) -> Self:
        """Make the error from a single finding; `where` takes the fields of `Where`."""
        return cls((error(code, message, fix=fix, **where),))


class InputError(CmformsError):
    """An input file or value cannot be used (exit 2)."""


class DefinitionError(CmformsError):
    """A form, packet, rule or template is faulty (exit 2)."""


class OutputError(CmformsError):
    """The result cannot be written: permission, disk full (exit 3)."""

    exit_code = 3


class StoreError(CmformsError):
    """The record store cannot be opened, read or written (exit 4)."""

    exit_code = 4


class StaleError(CmformsError):
    """Somebody else has changed the record since it was read: the edit is not saved (exit 1)."""

    exit_code = 1
