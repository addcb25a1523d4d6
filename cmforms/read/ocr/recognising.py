"""The text of a page's crops: issued values are verified, what was added is read by two readers that must agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cmforms.read.ocr import rapid, tesseract
from cmforms.read.ocr.equivalence import nearly, same_shapes, same_signs
from cmforms.read.ocr.likeness import Likeness, likeness
from cmforms.read.ocr.lines import InkMap, cut_lines, ink_of
from cmforms.read.ocr.request import Grey, Recognised, Request

SAME = 0.22
"""What is left over between two pictures of the same text at most; above it, readers must speak too."""

OTHER = 0.40
"""What is left over between pictures of different texts at least; above it, no reader is believed."""

PICTURE = "picture"
_LATIN_END = "\u0250"


@dataclass
class _Case:
    """One request on its way: what is known of it so far."""

    request: Request
    ink: InkMap
    alike: Likeness | None = None
    lines: list[Grey] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    result: Recognised | None = None


def recognise(requests: Sequence[Request]) -> list[Recognised]:
    """Read the crops of a page in one call; each is accepted, or in doubt with the best suggestion."""
    cases = [_Case(request, ink_of(request.pixels)) for request in requests]
    for step in (_look, _ask_first, _ask_second, _give_up):
        step([case for case in cases if case.result is None])
    return [case.result for case in cases if case.result is not None]


def second_reader() -> bool:
    """Tell whether Tesseract is there, without which only what the issued value confirms is accepted."""
    return tesseract.available()


def _look(cases: Sequence[_Case]) -> None:
    """Settle what the picture alone settles."""
    for case in cases:
        request = case.request
        if case.ink.empty:
            case.result = _empty(request)
        elif request.expected.strip() and request.reference is not None:
            case.alike = likeness(request.pixels, request.reference)
            if case.alike and case.alike.worst <= SAME:
                case.result = Recognised(request.expected, {}, 1.0, method=PICTURE)


def _empty(request: Request) -> Recognised:
    doubt = f"printed was {request.expected!r}, now the box is empty" if request.expected.strip() else ""
    return Recognised("", {}, 1.0, doubt=doubt, method=PICTURE)


def _ask_first(cases: Sequence[_Case]) -> None:
    _ask(cases, rapid.NAME, rapid.read_lines)
    for case in cases:
        agrees = same_shapes(case.answers[rapid.NAME], case.request.expected)
        if agrees and case.alike and case.alike.worst <= OTHER:
            case.result = _confirmed(case, f"{PICTURE}+{rapid.NAME}")


def _ask_second(cases: Sequence[_Case]) -> None:
    if not tesseract.available():
        return
    _ask(cases, tesseract.NAME, tesseract.read_lines)
    for case in cases:
        case.result = _agreed(case)


def _ask(cases: Sequence[_Case], name: str, read: Callable[[Sequence[Grey]], list[rapid.Read]]) -> None:
    for case in cases:
        case.lines = case.lines or cut_lines(case.request.pixels, case.ink)
    found = iter(read([line for case in cases for line in case.lines]))
    for case in cases:
        case.answers[name] = " ".join(next(found).text for _ in case.lines).strip()


def _agreed(case: _Case) -> Recognised | None:
    """Return the text that both readers give, or that one gives and the picture supports."""
    expected, answers = case.request.expected, list(case.answers.values())
    both = f"{rapid.NAME}+{tesseract.NAME}"
    if not expected.strip():
        return Recognised(answers[0], case.answers, 1.0, method=both) if same_signs(*answers) else None
    if case.alike is None:
        return _confirmed(case, both) if all(same_shapes(answer, expected) for answer in answers) else None
    if case.alike.worst > OTHER:
        return None
    one = any(same_shapes(answer, expected) for answer in answers)
    if one and all(nearly(answer, expected) for answer in answers):
        return _confirmed(case, f"{PICTURE}+{both}")
    return None


def _confirmed(case: _Case, method: str) -> Recognised:
    return Recognised(case.request.expected, case.answers, 1.0, method=method)


def _give_up(cases: Sequence[_Case]) -> None:
    for case in cases:
        method = "+".join(case.answers)
        case.result = Recognised(_best(case.answers), case.answers, 0.5, doubt=_doubt(case), method=method)


def _best(answers: Mapping[str, str]) -> str:
    return next((answer for answer in answers.values() if answer), "")


def _doubt(case: _Case) -> str:
    said = " and ".join(f"{name} reads {answer!r}" for name, answer in case.answers.items())
    expected = case.request.expected.strip()
    return f"printed was {expected!r}; {said}" if expected else f"it is not certain what this says: {said}"
