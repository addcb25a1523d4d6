"""Typed repair: what a reader gives for a field of a known kind, put right where it can be one thing only.

A digit is never made another digit, nor a letter another letter. A letter in the place of a digit becomes the digit of
its shape; a month or an option becomes the one that it is near to, if none of the others is.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz, process, utils

from cmforms.values.kinds import Kind, parsed, printed

_DIGITS = str.maketrans("OoQDIl|!SsBZzG", "00001111558226")
_CAPITALS = str.maketrans("015", "OlS")
_LETTERS = {"0": "o", "5": "s"}
_NEAR = 80.0
_CLEARLY = 10.0
_WORD = re.compile(r"[^\W\d_]+")
_PIECE = re.compile(r"[\w|!]+")
_NUMBER_LIKE = re.compile(r"[\dOoQDIl|!SsBZzG]+")
_TIME = re.compile(r"(\S{1,2})\s*[:.;]\s*(\S{2})\s*([AaPp])?\s*\.?\s*[Mm]?\.?")


@dataclass(frozen=True, slots=True)
class Repaired:
    """A text as a value of its kind is printed; `sound` tells whether it is one at all."""

    text: str
    sound: bool


def repaired(kind: Kind, text: str, lang: str, choices: Sequence[str] = ()) -> Repaired:
    """Return what a reader gave, put right for its kind and closed vocabulary."""
    plain = " ".join(text.split())
    if choices:
        return _choice(plain, choices)
    if kind is Kind.DATE:
        return _date(plain, lang)
    if kind is Kind.TIME:
        return _time(plain, lang)
    if kind in (Kind.INTEGER, Kind.DECIMAL):
        return _number(kind, plain, lang)
    if kind is Kind.PHONE:
        return _phone(plain)
    return Repaired(_address(plain) if "@" in plain else _words(plain), bool(plain))


def _choice(text: str, choices: Sequence[str]) -> Repaired:
    best = _only_near(text, choices)
    return Repaired(best or text, best is not None)


def _only_near(text: str, choices: Sequence[str]) -> str | None:
    """Return the one choice that a text is near to, None when it is near to none or to two."""
    found = process.extract(text, choices, scorer=fuzz.ratio, processor=utils.default_process, limit=2)
    if not found or found[0][1] < _NEAR:
        return None
    alone = len(found) == 1 or found[0][1] - found[1][1] >= _CLEARLY
    return str(found[0][0]) if alone else None


def _date(text: str, lang: str) -> Repaired:
    return _printed_again(Kind.DATE, _PIECE.sub(lambda piece: _day_or_month(piece[0], lang), _spaced(text)), lang)


def _spaced(text: str) -> str:
    """Part the numbers from the months where a reader ran them together."""
    return re.sub(r"(?<=[^\W\d_]{3})(?=\d)|(?<=\d)(?=[^\W\d_]{3})", " ", text)


def _day_or_month(piece: str, lang: str) -> str:
    month = _only_near(piece.translate(_CAPITALS), _months(lang))
    return month or (piece.translate(_DIGITS) if _NUMBER_LIKE.fullmatch(piece) else piece)


@cache
def _months(lang: str) -> tuple[str, ...]:
    days = (dt.date(2000, month, 1) for month in range(1, 13))
    return tuple(_WORD.search(printed(Kind.DATE, day, lang))[0] for day in days)  # type: ignore[index]


def _time(text: str, lang: str) -> Repaired:
    found = _TIME.fullmatch(text)
    if not found:
        return Repaired(text, False)
    hour, minute = found[1].translate(_DIGITS), found[2].translate(_DIGITS)
    half = f" {found[3]}m".upper() if found[3] else ""
    return _printed_again(Kind.TIME, f"{hour}:{minute}{half}", lang)


def _number(kind: Kind, text: str, lang: str) -> Repaired:
    mended = text.replace(" ", "").translate(_DIGITS)
    return Repaired(mended, not parsed(kind, mended, lang).doubt and bool(mended))


def _printed_again(kind: Kind, text: str, lang: str) -> Repaired:
    found = parsed(kind, text, lang)
    sound = bool(text) and not found.doubt
    return Repaired(printed(kind, found.value, lang) if sound else text, sound)


def _phone(text: str) -> Repaired:
    mended = text.translate(_DIGITS)
    digits = sum(sign.isdigit() for sign in mended)
    return Repaired(mended, digits in (7, 10, 11) and not _WORD.search(mended))


def _address(text: str) -> str:
    """Return an e-mail address without the spaces that no address has (RFC 5322, 3.2.3)."""
    return re.sub(r"\s*([@.])\s*", r"\1", text)


def _words(text: str) -> str:
    """Return a text with the digits of its words as the letters of their shape.

    A word has but one digit, inside or after small letters: `Samplew0od`, `Muñ0z`. One with more, or with
    capitals only, may be a number or a room (`2O7`, `B05`) and stays.
    """
    return re.sub(r"[^\W_]+", lambda word: _worded(word[0]), text)


def _worded(word: str) -> str:
    digits = [at for at, sign in enumerate(word) if sign.isdigit()]
    if len(digits) != 1 or len(word) < 4 or word[digits[0]] not in _LETTERS:
        return word
    at = digits[0]
    rest = word[:at] + word[at + 1 :]
    if at == 0 or not rest[1:].islower():
        return word
    return word[:at] + _LETTERS[word[at]] + word[at + 1 :]
