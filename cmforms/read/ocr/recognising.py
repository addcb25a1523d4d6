"""The text of a page's crops: issued values are verified, what was added is read by two readers that must agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cmforms.read.ocr import judging, rapid, tesseract
from cmforms.read.ocr.equivalence import nearly, same_shapes, same_signs
from cmforms.read.ocr.likeness import Likeness, likeness
from cmforms.read.ocr.lines import Ink, cut_lines
from cmforms.read.ocr.repair import repaired
from cmforms.read.ocr.request import Grey, Recognised, Request

PICTURE = "picture"
BOTH = f"{rapid.NAME}+{tesseract.NAME}"


@dataclass
class _Case:
    """One request on its way: what is known of it so far."""

    request: Request
    ink: Ink
    alike: Likeness | None = None
    lines: list[Grey] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    result: Recognised | None = None

    @property
    def expected(self) -> str:
        return self.request.expected.strip()


def recognise(requests: Sequence[Request]) -> list[Recognised]:
    """Read the crops of a page in one call; each is accepted, or in doubt with the best suggestion."""
    cases = [_Case(request, Ink(request.pixels)) for request in requests]
    for step in (_look, _ask_first, _ask_second, _give_up):
        step([case for case in cases if case.result is None])
    return [case.result for case in cases if case.result is not None]


def second_reader() -> bool:
    """Tell whether Tesseract is there, without which only what the issued value confirms is accepted."""
    return tesseract.available()


def _look(cases: Sequence[_Case]) -> None:
    """Settle what the picture alone settles."""
    for case in cases:
        if case.expected and case.request.reference is not None:
            case.alike = likeness(case.ink.depth, case.request.reference)
        if case.alike and judging.same(case.alike):
            case.result = _confirmed(case, PICTURE)
        elif case.ink.empty:
            case.result = _empty(case)


def _empty(case: _Case) -> Recognised:
    doubt = f"printed was {case.expected!r}, now the box is empty" if case.expected else ""
    return Recognised("", {}, 1.0, doubt=doubt, method=PICTURE)


def _ask_first(cases: Sequence[_Case]) -> None:
    _ask(cases, rapid.NAME, rapid.read_lines)
    for case in cases:
        agrees = same_shapes(case.answers[rapid.NAME], case.expected)
        if agrees and case.alike and judging.like(case.alike):
            case.result = _confirmed(case, f"{PICTURE}+{rapid.NAME}")


def _ask_second(cases: Sequence[_Case]) -> None:
    if not tesseract.available():
        return
    _ask(cases, tesseract.NAME, tesseract.read_lines)
    for case in cases:
        case.result = _verified(case) if case.expected else _agreed(case)


def _ask(cases: Sequence[_Case], name: str, read: Callable[[Sequence[Grey]], list[rapid.Read]]) -> None:
    for case in cases:
        case.lines = case.lines or cut_lines(case.request.pixels, case.ink)
    found = iter(read([line for case in cases for line in case.lines]))
    for case in cases:
        case.answers[name] = " ".join(next(found).text for _ in case.lines).strip()


def _verified(case: _Case) -> Recognised | None:
    """Return the issued text if both readers read it, or one does, the other nearly, and the pictures agree."""
    same = [same_shapes(answer, case.expected) for answer in case.answers.values()]
    if case.alike is None:
        return _confirmed(case, BOTH) if all(same) else None
    close = all(nearly(answer, case.expected) for answer in case.answers.values())
    sure = (all(same) and judging.near(case.alike)) or (any(same) and close and judging.like(case.alike))
    return _confirmed(case, f"{PICTURE}+{BOTH}") if sure else None


def _agreed(case: _Case) -> Recognised | None:
    """Return the text that both readers give, once each is put right for its kind."""
    request = case.request
    first, second = (
        repaired(request.kind, answer, request.lang, request.choices) for answer in case.answers.values()
    )
    if first.sound and second.sound and same_signs(first.text, second.text):
        # Tesseract parts words better.
        return Recognised(second.text, case.answers, 1.0, method=BOTH)
    return None


def _confirmed(case: _Case, method: str) -> Recognised:
    return Recognised(case.request.expected, case.answers, 1.0, method=method)


def _give_up(cases: Sequence[_Case]) -> None:
    for case in cases:
        method = "+".join(case.answers)
        case.result = Recognised(_suggested(case), case.answers, 0.5, doubt=_doubt(case), method=method)


def _suggested(case: _Case) -> str:
    """Return the likeliest text: the first that is a value of its kind."""
    request = case.request
    found = [repaired(request.kind, answer, request.lang, request.choices) for answer in case.answers.values()]
    return next((one.text for one in found if one.sound), _first(case.answers))


def _first(answers: Mapping[str, str]) -> str:
    return next((answer for answer in answers.values() if answer), "")


def _doubt(case: _Case) -> str:
    said = " and ".join(f"{name} reads {answer!r}" for name, answer in case.answers.items())
    return f"printed was {case.expected!r}; {said}" if case.expected else f"not certain what this says: {said}"
