"""What a check says: a result for each requirement, and the sum of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cmforms.errors import Finding
from cmforms.values.documents import Box


class Standing(StrEnum):
    """How a requirement stands. Unknown: a value is missing, or a person must look first."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"
    WAIVED = "waived"


class Overall(StrEnum):
    """How a packet stands."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    UNKNOWN = "cannot judge"


EXIT_CODES = {Overall.COMPLETE: 0, Overall.INCOMPLETE: 1, Overall.UNKNOWN: 2}


@dataclass(frozen=True, slots=True)
class Evidence:
    """A value that a result rests on, and where it stands: a path of the case, or a page of a document."""

    label: str
    value: str
    path: str | None = None
    source: str | None = None
    page: int | None = None
    box: Box | None = None

    def __str__(self) -> str:
        """Read as `Parents informed on: Oct 6, 2026`."""
        return f"{self.label}: {self.value}"

    def as_json(self) -> dict[str, Any]:
        """Return plain data without the empty parts."""
        data = {name: getattr(self, name) for name in ("label", "value", "path", "source", "page", "box")}
        return {key: value for key, value in data.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Result:
    """How one requirement stands. `group` is a form id, or the part of the policy that a rule is from."""

    rule: str
    group: str
    title: str
    status: Standing
    message: str = ""
    cites: tuple[str, ...] = ()
    fix: str = ""
    evidence: tuple[Evidence, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return plain data for `--json`."""
        return {
            "rule": self.rule, "group": self.group, "title": self.title, "status": self.status.value,
            "message": self.message, "cites": list(self.cites), "fix": self.fix,
            "evidence": [piece.as_json() for piece in self.evidence],
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a packet of a case stands. `groups` names each group of the results as people know it, in order."""

    case: str
    packet: str
    title: str
    groups: dict[str, str]
    results: tuple[Result, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def overall(self) -> Overall:
        """Incomplete when anything failed; else cannot judge when anything is unknown, or nothing applied."""
        counts = self.counts
        if counts[Standing.FAIL]:
            return Overall.INCOMPLETE
        if counts[Standing.UNKNOWN] or not counts[Standing.PASS] + counts[Standing.WAIVED]:
            return Overall.UNKNOWN
        return Overall.COMPLETE

    @property
    def complete(self) -> bool:
        """Whether the packet may go out."""
        return self.overall is Overall.COMPLETE

    @property
    def exit_code(self) -> int:
        """0 complete, 1 incomplete, 2 cannot judge."""
        return EXIT_CODES[self.overall]

    @property
    def counts(self) -> Counter[Standing]:
        """How many results stand how."""
        return Counter(result.status for result in self.results)

    def as_json(self) -> dict[str, Any]:
        """Return plain data for `--json`."""
        return {
            "case": self.case, "packet": self.packet, "overall": self.overall.value,
            "counts": {standing.value: self.counts[standing] for standing in Standing},
            "results": [result.as_json() for result in self.results],
            "findings": [finding.as_json() for finding in self.findings],
        }
