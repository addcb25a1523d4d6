"""What reading gives: cases with the place that each came from, and what was wrong with the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cmforms.errors import Finding, Where
from cmforms.model import Case


@dataclass(frozen=True, slots=True)
class SourcedCase:
    """A case and where it stood: a file, and in it a line, or a sheet with the first cell of its row."""

    case: Case
    origin: Where


Item = SourcedCase | Finding
Items = Iterator[Item]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The cases of some sources in their order, and the findings about what could not be read."""

    cases: list[SourcedCase] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
