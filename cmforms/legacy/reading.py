"""One cell by the rule of its column: the value that a case takes, or why there is none. Nothing is guessed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rapidfuzz import fuzz, process

from cmforms.definitions.legacy import LegacyWords
from cmforms.legacy.cells import Doubt, as_text, plain_key
from cmforms.legacy.languages import Languages
from cmforms.legacy.moments import date_reader, read_time
from cmforms.legacy.profile import ColumnRule
from cmforms.legacy.schools import Directory, School
from cmforms.legacy.sheets import Struck, Unreadable
from cmforms.legacy.targets import Rule, Target

Reader = Callable[[Any], Any]
"""From what a cell holds to a value, None for one that nobody knows, or a Doubt."""


@dataclass(frozen=True)
class Reading:
    """What reading needs to know beside the column: words, schools, and the calendar of the workbook."""

    words: LegacyWords
    schools: Sequence[School] = ()
    date1904: bool | None = None

    @cached_property
    def languages(self) -> Languages:
        """The languages by name."""
        return Languages(self.words.languages)

    @cached_property
    def missing(self) -> frozenset[str]:
        """The words for a value that nobody knows."""
        return frozenset(map(plain_key, self.words.missing))

    def reader(self, target: Target, rule: ColumnRule) -> Reader:
        """Return the reader of a column."""
        read = _READERS[target.rule](self, target, rule)
        said = {plain_key(text): value for text, value in rule.values.items()}
        choices = self.options(target)

        def value_of(raw: Any) -> Any:
            if isinstance(raw, str):
                raw = raw.strip()
                key = plain_key(raw)
                if key in said:
                    raw = said[key]
                    return None if raw is None else read(raw)
                if not raw or (key in self.missing and key not in choices):
                    return None
            elif isinstance(raw, Unreadable):
                return Doubt("cell-unreadable", raw.why, "Type the value into the cell.")
            elif isinstance(raw, Struck):
                return None
            return read(raw)

        return value_of

    def options(self, target: Target) -> dict[str, str | int]:
        """Return the options of a choice by every word for them."""
        found: dict[str, str | int] = {plain_key(str(option)): option for option in target.options}
        for option, words in self.words.options.get(target.generic, {}).items():
            for word in words:
                found.setdefault(plain_key(word), next(each for each in target.options if str(each) == option))
        return found


def _text(_reading: Reading, _target: Target, _rule: ColumnRule) -> Reader:
    def read(raw: Any) -> Any:
        return raw if isinstance(raw, str) else as_text(raw)

    return read


def _identifier(_reading: Reading, target: Target, rule: ColumnRule) -> Reader:
    width = rule.digits if isinstance(rule.digits, int) else 0

    def read(raw: Any) -> Any:
        if isinstance(raw, (bool, dt.date, dt.time, dt.timedelta)) or (isinstance(raw, float) and raw != int(raw)):
            return Doubt("cell-doubtful", f"{as_text(raw)!r} is no {target.label.lower()}", "Type it as text.")
        text = as_text(raw)
        if width and text.isdigit():
            if len(text) > width:
                return Doubt(
                    "cell-doubtful", f"{text!r} has more than {width} digits", "Correct it, or `digits` in the profile."
                )
            text = text.rjust(width, "0")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}", text):
            return Doubt(
                "cell-doubtful", f"{text!r} holds what no number has: letters, digits and hyphens only", "Correct it."
            )
        return text

    return read


def _zip(_reading: Reading, _target: Target, _rule: ColumnRule) -> Reader:
    def read(raw: Any) -> Any:
        text = as_text(raw)
        if re.fullmatch(r"\d{9}", text):
            text = f"{text[:5]}-{text[5:]}"
        if re.fullmatch(r"\d{5}(-\d{4})?", text):
            return text
        lost = "; zeros in front may have been lost" if text.isdigit() and len(text) < 5 else ""
        return Doubt("cell-doubtful", f"{text!r} is no ZIP code{lost}", "Write five digits, as 34999.")

    return read


def _phone(_reading: Reading, _target: Target, _rule: ColumnRule) -> Reader:
    shape = re.compile(
        r"(?:\+?1[\s.-]*)?(?:\(?(\d{3})\)?[\s./-]*)?(\d{3})[\s.-]*(\d{4})(?:\s*(?:x|ext\.?|extension|#)\s*(\d{1,6}))?",
        re.I,
    )

    def read(raw: Any) -> Any:
        text = as_text(raw)
        if found := shape.fullmatch(text):
            number = f"{found[2]}-{found[3]}"
            area = f"({found[1]}) " if found[1] else ""
            return f"{area}{number}" + (f" x{found[4]}" if found[4] else "")
        if re.fullmatch(r"\+[\d\s().-]{7,24}", text):
            return text
        if len(re.findall(r"\d{3}\D{0,2}\d{4}", text)) > 1:
            return Doubt(
                "cell-several",
                f"{text!r} holds several numbers",
                "Give each its own column, or `split` and two paths in the profile.",
            )
        return Doubt(
            "cell-doubtful",
            f"{text!r} is no telephone number",
            "Write it as (850) 555-0100; a note goes in its own column.",
        )

    return read


def _email(_reading: Reading, _target: Target, _rule: ColumnRule) -> Reader:
    def read(raw: Any) -> Any:
        text = as_text(raw)
        if re.fullmatch(r"[^@\s,;]+@[^@\s,;]+", text):
            return text
        return Doubt("cell-doubtful", f"{text!r} is no e-mail address", "Write one address, or leave the cell empty.")

    return read


def _state(_reading: Reading, _target: Target, _rule: ColumnRule) -> Reader:
    def read(raw: Any) -> Any:
        text = as_text(raw).upper().rstrip(".")
        text = {"FLORIDA": "FL", "FLA": "FL"}.get(text, text)
        return (
            text
            if re.fullmatch("[A-Z]{2}", text)
            else Doubt("cell-doubtful", f"{as_text(raw)!r} is no state", "Write two letters, as FL.")
        )

    return read


def _language(reading: Reading, _target: Target, _rule: ColumnRule) -> Reader:
    def read(raw: Any) -> Any:
        text = as_text(raw)
        if code := reading.languages.code(text):
            return code
        near = reading.languages.near(text)
        hint = f"; did you mean {near!r}?" if near else ""
        return Doubt(
            "cell-doubtful", f"{text!r} is no language that is known{hint}", "Correct it, or `values` in the profile."
        )

    return read


def _school(reading: Reading, _target: Target, _rule: ColumnRule) -> Reader:
    directory = Directory(reading.schools, reading.words.school_words)

    def read(raw: Any) -> Any:
        return directory.number(as_text(raw))

    return read


def _date(reading: Reading, _target: Target, rule: ColumnRule) -> Reader:
    return date_reader(rule, reading.date1904)


def _time(_reading: Reading, _target: Target, _rule: ColumnRule) -> Reader:
    return read_time


def _check(reading: Reading, _target: Target, _rule: ColumnRule) -> Reader:
    yes, no = (frozenset(map(plain_key, words)) for words in (reading.words.yes, reading.words.no))

    def read(raw: Any) -> Any:
        if isinstance(raw, bool):
            return raw
        key = plain_key(as_text(raw))
        if key in yes or key in no:
            return key in yes
        return Doubt(
            "cell-doubtful", f"{as_text(raw)!r} is neither yes nor no", "Write Yes or No, or `values` in the profile."
        )

    return read


def _number(_reading: Reading, target: Target, _rule: ColumnRule) -> Reader:
    whole = target.rule is Rule.INTEGER

    def read(raw: Any) -> Any:
        if isinstance(raw, (int, float)) and not isinstance(raw, bool):
            value: Any = raw
        else:
            text = re.sub(r"(?<=\d),(?=\d{3}(?:\D|$))", "", as_text(raw)).removesuffix("%").strip()
            if not re.fullmatch(r"[+-]?(?:\d+\.?\d*|\.\d+)", text):
                return Doubt("cell-doubtful", f"{as_text(raw)!r} is no number", "Write a number alone.")
            value = float(text)
        if not whole:
            return float(value)
        return (
            int(value)
            if value == int(value)
            else Doubt("cell-doubtful", f"{as_text(raw)!r} is no whole number", "Write a whole number.")
        )

    return read


_GRADE = re.compile(r"(?:grade |gr\.? ?)?0?(\d{1,2})(?:st|nd|rd|th)?(?: grade| gr)?")


def _choice(reading: Reading, target: Target, _rule: ColumnRule) -> Reader:
    options = reading.options(target)
    grades = target.path == "student.grade"

    def read(raw: Any) -> Any:
        key = plain_key(as_text(raw))
        if key in options:
            return options[key]
        found = _GRADE.fullmatch(key) if grades else None
        if found and (grade := f"{int(found[1]):02d}") in target.options:
            return grade
        near = process.extractOne(key, options.keys(), scorer=fuzz.ratio, score_cutoff=70)
        hint = (
            f"; did you mean {options[near[0]]!r}?" if near else f"; use one of {', '.join(map(str, target.options))}"
        )
        return Doubt(
            "cell-doubtful", f"{as_text(raw)!r} is not an option{hint}", "Correct it, or `values` in the profile."
        )

    return read


def _name(_reading: Reading, _target: Target, rule: ColumnRule) -> Reader:
    def read(raw: Any) -> Any:
        text = as_text(raw)
        family, comma, given = (part.strip() for part in text.partition(","))
        if not comma:
            words = text.split()
            if len(words) == 2 and rule.names:
                first, second = words
                family, given = (second, first) if rule.names == "given-first" else (first, second)
            else:
                return Doubt(
                    "name-unclear",
                    f"{text!r} does not say which is the family name",
                    "Write it as Family, Given"
                    + ("." if len(words) != 2 else "; or `names: given-first` in the profile."),
                )
        if not family or not given or "," in given:
            return Doubt(
                "name-unclear", f"{text!r} does not say which is the family name", "Write it as Family, Given."
            )
        return {"family_name": family, "given_name": given}

    return read


def _address(_reading: Reading, _target: Target, _rule: ColumnRule) -> Reader:
    shape = re.compile(r"(.+?)\s*[,\n]\s*([^,\n]+?)\s*,\s*([A-Za-z]{2})\.?\s*,?\s*(\d{5}(?:-\d{4})?)")

    def read(raw: Any) -> Any:
        text = as_text(raw)
        if found := shape.fullmatch(text):
            return {"street": " ".join(found[1].split()), "city": found[2], "state": found[3].upper(), "zip": found[4]}
        return Doubt(
            "address-unclear",
            f"{text!r} is not street, city, state and ZIP code",
            "Write it as 12 Sample Lane, Sawgrass Landing, FL 34999.",
        )

    return read


_READERS: dict[Rule, Callable[[Reading, Target, ColumnRule], Reader]] = {
    Rule.TEXT: _text,
    Rule.NAME: _name,
    Rule.ADDRESS: _address,
    Rule.IDENTIFIER: _identifier,
    Rule.ZIP: _zip,
    Rule.PHONE: _phone,
    Rule.EMAIL: _email,
    Rule.LANGUAGE: _language,
    Rule.SCHOOL: _school,
    Rule.STATE: _state,
    Rule.DATE: _date,
    Rule.TIME: _time,
    Rule.CHECK: _check,
    Rule.INTEGER: _number,
    Rule.DECIMAL: _number,
    Rule.CHOICE: _choice,
}
