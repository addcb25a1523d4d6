"""One cell by the rule of its column: the value that a case takes, or why there is none. Nothing is guessed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from rapidfuzz import fuzz, process

from cmforms.definitions.legacy import LegacyWords
from cmforms.legacy.dates import DAY_FIRST, MONTH_FIRST, NO_DATE, readings, serial
from cmforms.legacy.languages import Languages
from cmforms.legacy.profile import ColumnRule
from cmforms.legacy.sheets import Struck, Unreadable
from cmforms.legacy.targets import Rule, Target
from cmforms.values.kinds import Kind, parsed


class Doubt(NamedTuple):
    """Why a cell gives no value, by which rule, and what to do."""

    code: str
    message: str
    fix: str = ""


Reader = Callable[[Any], Any]
"""From what a cell holds to a value, None for one that nobody knows, or a Doubt."""


@dataclass(frozen=True)
class School:
    """A school of the directory."""

    number: str
    name: str


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


def plain_key(text: str) -> str:
    """Return a text as it is compared: without case, with single blanks."""
    return " ".join(text.replace("_", " ").casefold().split())


def as_text(raw: Any) -> str:
    """Return what a cell shows, a whole number without its point."""
    if isinstance(raw, float) and raw == int(raw):
        return str(int(raw))
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, dt.datetime) and raw.time() == dt.time(0):
        return raw.date().isoformat()
    return str(raw)


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
                return Doubt("cell-doubtful", f"{text!r} has more than {width} digits", "Correct it, or `digits` in the profile.")
            text = text.rjust(width, "0")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}", text):
            return Doubt("cell-doubtful", f"{text!r} holds what no number has: letters, digits and hyphens only", "Correct it.")
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
    shape = re.compile(r"(?:\+?1[\s.-]*)?(?:\(?(\d{3})\)?[\s./-]*)?(\d{3})[\s.-]*(\d{4})(?:\s*(?:x|ext\.?|extension|#)\s*(\d{1,6}))?", re.I)

    def read(raw: Any) -> Any:
        text = as_text(raw)
        if found := shape.fullmatch(text):
            number = f"{found[2]}-{found[3]}"
            area = f"({found[1]}) " if found[1] else ""
            return f"{area}{number}" + (f" x{found[4]}" if found[4] else "")
        if re.fullmatch(r"\+[\d\s().-]{7,24}", text):
            return text
        if len(re.findall(r"\d{3}\D{0,2}\d{4}", text)) > 1:
            return Doubt("cell-several", f"{text!r} holds several numbers", "Give each its own column, or `split` and two paths in the profile.")
        return Doubt("cell-doubtful", f"{text!r} is no telephone number", "Write it as (850) 555-0100; a note goes in its own column.")

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
        return text if re.fullmatch("[A-Z]{2}", text) else Doubt("cell-doubtful", f"{as_text(raw)!r} is no state", "Write two letters, as FL.")

    return read


def _language(reading: Reading, _target: Target, _rule: ColumnRule) -> Reader:
    def read(raw: Any) -> Any:
        text = as_text(raw)
        if code := reading.languages.code(text):
            return code
        near = reading.languages.near(text)
        hint = f"; did you mean {near!r}?" if near else ""
        return Doubt("cell-doubtful", f"{text!r} is no language that is known{hint}", "Correct it, or `values` in the profile.")

    return read


def _school(reading: Reading, _target: Target, _rule: ColumnRule) -> Reader:
    directory = _Directory(reading.schools, reading.words.school_words)

    def read(raw: Any) -> Any:
        return directory.number(as_text(raw))

    return read


def _date(reading: Reading, target: Target, rule: ColumnRule) -> Reader:
    calendar = rule.serials or ("" if reading.date1904 is None else "1904" if reading.date1904 else "1900")

    def read(raw: Any) -> Any:
        if isinstance(raw, str):
            return _text_date(raw, rule)
        if isinstance(raw, dt.date):
            return _real_date(raw, rule)
        if isinstance(raw, (int, float)) and not isinstance(raw, bool):
            if 19000000 < raw < 21000000:
                return _text_date(as_text(raw), rule)
            if calendar and (found := serial(raw, calendar)):
                return found
        return _no_date(raw)

    def with_serial(raw: Any) -> Any:
        if isinstance(raw, str) and re.fullmatch(r"\d{5}", raw):
            found = serial(float(raw), calendar) if calendar else None
            return found or Doubt(
                "date-serial", f"{raw!r} is the number of a day, and nothing says of which calendar",
                "Say `serials: 1900` (Windows) or `serials: 1904` (old Macintosh) in the profile.",
            )
        return read(raw)

    return with_serial


def _no_date(raw: Any) -> Doubt:
    return Doubt("cell-doubtful", f"{as_text(raw)!r} is no date", "Write year-month-day, as 2026-08-14.")


def _text_date(text: str, rule: ColumnRule) -> Any:
    found = readings(text)
    if found is NO_DATE or (found.month_first is None and found.day_first is None):
        return _no_date(text)
    day = found.by(rule.order or "")
    if day is None and rule.order:
        other = DAY_FIRST if rule.order == MONTH_FIRST else MONTH_FIRST
        return Doubt("date-order", f"{text!r} is a date only {other}, and this column is {rule.order}", "Correct it; year-month-day is never in doubt.")
    if day is None and found.proves:
        day = found.by(found.proves)
    if day is None:
        return Doubt("date-ambiguous", f"{text!r} could be {found.month_first} or {found.day_first}", "Write year-month-day, or `order` in the profile.")
    if found.clock and not _midnight(found.clock) and rule.time != "drop":
        return Doubt("date-with-time", f"{text!r} has a time of day", "Give it two paths in the profile (to: [date, time]), or `time: drop`.")
    return day


def _midnight(clock: str) -> bool:
    return bool(re.fullmatch(r"(?:00?:00(?::00(?:\.0+)?)?|12:00(?::00)?\s*a\.?m\.?)", clock.strip(), re.I))


def _real_date(raw: dt.date, rule: ColumnRule) -> Any:
    if isinstance(raw, dt.datetime):
        if raw.time() != dt.time(0) and rule.time != "drop":
            return Doubt("date-with-time", f"{raw:%Y-%m-%d %H:%M} has a time of day", "Give it two paths in the profile (to: [date, time]), or `time: drop`.")
        raw = raw.date()
    if rule.real_dates == "swapped" and raw.day <= 12:
        return dt.date(raw.year, raw.day, raw.month)
    return raw


def _time(_reading: Reading, _target: Target, _rule: ColumnRule) -> Reader:
    def read(raw: Any) -> Any:
        if isinstance(raw, (dt.datetime, dt.time)):
            moment = raw.time() if isinstance(raw, dt.datetime) else raw
            whole = (dt.datetime.combine(dt.date(2000, 1, 1), moment) + dt.timedelta(milliseconds=500)).time()
            return whole.replace(second=0, microsecond=0) if not whole.second else _no_time(raw)
        text = as_text(raw)
        if found := re.fullmatch(r"(\d{1,2})(\d{2})\s*([ap])\.?m?\.?", text, re.I):
            text = f"{found[1]}:{found[2]} {found[3]}m"
        if found := re.fullmatch(r"(\d{1,2}(?::\d{2})?):00(?:\.0+)?(\s*[ap]\.?m?\.?)?", text, re.I):
            text = (found[1] if ":" in found[1] else f"{found[1]}:00") + (found[2] or "")
        if found := re.fullmatch(r"(\d{1,2})\s*([ap])\.?m?\.?", text, re.I):
            text = f"{found[1]}:00 {found[2]}m"
        read_time = parsed(Kind.TIME, text, "en")
        return _no_time(raw) if read_time.doubt else read_time.value

    return read


def _no_time(raw: Any) -> Doubt:
    return Doubt("cell-doubtful", f"{as_text(raw)!r} is no time of day", "Write hours and minutes, as 14:05.")


def _check(reading: Reading, target: Target, _rule: ColumnRule) -> Reader:
    yes, no = (frozenset(map(plain_key, words)) for words in (reading.words.yes, reading.words.no))

    def read(raw: Any) -> Any:
        if isinstance(raw, bool):
            return raw
        key = plain_key(as_text(raw))
        if key in yes or key in no:
            return key in yes
        return Doubt("cell-doubtful", f"{as_text(raw)!r} is neither yes nor no", "Write Yes or No, or `values` in the profile.")

    return read


def _number(reading: Reading, target: Target, _rule: ColumnRule) -> Reader:
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
        return int(value) if value == int(value) else Doubt("cell-doubtful", f"{as_text(raw)!r} is no whole number", "Write a whole number.")

    return read


def _choice(reading: Reading, target: Target, _rule: ColumnRule) -> Reader:
    options = reading.options(target)
    grades = target.path == "student.grade"

    def read(raw: Any) -> Any:
        key = plain_key(as_text(raw))
        if key in options:
            return options[key]
        if grades and (found := re.fullmatch(r"(?:grade |gr\.? ?)?0?(\d{1,2})(?:st|nd|rd|th)?(?: grade| gr)?", key)):
            if (grade := f"{int(found[1]):02d}") in target.options:
                return grade
        near = process.extractOne(key, options.keys(), scorer=fuzz.ratio, score_cutoff=70)
        hint = f"; did you mean {options[near[0]]!r}?" if near else f"; use one of {', '.join(map(str, target.options))}"
        return Doubt("cell-doubtful", f"{as_text(raw)!r} is not an option{hint}", "Correct it, or `values` in the profile.")

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
                    "name-unclear", f"{text!r} does not say which is the family name",
                    "Write it as Family, Given" + ("." if len(words) != 2 else "; or `names: given-first` in the profile."),
                )
        if not family or not given or "," in given:
            return Doubt("name-unclear", f"{text!r} does not say which is the family name", "Write it as Family, Given.")
        return {"family_name": family, "given_name": given}

    return read


def _address(_reading: Reading, _target: Target, _rule: ColumnRule) -> Reader:
    shape = re.compile(r"(.+?)\s*[,\n]\s*([^,\n]+?)\s*,\s*([A-Za-z]{2})\.?\s*,?\s*(\d{5}(?:-\d{4})?)")

    def read(raw: Any) -> Any:
        text = as_text(raw)
        if found := shape.fullmatch(text):
            return {"street": " ".join(found[1].split()), "city": found[2], "state": found[3].upper(), "zip": found[4]}
        return Doubt("address-unclear", f"{text!r} is not street, city, state and ZIP code", "Write it as 12 Sample Lane, Sawgrass Landing, FL 34999.")

    return read


_READERS: dict[Rule, Callable[[Reading, Target, ColumnRule], Reader]] = {
    Rule.TEXT: _text, Rule.NAME: _name, Rule.ADDRESS: _address, Rule.IDENTIFIER: _identifier, Rule.ZIP: _zip,
    Rule.PHONE: _phone, Rule.EMAIL: _email, Rule.LANGUAGE: _language, Rule.SCHOOL: _school, Rule.STATE: _state,
    Rule.DATE: _date, Rule.TIME: _time, Rule.CHECK: _check, Rule.INTEGER: _number, Rule.DECIMAL: _number,
    Rule.CHOICE: _choice,
}


class _Directory:
    """The schools by number and by name, as they are shortened."""

    def __init__(self, schools: Sequence[School], shortened: dict[str, str]) -> None:
        self._schools = schools
        self._shortened = shortened
        self._names = {self._key(school.name): school for school in schools}
        self._numbers = {school.number: school for school in schools}

    def number(self, text: str) -> Any:
        """Return the number of the school that a cell names, or why it is none; without a directory, the text."""
        if not self._schools:
            return text
        bare = [each.number for each in self._schools if text.isdigit() and each.number.lstrip("0") == text.lstrip("0")]
        if text in self._numbers or len(bare) == 1:
            return text if text in self._numbers else bare[0]
        key = self._key(text)
        named = [each for name, each in self._names.items() if key == name or (f"{key} school" == name)]
        if len(named) == 1:
            return named[0].number
        near = process.extractOne(key, self._names.keys(), scorer=fuzz.WRatio, score_cutoff=75)
        hint = f"; did you mean {self._names[near[0]].name} ({self._names[near[0]].number})?" if near else ""
        return Doubt("school-unknown", f"{text!r} is no school of the directory{hint}", "Write the school's number, or `values` in the profile.")

    def _key(self, name: str) -> str:
        words = re.findall(r"[^\W_]+", name.casefold())
        return " ".join(self._shortened.get(word, word) for word in words)
