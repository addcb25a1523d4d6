"""The text of a page's crops: issued values are verified, what was added is read by two readers that must agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import inf

from cmforms.read.ocr import judging, rapid, tesseract
from cmforms.read.ocr.calibration import certainty
from cmforms.read.ocr.equivalence import resembles, same_shapes, same_signs
from cmforms.read.ocr.handwriting import handwritten
from cmforms.read.ocr.likeness import Likeness, likeness
from cmforms.read.ocr.lines import Ink, Read, cut_lines
from cmforms.read.ocr.repair import Repaired, repaired
from cmforms.read.ocr.request import Grey, Recognised, Request
from cmforms.read.ocr.rivals import strongest
from cmforms.read.ocr.specks import worst_but_specks

PICTURE = "picture"
BY_HAND = "it seems to be written by hand"
UNSURE = "it is not certain what this says"
BOTH = f"{rapid.NAME}+{tesseract.NAME}"


@dataclass
class _Case:
    """One request on its way: what is known of it so far."""

    request: Request
    ink: Ink
    alike: Likeness | None = None
    lines: list[Grey] = field(default_factory=list)
    reads: dict[str, Read] = field(default_factory=dict)
    result: Recognised | None = None

    @property
    def expected(self) -> str:
        return self.request.expected.strip()

    @property
    def texts(self) -> list[str]:
        """What each reader gave."""
        return [read.text for read in self.reads.values()]


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
            case.alike = likeness(case.ink.depth, case.request.reference, case.request.lost)
        if case.alike and _shown(case, case.alike):
            case.result = _answer(case, case.request.expected, PICTURE)
        elif case.ink.empty:
            doubt = f"printed was {case.expected!r}, now the box is empty" if case.expected else ""
            case.result = _answer(case, "", PICTURE, doubt)


def _shown(case: _Case, alike: Likeness) -> bool:
    """Tell whether the pictures are the same, or near and no look-alike of a sign explains what is between them.

    Where lines were lost, what they may hide must be known to be no other sign.
    """
    usual, left = case.request.usual, alike.left
    torn = left is not None and left.torn
    if judging.same(alike, usual) and not torn:
        return True
    signs = case.request.signs()
    if left is None or not (signs or torn):
        return False
    if judging.spotless(usual):
        case.alike = alike = replace(alike, worst=min(alike.worst, worst_but_specks(left, signs)))
    if not judging.near(alike, usual):
        return False
    case.alike = alike = replace(alike, rival=strongest(signs, left))
    if torn and alike.rival == inf:
        case.alike = replace(alike, worst=inf)
        return False
    return judging.clear(alike, usual)


def _ask_first(cases: Sequence[_Case]) -> None:
    _ask(cases, rapid.NAME, rapid.read_lines)
    for case in cases:
        if case.alike and _confirmed(case, case.alike, case.texts[0]):
            case.result = _answer(case, case.request.expected, f"{PICTURE}+{rapid.NAME}")


def _ask_second(cases: Sequence[_Case]) -> None:
    if not tesseract.available():
        return
    _ask(cases, tesseract.NAME, tesseract.read_lines)
    for case in cases:
        case.result = _verified(case) if case.expected else _agreed(case)


def _ask(cases: Sequence[_Case], name: str, read: Callable[[Sequence[Grey]], list[Read]]) -> None:
    for case in cases:
        case.lines = case.lines or cut_lines(case.request.pixels, case.ink)
    found = iter(read([line for case in cases for line in case.lines]))
    for case in cases:
        case.reads[name] = Read.joined([next(found) for _ in case.lines])


def _confirmed(case: _Case, alike: Likeness, text: str) -> bool:
    """Tell whether the pictures agree with what one reader makes of an issued text."""
    usual = case.request.usual
    if judging.about(alike, usual) and resembles(text, case.expected):
        return True
    return judging.like(alike, usual) and same_signs(text, case.expected)


def _verified(case: _Case) -> Recognised | None:
    """Return the issued text if the readers give it, and the pictures agree where there are two."""
    if case.alike is None:
        same = all(same_shapes(text, case.expected) for text in case.texts)
        return _answer(case, case.request.expected, BOTH) if same else None
    both = all(same_signs(text, case.expected) for text in case.texts) and judging.near(case.alike, case.request.usual)
    sure = both or _confirmed(case, case.alike, case.texts[-1])
    return _answer(case, case.request.expected, f"{PICTURE}+{BOTH}") if sure else None


def _agreed(case: _Case) -> Recognised | None:
    """Return the text that both readers give, once each is put right for its kind; never handwriting."""
    first, second = _repaired(case)
    agreed = first.sound and second.sound and same_signs(first.text, second.text)
    if not agreed or handwritten(case.ink, list(case.reads.values())):
        return None
    # Tesseract parts words better.
    return _answer(case, second.text, BOTH)


def _give_up(cases: Sequence[_Case]) -> None:
    """Suggest the first text that is a value of its kind, else the first there is."""
    for case in cases:
        by_hand = not case.expected and handwritten(case.ink, list(case.reads.values()))
        said = " and ".join(f"{name} reads {read.text!r}" for name, read in case.reads.items())
        about = f"printed was {case.expected!r}" if case.expected else BY_HAND if by_hand else UNSURE
        sound = [one.text for one in _repaired(case) if one.sound]
        text = next((text for text in (*sound, *case.texts) if text), "")
        found = _answer(case, text, "+".join(case.reads), f"{about}; {said}")
        case.result = replace(found, handwritten=by_hand)


def _repaired(case: _Case) -> list[Repaired]:
    request = case.request
    return [repaired(request.kind, text, request.lang, request.choices) for text in case.texts]


def _answer(case: _Case, text: str, method: str, doubt: str = "") -> Recognised:
    request = case.request
    answers = {name: read.text for name, read in case.reads.items()}
    found = Recognised(text, answers, 0.0, doubt=doubt, method=method, score=_score(case))
    return replace(found, certainty=certainty(request.source_kind, request.kind, found.witnesses, found.score))


def _score(case: _Case) -> float:
    """Return how good the evidence looks, 0 to 1: the readers' weakest character, or what the pictures share."""
    if not case.reads:
        return 1.0 - min(case.alike.worst, 1.0) if case.alike else 1.0
    weakest = min(read.certainty for read in case.reads.values())
    return weakest if all(same_signs(case.texts[0], text) for text in case.texts) else weakest / 2
