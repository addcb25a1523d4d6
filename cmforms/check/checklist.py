"""A verdict as a checklist that a social worker can work through: marks, sections, what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from cmforms.check.verdict import Overall, Result, Standing, Verdict

MARKS = {
    Standing.PASS: "✔",
    Standing.FAIL: "✘",
    Standing.UNKNOWN: "?",
    Standing.NOT_APPLICABLE: "–",
    Standing.WAIVED: "w",
}

_SUMMARY = {
    Overall.COMPLETE: "The packet is complete.",
    Overall.INCOMPLETE: "The packet is not complete.",
    Overall.UNKNOWN: "It cannot be said yet whether the packet is complete.",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its mark, what is asked, what was found, what to do, and the rule with its citations."""

    mark: str
    text: str
    detail: str
    todo: str
    rule: str
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """The lines about one document or one part of the policy."""

    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Checklist:
    """The whole list; `next_steps` are what to do, each once, what is missing before what is unknown."""

    title: str
    summary: str
    sections: tuple[Section, ...]
    next_steps: tuple[str, ...]


def checklist(verdict: Verdict) -> Checklist:
    """Lay a verdict out as a checklist."""
    sections = (
        Section(heading, tuple(_line(result, heading) for result in verdict.results if result.group == group))
        for group, heading in verdict.groups.items()
    )
    return Checklist(
        title=f"{verdict.title}, case {verdict.case}",
        summary=f"{_SUMMARY[verdict.overall]} {_counted(verdict)}",
        sections=tuple(section for section in sections if section.lines),
        next_steps=_next_steps(verdict),
    )


def _line(result: Result, heading: str) -> Line:
    text = result.title.removeprefix(heading).removeprefix(":").lstrip()
    text = text[:1].upper() + text[1:]
    return Line(MARKS[result.status], text, result.message, result.fix, result.rule, result.cites)


def _counted(verdict: Verdict) -> str:
    counts = verdict.counts
    words = (
        (Standing.PASS, "right"), (Standing.FAIL, "missing or wrong"), (Standing.UNKNOWN, "not known yet"),
        (Standing.WAIVED, "waived"), (Standing.NOT_APPLICABLE, "not for this case"),
    )
    return ", ".join(f"{counts[standing]} {word}" for standing, word in words if counts[standing]) + "."


def _next_steps(verdict: Verdict) -> tuple[str, ...]:
    order = (Standing.FAIL, Standing.UNKNOWN)
    open_results = [result for standing in order for result in verdict.results if result.status is standing]
    return tuple(dict.fromkeys(result.fix for result in open_results if result.fix))
